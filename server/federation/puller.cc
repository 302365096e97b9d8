#include "server/federation/puller.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "server/federation/limits.h"

namespace liaison::federation {

absl::StatusOr<std::unique_ptr<Puller>> Puller::Start(Options options) {
  std::unique_ptr<Puller> puller(new Puller(std::move(options)));
  LIAISON_RETURN_IF_ERROR(
      puller->standings_.Load(*puller->options_.policy, puller->options_.now()));
  LIAISON_RETURN_IF_ERROR(puller->AddLanes());
  for (const std::unique_ptr<LanePuller>& lane : puller->lanes_) {
    puller->threads_.emplace_back([raw = puller.get(), each = lane.get()] { raw->Run(each); });
  }
  for (const std::unique_ptr<Errands>& errands : puller->errands_) errands->Start();
  return puller;
}

Puller::Puller(Options options)
    : options_(std::move(options)), standings_({options_.entry, options_.roll, options_.report}) {}

Puller::~Puller() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  for (const auto& [peer, line] : lines_) line->Cancel();
  for (std::thread& thread : threads_) thread.join();
  errands_.clear();
}

int Puller::LanesOf(const std::string& origin) const {
  int lanes = 0;
  for (const auto& [name, peer] : options_.policy->peers()) {
    lanes += std::count(peer.origins.begin(), peer.origins.end(), origin);
  }
  return lanes;
}

absl::Status Puller::AddLanes() {
  for (const auto& [name, peer] : options_.policy->peers()) {
    if (peer.address.empty() || peer.origins.empty()) continue;
    LIAISON_ASSIGN_OR_RETURN(std::unique_ptr<PeerLine> dialled, options_.dial(peer));
    PeerLine* const line = lines_.emplace(name, std::move(dialled)).first->second.get();
    Errands* const errands = AddErrands(name, line);
    for (const std::string& origin : peer.origins) {
      if (lanes_.size() == kMaxLanes) {
        return absl::ResourceExhaustedError(
            absl::StrCat("at most ", kMaxLanes, " lanes, peers times origins"));
      }
      LIAISON_ASSIGN_OR_RETURN(
          Replica * replica,
          options_.replicas->Of(origin, options_.policy->origins().find(origin)->second.key));
      lanes_.push_back(std::make_unique<LanePuller>(
          LanePuller::Rooms{options_.policy, options_.entry, &standings_, line, replica,
                            LanesOf(origin) > 1,
                            [errands](const SettledHead& head) { errands->Offer(head); }},
          name, origin));
      LIAISON_RETURN_IF_ERROR(lanes_.back()->Open());
    }
  }
  return absl::OkStatus();
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
                       registry_of, options_.now, options_.roll, options_.report, options_.pause}));
  return errands_.back().get();
}

void Puller::Run(LanePuller* lane) {
  absl::Status trouble;
  while (true) {
    const absl::StatusOr<Next> next = lane->Take(options_.now());
    if (next.status() != trouble) {
      trouble = next.status();
      options_.report(absl::StrCat("the lane of ", lane->origin(), " from ", lane->peer(),
                                   trouble.ok() ? " goes on" : " stands: ", trouble.message()));
    }
    const bool more = next.ok() && *next == Next::kMore;
    absl::MutexLock lock(&mu_);
    if (mu_.AwaitWithTimeout(absl::Condition(this, &Puller::Stopping),
                             more ? absl::ZeroDuration() : options_.pause)) {
      return;
    }
  }
}

std::vector<PeerStatus> Puller::status() const {
  const absl::Time now = options_.now();
  std::vector<PeerStatus> all;
  for (const auto& [name, peer] : options_.policy->peers()) {
    PeerStatus status{name, standings_.OfPeer(name, now), {}};
    for (const std::unique_ptr<LanePuller>& lane : lanes_) {
      if (lane->peer() != name) continue;
      status.lanes.push_back(
          {lane->origin(), standings_.OfOrigin(lane->origin(), now), lane->row(), lane->gap()});
    }
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace liaison::federation
