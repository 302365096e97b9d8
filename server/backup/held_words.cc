#include "server/backup/held_words.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/hash.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"

namespace liaison::backup {
namespace {

namespace pb = ::igf::liaison::v1;

struct Redaction {
  uint64_t sequence;
  record::Hash target;
  int section;
};

// Those of other hubs, in order.
absl::StatusOr<std::vector<Redaction>> RedactionsOfOthers(const storage::EventLog& log,
                                                          uint64_t after, uint64_t through) {
  std::vector<Redaction> found;
  absl::Status failed;
  const auto look = [&](const storage::EventLog::EventView& event) -> absl::Status {
    LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
    if (!leaf.relayed) return absl::OkStatus();
    pb::EventHeader header;
    if (!header.ParseFromArray(event.header.data(), static_cast<int>(event.header.size()))) {
      return absl::DataLossError(absl::StrCat("the header of ", event.sequence, " does not parse"));
    }
    if (header.type() != pb::EVENT_TYPE_REDACTION) return absl::OkStatus();
    LIAISON_ASSIGN_OR_RETURN(const record::Hash target,
                             record::Hash::Parse(header.redaction().target_digest()));
    found.push_back({event.sequence, target, static_cast<int>(header.redaction().section())});
    return absl::OkStatus();
  };
  LIAISON_RETURN_IF_ERROR(log.ScanHeaders(after, [&](const storage::EventLog::EventView& event) {
    if (event.sequence > through) return false;
    failed = look(event);
    return failed.ok();
  }));
  LIAISON_RETURN_IF_ERROR(failed);
  return found;
}

}  // namespace

absl::StatusOr<HeldWords> WordsHeldOfOthers(const storage::EventLog& log,
                                            const BackupKeeper& backups, uint64_t after) {
  HeldWords held;
  held.through = std::max(after, log.head().sequence);
  LIAISON_ASSIGN_OR_RETURN(const std::vector<Redaction> redactions,
                           RedactionsOfOthers(log, after, held.through));
  for (const Redaction& redaction : redactions) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> target,
                             log.FindByDigest(redaction.target));
    // One that came before what it erases has left no words anywhere.
    if (!target || *target > redaction.sequence) continue;
    LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event, log.Read(*target));
    const bool is_erased = std::any_of(event.sections.begin(), event.sections.end(),
                                       [&redaction](const storage::StoredSection& section) {
                                         return section.erased && section.kind == redaction.section;
                                       });
    if (!is_erased) continue;
    LIAISON_ASSIGN_OR_RETURN(const std::vector<storage::BackupInfo> holding,
                             backups.Holding(*target, redaction.sequence));
    if (holding.empty()) continue;
    held.told.push_back(absl::StrCat(
        "another hub has erased words of event ", *target, " (by event ", redaction.sequence, "); ",
        holding.size() == 1 ? "the backup " : "the backups ",
        absl::StrJoin(holding, ", ",
                      [](std::string* out, const storage::BackupInfo& info) {
                        absl::StrAppend(out, info.number);
                      }),
        holding.size() == 1 ? " holds" : " hold",
        " them still, as far as they had come here. They go as new ones are made, or at once: "
        "liaison admin backup "
        "--purge-erased"));
  }
  return held;
}

}  // namespace liaison::backup
