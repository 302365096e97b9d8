#include "storage/scrub.h"

#include <rocksdb/env.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
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

// RocksDB's log format: blocks of 32 KiB, in them entries of a checksum, a length, a type and the
// bytes; fewer than a header's bytes at a block's end are filled with zeros.
constexpr size_t kBlockBytes = 32 * 1024;
constexpr size_t kEntryHeaderBytes = 4 + 2 + 1;

bool EndsWithAnEntry(absl::string_view manifest) {
  size_t at = 0;
  while (at < manifest.size()) {
    const size_t left_in_block = kBlockBytes - at % kBlockBytes;
    if (left_in_block < kEntryHeaderBytes) {
      at += left_in_block;
      continue;
    }
    if (manifest.size() - at < kEntryHeaderBytes) return false;
    const size_t length = static_cast<uint8_t>(manifest[at + 4]) +
                          256 * static_cast<size_t>(static_cast<uint8_t>(manifest[at + 5]));
    at += kEntryHeaderBytes + length;
  }
  return at == manifest.size();
}

// An entry that reaches beyond the file is for RocksDB one that a crash cut short, and it goes on
// without it, though the length alone may have changed. What it reads whole has a checksum.
absl::Status CheckManifestIsWhole(rocksdb::Env* env, const std::string& path) {
  std::string name;
  std::string manifest;
  rocksdb::Status status = rocksdb::ReadFileToString(env, path + "/CURRENT", &name);
  const std::string file =
      absl::StrCat(path, "/", absl::StripTrailingAsciiWhitespace(absl::string_view(name)));
  if (status.ok()) status = rocksdb::ReadFileToString(env, file, &manifest);
  if (!status.ok()) return FromRocks(status, "a file of the log cannot be read");
  if (EndsWithAnEntry(manifest)) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(file,
                   " ends in the middle of an entry. After a power loss that is no damage: "
                   "start the hub once, which writes the file anew, and look again."));
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
  LIAISON_RETURN_IF_ERROR(CheckManifestIsWhole(env, path));
  absl::StatusOr<Scrubbed> scrubbed = Check(options, *head_file, **database);
  return scrubbed.ok() ? scrubbed : AsDamage(scrubbed.status(), options.data_dir);
}

}  // namespace liaison::storage
