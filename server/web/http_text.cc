#include "server/web/http_text.h"

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace liaison::web {
namespace {

// What every answer says to a browser. Pages of the server run no script at all; the dashboard's
// own files say for themselves what they need.
constexpr std::pair<const char*, const char*> kHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
     "frame-ancestors 'none'; base-uri 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    {"Cache-Control", "no-store"},
    {"X-Robots-Tag", "noindex"},
};

bool IsHeaderText(absl::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

// Without surrogates, and each character in as few bytes as it takes.
bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (first > 0xf4 || (first >= 0x80 && first < 0xc2) || text.size() <= more) return false;
    for (size_t i = 1; i <= more; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      const unsigned char least = i > 1 ? 0x80 : first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
      const unsigned char most = i > 1 ? 0xbf : first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
      if (byte < least || byte > most) return false;
    }
    text.remove_prefix(1 + more);
  }
  return true;
}

void AppendHeader(absl::string_view name, absl::string_view value, std::string* head) {
  if (value.empty() || !IsHeaderText(name) || !IsHeaderText(value)) return;
  absl::StrAppend(head, name, ": ", value, "\r\n");
}

}  // namespace

std::string HeadOf(const HttpResponse& response, const HeadOptions& options) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(response.code)));
  std::string head = absl::StrCat("HTTP/1.1 ", response.code, " ",
                                  absl::string_view(reason.data(), reason.size()), "\r\n");
  for (const auto& [name, value] : kHeaders) {
    if (response.headers.count(name) == 0) AppendHeader(name, value, &head);
  }
  if (options.secure) AppendHeader("Strict-Transport-Security", "max-age=31536000", &head);
  AppendHeader("Content-Type", response.type, &head);
  for (const auto& [name, value] : response.headers) AppendHeader(name, value, &head);
  AppendHeader("Connection", options.keep_alive ? "keep-alive" : "close", &head);
  if (options.framing == Framing::kChunked) {
    AppendHeader("Transfer-Encoding", "chunked", &head);
  } else if (response.code != 304) {
    AppendHeader("Content-Length", absl::StrCat(response.body_size()), &head);
  }
  head.append("\r\n");
  return head;
}

std::string ChunkOf(absl::string_view piece) {
  if (piece.empty()) return "";
  return absl::StrCat(ChunkHeadOf(piece.size()), piece, kChunkEnd);
}

std::string ChunkHeadOf(size_t size) { return absl::StrCat(absl::Hex(size), "\r\n"); }

std::string PercentEncoded(absl::string_view text, absl::FunctionRef<bool(char)> is_kept) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_kept(c)) {
      encoded.push_back(c);
    } else {
      absl::StrAppend(&encoded, "%",
                      absl::AsciiStrToUpper(absl::BytesToHexString(absl::string_view(&c, 1))));
    }
  }
  return encoded;
}

std::string EncodedPath(absl::string_view path) {
  return PercentEncoded(path, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("/:-._~", c);
  });
}

std::optional<std::string> Decoded(absl::string_view path) {
  std::string decoded;
  decoded.reserve(path.size());
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      decoded.push_back(path[i]);
      continue;
    }
    const absl::string_view digits = path.substr(i + 1, 2);
    if (digits.size() != 2 || !std::all_of(digits.begin(), digits.end(), absl::ascii_isxdigit) ||
        digits == "00") {
      return std::nullopt;
    }
    decoded.append(absl::HexStringToBytes(digits));
    i += 2;
  }
  if (!IsUtf8(decoded)) return std::nullopt;
  return decoded;
}

std::optional<std::string> DecodedField(absl::string_view text) {
  return Decoded(absl::StrReplaceAll(text, {{"+", " "}}));
}

std::string FieldOf(absl::string_view form, absl::string_view name) {
  for (absl::string_view pair : absl::StrSplit(form, '&')) {
    if (!absl::ConsumePrefix(&pair, name) || !absl::ConsumePrefix(&pair, "=")) continue;
    return DecodedField(pair).value_or("");
  }
  return "";
}

}  // namespace liaison::web
