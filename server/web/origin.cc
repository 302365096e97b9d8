#include "server/web/origin.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "proto/record/token.h"

namespace liaison::web {
namespace {

absl::string_view WithoutPort(absl::string_view host) {
  const size_t colon = host.rfind(':');
  if (colon == absl::string_view::npos || host.find(']', colon) != absl::string_view::npos) {
    return host;
  }
  return host.substr(0, colon);
}

}  // namespace

bool IsSameOrigin(const HttpRequest& request) {
  const absl::string_view site = request.header("sec-fetch-site");
  if (!site.empty()) return site == "same-origin" || site == "none";
  const absl::string_view origin = request.header("origin");
  const absl::string_view host = request.header("host");
  return origin.empty() || origin == absl::StrCat("https://", host) ||
         (!request.secure && origin == absl::StrCat("http://", host));
}

bool IsOwnHost(const HttpRequest& request, absl::string_view proxied) {
  if (request.secure) return true;
  const absl::string_view host = WithoutPort(request.header("host"));
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]" ||
         (!proxied.empty() && absl::EqualsIgnoreCase(host, WithoutPort(proxied)));
}

std::string AuthorizationOf(const HttpRequest& request) {
  const absl::string_view shown = request.header("authorization");
  if (!shown.empty()) return std::string(shown);
  const std::string session = SessionOf(request);
  return session.empty() ? "" : absl::StrCat("Bearer ", session);
}

std::string SessionOf(const HttpRequest& request) {
  for (absl::string_view pair : absl::StrSplit(request.header("cookie"), ';')) {
    pair = absl::StripAsciiWhitespace(pair);
    if (!absl::ConsumePrefix(&pair, absl::StrCat(kSessionCookie, "="))) continue;
    if (record::KindOfToken(pair) == record::TokenKind::kSession) return std::string(pair);
  }
  return "";
}

}  // namespace liaison::web
