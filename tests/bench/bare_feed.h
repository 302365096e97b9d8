// Live delivery of the bare server: recent messages, made once and shared by all subscribers.
#ifndef LIAISON_TESTS_BENCH_BARE_FEED_H_
#define LIAISON_TESTS_BENCH_BARE_FEED_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "tests/bench/bare_log.h"

namespace liaison::bench {

// Builds SubscribeResponses of one event each, or of as many as fit `frame_size_bytes`.
class FrameBuilder {
 public:
  // `frame_size_bytes` 0: one event a message.
  explicit FrameBuilder(size_t frame_size_bytes) : frame_size_bytes_(frame_size_bytes) {}

  void Append(uint64_t sequence, absl::string_view event);
  bool empty() const { return events_.empty(); }
  bool full() const { return frame_size_bytes_ == 0 ? !empty() : size() >= frame_size_bytes_; }
  // What was appended since the last Take.
  grpc::ByteBuffer Take();

 private:
  size_t size() const { return events_.size() + kEventSizeBytesAbout; }
  static constexpr size_t kEventSizeBytesAbout = 1100;  // the next one still fits

  const size_t frame_size_bytes_;
  std::string events_;
};

struct FeedMessage {
  uint64_t first = 0;
  uint64_t last = 0;
  grpc::ByteBuffer buffer;
};

// Feed keeps the newest messages in memory. Thread-safe.
class Feed {
 public:
  explicit Feed(size_t frame_size_bytes) : frame_size_bytes_(frame_size_bytes) {}

  void Publish(const Group& group);
  // The message that begins with `sequence`; or nothing, and `wake` is called once when there is
  // more; or nothing and *gone, where it is not in memory any more.
  std::optional<FeedMessage> NextOrPark(uint64_t sequence, std::function<void()> wake, bool* gone);
  uint64_t head() const;
  void SetHead(uint64_t head);

 private:
  const size_t frame_size_bytes_;
  mutable absl::Mutex mu_;
  uint64_t head_ ABSL_GUARDED_BY(mu_) = 0;
  size_t size_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  std::deque<FeedMessage> recent_ ABSL_GUARDED_BY(mu_);
  std::vector<std::function<void()>> parked_ ABSL_GUARDED_BY(mu_);
};

grpc::ByteBuffer ToBuffer(absl::string_view bytes);

}  // namespace liaison::bench

#endif  // LIAISON_TESTS_BENCH_BARE_FEED_H_
