#include "tests/bench/bare_feed.h"

#include <algorithm>
#include <utility>

#include "tests/bench/wire.h"

namespace liaison::bench {
namespace {

constexpr size_t kRecentSizeBytes = 64 << 20;  // as the hub's

// Field numbers of the contract.
constexpr uint32_t kEvents = 2;         // SubscribeResponse.events
constexpr uint32_t kEvent = 1;          // Events.events
constexpr uint32_t kEventSequence = 1;  // Event.sequence
constexpr uint32_t kEventHeader = 3;    // Event.header, where the bare server puts all of it

}  // namespace

grpc::ByteBuffer ToBuffer(absl::string_view bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  return grpc::ByteBuffer(&slice, 1);
}

void FrameBuilder::Append(uint64_t sequence, absl::string_view event) {
  std::string head;
  AppendVarintField(&head, kEventSequence, sequence);
  AppendVarint(&head, kEventHeader << 3 | 2);
  AppendVarint(&head, event.size());
  AppendVarint(&events_, kEvent << 3 | 2);
  AppendVarint(&events_, head.size() + event.size());
  events_.append(head);
  events_.append(event.data(), event.size());
}

grpc::ByteBuffer FrameBuilder::Take() {
  std::string head;
  AppendVarint(&head, kEvents << 3 | 2);
  AppendVarint(&head, events_.size());
  grpc_slice slice = grpc_slice_malloc(head.size() + events_.size());
  std::copy(head.begin(), head.end(), GRPC_SLICE_START_PTR(slice));
  std::copy(events_.begin(), events_.end(), GRPC_SLICE_START_PTR(slice) + head.size());
  events_.clear();
  const grpc::Slice owned(slice, grpc::Slice::STEAL_REF);
  return grpc::ByteBuffer(&owned, 1);
}

void Feed::Publish(const Group& group) {
  std::deque<FeedMessage> messages;
  FrameBuilder builder(frame_size_bytes_);
  uint64_t first = group.first;
  uint64_t sequence = group.first;
  for (const Work& work : group.works) {
    for (const absl::string_view event : work.events) {
      builder.Append(sequence++, event);
      if (!builder.full()) continue;
      messages.push_back({first, sequence - 1, builder.Take()});
      first = sequence;
    }
  }
  if (!builder.empty()) messages.push_back({first, sequence - 1, builder.Take()});
  std::vector<std::function<void()>> woken;
  {
    absl::MutexLock lock(&mu_);
    for (FeedMessage& message : messages) {
      size_bytes_ += message.buffer.Length();
      recent_.push_back(std::move(message));
    }
    for (; size_bytes_ > kRecentSizeBytes; recent_.pop_front()) {
      size_bytes_ -= recent_.front().buffer.Length();
    }
    head_ = sequence - 1;
    woken.swap(parked_);
  }
  for (const std::function<void()>& wake : woken) wake();
}

std::optional<FeedMessage> Feed::NextOrPark(uint64_t sequence, std::function<void()> wake,
                                            bool* gone) {
  absl::MutexLock lock(&mu_);
  *gone = false;
  if (sequence > head_) {
    parked_.push_back(std::move(wake));
    return std::nullopt;
  }
  const auto found = std::lower_bound(
      recent_.begin(), recent_.end(), sequence,
      [](const FeedMessage& message, uint64_t wanted) { return message.first < wanted; });
  if (found != recent_.end() && found->first == sequence) return *found;
  *gone = true;
  return std::nullopt;
}

uint64_t Feed::head() const {
  absl::MutexLock lock(&mu_);
  return head_;
}

void Feed::SetHead(uint64_t head) {
  absl::MutexLock lock(&mu_);
  head_ = head;
}

}  // namespace liaison::bench
