// Control state in the hub's one order.
#ifndef LIAISON_SERVER_ADMIN_ORDERED_CONTROL_H_
#define LIAISON_SERVER_ADMIN_ORDERED_CONTROL_H_

#include <optional>
#include <string>
#include <vector>

#include "server/auth/credential_book.h"
#include "server/sequencer/proposal_log.h"
#include "storage/event_log.h"

namespace liaison::admin {

// An OrderedControl writes rows through the order and reads them from the log. Thread-safe; Change
// waits for the sequencer, so never call it from there.
class OrderedControl final : public auth::ControlStore {
 public:
  // Both must outlive it.
  OrderedControl(const storage::EventLog* log, sequencer::ProposalLog* proposals)
      : log_(log), proposals_(proposals) {}

  absl::StatusOr<std::vector<auth::ControlRow>> List(absl::string_view prefix) override;
  absl::Status Change(const auth::ControlRow& row, std::optional<std::string> expected) override;
  absl::Status Remove(const auth::ControlRow& row) override;

 private:
  absl::Status Propose(sequencer::ControlChange change);

  const storage::EventLog* const log_;
  sequencer::ProposalLog* const proposals_;
};

}  // namespace liaison::admin

#endif  // LIAISON_SERVER_ADMIN_ORDERED_CONTROL_H_
