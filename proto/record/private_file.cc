#include "proto/record/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"

namespace liaison::record {
namespace {

absl::Status Refuse(const std::string& name, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(name, " ", why));
}

absl::Status Broken(const std::string& name, absl::string_view what, int error) {
  return Refuse(name, absl::StrCat(what, ": ", std::generic_category().message(error)));
}

absl::StatusOr<std::string> ReadAll(const std::string& name, bool is_private,
                                    const FileLimit& limit) {
  const int fd = open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return absl::NotFoundError(absl::StrCat(name, " is not there"));
  if (fd < 0) return Broken(name, "cannot be read", errno);
  const absl::Cleanup closed = [fd] { close(fd); };
  struct stat status = {};
  if (fstat(fd, &status) != 0) return Broken(name, "cannot be looked at", errno);
  if (is_private && S_ISREG(status.st_mode) && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Refuse(name, absl::StrCat("may be read by others than you; run: chmod 600 ", name));
  }
  std::string text(limit.size_bytes + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Broken(name, "cannot be read", errno);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > limit.size_bytes) return Refuse(name, TooLarge(limit));
  text.resize(size);
  return text;
}

}  // namespace

std::string TooLarge(const FileLimit& limit) {
  return absl::StrCat("is too large: it may have ", limit.size_bytes >> 10, " KiB; ",
                      limit.way_out);
}

absl::StatusOr<std::string> ReadPrivateFile(const std::string& name) {
  return ReadAll(name, true, kKeyFile);
}
absl::StatusOr<std::string> ReadPublicFile(const std::string& name, const FileLimit& limit) {
  return ReadAll(name, false, limit);
}

absl::Status WriteNewPrivateFile(const std::string& name, absl::string_view text) {
  const int fd = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0 && errno == EEXIST) return absl::AlreadyExistsError(absl::StrCat(name, " exists"));
  if (fd < 0) return Broken(name, "cannot be written", errno);
  int error = 0;
  while (error == 0 && !text.empty()) {
    const ssize_t put = write(fd, text.data(), text.size());
    if (put >= 0) text.remove_prefix(static_cast<size_t>(put));
    if (put < 0 && errno != EINTR) error = errno;
  }
  if (error == 0 && fsync(fd) != 0) error = errno;
  if (close(fd) != 0 && error == 0) error = errno;
  if (error == 0) return absl::OkStatus();
  unlink(name.c_str());
  return Broken(name, "could not be written", error);
}

absl::Status ReplacePrivateFile(const std::string& name, absl::string_view text) {
  const std::string beside = absl::StrCat(name, ".new");
  unlink(beside.c_str());  // of a process that did not come this far
  LIAISON_RETURN_IF_ERROR(WriteNewPrivateFile(beside, text));
  if (rename(beside.c_str(), name.c_str()) == 0) return absl::OkStatus();
  const int error = errno;
  unlink(beside.c_str());
  return Broken(name, "could not be replaced", error);
}

absl::Status MakePrivateFolder(const std::string& name) {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::absolute(name);
  // `a/` and `a/.` are `a`: what stands above them is not `a` itself.
  while (folder.has_relative_path() && (!folder.has_filename() || folder.filename() == ".")) {
    folder = folder.parent_path();
  }
  std::filesystem::create_directories(folder.parent_path(), error);
  if (mkdir(folder.c_str(), S_IRWXU) == 0) return absl::OkStatus();
  if (errno != EEXIST) return Broken(name, "cannot be made", errno);
  struct stat status = {};
  if (stat(name.c_str(), &status) != 0) return Broken(name, "cannot be looked at", errno);
  if (!S_ISDIR(status.st_mode)) return Refuse(name, "is not a folder");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Refuse(name, absl::StrCat("may be changed by others; run: chmod 700 ", name));
  }
  return absl::OkStatus();
}

}  // namespace liaison::record
