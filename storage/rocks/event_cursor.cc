#include "storage/rocks/event_cursor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/coding.h"
#include "storage/format/keys.h"
#include "storage/rocks/status.h"

namespace liaison::storage {
namespace {

// Whoever reads on after so many events wants them all.
constexpr uint64_t kBulkAfterEvents = 1024;
constexpr size_t kBulkReadaheadSizeBytes = 256 << 10;

}  // namespace

absl::Status EventMissing(uint64_t sequence) {
  return absl::DataLossError(absl::StrCat("event ", sequence, " is missing"));
}

absl::Status SectionMissing(uint64_t sequence, uint16_t kind) {
  return absl::DataLossError(absl::StrCat("section ", kind, " of event ", sequence, " is missing"));
}

EventCursor::EventCursor(const Database& database, uint64_t after, uint64_t through, Parts parts)
    : database_(database),
      next_(after + 1),
      through_(through),
      parts_(parts),
      buffers_(kMaxSections) {
  // Past the end where there is nothing to read: `after` + 1 may not be a sequence.
  if (after >= through_) next_ = through_ + 1;
}

bool EventCursor::Seek(bool bulk) {
  rocksdb::ReadOptions options;
  if (bulk) {
    options.fill_cache = false;
    options.readahead_size = kBulkReadaheadSizeBytes;
  }
  std::vector<rocksdb::Iterator*> iterators;
  const rocksdb::Status status = database_.rocks()->NewIterators(
      options, {database_.family(Family::kEvents), database_.family(Family::kSections)},
      &iterators);
  if (!status.ok()) return Fail(FromRocks(status, "cannot read the log"));
  events_.reset(iterators[0]);
  sections_.reset(iterators[1]);
  const std::string start = NumberKey(next_);
  events_->Seek(start);
  if (parts_ == Parts::kAll) sections_->Seek(start);
  return true;
}

bool EventCursor::Fail(absl::Status status) {
  status_ = std::move(status);
  return false;
}

bool EventCursor::Next(EventLog::EventView* view) {
  if (!status_.ok() || next_ > through_) return false;
  // Between calls the iterators stand at the event that was yielded last.
  if (yielded_ == 0 || yielded_ == kBulkAfterEvents) {
    if (!Seek(/*bulk=*/yielded_ > 0)) return false;
  } else {
    events_->Next();
  }
  ++yielded_;
  if (!events_->status().ok()) return Fail(FromRocks(events_->status(), "cannot read the log"));
  const uint64_t sequence = next_++;
  if (!events_->Valid() || events_->key().size() != kNumberSizeBytes ||
      LoadU64(ToView(events_->key())) != sequence) {
    return Fail(EventMissing(sequence));
  }
  EventRow row;
  if (absl::Status parsed = ParseEventRow(ToView(events_->value()), &row); !parsed.ok()) {
    return Fail(absl::DataLossError(absl::StrCat("event ", sequence, ": ", parsed.message())));
  }
  if (parts_ == Parts::kHeaders) row.section_count = 0;
  if (!ReadSections(sequence, row.section_kinds())) return false;
  *view = {sequence, row.leaf, row.header, absl::MakeConstSpan(buffers_.data(), row.section_count)};
  return true;
}

bool EventCursor::ReadSections(uint64_t sequence, absl::Span<const uint16_t> kinds) {
  for (size_t i = 0; i < kinds.size(); ++i, sections_->Next()) {
    if (!sections_->status().ok()) {
      return Fail(FromRocks(sections_->status(), "cannot read the log"));
    }
    const bool there = sections_->Valid() && sections_->key().size() == kSectionKeySizeBytes;
    const absl::string_view key = there ? ToView(sections_->key()) : absl::string_view();
    if (!there || LoadU64(key) != sequence || LoadU16(key.substr(8)) != kinds[i]) {
      return Fail(SectionMissing(sequence, kinds[i]));
    }
    buffers_[i].kind = kinds[i];
    if (absl::Status parsed = ParseSectionRow(ToView(sections_->value()), &buffers_[i]);
        !parsed.ok()) {
      return Fail(absl::DataLossError(
          absl::StrCat("section ", kinds[i], " of event ", sequence, ": ", parsed.message())));
    }
  }
  return true;
}

}  // namespace liaison::storage
