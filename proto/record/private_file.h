// Files that their owner alone may read: how both ends keep keys and tokens.
#ifndef LIAISON_PROTO_RECORD_PRIVATE_FILE_H_
#define LIAISON_PROTO_RECORD_PRIVATE_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::record {

// At most so much is read of one.
inline constexpr size_t kMaxPrivateFileSizeBytes = 64 << 10;
// The text of a federation policy, in a file and on the wire.
inline constexpr size_t kMaxFederationPolicySizeBytes = 256 << 10;

// How large a file of a kind may be, and what a person does about one that is larger.
struct FileLimit {
  size_t size_bytes;
  absl::string_view way_out;
};
inline constexpr FileLimit kKeyFile = {kMaxPrivateFileSizeBytes, "is it the right file?"};
inline constexpr FileLimit kFederationPolicyFile = {
    kMaxFederationPolicySizeBytes,
    "leave comments out, or write fewer rules for more: one may name many topics and authors, an "
    "organisation stands for all that is of it, and \"*\" for all of them"};

// `is too large: it may have 64 KiB; is it the right file?`
std::string TooLarge(const FileLimit& limit);

// What is in the file. NOT_FOUND where there is none; INVALID_ARGUMENT, saying what to do, where it
// cannot be read, is too large, or may be read by others than its owner.
absl::StatusOr<std::string> ReadPrivateFile(const std::string& name);
// The same for a file that is no secret: others may read it.
absl::StatusOr<std::string> ReadPublicFile(const std::string& name,
                                           const FileLimit& limit = kKeyFile);

// Writes a new file. ALREADY_EXISTS, and nothing is changed, where there is one; INVALID_ARGUMENT
// where it cannot be written, and then there is none.
absl::Status WriteNewPrivateFile(const std::string& name, absl::string_view text);
// Writes it in the place of what is there, whole or not at all, however it is interrupted.
absl::Status ReplacePrivateFile(const std::string& name, absl::string_view text);

// Makes a folder that its owner alone may look into, and those above it where they are missing. OK
// where it is there; INVALID_ARGUMENT where others may change what is in it.
absl::Status MakePrivateFolder(const std::string& name);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_PRIVATE_FILE_H_
