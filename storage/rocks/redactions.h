// The redactions of a log, and the copies of them beside its backups.
#ifndef LIAISON_STORAGE_ROCKS_REDACTIONS_H_
#define LIAISON_STORAGE_ROCKS_REDACTIONS_H_

#include <rocksdb/file_system.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/record/leaf.h"
#include "storage/backup.h"
#include "storage/event_log.h"

namespace liaison::storage {

struct Redaction {
  record::Leaf leaf;
  StoredEvent event;
  std::string evidence;                 // of a relayed one
  std::optional<ErasedSection> erased;  // nullopt: another hub's, that erased nothing here
};
// Those after sequence `after` and up to `through`, in order. Costs what the index costs, whatever
// the length of the log.
absl::StatusOr<std::vector<Redaction>> RedactionsOf(const EventLog& log, uint64_t after,
                                                    uint64_t through);

// Writes one file for each to folder/redactions, unless it is there and says the same. Returns once
// all are on disk. One caller per folder at a time.
absl::Status WriteRedactions(rocksdb::FileSystem* files, const std::string& folder,
                             const record::Uuid& log_id, const std::vector<Redaction>& redactions);

// All that the folder has, by hub time. DATA_LOSS where one is damaged or is no redaction.
absl::StatusOr<std::vector<KeptRedaction>> ReadRedactions(rocksdb::FileSystem* files,
                                                          const std::string& folder);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_REDACTIONS_H_
