// The calls between hubs, mockable. A seam of its own beside Connection, for hubs and their
// operators.
#ifndef LIAISON_FEDERATION_CONNECTION_H_
#define LIAISON_FEDERATION_CONNECTION_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "igf/liaison/v1/transparency_service.pb.h"
#include "igf/liaison/v1/witness_service.pb.h"
#include "liaison/options.h"

namespace liaison {

namespace v1 = ::igf::liaison::v1;

// The line that a hub keeps open. One thread reads, one at a time writes; Cancel may come from any.
class AttachStream {
 public:
  virtual ~AttachStream() = default;
  // False: the stream is broken, Read says why.
  virtual bool Write(const v1::AttachRequest& frame) = 0;
  virtual void WritesDone() = 0;
  // The next frame; nullopt at an orderly end. DEADLINE_EXCEEDED, and only then, when nothing came
  // within `timeout`: the stream goes on.
  virtual absl::StatusOr<std::optional<v1::AttachResponse>> Read(absl::Duration timeout) = 0;
  virtual void Cancel() = 0;
};

// Calls are tried again, but PullLane: whoever pulls keeps pauses of its own. Thread-safe.
class FederationConnection {
 public:
  virtual ~FederationConnection() = default;
  virtual absl::StatusOr<v1::PullLaneResponse> PullLane(const v1::PullLaneRequest& request) = 0;
  virtual absl::StatusOr<v1::ListSharingResponse> ListSharing(
      const v1::ListSharingRequest& request) = 0;
  virtual absl::StatusOr<v1::ListPeersResponse> ListPeers(const v1::ListPeersRequest& request) = 0;
  virtual absl::StatusOr<v1::ListDeliveriesResponse> ListDeliveries(
      const v1::ListDeliveriesRequest& request) = 0;
  virtual absl::StatusOr<v1::ExplainArrivalResponse> ExplainArrival(
      const v1::ExplainArrivalRequest& request) = 0;
  virtual absl::StatusOr<v1::GetEvidenceResponse> GetEvidence(
      const v1::GetEvidenceRequest& request) = 0;
  // Of a hub that is another one's witness.
  virtual absl::StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
      const v1::GetConsistencyProofRequest& request) = 0;
  virtual absl::StatusOr<v1::AddCosignaturesResponse> AddCosignatures(
      const v1::AddCosignaturesRequest& request) = 0;
  // Not tried again once it was sent: the answer says what it came to.
  virtual absl::StatusOr<v1::BlockResponse> Block(const v1::BlockRequest& request) = 0;
  virtual absl::StatusOr<v1::ReleaseResponse> Release(const v1::ReleaseRequest& request) = 0;
  virtual absl::StatusOr<v1::ListEvidenceResponse> ListEvidence(
      const v1::ListEvidenceRequest& request) = 0;
  virtual absl::StatusOr<v1::GetPolicyResponse> GetPolicy(const v1::GetPolicyRequest& request) = 0;
  // Whoever proposes the same again waits for the same.
  virtual absl::StatusOr<v1::ProposePolicyResponse> ProposePolicy(
      const v1::ProposePolicyRequest& request) = 0;
  virtual absl::StatusOr<v1::ApprovePolicyResponse> ApprovePolicy(
      const v1::ApprovePolicyRequest& request) = 0;
  // Never null; what it fails for, it says when it is read.
  virtual std::unique_ptr<AttachStream> Attach() = 0;
  // Ends the calls under way, but no stream, with CANCELLED, and those to come. From any thread.
  virtual void Cancel() = 0;
};

enum class Patience {
  kWaits,  // a call waits for a hub that nobody reaches at the moment: it may be starting
  kOnce,   // it is tried once, and ends with what the line says: whoever calls has pauses of their
           // own
};

// As Connect, for these calls.
std::shared_ptr<FederationConnection> ConnectFederation(const std::string& address,
                                                        ConnectionOptions options = {},
                                                        Patience patience = Patience::kWaits);

}  // namespace liaison

#endif  // LIAISON_FEDERATION_CONNECTION_H_
