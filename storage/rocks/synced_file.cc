#include "storage/rocks/synced_file.h"

#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "storage/base/fault_point.h"
#include "storage/rocks/status.h"

namespace liaison::storage {
namespace {

using rocksdb::FileOptions;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

absl::Status ToAbsl(const IOStatus& status, absl::string_view what, const std::string& path) {
  if (status.ok()) return absl::OkStatus();
  return FromRocks(status, absl::StrCat(what, " ", path));
}

std::string ParentOf(const std::string& path) {
  std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

absl::Status WriteFile(rocksdb::FileSystem* files, const std::string& path,
                       absl::string_view content) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  LIAISON_RETURN_IF_ERROR(
      ToAbsl(files->NewWritableFile(path, FileOptions(), &file, nullptr), "cannot create", path));
  LIAISON_RETURN_IF_ERROR(
      ToAbsl(file->Append(ToSlice(content), IOOptions(), nullptr), "cannot write", path));
  LIAISON_FAULT_POINT("file.written");
  LIAISON_RETURN_IF_ERROR(ToAbsl(file->Fsync(IOOptions(), nullptr), "cannot sync", path));
  LIAISON_FAULT_POINT("file.synced");
  return ToAbsl(file->Close(IOOptions(), nullptr), "cannot close", path);
}

}  // namespace

absl::Status SyncFolder(rocksdb::FileSystem* files, const std::string& path) {
  std::unique_ptr<rocksdb::FSDirectory> folder;
  LIAISON_RETURN_IF_ERROR(
      ToAbsl(files->NewDirectory(path, IOOptions(), &folder, nullptr), "cannot open", path));
  return ToAbsl(folder->Fsync(IOOptions(), nullptr), "cannot sync", path);
}

absl::Status MakeFolders(rocksdb::FileSystem* files, const std::string& path) {
  LIAISON_ASSIGN_OR_RETURN(const bool there, FileExists(files, path));
  if (there) return absl::OkStatus();
  const std::string parent = ParentOf(path);
  if (parent != path) LIAISON_RETURN_IF_ERROR(MakeFolders(files, parent));
  LIAISON_RETURN_IF_ERROR(
      ToAbsl(files->CreateDirIfMissing(path, IOOptions(), nullptr), "cannot create", path));
  return SyncFolder(files, parent);
}

absl::Status ReplaceFile(rocksdb::FileSystem* files, const std::string& path,
                         absl::string_view content) {
  const std::string temporary = absl::StrCat(path, kUnfinished);
  LIAISON_RETURN_IF_ERROR(WriteFile(files, temporary, content));
  LIAISON_RETURN_IF_ERROR(
      ToAbsl(files->RenameFile(temporary, path, IOOptions(), nullptr), "cannot replace", path));
  LIAISON_FAULT_POINT("file.renamed");
  return SyncFolder(files, ParentOf(path));
}

absl::Status Move(rocksdb::FileSystem* files, const std::string& from, const std::string& to) {
  LIAISON_RETURN_IF_ERROR(
      ToAbsl(files->RenameFile(from, to, IOOptions(), nullptr), "cannot move", from));
  LIAISON_RETURN_IF_ERROR(SyncFolder(files, ParentOf(to)));
  return SyncFolder(files, ParentOf(from));
}

absl::StatusOr<std::string> ReadSmallFile(rocksdb::FileSystem* files, const std::string& path,
                                          size_t max_size_bytes) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  LIAISON_RETURN_IF_ERROR(
      ToAbsl(files->NewSequentialFile(path, FileOptions(), &file, nullptr), "cannot open", path));
  std::string content;
  std::string scratch(max_size_bytes + 1, '\0');
  while (content.size() <= max_size_bytes) {
    rocksdb::Slice read;
    const size_t room = scratch.size() - content.size();
    LIAISON_RETURN_IF_ERROR(
        ToAbsl(file->Read(room, IOOptions(), &read, scratch.data(), nullptr), "cannot read", path));
    content.append(read.data(), read.size());
    if (read.size() < room) return content;
  }
  return absl::OutOfRangeError(absl::StrCat(path, " is longer than ", max_size_bytes, " bytes"));
}

absl::StatusOr<bool> FileExists(rocksdb::FileSystem* files, const std::string& path) {
  const IOStatus status = files->FileExists(path, IOOptions(), nullptr);
  if (status.IsNotFound() || status.IsPathNotFound()) return false;
  LIAISON_RETURN_IF_ERROR(ToAbsl(status, "cannot look for", path));
  return true;
}

}  // namespace liaison::storage
