// The seam behind which an order is made: by a queue here, or by a replicated log.
#ifndef LIAISON_SERVER_SEQUENCER_PROPOSAL_LOG_H_
#define LIAISON_SERVER_SEQUENCER_PROPOSAL_LOG_H_

#include <cstddef>
#include <deque>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/sequencer/proposal.h"

namespace liaison::sequencer {

// A ProposalLog puts proposals into one total order.
//
// Propose is thread-safe and never blocks. Take has one caller, the sequencer.
class ProposalLog {
 public:
  virtual ~ProposalLog() = default;

  // RESOURCE_EXHAUSTED, QUEUE_FULL when too much waits already; UNAVAILABLE, SHUTTING_DOWN after
  // Close. In both cases the proposal is untouched and its `done` will not be called.
  virtual absl::Status Propose(Proposal&& proposal) = 0;

  // The next proposals in order, at least one, at most as many as make a group. Waits up to
  // `wait`; empty after that, or when closed and drained.
  virtual std::vector<Proposal> Take(absl::Duration wait) = 0;

  // Takes no more proposals. What is in the order already can still be taken.
  virtual void Close() = 0;
  // True once closed and everything was taken.
  virtual bool drained() const = 0;

  // Why no proposal is taken any more as long as this process runs, as Propose says it; OK where
  // they are. Thread-safe.
  virtual absl::Status condition() const = 0;
};

// The order of arrival at this process. Nothing is remembered: what was not yet committed when the
// process ends was never acknowledged.
class LocalProposalLog final : public ProposalLog {
 public:
  absl::Status Propose(Proposal&& proposal) override;
  std::vector<Proposal> Take(absl::Duration wait) override;
  void Close() override;
  bool drained() const override;
  absl::Status condition() const override;

 private:
  bool Ready() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return closed_ || !queue_.empty(); }

  mutable absl::Mutex mu_;
  std::deque<Proposal> queue_ ABSL_GUARDED_BY(mu_);
  size_t queued_size_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_PROPOSAL_LOG_H_
