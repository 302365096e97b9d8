// What was said about each input.
#ifndef LIAISON_SERVER_VIEWS_TRIAGE_H_
#define LIAISON_SERVER_VIEWS_TRIAGE_H_

#include <optional>
#include <vector>

#include "server/views/reading.h"

namespace liaison::views {

struct DispositionOfInput {
  Index event = 0;  // the version that says so
  pb::DispositionKind kind = pb::DISPOSITION_KIND_UNSPECIFIED;
  std::optional<Index> into;  // where the caller may see it
};

// In order; retracted ones are left out. A later version that does not name the input any more
// leaves it disposed of, as it was.
std::vector<DispositionOfInput> DispositionsOf(const Reading& reading, Index input);
// Inputs of the cycle that were not taken back and have no disposition.
std::vector<Index> Undisposed(const Reading& reading, absl::string_view cycle);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_TRIAGE_H_
