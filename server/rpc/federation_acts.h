// What operators do about other hubs, and what it rests on.
#ifndef LIAISON_SERVER_RPC_FEDERATION_ACTS_H_
#define LIAISON_SERVER_RPC_FEDERATION_ACTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "server/auth/principal.h"
#include "server/federation/rows.pb.h"
#include "server/rpc/federation.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

google::protobuf::Timestamp ToProto(absl::Time time);
// As people see it. `state` is what the row comes to at the moment.
pb::PeerStanding ToProto(federation::rows::State state, const federation::rows::PeerState& row);

// Who answers for an act: by what they showed, not by what they say.
std::string NameOf(const Hub& hub, const auth::Principal& principal);

// All of these wait for the disk, or for nothing.
absl::StatusOr<pb::BlockResponse> Block(const FederationDesk& desk, const Hub& hub,
                                        const auth::Principal& principal,
                                        const pb::BlockRequest& request);
absl::StatusOr<pb::ReleaseResponse> Release(const FederationDesk& desk, const Hub& hub,
                                            const auth::Principal& principal,
                                            const pb::ReleaseRequest& request);
absl::StatusOr<pb::ListEvidenceResponse> ListEvidence(const FederationDesk& desk, const Hub& hub,
                                                      const auth::Principal& principal,
                                                      const pb::ListEvidenceRequest& request);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_FEDERATION_ACTS_H_
