// What a connection can besides, for whoever checks the hub.
#ifndef LIAISON_TRANSPARENCY_CONNECTION_H_
#define LIAISON_TRANSPARENCY_CONNECTION_H_

#include "absl/status/statusor.h"
#include "igf/liaison/v1/transparency_service.pb.h"

namespace liaison {

// A TransparencyConnection makes the calls of TransparencyService, with deadlines and retries. It
// is apart from Connection so that a partner's mock of that still compiles: the connections that
// Connect makes are both. Thread-safe.
class TransparencyConnection {
 public:
  virtual ~TransparencyConnection() = default;

  virtual absl::StatusOr<igf::liaison::v1::GetCheckpointResponse> GetCheckpoint(
      const igf::liaison::v1::GetCheckpointRequest& request) = 0;
  virtual absl::StatusOr<igf::liaison::v1::GetInclusionProofResponse> GetInclusionProof(
      const igf::liaison::v1::GetInclusionProofRequest& request) = 0;
  virtual absl::StatusOr<igf::liaison::v1::GetConsistencyProofResponse> GetConsistencyProof(
      const igf::liaison::v1::GetConsistencyProofRequest& request) = 0;
  virtual absl::StatusOr<igf::liaison::v1::ListLeafHashesResponse> ListLeafHashes(
      const igf::liaison::v1::ListLeafHashesRequest& request) = 0;
  virtual absl::StatusOr<igf::liaison::v1::ListLeavesResponse> ListLeaves(
      const igf::liaison::v1::ListLeavesRequest& request) = 0;
  virtual absl::StatusOr<igf::liaison::v1::ListRegistryEntriesResponse> ListRegistryEntries(
      const igf::liaison::v1::ListRegistryEntriesRequest& request) = 0;
};

}  // namespace liaison

#endif  // LIAISON_TRANSPARENCY_CONNECTION_H_
