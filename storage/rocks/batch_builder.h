// What a group of events becomes on disk.
#ifndef LIAISON_STORAGE_ROCKS_BATCH_BUILDER_H_
#define LIAISON_STORAGE_ROCKS_BATCH_BUILDER_H_

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/record/compact_range.h"
#include "storage/event_log.h"
#include "storage/rocks/database.h"
#include "storage/rocks/term_index.h"

namespace liaison::storage {

// Limits of one group. The sequencer stays far below them.
inline constexpr size_t kMaxGroupEvents = 16384;
inline constexpr size_t kMaxGroupSizeBytes = 256 << 20;

// What one group needs to know of all groups before it.
struct WriterState {
  record::CompactRange log;
  record::CompactRange registry;
  OpenBlock block;
  int64_t hub_time_us = 0;  // of the last event
};

// A BatchBuilder turns groups into write batches. Not thread-safe. The database must outlive it.
class BatchBuilder {
 public:
  BatchBuilder(const Database& database, WriterState state);

  // FAILED_PRECONDITION where the events do not continue the log or a section to be erased is not
  // there; INVALID_ARGUMENT where the group is not of the shape its type promises.
  absl::Status Check(const Group& group) const;

  // Adds all rows of the group to `batch` and moves on to the next group: what it returns is true
  // once the batch is written, and nothing may be built after a batch that is not.
  // REQUIRES: Check(group) is OK.
  absl::StatusOr<Committed> Build(const Group& group, rocksdb::WriteBatch* batch);

 private:
  absl::Status CheckEvent(const NewEvent& event) const;
  absl::Status CheckErasures(const Group& group) const;
  record::Hash AddEvent(const NewEvent& event);
  record::Hash AddToTree(const std::string& leaf);
  static record::Hash RootOf(const record::CompactRange& tree);
  void AddRegistryLeaf(const NewEvent& event);
  void AddPostings(uint64_t block);
  void AddTableRow(const Row& row);
  void Put(Family family, absl::string_view key, absl::string_view value);
  void Note(const rocksdb::Status& status);

  const Database& database_;
  WriterState state_;
  rocksdb::WriteBatch* batch_ = nullptr;  // set during Build
  rocksdb::Status failed_;                // the first failure during Build
  std::string row_;                       // scratch
};

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_BATCH_BUILDER_H_
