// The token of whoever runs the program.
#ifndef LIAISON_CLIENT_CLI_TOKEN_FILE_H_
#define LIAISON_CLIENT_CLI_TOKEN_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::cli {

// The token in the file, white space around it left out. INVALID_ARGUMENT, saying what to do, where
// it cannot be read, holds no token, or may be read by others than its owner.
absl::StatusOr<std::string> ReadTokenFile(const std::string& name);

// Writes the token to a new file that its owner alone may read. ALREADY_EXISTS, and nothing is
// changed, where there is one.
absl::Status WriteTokenFile(const std::string& name, absl::string_view token);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_TOKEN_FILE_H_
