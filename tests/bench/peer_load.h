// What the clients of the peers' own text protocols share: one thread, many connections, each with
// so many requests in flight.
#ifndef LIAISON_TESTS_BENCH_PEER_LOAD_H_
#define LIAISON_TESTS_BENCH_PEER_LOAD_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "tests/bench/socket.h"
#include "tests/bench/target.h"
#include "tests/bench/wire.h"

namespace liaison::bench {

// How far a publishing load is. Not thread-safe.
class Progress {
 public:
  explicit Progress(const PublishShape& shape) : shape_(shape), maker_(FreshSeed()) {}

  void Begin() { began_s_ = Now_s(); }
  // How many of `most` may be started now; they count as started.
  int Take(int most);
  void Acknowledge(int64_t events) { acknowledged_ += events; }
  void Fail(absl::Status failure) { failure_ = std::move(failure); }
  bool failed() const { return !failure_.ok(); }
  // All that was started is acknowledged, and no more is wanted.
  bool Done();
  absl::StatusOr<Outcome> Result() const;
  EventMaker& maker() { return maker_; }

 private:
  bool Wanted() const;

  const PublishShape shape_;
  EventMaker maker_;
  double began_s_ = 0;
  int64_t started_ = 0;
  int64_t acknowledged_ = 0;
  absl::Status failure_;
};

// Publishes from connections that begin when told to, until the progress says that it is done.
absl::StatusOr<Outcome> RunPublishers(std::vector<std::unique_ptr<Connection>> connections,
                                      Progress* progress,
                                      absl::FunctionRef<void(Connection*)> begin);

// Calls `send` at each time that an event is due; the time when the first was, in Now_s(). Blocks.
void Pace(const LatencyShape& shape, double began_s, absl::FunctionRef<void()> send);
int64_t CountOf(const LatencyShape& shape);

}  // namespace liaison::bench

#endif  // LIAISON_TESTS_BENCH_PEER_LOAD_H_
