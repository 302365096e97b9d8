// An order that can be shut while it runs.
#ifndef LIAISON_SERVER_SEQUENCER_FENCE_H_
#define LIAISON_SERVER_SEQUENCER_FENCE_H_

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "server/sequencer/proposal_log.h"

namespace liaison::sequencer {

// A FencedLog is the order behind it until somebody shuts it: from then on nothing new comes in,
// and everybody is told why. Thread-safe as that is.
class FencedLog final : public ProposalLog {
 public:
  // The order must outlive it.
  explicit FencedLog(ProposalLog* order) : order_(*order) {}

  // What is in the order already is still taken. The first reason stays.
  void Shut(const absl::Status& why) {
    absl::MutexLock lock(&mu_);
    if (shut_.ok()) shut_ = why;
  }

  absl::Status Propose(Proposal&& proposal) override {
    {
      absl::MutexLock lock(&mu_);
      if (!shut_.ok()) return shut_;
    }
    return order_.Propose(std::move(proposal));
  }
  std::vector<Proposal> Take(absl::Duration wait) override { return order_.Take(wait); }
  void Close() override { order_.Close(); }
  bool drained() const override { return order_.drained(); }
  absl::Status condition() const override {
    absl::MutexLock lock(&mu_);
    return shut_.ok() ? order_.condition() : shut_;
  }

 private:
  ProposalLog& order_;
  mutable absl::Mutex mu_;
  absl::Status shut_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_FENCE_H_
