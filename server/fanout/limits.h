// Limits of the delivery room.
#ifndef LIAISON_SERVER_FANOUT_LIMITS_H_
#define LIAISON_SERVER_FANOUT_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "proto/record/limits.h"

namespace liaison::fanout {

// Recent events kept serialised; older ones are read from the log.
inline constexpr size_t kTailSizeBytes = 64 << 20;
// One chunk of the tail.
inline constexpr size_t kChunkSizeBytes = record::kMaxFrameSizeBytes;
// What a cursor reads from the log at once, and holds while it catches up: little at first, more as
// it goes on, because each time costs it a change of threads.
inline constexpr size_t kFirstReadSizeBytes = 2 * record::kMaxFrameSizeBytes;
inline constexpr size_t kMaxReadSizeBytes = 8 * record::kMaxFrameSizeBytes;
// What one step of a cursor may look at before others have their turn.
inline constexpr size_t kMaxStepEvents = 4096;
// Progress through a range in which nothing matches is reported at least this often.
inline constexpr uint64_t kAdvanceEvery = 1000;
// A subscriber that had caught up has fallen behind when it is this far from the head.
inline constexpr uint64_t kFellBehindEvents = 10'000;
// At most this many streams at once, over all callers.
inline constexpr size_t kMaxStreams = 20'000;

// A stream that was ended because nothing was read from it keeps its status for so long.
inline constexpr absl::Duration kUntakenStatusGrace = absl::Minutes(10);

static_assert(kMaxStepEvents >= kAdvanceEvery, "a step without matches reports progress");

}  // namespace liaison::fanout

#endif  // LIAISON_SERVER_FANOUT_LIMITS_H_
