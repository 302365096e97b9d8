// Reads a log as one who believes nothing.
#ifndef LIAISON_STORAGE_ROCKS_LOG_CHECK_H_
#define LIAISON_STORAGE_ROCKS_LOG_CHECK_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/backup.h"
#include "storage/event_log.h"
#include "storage/rocks/database.h"

namespace liaison::storage {

struct LogCheck {
  Head head;
  uint64_t sections = 0;
  uint64_t erased = 0;
};

// Hashes every leaf to the root, every header to its leaf, every section to its commitment; looks
// whether each erased section has its redaction and each redaction its erased section, whether an
// event is found by its digest and its id, and calls CheckErased. DATA_LOSS names the first event
// that is not as it should be.
absl::StatusOr<LogCheck> CheckLog(const Database& database, const BackupObserver& observer);

// DATA_LOSS where some version of these rows still holds what was erased: RocksDB keeps the older
// versions of a row until it compacts them away.
absl::Status CheckErased(const Database& database, absl::Span<const ErasedSection> erased);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_LOG_CHECK_H_
