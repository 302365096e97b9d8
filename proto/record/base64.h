// Base64 in its one form (RFC 4648, section 4, with padding): what is read is what would be
// written.
#ifndef LIAISON_PROTO_RECORD_BASE64_H_
#define LIAISON_PROTO_RECORD_BASE64_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/hash.h"

namespace liaison::record {

// Thread-safe, all of them.

std::string ToBase64(absl::string_view bytes);
std::string ToBase64(const Hash& hash);
// INVALID_ARGUMENT for white space, missing padding, or bits behind the last byte.
absl::StatusOr<std::string> ParseBase64(absl::string_view text);
// The same for exactly 32 bytes.
absl::StatusOr<Hash> ParseBase64Hash(absl::string_view text);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_BASE64_H_
