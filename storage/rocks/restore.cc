// From a folder of backups to a log, and the checks on the way.
//
//   DATA_DIR/restoring/      the log to be, a data folder of its own
//   DATA_DIR/head            comes first: a hub refuses a head file without a log
//   DATA_DIR/db              comes last, by one rename
//
// So a folder in which a restore was cut short is never taken for an empty one, nor for a log.

#include <rocksdb/utilities/backup_engine.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/commitment.h"
#include "proto/record/macros.h"
#include "storage/backup.h"
#include "storage/base/folder_lock.h"
#include "storage/format/keys.h"
#include "storage/rocks/backup_folder.h"
#include "storage/rocks/recovery.h"
#include "storage/rocks/redactions.h"
#include "storage/rocks/rocks_event_log.h"
#include "storage/rocks/status.h"
#include "storage/rocks/synced_file.h"

namespace liaison::storage {
namespace {

rocksdb::Env* TheEnv() { return rocksdb::Env::Default(); }
rocksdb::FileSystem* TheFiles() { return TheEnv()->GetFileSystem().get(); }

// What an interrupted restore leaves, and what a hub that found nothing leaves.
bool IsAsGoodAsEmpty(const std::set<std::string>& names) {
  for (const std::string& name : names) {
    const bool is_head = name == "head" || name == absl::StrCat("head", kUnfinished);
    const bool left_by_restore =
        name == kRestoringFolder || (is_head && names.count(kRestoringFolder) != 0);
    if (!left_by_restore && name != "lock") return false;
  }
  return true;
}

absl::Status CheckEmpty(const std::string& data_dir) {
  std::error_code failed;
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(data_dir, failed)) {
    names.insert(entry.path().filename().string());
  }
  if (failed == std::errc::no_such_file_or_directory) return absl::OkStatus();
  if (failed) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot read ", data_dir, ": ", failed.message()));
  }
  if (IsAsGoodAsEmpty(names)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      data_dir,
      " is not empty: a restore overwrites nothing. Name another folder, or move away what "
      "is there."));
}

class RestoreFromFolder final : public Restore {
 public:
  RestoreFromFolder(const RestoreOptions& options, BackupManifest manifest, bool made_folder,
                    FolderLock lock)
      : options_(options), manifest_(manifest), made_folder_(made_folder), lock_(std::move(lock)) {}

  ~RestoreFromFolder() override {
    log_.reset();
    if (finished_) return;
    std::error_code ignored;
    std::filesystem::remove(HeadFilePath(options_.data_dir), ignored);
    std::filesystem::remove_all(staging(), ignored);
    std::filesystem::remove(absl::StrCat(options_.data_dir, "/lock"), ignored);
    if (made_folder_) std::filesystem::remove(options_.data_dir, ignored);
  }

  const BackupInfo& backup() const override { return manifest_.info; }
  LogOnDisk& log() override { return *log_; }
  const std::vector<KeptRedaction>& redactions() const override { return redactions_; }

  absl::Status CopyAndCheck();
  absl::Status BeginAnew() override;
  absl::Status Finish() override;

 private:
  std::string staging() const { return absl::StrCat(options_.data_dir, "/", kRestoringFolder); }
  absl::Status Copy();
  absl::Status Check() const;
  absl::Status Rename() const;
  absl::Status OpenLog();

  const RestoreOptions options_;
  const BackupManifest manifest_;
  const bool made_folder_;
  const FolderLock lock_;
  std::vector<KeptRedaction> redactions_;
  std::unique_ptr<LogOnDisk> log_;
  bool finished_ = false;
};

absl::Status RestoreFromFolder::CopyAndCheck() {
  std::error_code failed;
  std::filesystem::remove(HeadFilePath(options_.data_dir), failed);
  std::filesystem::remove_all(staging(), failed);
  LIAISON_RETURN_IF_ERROR(MakeFolders(TheFiles(), staging()));
  LIAISON_ASSIGN_OR_RETURN(redactions_, ReadRedactions(TheFiles(), options_.folder));
  LIAISON_RETURN_IF_ERROR(Copy());
  LIAISON_RETURN_IF_ERROR(Check());
  if (!options_.same_log) LIAISON_RETURN_IF_ERROR(Rename());
  return OpenLog();
}

absl::Status RestoreFromFolder::BeginAnew() {
  log_.reset();
  std::error_code failed;
  std::filesystem::remove(HeadFilePath(staging()), failed);  // it names the old log
  LIAISON_RETURN_IF_ERROR(Rename());
  return OpenLog();
}

absl::Status RestoreFromFolder::OpenLog() {
  OpenOptions options;
  options.data_dir = staging();
  options.accept_missing_head_file = true;  // the manifest said how far it goes
  LIAISON_ASSIGN_OR_RETURN(log_, RocksEventLog::Open(options, TheEnv()));
  return absl::OkStatus();
}

