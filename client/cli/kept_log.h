// What a verifier keeps of a log between two runs: whose it is, the last checkpoint that was good,
// and the tree up to there.
//
//   file := "igf.liaison/kept/v1" LF "vkey " vkey LF ("root " base64(hash[32]) LF)* LF signed note
//
// The roots are those of the perfect subtrees of the tree, largest first.
#ifndef LIAISON_CLIENT_CLI_KEPT_LOG_H_
#define LIAISON_CLIENT_CLI_KEPT_LOG_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/checkpoint.h"
#include "proto/record/compact_range.h"
#include "proto/record/signed_note.h"

namespace liaison::cli {

struct KeptLog {
  record::NoteVerifier key;
  record::Checkpoint checkpoint;
  std::string note;  // of that checkpoint, verbatim
  record::CompactRange tree;
};

// A signed checkpoint of the log with that key. UNAUTHENTICATED or INVALID_ARGUMENT otherwise.
absl::StatusOr<record::Checkpoint> ReadCheckpoint(absl::string_view note,
                                                  const record::NoteVerifier& key);

// A KeptLogs is a folder with a file for each log. One process at a time.
class KeptLogs {
 public:
  // Made, for its owner alone, when something is kept.
  explicit KeptLogs(std::string folder) : folder_(std::move(folder)) {}

  // Below $XDG_STATE_HOME or the home; empty where there is neither.
  static std::string DefaultFolder();

  // nullopt where nothing is kept of it; INVALID_ARGUMENT where that is damaged.
  absl::StatusOr<std::optional<KeptLog>> Find(const std::string& origin) const;
  absl::Status Keep(const KeptLog& log) const;
  // The log that the hub at this address showed last; empty: none.
  absl::StatusOr<std::string> OriginAt(const std::string& address) const;
  absl::Status KeepOrigin(const std::string& address, const std::string& origin) const;
  // A new file with that content. Returns its name.
  absl::StatusOr<std::string> KeepEvidence(const std::string& origin, absl::string_view suffix,
                                           absl::string_view content) const;

 private:
  std::string FileOf(absl::string_view what, absl::string_view suffix) const;

  const std::string folder_;
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_KEPT_LOG_H_
