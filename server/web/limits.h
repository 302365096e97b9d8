// Limits of the web's process.
#ifndef LIAISON_SERVER_WEB_LIMITS_H_
#define LIAISON_SERVER_WEB_LIMITS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "proto/record/limits.h"

namespace liaison::web {

inline constexpr size_t kMaxConnections = 2048;
// A whole meeting comes from one address.
inline constexpr size_t kMaxConnectionsPerAddress = 1024;
inline constexpr uint32_t kMaxHeaderSizeBytes = 8 << 10;
inline constexpr uint64_t kMaxBodySizeBytes = 64 << 10;
// Of a call of the hub; room for base64 around the largest message.
inline constexpr uint64_t kMaxCallSizeBytes = record::kMaxMessageSizeBytes / 3 * 4 + 1024;
// Bodies of all requests together, until they are answered.
inline constexpr size_t kMaxBodiesSizeBytes = 64 << 20;
// For a handshake, for a request once it was waited for, for some more of its body to come, and
// for some of an answer to be taken.
inline constexpr std::chrono::seconds kExchangeTimeout{10};
// For what is still on its way when there is no more to say.
inline constexpr std::chrono::seconds kLingerTimeout{2};
inline constexpr size_t kMaxLingerSizeBytes = 1 << 20;
// Between two requests.
inline constexpr std::chrono::seconds kIdleTimeout{30};
// For the whole of a body.
inline constexpr std::chrono::seconds kBodyTimeout{120};
// What is written before the time begins anew, and what the kernel holds of it.
inline constexpr size_t kWriteSizeBytes = 16 << 10;
inline constexpr int kSendBufferSizeBytes = 128 << 10;
// Answers that wait for their readers, all together, but for small ones, of which there are no more
// than connections.
inline constexpr size_t kMaxAnswersSizeBytes = 64 << 20;
inline constexpr size_t kSmallAnswerSizeBytes = 16 << 10;
// Files and exports that many ask for at once are there once, for so long.
inline constexpr size_t kSharedBodiesSizeBytes = 16 << 20;
inline constexpr std::chrono::seconds kSharedBodyAge{10};
// Requests on one connection, so that none lasts for ever.
inline constexpr int kMaxRequestsPerConnection = 1000;
inline constexpr int kThreads = 4;
// Those that make exports, so that pages do not wait for them.
inline constexpr int kExportThreads = 2;
// A call of the hub for a page.
inline constexpr std::chrono::seconds kHubTimeout{10};
inline constexpr std::chrono::seconds kReadyTimeout{2};
inline constexpr std::chrono::seconds kCertificateInterval{1};
// Whoever finds too much waiting here, or no hub, is asked to come again after so long.
inline constexpr int kRetryAfter_s = 5;
// One of the dashboard's.
inline constexpr uint64_t kMaxFileSizeBytes = 8 << 20;

// The record without JavaScript, its feeds and files.
inline constexpr int kPageItems = 50;
inline constexpr size_t kMaxListed = 20'000;
inline constexpr size_t kFeedItems = 50;
inline constexpr uint64_t kEventsPerFile = 5000;
// Public pages are packed from one size to another, for whoever takes them so.
inline constexpr size_t kMinPackedSizeBytes = 1 << 10;
inline constexpr size_t kMaxPackedSizeBytes = 8 << 20;
// A file of events is made and sent in pieces of so many.
inline constexpr uint64_t kEventsPerPiece = 100;

// Calls that are passed on.
inline constexpr size_t kMaxCalls = 1500;
inline constexpr std::chrono::seconds kCallTimeout{60};
inline constexpr std::chrono::hours kStreamTimeout{1};
// Calls on one connection to the hub, below what HTTP/2 peers commonly let in.
inline constexpr int kMaxCallsPerChannel = 90;
// What of a stream waits in this process while its reader takes nothing.
inline constexpr int kStreamWindowSizeBytes = 32 << 10;

// Witnesses. A request for a cosignature is a proof and a note; an answer is a few lines.
inline constexpr uint64_t kMaxWitnessRequestSizeBytes = 68 << 10;
inline constexpr uint64_t kMaxAnswerSizeBytes = 64 << 10;
inline constexpr std::chrono::seconds kWitnessTimeout{10};
inline constexpr size_t kMaxWitnesses = 64;
inline constexpr std::chrono::seconds kLookInterval{1};
// After a failure, and after many.
inline constexpr std::chrono::milliseconds kMinPublishRest{1000};
inline constexpr std::chrono::milliseconds kMaxPublishRest{300'000};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_LIMITS_H_
