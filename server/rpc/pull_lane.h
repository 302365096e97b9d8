// PullLane: what a peer is served of a lane, when it is its turn.
#ifndef LIAISON_SERVER_RPC_PULL_LANE_H_
#define LIAISON_SERVER_RPC_PULL_LANE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "server/rpc/federation.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

// Hub and desk outlive the call.
grpc::ServerUnaryReactor* StartPullLane(const Hub& hub, const FederationDesk& desk,
                                        grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_PULL_LANE_H_
