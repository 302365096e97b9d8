#include "server/rpc/ordered.h"

#include <memory>
#include <utility>

#include "absl/synchronization/notification.h"
#include "proto/record/macros.h"

namespace liaison::rpc {

absl::StatusOr<sequencer::Answers> PutInOrder(const Hub& hub, sequencer::Proposal proposal) {
  // Shared with the answer, which notifies last.
  struct Wait {
    absl::Notification answered;
    sequencer::Answers answers;
  };
  auto wait = std::make_shared<Wait>();
  proposal.answer_first = true;
  proposal.done = [wait](sequencer::Answers answers) {
    wait->answers = std::move(answers);
    wait->answered.Notify();
  };
  LIAISON_RETURN_IF_ERROR(hub.proposals->Propose(std::move(proposal)));
  wait->answered.WaitForNotification();
  return std::move(wait->answers);
}

}  // namespace liaison::rpc
