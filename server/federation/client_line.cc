#include "server/federation/client_line.h"

#include <utility>

#include "liaison/federation_connection.h"
#include "server/federation/limits.h"

namespace liaison::federation {
namespace {

class ClientLine final : public PeerLine {
 public:
  explicit ClientLine(std::shared_ptr<FederationConnection> connection)
      : connection_(std::move(connection)) {}

  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest& request) override {
    return connection_->PullLane(request);
  }
  void Cancel() override { connection_->Cancel(); }

 private:
  const std::shared_ptr<FederationConnection> connection_;
};

}  // namespace

std::unique_ptr<PeerLine> DialPeer(const std::string& address, ConnectionOptions options) {
  options.retry.total_timeout = kPullTimeout;
  options.retry.attempt_timeout = kPullTimeout;
  return std::make_unique<ClientLine>(ConnectFederation(address, std::move(options)));
}

}  // namespace liaison::federation
