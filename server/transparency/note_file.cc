#include "server/transparency/note_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"
#include "storage/base/fault_point.h"

namespace liaison::transparency {
namespace {

// After a crash the folder names what it names now.
absl::Status SyncFolderOf(const std::string& name) {
  const std::string folder = std::filesystem::absolute(name).parent_path().string();
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  if (synced) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(folder, " cannot be synced: ", std::generic_category().message(error)));
}

}  // namespace

absl::StatusOr<std::string> NoteFile::Load() { return record::ReadPublicFile(name_); }

absl::Status NoteFile::Save(absl::string_view note) {
  const std::string beside = absl::StrCat(name_, ".new");
  unlink(beside.c_str());  // of a process that did not come this far
  LIAISON_FAULT_POINT("note.begun");
  LIAISON_RETURN_IF_ERROR(record::WriteNewPrivateFile(beside, note));
  LIAISON_FAULT_POINT("note.written");
  if (std::rename(beside.c_str(), name_.c_str()) != 0) {
    return absl::UnavailableError(
        absl::StrCat(name_, " could not be replaced: ", std::generic_category().message(errno)));
  }
  LIAISON_FAULT_POINT("note.renamed");
  return SyncFolderOf(name_);
}

}  // namespace liaison::transparency
