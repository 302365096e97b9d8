// Limits of the federation room.
#ifndef LIAISON_SERVER_FEDERATION_LIMITS_H_
#define LIAISON_SERVER_FEDERATION_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "proto/record/limits.h"

namespace liaison::federation {

inline constexpr size_t kMaxBatchItems = 1000;
// Items, registry entries and the hashes between them; notes and `rest` come on top.
inline constexpr size_t kMaxBatchBytes = record::kMaxBatchSizeBytes;
// Of the registry in one batch: what is more comes with the next one.
inline constexpr size_t kMaxRegistryBytes = 1 << 20;
// A batch of less than both is followed by a pause: an honest source ends one for want of room
// alone, or because there is no more.
inline constexpr uint64_t kLeastWorthItems = 100;
inline constexpr size_t kLeastWorthBytes = 1 << 20;
// Between two times at which a lane begins anew for other rules.
inline constexpr absl::Duration kRewindPause = absl::Minutes(1);
// And for what was left to the hub whose log it is, and does not come from there.
inline constexpr absl::Duration kLeftPause = absl::Seconds(10);
// Of an origin: they are in memory, once for each lane.
inline constexpr uint64_t kMaxRegistryEntries = 100'000;
// Events that are looked at for one batch, so that no call holds a thread for more than some 50 ms:
// one after the other as they stand in the log, and one by one in several tables. A batch of kept
// ones is worth the next question, which comes at once.
inline constexpr uint64_t kMaxLookedAt = 4'000;
inline constexpr uint64_t kMaxLookedUp = 2'000;
// Subtrees of one answer that a relay passes on unopened, for want of the hashes inside, and how
// many leaves are in each.
inline constexpr size_t kMaxClosed = 4;
inline constexpr uint64_t kMaxClosedLeaves = 20'000;
// A redaction of a retraction of an amendment of what went there.
inline constexpr int kMaxFollowed = 4;

// Each is a thread.
inline constexpr size_t kMaxLanes = 64;
// A peer that has all of it is asked again so often; it signs once a second.
inline constexpr absl::Duration kPullPause = absl::Milliseconds(500);
inline constexpr absl::Duration kPullTimeout = absl::Seconds(20);
// For what peers have of this hub's log, at its start: before it writes.
inline constexpr absl::Duration kOwnHeadWait = absl::Seconds(2);
// Whoever says that they have something new is asked at once, but not more often.
inline constexpr absl::Duration kHintPause = absl::Milliseconds(100);
// Between two streams to a peer: less than between pulls, for whoever cannot be dialled is not
// heard until then. After one that lasted so long the pauses begin anew.
inline constexpr absl::Duration kLongestAttachPause = absl::Minutes(1);
inline constexpr absl::Duration kSteadyStream = absl::Seconds(30);
// Over such a stream as well a peer rests so much longer than its answer took, and no longer than
// this: see rpc::PeerTurns, which it does not go through.
inline constexpr int kAnswerRestFactor = 2;
inline constexpr absl::Duration kLongestAnswerRest = absl::Seconds(5);

// The profile that this hub shows a peer is looked at so often: whoever renews it restarts nothing.
inline constexpr absl::Duration kProfilePause = absl::Seconds(1);
// Operators are told so long before its certificate ends, and again so often; it is looked at more
// often.
inline constexpr absl::Duration kCertificateNotice = absl::Hours(24 * 14);
inline constexpr absl::Duration kCertificateLook = absl::Seconds(10);
inline constexpr absl::Duration kCertificateReminder = absl::Hours(24);

// Who is further behind than this is catching up, which waits its turn; and so is a lane that
// brings more than this, whatever head it shows.
inline constexpr uint64_t kMostLiveItems = 256;
inline constexpr double kLiveItemsPerSecond = 256;
// All that catch up together. More than a core verifies: what holds them back is their turn.
inline constexpr double kBackfillItemsPerSecond = 50'000;
inline constexpr double kBackfillBytesPerSecond = 64 << 20;

// Of one origin, to be compared with those that other peers show.
inline constexpr size_t kMaxRememberedHeads = 100;

// The newest leaves of an origin's log that came alone, and are kept to be given back: 24 MB of
// each origin, beside their keys.
inline constexpr uint64_t kMaxTailLeaves = 100'000;
// Lanes that are looked at for by whom an origin's events came; of more nobody knows.
inline constexpr size_t kMaxLaneRowsLookedAt = 1000;
// What is kept in memory of a log that is recovered from its peers.
inline constexpr uint64_t kMaxOwnTailBytes = uint64_t{1} << 30;

inline constexpr size_t kMaxRemarks = 100;  // that a lane keeps
inline constexpr size_t kMaxRemarkSizeBytes = 300;
inline constexpr size_t kMaxPassed = 100;  // stretches that left no remark
// What a peer says of its cursor is written down so often at most: what is lost with the process
// it says again. That it only asked is worth much less.
inline constexpr absl::Duration kReceiptPause = absl::Seconds(5);
inline constexpr absl::Duration kAskedPause = absl::Minutes(10);
// Whoever asks has asked within this time: it pulls twice a second.
inline constexpr absl::Duration kAsksStill = absl::Minutes(2);

// A peer is asked so often what it has against whom.
inline constexpr absl::Duration kEvidencePause = absl::Seconds(10);
inline constexpr int kMaxEvidenceOrigins = 64;  // of one call

inline constexpr size_t kMaxWhySizeBytes = 1000;  // of why somebody is left alone
// Convictions of one origin, each after a person released it; the last one makes room.
inline constexpr size_t kMaxEvidence = 16;
// Sets of rules of one peer that are told apart, so that what went by them is taken back.
inline constexpr size_t kMaxFormerRules = 100;
inline constexpr int kMaxReceiptsBefore = 16;  // of one peer and origin, by other rules

// Two notes with the lines of many witnesses, the consistency proof and `rest`.
inline constexpr size_t kMaxAroundBatchBytes = 64 << 10;
static_assert(kMaxBatchBytes + kMaxAroundBatchBytes < record::kMaxMessageSizeBytes);
static_assert(kLeastWorthItems <= kMaxLookedUp && kMaxLookedUp <= kMaxLookedAt,
              "who is shown that nothing of it goes there asks on without a pause");
static_assert(kHintPause < kPullPause);
static_assert(kBackfillItemsPerSecond >= kMaxBatchItems);
static_assert(kBackfillBytesPerSecond >= kMaxBatchBytes);
static_assert(kMaxRegistryBytes + record::kMaxEventSizeBytes < kMaxBatchBytes,
              "an event of full size fits beside the registry");

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_LIMITS_H_
