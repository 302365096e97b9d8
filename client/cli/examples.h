// A first draft of each type, to change and publish.
#ifndef LIAISON_CLIENT_CLI_EXAMPLES_H_
#define LIAISON_CLIENT_CLI_EXAMPLES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/draft_json.h"

namespace liaison::cli {

struct Example {
  Json draft;
  std::string note;  // what to fill in before it can be published; empty where nothing is
};

// `topic-signal`, `local-report`, ... Thread-safe.
const std::vector<std::string>& ExampleTypes();

// A valid draft without event id, audience `igf/public`, every text marked `fictional`.
// INVALID_ARGUMENT for an unknown type. Thread-safe.
absl::StatusOr<Example> ExampleOf(absl::string_view type);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_EXAMPLES_H_
