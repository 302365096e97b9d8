#include "client/cli/exit_code.h"

#include "liaison/error.h"

namespace liaison::cli {

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kOk;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kDataLoss:
      return ExitCode::kNotVerified;
    default:
      break;
  }
  if (ReasonOf(status).has_value()) return ExitCode::kRefused;
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return ExitCode::kBadInput;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kNoConnection;
    // Without a reason these still come from a peer that answered.
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kResourceExhausted:
      return ExitCode::kRefused;
    default:
      return ExitCode::kOther;
  }
}

absl::string_view ExitCodeHelp() {
  return "Exit codes:\n"
         "  0  done\n"
         "  1  anything not named below\n"
         "  2  the command line is wrong\n"
         "  3  the hub refused, and said why\n"
         "  4  no connection, or no progress for --timeout seconds\n"
         "  5  not found, or not for this reader\n"
         "  6  a file or draft cannot be used; the hub was not asked\n"
         "  7  what came does not verify, or part of the record is missing\n";
}

}  // namespace liaison::cli
