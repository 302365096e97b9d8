// What waits for a second person: the methods that settle it.
#ifndef LIAISON_SERVER_RPC_APPROVALS_H_
#define LIAISON_SERVER_RPC_APPROVALS_H_

#include "absl/status/statusor.h"
#include "igf/liaison/v1/admin_service.pb.h"
#include "server/auth/principal.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

// All of these wait for the disk, or for nothing.
absl::StatusOr<pb::ListApprovalsResponse> ListApprovals(const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::ListApprovalsRequest& request);
absl::StatusOr<pb::ApproveResponse> Approve(const Hub& hub, const auth::Principal& principal,
                                            const pb::ApproveRequest& request);
absl::StatusOr<pb::RefuseResponse> Refuse(const Hub& hub, const auth::Principal& principal,
                                          const pb::RefuseRequest& request);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_APPROVALS_H_
