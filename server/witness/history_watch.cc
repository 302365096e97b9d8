#include "server/witness/history_watch.h"

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"

namespace liaison::witness {
namespace {

// What the operator is to do, whichever way it was found out.
constexpr absl::string_view kWayOut =
    ". It was put back to an earlier copy, or somebody else signs with its key. Stop it; bring the "
    "newest data folder back, or run `liaisond restore` with --keys-dir and --federation-policy, "
    "which asks the peers for what is missing";

}  // namespace

absl::Status CompareWithLog(const transparency::LogTree& tree, const record::Checkpoint& checkpoint,
                            absl::string_view seen) {
  const uint64_t size = tree.size();
  if (checkpoint.size > size) {
    return absl::DataLossError(
        absl::StrCat("the log ends at ", size, ", and ", checkpoint.size, " were signed ", seen));
  }
  const absl::StatusOr<transparency::TreeHead> head = transparency::HeadAt(tree, checkpoint.size);
  // A row that cannot be read is a DATA_LOSS as well, and says nothing of what was signed.
  if (!head.ok()) return absl::InternalError(head.status().message());
  if (head->root == checkpoint.root) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the log has another root at size ", checkpoint.size,
                                          " than was signed ", seen));
}

absl::Status HistoryWatch::Compare(absl::string_view note, absl::string_view seen) const {
  LIAISON_ASSIGN_OR_RETURN(const record::VerifiedNote opened,
                           record::OpenNote(note, {options_.log}));
  LIAISON_ASSIGN_OR_RETURN(const record::Checkpoint checkpoint,
                           record::ParseCheckpoint(opened.text));
  if (checkpoint.origin != options_.log.name()) {
    return absl::InvalidArgumentError("it is a checkpoint of another log");
  }
  absl::Status is_ours = CompareWithLog(tree_, checkpoint, seen);
  if (!absl::IsDataLoss(is_ours)) return is_ours;
  return absl::DataLossError(absl::StrCat(is_ours.message(), kWayOut));
}

absl::Status HistoryWatch::Open() {
  const absl::StatusOr<std::string> note = options_.conflict->Load();
  if (!note.ok()) return absl::OkStatus();
  absl::Status is_ours = Compare(*note, "and shown here before");
  if (!absl::IsDataLoss(is_ours)) return absl::OkStatus();
  absl::MutexLock lock(&mu_);
  conflict_ = is_ours;
  return is_ours;
}

absl::Status HistoryWatch::Look(absl::string_view note, absl::string_view shown_by) {
  if (absl::Status known = conflict(); !known.ok() || note.empty()) return known;
  absl::Status is_ours = Compare(note, absl::StrCat("and seen by ", shown_by));
  if (!absl::IsDataLoss(is_ours)) return is_ours;
  {
    absl::MutexLock lock(&mu_);
    if (!conflict_.ok()) return conflict_;
    conflict_ = is_ours;
  }
  // Before anybody acts on it: the next start must know as well.
  options_.conflict->Save(note).IgnoreError();
  options_.on_conflict(is_ours);
  return is_ours;
}

absl::Status HistoryWatch::conflict() const {
  absl::MutexLock lock(&mu_);
  return conflict_;
}

}  // namespace liaison::witness
