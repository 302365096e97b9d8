// Two checkpoints that one log has signed and that cannot both be of one history. The grammar is in
// proto/record/BUNDLE.md.
#ifndef LIAISON_CLIENT_CLI_EVIDENCE_H_
#define LIAISON_CLIENT_CLI_EVIDENCE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/hash.h"
#include "proto/record/signed_note.h"

namespace liaison::cli {

inline constexpr absl::string_view kEvidenceMagic = "igf.liaison/evidence/v1\n";

struct Evidence {
  std::string older;  // signed notes, verbatim
  std::string newer;
  record::Hash root;                // that the newer tree has at the older one's size
  std::vector<record::Hash> proof;  // from there to the newer checkpoint
};

std::string FormatEvidence(const Evidence& evidence);
// INVALID_ARGUMENT for what is none.
absl::StatusOr<Evidence> ParseEvidence(absl::string_view text);
// OK where it convicts the log of that key: nobody else can have made it. DATA_LOSS otherwise.
absl::Status CheckEvidence(const Evidence& evidence, const record::NoteVerifier& log);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_EVIDENCE_H_
