// Erases again what was erased after the backup.
#ifndef LIAISON_SERVER_BACKUP_REAPPLY_H_
#define LIAISON_SERVER_BACKUP_REAPPLY_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/backup.h"
#include "storage/event_log.h"

namespace liaison::backup {

struct Reapplied {
  uint64_t appended = 0;
  uint64_t known = 0;           // the log has them
  uint64_t without_target = 0;  // the log does not have what they erased
};

// Appends the redactions that the log does not have, each with its erasure. Header, signature and
// sections are those that were published; the leaf says where it stands now. Whoever may not erase
// was refused when it was published: nothing is decided again. What this hub erased and the log
// does not have stays out where it comes from another hub once more (domain::ErasedOnceKey).
absl::StatusOr<Reapplied> Reapply(absl::Span<const storage::KeptRedaction> redactions,
                                  storage::EventLog* log);

}  // namespace liaison::backup

#endif  // LIAISON_SERVER_BACKUP_REAPPLY_H_
