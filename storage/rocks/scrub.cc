#include "storage/scrub.h"

#include <rocksdb/env.h>

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "storage/base/folder_lock.h"
#include "storage/rocks/database.h"
#include "storage/rocks/log_check.h"
#include "storage/rocks/recovery.h"
#include "storage/rocks/status.h"
#include "storage/rocks/synced_file.h"
#include "storage/rocks/tree_rows.h"
#include "storage/tree/proofs.h"

namespace liaison::storage {
namespace {

// Of each block, and of each file where it was written with one.
absl::Status CheckSums(const Database& database) {
  rocksdb::Status status = database.rocks()->VerifyChecksum();
  if (status.ok()) {
    status = database.rocks()->VerifyFileChecksums(rocksdb::ReadOptions());
  }
  return status.ok() ? absl::OkStatus() : FromRocks(status, "a file of the log is damaged");
}

// Whatever RocksDB calls it: here every error is about bytes that are not as they were written.
absl::Status AsDamage(const absl::Status& status, absl::string_view data_dir) {
  if (absl::IsDataLoss(status) || absl::IsFailedPrecondition(status)) return status;
  return absl::DataLossError(absl::StrCat(data_dir, ": ", status.message()));
}

absl::StatusOr<Scrubbed> Check(const ScrubOptions& options, const HeadFile& head_file,
                               const Database& database) {
  LIAISON_RETURN_IF_ERROR(CheckSums(database));
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> log_id,
                           database.Get(Family::kMeta, kMetaLogId));
  if (!log_id || log_id->size() != head_file.log_id.bytes().size()) {
    return absl::DataLossError("the log does not say what it is");
  }
  LIAISON_ASSIGN_OR_RETURN(const LogCheck found, CheckLog(database, options.observer));
  const Scrubbed scrubbed{record::Uuid::FromBytes(*log_id), found.head, found.sections,
                          found.erased};
  LIAISON_RETURN_IF_ERROR(
      CheckAgainstHeadFile(database, options.data_dir, scrubbed.log_id, scrubbed.head, head_file));
  LIAISON_RETURN_IF_ERROR(options.compare(scrubbed, [&database](Tree tree, uint64_t size) {
    return RootOfSize(
        TreeRows(database, tree == Tree::kLog ? Family::kTree : Family::kRegistryTree), size);
  }));
  return scrubbed;
}

}  // namespace

absl::StatusOr<Scrubbed> ScrubLog(const ScrubOptions& options) {
  rocksdb::Env* env = rocksdb::Env::Default();
  rocksdb::FileSystem* files = env->GetFileSystem().get();
  const std::string path = absl::StrCat(options.data_dir, "/db");
  LIAISON_ASSIGN_OR_RETURN(const bool is_folder, FileExists(files, path));
  if (!is_folder) {
    return absl::NotFoundError(absl::StrCat("there is no log in ", options.data_dir));
  }
  LIAISON_ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Acquire(options.data_dir));
  LIAISON_ASSIGN_OR_RETURN(const std::optional<HeadFile> head_file,
                           ReadHeadFile(files, options.data_dir));
  if (!head_file) {
    return absl::DataLossError(absl::StrCat(HeadFilePath(options.data_dir), " is missing"));
  }
  const auto database = Database::OpenReadOnly(path, nullptr, Database::Tail::kWhole);
  if (!database.ok()) return AsDamage(database.status(), options.data_dir);
  absl::StatusOr<Scrubbed> scrubbed = Check(options, *head_file, **database);
  return scrubbed.ok() ? scrubbed : AsDamage(scrubbed.status(), options.data_dir);
}

}  // namespace liaison::storage
