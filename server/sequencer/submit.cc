#include "server/sequencer/submit.h"

#include <optional>
#include <utility>

#include "server/domain/decide.h"
#include "server/sequencer/group.h"

namespace liaison::sequencer {
namespace {

// The original receipts; empty unless every statement has one.
Answers AnswersFromLog(const storage::EventLog& log, const Proposal& proposal) {
  Answers answers;
  for (const domain::Statement& statement : proposal.statements) {
    absl::StatusOr<std::optional<domain::KnownEvent>> known =
        FindByIdentity(log, statement.header.author(), statement.header.event_id());
    if (!known.ok() || !*known || !domain::CompareWithOriginal(statement, **known).ok()) return {};
    answers.push_back(ReceiptOf(**known, statement.header.event_id()));
  }
  return answers;
}

}  // namespace

absl::Status Submit(const storage::EventLog& log, ProposalLog* proposals, Proposal&& proposal) {
  absl::Status refused = proposals->Propose(std::move(proposal));
  if (refused.ok()) return refused;
  // Untouched, since it was refused. Behind a closed fence even a retry has to wait.
  // NOLINTNEXTLINE(bugprone-use-after-move)
  if (proposal.fence != nullptr && proposal.fence->closed) return refused;
  Answers answers = AnswersFromLog(log, proposal);
  if (answers.empty()) return refused;
  proposal.done(std::move(answers));
  return absl::OkStatus();
}

}  // namespace liaison::sequencer
