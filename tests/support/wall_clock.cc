#include "tests/support/wall_clock.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "absl/time/clock.h"

namespace {
std::atomic<int64_t> ahead_s = 0;
}  // namespace

// In the place of the system's, for all that this program is linked with.
extern "C" int clock_gettime(clockid_t clock, timespec* t) noexcept {
  const long failed = syscall(SYS_clock_gettime, clock, t);
  if (failed == 0 && clock == CLOCK_REALTIME) t->tv_sec += ahead_s;
  return static_cast<int>(failed);
}

// What Abseil reckons the end of a timeout from.
extern "C" int gettimeofday(timeval* t, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *t = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

namespace liaison::testing {

void SetWallClockAhead(absl::Duration ahead) {
  ahead_s = absl::ToInt64Seconds(ahead);
  timespec t{};
  do {
    absl::SleepFor(absl::Milliseconds(10));
    clock_gettime(CLOCK_REALTIME, &t);
  } while (absl::AbsDuration(absl::Now() - absl::TimeFromTimespec(t)) > absl::Seconds(30));
}

}  // namespace liaison::testing
