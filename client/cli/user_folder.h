// Where a program keeps what is its user's.
#ifndef LIAISON_CLIENT_CLI_USER_FOLDER_H_
#define LIAISON_CLIENT_CLI_USER_FOLDER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace liaison::cli {

// `below` in the folder that the environment's `variable` names, or else that `usual` names in the
// user's home: see the XDG Base Directory Specification. Empty where there is neither. Reads the
// environment: not while another thread changes it.
std::string UserFolder(const char* variable, absl::string_view usual, absl::string_view below);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_USER_FOLDER_H_
