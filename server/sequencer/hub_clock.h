// The time a hub stamps, and the guard against a clock that jumps.
#ifndef LIAISON_SERVER_SEQUENCER_HUB_CLOCK_H_
#define LIAISON_SERVER_SEQUENCER_HUB_CLOCK_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::sequencer {

// One look at all clocks.
struct ClockReading {
  int64_t wall_us = 0;  // CLOCK_REALTIME since the Unix epoch
  int64_t boot_us = 0;  // CLOCK_BOOTTIME
  std::string boot_id;  // changes with every boot
};

using ClockSource = std::function<ClockReading()>;
ClockReading ReadSystemClocks();

// A HubClock tells wall time and notices when it has jumped: it remembers one reading that was
// taken for true, and compares how far both clocks have gone since. One jump of years would
// otherwise stand in the log for ever, since hub time never goes back.
//
// Not thread-safe: it belongs to the sequencer.
class HubClock {
 public:
  // `trusted`: the reading kept from before, in the form of Encode; empty for a new log.
  // `last_hub_time_us`: of the last event, 0 for an empty log.
  HubClock(ClockSource source, absl::string_view trusted, int64_t last_hub_time_us);

  // Wall time in microseconds. UNAVAILABLE, CLOCK_JUMPED while the clocks are more than
  // kMaxClockDrift apart.
  absl::StatusOr<int64_t> Now() const;
  // Takes the clocks as they are for true, and returns what is to be remembered.
  std::string Accept();
  // What is to be remembered.
  std::string Encode() const;

 private:
  ClockSource source_;
  ClockReading trusted_;
};

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_HUB_CLOCK_H_
