#include "server/federation/puller.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/federation/detour.h"
#include "server/federation/limits.h"
#include "server/federation/told.h"

namespace liaison::federation {

absl::StatusOr<std::unique_ptr<Puller>> Puller::Start(Options options) {
  std::unique_ptr<Puller> puller(new Puller(std::move(options)));
  const absl::Status loaded =
      puller->standings_.Load(*puller->options_.policy, puller->options_.now());
  if (!loaded.ok()) puller->Tell("what was kept of peers", loaded);
  LIAISON_RETURN_IF_ERROR(puller->AddLanes());
  puller->OpenUnasked();
  for (const auto& [origin, ignored] : puller->options_.policy->origins()) {
    puller->options_.replicas->SetDeaf(origin, puller->WhyDeaf(origin));
  }
  for (const std::unique_ptr<LanePuller>& lane : puller->lanes_) {
    puller->threads_.emplace_back([raw = puller.get(), each = lane.get()] { raw->Run(each); });
  }
  for (const std::unique_ptr<Errands>& errands : puller->errands_) errands->Start();
  return puller;
}

Puller::Puller(Options options)
    : options_(std::move(options)),
      standings_({options_.entry, options_.roll, options_.report, options_.now}),
      backfill_({kBackfillItemsPerSecond, kBackfillBytesPerSecond, options_.now}) {}

void Puller::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  standings_.HangUp();
  for (const std::unique_ptr<Errands>& errands : errands_) errands->Stop();
  for (const auto& [peer, line] : lines_) line->Cancel();
  backfill_.Stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  errands_.clear();
}

absl::Status CheckNotOwn(const std::string& peer, const std::string& origin,
                         const std::string& own_origin) {
  if (origin != own_origin) return absl::OkStatus();
  return record::FieldInvalid(absl::StrCat("peer.", peer, ".origins"),
                              absl::StrCat(origin, " is this hub's own log: strike it out"));
}

std::function<uint64_t()> Puller::PassedByItsHub(const std::string& peer,
                                                 const std::string& origin) const {
  const std::string hub = ParseOrigin(origin)->hub;
  const auto own = options_.policy->peers().find(hub);
  if (hub == peer || own == options_.policy->peers().end()) return nullptr;
  const std::vector<std::string>& origins = own->second.origins;
  if (std::find(origins.begin(), origins.end(), origin) == origins.end()) return nullptr;
  return [this, hub, origin]() -> uint64_t {
    for (const std::unique_ptr<LanePuller>& lane : lanes_) {
      if (lane->peer() == hub && lane->origin() == origin) return lane->passed();
    }
    return 0;
  };
}

