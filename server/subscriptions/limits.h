// Limits of the subscriptions' room.
#ifndef LIAISON_SERVER_SUBSCRIPTIONS_LIMITS_H_
#define LIAISON_SERVER_SUBSCRIPTIONS_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "proto/record/limits.h"

namespace liaison::subscriptions {

inline constexpr size_t kMaxNameSizeBytes = 64;
inline constexpr size_t kMaxLabelSizeBytes = 200;
inline constexpr size_t kMaxReasonSizeBytes = 256;
inline constexpr size_t kMaxPerOwner = 10'000;

inline constexpr absl::Duration kMinLease = absl::Seconds(1);
inline constexpr absl::Duration kDefaultLease = absl::Seconds(30);
inline constexpr absl::Duration kMaxLease = absl::Hours(1);
inline constexpr uint32_t kDefaultMaxAttempts = 10;
inline constexpr uint32_t kMaxMaxAttempts = 1000;
inline constexpr absl::Duration kDefaultMinRetryDelay = absl::Seconds(1);
inline constexpr absl::Duration kDefaultMaxRetryDelay = absl::Minutes(10);
inline constexpr absl::Duration kMaxRetryDelay = absl::Hours(7 * 24);
inline constexpr uint32_t kDefaultMaxOutstanding = 1000;
inline constexpr uint32_t kMaxMaxOutstanding = 10'000;

// Read and not settled: out, waiting for a retry, or behind one before them in their order. Beyond
// it the subscription reads no further until something is settled: up to here a failing key blocks
// only itself.
inline constexpr size_t kMaxEntries = 20'000;
// Beyond it an event that has failed too often waits as long as it may, and is tried again.
inline constexpr uint32_t kMaxDeadLetters = 10'000;
// Replayed or discarded, or settled, by one call.
inline constexpr size_t kMaxAtOnce = 1000;
// Members that are remembered; the ones that came first are forgotten.
inline constexpr int kMaxMembers = 100;
// Keys are spread over so many shards; each belongs to one member at a time.
inline constexpr uint64_t kShards = 1024;

// What a member may ask for at most; more is as if it were this.
inline constexpr uint64_t kMaxCreditMessages = 10'000;
inline constexpr uint64_t kMaxCreditSizeBytes = 64 << 20;
// Handed out by one change.
inline constexpr size_t kMaxHandOut = 500;
inline constexpr size_t kMaxHandOutSizeBytes = record::kMaxPageSizeBytes;
// Of one stream, and not written yet: a reader that stands still costs no more than this, and one
// event of any size.
inline constexpr size_t kMaxUnwrittenSizeBytes = 256 << 10;
// Looked at in one turn, before others have theirs.
inline constexpr int kMaxStepsAtOnce = 16;
// Progress through a stretch in which nothing is wanted is kept at least so often.
inline constexpr uint64_t kKeepEvery = 10'000;
inline constexpr absl::Duration kMaxPullWait = absl::Seconds(30);
// Subscriptions that keep what was read for them between two pulls: 64 KiB each.
inline constexpr size_t kMaxResting = 256;

static_assert(kMaxEntries > kMaxMaxOutstanding, "what is out does not keep others from waiting");
static_assert(kMaxAtOnce < kMaxDeadLetters);

}  // namespace liaison::subscriptions

#endif  // LIAISON_SERVER_SUBSCRIPTIONS_LIMITS_H_
