#include "storage/rocks/backup_folder.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "storage/rocks/recovery.h"
#include "storage/rocks/status.h"
#include "storage/rocks/synced_file.h"

namespace liaison::storage {
namespace {

constexpr size_t kMaxEngineMetaSizeBytes = 64 << 20;  // a line for each file

}  // namespace

std::string BackupFolder::ManifestPath(uint32_t number) const {
  return absl::StrCat(path_, "/manifests/", number);
}

absl::StatusOr<std::map<uint32_t, absl::StatusOr<BackupManifest>>> BackupFolder::Manifests() const {
  const std::string folder = absl::StrCat(path_, "/manifests");
  std::vector<std::string> names;
  const rocksdb::IOStatus listed =
      files_->GetChildren(folder, rocksdb::IOOptions(), &names, nullptr);
  if (listed.IsNotFound() || listed.IsPathNotFound()) {
    return absl::NotFoundError(absl::StrCat(path_, " is no folder of backups"));
  }
  if (!listed.ok()) return FromRocks(listed, absl::StrCat("cannot read ", folder));
  std::map<uint32_t, absl::StatusOr<BackupManifest>> manifests;
  for (const std::string& name : names) {
    uint32_t number = 0;
    if (!absl::SimpleAtoi(name, &number) || absl::StrCat(number) != name) continue;
    const absl::StatusOr<std::string> bytes =
        ReadSmallFile(files_, ManifestPath(number), kMaxManifestSizeBytes);
    if (absl::IsNotFound(bytes.status())) continue;  // it went just now
    absl::StatusOr<BackupManifest> manifest =
        bytes.ok() ? DecodeManifest(*bytes) : absl::StatusOr<BackupManifest>(bytes.status());
    if (!manifest.ok() || manifest->info.number != number) {
      manifest = absl::DataLossError(absl::StrCat(ManifestPath(number), " is damaged"));
    }
    manifests.emplace(number, std::move(manifest));
  }
  return manifests;
}

absl::StatusOr<BackupManifest> BackupFolder::Find(uint32_t number) const {
  LIAISON_ASSIGN_OR_RETURN(const auto manifests, Manifests());
  if (manifests.empty()) return absl::NotFoundError(absl::StrCat(path_, " has no backup yet"));
  const auto found = number == 0 ? std::prev(manifests.end()) : manifests.find(number);
  if (found != manifests.end()) return found->second;
  return absl::NotFoundError(absl::StrCat(path_, " has no backup ", number, "; the newest is ",
                                          manifests.rbegin()->first));
}

absl::Status BackupFolder::Write(const BackupManifest& manifest) {
  LIAISON_RETURN_IF_ERROR(MakeFolders(files_, absl::StrCat(path_, "/manifests")));
  return ReplaceFile(files_, ManifestPath(manifest.info.number), EncodeManifest(manifest));
}

absl::Status BackupFolder::Remove(uint32_t number) {
  const rocksdb::IOStatus removed =
      files_->DeleteFile(ManifestPath(number), rocksdb::IOOptions(), nullptr);
  if (!removed.ok() && !removed.IsNotFound() && !removed.IsPathNotFound()) {
    return FromRocks(removed, absl::StrCat("cannot remove ", ManifestPath(number)));
  }
  return SyncFolder(files_, absl::StrCat(path_, "/manifests"));
}

absl::StatusOr<record::Hash> BackupFolder::EngineMeta(uint32_t number) const {
  const std::string path = absl::StrCat(path_, "/meta/", number);
  absl::StatusOr<std::string> bytes = ReadSmallFile(files_, path, kMaxEngineMetaSizeBytes);
  if (absl::IsNotFound(bytes.status()))
    return absl::DataLossError(absl::StrCat(path, " is missing"));
  if (!bytes.ok()) return bytes.status();
  return record::Sha256Of(*bytes);
}

absl::Status FromEngine(const rocksdb::Status& status, absl::string_view what) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsNotFound()) return absl::DataLossError(absl::StrCat(what, ": ", status.ToString()));
  return FromRocks(status, what);
}

absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> OpenToRead(
    const BackupFolder& folder, const BackupManifest& manifest, rocksdb::Env* env) {
  const uint32_t number = manifest.info.number;
  LIAISON_ASSIGN_OR_RETURN(const record::Hash meta, folder.EngineMeta(number));
  if (meta != manifest.engine_meta) {
    return absl::DataLossError(absl::StrCat(folder.path(), "/meta/", number, " is damaged"));
  }
  const rocksdb::BackupEngineOptions options(folder.path());
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  LIAISON_RETURN_IF_ERROR(FromEngine(rocksdb::BackupEngineReadOnly::Open(options, env, &engine),
                                     absl::StrCat("cannot open ", folder.path())));
  return std::unique_ptr<rocksdb::BackupEngineReadOnly>(engine);
}

absl::StatusOr<std::unique_ptr<Database>> OpenBackup(
    const rocksdb::BackupEngineReadOnlyBase& engine, uint32_t number) {
  rocksdb::BackupInfo info;
  LIAISON_RETURN_IF_ERROR(
      FromEngine(engine.GetBackupInfo(number, &info, /*include_file_details=*/true),
                 absl::StrCat("backup ", number)));
  return Database::OpenReadOnly(info.name_for_open, info.env_for_open);
}

absl::StatusOr<LogCheck> CheckAgainstManifest(const Database& database,
                                              const BackupManifest& manifest,
                                              const BackupObserver& observer) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> log_id,
                           database.Get(Family::kMeta, kMetaLogId));
  if (log_id != std::string(manifest.info.log_id.bytes())) {
    return absl::DataLossError("the backup is of another log than its manifest says");
  }
  LIAISON_ASSIGN_OR_RETURN(LogCheck found, CheckLog(database, observer));
  const Head& said = manifest.info.head;
  if (found.head.sequence != said.sequence || found.head.root != said.root ||
      found.head.registry_size != said.registry_size ||
      found.head.registry_root != said.registry_root) {
    return absl::DataLossError(absl::StrCat(
        "the backup ends at event ", found.head.sequence, " with root ", found.head.root.ToHex(),
        ", its manifest says ", said.sequence, " with root ", said.root.ToHex()));
  }
  return found;
}

}  // namespace liaison::storage
