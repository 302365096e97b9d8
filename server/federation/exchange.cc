#include "server/federation/exchange.h"

#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/way_out.h"
#include "server/federation/limits.h"
#include "server/federation/policy_sense.h"

namespace liaison::federation {
namespace {

using Dial = std::function<absl::StatusOr<std::unique_ptr<PeerLine>>(const PeerPolicy& peer)>;
using DialStream = std::function<absl::StatusOr<OpenPeerStream>(const PeerPolicy& peer)>;

// As this hub's own trouble: the peer has refused nothing.
absl::Status NotDialled(const absl::Status& why) {
  return absl::UnavailableError(absl::StrCat("it cannot be dialled: ", why.message()));
}

// To a peer that cannot be dialled by now: whether it can is tried with each call.
class NoLine final : public PeerLine {
 public:
  NoLine(Dial dial, PeerPolicy peer) : dial_(std::move(dial)), peer_(std::move(peer)) {}
  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest& request) override {
    LIAISON_ASSIGN_OR_RETURN(PeerLine * line, Line());
    return line->PullLane(request);
  }
  absl::StatusOr<pb::GetEvidenceResponse> GetEvidence(
      const pb::GetEvidenceRequest& request) override {
    LIAISON_ASSIGN_OR_RETURN(PeerLine * line, Line());
    return line->GetEvidence(request);
  }
  absl::StatusOr<pb::GetConsistencyProofResponse> GetConsistencyProof(
      const pb::GetConsistencyProofRequest& request) override {
    LIAISON_ASSIGN_OR_RETURN(PeerLine * line, Line());
    return line->GetConsistencyProof(request);
  }
  absl::StatusOr<pb::AddCosignaturesResponse> AddCosignatures(
      const pb::AddCosignaturesRequest& request) override {
    LIAISON_ASSIGN_OR_RETURN(PeerLine * line, Line());
    return line->AddCosignatures(request);
  }
  bool HasNewWay() override {
    const bool had_one = HasLine();
    const absl::StatusOr<PeerLine*> line = Line();
    return line.ok() && (!had_one || (*line)->HasNewWay());
  }
  void Cancel() override {
    absl::MutexLock lock(&mu_);
    cancelled_ = true;
    if (line_ != nullptr) line_->Cancel();
  }

 private:
  bool HasLine() {
    absl::MutexLock lock(&mu_);
    return line_ != nullptr;
  }
  // Never null, and this one's.
  absl::StatusOr<PeerLine*> Line() {
    absl::MutexLock lock(&mu_);
    if (cancelled_) return absl::CancelledError("this hub goes");
    if (line_ == nullptr) {
      absl::StatusOr<std::unique_ptr<PeerLine>> dialled = dial_(peer_);
      if (!dialled.ok()) return NotDialled(dialled.status());
      line_ = *std::move(dialled);
    }
    return line_.get();
  }

  const Dial dial_;
  const PeerPolicy peer_;
  absl::Mutex mu_;
  std::unique_ptr<PeerLine> line_ ABSL_GUARDED_BY(mu_);
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
};

// A stream to such a peer.
class NoStream final : public PeerStream {
 public:
  explicit NoStream(absl::Status why) : why_(std::move(why)) {}
  bool Write(const pb::AttachRequest&) override { return false; }
  absl::StatusOr<std::optional<pb::AttachResponse>> Read(absl::Duration) override { return why_; }
  void Cancel() override {}

