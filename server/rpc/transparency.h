// What lets anybody check the log: TransparencyService.
#ifndef LIAISON_SERVER_RPC_TRANSPARENCY_H_
#define LIAISON_SERVER_RPC_TRANSPARENCY_H_

#include "absl/status/statusor.h"
#include "igf/liaison/v1/transparency_service.pb.h"
#include "server/auth/principal.h"
#include "server/transparency/signer.h"
#include "server/witness/cosigned_log.h"
#include "storage/event_log.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

// The rooms behind these calls. All of them are thread-safe, and outlive the server.
struct TransparencyDesk {
  const storage::EventLog* log = nullptr;
  const transparency::Signer* signer = nullptr;
  transparency::SigningBeat* beat = nullptr;
  const witness::CosignedLog* cosigned = nullptr;  // null: this hub asks no witnesses
};

absl::StatusOr<pb::GetCheckpointResponse> GetCheckpoint(const TransparencyDesk& desk,
                                                        const auth::Principal& principal,
                                                        const pb::GetCheckpointRequest& request);
absl::StatusOr<pb::GetInclusionProofResponse> GetInclusionProof(
    const TransparencyDesk& desk, const auth::Principal& principal,
    const pb::GetInclusionProofRequest& request);
absl::StatusOr<pb::GetConsistencyProofResponse> GetConsistencyProof(
    const TransparencyDesk& desk, const auth::Principal& principal,
    const pb::GetConsistencyProofRequest& request);
absl::StatusOr<pb::ListLeafHashesResponse> ListLeafHashes(const TransparencyDesk& desk,
                                                          const auth::Principal& principal,
                                                          const pb::ListLeafHashesRequest& request);
absl::StatusOr<pb::GetTileResponse> GetTile(const TransparencyDesk& desk,
                                            const auth::Principal& principal,
                                            const pb::GetTileRequest& request);
absl::StatusOr<pb::ListLeavesResponse> ListLeaves(const TransparencyDesk& desk,
                                                  const auth::Principal& principal,
                                                  const pb::ListLeavesRequest& request);
absl::StatusOr<pb::ListRegistryEntriesResponse> ListRegistryEntries(
    const TransparencyDesk& desk, const auth::Principal& principal,
    const pb::ListRegistryEntriesRequest& request);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_TRANSPARENCY_H_
