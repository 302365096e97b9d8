// What lies in a folder of backups, beside what RocksDB's engine puts there.
#ifndef LIAISON_STORAGE_ROCKS_BACKUP_FOLDER_H_
#define LIAISON_STORAGE_ROCKS_BACKUP_FOLDER_H_

#include <rocksdb/file_system.h>
#include <rocksdb/utilities/backup_engine.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/format/backup_manifest.h"
#include "storage/rocks/database.h"
#include "storage/rocks/log_check.h"

namespace liaison::storage {

// A BackupFolder reads and writes the manifests of one folder. `files` must outlive it. One writer
// at a time; readers may run beside it.
//
//   manifests/N          of backup N, written when it is complete and removed before its files are
//   redactions/DIGEST    see redactions.h
//   meta/ private/ shared_checksum/     the engine's
class BackupFolder {
 public:
  BackupFolder(rocksdb::FileSystem* files, std::string path)
      : files_(files), path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // By number, each as it reads: DATA_LOSS where it is damaged. NOT_FOUND where there is no folder
  // of manifests.
  absl::StatusOr<std::map<uint32_t, absl::StatusOr<BackupManifest>>> Manifests() const;
  // The manifest with this number, 0 for the newest. NOT_FOUND where there is none.
  absl::StatusOr<BackupManifest> Find(uint32_t number) const;
  absl::Status Write(const BackupManifest& manifest);
  absl::Status Remove(uint32_t number);

  // SHA-256 of the file in which the engine names all others with their sums.
  absl::StatusOr<record::Hash> EngineMeta(uint32_t number) const;

 private:
  std::string ManifestPath(uint32_t number) const;

  rocksdb::FileSystem* const files_;
  const std::string path_;
};

// An engine that only reads, and a backup of it that has been looked at: the engine knows it, and
// says of its files what the manifest says. DATA_LOSS where that is not so.
absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> OpenToRead(
    const BackupFolder& folder, const BackupManifest& manifest, rocksdb::Env* env);

// Opens the backup where it lies.
absl::StatusOr<std::unique_ptr<Database>> OpenBackup(
    const rocksdb::BackupEngineReadOnlyBase& engine, uint32_t number);

// CheckLog, and that the log is the manifest's.
absl::StatusOr<LogCheck> CheckAgainstManifest(const Database& database,
                                              const BackupManifest& manifest,
                                              const BackupObserver& observer);

// A file that the engine misses is a loss too.
absl::Status FromEngine(const rocksdb::Status& status, absl::string_view what);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_BACKUP_FOLDER_H_
