// AdminService.AcceptClock.
#ifndef LIAISON_SERVER_RPC_ACCEPT_CLOCK_H_
#define LIAISON_SERVER_RPC_ACCEPT_CLOCK_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "server/rpc/hub.h"

namespace liaison::rpc {

grpc::ServerUnaryReactor* StartAcceptClock(const Hub& hub, grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_ACCEPT_CLOCK_H_
