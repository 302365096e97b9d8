#include "client/internal/send_queue.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace liaison::internal {
namespace {

// Tag and length of an item within its frame, and of what else a frame says.
constexpr uint64_t kItemOverhead = 8;
constexpr uint64_t kFrameOverhead = 32;

PublishStreamOptions WithinBounds(PublishStreamOptions options) {
  options.max_inflight_events = std::max<uint32_t>(options.max_inflight_events, 1);
  return options;
}

// 0 is what a hub says that knows no limit of the kind.
uint64_t LimitOr(uint64_t limit) {
  return limit == 0 ? std::numeric_limits<uint64_t>::max() : limit;
}

}  // namespace

SendQueue::SendQueue(const PublishStreamOptions& options) : options_(WithinBounds(options)) {}

bool SendQueue::HasRoomFor(uint64_t size_bytes) const {
  return items_.empty() || (items_.size() < options_.max_inflight_events &&
                            size_bytes_ + size_bytes <= options_.max_inflight_size_bytes);
}

void SendQueue::Push(UnansweredItem item) {
  size_bytes_ += item.size_bytes;
  items_.push_back(std::move(item));
}

bool SendQueue::CanTakeFrame(const v1::PublishSettings& settings) const {
  if (under_way_ == items_.size()) return false;
  if (frames_.empty()) return true;  // or an item as large as the window would wait for ever
  return frames_.size() < LimitOr(settings.max_inflight_frames()) &&
         under_way_size_bytes_ + kFrameOverhead + items_[under_way_].size_bytes + kItemOverhead <=
             LimitOr(settings.max_inflight_bytes());
}

v1::PublishStreamRequest SendQueue::TakeFrame(const v1::PublishSettings& settings) {
  const uint64_t max_bytes =
      std::min({options_.max_frame_size_bytes, LimitOr(settings.max_frame_bytes()),
                LimitOr(settings.max_inflight_bytes()) -
                    std::min(under_way_size_bytes_, LimitOr(settings.max_inflight_bytes()))});
  const uint64_t max_items = LimitOr(settings.max_frame_items());
  Frame frame;
  frame.id = next_frame_id_++;
  frame.size_bytes = kFrameOverhead;
  v1::PublishStreamRequest request;
  request.set_frame_id(frame.id);
  while (under_way_ < items_.size() && frame.items < max_items) {
    const UnansweredItem& item = items_[under_way_];
    if (frame.items > 0 && frame.size_bytes + item.size_bytes + kItemOverhead > max_bytes) break;
    *request.add_items() = item.item;  // a copy stays, for a line that breaks
    frame.size_bytes += item.size_bytes + kItemOverhead;
    ++frame.items;
    ++under_way_;
  }
  under_way_size_bytes_ += frame.size_bytes;
  frames_.push_back(frame);
  return request;
}

absl::Status SendQueue::CheckResults(const v1::PublishResults& results) const {
  if (frames_.empty()) {
    return absl::InternalError(
        absl::StrCat("the hub answered frame ", results.frame_id(), ", which was not asked"));
  }
  const Frame& oldest = frames_.front();
  if (results.frame_id() != oldest.id ||
      static_cast<size_t>(results.results_size()) != oldest.items) {
    return absl::InternalError(absl::StrCat("the hub answered frame ", results.frame_id(), " with ",
                                            results.results_size(), " results, where frame ",
                                            oldest.id, " with ", oldest.items, " items was next"));
  }
  return absl::OkStatus();
}

UnansweredItem SendQueue::PopAnswered() {
  UnansweredItem answered = std::move(items_.front());
  items_.pop_front();
  size_bytes_ -= answered.size_bytes;
  --under_way_;
  if (--frames_.front().items == 0) {
    under_way_size_bytes_ -= frames_.front().size_bytes;
    frames_.pop_front();
  }
  return answered;
}

void SendQueue::Rewind() {
  frames_.clear();
  under_way_ = 0;
  under_way_size_bytes_ = 0;
}

std::vector<UnansweredItem> SendQueue::TakeAll() {
  Rewind();
  std::vector<UnansweredItem> all(std::make_move_iterator(items_.begin()),
                                  std::make_move_iterator(items_.end()));
  items_.clear();
  size_bytes_ = 0;
  return all;
}

}  // namespace liaison::internal
