#include "server/fanout/cursor.h"

#include <algorithm>
#include <utility>

#include "proto/record/macros.h"
#include "server/fanout/header_view.h"
#include "server/fanout/limits.h"
#include "server/fanout/origin_of.h"

namespace liaison::fanout {
namespace {

constexpr uint64_t kNoMore = ~uint64_t{0};
constexpr size_t kUsualEventSizeBytes = 2048;  // a guess, for room

absl::Status AppendFromLog(const storage::EventLog& log, const storage::EventLog::EventView& event,
                           Chunk* chunk) {
  LIAISON_ASSIGN_OR_RETURN(const std::string origin, OriginOf(log, event.sequence, event.leaf));
  return AppendEvent(event.sequence, event.leaf, event.header, event.sections, origin, chunk);
}

}  // namespace

absl::StatusOr<Step> Cursor::Next(bool may_read_log, size_t max_events) {
  const uint64_t head = tail_->head();
  if (!confirmed_) {
    confirmed_ = true;
    return Step(Report(Frame::Kind::kConfirmed, head));
  }
  RenewPrincipal();
  if (!changes_.empty()) {
    Frame frame = Report(Frame::Kind::kAudienceChanged, head);
    frame.change = std::move(changes_.front());
    changes_.pop_front();
    return Step(std::move(frame));
  }
  const uint64_t through = options_.stop_at ? std::min(*options_.stop_at, head) : head;
  Gathering gathering;
  gathering.events_left = max_events;
  while (position_ < through && gathering.events_left > 0 &&
         gathering.size_bytes < record::kMaxFrameSizeBytes &&
         gathering.looked_at < kMaxStepEvents) {
    if (caught_up_ && head - position_ > kFellBehindEvents) {
      caught_up_ = false;
      return Step(Report(Frame::Kind::kFellBehind, head));
    }
    std::shared_ptr<const Chunk> chunk = ChunkInMemory();
    if (chunk == nullptr) {
      if (!gathering.frame.runs.empty()) break;  // send what there is before going to the disk
      if (!may_read_log) return Step(NotInMemory{});
      read_erasures_ = tail_->erasures();
      LIAISON_ASSIGN_OR_RETURN(chunk, ReadChunk(through));
      read_ = chunk;
    }
    Gather(chunk, through, &gathering);
  }
  if (!gathering.frame.runs.empty()) {
    gathering.frame.kind = Frame::Kind::kEvents;
    reported_ = gathering.frame.position;
    gathering.frame.head = head;
    return Step(std::move(gathering.frame));
  }
  if (position_ < through || (caught_up_ && position_ - reported_ >= kAdvanceEvery)) {
    return Step(Report(Frame::Kind::kAdvanced, head));
  }
  if (!caught_up_) {
    caught_up_ = true;
    return Step(Report(Frame::Kind::kCaughtUp, head));
  }
  if (options_.stop_at) return Step(Report(Frame::Kind::kStoppedAtHead, head));
  return Step(NothingYet{});
}

// The head was looked at before: what is known of readers is at least as new as the events up to
// there.
void Cursor::RenewPrincipal() {
  const uint64_t changes = tail_->directory_changes();
  if (changes == directory_changes_ || !options_.renew) return;
  directory_changes_ = changes;
  auth::Principal renewed = options_.renew();
  for (auth::AudienceChange& change : auth::AudienceChanges(options_.principal, renewed)) {
    changes_.push_back(std::move(change));
  }
  options_.principal = std::move(renewed);
}

Frame Cursor::Report(Frame::Kind kind, uint64_t head) {
  reported_ = position_;
  Frame frame;
  frame.kind = kind;
  frame.position = position_;
  frame.head = head;
  return frame;
}

std::shared_ptr<const Chunk> Cursor::ChunkInMemory() {
  // A slow reader may hold words that have been erased since.
  if (read_ != nullptr && read_erasures_ != tail_->erasures()) read_ = nullptr;
  if (read_ != nullptr && position_ >= read_->first - 1 && position_ < read_->last) return read_;
  return tail_->Find(position_);
}

bool Cursor::Wants(const Chunk& chunk, const Chunk::Entry& entry) const {
  const absl::string_view header_bytes = chunk.header(entry);
  if (!entry.open_to_all && !auth::MayRead(options_.principal, ReadableOf(chunk, entry))) {
    return false;
  }
  if (options_.filter.matches_everything()) return true;
  igf::liaison::v1::EventHeader header;
  return header.ParseFromArray(header_bytes.data(), static_cast<int>(header_bytes.size())) &&
         options_.filter.Matches(header);
}

void Cursor::Gather(const std::shared_ptr<const Chunk>& chunk, uint64_t through,
                    Gathering* gathering) {
  auto entry = std::partition_point(chunk->entries.begin(), chunk->entries.end(),
                                    [&](const Chunk::Entry& e) { return e.sequence <= position_; });
  std::vector<Frame::Run>& runs = gathering->frame.runs;
  for (; entry != chunk->entries.end() && entry->sequence <= through; ++entry) {
    const size_t size_bytes = entry->end - entry->begin;
    const bool wanted = Wants(*chunk, *entry);
    // A frame takes one event of any size, or several up to its limit.
    if (wanted && !runs.empty() &&
        gathering->size_bytes + size_bytes > record::kMaxFrameSizeBytes) {
      gathering->events_left = 0;
    }
    if (wanted && gathering->events_left == 0) return;
    position_ = entry->sequence;
    ++gathering->looked_at;
    if (!wanted) {
      if (gathering->looked_at >= kMaxStepEvents) return;
      continue;
    }
    gathering->size_bytes += size_bytes;
    --gathering->events_left;
    ++gathering->frame.event_count;
    gathering->frame.position = entry->sequence;
    if (!runs.empty() && runs.back().chunk == chunk && runs.back().end == entry->begin) {
      runs.back().end = entry->end;
    } else {
      runs.push_back({chunk, entry->begin, entry->end});
    }
  }
  // Behind the last entry the chunk may cover sequences of which it is known that none matches.
  position_ = std::max(position_, std::min(chunk->last, through));
  if (position_ >= chunk->last && read_ == chunk) read_ = nullptr;
}

absl::StatusOr<std::shared_ptr<const Chunk>> Cursor::ReadChunk(uint64_t through) {
  const uint64_t indexed = std::min(log_->indexed_through(), through);
  if (!options_.filter.driving_terms().empty() && position_ < indexed) {
    return LookUpChunk(through, indexed);
  }
  return ScanChunk(through);
}

absl::StatusOr<std::shared_ptr<const Chunk>> Cursor::ScanChunk(uint64_t through) {
  auto chunk = std::make_shared<Chunk>();
  chunk->first = position_ + 1;
  chunk->bytes.reserve(
      std::min<uint64_t>(read_size_bytes_, (through - position_) * kUsualEventSizeBytes));
  absl::Status appended;
  LIAISON_RETURN_IF_ERROR(log_->Scan(position_, [&](const storage::EventLog::EventView& event) {
    if (event.sequence > through) return false;
    appended = AppendFromLog(*log_, event, chunk.get());
    return appended.ok() && chunk->bytes.size() < read_size_bytes_;
  }));
  LIAISON_RETURN_IF_ERROR(appended);
  if (chunk->entries.empty()) {
    return absl::DataLossError("the log ends before its head");
  }
  if (chunk->bytes.size() >= read_size_bytes_) {
    read_size_bytes_ = std::min(2 * read_size_bytes_, kMaxReadSizeBytes);
  }
  return std::shared_ptr<const Chunk>(std::move(chunk));
}

// The index says where to look; everything between is known not to match.
absl::StatusOr<std::shared_ptr<const Chunk>> Cursor::LookUpChunk(uint64_t through,
                                                                 uint64_t indexed) {
  auto chunk = std::make_shared<Chunk>();
  chunk->first = position_ + 1;
  Candidates candidates(options_.filter.driving_terms().size());
  uint64_t looked_through = position_;
  while (chunk->bytes.size() < kFirstReadSizeBytes && chunk->entries.size() < kMaxStepEvents) {
    LIAISON_ASSIGN_OR_RETURN(std::optional<uint64_t> next,
                             NextCandidate(looked_through, &candidates));
    if (!next || *next > through) {
      looked_through = indexed;
      break;
    }
    LIAISON_ASSIGN_OR_RETURN(storage::StoredEvent event, log_->Read(*next));
    LIAISON_RETURN_IF_ERROR(AppendFromLog(
        *log_, {event.sequence, event.leaf, event.header, event.sections}, chunk.get()));
    looked_through = *next;
  }
  chunk->last = looked_through;
  return std::shared_ptr<const Chunk>(std::move(chunk));
}

absl::StatusOr<std::optional<uint64_t>> Cursor::NextCandidate(uint64_t after,
                                                              Candidates* candidates) const {
  uint64_t next = kNoMore;
  for (size_t i = 0; i < candidates->size(); ++i) {
    std::deque<uint64_t>& ahead = (*candidates)[i];
    while (!ahead.empty() && ahead.front() <= after) ahead.pop_front();
    if (ahead.empty()) {
      LIAISON_ASSIGN_OR_RETURN(std::vector<uint64_t> more,
                               log_->NextWithTerm(options_.filter.driving_terms()[i], after));
      ahead.assign(more.begin(), more.end());
      if (ahead.empty()) ahead.push_back(kNoMore);
    }
    next = std::min(next, ahead.front());
  }
  return next == kNoMore ? std::nullopt : std::make_optional(next);
}

}  // namespace liaison::fanout
