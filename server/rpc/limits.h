// Limits of the wire room.
#ifndef LIAISON_SERVER_RPC_LIMITS_H_
#define LIAISON_SERVER_RPC_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "proto/record/limits.h"

namespace liaison::rpc {

// What gRPC lets in at all. Above the contract's own limits, so that what is only somewhat too
// large gets a refusal that names the field and the way out.
inline constexpr int kMaxReceiveSizeBytes = 16 << 20;
// What a stream may send ahead of what is read. Fixed, where gRPC would let it grow to 20 MiB: so
// much would not be explained by anything. Nearly 1 MiB a second from the other side of the world.
inline constexpr int kLookaheadBytes = 256 << 10;
inline constexpr int kMaxMetadataSizeBytes = 8 << 10;
inline constexpr int kMaxConcurrentStreams = 1000;  // of one connection
inline constexpr size_t kMemoryQuotaBytes = 512 << 20;
inline constexpr size_t kMaxRequestIdSizeBytes = 64;
// Threads that admit statements and read from the log, so that reactions never wait.
inline constexpr int kWorkerThreads = 4;
// How often streams are looked over for heartbeats and for readers that have vanished.
inline constexpr absl::Duration kTickInterval = absl::Milliseconds(250);
// From SIGTERM until gRPC lets nobody in, and from then until open calls are cut off.
inline constexpr absl::Duration kDrainGrace = absl::Milliseconds(250);
inline constexpr absl::Duration kDrainTimeout = absl::Seconds(5);

// What gRPC is told to ask of connections. A client's keepalive of 45 s is legal.
inline constexpr int kKeepaliveTime_ms = 60'000;
inline constexpr int kKeepaliveTimeout_ms = 20'000;
inline constexpr int kMinPingInterval_ms = 30'000;
inline constexpr int kMaxPingStrikes = 2;
inline constexpr int kHandshakeTimeout_ms = 10'000;  // two minutes by default
inline constexpr int kHeaderTableSizeBytes = 4 << 10;
inline constexpr int kMaxConnectionIdle_ms = 15 * 60'000;
// Bounds what leaks by connection, and makes sure that going on elsewhere works. Only with TLS:
// whoever tries things out on their own machine keeps theirs. The gateway's connections grow old
// with the rest, for gRPC knows one age a server; its streams are begun again.
inline constexpr absl::Duration kMaxConnectionAge = absl::Hours(1);
inline constexpr int kAgesPerGrace = 30;  // and then open calls have two minutes of it to end
inline constexpr absl::Duration kLeastAgeGrace = absl::Seconds(1);  // however short the age is
inline constexpr int kMaxThreads = 64;  // of gRPC; it takes about two a core

// Connections. Two files each, and the log is left its own (storage/rocks opens 512 at most).
inline constexpr size_t kFilesOfTheHub = 768;
inline constexpr size_t kFewestFiles = 256;
inline constexpr size_t kMostFiles = 65536;  // systemd's LimitNOFILE in deploy/
// Of an IPv4 address, or of a /64 of IPv6: an office behind one address, and none of it all.
inline constexpr size_t kMaxConnectionsPerAddress = 64;
inline constexpr int kAcceptsAtOnce = 64;  // before those who are in are looked at
inline constexpr absl::Duration kPauseWithoutFiles = absl::Milliseconds(100);

// What a connection may send that none of its calls explains. Looked at this often, once so much
// has come.
inline constexpr absl::Duration kLookInterval = absl::Milliseconds(100);
inline constexpr uint64_t kLookBytes = 16 << 10;
// A message on the wire: 9 bytes a frame of HTTP/2, 22 a record of TLS; a twelfth is ample.
inline constexpr double kWireBytesPerMessageByte = 1.125;
inline constexpr double kExplainedBytesPerCall = kMaxMetadataSizeBytes + 1024;
// Who reads answers with windows and acknowledgements: 35 bytes for some thousand.
inline constexpr double kExplainedBytesPerSentByte = 0.125;
inline constexpr double kExplainedBytesPerSecond = 4 << 10;  // pings
inline constexpr double kUnexplainedBytes = 256 << 10;
// Messages under way explain themselves when they are there. So many at once on one connection, of
// which four may be so large that they are refused.
inline constexpr double kUnexplainedBytesPerStream =
    record::kMaxMessageSizeBytes + 2 * kLookaheadBytes;
inline constexpr double kUnexplainedBytesOfOne =
    kMaxReceiveSizeBytes - record::kMaxMessageSizeBytes;
inline constexpr uint64_t kUploadsAtOnce = 32;
// Within a header nothing is answered, and it costs CPU by the square of its length. Data is
// answered with room for more each time half of what may be ahead has come, and gRPC lets no more
// be ahead than kLookaheadBytes and, of a great message, 1 MiB (its kMaxWindowDelta): the rest of
// it, for which no more room is given. Of each of several. Looked at more often than all else, for
// it takes one question to the kernel.
inline constexpr absl::Duration kGlanceInterval = absl::Milliseconds(20);
inline constexpr uint64_t kMaxRestBytes = 1 << 20;
inline constexpr uint64_t kMaxSilentBytes = kMaxRestBytes + kLookaheadBytes + (256 << 10);
// A header in crumbs costs much more than its bytes: each is put behind all that came before. While
// there is more to read, so long without an answer, and so long without a message, at so few bytes
// that none could be whole yet. Less a quarter of the time in which all has been read.
inline constexpr int kRestPerToil = 4;
inline constexpr absl::Duration kLongestUnanswered = absl::Seconds(1);
inline constexpr absl::Duration kLongestFruitless = absl::Seconds(5);
// A byte for compression and four for the length stand before a message, also before an empty one.
inline constexpr uint64_t kMessagePrefixBytes = 5;
inline constexpr uint64_t kLeastToilBytes = 64 << 10;
// Many great messages at once that are read as quickly as this are no header: one of this length
// would take half a minute.
inline constexpr uint64_t kMostToilBytes = 32 << 20;
// What the kernel keeps for gRPC while it is busy; so much more comes before it is seen.
inline constexpr int kReceiveWindowBytes = 512 << 10;
// Calls taken back, less those that ended in order: up to 20 KiB of memory each for a while, which
// makes 40 MiB. A client may let go of all its streams at once, and do so again after ten seconds.
inline constexpr double kMaxBrokenStreams = 2 * kMaxConcurrentStreams;
inline constexpr double kForgivenStreamsPerSecond = 100;

// What one organisation, and one address without a name, may have (server/config says otherwise
// where the operator does). The client library publishes in frames of many events, so that an
// import takes some calls a second; a browser takes ten for a page. Of a rate twice as much may
// come at once. In development mode callers are believed, so that nobody has a share to keep to.
inline constexpr size_t kOrganisationCallsPerSecond = 1000;
inline constexpr size_t kOrganisationMiBPerSecond = 16;
inline constexpr size_t kOrganisationStreams = 200;
inline constexpr size_t kAddressCallsPerSecond = 200;
inline constexpr size_t kAddressMiBPerSecond = 2;
inline constexpr size_t kAddressStreams = 200;
inline constexpr double kQuotaAtOnce_s = 2;
// Payers that are remembered, of each sort: some 200 bytes each.
inline constexpr size_t kMaxQuotaBuckets = 10'000;
inline constexpr absl::Duration kQuotaSweepInterval = absl::Minutes(1);
inline constexpr absl::Duration kFullQuotaSweepInterval = absl::Seconds(1);
// What a caller is told to wait at least: many may wait for the same share.
inline constexpr absl::Duration kLeastQuotaWait = absl::Milliseconds(100);
inline constexpr absl::Duration kStreamQuotaWait = absl::Seconds(10);
// A refusal for want of quota is said after so long, give or take a tick; some 200 bytes each, and
// the call.
inline constexpr absl::Duration kRefusalHold = absl::Milliseconds(500);
inline constexpr size_t kMaxHeldRefusals = 16'384;

// Answers of unary calls that are on their way are in memory until their readers take them: so much
// of one payer, and of all. A page of events has up to 1 MiB. Each costs its call besides, however
// small it is, and what was let in before comes beyond (UntakenAnswers).
inline constexpr size_t kMaxUntakenBytesOfOne = 64 << 20;
inline constexpr size_t kMaxUntakenBytes = 256 << 20;
inline constexpr size_t kUntakenCallBytes = 16 << 10;
inline constexpr absl::Duration kUntakenQuotaWait = absl::Seconds(1);

// Of what one peer pulls, so many answers are made or on their way at once: they are in memory
// until they are taken. A peer asks for one batch of each lane at a time; the rest waits.
inline constexpr size_t kMaxPullsUnderWay = 4;
inline constexpr size_t kMaxPullsWaiting = 64;
inline constexpr absl::Duration kTurnQuotaWait = absl::Seconds(1);
// Threads that answer pulls: whoever asks for much has one of them at a time.
inline constexpr int kTurnThreads = 2;
// A peer rests so much longer than it had a thread, and has so much a second: no hub takes in more
// of all its peers, and what it proves takes it longer than this.
inline constexpr int kTurnRestFactor = 2;
inline constexpr double kPulledBytesPerSecond = 64 << 20;
inline constexpr absl::Duration kLongestTurnRest = absl::Seconds(5);

// A view that is watched is made again at most so often, and its making takes at most a tenth of
// the time, however long the log.
inline constexpr absl::Duration kWatchInterval = absl::Seconds(1);
inline constexpr int kWatchRestFactor = 9;
// Views that are watched at once, over all callers. They are made one after the other, so that no
// call waits behind them.
inline constexpr int kMaxWatchers = 256;
inline constexpr int kWatchThreads = 1;
// How long a list of events waits for the first one.
inline constexpr uint32_t kMaxListWait_s = 30;

// Of what one policy changes so much is told, and of what stands against it; and so much of all
// policies that wait: of the rest who proposed them.
inline constexpr size_t kMaxToldChangesBytes = 1 << 20;
inline constexpr size_t kMaxToldWarningsBytes = 256 << 10;
inline constexpr size_t kMaxToldPoliciesBytes = 3 << 20;

static_assert(kMaxToldChangesBytes + kMaxToldWarningsBytes + (1 << 20) < kMaxToldPoliciesBytes &&
                  kMaxToldPoliciesBytes + (512 << 10) < record::kMaxMessageSizeBytes,
              "one at least is told whole, beside the policy in force");
static_assert(kMaxUntakenBytesOfOne > kWorkerThreads * record::kMaxMessageSizeBytes,
              "what comes beyond is little beside it");
static_assert(kMaxReceiveSizeBytes > 2 * record::kMaxBatchSizeBytes);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_LIMITS_H_
