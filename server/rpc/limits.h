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
inline constexpr int kMaxReceiveSizeBytes = 8 << 20;
// What a stream may send ahead of what is read. Fixed, where gRPC would let it grow to 20 MiB: so
// much would not be explained by anything. 3 MiB a second from the other side of the world.
inline constexpr int kLookaheadBytes = 1 << 20;
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
// a gateway and whoever tries things out on their own machine keep theirs.
inline constexpr int kMaxConnectionAge_ms = 60 * 60'000;
inline constexpr int kMaxConnectionAgeGrace_ms = 2 * 60'000;
inline constexpr int kMaxThreads = 64;  // of gRPC; it takes about two a core

// Connections. Two files each, and the log is left its own (storage/rocks opens 512 at most).
inline constexpr size_t kFilesOfTheHub = 768;
inline constexpr size_t kFewestFiles = 256;
inline constexpr size_t kMostFiles = 65536;  // systemd's LimitNOFILE in deploy/
// Of an IPv4 address, or of a /64 of IPv6: an office behind one address, and none of it all.
inline constexpr size_t kMaxConnectionsPerAddress = 64;
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
// Messages under way explain themselves when they are there. So many at once on one connection.
inline constexpr double kUnexplainedBytesPerStream = kMaxReceiveSizeBytes + 2 * kLookaheadBytes;
inline constexpr uint64_t kUploadsAtOnce = 8;
// The hub answers data with room for more, so that no more than the greatest message and what is
// ahead of it comes without an answer. A header does, and it costs 0.7 s of CPU at 4 MiB, 3 s at 6,
// 8 s at 10. What is too large for the contract is refused in words up to kMaxReceiveSizeBytes, but
// on a slow line it may be cut off.
inline constexpr uint64_t kMaxSilentBytes =
    record::kMaxMessageSizeBytes + kLookaheadBytes + (512 << 10);
// Calls taken back, less those that ended in order: up to 20 KiB of memory each for a while, which
// makes 40 MiB. A client may let go of all its streams at once, and do so again after ten seconds.
inline constexpr double kMaxBrokenStreams = 2 * kMaxConcurrentStreams;
inline constexpr double kForgivenStreamsPerSecond = 100;

// A view that is watched is made again at most so often, and its making takes at most a tenth of
// the time, however long the log.
inline constexpr absl::Duration kWatchInterval = absl::Seconds(1);
inline constexpr int kWatchRestFactor = 9;
// Views that are watched at once, over all callers. They are made one after the other, so that no
// call waits behind them.
inline constexpr int kMaxWatchers = 256;
inline constexpr int kWatchThreads = 1;

static_assert(kMaxReceiveSizeBytes > 2 * record::kMaxBatchSizeBytes);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_LIMITS_H_
