// What was sent and not yet answered, and what of it is on the line.
#ifndef LIAISON_CLIENT_INTERNAL_SEND_QUEUE_H_
#define LIAISON_CLIENT_INTERNAL_SEND_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/status/status.h"
#include "igf/liaison/v1/publish_service.pb.h"
#include "liaison/options.h"
#include "liaison/publish_client.h"

namespace liaison::internal {

struct UnansweredItem {
  v1::PublishItem item;
  Publisher::Verdict verdict;
  uint64_t size_bytes = 0;
};

// A SendQueue keeps every item, in order, until its answer is there. Items go out in frames; when
// the line breaks, Rewind makes all of them wait again. Not thread-safe.
//
//   items:  [ in frame 1 | in frame 2 | ... | waiting ... ]
class SendQueue {
 public:
  explicit SendQueue(const PublishStreamOptions& options);

  // True while the window has room for one more of this size. An empty queue has room for any.
  bool HasRoomFor(uint64_t size_bytes) const;
  void Push(UnansweredItem item);

  bool empty() const { return items_.empty(); }
  bool anything_under_way() const { return !frames_.empty(); }

  // True where something waits and the hub's window is open.
  bool CanTakeFrame(const v1::PublishSettings& settings) const;
  // What waits, as much of it as one frame holds; it is then under way.
  // REQUIRES: CanTakeFrame(settings).
  v1::PublishStreamRequest TakeFrame(const v1::PublishSettings& settings);

  // INTERNAL unless these are the results of the oldest frame under way.
  absl::Status CheckResults(const v1::PublishResults& results) const;
  // Takes out the oldest item: it has its answer. REQUIRES: something is under way.
  UnansweredItem PopAnswered();

  // Nothing is under way any more.
  void Rewind();
  // All that is left, in order.
  std::vector<UnansweredItem> TakeAll();

 private:
  struct Frame {
    uint64_t id = 0;
    size_t items = 0;  // unanswered ones
    uint64_t size_bytes = 0;
  };

  const PublishStreamOptions options_;
  std::deque<UnansweredItem> items_;
  uint64_t size_bytes_ = 0;  // of items_
  std::deque<Frame> frames_;
  size_t under_way_ = 0;  // items in frames_, the first of items_
  uint64_t under_way_size_bytes_ = 0;
  uint64_t next_frame_id_ = 1;
};

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_SEND_QUEUE_H_
