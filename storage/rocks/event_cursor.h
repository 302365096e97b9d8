// Walks the log in order.
#ifndef LIAISON_STORAGE_ROCKS_EVENT_CURSOR_H_
#define LIAISON_STORAGE_ROCKS_EVENT_CURSOR_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "storage/event_log.h"
#include "storage/format/stored.h"
#include "storage/rocks/database.h"

namespace liaison::storage {

// DATA_LOSS: what must be in the log is not.
absl::Status EventMissing(uint64_t sequence);
absl::Status SectionMissing(uint64_t sequence, uint16_t kind);

// An EventCursor yields the events after one sequence up to another, in order. Not thread-safe. The
// database must outlive it.
//
// Events and their sections lie in two families in the same order, so it advances one iterator on
// each instead of looking sections up. Each event is yielded as it was at one instant.
class EventCursor {
 public:
  enum class Parts { kAll, kHeaders };

  // With kHeaders the views have no sections, and none are read.
  EventCursor(const Database& database, uint64_t after, uint64_t through, Parts parts);

  // Sets `view` to the next event and returns true, or returns false at the end and after an
  // error. The view lives until the next call. DATA_LOSS where an event or a section is missing.
  bool Next(EventLog::EventView* view);
  const absl::Status& status() const { return status_; }

 private:
  // Places both iterators at the next event. A bulk reader reads ahead, and leaves the block cache
  // to those who come back for what they read.
  bool Seek(bool bulk);
  bool Fail(absl::Status status);
  bool ReadSections(uint64_t sequence, absl::Span<const uint16_t> kinds);

  const Database& database_;
  uint64_t next_;
  const uint64_t through_;
  const Parts parts_;
  uint64_t yielded_ = 0;
  std::unique_ptr<rocksdb::Iterator> events_;
  std::unique_ptr<rocksdb::Iterator> sections_;
  std::vector<StoredSection> buffers_;  // never shrinks: strings keep their room
  absl::Status status_;
};

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_EVENT_CURSOR_H_
