#include "client/cli/token_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "proto/record/token.h"

namespace liaison::cli {

absl::StatusOr<std::string> ReadTokenFile(const std::string& name) {
  const auto refuse = [&name](const auto&... why) {
    return absl::InvalidArgumentError(absl::StrCat("the token file ", name, " ", why...));
  };
  const int fd = open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return refuse("cannot be read: ", std::strerror(errno));
  const absl::Cleanup closed = [fd] { close(fd); };
  struct stat status = {};
  if (fstat(fd, &status) != 0) return refuse("cannot be looked at: ", std::strerror(errno));
  if (S_ISREG(status.st_mode) && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return refuse("may be read by others than you; run: chmod 600 ", name);
  }
  std::array<char, 256> buffer;
  const ssize_t size = read(fd, buffer.data(), buffer.size());
  if (size < 0) return refuse("cannot be read: ", std::strerror(errno));
  const absl::string_view text =
      absl::StripAsciiWhitespace(absl::string_view(buffer.data(), static_cast<size_t>(size)));
  if (record::KindOfToken(text) != record::TokenKind::kAccess) {
    return refuse("holds no token, or one that was not copied whole; it begins with igfl_pat_");
  }
  return std::string(text);
}

absl::Status WriteTokenFile(const std::string& name, absl::string_view token) {
  const int fd = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) {
    const std::string why = absl::StrCat(name, ": ", std::strerror(errno));
    return errno == EEXIST ? absl::AlreadyExistsError(why) : absl::InvalidArgumentError(why);
  }
  const std::string line = absl::StrCat(token, "\n");
  const bool written =
      write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(fd) == 0;
  const std::string why = std::strerror(errno);
  if (close(fd) == 0 && written) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name, " could not be written: ", why));
}

}  // namespace liaison::cli
