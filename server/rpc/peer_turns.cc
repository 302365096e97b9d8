#include "server/rpc/peer_turns.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"

namespace liaison::rpc {
namespace {

using record::Error;
using record::Reason;

absl::Duration SteadyTime() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

PeerTurns::PeerTurns(TurnOptions options)
    : options_(std::move(options)), elapsed_(options_.elapsed ? options_.elapsed : SteadyTime) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Run(); });
}

PeerTurns::~PeerTurns() {
  {
    absl::MutexLock lock(&mu_);
    closed_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

absl::Status PeerTurns::Ask(const std::string& peer, Question* question) {
  absl::MutexLock lock(&mu_);
  if (draining_) {
    return Error(Reason::kShuttingDown, "the hub is shutting down").RetryAfter(absl::Seconds(1));
  }
  const auto found = peers_.find(peer);
  if (found != peers_.end() && found->second.waiting.size() >= options_.max_waiting) {
    const std::string share = absl::StrCat("pulls: ", options_.max_under_way, " under way, ",
                                           options_.max_waiting, " waiting");
    return Error(Reason::kQuotaExceeded, absl::StrCat(peer, " has had its share of ", share))
        .Quota(peer, share)
        .RetryAfter(kTurnQuotaWait);
  }
  peers_[peer].waiting.push_back(question);
  ++changes_;
  return absl::OkStatus();
}

bool PeerTurns::Withdraw(Question* question) {
  absl::MutexLock lock(&mu_);
  for (auto& [name, peer] : peers_) {
    const auto found = std::find(peer.waiting.begin(), peer.waiting.end(), question);
    if (found == peer.waiting.end()) continue;
    peer.waiting.erase(found);
    return true;
  }
  return false;
}

void PeerTurns::Done(Question* question) {
  absl::MutexLock lock(&mu_);
  const auto found = under_way_.find(question);
  if (found == under_way_.end()) return;
  --peers_[found->second.peer].under_way;
  under_way_.erase(found);
  ++changes_;
}

void PeerTurns::Tick(absl::Time) {
  const absl::Duration now = elapsed_();
  absl::MutexLock lock(&mu_);
  for (auto& [question, under_way] : under_way_) {
    if (under_way.given_up || now - under_way.since <= options_.patience) continue;
    under_way.given_up = true;
    question->GiveUp();  // with the lock, for Done comes before it goes
  }
  for (auto it = peers_.begin(); it != peers_.end();) {
    const auto peer = it++;
    const Peer& is = peer->second;
    if (is.waiting.empty() && is.under_way == 0 && !is.answering && is.due <= now) {
      peers_.erase(peer);
    }
  }
  ++changes_;  // whatever the clock by which they wait was set to
}

void PeerTurns::Drain() {
  std::vector<Question*> waiting;
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
    for (auto& [name, peer] : peers_) {
      waiting.insert(waiting.end(), peer.waiting.begin(), peer.waiting.end());
      peer.waiting.clear();
    }
  }
  const absl::Status why =
      Error(Reason::kShuttingDown, "the hub is shutting down").RetryAfter(absl::Seconds(1));
  for (Question* question : waiting) question->Refuse(why);
}

void PeerTurns::Run() {
  while (const std::optional<Turn> turn = Take()) {
    const absl::Duration began = elapsed_();
    const size_t size_bytes = turn->question->Answer();
    Rest(turn->peer, elapsed_() - began, size_bytes);
  }
}

std::optional<PeerTurns::Turn> PeerTurns::Take() {
  absl::MutexLock lock(&mu_);
  while (!closed_) {
    const absl::Duration now = elapsed_();
    const auto next = Next();
    if (next == peers_.end() || next->second.due > now) {
      const auto changed = [this, seen = changes_]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return closed_ || changes_ != seen;
      };
      mu_.AwaitWithTimeout(absl::Condition(&changed), next == peers_.end()
                                                          ? absl::InfiniteDuration()
                                                          : next->second.due - now);
      continue;
    }
    Peer& peer = next->second;
    Question* const question = peer.waiting.front();
    peer.waiting.pop_front();
    ++peer.under_way;
    peer.answering = true;
    under_way_[question] = UnderWay{next->first, now};
    return Turn{next->first, question};
  }
  return std::nullopt;
}

void PeerTurns::Rest(const std::string& peer, absl::Duration spent, size_t size_bytes) {
  const absl::Duration rest =
      std::max(kTurnRestFactor * spent,
               absl::Seconds(static_cast<double>(size_bytes) / kPulledBytesPerSecond));
  absl::MutexLock lock(&mu_);
  Peer& rests = peers_[peer];
  rests.answering = false;
  rests.due = elapsed_() + std::min(rest, kLongestTurnRest);
  ++changes_;
}

std::map<std::string, PeerTurns::Peer>::iterator PeerTurns::Next() {
  auto next = peers_.end();
  for (auto it = peers_.begin(); it != peers_.end(); ++it) {
    const Peer& peer = it->second;
    if (peer.waiting.empty() || peer.answering || peer.under_way >= options_.max_under_way) {
      continue;
    }
    // Who has rested longest.
    if (next == peers_.end() || peer.due < next->second.due) next = it;
  }
  return next;
}

}  // namespace liaison::rpc
