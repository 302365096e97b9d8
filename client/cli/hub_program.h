// The hub's own program, for what is done on files while no hub runs.
#ifndef LIAISON_CLIENT_CLI_HUB_PROGRAM_H_
#define LIAISON_CLIENT_CLI_HUB_PROGRAM_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::cli {

// `liaisond` in the folder of this program. FAILED_PRECONDITION where there is none.
absl::StatusOr<std::string> FindHubProgram();

// Runs the program and gives each line of its standard output to `take`, without the newline; its
// standard error is ours. Returns its exit code; UNKNOWN where it could not be run, or a signal
// ended it.
absl::StatusOr<int> RunProgram(const std::string& program,
                               const std::vector<std::string>& arguments,
                               const std::function<void(absl::string_view line)>& take);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_HUB_PROGRAM_H_
