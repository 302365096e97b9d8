#include "tests/bench/peer_load.h"

#include <time.h>

#include <algorithm>

namespace liaison::bench {
namespace {

constexpr absl::Duration kTimeout = absl::Minutes(5);

}  // namespace

bool Progress::Wanted() const {
  if (failed()) return false;
  if (shape_.events > 0) return started_ < shape_.events;
  return Now_s() - began_s_ < absl::ToDoubleSeconds(shape_.duration);
}

int Progress::Take(int most) {
  if (!Wanted()) return 0;
  if (shape_.events > 0) most = static_cast<int>(std::min<int64_t>(most, shape_.events - started_));
  started_ += most;
  return most;
}

bool Progress::Done() { return failed() || (acknowledged_ == started_ && !Wanted()); }

absl::StatusOr<Outcome> Progress::Result() const {
  if (failed()) return failure_;
  if (acknowledged_ != started_) return absl::DataLossError("not every event was acknowledged");
  return Outcome{acknowledged_, Now_s() - began_s_, {}};
}

absl::StatusOr<Outcome> RunPublishers(std::vector<std::unique_ptr<Connection>> connections,
                                      Progress* progress,
                                      absl::FunctionRef<void(Connection*)> begin) {
  progress->Begin();
  for (const std::unique_ptr<Connection>& connection : connections) begin(connection.get());
  ReadAll(
      connections, [&] { return progress->Done(); }, kTimeout);
  return progress->Result();
}

int64_t CountOf(const LatencyShape& shape) {
  return static_cast<int64_t>(absl::ToDoubleSeconds(shape.duration) * shape.per_second);
}

void Pace(const LatencyShape& shape, double began_s, absl::FunctionRef<void()> send) {
  for (int64_t i = 0; i < CountOf(shape); ++i) {
    const double due_s = began_s + static_cast<double>(i) / shape.per_second;
    timespec until;
    until.tv_sec = static_cast<time_t>(due_s);
    until.tv_nsec = static_cast<long>((due_s - static_cast<double>(until.tv_sec)) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
    }
    send();
  }
}

}  // namespace liaison::bench
