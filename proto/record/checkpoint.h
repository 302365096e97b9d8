// Checkpoints (C2SP tlog-checkpoint v1.0.0), and the texts that carry them: a proof that anybody
// can check offline (C2SP tlog-proof) and what a witness is asked (C2SP tlog-witness v1.0.0).
//
//   checkpoint := origin LF size LF base64(root[32]) LF (extension LF)*      none of them empty
//   proof      := "c2sp.org/tlog-proof@v1" LF ("extra " base64 LF)? "index " decimal LF
//                 (base64(hash[32]) LF)* LF signed checkpoint
//   request    := "old " size LF (base64(hash[32]) LF)* LF signed checkpoint
//
// Numbers are decimal, without a leading zero, below 2^63.
#ifndef LIAISON_PROTO_RECORD_CHECKPOINT_H_
#define LIAISON_PROTO_RECORD_CHECKPOINT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/hash.h"

namespace liaison::record {

// No proof of a tree below 2^63 leaves has more.
inline constexpr size_t kMaxProofHashes = 63;
inline constexpr absl::string_view kTlogProofHeader = "c2sp.org/tlog-proof@v1";

// What a log says of itself at one moment. Value type.
struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Hash root;
  std::vector<std::string> extensions;  // ours have none

  friend bool operator==(const Checkpoint& a, const Checkpoint& b) {
    return a.origin == b.origin && a.size == b.size && a.root == b.root &&
           a.extensions == b.extensions;
  }
};

// All of these are thread-safe; to read is INVALID_ARGUMENT for anything that would not be written.

// The text of a note.
std::string FormatCheckpoint(const Checkpoint& checkpoint);
absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text);

// That a leaf stands in a log: check it with VerifyInclusion, and the checkpoint with OpenNote.
struct TlogProof {
  std::optional<std::string> extra;  // nobody vouches for it
  uint64_t index = 0;
  std::vector<Hash> hashes;
  std::string checkpoint;  // signed, verbatim
};

std::string FormatTlogProof(const TlogProof& proof);
absl::StatusOr<TlogProof> ParseTlogProof(absl::string_view text);

// What a log asks of a witness: to go on from the tree of `old_size` leaves to the checkpoint.
struct AddCheckpoint {
  uint64_t old_size = 0;
  std::vector<Hash> hashes;  // the consistency proof
  std::string checkpoint;    // signed, verbatim
};

std::string FormatAddCheckpoint(const AddCheckpoint& request);
absl::StatusOr<AddCheckpoint> ParseAddCheckpoint(absl::string_view text);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_CHECKPOINT_H_
