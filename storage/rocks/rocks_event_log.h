// The log in RocksDB.
#ifndef LIAISON_STORAGE_ROCKS_ROCKS_EVENT_LOG_H_
#define LIAISON_STORAGE_ROCKS_ROCKS_EVENT_LOG_H_

#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/backup.h"
#include "storage/base/folder_lock.h"
#include "storage/format/stored.h"
#include "storage/rocks/batch_builder.h"
#include "storage/rocks/database.h"
#include "storage/rocks/event_cursor.h"
#include "storage/rocks/open.h"
#include "storage/rocks/recovery.h"
#include "storage/trees.h"

namespace liaison::storage {

class BackupMaker;

// A RocksEventLog is the log of one data folder:
//
//   lock   held while it is open
//   head   the head file
//   db/    RocksDB
class RocksEventLog final : public LogOnDisk, public TreeStore {
 public:
  // OpenEventLog, on a file system of the caller's choice. `env` must outlive the log.
  static absl::StatusOr<std::unique_ptr<LogOnDisk>> Open(const OpenOptions& options,
                                                         rocksdb::Env* env);
  // Brings the head file up to now.
  ~RocksEventLog() override;

  absl::StatusOr<Committed> Append(const Group& group) override;
  absl::Status SyncHeadFile() override;
  absl::Status Heal() override;

  record::Uuid log_id() const override { return identity_.log_id; }
  std::string token_secret() const override { return identity_.token_secret; }
  Head head() const override;
  uint64_t earliest() const override { return 1; }

  absl::StatusOr<StoredEvent> Read(uint64_t sequence) const override;
  absl::StatusOr<std::vector<std::optional<StoredSection>>> ReadSections(
      absl::Span<const uint64_t> sequences, uint16_t kind) const override;
  absl::Status Scan(uint64_t after,
                    const std::function<bool(const EventView&)>& visit) const override;
  absl::StatusOr<StoredEvent> ReadHeader(uint64_t sequence) const override;
  absl::StatusOr<std::vector<StoredEvent>> ReadHeaders(
      absl::Span<const uint64_t> sequences) const override;
  absl::Status ScanHeaders(uint64_t after,
                           const std::function<bool(const EventView&)>& visit) const override;
  absl::StatusOr<std::optional<uint64_t>> FindByIdentity(absl::string_view identity) const override;
  absl::StatusOr<std::optional<uint64_t>> FindByDigest(const record::Hash& digest) const override;
  absl::StatusOr<uint64_t> FirstAtOrAfter(int64_t hub_time_us) const override;

  uint64_t indexed_through() const override;
  absl::StatusOr<std::vector<uint64_t>> NextWithTerm(absl::string_view term,
                                                     uint64_t after) const override;
  absl::StatusOr<std::optional<std::string>> GetRow(Table table,
                                                    absl::string_view key) const override;
  absl::StatusOr<std::vector<KeyValue>> ListRows(Table table, absl::string_view prefix,
                                                 absl::string_view after,
                                                 size_t limit) const override;
  absl::StatusOr<record::Hash> RootAt(uint64_t size) const override;
  absl::StatusOr<std::string> ReadRegistryLeaf(uint64_t index) const override;
  absl::Status ReadTreeRows(Tree tree, absl::Span<const uint64_t> indexes,
                            std::vector<std::string>* rows) const override;

  absl::StatusOr<BackupMade> BackUp(const BackupOptions& options) override;
  void StopBackup() override;
  absl::StatusOr<uint64_t> KeepRedactions(const std::string& folder, uint64_t after) override;
  absl::Status CompactErased(uint64_t after) override;

 private:
  // What readers look at, taken together: `database` stays open as long as they hold it.
  struct View {
    Head head;
    std::shared_ptr<const Database> database;
  };

  RocksEventLog(OpenOptions options, rocksdb::Env* env, FolderLock lock,
                std::shared_ptr<Database> database, LogIdentity identity, Recovered recovered);

  // UNAVAILABLE where Heal could not open the log again; waits while it does.
  absl::StatusOr<View> Look() const;
  absl::Status Walk(uint64_t after, EventCursor::Parts parts,
                    const std::function<bool(const EventView&)>& visit) const;
  // DISK_FULL unless the reserve is there.
  absl::Status CheckRoom() const;
  absl::Status FailWrites(const absl::Status& cause);
  // Closes the database once no reader holds it. UNAVAILABLE where they do not let go.
  absl::Status CloseDatabase();
  // REQUIRES: it is closed.
  absl::Status OpenAgain();
  // Rows of the group being written can be read a moment before head() moves: they are not there
  // yet for anybody.
  absl::StatusOr<std::optional<uint64_t>> Find(Family family, absl::string_view key) const;

  // Constant after construction.
  const OpenOptions options_;
  rocksdb::Env* const env_;
  const FolderLock lock_;
  const LogIdentity identity_;

  // The writer's alone.
  std::shared_ptr<Database> database_;  // null while closed; provides its own synchronization
  std::unique_ptr<BatchBuilder> builder_;
  rocksdb::WriteBatch batch_;
  absl::Status write_failure_;
  bool may_heal_ = false;                       // write_failure_ was for want of room
  std::optional<uint64_t> head_file_sequence_;  // as last written

  mutable absl::Mutex mu_;
  Head head_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<const Database> readable_ ABSL_GUARDED_BY(mu_);  // null while closed
  bool opening_ ABSL_GUARDED_BY(mu_) = false;

  absl::Mutex backup_mu_;
  BackupMaker* backup_ ABSL_GUARDED_BY(backup_mu_) = nullptr;  // the one at work

  absl::Mutex redactions_mu_;  // held while files of redactions are written
};

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_ROCKS_EVENT_LOG_H_
