#include "client/internal/backoff.h"

#include <algorithm>

namespace liaison::internal {
namespace {

// A hub that asks for more is not believed.
constexpr absl::Duration kLongestRequest = absl::Hours(1);

}  // namespace

Backoff::Backoff(absl::Duration initial, absl::Duration max)
    : initial_(std::clamp(initial, absl::Milliseconds(1), absl::Hours(1))),
      max_(std::clamp(max, initial_, absl::Hours(1))),
      ceiling_(initial_) {}

absl::Duration Backoff::Next(std::optional<absl::Duration> at_least) {
  const absl::Duration jitter = ceiling_ * absl::Uniform(random_, 0.0, 1.0);
  ceiling_ = std::min(max_, ceiling_ * 2);
  return std::clamp(at_least.value_or(absl::ZeroDuration()), absl::ZeroDuration(),
                    kLongestRequest) +
         jitter;
}

}  // namespace liaison::internal
