// Simulated time.
#ifndef LIAISON_TESTS_SIMULATION_SCHEDULE_H_
#define LIAISON_TESTS_SIMULATION_SCHEDULE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace liaison::simulation {

// A Schedule runs events in order of their time, and of their arrival where that is the same. Time
// stands still within an event; it passes only in Pass. Not thread-safe.
class Schedule {
 public:
  int64_t now_us() const { return now_us_; }

  void After(int64_t delay_us, std::function<void()> event) {
    events_.emplace(std::make_pair(now_us_ + delay_us, next_++), std::move(event));
  }
  // Runs whatever is due within `duration_us`, until `enough()`. Events must not call it.
  void Pass(int64_t duration_us, const std::function<bool()>& enough) {
    const int64_t until_us = now_us_ + duration_us;
    while (!enough() && !events_.empty() && events_.begin()->first.first <= until_us) {
      auto node = events_.extract(events_.begin());
      now_us_ = node.key().first;
      node.mapped()();
    }
    if (!enough()) now_us_ = until_us;
  }

 private:
  int64_t now_us_ = 0;
  uint64_t next_ = 0;
  std::map<std::pair<int64_t, uint64_t>, std::function<void()>> events_;
};

}  // namespace liaison::simulation

#endif  // LIAISON_TESTS_SIMULATION_SCHEDULE_H_
