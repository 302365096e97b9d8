// Who is let in: the methods that say so.
#ifndef LIAISON_SERVER_RPC_TOKENS_H_
#define LIAISON_SERVER_RPC_TOKENS_H_

#include "absl/status/statusor.h"
#include "igf/liaison/v1/admin_service.pb.h"
#include "server/auth/principal.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

// All three wait for the disk, or for nothing.
absl::StatusOr<pb::CreateTokenResponse> CreateToken(const Hub& hub,
                                                    const auth::Principal& principal,
                                                    const pb::CreateTokenRequest& request);
absl::StatusOr<pb::ListTokensResponse> ListTokens(const Hub& hub, const auth::Principal& principal,
                                                  const pb::ListTokensRequest& request);
absl::StatusOr<pb::RevokeTokenResponse> RevokeToken(const Hub& hub,
                                                    const auth::Principal& principal,
                                                    const pb::RevokeTokenRequest& request);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_TOKENS_H_
