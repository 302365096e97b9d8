// Small files that must survive a crash, and the lock on a folder.
#ifndef LIAISON_STORAGE_BASE_FILES_H_
#define LIAISON_STORAGE_BASE_FILES_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::storage {

// Thread-safe, all of them. Errors are errno's, and name the path.

// Creates the folder and those above it where missing.
absl::Status MakeDirectories(const std::string& path);

// Replaces the file's content: after a crash the file has the old content or the new. Returns once
// the new is on disk. One caller per path at a time: the temporary file is `path`.tmp.
absl::Status ReplaceFile(const std::string& path, absl::string_view content);

// NOT_FOUND where there is none; OUT_OF_RANGE where it is longer than `max_size_bytes`.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_size_bytes);

bool FileExists(const std::string& path);

// A FolderLock keeps a folder for one holder, here and in other processes, until it is destroyed or
// the process ends.
class FolderLock {
 public:
  // FAILED_PRECONDITION where somebody holds it; the message names the holder's process.
  static absl::StatusOr<FolderLock> Acquire(const std::string& folder);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}

  int fd_;  // of the file `lock` in the folder; -1 after a move
};

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_BASE_FILES_H_
