#include "server/federation/own_heads.h"

#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/federation/limits.h"

namespace liaison::federation {
namespace {

// All that are asked, and what came of it so far.
class Round {
 public:
  void Ask(const std::string& peer, std::unique_ptr<PeerLine> line, const std::string& own_origin) {
    {
      absl::MutexLock lock(&mu_);
      ++open_;
    }
    PeerLine* const raw = lines_.emplace_back(std::move(line)).get();
    threads_.emplace_back([this, peer, raw, own_origin] {
      pb::GetEvidenceRequest request;
      request.set_own_origin(own_origin);
      const absl::StatusOr<pb::GetEvidenceResponse> response = raw->GetEvidence(request);
      absl::MutexLock lock(&mu_);
      --open_;
      if (response.ok() && !response->own_head().empty()) {
        shown_.push_back({peer, response->own_head()});
      }
    });
  }
  size_t size() const { return threads_.size(); }
  std::vector<ShownHead> Wait(absl::Duration wait) {
    {
      absl::MutexLock lock(&mu_);
      mu_.AwaitWithTimeout(absl::Condition(this, &Round::IsOver), wait);
    }
    for (const std::unique_ptr<PeerLine>& line : lines_) line->Cancel();
    for (std::thread& thread : threads_) thread.join();
    absl::MutexLock lock(&mu_);
    return std::move(shown_);
  }

 private:
  bool IsOver() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return open_ == 0; }

  std::vector<std::unique_ptr<PeerLine>> lines_;
  std::vector<std::thread> threads_;
  absl::Mutex mu_;
  size_t open_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<ShownHead> shown_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

std::vector<ShownHead> AskForOwnHeads(
    const Policy& policy, const std::string& own_origin,
    const std::function<absl::StatusOr<std::unique_ptr<PeerLine>>(const PeerPolicy& peer)>& dial,
    absl::Duration wait) {
  Round round;
  for (const auto& [name, peer] : policy.peers()) {
    if (peer.address.empty() || round.size() == kMaxLanes) continue;
    // Who cannot be dialled at all is told so by whoever pulls from it.
    absl::StatusOr<std::unique_ptr<PeerLine>> line = dial(peer);
    if (line.ok()) round.Ask(name, *std::move(line), own_origin);
  }
  return round.Wait(wait);
}

}  // namespace liaison::federation
