#include "server/web/plain_answers.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/web/limits.h"

namespace liaison::web {
namespace {

HttpResponse With(HttpResponse response, const char* name, std::string value) {
  response.headers[name] = std::move(value);
  return response;
}

HttpResponse ComeAgain(absl::string_view why) {
  return With(Plain(503, why), "Retry-After", absl::StrCat(kRetryAfter_s));
}

}  // namespace

HttpResponse Plain(int code, absl::string_view line) {
  return {code, kPlainText, absl::StrCat(line, "\n"), {}};
}

HttpResponse NotThere(absl::string_view why) { return Plain(404, why); }

HttpResponse NotSo(absl::string_view methods) {
  return With(Plain(405, absl::StrCat(methods, ", please")), "Allow", std::string(methods));
}

HttpResponse Busy() { return ComeAgain("busy; try again"); }
HttpResponse HubIsAway() { return ComeAgain("the hub does not answer just now"); }

}  // namespace liaison::web
