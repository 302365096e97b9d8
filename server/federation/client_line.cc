#include "server/federation/client_line.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "liaison/federation_connection.h"
#include "liaison/profile.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
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
  absl::StatusOr<pb::GetEvidenceResponse> GetEvidence(
      const pb::GetEvidenceRequest& request) override {
    return connection_->GetEvidence(request);
  }
  absl::StatusOr<pb::GetConsistencyProofResponse> GetConsistencyProof(
      const pb::GetConsistencyProofRequest& request) override {
    return connection_->GetConsistencyProof(request);
  }
  absl::StatusOr<pb::AddCosignaturesResponse> AddCosignatures(
      const pb::AddCosignaturesRequest& request) override {
    return connection_->AddCosignatures(request);
  }
  void Cancel() override { connection_->Cancel(); }

 private:
  const std::shared_ptr<FederationConnection> connection_;
};

class ClientStream final : public PeerStream {
 public:
  explicit ClientStream(std::unique_ptr<AttachStream> stream) : stream_(std::move(stream)) {}

  bool Write(const pb::AttachRequest& frame) override { return stream_->Write(frame); }
  absl::StatusOr<std::optional<pb::AttachResponse>> Read(absl::Duration timeout) override {
    return stream_->Read(timeout);
  }
  void Cancel() override { stream_->Cancel(); }

 private:
  const std::unique_ptr<AttachStream> stream_;
};

// Of HOST:PORT.
bool IsLoopback(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  return host == "localhost" || host == "[::1]" || absl::StartsWith(host, "127.");
}

absl::StatusOr<std::shared_ptr<FederationConnection>> ConnectTo(const PeerPolicy& peer) {
  ConnectionOptions options;
  if (peer.profile.empty() && !IsLoopback(peer.address)) {
    return record::FieldInvalid(
        "profile", absl::StrCat(peer.address,
                                " is not on this machine, and nobody is spoken to "
                                "there in the clear: name the profile that `liaison join` wrote"));
  }
  if (!peer.profile.empty()) {
    LIAISON_ASSIGN_OR_RETURN(const Profile profile, LoadProfile(peer.profile));
    options = OptionsOf(profile);
  }
  options.acting_as = peer.calls_as;
  options.user_agent = "liaisond";
  options.retry.total_timeout = kPullTimeout;
  options.retry.attempt_timeout = kPullTimeout;
  return ConnectFederation(peer.address, std::move(options));
}

}  // namespace

absl::StatusOr<std::unique_ptr<PeerLine>> DialPeer(const PeerPolicy& peer) {
  LIAISON_ASSIGN_OR_RETURN(std::shared_ptr<FederationConnection> connection, ConnectTo(peer));
  return std::unique_ptr<PeerLine>(std::make_unique<ClientLine>(std::move(connection)));
}

absl::StatusOr<OpenPeerStream> DialStreams(const PeerPolicy& peer) {
  LIAISON_ASSIGN_OR_RETURN(std::shared_ptr<FederationConnection> connection, ConnectTo(peer));
  return OpenPeerStream([connection = std::move(connection)]() -> std::unique_ptr<PeerStream> {
    return std::make_unique<ClientStream>(connection->Attach());
  });
}

}  // namespace liaison::federation