absl::Status RestoreFromFolder::Copy() {
  const BackupFolder folder(TheFiles(), options_.folder);
  LIAISON_ASSIGN_OR_RETURN(const auto engine, OpenToRead(folder, manifest_, TheEnv()));
  options_.observer({"copying", 0, 0});
  const std::string db = absl::StrCat(staging(), "/db");
  // Compares each file with its sum.
  return FromEngine(
      engine->RestoreDBFromBackup(rocksdb::RestoreOptions(), manifest_.info.number, db, db),
      absl::StrCat("backup ", manifest_.info.number));
}

absl::Status RestoreFromFolder::Check() const {
  LIAISON_ASSIGN_OR_RETURN(
      const std::unique_ptr<Database> database,
      Database::Open(absl::StrCat(staging(), "/db"), OpenOptions(), /*create=*/false, TheEnv()));
  return CheckAgainstManifest(*database, manifest_, options_.observer).status();
}

absl::Status RestoreFromFolder::Rename() const {
  LIAISON_ASSIGN_OR_RETURN(
      const std::unique_ptr<Database> database,
      Database::Open(absl::StrCat(staging(), "/db"), OpenOptions(), /*create=*/false, TheEnv()));
  rocksdb::ColumnFamilyHandle* meta = database->family(Family::kMeta);
  // Pages that were begun in the old log do not go on in this one either.
  const record::Uuid log_id = record::Uuid::Random();
  const std::string secret = record::RandomSalt();
  rocksdb::WriteBatch batch;
  rocksdb::Status put = batch.Put(meta, ToSlice(kMetaLogId), ToSlice(log_id.bytes()));
  if (put.ok()) put = batch.Put(meta, ToSlice(kMetaTokenSecret), ToSlice(secret));
  if (put.ok()) put = database->WriteSynced(&batch);
  if (put.ok()) return absl::OkStatus();
  return FromRocks(put, "cannot give the log its new log_id");
}

absl::Status RestoreFromFolder::Finish() {
  options_.observer({"erasing", 0, 0});
  LIAISON_RETURN_IF_ERROR(log_->CompactErased(manifest_.info.head.sequence));
  LIAISON_RETURN_IF_ERROR(log_->SyncHeadFile());
  const HeadFile head{log_->log_id(), log_->head().sequence, log_->head().root};
  log_.reset();
  LIAISON_RETURN_IF_ERROR(
      ReplaceFile(TheFiles(), HeadFilePath(options_.data_dir), EncodeHeadFile(head)));
  LIAISON_RETURN_IF_ERROR(
      Move(TheFiles(), absl::StrCat(staging(), "/db"), absl::StrCat(options_.data_dir, "/db")));
  finished_ = true;
  std::error_code ignored;
  std::filesystem::remove_all(staging(), ignored);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Restore>> Restore::Begin(const RestoreOptions& options) {
  const BackupFolder folder(TheFiles(), options.folder);
  LIAISON_ASSIGN_OR_RETURN(BackupManifest manifest, folder.Find(options.number));
  LIAISON_RETURN_IF_ERROR(CheckEmpty(options.data_dir));
  LIAISON_ASSIGN_OR_RETURN(const bool there, FileExists(TheFiles(), options.data_dir));
  LIAISON_RETURN_IF_ERROR(MakeFolders(TheFiles(), options.data_dir));
  LIAISON_ASSIGN_OR_RETURN(FolderLock lock, FolderLock::Acquire(options.data_dir));
  auto restore = std::make_unique<RestoreFromFolder>(options, manifest, !there, std::move(lock));
  LIAISON_RETURN_IF_ERROR(restore->CopyAndCheck());
  return std::unique_ptr<Restore>(std::move(restore));
}

absl::StatusOr<std::vector<BackupInfo>> ListBackups(const std::string& path) {
  const BackupFolder folder(TheFiles(), path);
  LIAISON_ASSIGN_OR_RETURN(const auto manifests, folder.Manifests());
  if (manifests.empty()) return absl::NotFoundError(absl::StrCat(path, " has no backup yet"));
  std::vector<BackupInfo> infos;
  for (const auto& [number, manifest] : manifests) {
    if (!manifest.ok()) return manifest.status();
    infos.push_back(manifest->info);
  }
  return infos;
}

absl::StatusOr<VerifiedBackup> VerifyBackup(const std::string& path, uint32_t number,
                                            const BackupObserver& observer) {
  const BackupFolder folder(TheFiles(), path);
  LIAISON_ASSIGN_OR_RETURN(const BackupManifest manifest, folder.Find(number));
  LIAISON_ASSIGN_OR_RETURN(const std::vector<KeptRedaction> redactions,
                           ReadRedactions(TheFiles(), path));
  LIAISON_ASSIGN_OR_RETURN(const auto engine, OpenToRead(folder, manifest, TheEnv()));
  observer({"summing", 0, 0});
  LIAISON_RETURN_IF_ERROR(
      FromEngine(engine->VerifyBackup(manifest.info.number, /*verify_with_checksum=*/true),
                 absl::StrCat("backup ", manifest.info.number)));
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<Database> copy,
                           OpenBackup(*engine, manifest.info.number));
  LIAISON_ASSIGN_OR_RETURN(const LogCheck found, CheckAgainstManifest(*copy, manifest, observer));
  return VerifiedBackup{manifest.info, found.sections, found.erased, redactions.size()};
}

}  // namespace liaison::storage
