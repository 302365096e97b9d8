// The two outputs of a command: data on stdout, words for a person on stderr.
#ifndef LIAISON_CLIENT_CLI_CONSOLE_H_
#define LIAISON_CLIENT_CLI_CONSOLE_H_

#include <cstddef>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace liaison::cli {

enum class Format { kJson, kTable };

// A Console writes whole lines, each flushed as it comes, so that a reader at the other end of a
// pipe has them at once. Thread-safe.
class Console {
 public:
  struct Options {
    int out_fd = 1;
    int err_fd = 2;
    bool quiet = false;  // no notes, no progress; errors stay
  };
  Console();
  explicit Console(Options options);

  void set_quiet(bool quiet) { options_.quiet = quiet; }
  bool stdout_is_terminal() const { return out_terminal_; }
  bool stderr_is_terminal() const { return err_terminal_; }
  // Colours only on a terminal, and not where NO_COLOR is set.
  bool colours() const { return colours_; }
  // Columns of the terminal on stdout; 0 where it is none.
  size_t width() const;

  // One line of data; adds the newline. The status of the last write is kept: once stdout has
  // failed (full disk, reader gone) every further call returns the same error.
  absl::Status Line(absl::string_view line) ABSL_LOCKS_EXCLUDED(mutex_);
  // Bytes of data as they are.
  absl::Status Bytes(absl::string_view bytes) ABSL_LOCKS_EXCLUDED(mutex_);

  // What these say is made printable: hubs and strangers had a hand in it.
  void Note(absl::string_view text) ABSL_LOCKS_EXCLUDED(mutex_);
  // `liaison: ` before the text; it may have several lines.
  void Error(absl::string_view text) ABSL_LOCKS_EXCLUDED(mutex_);
  // A line that the next one replaces; only on a terminal, at most ten times a second.
  void Progress(absl::string_view text) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Status WriteLocked(int fd, absl::string_view bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ClearProgressLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Constant after the command line has been read.
  Options options_;
  bool out_terminal_;
  bool err_terminal_;
  bool colours_;

  absl::Mutex mutex_;
  absl::Status out_status_ ABSL_GUARDED_BY(mutex_);
  bool progress_shown_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time last_progress_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_CONSOLE_H_
