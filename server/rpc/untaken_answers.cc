#include "server/rpc/untaken_answers.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"

namespace liaison::rpc {
namespace {

absl::Duration SteadyTime() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

// Below `scarce_` nobody has more than that, and half of it all is free.
UntakenAnswers::UntakenAnswers(UntakenOptions options)
    : options_(std::move(options)),
      elapsed_(options_.elapsed ? options_.elapsed : SteadyTime),
      scarce_(std::min(options_.max_size_bytes_of_one, options_.max_size_bytes / 2)) {}

absl::Status UntakenAnswers::CheckRoom(const std::optional<Payer>& payer) const {
  absl::MutexLock lock(&mu_);
  const size_t in_all = size_bytes();
  const size_t free = options_.max_size_bytes - std::min(in_all, options_.max_size_bytes);
  size_t has = 0;
  size_t may_have = free;
  if (payer) {
    const auto found = payers_.find({payer->sort, payer->name});
    if (found != payers_.end()) has = found->second;
    may_have = std::min(options_.max_size_bytes_of_one, free);
  }
  if (has < may_have) return absl::OkStatus();
  const std::string who = payer ? payer->name : "everybody here";
  const std::string share =
      absl::StrCat("answers that are not taken: ", has, " bytes, and ", in_all, " of all callers");
  return record::Error(record::Reason::kQuotaExceeded,
                       absl::StrCat(who, " has had its share of ", share, "; read them first"))
      .Quota(who, share)
      .RetryAfter(kUntakenQuotaWait);
}

void UntakenAnswers::Sent(Answer* answer, const std::optional<Payer>& payer, size_t size_bytes) {
  const absl::Duration now = elapsed_();
  const size_t costs = size_bytes + kUntakenCallBytes;
  absl::MutexLock lock(&mu_);
  auto pays = payers_.end();
  if (payer) {
    pays = payers_.try_emplace({payer->sort, payer->name}, 0).first;
    pays->second += costs;
  }
  Sending sending;
  sending.payer = pays;
  sending.size_bytes = costs;
  sending.since = now;
  sending_[answer] = sending;
  size_bytes_.fetch_add(costs, std::memory_order_relaxed);
}

void UntakenAnswers::Done(Answer* answer) {
  absl::MutexLock lock(&mu_);
  const auto found = sending_.find(answer);
  if (found == sending_.end()) return;
  const Sending& sending = found->second;
  size_bytes_.fetch_sub(sending.size_bytes, std::memory_order_relaxed);
  if (sending.payer != payers_.end()) {
    sending.payer->second -= sending.size_bytes;
    if (sending.payer->second == 0) payers_.erase(sending.payer);
  }
  sending_.erase(found);
}

// Breaking off takes a while, and every call needs the lock.
void UntakenAnswers::Tick(absl::Time) {
  const absl::Duration now = elapsed_();
  absl::MutexLock ticking(&ticking_);
  std::vector<std::function<void()>> due;
  {
    absl::MutexLock lock(&mu_);
    if (draining_) return;
    for (auto& [answer, sending] : sending_) {
      if (sending.given_up || now - sending.since <= options_.patience) continue;
      sending.given_up = true;
      due.push_back(answer->Break());
    }
  }
  for (const std::function<void()>& give_up : due) give_up();
}

void UntakenAnswers::Drain() {
  absl::MutexLock ticking(&ticking_);
  absl::MutexLock lock(&mu_);
  draining_ = true;
}

}  // namespace liaison::rpc
