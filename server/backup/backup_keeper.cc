#include "server/backup/backup_keeper.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"

namespace liaison::backup {

using record::Error;
using record::Reason;

BackupKeeper::BackupKeeper(storage::LogOnDisk* log, storage::BackupOptions options,
                           std::function<absl::Status(const std::string& folder)> copy_more)
    : log_(log),
      options_(std::move(options)),
      copy_more_(std::move(copy_more)),
      thread_([this] { Run(); }) {}

BackupKeeper::~BackupKeeper() {
  Stop();
  thread_.join();
}

absl::Status BackupKeeper::BackUp(Job job) {
  if (options_.folder.empty()) {
    return Error(Reason::kBackupNotConfigured,
                 "this hub makes no backups: its setting backup_dir names no folder");
  }
  absl::MutexLock lock(&mu_);
  if (stopped_) return Error(Reason::kShuttingDown, "the hub is going");
  if (job_.has_value()) return Error(Reason::kBackupRunning, "a backup is being made already");
  job_ = std::move(job);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<storage::BackupInfo>> BackupKeeper::Holding(uint64_t sequence,
                                                                       uint64_t redaction) const {
  std::vector<storage::BackupInfo> holding;
  if (options_.folder.empty()) return holding;
  absl::StatusOr<std::vector<storage::BackupInfo>> all = storage::ListBackups(options_.folder);
  if (absl::IsNotFound(all.status())) return holding;
  if (!all.ok()) return all.status();
  for (storage::BackupInfo& info : *all) {
    const bool is_older = info.log_id != log_->log_id() || info.head.sequence < redaction;
    if (is_older && info.head.sequence >= sequence) holding.push_back(std::move(info));
  }
  return holding;
}

void BackupKeeper::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
  }
  log_->StopBackup();
}

void BackupKeeper::Run() {
  while (true) {
    storage::BackupOptions options = options_;
    std::function<void(absl::StatusOr<storage::BackupMade>)> done;
    bool stopped = false;
    {
      absl::MutexLock lock(&mu_);
      mu_.Await(absl::Condition(this, &BackupKeeper::Ready));
      if (!job_.has_value()) return;
      stopped = stopped_;
      options.purge_erased = job_->purge_erased;
      options.observer = job_->observer;
      done = std::move(job_->done);
    }
    // One that begins just as Stop comes is ended by its observer.
    options.observer = [this,
                        observer = options.observer](const storage::BackupProgress& progress) {
      bool stop = false;
      {
        absl::MutexLock lock(&mu_);
        stop = stopped_;
      }
      if (stop) log_->StopBackup();
      observer(progress);
    };
    absl::StatusOr<storage::BackupMade> made = Error(Reason::kShuttingDown, "the hub is going");
    if (!stopped) made = log_->BackUp(options);
    if (made.ok() && copy_more_) {
      const absl::Status copied = copy_more_(options_.folder);
      if (!copied.ok()) {
        made = Error(
            Reason::kBackupFailed,
            absl::StrCat("the log was copied, and not what is beside it: ", copied.message()));
      }
    }
    {
      absl::MutexLock lock(&mu_);
      job_.reset();
    }
    done(std::move(made));
  }
}

}  // namespace liaison::backup
