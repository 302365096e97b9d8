// What is answered in a line of plain text, in the same words wherever it is said.
#ifndef LIAISON_SERVER_WEB_PLAIN_ANSWERS_H_
#define LIAISON_SERVER_WEB_PLAIN_ANSWERS_H_

#include "absl/strings/string_view.h"
#include "server/web/http.h"

namespace liaison::web {

inline constexpr char kPlainText[] = "text/plain; charset=utf-8";

// The line without its end.
HttpResponse Plain(int code, absl::string_view line);

HttpResponse NotThere(absl::string_view why);
// `methods` as Allow has them: `GET, HEAD`.
HttpResponse NotSo(absl::string_view methods);
// Too much waits here; or the hub does not answer. Both may be asked again soon.
HttpResponse Busy();
HttpResponse HubIsAway();

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_PLAIN_ANSWERS_H_
