#include "client/internal/clock.h"

#include <chrono>

#include "absl/time/clock.h"

namespace liaison::internal {
namespace {

class SystemClock : public Clock {
 public:
  absl::Duration Elapsed() override {
    return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
  }
  void Sleep(absl::Duration duration) override { absl::SleepFor(duration); }
};

}  // namespace

Clock* Clock::System() {
  static SystemClock* const clock = new SystemClock;
  return clock;
}

}  // namespace liaison::internal
