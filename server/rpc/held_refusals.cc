#include "server/rpc/held_refusals.h"

#include <vector>

#include "server/rpc/limits.h"

namespace liaison::rpc {

void HeldRefusals::Hold(std::function<void()> refuse, absl::Time now) {
  {
    absl::MutexLock lock(&mu_);
    if (!draining_ && held_.size() < kMaxHeldRefusals) {
      held_.emplace_back(now + kRefusalHold, std::move(refuse));
      return;
    }
  }
  refuse();
}

void HeldRefusals::Tick(absl::Time now) {
  std::vector<std::function<void()>> due;
  {
    absl::MutexLock lock(&mu_);
    // What is due later than it could be was held before the clock was set back.
    while (!held_.empty() &&
           (held_.front().first <= now || held_.front().first > now + kRefusalHold)) {
      due.push_back(std::move(held_.front().second));
      held_.pop_front();
    }
  }
  for (const std::function<void()>& refuse : due) refuse();
}

void HeldRefusals::Drain() {
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
  }
  Tick(absl::InfiniteFuture());
}

}  // namespace liaison::rpc
