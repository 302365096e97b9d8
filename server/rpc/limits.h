// Limits of the wire room.
#ifndef LIAISON_SERVER_RPC_LIMITS_H_
#define LIAISON_SERVER_RPC_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"
#include "proto/record/limits.h"

namespace liaison::rpc {

// What gRPC lets in at all. Above the contract's own limits, so that what is only somewhat too
// large gets a refusal that names the field and the way out.
inline constexpr int kMaxReceiveSizeBytes = 16 << 20;
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
