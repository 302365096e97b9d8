// What the load generator asks of a server, whichever it is.
#ifndef LIAISON_TESTS_BENCH_TARGET_H_
#define LIAISON_TESTS_BENCH_TARGET_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace liaison::bench {

// How to publish durably. As long as `duration`, or where `events` is not 0 that many.
struct PublishShape {
  int in_flight = 64;
  int per_frame = 1;  // events that one message carries, where the protocol has such frames
  absl::Duration duration = absl::Seconds(2);
  int64_t events = 0;
  size_t item_size_bytes = 1024;
};

struct ReadShape {
  int64_t events = 0;  // stop after that many
  int64_t after = 0;   // begin behind that sequence
  std::string filter;  // read to the head and count what matches instead
};

struct FanOutShape {
  int subscribers = 100;
  int64_t events = 1000;
  bool one_at_a_time = false;  // the next event goes out when every subscriber has the last
};

struct IdleShape {
  int subscribers = 1000;
  int connections = 10;  // that they share
};

struct LatencyShape {
  int per_second = 1000;
  absl::Duration duration = absl::Seconds(2);
};

struct Outcome {
  int64_t events = 0;  // acknowledged, read or delivered
  double seconds = 0;
  std::vector<int64_t> latencies_us;  // from when an event was due to be sent to its delivery
};

// One server under load. Each call opens connections of its own and closes them. What it counts has
// been acknowledged or delivered; anything refused or missing is an error. Not thread-safe.
class Target {
 public:
  virtual ~Target() = default;

  // Makes streams, tables, queues; called before the first load of a fresh server.
  virtual absl::Status Prepare() { return absl::OkStatus(); }
  // One event a request, `in_flight` at a time.
  virtual absl::StatusOr<Outcome> PublishUnary(const PublishShape& shape);
  // As the protocol does it best with that many in flight.
  virtual absl::StatusOr<Outcome> PublishStream(const PublishShape& shape);
  virtual absl::StatusOr<Outcome> Read(const ReadShape& shape);
  virtual absl::StatusOr<Outcome> FanOut(const FanOutShape& shape);
  virtual absl::StatusOr<Outcome> Latency(const LatencyShape& shape);
  // Opens live subscriptions, says so by calling `live`, and holds them until that returns.
  virtual absl::Status Idle(const IdleShape& shape, absl::FunctionRef<void()> live);
};

// The hub, or the bare server: whoever speaks the contract.
std::unique_ptr<Target> NewGrpcTarget(const std::string& address);
// The peers.
std::unique_ptr<Target> NewNatsTarget(const std::string& address, bool jetstream);
std::unique_ptr<Target> NewRedisTarget(const std::string& address);
std::unique_ptr<Target> NewPostgresTarget(const std::string& address);
std::unique_ptr<Target> NewRabbitmqTarget(const std::string& address);
std::unique_ptr<Target> NewEtcdTarget(const std::string& address);

// Seconds of a clock that never jumps.
double Now_s();
// Different in every run, so that no event id comes twice.
uint64_t FreshSeed();

}  // namespace liaison::bench

#endif  // LIAISON_TESTS_BENCH_TARGET_H_
