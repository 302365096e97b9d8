#include "server/sequencer/proposal_log.h"

#include <utility>

#include "proto/record/errors.h"
#include "server/sequencer/limits.h"

namespace liaison::sequencer {

using record::Error;
using record::Reason;

namespace {

absl::Status ShuttingDown() {
  return Error(Reason::kShuttingDown, "the hub is shutting down; try again in a moment")
      .RetryAfter(absl::Seconds(1));
}

}  // namespace

absl::Status LocalProposalLog::Propose(Proposal&& proposal) {
  absl::MutexLock lock(&mu_);
  if (closed_) return ShuttingDown();
  if (queue_.size() >= kMaxQueuedProposals ||
      queued_size_bytes_ + proposal.size_bytes > kMaxQueuedSizeBytes) {
    return Error(Reason::kQueueFull, "too much is waiting to be written; try again in a moment")
        .RetryAfter(absl::Milliseconds(200));
  }
  queued_size_bytes_ += proposal.size_bytes;
  queue_.push_back(std::move(proposal));
  return absl::OkStatus();
}

std::vector<Proposal> LocalProposalLog::Take(absl::Duration wait) {
  std::vector<Proposal> group;
  absl::MutexLock lock(&mu_);
  mu_.AwaitWithTimeout(absl::Condition(this, &LocalProposalLog::Ready), wait);
  size_t group_size_bytes = 0;
  while (!queue_.empty() && group.size() < kMaxGroupProposals) {
    const size_t size_bytes = queue_.front().size_bytes;
    if (!group.empty() && group_size_bytes + size_bytes > kMaxGroupSizeBytes) break;
    group_size_bytes += size_bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queued_size_bytes_ -= group_size_bytes;
  return group;
}

void LocalProposalLog::Close() {
  absl::MutexLock lock(&mu_);
  closed_ = true;
}

bool LocalProposalLog::drained() const {
  absl::MutexLock lock(&mu_);
  return closed_ && queue_.empty();
}

absl::Status LocalProposalLog::condition() const {
  absl::MutexLock lock(&mu_);
  return closed_ ? ShuttingDown() : absl::OkStatus();
}

}  // namespace liaison::sequencer
