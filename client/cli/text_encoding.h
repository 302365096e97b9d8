// Bytes of a file to UTF-8 and back.
#ifndef LIAISON_CLIENT_CLI_TEXT_ENCODING_H_
#define LIAISON_CLIENT_CLI_TEXT_ENCODING_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::cli {

enum class Encoding {
  kUtf8,
  kUtf8WithMark,  // begins with a byte order mark, as Excel's "CSV UTF-8" does
  kWindows1252,   // what Excel's plain "CSV" is in Western Europe
};

// `utf-8`, `utf-8-bom`, `windows-1252`. Thread-safe, like all of these.
absl::string_view EncodingName(Encoding encoding);
absl::StatusOr<Encoding> EncodingFromName(absl::string_view name);

// A byte order mark decides; else UTF-8 where the bytes are valid UTF-8, else Windows-1252.
// INVALID_ARGUMENT for UTF-16, saying how to save the file instead.
absl::StatusOr<Encoding> DetectEncoding(absl::string_view bytes);

// INVALID_ARGUMENT, with the line, for bytes that are not of the encoding.
absl::StatusOr<std::string> Decode(absl::string_view bytes, Encoding encoding);
// INVALID_ARGUMENT, with the character, where the encoding has none for it.
absl::StatusOr<std::string> Encode(absl::string_view text, Encoding encoding);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_TEXT_ENCODING_H_
