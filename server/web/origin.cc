#include "server/web/origin.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "absl/strings/ascii.h"
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

bool IsHost(absl::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
}

bool IsFromLoopback(const HttpRequest& request) {
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(request.from, failed);
  return !failed && (address.is_loopback() ||
                     (address.is_v6() && address.to_v6().is_v4_mapped() &&
                      boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6())
                          .is_loopback()));
}

}  // namespace

absl::StatusOr<Proxied> ParseProxied(absl::string_view text) {
  Proxied proxied;
  absl::string_view host = text;
  if (absl::ConsumePrefix(&host, "http://")) {
    proxied.secure = false;
  } else {
    absl::ConsumePrefix(&host, "https://");
  }
  absl::ConsumeSuffix(&host, "/");
  if (!IsHost(host)) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", text, "` is no host such as hub.example.org, or http://hub.example.org"));
  }
  proxied.host = absl::AsciiStrToLower(host);
  return proxied;
}

void BelieveProxy(const Proxied& proxied, HttpRequest* request) {
  if (proxied.host.empty() || !IsFromLoopback(*request) ||
      !absl::EqualsIgnoreCase(WithoutPort(request->header("host")), WithoutPort(proxied.host))) {
    return;
  }
  request->proxied = true;
  request->secure = proxied.secure;
  // A proxy may pass it on without its port.
  request->headers["host"] = proxied.host;
  const absl::string_view way = request->header("x-forwarded-for");
  const absl::string_view last = absl::StripAsciiWhitespace(way.substr(way.rfind(',') + 1));
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(std::string(last), failed);
  if (!failed) request->from = address.to_string();
}

bool IsAskedHere(const HttpRequest& request) {
  if (request.proxied || !IsFromLoopback(request)) return false;
  return std::none_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
    const std::string& name = header.first;
    return name == "forwarded" || name == "via" || name == "x-real-ip" ||
           absl::StartsWith(name, "x-forwarded");
  });
}

bool IsSameOrigin(const HttpRequest& request) {
  const absl::string_view site = request.header("sec-fetch-site");
  if (!site.empty()) return site == "same-origin" || site == "none";
  const absl::string_view origin = request.header("origin");
  const absl::string_view host = request.header("host");
  return origin.empty() || origin == absl::StrCat("https://", host) ||
         (!request.secure && origin == absl::StrCat("http://", host));
}

bool IsOwnHost(const HttpRequest& request) {
  if (request.secure || request.proxied) return true;
  const absl::string_view host = WithoutPort(request.header("host"));
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

std::string AuthorizationOf(const HttpRequest& request) {
  const absl::string_view shown = request.header("authorization");
  if (!shown.empty()) return std::string(shown);
  const std::string session = SessionOf(request);
  return session.empty() ? "" : absl::StrCat("Bearer ", session);
}

bool IsMetadataText(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string SessionOf(const HttpRequest& request) {
  for (absl::string_view pair : absl::StrSplit(request.header("cookie"), ';')) {
    pair = absl::StripAsciiWhitespace(pair);
    if (!absl::ConsumePrefix(&pair, absl::StrCat(kSessionCookie, "="))) continue;
    // A token's checksum says nothing of its digits.
    if (record::KindOfToken(pair) == record::TokenKind::kSession && IsMetadataText(pair)) {
      return std::string(pair);
    }
  }
  return "";
}

}  // namespace liaison::web
