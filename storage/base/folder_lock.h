// The lock on a folder.
#ifndef LIAISON_STORAGE_BASE_FOLDER_LOCK_H_
#define LIAISON_STORAGE_BASE_FOLDER_LOCK_H_

#include <string>

#include "absl/status/statusor.h"

namespace liaison::storage {

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

#endif  // LIAISON_STORAGE_BASE_FOLDER_LOCK_H_
