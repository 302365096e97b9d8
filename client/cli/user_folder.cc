#include "client/cli/user_folder.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace liaison::cli {

std::string UserFolder(const char* variable, absl::string_view usual, absl::string_view below) {
  const char* named = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): as the header says
  if (named != nullptr && *named != '\0') return absl::StrCat(named, "/", below);
  const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): as above
  if (home == nullptr || *home == '\0') return "";
  return absl::StrCat(home, "/", usual, "/", below);
}

}  // namespace liaison::cli
