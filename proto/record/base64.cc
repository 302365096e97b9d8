#include "proto/record/base64.h"

#include "absl/strings/escaping.h"
#include "proto/record/macros.h"

namespace liaison::record {

std::string ToBase64(absl::string_view bytes) { return absl::Base64Escape(bytes); }

std::string ToBase64(const Hash& hash) { return ToBase64(hash.bytes()); }

absl::StatusOr<std::string> ParseBase64(absl::string_view text) {
  std::string bytes;
  // Abseil reads more than one form, so what was read is written again.
  if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text) {
    return absl::InvalidArgumentError("this is no base64");
  }
  return bytes;
}

absl::StatusOr<Hash> ParseBase64Hash(absl::string_view text) {
  LIAISON_ASSIGN_OR_RETURN(const std::string bytes, ParseBase64(text));
  return Hash::Parse(bytes);
}

}  // namespace liaison::record
