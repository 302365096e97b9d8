// Answers in fewer bytes.
#ifndef LIAISON_SERVER_WEB_PACKING_H_
#define LIAISON_SERVER_WEB_PACKING_H_

#include <string>

#include "absl/strings/string_view.h"
#include "server/web/http.h"

namespace liaison::web {

// Whether whoever asks takes `gzip`, or `br`: by name, and not at the weight of 0.
bool TakesEncoding(const HttpRequest& request, absl::string_view encoding);

// RFC 1952.
std::string Gzipped(absl::string_view text);

// A text goes packed to whoever takes it so, where that is worth it. For what is public alone: how
// well a page packs tells what stands in it, were there a secret beside words that others choose.
HttpResponse Packed(const HttpRequest& request, HttpResponse response);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_PACKING_H_
