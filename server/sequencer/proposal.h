// What travels through the order: a proposal, and the answer to it.
#ifndef LIAISON_SERVER_SEQUENCER_PROPOSAL_H_
#define LIAISON_SERVER_SEQUENCER_PROPOSAL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/record/hash.h"
#include "proto/record/judgement.h"
#include "proto/record/leaf.h"
#include "server/domain/statement.h"

namespace liaison::sequencer {

// What a publisher holds in its hand afterwards.
struct Receipt {
  record::Leaf leaf;       // leaf.sequence is 0 after a dry run
  record::Hash leaf_hash;  // zero after a dry run
  std::string event_id;
  std::string header_bytes;
  bool duplicate = false;
};

// One answer for each statement, in order.
using Answers = std::vector<absl::StatusOr<Receipt>>;

// Shared by the proposals of one stream: once something on it was refused, everything later is.
struct Fence {
  std::atomic<bool> closed{false};
  // Those who go on after a refusal send again what was not judged, with all that is behind it: so
  // that the order stays, nothing behind it is written before. Set before the fence is shared.
  bool lets_judgements_pass = false;
  bool IsClosedBy(const absl::Status& refused) const {
    return !lets_judgements_pass || !record::IsJudgement(refused);
  }
};

// A row of control state, written if what stands there is what was expected; and with it, in the
// same write, other rows that it guards.
struct ControlChange {
  struct Row {
    std::string key;
    std::optional<std::string> value;  // nullopt: it goes
  };
  std::string key;
  std::optional<std::string> expected;  // nullopt: nothing
  std::optional<std::string> value;     // nullopt: it goes
  std::vector<Row> also = {};
};

// What becomes of a statement that would enter the log and must wait for a second person.
struct Hold {
  std::optional<ControlChange> row;  // keeps it; nullopt: it is kept already, or not at all
  absl::Status answer;               // an error, which is its answer
};

// A Proposal is what one call, or one frame of a stream, wants in the log.
struct Proposal {
  std::vector<domain::Statement> statements;
  std::vector<domain::ChainCheck> checks;  // need `atomic`
  bool atomic = true;                      // all statements or none
  bool dry_run = false;
  std::shared_ptr<Fence> fence;  // may be null
  bool accept_clock = false;     // the operator takes the clock for true; no statements
  // By index of a statement: it does not enter; where it would have, the row is written instead.
  // Not where the log has it already, and not in a dry run.
  std::map<size_t, Hold> holds;
  // Small ordered state that is no record. Without statements: answered by nothing, or by one
  // error, ABORTED where something else stands there. With them (which need `atomic`): both or
  // neither.
  std::optional<ControlChange> control;
  bool answer_first = false;  // whoever waits holds a thread that may be the one to answer
  // Called once, on a thread of the hub's: it must not block.
  std::function<void(Answers)> done;

  size_t size_bytes = 0;  // of headers and sections, for the queue's bound
};

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_PROPOSAL_H_
