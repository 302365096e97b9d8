// AdminService.Erase.
#ifndef LIAISON_SERVER_RPC_ERASE_H_
#define LIAISON_SERVER_RPC_ERASE_H_

#include "absl/status/statusor.h"
#include "igf/liaison/v1/admin_service.pb.h"
#include "server/auth/principal.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

// Waits for the disk, and until the words have left it.
absl::StatusOr<pb::EraseResponse> Erase(const Hub& hub, const auth::Principal& principal,
                                        const pb::EraseRequest& request);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_ERASE_H_
