// What backups hold of words that another hub has erased.
#ifndef LIAISON_SERVER_BACKUP_HELD_WORDS_H_
#define LIAISON_SERVER_BACKUP_HELD_WORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/backup/backup_keeper.h"
#include "storage/event_log.h"

namespace liaison::backup {

struct HeldWords {
  // For the operator: a sentence for each redaction of another hub whose words some backup holds.
  std::vector<std::string> told;
  uint64_t through = 0;  // so far it was looked
};

// Of the redactions after that sequence. Those that were said here have told whoever said them.
// Thread-safe.
absl::StatusOr<HeldWords> WordsHeldOfOthers(const storage::EventLog& log,
                                            const BackupKeeper& backups, uint64_t after);

}  // namespace liaison::backup

#endif  // LIAISON_SERVER_BACKUP_HELD_WORDS_H_
