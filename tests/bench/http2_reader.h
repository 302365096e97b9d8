// Reads gRPC server streams at a fraction of what a gRPC client costs, so that a subscriber on the
// same two cores does not measure itself.
#ifndef LIAISON_TESTS_BENCH_HTTP2_READER_H_
#define LIAISON_TESTS_BENCH_HTTP2_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/bench/socket.h"

namespace liaison::bench {

// One HTTP/2 connection with one gRPC call: a request goes out, messages come in. It acknowledges
// settings and pings, opens the flow-control windows wide, and does not look at headers. Plain text
// only. Not thread-safe.
class Http2Reader : public Connection {
 public:
  // Called for each message, as long as it lies in memory.
  using OnMessage = std::function<void(absl::string_view message)>;

  // Connects, and returns when the server has said that it speaks HTTP/2.
  static absl::StatusOr<std::unique_ptr<Http2Reader>> Connect(const std::string& address,
                                                              OnMessage on_message);
  // `path` is "/package.Service/Method". Once.
  absl::Status Call(absl::string_view path, absl::string_view request);

  // True until the server has ended the stream or the connection.
  bool OnReadable() override;

 private:
  Http2Reader(Socket socket, std::string address, OnMessage on_message);
  // Bytes used of `bytes`.
  size_t TakeFrames(absl::string_view bytes);
  void TakeData(absl::string_view data);
  void GiveBack(size_t size_bytes);

  const std::string address_;
  const OnMessage on_message_;
  std::string left_;     // an HTTP/2 frame that has not come whole
  std::string message_;  // a gRPC message that has not come whole, with its prefix
  size_t consumed_size_bytes_ = 0;
  bool settled_ = false;  // the server's settings are in
  bool ended_ = false;
};

}  // namespace liaison::bench

#endif  // LIAISON_TESTS_BENCH_HTTP2_READER_H_
