#include "server/fanout/origin_of.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/foreign.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"

namespace liaison::fanout {

// Of nearly every event this is all that is looked at.
bool IsRelayed(absl::string_view leaf) {
  return leaf.size() > 1 && static_cast<record::LeafKind>(leaf[1]) == record::LeafKind::kRelayed;
}

absl::StatusOr<std::string> EvidenceOf(const storage::EventLog& log, uint64_t sequence,
                                       absl::string_view leaf) {
  if (!IsRelayed(leaf)) return std::string();
  LIAISON_ASSIGN_OR_RETURN(std::optional<std::string> evidence,
                           log.GetRow(storage::Table::kForeign, storage::ForeignKey(sequence)));
  if (evidence) return *std::move(evidence);
  return absl::DataLossError(
      absl::StrCat("nothing says any more where event ", sequence, " comes from"));
}

absl::StatusOr<std::string> OriginOf(const storage::EventLog& log, uint64_t sequence,
                                     absl::string_view leaf) {
  LIAISON_ASSIGN_OR_RETURN(const std::string evidence, EvidenceOf(log, sequence, leaf));
  return evidence.empty() ? std::string() : record::OriginIn(evidence);
}

}  // namespace liaison::fanout
