#include "server/transparency/head_news.h"

#include <algorithm>

namespace liaison::transparency {

void HeadNews::Add(const std::shared_ptr<Listener>& listener) {
  absl::MutexLock lock(&mu_);
  listeners_.push_back(listener);
}

bool HeadNews::has_listeners() const {
  absl::MutexLock lock(&mu_);
  return std::any_of(listeners_.begin(), listeners_.end(),
                     [](const auto& listener) { return !listener.expired(); });
}

void HeadNews::Tell() {
  std::vector<std::shared_ptr<Listener>> told;
  {
    absl::MutexLock lock(&mu_);
    auto kept = listeners_.begin();
    for (const std::weak_ptr<Listener>& each : listeners_) {
      std::shared_ptr<Listener> listener = each.lock();
      if (listener == nullptr) continue;
      told.push_back(std::move(listener));
      *kept++ = each;
    }
    listeners_.erase(kept, listeners_.end());
  }
  for (const std::shared_ptr<Listener>& listener : told) listener->OnHead();
}

}  // namespace liaison::transparency
