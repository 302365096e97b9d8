// What the process says when it ends. Documented in `liaison --help`; scripts depend on them.
#ifndef LIAISON_CLIENT_CLI_EXIT_CODE_H_
#define LIAISON_CLIENT_CLI_EXIT_CODE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace liaison::cli {

// DO NOT CHANGE THESE VALUES.
enum class ExitCode : int {
  kOk = 0,
  kOther = 1,
  kUsage = 2,         // the command line itself
  kRefused = 3,       // by the hub, with a reason
  kNoConnection = 4,  // no hub there, or no progress for --timeout
  kNotFound = 5,      // unknown, or not for this reader
  kBadInput = 6,      // a file or a draft that cannot be used; the hub was not asked
  kNotVerified = 7,   // what came does not verify, or part of the record is missing
};

// The class of an error. A status without a hub's reason is judged by its code alone. Thread-safe.
ExitCode ExitCodeOf(const absl::Status& status);

// One line for each code, for the help text.
absl::string_view ExitCodeHelp();

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_EXIT_CODE_H_
