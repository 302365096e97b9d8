#include "storage/base/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace liaison::storage {
namespace {

absl::Status ErrnoError(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(what, " ", path));
}

// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

bool WriteAll(int fd, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

absl::Status SyncFolder(const std::string& path) {
  Descriptor folder(path, O_RDONLY | O_DIRECTORY);
  if (!folder.ok()) return ErrnoError("cannot open", path);
  if (::fsync(folder.get()) != 0) return ErrnoError("cannot sync", path);
  return absl::OkStatus();
}

std::string ParentOf(const std::string& path) {
  std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace

absl::Status MakeDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot create ", path));
}

absl::Status ReplaceFile(const std::string& path, absl::string_view content) {
  const std::string temporary = absl::StrCat(path, ".tmp");
  {
    Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.ok()) return ErrnoError("cannot create", temporary);
    if (!WriteAll(file.get(), content)) return ErrnoError("cannot write", temporary);
    if (::fsync(file.get()) != 0) return ErrnoError("cannot sync", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return ErrnoError("cannot replace", path);
  return SyncFolder(ParentOf(path));
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_size_bytes) {
  Descriptor file(path, O_RDONLY);
  if (!file.ok()) return ErrnoError("cannot open", path);
  std::string content(max_size_bytes + 1, '\0');
  size_t size = 0;
  while (size < content.size()) {
    const ssize_t count = ::read(file.get(), &content[size], content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoError("cannot read", path);
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  if (size > max_size_bytes) {
    return absl::OutOfRangeError(absl::StrCat(path, " is longer than ", max_size_bytes, " bytes"));
  }
  content.resize(size);
  return content;
}

bool FileExists(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0;
}

absl::StatusOr<FolderLock> FolderLock::Acquire(const std::string& folder) {
  const std::string path = absl::StrCat(folder, "/lock");
  Descriptor file(path, O_RDWR | O_CREAT);
  if (!file.ok()) return ErrnoError("cannot open", path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoError("cannot lock", path);
    const std::string holder = ReadSmallFile(path, 32).value_or("");
    return absl::FailedPreconditionError(
        absl::StrCat(folder, " is in use by process ", holder.empty() ? "unknown" : holder,
                     ": one process at a time. Stop that one, or choose another folder."));
  }
  // The number is only for the message above: the lock itself is the kernel's.
  const std::string pid = absl::StrCat(::getpid());
  if (::ftruncate(file.get(), 0) != 0 || !WriteAll(file.get(), pid)) {
    return ErrnoError("cannot write", path);
  }
  return FolderLock(file.Release());
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace liaison::storage
