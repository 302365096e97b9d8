// How what was verified enters the one order.
#ifndef LIAISON_SERVER_FEDERATION_ENTER_H_
#define LIAISON_SERVER_FEDERATION_ENTER_H_

#include <optional>
#include <string>
#include <vector>

#include "server/domain/statement.h"
#include "server/federation/origin.h"
#include "server/federation/verify_item.h"
#include "server/sequencer/proposal.h"

namespace liaison::federation {

// The item as a statement: the author's bytes, its place at the origin, and what proves that. What
// did not come with it is WITHHELD, erased or not: a redaction in the same lane says which.
// REQUIRES: the judgement is kAccepted, of this very item under this head.
domain::Statement ToStatement(const Item& item, const Judgement& judgement, const Origin& origin,
                              const Head& head);

// What one batch came to, in one write: the statements and the lane's cursor, or neither. Answered
// as a Proposal is: one receipt for each statement, `duplicate` where the log has it; for the
// cursor alone nothing, or one error. ABORTED where the cursor is not the expected one any more:
// somebody else moved the lane.
struct Cursor {
  std::string key;  // LaneRowKey
  std::optional<std::string> expected;
  std::string value;
};
sequencer::Proposal EntryOf(std::vector<domain::Statement> statements, Cursor cursor);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_ENTER_H_
