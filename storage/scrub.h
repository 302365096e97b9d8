// Looks for damage that nobody has met yet.
#ifndef LIAISON_STORAGE_SCRUB_H_
#define LIAISON_STORAGE_SCRUB_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/record/hash.h"
#include "proto/record/uuid.h"
#include "storage/backup.h"
#include "storage/event_log.h"
#include "storage/trees.h"

namespace liaison::storage {

struct Scrubbed {
  record::Uuid log_id;
  Head head;
  uint64_t sections = 0;  // that open their commitment
  uint64_t erased = 0;    // sections erased with authority
};

struct ScrubOptions {
  std::string data_dir;
  BackupObserver observer = [](const BackupProgress&) {};
  // Called at the end, while the log can be asked for the roots that its trees had at any size up
  // to the head's: what was signed is compared here.
  using RootAt = std::function<absl::StatusOr<record::Hash>(Tree tree, uint64_t size)>;
  std::function<absl::Status(const Scrubbed&, const RootAt&)> compare =
      [](const Scrubbed&, const RootAt&) { return absl::OkStatus(); };
};

// Reads every file of a log that no hub has open, and changes nothing: their sums, the write-ahead
// log to its end, the head file, and the log itself as VerifyBackup does.
//
// DATA_LOSS says what is damaged; FAILED_PRECONDITION where a hub has the folder; NOT_FOUND where
// there is no log in it. A hub that was killed leaves a write-ahead log that may end in half a
// record, which is no other than a damaged one: start and end it once before.
absl::StatusOr<Scrubbed> ScrubLog(const ScrubOptions& options);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_SCRUB_H_
