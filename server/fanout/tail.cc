#include "server/fanout/tail.h"

#include <algorithm>
#include <utility>

#include "absl/types/span.h"
#include "server/fanout/limits.h"

namespace liaison::fanout {
namespace {

// About what the event takes when serialised; rather more than less.
size_t WireSizeBytes(const storage::NewEvent& event) {
  constexpr size_t kAroundEvent = 256;   // leaf, digest, time, tags and lengths
  constexpr size_t kAroundSection = 16;  // tags and lengths
  size_t size_bytes = kAroundEvent + event.header.size();
  for (const storage::StoredSection& section : event.sections) {
    size_bytes += kAroundSection + section.salt.size() + section.data.size();
  }
  return size_bytes;
}

// Room for one chunk that begins with the first of `events`, so that it is not copied as it grows.
size_t ChunkRoomBytes(absl::Span<const storage::NewEvent> events) {
  size_t room_bytes = 0;
  for (const storage::NewEvent& event : events) {
    room_bytes += WireSizeBytes(event);
    if (room_bytes >= kChunkSizeBytes) break;
  }
  return room_bytes;
}

// Serialises the group's events into chunks of about the size of a frame. Stops at the first event
// that cannot be: readers then find it in the log, and its fault there.
std::vector<std::shared_ptr<const Chunk>> ToChunks(const storage::Group& group) {
  std::vector<std::shared_ptr<const Chunk>> chunks;
  std::shared_ptr<Chunk> chunk;
  for (size_t i = 0; i < group.events.size(); ++i) {
    const storage::NewEvent& event = group.events[i];
    if (chunk == nullptr) {
      chunk = std::make_shared<Chunk>();
      chunk->bytes.reserve(ChunkRoomBytes(absl::MakeConstSpan(group.events).subspan(i)));
      chunk->first = event.leaf.sequence;
    }
    const std::string leaf = record::EncodeLeaf(event.leaf);
    const bool ok =
        AppendEvent(event.leaf.sequence, leaf, event.header, event.sections, chunk.get()).ok();
    if (!ok) return {};
    if (chunk->bytes.size() >= kChunkSizeBytes) chunks.push_back(std::exchange(chunk, nullptr));
  }
  if (chunk != nullptr) chunks.push_back(std::move(chunk));
  return chunks;
}

}  // namespace

uint64_t Tail::head() const {
  absl::MutexLock lock(&mu_);
  return head_;
}

uint64_t Tail::erasures() const {
  absl::MutexLock lock(&mu_);
  return erasures_;
}

uint64_t Tail::registry_size() const {
  absl::MutexLock lock(&mu_);
  return registry_size_;
}

std::shared_ptr<const Chunk> Tail::Find(uint64_t after) const {
  absl::MutexLock lock(&mu_);
  if (after >= head_ || chunks_.empty() || after + 1 < chunks_.front()->first) return nullptr;
  auto it = std::partition_point(chunks_.begin(), chunks_.end(),
                                 [&](const auto& chunk) { return chunk->last <= after; });
  return it == chunks_.end() ? nullptr : *it;
}

bool Tail::Park(Waiter* waiter, uint64_t after) {
  absl::MutexLock lock(&mu_);
  if (head_ > after) return false;
  waiter->slot_ = waiters_.size();
  waiters_.push_back(waiter);
  return true;
}

bool Tail::Unpark(Waiter* waiter) {
  absl::MutexLock lock(&mu_);
  const size_t slot = waiter->slot_;
  if (slot >= waiters_.size() || waiters_[slot] != waiter) return false;
  waiters_[slot] = waiters_.back();
  waiters_[slot]->slot_ = slot;
  waiters_.pop_back();
  return true;
}

void Tail::OnCommitted(const storage::Group& group, const storage::Head& head) {
  std::vector<std::shared_ptr<const Chunk>> fresh;
  // Erased words must not be served from memory: those readers find what is left in the log.
  if (group.erased.empty()) fresh = ToChunks(group);
  absl::MutexLock lock(&mu_);
  if (!group.erased.empty()) ++erasures_;
  const bool gap = fresh.empty() && !group.events.empty();
  if (gap) {
    chunks_.clear();
    size_bytes_ = 0;
  }
  for (std::shared_ptr<const Chunk>& chunk : fresh) {
    size_bytes_ += chunk->bytes.capacity();
    chunks_.push_back(std::move(chunk));
  }
  while (size_bytes_ > max_size_bytes_) {
    size_bytes_ -= chunks_.front()->bytes.capacity();
    chunks_.pop_front();
  }
  head_ = head.sequence;
  registry_size_ = head.registry_size;
}

void Tail::OnAcknowledged() {
  std::vector<Waiter*> woken;
  {
    absl::MutexLock lock(&mu_);
    woken.swap(waiters_);
  }
  // Out of the list, a waiter stays alive until it is woken.
  for (Waiter* waiter : woken) waiter->Wake();
}

// What came in between is found in the log.
void Tail::OnReopened(const storage::Head& head) {
  absl::MutexLock lock(&mu_);
  if (head.sequence == head_) return;
  chunks_.clear();
  size_bytes_ = 0;
  head_ = head.sequence;
}

}  // namespace liaison::fanout
