#include "server/federation/backoff.h"

#include <algorithm>
#include <utility>

namespace liaison::federation {
namespace {

// Doubled so often the ceiling is well beyond the longest pause.
constexpr uint32_t kMaxDoublings = 20;

absl::Duration Ceiling(uint32_t failures) {
  const uint32_t doublings = std::min(failures - 1, kMaxDoublings);
  return std::min(kLongestPause, kFirstPause * (int64_t{1} << doublings));
}

}  // namespace

Backoff::Backoff(const rows::Backoff& row, absl::Time now)
    : failures_(row.failures()),
      until_(std::min(absl::FromUnixMicros(row.until_us()), now + kLongestAsked + kLongestPause)),
      probe_spent_(row.probe_spent()) {}

void Backoff::Failed(absl::Time now, double roll, std::optional<absl::Duration> asked) {
  if (!MayTry(now)) return;
  failures_ = std::min(failures_ + 1, kMaxDoublings);
  probe_spent_ = false;
  until_ = now + Ceiling(failures_) * std::clamp(roll, 0.0, 1.0) +
           std::clamp(asked.value_or(absl::ZeroDuration()), absl::ZeroDuration(), kLongestAsked);
}

bool Backoff::Called(absl::Time now) {
  if (MayTry(now)) return true;
  return !std::exchange(probe_spent_, true);
}

rows::Backoff Backoff::ToRow() const {
  rows::Backoff row;
  row.set_failures(failures_);
  row.set_until_us(absl::ToUnixMicros(until_));
  row.set_probe_spent(probe_spent_);
  return row;
}

}  // namespace liaison::federation
