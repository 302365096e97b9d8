#include "server/admin/ordered_control.h"

#include <memory>
#include <utility>

#include "absl/synchronization/notification.h"
#include "proto/record/macros.h"

namespace liaison::admin {
namespace {

constexpr size_t kRowsAtOnce = 1000;

}  // namespace

absl::StatusOr<std::vector<auth::ControlRow>> OrderedControl::List(absl::string_view prefix) {
  std::vector<auth::ControlRow> rows;
  std::string after;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(
        std::vector<storage::EventLog::KeyValue> page,
        log_->ListRows(storage::Table::kControl, std::string(prefix), after, kRowsAtOnce));
    for (storage::EventLog::KeyValue& row : page) {
      rows.push_back({std::move(row.key), std::move(row.value)});
    }
    if (page.size() < kRowsAtOnce) return rows;
    after = rows.back().key;
  }
}

absl::Status OrderedControl::Change(const auth::ControlRow& row,
                                    std::optional<std::string> expected) {
  return Propose({row.key, std::move(expected), row.value});
}

absl::Status OrderedControl::Remove(const auth::ControlRow& row) {
  return Propose({row.key, row.value, std::nullopt});
}

absl::Status OrderedControl::Propose(sequencer::ControlChange change) {
  // Shared with the answer, which notifies last.
  struct Wait {
    absl::Notification answered;
    absl::Status status;
  };
  auto wait = std::make_shared<Wait>();
  sequencer::Proposal proposal;
  proposal.control = std::move(change);
  proposal.done = [wait](const sequencer::Answers& answers) {
    if (!answers.empty()) wait->status = answers.front().status();
    wait->answered.Notify();
  };
  LIAISON_RETURN_IF_ERROR(proposals_->Propose(std::move(proposal)));
  wait->answered.WaitForNotification();
  return wait->status;
}

}  // namespace liaison::admin
