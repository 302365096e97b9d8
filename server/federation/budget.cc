#include "server/federation/budget.h"

#include <algorithm>
#include <utility>

namespace liaison::federation {

void Allowance::Fill(absl::Time now) {
  // A clock that was turned back fills nothing.
  if (filled_ != absl::InfinitePast() && now > filled_) {
    left_ = std::min(at_once_, left_ + per_second_ * absl::ToDoubleSeconds(now - filled_));
  }
  filled_ = now;
}

bool Allowance::TryTake(double amount, absl::Time now) {
  Fill(now);
  if (left_ < amount) return false;
  left_ -= amount;
  return true;
}

void Allowance::Take(double amount, absl::Time now) {
  Fill(now);
  left_ -= amount;
}

absl::Duration Allowance::Owed(absl::Time now) {
  Fill(now);
  return left_ >= 0 ? absl::ZeroDuration() : absl::Seconds(-left_ / per_second_);
}

BackfillBudget::BackfillBudget(Options options)
    : options_(std::move(options)),
      items_(options_.items_per_second, options_.items_per_second),
      bytes_(options_.bytes_per_second, options_.bytes_per_second) {}

std::optional<BackfillBudget::Turn> BackfillBudget::Enter(size_t items, size_t size_bytes) {
  absl::MutexLock lock(&mu_);
  const uint64_t ticket = ++last_ticket_;
  const auto called = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stopped_ || turn_ == ticket;
  };
  mu_.Await(absl::Condition(&called));
  while (!stopped_) {
    const absl::Time now = options_.now();
    const absl::Duration owed = std::max(items_.Owed(now), bytes_.Owed(now));
    if (owed == absl::ZeroDuration()) {
      items_.Take(static_cast<double>(items), now);
      bytes_.Take(static_cast<double>(size_bytes), now);
      return Turn(this);
    }
    mu_.AwaitWithTimeout(absl::Condition(&stopped_), owed);
  }
  return std::nullopt;
}

void BackfillBudget::Leave() {
  absl::MutexLock lock(&mu_);
  ++turn_;
}

void BackfillBudget::Stop() {
  absl::MutexLock lock(&mu_);
  stopped_ = true;
}

}  // namespace liaison::federation
