// What lets anybody check a hub's log: checkpoints, proofs, leaf hashes, the whole registry.
#ifndef LIAISON_TRANSPARENCY_CLIENT_H_
#define LIAISON_TRANSPARENCY_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "liaison/connection.h"
#include "liaison/transparency_connection.h"
#include "proto/record/hash.h"

namespace liaison {

// A TransparencyClient asks; proto/record verifies what comes back (proof.h, signed_note.h,
// checkpoint.h): nothing here does. Copies share one connection. Thread-safe.
class TransparencyClient {
 public:
  // UNIMPLEMENTED for every call over a connection that is no TransparencyConnection as well.
  explicit TransparencyClient(std::shared_ptr<Connection> connection);

  // The newest checkpoint, once it covers that sequence. DEADLINE_EXCEEDED where it does not within
  // `patience`.
  absl::StatusOr<v1::GetCheckpointResponse> Checkpoint(uint64_t covering,
                                                       absl::Duration patience) const;
  absl::StatusOr<v1::GetInclusionProofResponse> Inclusion(
      const v1::GetInclusionProofRequest& request) const;
  absl::StatusOr<v1::GetConsistencyProofResponse> Consistency(
      const v1::GetConsistencyProofRequest& request) const;
  // Calls `take` with the hash of each leaf from `begin_index` to before `end_index`, in order; all
  // pages. An error that it returns ends it.
  absl::Status LeafHashes(v1::Tree tree, uint64_t begin_index, uint64_t end_index,
                          const std::function<absl::Status(const record::Hash&)>& take) const;
  // Of the events from `first_sequence` to `last_sequence`, inclusive.
  absl::Status Leaves(uint64_t first_sequence, uint64_t last_sequence,
                      const std::function<absl::Status(const v1::LeafEntry&)>& take) const;
  // The first `size` entries: all there were at that size.
  absl::StatusOr<std::vector<v1::RegistryTreeEntry>> Registry(uint64_t size) const;

 private:
  std::shared_ptr<TransparencyConnection> connection_;
};

// The hashes of a proof. DATA_LOSS where one has not 32 bytes.
absl::StatusOr<std::vector<record::Hash>> HashesOf(
    const google::protobuf::RepeatedPtrField<std::string>& hashes);

}  // namespace liaison

#endif  // LIAISON_TRANSPARENCY_CLIENT_H_
