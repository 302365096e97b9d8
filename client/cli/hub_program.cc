#include "client/cli/hub_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace liaison::cli {
namespace {

constexpr size_t kPieceSizeBytes = 4096;

absl::Status ErrnoError(int error, absl::string_view what) {
  // UNKNOWN, whatever the cause: no code of the hub's must be read into it.
  return absl::UnknownError(absl::ErrnoToStatus(error, what).message());
}

// Both ends of a pipe; closed at the end.
struct Pipe {
  int in = -1;
  int out = -1;
  ~Pipe() {
    CloseOut();
    if (in >= 0) close(in);
  }
  void CloseOut() {
    if (out >= 0) close(out);
    out = -1;
  }
};

absl::StatusOr<pid_t> Spawn(const std::string& program, std::vector<std::string> arguments,
                            const Pipe& pipe) {
  arguments.insert(arguments.begin(), program);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe.out, STDOUT_FILENO);
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return ErrnoError(failed, absl::StrCat("cannot run ", program));
  return pid;
}

// Until the other end is closed.
void ReadLines(int fd, const std::function<void(absl::string_view)>& take) {
  std::string text;
  char piece[kPieceSizeBytes];
  while (true) {
    const ssize_t size = read(fd, piece, sizeof(piece));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(piece, static_cast<size_t>(size));
    for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
      take(absl::string_view(text).substr(0, end));
      text.erase(0, end + 1);
    }
  }
  if (!text.empty()) take(text);
}

}  // namespace

absl::StatusOr<std::string> FindHubProgram() {
  std::error_code failed;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failed);
  const std::filesystem::path program = self.parent_path() / "liaisond";
  if (!failed && access(program.c_str(), X_OK) == 0) return program.string();
  return absl::FailedPreconditionError(
      absl::StrCat("this is done by the hub's own program, and there is no ", program.string(),
                   ": run it on a machine where liaisond is installed"));
}

absl::StatusOr<int> RunProgram(const std::string& program,
                               const std::vector<std::string>& arguments,
                               const std::function<void(absl::string_view line)>& take) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoError(errno, "cannot make a pipe");
  Pipe pipe{ends[0], ends[1]};
  const absl::StatusOr<pid_t> pid = Spawn(program, arguments, pipe);
  if (!pid.ok()) return pid.status();
  pipe.CloseOut();
  ReadLines(pipe.in, take);
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0) {
    if (errno != EINTR) return ErrnoError(errno, absl::StrCat("cannot wait for ", program));
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return absl::UnknownError(absl::StrCat(program, " was ended by signal ", WTERMSIG(status)));
}

}  // namespace liaison::cli
