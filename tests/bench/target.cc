#include "tests/bench/target.h"

#include <chrono>
#include <random>

namespace liaison::bench {
namespace {

absl::Status NotOffered() { return absl::UnimplementedError("this server does not offer that"); }

}  // namespace

absl::StatusOr<Outcome> Target::PublishUnary(const PublishShape&) { return NotOffered(); }
absl::StatusOr<Outcome> Target::PublishStream(const PublishShape&) { return NotOffered(); }
absl::StatusOr<Outcome> Target::Read(const ReadShape&) { return NotOffered(); }
absl::StatusOr<Outcome> Target::FanOut(const FanOutShape&) { return NotOffered(); }
absl::StatusOr<Outcome> Target::Latency(const LatencyShape&) { return NotOffered(); }

absl::Status Target::Idle(const IdleShape&, absl::FunctionRef<void()>) { return NotOffered(); }

double Now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

uint64_t FreshSeed() {
  std::random_device random;
  return uint64_t{random()} << 32 | random();
}

}  // namespace liaison::bench
