#include "server/federation/client_line.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "liaison/federation_connection.h"
#include "liaison/profile.h"
#include "proto/record/certificate.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/federation/limits.h"
#include "server/federation/told.h"

namespace liaison::federation {
namespace {

// Of HOST:PORT.
bool IsLoopback(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  return host == "localhost" || host == "[::1]" || absl::StartsWith(host, "127.");
}

bool IsSame(const Profile& one, const Profile& other) {
  return one.tls.authority == other.tls.authority && one.tls.certificate == other.tls.certificate &&
         one.tls.private_key == other.tls.private_key && one.token == other.token;
}

// The way in at one peer: what lies in the policy's folder by now, looked at once in
// kProfilePause. Whoever renews a certificate restarts nothing. Thread-safe.
class WayIn {
 public:
  static absl::StatusOr<std::shared_ptr<WayIn>> Find(const PeerPolicy& peer,
                                                     Patience patience = Patience::kWaits) {
    std::shared_ptr<WayIn> way(new WayIn(peer, patience));
    Profile profile;
    if (peer.profile.empty() && !IsLoopback(peer.address)) {
      return record::FieldInvalid(
          "profile",
          absl::StrCat(peer.address,
                       " is not on this machine, and nobody is spoken to "
                       "there in the clear: name the profile that `liaison join` wrote"));
    }
    if (!peer.profile.empty()) {
      LIAISON_ASSIGN_OR_RETURN(profile, LoadProfile(peer.profile));
    }
    absl::MutexLock lock(&way->mu_);
    way->Connect(std::move(profile));
    return way;
  }

  // To call over by now. What is under way over the one before goes on there.
  std::shared_ptr<FederationConnection> connection() {
    absl::MutexLock lock(&mu_);
    Look();
    return connection_;
  }
  // True once after each change.
  bool HasChanged() {
    absl::MutexLock lock(&mu_);
    Look();
    return std::exchange(has_changed_, false);
  }
  // Over that one nobody was reached, which gRPC would go on saying from memory until it has
  // dialled in its own time: the next call begins another.
  void Leave(const std::shared_ptr<FederationConnection>& connection) {
    absl::MutexLock lock(&mu_);
    if (!cancelled_ && connection_ == connection) Replace(profile_);
  }
  // Ends the calls under way over any of them, and those to come.
  void Cancel() {
    absl::MutexLock lock(&mu_);
    cancelled_ = true;
    connection_->Cancel();
    for (const auto& each : before_) {
      if (const auto still = each.lock()) still->Cancel();
    }
  }

 private:
  WayIn(PeerPolicy peer, Patience patience)
      : peer_(std::move(peer)), patience_(patience), looked_(absl::Now()) {}

  void Look() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    const absl::Time now = absl::Now();
    if (peer_.profile.empty() || cancelled_) return;
    if (now >= looked_ && now < looked_ + kProfilePause) return;
    looked_ = now;
    absl::StatusOr<Profile> profile = LoadProfile(peer_.profile);
    // Half written, or gone: the one before is as good as it was, and the next look is soon.
    if (!profile.ok() || IsSame(*profile, profile_)) return;
    Replace(*std::move(profile));
    has_changed_ = true;
  }

  void Replace(Profile profile) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    before_.erase(std::remove_if(before_.begin(), before_.end(),
                                 [](const auto& each) { return each.expired(); }),
                  before_.end());
    before_.push_back(connection_);
    Connect(std::move(profile));
  }

  void Connect(Profile profile) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    ConnectionOptions options;
    if (!peer_.profile.empty()) options = OptionsOf(profile);
    options.acting_as = peer_.calls_as;
    options.user_agent = "liaisond";
    options.retry.total_timeout = kPullTimeout;
    options.retry.attempt_timeout = kPullTimeout;
    connection_ = ConnectFederation(peer_.address, std::move(options), patience_);
    profile_ = std::move(profile);
  }

  const PeerPolicy peer_;
  const Patience patience_;
  absl::Mutex mu_;
  absl::Time looked_ ABSL_GUARDED_BY(mu_);
  Profile profile_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<FederationConnection> connection_ ABSL_GUARDED_BY(mu_);
  std::vector<std::weak_ptr<FederationConnection>> before_ ABSL_GUARDED_BY(mu_);
  bool has_changed_ ABSL_GUARDED_BY(mu_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
};

