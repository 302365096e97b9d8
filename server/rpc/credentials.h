// Who is let in: the methods that say so.
#ifndef LIAISON_SERVER_RPC_CREDENTIALS_H_
#define LIAISON_SERVER_RPC_CREDENTIALS_H_

#include "absl/status/statusor.h"
#include "igf/liaison/v1/admin_service.pb.h"
#include "server/auth/principal.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

// As callers see it: without its secret, and without the hash of it.
pb::Credential ToProto(const auth::rows::Credential& credential);

// All of these wait for the disk, or for nothing.
absl::StatusOr<pb::CreateTokenResponse> CreateToken(const Hub& hub,
                                                    const auth::Principal& principal,
                                                    const pb::CreateTokenRequest& request);
absl::StatusOr<pb::CreateInvitationResponse> CreateInvitation(
    const Hub& hub, const auth::Principal& principal, const pb::CreateInvitationRequest& request);
absl::StatusOr<pb::ListCredentialsResponse> ListCredentials(
    const Hub& hub, const auth::Principal& principal, const pb::ListCredentialsRequest& request);
absl::StatusOr<pb::RevokeCredentialResponse> RevokeCredential(
    const Hub& hub, const auth::Principal& principal, const pb::RevokeCredentialRequest& request);

absl::StatusOr<pb::ListAuditEntriesResponse> ListAuditEntries(
    const Hub& hub, const auth::Principal& principal, const pb::ListAuditEntriesRequest& request);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_CREDENTIALS_H_
