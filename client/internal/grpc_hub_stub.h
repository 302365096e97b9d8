// The real stub: gRPC over one channel.
#ifndef LIAISON_CLIENT_INTERNAL_GRPC_HUB_STUB_H_
#define LIAISON_CLIENT_INTERNAL_GRPC_HUB_STUB_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "client/internal/hub_stub.h"

namespace liaison::internal {

// Makes a stub over `channel`, which leads to `address`, named in errors.
std::unique_ptr<HubStub> MakeGrpcHubStub(std::shared_ptr<grpc::Channel> channel,
                                         std::string address);

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_GRPC_HUB_STUB_H_
