// How large an outbox may grow, and how it behaves on a bad line.
#ifndef LIAISON_OUTBOX_LIMITS_H_
#define LIAISON_OUTBOX_LIMITS_H_

#include <cstdint>

#include "absl/time/time.h"
#include "proto/record/limits.h"

namespace liaison {

// What one file holds, waiting or answered and not yet read. Weeks offline fit; a program that runs
// wild does not fill the disk.
inline constexpr uint64_t kMaxOutboxItems = 100'000;
inline constexpr uint64_t kMaxOutboxSizeBytes = uint64_t{1} << 30;

// A frame is what is answered as a whole, the window what a broken line may have to carry again.
inline constexpr uint64_t kOutboxFrameSizeBytes = 32 << 10;
inline constexpr uint64_t kOutboxWindowSizeBytes = 128 << 10;
inline constexpr uint32_t kOutboxWindowItems = 256;
// A line this slow still counts as one: a large event is given the time that it takes.
inline constexpr uint64_t kSlowestLineBytesPerSecond = 1 << 10;

// Between tries, with full jitter, for as long as it takes.
inline constexpr absl::Duration kOutboxFirstPause = absl::Seconds(1);
inline constexpr absl::Duration kOutboxLongestPause = absl::Minutes(15);

static_assert(kOutboxFrameSizeBytes <= kOutboxWindowSizeBytes, "a window holds a frame");
static_assert(kOutboxWindowSizeBytes <= record::kMaxInflightSizeBytes, "the hub takes a window");
static_assert(record::kMaxEventSizeBytes <= kMaxOutboxSizeBytes, "an empty outbox takes any event");

}  // namespace liaison

#endif  // LIAISON_OUTBOX_LIMITS_H_
