// FederationService.Attach: the line that a peer keeps open here.
#ifndef LIAISON_SERVER_RPC_ATTACH_H_
#define LIAISON_SERVER_RPC_ATTACH_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <string>

#include "absl/status/statusor.h"
#include "server/auth/principal.h"
#include "server/rpc/federation.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

// The peer that the caller is, by the policy's name. NOT_PERMITTED where it is none, or a person
// has blocked it.
absl::StatusOr<std::string> PeerOf(const FederationDesk& desk, const auth::Principal& principal);

// Both outlive the call.
grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartAttach(
    const Hub& hub, const FederationDesk& desk, grpc::CallbackServerContext* context);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_ATTACH_H_
