// Did you mean ...?
#ifndef LIAISON_CLIENT_CLI_SUGGEST_H_
#define LIAISON_CLIENT_CLI_SUGGEST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace liaison::cli {

// The known word nearest to `word` by edit distance (a swap of neighbours counts once), compared
// without case; empty where none is near enough to be a slip. Thread-safe.
std::string Nearest(absl::string_view word, const std::vector<std::string>& known);

// `; did you mean `x`?` or nothing.
std::string DidYouMean(absl::string_view word, const std::vector<std::string>& known);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_SUGGEST_H_
