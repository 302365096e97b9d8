#include "server/fanout/tail.h"

#include <algorithm>
#include <utility>

#include "proto/record/foreign.h"
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

// Divides what was committed into stretches of about the size of a frame.
std::vector<std::shared_ptr<const Stretch>> ToStretches(std::vector<storage::NewEvent> committed) {
  // The log alone needs these.
  for (storage::NewEvent& event : committed) {
    event.identity = std::string();
    event.terms = std::vector<std::string>();
  }
  const auto events = std::make_shared<const std::vector<storage::NewEvent>>(std::move(committed));
  std::vector<std::shared_ptr<const Stretch>> stretches;
  size_t begin = 0;
  size_t size_bytes = 0;
  for (size_t i = 0; i < events->size(); ++i) {
    size_bytes += WireSizeBytes((*events)[i]);
    if (size_bytes < kChunkSizeBytes && i + 1 < events->size()) continue;
    stretches.push_back(std::make_shared<const Stretch>(events, begin, i + 1, size_bytes));
    begin = i + 1;
    size_bytes = 0;
  }
  return stretches;
}

}  // namespace

Stretch::Stretch(Events events, size_t begin, size_t end, size_t size_bytes)
    : begin_(begin),
      end_(end),
      first_((*events)[begin].leaf.sequence),
      last_((*events)[end - 1].leaf.sequence),
      size_bytes_(size_bytes),
      events_(std::move(events)) {}

std::shared_ptr<const Chunk> Stretch::chunk() const {
  absl::MutexLock lock(&mu_);
  if (events_ == nullptr) return chunk_;
  auto chunk = std::make_shared<Chunk>();
  chunk->first = first_;
  chunk->bytes.reserve(size_bytes_);
  bool ok = true;
  for (size_t i = begin_; ok && i < end_; ++i) {
    const storage::NewEvent& event = (*events_)[i];
    const absl::StatusOr<std::string> origin =
        event.evidence.empty() ? std::string() : record::OriginIn(event.evidence);
    ok = origin.ok() && AppendEvent(event.leaf.sequence, record::EncodeLeaf(event.leaf),
                                    event.header, event.sections, *origin, chunk.get())
                            .ok();
  }
  events_.reset();
  if (ok) chunk_ = std::move(chunk);
  return chunk_;
}

uint64_t Tail::head() const {
  absl::MutexLock lock(&mu_);
  return head_;
}

uint64_t Tail::erasures() const {
  absl::MutexLock lock(&mu_);
  return erasures_;
}

uint64_t Tail::directory_changes() const {
  absl::MutexLock lock(&mu_);
  return directory_changes_;
}

std::shared_ptr<const Chunk> Tail::Find(uint64_t after) const {
  std::shared_ptr<const Stretch> stretch;
  {
    absl::MutexLock lock(&mu_);
    if (after >= head_ || stretches_.empty() || after + 1 < stretches_.front()->first()) {
      return nullptr;
    }
    auto it = std::partition_point(stretches_.begin(), stretches_.end(),
                                   [&](const auto& s) { return s->last() <= after; });
    if (it == stretches_.end()) return nullptr;
    stretch = *it;
  }
  return stretch->chunk();
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

void Tail::OnCommitted(storage::Group group, const storage::Head& head) {
  std::vector<std::shared_ptr<const Stretch>> fresh;
  // Erased words must not be served from memory: those readers find what is left in the log.
  const bool erases = !group.erased.empty();
  const bool changes_directory =
      std::any_of(group.rows.begin(), group.rows.end(),
                  [](const storage::Row& row) { return row.table == storage::Table::kDirectory; });
  if (!erases) fresh = ToStretches(std::move(group.events));
  absl::MutexLock lock(&mu_);
  if (erases) {
    ++erasures_;
    stretches_.clear();
    size_bytes_ = 0;
  }
  for (std::shared_ptr<const Stretch>& stretch : fresh) {
    size_bytes_ += stretch->size_bytes();
    stretches_.push_back(std::move(stretch));
  }
  while (size_bytes_ > max_size_bytes_) {
    size_bytes_ -= stretches_.front()->size_bytes();
    stretches_.pop_front();
  }
  head_ = head.sequence;
  if (changes_directory) ++directory_changes_;
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
  stretches_.clear();
  size_bytes_ = 0;
  head_ = head.sequence;
  ++erasures_;  // there may be one in what nobody told of
}

}  // namespace liaison::fanout
