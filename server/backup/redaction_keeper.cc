#include "server/backup/redaction_keeper.h"

#include <utility>

#include "absl/time/time.h"

namespace liaison::backup {
namespace {

constexpr absl::Duration kLookEvery = absl::Milliseconds(20);
constexpr int kRetryAfterLooks = 50;  // a folder that failed is tried once a second

}  // namespace

RedactionKeeper::RedactionKeeper(storage::LogOnDisk* log, Options options)
    : log_(log), options_(std::move(options)), thread_([this] { Run(); }) {}

RedactionKeeper::~RedactionKeeper() {
  {
    absl::MutexLock lock(&mu_);
    ending_ = true;
  }
  thread_.join();
}

void RedactionKeeper::Run() {
  uint64_t seen = options_.erasures();
  Keep();
  for (int looks = 1; Wait(); ++looks) {
    const uint64_t erasures = options_.erasures();
    const bool retry = !status_.ok() && looks % kRetryAfterLooks == 0;
    if (erasures == seen && !retry) continue;
    seen = erasures;
    Keep();
  }
  if (options_.erasures() != seen || !status_.ok()) Keep();
}

bool RedactionKeeper::Wait() {
  absl::MutexLock lock(&mu_);
  return !mu_.AwaitWithTimeout(absl::Condition(&ending_), kLookEvery);
}

void RedactionKeeper::Keep() {
  const absl::StatusOr<uint64_t> kept = log_->KeepRedactions(options_.folder, kept_through_);
  if (kept.ok()) kept_through_ = *kept;
  if (kept.ok() != status_.ok()) options_.on_change(kept.status());
  status_ = kept.status();
}

}  // namespace liaison::backup
