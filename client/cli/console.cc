#include "client/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "client/cli/table.h"

namespace liaison::cli {
namespace {

constexpr absl::Duration kProgressInterval = absl::Milliseconds(100);

bool ColoursWanted(bool terminal) {
  // Read before there is a second thread, and nobody here sets any.
  const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
  const char* term = std::getenv("TERM");          // NOLINT(concurrency-mt-unsafe)
  const bool dumb = term != nullptr && absl::string_view(term) == "dumb";
  return terminal && !dumb && (no_color == nullptr || *no_color == '\0');
}

}  // namespace

Console::Console() : Console(Options{}) {}

Console::Console(Options options)
    : options_(options),
      out_terminal_(isatty(options.out_fd) == 1),
      err_terminal_(isatty(options.err_fd) == 1),
      colours_(ColoursWanted(out_terminal_)) {}

size_t Console::width() const {
  winsize size{};
  if (!out_terminal_ || ioctl(options_.out_fd, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

absl::Status Console::WriteLocked(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      // UNKNOWN, whatever the cause: no code of the hub's must be read into it.
      return absl::UnknownError(absl::ErrnoToStatus(errno, "cannot write the output").message());
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

void Console::ClearProgressLocked() {
  if (!progress_shown_) return;
  progress_shown_ = false;
  WriteLocked(options_.err_fd, "\r\033[K").IgnoreError();
}

absl::Status Console::Line(absl::string_view line) { return Bytes(absl::StrCat(line, "\n")); }

absl::Status Console::Bytes(absl::string_view bytes) {
  absl::MutexLock lock(&mutex_);
  if (out_terminal_) ClearProgressLocked();
  if (out_status_.ok()) out_status_ = WriteLocked(options_.out_fd, bytes);
  return out_status_;
}

void Console::Note(absl::string_view text) {
  if (options_.quiet) return;
  absl::MutexLock lock(&mutex_);
  ClearProgressLocked();
  // Nobody is left to tell when stderr itself fails.
  WriteLocked(options_.err_fd, absl::StrCat(PrintableLines(text), "\n")).IgnoreError();
}

void Console::Error(absl::string_view text) {
  absl::MutexLock lock(&mutex_);
  ClearProgressLocked();
  const std::string indented = absl::StrReplaceAll(PrintableLines(text), {{"\n", "\n  "}});
  WriteLocked(options_.err_fd, absl::StrCat("liaison: ", indented, "\n")).IgnoreError();
}

void Console::Progress(absl::string_view text) {
  if (options_.quiet || !err_terminal_) return;
  absl::MutexLock lock(&mutex_);
  const absl::Time now = absl::Now();
  if (now - last_progress_ < kProgressInterval) return;
  last_progress_ = now;
  progress_shown_ = true;
  WriteLocked(options_.err_fd, absl::StrCat("\r\033[K", Printable(text))).IgnoreError();
}

}  // namespace liaison::cli
