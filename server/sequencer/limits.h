// Limits of the ordering room.
#ifndef LIAISON_SERVER_SEQUENCER_LIMITS_H_
#define LIAISON_SERVER_SEQUENCER_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"
#include "proto/record/limits.h"

namespace liaison::sequencer {

// Waiting for their turn; beyond it QUEUE_FULL.
inline constexpr size_t kMaxQueuedProposals = 16384;
inline constexpr size_t kMaxQueuedSizeBytes = 64 << 20;
// One group, one fsync. Large enough that the disk is never asked more often than it can answer,
// small enough that nobody waits long for somebody else's bytes.
inline constexpr size_t kMaxGroupProposals = 4096;
inline constexpr size_t kMaxGroupSizeBytes = 8 << 20;
// So many answers cost less than handing them over to another thread.
inline constexpr size_t kMaxAnswersInline = 2;
// How far the head file may lag behind acknowledgements.
inline constexpr absl::Duration kMaxHeadFileLag = absl::Milliseconds(100);
// How often a log that takes nothing for want of room is asked again.
inline constexpr absl::Duration kHealEvery = absl::Seconds(1);
// Wall clock and boot clock may drift apart by this much before events are refused.
inline constexpr absl::Duration kMaxClockDrift = absl::Minutes(5);

static_assert(kMaxGroupSizeBytes >= record::kMaxBatchSizeBytes, "a full batch fits a group");
static_assert(kMaxQueuedSizeBytes >= kMaxGroupSizeBytes, "a full group fits the queue");

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_LIMITS_H_
