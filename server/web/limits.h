// Limits of the web's process.
#ifndef LIAISON_SERVER_WEB_LIMITS_H_
#define LIAISON_SERVER_WEB_LIMITS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace liaison::web {

inline constexpr size_t kMaxConnections = 512;
inline constexpr size_t kMaxConnectionsPerAddress = 32;
inline constexpr uint32_t kMaxHeaderSizeBytes = 8 << 10;
inline constexpr uint64_t kMaxBodySizeBytes = 64 << 10;
// For a handshake, for a request once it has begun or was waited for, and for an answer to be
// taken.
inline constexpr std::chrono::seconds kExchangeTimeout{10};
// Requests on one connection, so that none lasts for ever.
inline constexpr int kMaxRequestsPerConnection = 100;
inline constexpr int kThreads = 4;
// A call of the hub.
inline constexpr std::chrono::seconds kHubTimeout{10};
inline constexpr std::chrono::seconds kCertificateInterval{1};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_LIMITS_H_