 private:
  const absl::Status why_;
};

// As NoLine. One thread opens them.
OpenPeerStream NoStreams(DialStream dial, PeerPolicy peer) {
  auto opening = std::make_shared<OpenPeerStream>(nullptr);
  return [dial = std::move(dial), peer = std::move(peer),
          opening = std::move(opening)]() -> std::unique_ptr<PeerStream> {
    if (*opening == nullptr) {
      absl::StatusOr<OpenPeerStream> dialled = dial(peer);
      if (!dialled.ok()) return std::make_unique<NoStream>(NotDialled(dialled.status()));
      *opening = *std::move(dialled);
    }
    return (*opening)();
  };
}

void AddWarning(absl::string_view warning, PeerStatus* status) {
  if (warning.empty()) return;
  absl::StrAppend(&status->warning, status->warning.empty() ? "" : "; ", warning);
}

absl::Status Nobody() {
  return record::Error(record::Reason::kNotFound, "this hub's policy names nobody")
      .With(record::kWayOut, "Two people adopt a policy: `liaison federation policy --help`.");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Exchange>> Exchange::Start(
    Puller::Options options, std::shared_ptr<const Policy> policy, bool strict,
    std::optional<Attachments::Options> streams) {
  std::unique_ptr<Exchange> exchange(new Exchange(std::move(options), std::move(streams)));
  // With the name of the field that stands against it.
  if (strict) LIAISON_RETURN_IF_ERROR(exchange->Check(*policy));
  absl::MutexLock lock(&exchange->mu_);
  const absl::Status begun = exchange->Begin(std::move(policy), strict);
  if (!begun.ok() && strict) return begun;
  return exchange;
}

absl::Status Exchange::Begin(std::shared_ptr<const Policy> policy, bool strict) {
  // In this order: streams hint to the puller, and both read the policy to their end.
  watch_.reset();
  attachments_.reset();
  puller_.reset();
  policy_ = std::move(policy);
  trouble_ = absl::OkStatus();
  if (policy_->peers().empty()) return absl::OkStatus();
  absl::Status begun = BeginToPull(strict);
  trouble_ = begun.ok() ? puller_->trouble() : begun;
  // Puller has reported its own.
  if (!begun.ok()) options_.report(absl::StrCat("nothing is pulled: ", begun.message()));
  return begun;
}

absl::Status Exchange::BeginToPull(bool strict) {
  Puller::Options options = options_;
  options.policy = policy_.get();
  options.strict = strict;
  if (!strict) {
    options.dial = [this](const PeerPolicy& peer) -> absl::StatusOr<std::unique_ptr<PeerLine>> {
      absl::StatusOr<std::unique_ptr<PeerLine>> line = options_.dial(peer);
      if (line.ok()) return line;
      options_.report(absl::StrCat(peer.address, " cannot be dialled: ", line.status().message()));
      return std::unique_ptr<PeerLine>(std::make_unique<NoLine>(options_.dial, peer));
    };
  }
  LIAISON_ASSIGN_OR_RETURN(puller_, Puller::Start(std::move(options)));
  if (options_.certificate_end != nullptr) {
    watch_ = std::make_unique<ProfileWatch>(ProfileWatch::Options{
        policy_.get(), options_.certificate_end, options_.now, options_.report});
    watch_->Start();
  }
  return streams_ ? OpenStreams(strict) : absl::OkStatus();
}

absl::Status Exchange::OpenStreams(bool strict) {
  // Streams know this puller: whoever asks the exchange waits while another policy comes in, and
  // that waits for them.
  Puller* const puller = puller_.get();
  Attachments::Options options = *streams_;
  options.policy = policy_.get();
  options.on_news = [puller](const std::string& peer) { puller->Hinted(peer); };
  options.serve = [this, puller](
                      const std::string& peer,
                      const pb::LaneQuestion& question) -> absl::StatusOr<pb::LaneAnswer> {
    if (puller->standings().IsBlocked(peer)) return BlockedHere();
    return streams_->serve(peer, question);
  };
  if (!strict) {
    options.dial = [this](const PeerPolicy& peer) -> absl::StatusOr<OpenPeerStream> {
      absl::StatusOr<OpenPeerStream> opening = streams_->dial(peer);
      if (opening.ok()) return opening;
      return NoStreams(streams_->dial, peer);
    };
  }
  LIAISON_ASSIGN_OR_RETURN(attachments_, Attachments::Start(std::move(options)));
  return absl::OkStatus();
}

absl::Status Exchange::Check(const Policy& policy) const {
  LIAISON_RETURN_IF_ERROR(CheckSense(policy, options_.own_origin));
  size_t lanes = 0;
  for (const auto& [name, peer] : policy.peers()) {
    if (!peer.address.empty() || options_.attached != nullptr) lanes += peer.origins.size();
    for (const std::string& origin : peer.origins) {
      LIAISON_RETURN_IF_ERROR(CheckNotOwn(name, origin, options_.own_origin));
    }
    if (peer.address.empty()) continue;
    const absl::Status dialled = options_.dial(peer).status();
    if (dialled.ok()) continue;
    return record::FieldInvalid(absl::StrCat("peer.", name, peer.profile.empty() ? "" : ".profile"),
                                dialled.message());
  }
  if (lanes <= kMaxLanes) return absl::OkStatus();
  return record::FieldInvalid("peer", absl::StrCat("at most ", kMaxLanes, " lanes, and not ", lanes,
                                                   ": peers times origins"));
}

void Exchange::Use(std::shared_ptr<const Policy> policy) {
  absl::MutexLock lock(&mu_);
  // What goes begins nothing: it is in force from the next start on.
  if (stopped_) return;
  // Told as trouble.
  Begin(std::move(policy), /*strict=*/false).IgnoreError();
}

void Exchange::Stop() {
  absl::MutexLock lock(&mu_);
  stopped_ = true;
  watch_.reset();
  attachments_.reset();
  if (puller_ != nullptr) puller_->Stop();
}

absl::Status Exchange::trouble() const {
  absl::ReaderMutexLock lock(&mu_);
  return trouble_;
}

std::vector<PeerStatus> Exchange::status() const {
  absl::ReaderMutexLock lock(&mu_);
  if (puller_ == nullptr) return {};
  std::vector<PeerStatus> all = puller_->status();
  for (PeerStatus& status : all) {
    const PeerPolicy& peer = policy_->peers().find(status.peer)->second;
    if (peer.address.empty()) continue;
    if (!peer.profile.empty() && options_.certificate_end != nullptr) {
      AddWarning(ProfileWarning(peer.profile, options_.certificate_end, options_.now()), &status);
    }
    // Of a peer that is asked for something, that says it.
    if (!status.lanes.empty() || attachments_ == nullptr) continue;
    const std::string trouble = attachments_->TroubleOf(status.peer);
    if (trouble.empty()) continue;
    AddWarning(absl::StrCat("no line can be kept open there: ", trouble), &status);
  }
  return all;
}

absl::Status Exchange::Block(const std::string& peer_or_origin, absl::string_view by,
                             absl::string_view why, absl::Time now) {
  absl::ReaderMutexLock lock(&mu_);
  return puller_ == nullptr ? Nobody() : puller_->standings().Block(peer_or_origin, by, why, now);
}

absl::Status Exchange::Release(const std::string& peer_or_origin, absl::string_view by,
                               absl::string_view why, absl::Time now) {
  absl::ReaderMutexLock lock(&mu_);
  return puller_ == nullptr ? Nobody() : puller_->standings().Release(peer_or_origin, by, why, now);
}

bool Exchange::IsBlocked(const std::string& peer_or_origin) const {
  absl::ReaderMutexLock lock(&mu_);
  return puller_ != nullptr && puller_->standings().IsBlocked(peer_or_origin);
}

absl::Status Exchange::CheckServed(const std::string& peer) const {
  absl::ReaderMutexLock lock(&mu_);
  if (puller_ == nullptr || !puller_->standings().Knows(peer)) {
    return record::Error(record::Reason::kShuttingDown,
                         "another policy is just coming into force: call again")
        .RetryAfter(absl::Seconds(1));
  }
  return puller_->standings().IsBlocked(peer) ? BlockedHere() : absl::OkStatus();
}

void Exchange::Called(const std::string& peer) {
  absl::ReaderMutexLock lock(&mu_);
  if (puller_ != nullptr) puller_->Called(peer);
}

void Exchange::Hinted(const std::string& peer) {
  absl::ReaderMutexLock lock(&mu_);
  if (puller_ != nullptr) puller_->Hinted(peer);
}

Standings::PeerStanding Exchange::OfPeer(const std::string& peer, absl::Time now) const {
  absl::ReaderMutexLock lock(&mu_);
  if (puller_ == nullptr) return {rows::STATE_UNSPECIFIED, {}};
  return puller_->standings().OfPeer(peer, now);
}

Standings::OriginStanding Exchange::OfOrigin(const std::string& origin, absl::Time now) const {
  absl::ReaderMutexLock lock(&mu_);
  if (puller_ == nullptr) return {rows::STATE_UNSPECIFIED, {}};
  return puller_->standings().OfOrigin(origin, now);
}

}  // namespace liaison::federation
