#include "server/web/grpc_web.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/record/errors.h"
#include "server/web/http_text.h"

namespace liaison::web {
namespace {

constexpr size_t kPrefixSizeBytes = 5;
constexpr char kCompressed = 0x01;
constexpr char kTrailers = static_cast<char>(0x80);
constexpr size_t kMaxPathSizeBytes = 256;

std::string FrameOf(char flags, absl::string_view bytes) {
  std::string frame(kPrefixSizeBytes, flags);
  for (size_t i = 1; i < kPrefixSizeBytes; ++i) {
    frame[i] = static_cast<char>(bytes.size() >> (8 * (kPrefixSizeBytes - 1 - i)) & 0xff);
  }
  absl::StrAppend(&frame, bytes);
  return frame;
}

// As grpc-message is written: printable ASCII but for the percent sign.
std::string MessageText(absl::string_view text) {
  return PercentEncoded(text, [](char c) { return c >= ' ' && c <= '~' && c != '%'; });
}

bool IsName(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '.';
  });
}

absl::Status Unreadable(absl::string_view why) {
  return record::Error(record::Reason::kRequestUnreadable, why);
}

absl::string_view TypeOf(absl::string_view content_type) {
  return absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';')));
}

}  // namespace

bool IsCallPath(absl::string_view path) {
  if (path.size() > kMaxPathSizeBytes || !absl::ConsumePrefix(&path, "/")) return false;
  const size_t slash = path.find('/');
  if (slash == absl::string_view::npos) return false;
  const absl::string_view service = path.substr(0, slash);
  return IsName(service) && absl::StrContains(service, '.') && IsName(path.substr(slash + 1)) &&
         !absl::StrContains(path.substr(slash + 1), '.');
}

bool IsGrpcWeb(absl::string_view content_type) {
  const absl::string_view type = TypeOf(content_type);
  return type == "application/grpc-web" || type == "application/grpc-web+proto" ||
         IsGrpcWebText(content_type);
}

bool IsGrpcWebText(absl::string_view content_type) {
  const absl::string_view type = TypeOf(content_type);
  return type == "application/grpc-web-text" || type == "application/grpc-web-text+proto";
}

absl::StatusOr<std::string> MessageIn(absl::string_view body) {
  if (body.size() < kPrefixSizeBytes) {
    return Unreadable("a request is one message behind a prefix of five bytes");
  }
  if (body[0] == kCompressed) {
    return Unreadable("send the message uncompressed");
  }
  uint64_t size = 0;
  for (size_t i = 1; i < kPrefixSizeBytes; ++i) {
    size = size << 8 | static_cast<unsigned char>(body[i]);
  }
  if (body[0] != 0 || size != body.size() - kPrefixSizeBytes) {
    return Unreadable("a request is one message, of the length in its prefix");
  }
  return std::string(body.substr(kPrefixSizeBytes));
}

std::optional<std::string> FromText(absl::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const size_t padding = text.find('=');
    const size_t size = padding == absl::string_view::npos
                            ? text.size()
                            : std::min(text.size(), (padding / 4 + 1) * 4);
    std::string piece;
    if (size % 4 != 0 || !absl::Base64Unescape(text.substr(0, size), &piece)) return std::nullopt;
    bytes.append(piece);
    text.remove_prefix(size);
  }
  return bytes;
}

std::string DataFrame(absl::string_view message) { return FrameOf(0, message); }

std::string TrailersFrame(const CallEnd& end) {
  std::string trailers = absl::StrCat("grpc-status: ", end.code, "\r\n");
  if (!end.message.empty()) {
    absl::StrAppend(&trailers, "grpc-message: ", MessageText(end.message), "\r\n");
  }
  if (!end.details.empty()) {
    absl::string_view encoded;
    const std::string padded = absl::Base64Escape(end.details);
    encoded = padded;
    while (absl::ConsumeSuffix(&encoded, "=")) {
    }
    absl::StrAppend(&trailers, "grpc-status-details-bin: ", encoded, "\r\n");
  }
  for (const auto& [name, value] : end.trailers) {
    absl::StrAppend(&trailers, name, ": ", MessageText(value), "\r\n");
  }
  return FrameOf(kTrailers, trailers);
}

std::optional<std::chrono::nanoseconds> TimeoutFrom(absl::string_view grpc_timeout) {
  constexpr size_t kMaxDigits = 8;
  constexpr int64_t kMaxHours = 24 * 365 * 100;
  if (grpc_timeout.size() < 2 || grpc_timeout.size() > kMaxDigits + 1) return std::nullopt;
  const absl::string_view digits = grpc_timeout.substr(0, grpc_timeout.size() - 1);
  int64_t count = 0;
  if (!std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(digits, &count)) {
    return std::nullopt;
  }
  switch (grpc_timeout.back()) {
    case 'H':
      // More than that is no number of nanoseconds.
      return std::chrono::hours(std::min(count, kMaxHours));
    case 'M':
      return std::chrono::minutes(count);
    case 'S':
      return std::chrono::seconds(count);
    case 'm':
      return std::chrono::milliseconds(count);
    case 'u':
      return std::chrono::microseconds(count);
    case 'n':
      return std::chrono::nanoseconds(count);
    default:
      return std::nullopt;
  }
}

}  // namespace liaison::web