class ClientLine final : public PeerLine {
 public:
  explicit ClientLine(std::shared_ptr<WayIn> way) : way_(std::move(way)) {}

  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest& request) override {
    return Call(&FederationConnection::PullLane, request);
  }
  absl::StatusOr<pb::GetEvidenceResponse> GetEvidence(
      const pb::GetEvidenceRequest& request) override {
    return Call(&FederationConnection::GetEvidence, request);
  }
  absl::StatusOr<pb::GetConsistencyProofResponse> GetConsistencyProof(
      const pb::GetConsistencyProofRequest& request) override {
    return Call(&FederationConnection::GetConsistencyProof, request);
  }
  absl::StatusOr<pb::AddCosignaturesResponse> AddCosignatures(
      const pb::AddCosignaturesRequest& request) override {
    return Call(&FederationConnection::AddCosignatures, request);
  }
  bool HasNewWay() override { return way_->HasChanged(); }
  void Cancel() override { way_->Cancel(); }

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      absl::StatusOr<Response> (FederationConnection::*method)(const Request&),
      const Request& request) {
    const std::shared_ptr<FederationConnection> connection = way_->connection();
    absl::StatusOr<Response> response = ((*connection).*method)(request);
    if (IsUnreached(response.status())) way_->Leave(connection);
    return response;
  }

  const std::shared_ptr<WayIn> way_;
};

// Keeps the connection that it goes over.
class ClientStream final : public PeerStream {
 public:
  explicit ClientStream(std::shared_ptr<FederationConnection> connection)
      : connection_(std::move(connection)), stream_(connection_->Attach()) {}

  bool Write(const pb::AttachRequest& frame) override { return stream_->Write(frame); }
  absl::StatusOr<std::optional<pb::AttachResponse>> Read(absl::Duration timeout) override {
    return stream_->Read(timeout);
  }
  void Cancel() override { stream_->Cancel(); }

 private:
  const std::shared_ptr<FederationConnection> connection_;
  const std::unique_ptr<AttachStream> stream_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PeerLine>> DialPeer(const PeerPolicy& peer) {
  LIAISON_ASSIGN_OR_RETURN(std::shared_ptr<WayIn> way, WayIn::Find(peer));
  return std::unique_ptr<PeerLine>(std::make_unique<ClientLine>(std::move(way)));
}

absl::StatusOr<std::unique_ptr<PeerLine>> DialPeerOnce(const PeerPolicy& peer) {
  LIAISON_ASSIGN_OR_RETURN(std::shared_ptr<WayIn> way, WayIn::Find(peer, Patience::kOnce));
  return std::unique_ptr<PeerLine>(std::make_unique<ClientLine>(std::move(way)));
}

absl::StatusOr<OpenPeerStream> DialStreams(const PeerPolicy& peer) {
  LIAISON_ASSIGN_OR_RETURN(std::shared_ptr<WayIn> way, WayIn::Find(peer));
  return OpenPeerStream([way = std::move(way)]() -> std::unique_ptr<PeerStream> {
    return std::make_unique<ClientStream>(way->connection());
  });
}

absl::StatusOr<absl::Time> CertificateEnd(const std::string& profile) {
  LIAISON_ASSIGN_OR_RETURN(const Profile loaded, LoadProfile(profile));
  LIAISON_ASSIGN_OR_RETURN(const record::CertificateFacts facts,
                           record::ReadCertificate(loaded.tls.certificate));
  return facts.not_after;
}

}  // namespace liaison::federation
