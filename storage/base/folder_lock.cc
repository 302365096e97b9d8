#include "storage/base/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

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

void WriteAll(int fd, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;
    content.remove_prefix(static_cast<size_t>(written));
  }
}

// The holder's number, for a message.
std::string ReadHolder(const Descriptor& file) {
  char holder[32];
  const ssize_t size = ::pread(file.get(), holder, sizeof(holder), 0);
  return size > 0 ? std::string(holder, static_cast<size_t>(size)) : "unknown";
}

}  // namespace

absl::StatusOr<FolderLock> FolderLock::Acquire(const std::string& folder) {
  const std::string path = absl::StrCat(folder, "/lock");
  Descriptor file(path, O_RDWR | O_CREAT);
  if (!file.ok()) return ErrnoError("cannot open", path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoError("cannot lock", path);
    return absl::FailedPreconditionError(
        absl::StrCat(folder, " is in use by process ", ReadHolder(file),
                     ": one process at a time. Stop that one, or choose another folder."));
  }
  // The number is only for the message above: the lock itself is the kernel's, and is taken on a
  // full disk too.
  if (::ftruncate(file.get(), 0) == 0) WriteAll(file.get(), absl::StrCat(::getpid()));
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
