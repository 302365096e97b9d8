// A hub's words for whoever types commands.
#ifndef LIAISON_CLIENT_CLI_IN_COMMANDS_H_
#define LIAISON_CLIENT_CLI_IN_COMMANDS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace liaison::cli {

// The same with the command for each method of the hub that it names: `ListCycles has them all` is
// `liaison cycles` in backticks. What has no command stays. Thread-safe.
std::string InCommands(absl::string_view text);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_IN_COMMANDS_H_
