// Copies of a log, and the way back from one.
//
// A folder holds the backups of a log, numbered upwards, and the redactions of it: one small file
// for each, written when something is erased, so that a backup that is older than an erasure does
// not bring the words back. Files that two backups have in common are there once. The folder is all
// that a restore needs. FORMAT.md says what lies in it.
#ifndef LIAISON_STORAGE_BACKUP_H_
#define LIAISON_STORAGE_BACKUP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/uuid.h"
#include "storage/event_log.h"

namespace liaison::storage {

// What one backup is.
struct BackupInfo {
  uint32_t number = 0;
  record::Uuid log_id;
  Head head;             // it holds the events up to here: what came later is not in it
  int64_t begun_us = 0;  // by the wall clock; everything acknowledged before is in it
  uint64_t size_bytes = 0;
};

// What is being done and how far it is. `of` is 0 where that is not known.
struct BackupProgress {
  absl::string_view step;  // lives for ever: "copying", "checking"
  uint64_t done = 0;
  uint64_t of = 0;
};
// May be called from any thread, one call at a time.
using BackupObserver = std::function<void(const BackupProgress&)>;

struct BackupOptions {
  std::string folder;  // made where missing
  size_t keep = 7;     // so many backups stay, the newest
  // Backups that hold words which have been erased since go, once the new one is verified in full.
  bool purge_erased = false;
  // So much room stays on the folder's disk.
  uint64_t reserve_size_bytes = 128 << 20;
  BackupObserver observer = [](const BackupProgress&) {};
};

struct BackupMade {
  BackupInfo made;
  uint64_t copied_size_bytes = 0;        // what earlier backups did not have already
  std::vector<BackupInfo> kept;          // all there are now, the new one among them
  std::vector<uint32_t> removed;         // numbers
  std::vector<uint32_t> holding_erased;  // of those kept: they hold words that are erased since
};

// A LogOnDisk is an EventLog in files of this machine.
//
// All that it adds to EventLog is thread-safe, may run beside the writer, and does not make it
// wait for longer than an event of the largest size would.
class LogOnDisk : public EventLog {
 public:
  // Makes the next backup of the log as it is now. What has been erased by now is in no file of it.
  //
  // ABORTED, BACKUP_RUNNING where one is being made already; UNAVAILABLE, BACKUP_FAILED where it
  // cannot be made, with earlier ones as they were: a full disk, a folder that is another hub's.
  virtual absl::StatusOr<BackupMade> BackUp(const BackupOptions& options) = 0;
  // Ends the backup that is being made, if any: its BackUp returns soon.
  virtual void StopBackup() = 0;

  // Keeps the redactions after sequence `after` in the folder. Returns the head up to which all are
  // kept, on disk.
  virtual absl::StatusOr<uint64_t> KeepRedactions(const std::string& folder, uint64_t after) = 0;
  // Returns once no file of the log holds what the redactions after sequence `after` erased, or a
  // moment before: RocksDB deletes files of no use on its own beat.
  // Rewrites what lies between the first and the last of it, so it may take its time.
  virtual absl::Status CompactErased(uint64_t after) = 0;
};

// All backups of the folder, oldest first. NOT_FOUND where the folder is no backup folder or has
// none; DATA_LOSS where a manifest is damaged.
absl::StatusOr<std::vector<BackupInfo>> ListBackups(const std::string& folder);

struct VerifiedBackup {
  BackupInfo info;
  uint64_t sections = 0;    // that open their commitment
  uint64_t erased = 0;      // sections erased with authority
  uint64_t redactions = 0;  // kept in the folder
};

// Reads every byte of the backup (`number` 0: the newest) and of the redactions beside it. Checked
// are the files' sums; every leaf by the root, every header by its leaf, every section by its
// commitment; that erased sections are erased by a redaction and in no version of their row; and
// that the events can be found by digest and by id. Changes nothing.
//
// DATA_LOSS says what is damaged; NOT_FOUND where there is no such backup.
absl::StatusOr<VerifiedBackup> VerifyBackup(const std::string& folder, uint32_t number,
                                            const BackupObserver& observer);

// A redaction kept beside the backups: the event to the byte, and where it stood.
struct KeptRedaction {
  record::Uuid log_id;
  std::string leaf;    // EncodeLeaf, in that log
  std::string header;  // verbatim
  std::vector<StoredSection> sections;
  std::string evidence = {};  // iff it is relayed: record::EncodeForeign
};

struct RestoreOptions {
  std::string folder;
  uint32_t number = 0;   // 0: the newest
  std::string data_dir;  // empty or not there
  BackupObserver observer = [](const BackupProgress&) {};
  // The log stays the one that it was, until BeginAnew: whoever asks for this knows how to bring
  // back what its readers have seen, or begins anew.
  bool same_log = false;
};

// A Restore is a backup on its way to becoming a log. Until Finish the data folder is none that a
// hub would open; when the Restore goes without it, the folder is as it was. Not thread-safe.
class Restore {
 public:
  // Copies the backup, checks it as VerifyBackup does, and gives the log a new log_id, unless it is
  // to stay the same: it may lack what its readers have seen.
  //
  // FAILED_PRECONDITION where the data folder is not empty (what an interrupted restore has left is
  // no obstacle); NOT_FOUND and DATA_LOSS as VerifyBackup.
  static absl::StatusOr<std::unique_ptr<Restore>> Begin(const RestoreOptions& options);

  virtual ~Restore() = default;
  virtual const BackupInfo& backup() const = 0;
  // To append the redactions to, in this order: by hub time.
  virtual LogOnDisk& log() = 0;
  virtual const std::vector<KeptRedaction>& redactions() const = 0;
  // Gives the log a new log_id after all. It is opened again: log() is another one afterwards.
  virtual absl::Status BeginAnew() = 0;
  // Rewrites what was erased since the backup, and puts the log in its place. The log is gone.
  virtual absl::Status Finish() = 0;
};

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_BACKUP_H_
