#include "liaison/connection.h"

#include <utility>

#include "client/internal/channel.h"
#include "client/internal/clock.h"
#include "client/internal/connection_impl.h"
#include "client/internal/grpc_hub_stub.h"
#include "client/internal/metadata_hub_stub.h"
#include "liaison/slow_line.h"

namespace liaison {
namespace {

std::shared_ptr<Connection> ConnectWith(const std::string& address, ConnectionOptions options,
                                        internal::Line line) {
  std::shared_ptr<grpc::Channel> channel = internal::MakeChannel(address, options, line);
  std::unique_ptr<internal::HubStub> stub = std::make_unique<internal::MetadataHubStub>(
      internal::MakeGrpcHubStub(std::move(channel), address), std::move(options.acting_as),
      std::move(options.token));
  return std::make_shared<internal::ConnectionImpl>(std::move(stub), options.retry,
                                                    internal::Clock::System());
}

}  // namespace

std::shared_ptr<Connection> Connect(const std::string& address, ConnectionOptions options) {
  return ConnectWith(address, std::move(options), internal::Line::kOrdinary);
}

std::shared_ptr<Connection> ConnectOverSlowLine(const std::string& address,
                                                ConnectionOptions options) {
  return ConnectWith(address, std::move(options), internal::Line::kSlow);
}

}  // namespace liaison
