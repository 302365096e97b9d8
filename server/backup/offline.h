// What is done with backups while no hub runs: the commands `liaisond verify-backup` and
// `liaisond restore`.
//
// They write JSON, one line each, to standard output: {"progress":...} where that is asked for,
// {"note":...} where somebody is waited for, and at the end what was found or {"error":...}.
// `liaison admin` shows it to people. The exit codes are those of `liaison`.
#ifndef LIAISON_SERVER_BACKUP_OFFLINE_H_
#define LIAISON_SERVER_BACKUP_OFFLINE_H_

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/backup.h"
#include "storage/event_log.h"

namespace liaison::backup {

// How a restored log goes on.
struct Continuation {
  bool same_log = false;
  uint64_t recovered = 0;  // events that were had from elsewhere
  // Of a log that begins anew.
  std::string why;
  uint64_t behind = 0;     // events behind the backup that the last known checkpoint covers
  uint64_t known = 0;      // of which so many are at least known
  std::string checkpoint;  // a signed note: the last that anybody has shown; empty: none
  // Puts what is known into a file of that name in the data folder, once the log is in its place.
  std::string tail_file;
  std::function<absl::Status(const std::string& file)> keep_tail;
};

struct OfflineOptions {
  std::string folder;
  uint32_t number = 0;   // 0: the newest
  std::string data_dir;  // of restore
  bool progress = false;
  // Verifies the audit log that is kept beside the backups and, where a folder is named, puts a
  // copy there. How many entries it has; NOT_FOUND where none is kept. May be null.
  std::function<absl::StatusOr<uint64_t>(const std::string& data_dir)> audit = nullptr;
  // Of restore: brings back what is behind the backup, or begins a new log. Null: it begins anew,
  // and IsUnasked says so.
  std::function<absl::StatusOr<Continuation>(storage::Restore* restore)> go_on = nullptr;
};

// True of a log that was restored without asking anybody for what is behind the backup, as long as
// nothing was written since.
absl::StatusOr<bool> IsUnasked(const storage::EventLog& log);
// What is shown to whoever waits: a line of JSON, {"progress":...}.
storage::BackupObserver ObserverOf(const OfflineOptions& options, std::ostream* out);

// Each returns the exit code.
int VerifyOffline(const OfflineOptions& options, std::ostream* out);
int RestoreOffline(const OfflineOptions& options, std::ostream* out);

}  // namespace liaison::backup

#endif  // LIAISON_SERVER_BACKUP_OFFLINE_H_
