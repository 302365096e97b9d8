#include "storage/format/head_file.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace liaison::storage {

std::string EncodeHeadFile(const HeadFile& head) {
  std::string text = absl::StrCat("igf.liaison/head/v1\nlog_id ", head.log_id.ToString(),
                                  "\nsequence ", head.sequence, "\nroot ", head.root.ToHex(), "\n");
  const std::string check = record::Sha256Of(text).ToHex();
  absl::StrAppend(&text, "check ", check, "\n");
  return text;
}

absl::StatusOr<HeadFile> DecodeHeadFile(absl::string_view bytes) {
  const absl::Status damaged = absl::DataLossError("the head file is damaged");
  const std::vector<absl::string_view> lines = absl::StrSplit(bytes, '\n');
  if (lines.size() != 6) return damaged;
  absl::string_view log_id = lines[1];
  absl::string_view sequence = lines[2];
  absl::string_view root = lines[3];
  if (!absl::ConsumePrefix(&log_id, "log_id ") || !absl::ConsumePrefix(&sequence, "sequence ") ||
      !absl::ConsumePrefix(&root, "root ")) {
    return damaged;
  }
  HeadFile head;
  const absl::StatusOr<record::Uuid> parsed_id = record::Uuid::Parse(log_id);
  const absl::StatusOr<record::Hash> parsed_root = record::Hash::FromHex(root);
  if (!parsed_id.ok() || !parsed_root.ok() || !absl::SimpleAtoi(sequence, &head.sequence)) {
    return damaged;
  }
  head.log_id = *parsed_id;
  head.root = *parsed_root;
  // One encoding for one head: whatever else would parse (another case, a leading zero, a wrong
  // check) is not what was written.
  if (EncodeHeadFile(head) != bytes) return damaged;
  return head;
}

}  // namespace liaison::storage
