// The gRPC server.
#ifndef LIAISON_SERVER_RPC_SERVER_H_
#define LIAISON_SERVER_RPC_SERVER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/auth/hub_certificates.h"
#include "server/rpc/federation.h"
#include "server/rpc/hub.h"
#include "server/rpc/limits.h"
#include "server/rpc/transparency.h"

namespace liaison::witness {
struct Witnessing;
}

namespace liaison::rpc {

struct ServerOptions {
  std::string listen;  // `127.0.0.1:7410`; port 0 takes a free one
  // Files that are read again when they change; absent: plaintext, on loopback.
  std::optional<auth::TlsFiles> tls;
  TransparencyDesk transparency;
  FederationDesk federation;
  witness::Witnessing* witnessing = nullptr;  // outlives the server
  std::string socket;          // path of a Unix socket besides, for the gateway; empty: none
  size_t max_connections = 0;  // of `listen`; 0: as many as there are files for
  size_t max_connections_per_address = kMaxConnectionsPerAddress;  // with TLS
  absl::Duration max_connection_age = kMaxConnectionAge;           // with TLS
  std::function<void(const std::string& what)> report;             // what the operator should know
};

// A Server serves the hub's services, health and reflection. With TLS, nobody gets as far as a call
// without a certificate of the hub's authority that has not been taken back.
class Server {
 public:
  // `hub` and all it points to must outlive the server. INVALID_ARGUMENT for an address that is not
  // on loopback, without TLS. UNAVAILABLE where the address or the socket cannot be bound.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Hub* hub,
                                                       const ServerOptions& options);
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
