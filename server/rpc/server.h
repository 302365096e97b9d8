// The gRPC server.
#ifndef LIAISON_SERVER_RPC_SERVER_H_
#define LIAISON_SERVER_RPC_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

// A Server serves the hub's five services, health and reflection on one address.
class Server {
 public:
  // `hub` and all it points to must outlive the server. INVALID_ARGUMENT for an address that is not
  // on loopback: without TLS a hub stays there. UNAVAILABLE where the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Hub* hub, const std::string& address);
  ~Server();

  // `127.0.0.1:41234`.
  const std::string& address() const;
  // Says NOT_SERVING, ends the streams in order, waits for calls under way, at most kDrainTimeout.
  void Drain();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_SERVER_H_
