// What travels through the order: a proposal, and the answer to it.
#ifndef LIAISON_SERVER_SEQUENCER_PROPOSAL_H_
#define LIAISON_SERVER_SEQUENCER_PROPOSAL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/record/hash.h"
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
};

// A row of control state, written if what stands there is what was expected.
struct ControlChange {
  std::string key;
  std::optional<std::string> expected;  // nullopt: nothing
  std::string value;
};

// A Proposal is what one call, or one frame of a stream, wants in the log.
struct Proposal {
  std::vector<domain::Statement> statements;
  std::vector<domain::ChainCheck> checks;  // need `atomic`
  bool atomic = true;                      // all statements or none
  bool dry_run = false;
  std::shared_ptr<Fence> fence;  // may be null
  bool accept_clock = false;     // the operator takes the clock for true; no statements
  // Small ordered state that is no record; no statements. Answered by nothing, or by one error:
  // ABORTED where something else stands there.
  std::optional<ControlChange> control;
  // Called once, on a thread of the hub's: it must not block.
  std::function<void(Answers)> done;

  size_t size_bytes = 0;  // of headers and sections, for the queue's bound
};

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_PROPOSAL_H_
