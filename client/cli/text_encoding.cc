#include "client/cli/text_encoding.h"

#include <unicode/ucnv.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace liaison::cli {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Windows-1252 as browsers and Excel have it: all 256 bytes have a character, so that any file can
// be read and given back as it was. The characters are ICU's.
class Windows1252 {
 public:
  static const Windows1252& Get() {
    static const auto* const table = new Windows1252;
    return *table;
  }
  bool ok() const { return ok_; }
  UChar32 CharacterOf(unsigned char byte) const { return characters_[byte]; }
  // -1 where there is none.
  int ByteOf(UChar32 c) const {
    const auto found = bytes_.find(c);
    return found == bytes_.end() ? -1 : found->second;
  }

 private:
  Windows1252() {
    UErrorCode error = U_ZERO_ERROR;
    UConverter* converter = ucnv_open("windows-1252", &error);
    for (int i = 0; i < 256 && U_SUCCESS(error); ++i) {
      const char byte = static_cast<char>(i);
      const char* source = &byte;
      characters_[i] = ucnv_getNextUChar(converter, &source, source + 1, &error);
      bytes_[characters_[i]] = i;
    }
    ucnv_close(converter);
    ok_ = U_SUCCESS(error) && bytes_.size() == 256;
  }

  std::array<UChar32, 256> characters_{};
  std::map<UChar32, int> bytes_;
  bool ok_ = false;
};

absl::Status NoTable() { return absl::InternalError("this ICU has no complete windows-1252"); }

// Offset of the first byte that is not UTF-8; npos where all are.
size_t FirstNotUtf8(absl::string_view bytes) {
  const auto* s = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto length = static_cast<int32_t>(bytes.size());
  for (int32_t i = 0; i < length;) {
    const int32_t start = i;
    UChar32 c;
    U8_NEXT(s, i, length, c);
    if (c < 0) return start;
  }
  return absl::string_view::npos;
}

size_t LineAt(absl::string_view bytes, size_t offset) {
  return 1 + std::count(bytes.begin(), bytes.begin() + offset, '\n');
}

absl::StatusOr<std::string> DecodeWindows1252(absl::string_view bytes) {
  const Windows1252& table = Windows1252::Get();
  if (!table.ok()) return NoTable();
  std::string text;
  for (char byte : bytes) {
    char utf8[U8_MAX_LENGTH];
    int32_t size = 0;
    U8_APPEND_UNSAFE(utf8, size, table.CharacterOf(static_cast<unsigned char>(byte)));
    text.append(utf8, size);
  }
  return text;
}

absl::StatusOr<std::string> EncodeWindows1252(absl::string_view text) {
  const Windows1252& table = Windows1252::Get();
  if (!table.ok()) return NoTable();
  const auto* s = reinterpret_cast<const uint8_t*>(text.data());
  const auto length = static_cast<int32_t>(text.size());
  std::string bytes;
  for (int32_t i = 0; i < length;) {
    UChar32 c;
    U8_NEXT(s, i, length, c);
    const int byte = table.ByteOf(c);
    if (byte < 0) {
      return absl::InvalidArgumentError(
          absl::StrFormat("windows-1252 has no character U+%04X; use utf-8-bom",
                          static_cast<uint32_t>(c < 0 ? 0xFFFD : c)));
    }
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

}  // namespace

absl::string_view EncodingName(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8:
      return "utf-8";
    case Encoding::kUtf8WithMark:
      return "utf-8-bom";
    case Encoding::kWindows1252:
      return "windows-1252";
  }
  return "";
}

absl::StatusOr<Encoding> EncodingFromName(absl::string_view name) {
  for (Encoding encoding : {Encoding::kUtf8, Encoding::kUtf8WithMark, Encoding::kWindows1252}) {
    if (absl::EqualsIgnoreCase(name, EncodingName(encoding))) return encoding;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown encoding `", name, "`; known are utf-8, utf-8-bom, windows-1252 and auto"));
}

absl::StatusOr<Encoding> DetectEncoding(absl::string_view bytes) {
  if (absl::StartsWith(bytes, kByteOrderMark)) return Encoding::kUtf8WithMark;
  if (absl::StartsWith(bytes, "\xFF\xFE") || absl::StartsWith(bytes, "\xFE\xFF")) {
    return absl::InvalidArgumentError(
        "the file is UTF-16 (\"Unicode text\"); save it as \"CSV UTF-8\" instead");
  }
  return FirstNotUtf8(bytes) == absl::string_view::npos ? Encoding::kUtf8 : Encoding::kWindows1252;
}

absl::StatusOr<std::string> Decode(absl::string_view bytes, Encoding encoding) {
  if (encoding == Encoding::kWindows1252) return DecodeWindows1252(bytes);
  if (encoding == Encoding::kUtf8WithMark && absl::StartsWith(bytes, kByteOrderMark)) {
    bytes.remove_prefix(kByteOrderMark.size());
  }
  const size_t bad = FirstNotUtf8(bytes);
  if (bad != absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrFormat("line %d: byte 0x%02X is not UTF-8; is the file windows-1252?",
                        LineAt(bytes, bad), static_cast<unsigned char>(bytes[bad])));
  }
  return std::string(bytes);
}

absl::StatusOr<std::string> Encode(absl::string_view text, Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8:
      return std::string(text);
    case Encoding::kUtf8WithMark:
      return absl::StrCat(kByteOrderMark, text);
    case Encoding::kWindows1252:
      return EncodeWindows1252(text);
  }
  return absl::InternalError("unknown encoding");
}

}  // namespace liaison::cli
