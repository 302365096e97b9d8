// What the web's process counts.
#ifndef LIAISON_SERVER_WEB_TALLY_H_
#define LIAISON_SERVER_WEB_TALLY_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace liaison::web {

// Thread-safe.
struct Tally {
  std::atomic<int64_t> connections{0};  // now
  std::atomic<int64_t> connections_refused{0};
  std::atomic<int64_t> requests{0};
  std::atomic<int64_t> body_bytes{0};  // of requests that are not answered yet
  std::atomic<int64_t> calls{0};       // now
  std::atomic<int64_t> calls_refused{0};
  std::atomic<int64_t> messages{0};  // passed on to browsers
  std::atomic<int64_t> bytes_sent{0};
  std::array<std::atomic<int64_t>, 17> calls_ended{};  // by gRPC's codes

  // In the text format of Prometheus.
  std::string ToText() const;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_TALLY_H_
