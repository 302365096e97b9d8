#include "server/backup/erasure_follower.h"

#include <utility>

#include "absl/time/time.h"

namespace liaison::backup {
namespace {

constexpr absl::Duration kLookEvery = absl::Milliseconds(20);
constexpr int kRetryAfterLooks = 50;  // what failed is tried once a second

}  // namespace

ErasureFollower::ErasureFollower(Options options)
    : options_(std::move(options)), thread_([this] { Run(); }) {}

ErasureFollower::~ErasureFollower() {
  {
    absl::MutexLock lock(&mu_);
    ending_ = true;
  }
  thread_.join();
}

void ErasureFollower::Run() {
  uint64_t seen = options_.erasures();
  Follow();
  for (int looks = 1; Wait(); ++looks) {
    const uint64_t erasures = options_.erasures();
    const bool retry = !status_.ok() && looks % kRetryAfterLooks == 0;
    if (erasures == seen && !retry) continue;
    seen = erasures;
    Follow();
  }
  if (options_.erasures() != seen || !status_.ok()) Follow();
}

bool ErasureFollower::Wait() {
  absl::MutexLock lock(&mu_);
  return !mu_.AwaitWithTimeout(absl::Condition(&ending_), kLookEvery);
}

void ErasureFollower::Follow() {
  const absl::StatusOr<uint64_t> done = options_.follow(through_);
  if (done.ok()) through_ = *done;
  if (done.ok() != status_.ok()) options_.on_change(done.status());
  status_ = done.status();
}

}  // namespace liaison::backup
