#include "server/sequencer/hub_clock.h"

#include <time.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "proto/record/errors.h"
#include "server/sequencer/limits.h"

namespace liaison::sequencer {
namespace {

int64_t ReadClock(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return absl::ToInt64Microseconds(absl::DurationFromTimespec(t));
}

}  // namespace

ClockReading ReadSystemClocks() {
  static const std::string* boot_id = [] {
    auto* id = new std::string;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> *id;
    return id;
  }();
  return {ReadClock(CLOCK_REALTIME), ReadClock(CLOCK_BOOTTIME), *boot_id};
}

HubClock::HubClock(ClockSource source, absl::string_view trusted, int64_t last_hub_time_us)
    : source_(std::move(source)), trusted_(source_()) {
  const std::vector<std::string> parts = absl::StrSplit(trusted, ' ');
  ClockReading before;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &before.wall_us) ||
      !absl::SimpleAtoi(parts[1], &before.boot_us)) {
    return;  // a new log: whatever the clock says is where it begins
  }
  before.boot_id = parts[2];
  if (before.boot_id == trusted_.boot_id) {
    trusted_ = before;
  } else if (trusted_.wall_us < last_hub_time_us) {
    // After a reboot the boot clock says nothing about the time between; but time that lies before
    // the last event is wrong by at least the difference.
    trusted_.wall_us = last_hub_time_us;
  }
}

absl::StatusOr<int64_t> HubClock::Now() const {
  const ClockReading now = source_();
  const absl::Duration drift =
      absl::Microseconds((now.wall_us - trusted_.wall_us) - (now.boot_us - trusted_.boot_us));
  if (absl::AbsDuration(drift) > kMaxClockDrift) {
    // In whole seconds: the rest is another one at each look, and what is said once is said once.
    const std::string by =
        absl::FormatDuration(absl::Seconds(std::llround(absl::ToDoubleSeconds(drift))));
    return absl::Status(
        record::Error(record::Reason::kClockJumped,
                      absl::StrCat("the hub's clock has jumped by ", by,
                                   "; nothing is written until it is set right, or its operator "
                                   "runs `liaison admin accept-clock`"))
            .With("drift", by)
            .RetryAfter(absl::Seconds(30)));
  }
  return now.wall_us;
}

std::string HubClock::Accept() {
  trusted_ = source_();
  return Encode();
}

std::string HubClock::Encode() const {
  return absl::StrCat(trusted_.wall_us, " ", trusted_.boot_us, " ", trusted_.boot_id);
}

}  // namespace liaison::sequencer
