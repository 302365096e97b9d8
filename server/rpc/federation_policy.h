// The policy between hubs as data: shown, proposed by one operator, put in force by a second one.
#ifndef LIAISON_SERVER_RPC_FEDERATION_POLICY_H_
#define LIAISON_SERVER_RPC_FEDERATION_POLICY_H_

#include "absl/status/statusor.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "server/auth/principal.h"
#include "server/rpc/federation.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

// All of these wait for the disk, or for nothing.
absl::StatusOr<pb::GetPolicyResponse> GetPolicy(const FederationDesk& desk, const Hub& hub,
                                                const auth::Principal& principal,
                                                const pb::GetPolicyRequest& request);
absl::StatusOr<pb::ProposePolicyResponse> ProposePolicy(const FederationDesk& desk, const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::ProposePolicyRequest& request);
absl::StatusOr<pb::ApprovePolicyResponse> ApprovePolicy(const FederationDesk& desk, const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::ApprovePolicyRequest& request);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_FEDERATION_POLICY_H_
