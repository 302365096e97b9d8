// The project's sample data, inside the program: `import --sample` works from anywhere.
#ifndef LIAISON_CLIENT_CLI_SAMPLE_SAMPLE_H_
#define LIAISON_CLIENT_CLI_SAMPLE_SAMPLE_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace liaison::cli {

struct SampleFile {
  absl::string_view name;
  absl::string_view content;
};

// In the order in which they are to be imported. Thread-safe.
absl::Span<const SampleFile> SampleFiles();

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_SAMPLE_SAMPLE_H_
