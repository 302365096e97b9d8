// Makes one backup.
#ifndef LIAISON_STORAGE_ROCKS_BACKUP_MAKER_H_
#define LIAISON_STORAGE_ROCKS_BACKUP_MAKER_H_

#include <rocksdb/env.h>
#include <rocksdb/utilities/backup_engine.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/backup.h"
#include "storage/rocks/backup_folder.h"
#include "storage/rocks/database.h"
#include "storage/rocks/redactions.h"

namespace liaison::storage {

// Rewrites the files in which these redactions' words may still be. Returns once no version of a
// row has them. Thread-safe, and may run beside the writer.
absl::Status CompactAway(const Database& database, const std::vector<Redaction>& redactions);

// A BackupMaker makes the next backup of a log that is being written. Stop may come from any
// thread; all else belongs to one.
class BackupMaker {
 public:
  // All must outlive the maker; `database` is the log's.
  BackupMaker(const EventLog* log, const Database* database, rocksdb::Env* env,
              const BackupOptions* options);

  absl::StatusOr<BackupMade> Make();
  void Stop() { stopped_ = true; }

 private:
  using Manifests = std::map<uint32_t, BackupManifest>;

  absl::Status OpenEngine();
  // Leaves the backups that are complete. What a crash left of others goes.
  absl::StatusOr<Manifests> TidyUp();
  absl::Status CheckRoom() const;
  // What the engine copies: a number of a backup that has no manifest yet.
  absl::StatusOr<uint32_t> Copy();
  // Nothing where the words of an erasure got into it, for it came while the files were copied.
  absl::StatusOr<std::optional<BackupManifest>> Examine(uint32_t number, int64_t begun_us,
                                                        uint64_t compacted_through);
  absl::Status Verify(const BackupManifest& manifest);
  // Which of these hold words that are erased by now.
  absl::StatusOr<std::vector<uint32_t>> HoldingErased(const Manifests& manifests) const;
  absl::Status Remove(uint32_t number, Manifests* manifests, BackupMade* made);
  // Names of the files of these, as the engine has them.
  std::set<std::string> FilesOf(const Manifests& manifests) const;
  uint64_t SizeOfOthers(uint32_t number, const std::set<std::string>& known) const;

  const EventLog* const log_;
  const Database* const database_;
  rocksdb::Env* const env_;
  const BackupOptions& options_;
  BackupFolder folder_;
  std::unique_ptr<rocksdb::BackupEngine> engine_;
  std::atomic<bool> stopped_{false};
};

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_BACKUP_MAKER_H_
