#include "client/cli/file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr int kPollInterval_ms = 100;
constexpr size_t kMaxFileSizeBytes = 64 << 20;

absl::Status FileError(absl::string_view name, int error) {
  return absl::InvalidArgumentError(
      absl::StrCat(name, ": ", std::generic_category().message(error)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<InputFile>> InputFile::Open(const std::string& name) {
  if (name == "-") {
    return std::unique_ptr<InputFile>(new InputFile(STDIN_FILENO, "standard input"));
  }
  const int fd = open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError(name, errno);
  struct stat about {};
  if (fstat(fd, &about) == 0 && S_ISDIR(about.st_mode)) {
    close(fd);
    return absl::InvalidArgumentError(absl::StrCat(name, ": is a folder; name the files in it"));
  }
  return std::unique_ptr<InputFile>(new InputFile(fd, name));
}

InputFile::~InputFile() {
  if (fd_ != STDIN_FILENO) close(fd_);
}

absl::StatusOr<size_t> InputFile::ReadSome(char* buffer, size_t size) {
  while (true) {
    const ssize_t n = read(fd_, buffer, size);
    if (n >= 0) return static_cast<size_t>(n);
    if (errno != EINTR) return FileError(name_, errno);
  }
}

RecordReader::Read InputFile::Reader(std::function<bool()> stop) {
  return [this, stop = std::move(stop)](char* buffer, size_t size) -> absl::StatusOr<size_t> {
    pollfd waiting{fd_, POLLIN, 0};
    while (poll(&waiting, 1, kPollInterval_ms) <= 0) {
      if (stop()) return absl::CancelledError("reading was stopped");
    }
    return ReadSome(buffer, size);
  };
}

absl::StatusOr<std::string> InputFile::ReadAll() {
  std::string bytes;
  std::string buffer(64 << 10, '\0');
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const size_t n, ReadSome(buffer.data(), buffer.size()));
    if (n == 0) return bytes;
    bytes.append(buffer, 0, n);
    if (bytes.size() > kMaxFileSizeBytes) {
      return absl::InvalidArgumentError(absl::StrCat(name_, ": larger than 64 MiB; split it"));
    }
  }
}

}  // namespace liaison::cli
