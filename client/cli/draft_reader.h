// Drafts out of a file of JSON, each with the place it was read at.
#ifndef LIAISON_CLIENT_CLI_DRAFT_READER_H_
#define LIAISON_CLIENT_CLI_DRAFT_READER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/record_reader.h"
#include "igf/liaison/v1/event.pb.h"

namespace liaison::cli {

namespace v1 = ::igf::liaison::v1;

// An event named by who said it, where its digest is not known before it is in a log.
struct NamedReference {
  std::string author;
  std::string event_id;
  v1::Relation relation = v1::RELATION_UNSPECIFIED;
};

struct ReadDraft {
  v1::Draft draft;
  std::string origin;  // `drafts.jsonl, line 12 (draft 3)`
  // From `references_by_name`: to be turned into references before the draft is sent.
  std::vector<NamedReference> named_references;
};

enum class NamedReferences {
  kRefused,  // `references_by_name` is an unknown field like any other
  kRead,
};

// A DraftReader yields the drafts of one file in order. Errors are INVALID_ARGUMENT and name file,
// line and field; nothing comes after one. Not thread-safe.
class DraftReader {
 public:
  DraftReader(std::string file_name, RecordReader::Read read, NamedReferences named_references);

  // nullopt at the end. A file without any draft is an error.
  absl::StatusOr<std::optional<ReadDraft>> Next();

 private:
  absl::StatusOr<ReadDraft> Parse(const Record& record) const;

  const std::string file_name_;
  RecordReader records_;
  const NamedReferences named_references_;
  bool any_ = false;
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_DRAFT_READER_H_