absl::Status Puller::AddLanes() {
  for (const auto& [name, peer] : options_.policy->peers()) {
    if (peer.origins.empty() || (peer.address.empty() && options_.attached == nullptr)) continue;
    if (const absl::Status added = AddPeer(name, peer); !added.ok()) {
      LIAISON_RETURN_IF_ERROR(LeaveOut(absl::StrCat("the peer ", name), added));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<PeerLine>> Puller::OpenLine(const std::string& name,
                                                           const PeerPolicy& peer) {
  if (peer.address.empty()) return options_.attached(name);
  LIAISON_ASSIGN_OR_RETURN(std::unique_ptr<PeerLine> dialled, options_.dial(peer));
  // Who is known by an address alone is nobody when they call.
  if (options_.attached == nullptr || peer.organisation.empty()) return dialled;
  return std::unique_ptr<PeerLine>(std::make_unique<Detour>(
      Detour::Options{std::move(dialled), options_.attached(name), options_.now, options_.roll}));
}

absl::Status Puller::AddPeer(const std::string& name, const PeerPolicy& peer) {
  absl::StatusOr<std::unique_ptr<PeerLine>> opened = OpenLine(name, peer);
  LIAISON_RETURN_IF_ERROR(opened.status());
  Errands* const errands =
      AddErrands(name, lines_.emplace(name, *std::move(opened)).first->second.get());
  for (const std::string& origin : peer.origins) {
    if (const absl::Status added = AddLane(name, origin, errands); !added.ok()) {
      LIAISON_RETURN_IF_ERROR(
          LeaveOut(absl::StrCat("the lane of ", origin, " from ", name), added));
    }
  }
  return absl::OkStatus();
}

absl::Status Puller::AddLane(const std::string& peer, const std::string& origin, Errands* errands) {
  LIAISON_RETURN_IF_ERROR(CheckNotOwn(peer, origin, options_.own_origin));
  if (lanes_.size() == kMaxLanes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("at most ", kMaxLanes, " lanes, peers times origins"));
  }
  const absl::StatusOr<Replica*> replica =
      options_.replicas->Of(origin, options_.policy->origins().find(origin)->second.key);
  absl::Status opened = replica.status();
  if (opened.ok()) {
    lanes_.push_back(std::make_unique<LanePuller>(
        LanePuller::Rooms{options_.policy, options_.entry, &standings_,
                          lines_.find(peer)->second.get(), *replica, PassedByItsHub(peer, origin),
                          ParseOrigin(origin)->hub == peer,
                          [errands](const SettledHead& head) { errands->Offer(head); }, &backfill_},
        peer, origin));
    opened = lanes_.back()->Open();
    if (!opened.ok()) lanes_.pop_back();
  }
  // What was kept of one lane is no fault of the policy's, and stops no other.
  if (!opened.ok()) Tell(absl::StrCat("the lane of ", origin, " from ", peer), opened);
  return absl::OkStatus();
}

void Puller::OpenUnasked() {
  for (const auto& named : options_.policy->origins()) {
    const std::string& origin = named.first;
    const bool is_asked =
        absl::c_any_of(lanes_, [&](const auto& lane) { return lane->origin() == origin; });
    if (is_asked || origin == options_.own_origin) continue;
    const absl::Status opened = options_.replicas->Of(origin, named.second.key).status();
    if (!opened.ok()) Tell(absl::StrCat("what is here of ", origin), opened);
  }
}

absl::Status Puller::LeaveOut(absl::string_view what, const absl::Status& why) {
  if (options_.strict) return why;
  Tell(what, why);
  return absl::OkStatus();
}

void Puller::Tell(absl::string_view what, const absl::Status& why) {
  const std::string told = absl::StrCat(what, ": ", why.message());
  options_.report(told);
  trouble_ = trouble_.ok()
                 ? absl::Status(why.code(), told)
                 : absl::Status(trouble_.code(), absl::StrCat(trouble_.message(), "; ", told));
}

Errands* Puller::AddErrands(const std::string& peer, PeerLine* line) {
  const auto registry_of = [this](const std::string& origin) {
    auto longest = std::make_shared<const OriginRegistry>();
    for (const std::unique_ptr<LanePuller>& lane : lanes_) {
      if (lane->origin() != origin) continue;
      auto registry = lane->registry();
      if (registry->size() > longest->size()) longest = std::move(registry);
    }
    return longest;
  };
  errands_.push_back(std::make_unique<Errands>(
      Errands::Options{peer, options_.policy, options_.entry, &standings_, line, options_.cosign,
                       registry_of, options_.now, options_.roll, options_.report, options_.pause,
                       options_.own_origin, options_.on_own_head}));
  return errands_.back().get();
}

void Puller::Run(LanePuller* lane) {
  absl::Status trouble;
  while (true) {
    const absl::Time asked = options_.now();
    const uint64_t hints = BeginToAsk(lane->peer(), asked);
    const absl::StatusOr<Next> next = lane->Take(asked);
    const bool goes = record::ReasonOf(next.status()) == record::Reason::kShuttingDown;
    if (next.status() != trouble && !goes) {
      trouble = next.status();
      options_.report(absl::StrCat("the lane of ", lane->origin(), " from ", lane->peer(),
                                   trouble.ok() ? " goes on" : " stands: ", trouble.message()));
    }
    options_.replicas->SetDeaf(lane->origin(), WhyDeaf(lane->origin()));
    if (next.ok() && *next == Next::kMore) {
      absl::MutexLock lock(&mu_);
      if (stopping_) return;
    } else if (!Rest(lane->peer(), hints, asked)) {
      return;
    }
  }
}

std::string Puller::WhyDeaf(const std::string& origin) const {
  const absl::Time now = options_.now();
  const Standings::OriginStanding standing = standings_.OfOrigin(origin, now);
  if (standing.state == rows::STATE_BLOCKED) {
    return absl::StrCat("takes nothing of it since ", TimeOf(standing.row.since_us()),
                        ", when an operator there blocked it");
  }
  if (standing.state == rows::STATE_QUARANTINED) {
    return absl::StrCat("has left it alone since ", TimeOf(standing.row.since_us()),
                        ": what was signed of it contradicts itself");
  }
  bool is_asked = false;
  for (const std::unique_ptr<LanePuller>& lane : lanes_) {
    if (lane->origin() != origin) continue;
    is_asked = true;
    const Standings::PeerStanding peer = standings_.OfPeer(lane->peer(), now);
    const bool is_left = peer.state == rows::STATE_BLOCKED || peer.state == rows::STATE_QUARANTINED;
    // Also a relay that hears it from here alone: nobody can tell that from a log that is silent.
    if (!is_left && lane->trouble().empty() && !lane->gap()) return "";
  }
  return is_asked ? "nothing new of it comes there at the moment: ask its operator"
                  : "asks nobody for it";
}

uint64_t Puller::BeginToAsk(const std::string& peer, absl::Time now) {
  Heard heard;
  {
    absl::MutexLock lock(&mu_);
    heard = heard_[peer];
    heard_[peer].called = false;
  }
  if (heard.called) standings_.Called(peer, now);
  return heard.hints;
}

bool Puller::Rest(const std::string& peer, uint64_t hints, absl::Time asked) {
  absl::MutexLock lock(&mu_);
  const Heard& heard = heard_[peer];
  const auto woken = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stopping_ || heard.hints != hints;
  };
  mu_.AwaitWithTimeout(absl::Condition(&woken), options_.pause);
  if (stopping_) return false;
  if (heard.hints == hints) return true;
  const absl::Duration rest = std::min(options_.pause, kHintPause) - (options_.now() - asked);
  return !mu_.AwaitWithTimeout(absl::Condition(&stopping_), rest);
}

void Puller::Called(const std::string& peer) {
  absl::MutexLock lock(&mu_);
  const auto heard = heard_.find(peer);
  if (heard != heard_.end()) heard->second.called = true;
}

void Puller::Hinted(const std::string& peer) {
  absl::MutexLock lock(&mu_);
  const auto heard = heard_.find(peer);
  if (heard != heard_.end()) ++heard->second.hints;
}

std::vector<PeerStatus> Puller::status() const {
  const absl::Time now = options_.now();
  std::vector<PeerStatus> all;
  for (const auto& [name, peer] : options_.policy->peers()) {
    PeerStatus status{name, standings_.OfPeer(name, now), {}, {}};
    const auto line = lines_.find(name);
    if (line != lines_.end()) status.warning = line->second->Warning();
    for (const std::unique_ptr<LanePuller>& lane : lanes_) {
      if (lane->peer() != name) continue;
      status.lanes.push_back({lane->origin(), standings_.OfOrigin(lane->origin(), now), lane->row(),
                              lane->gap(), lane->trouble()});
    }
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace liaison::federation
