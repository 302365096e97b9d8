// Makes backups of the running hub.
#ifndef LIAISON_SERVER_BACKUP_BACKUP_KEEPER_H_
#define LIAISON_SERVER_BACKUP_BACKUP_KEEPER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "storage/backup.h"

namespace liaison::backup {

// A BackupKeeper makes one backup at a time on a thread of its own. Thread-safe.
class BackupKeeper {
 public:
  // What every backup of this hub is made with; an empty folder: there are none. `log` must outlive
  // the keeper. `copy_more` copies into the folder what the hub keeps beside its log, and may be
  // null; without it done there is no backup.
  BackupKeeper(storage::LogOnDisk* log, storage::BackupOptions options,
               std::function<absl::Status(const std::string& folder)> copy_more = nullptr);
  // Stops the one that is being made.
  ~BackupKeeper();

  struct Job {
    bool purge_erased = false;
    storage::BackupObserver observer;
    std::function<void(absl::StatusOr<storage::BackupMade>)> done;  // called once
  };
  // Begins it and returns. FAILED_PRECONDITION, BACKUP_NOT_CONFIGURED without a folder; ABORTED,
  // BACKUP_RUNNING while there is one; UNAVAILABLE, SHUTTING_DOWN after Stop. `done` is not called
  // then.
  absl::Status BackUp(Job job);
  // Returns once the words that the redactions after sequence `after` erased are in no file of the
  // log.
  absl::Status ClearErased(uint64_t after) { return log_->CompactErased(after); }
  // The backups that hold the event `sequence` as it was before its redaction, oldest first; of an
  // earlier incarnation of the log, those that may.
  absl::StatusOr<std::vector<storage::BackupInfo>> Holding(uint64_t sequence,
                                                           uint64_t redaction) const;
  // Ends the one that is being made, and takes no more.
  void Stop();

 private:
  void Run();
  bool Ready() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopped_ || job_.has_value(); }

  storage::LogOnDisk* const log_;
  const storage::BackupOptions options_;
  const std::function<absl::Status(const std::string& folder)> copy_more_;

  absl::Mutex mu_;
  std::optional<Job> job_ ABSL_GUARDED_BY(mu_);  // until it is done
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace liaison::backup

#endif  // LIAISON_SERVER_BACKUP_BACKUP_KEEPER_H_
