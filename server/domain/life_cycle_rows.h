// What an accepted event changes in the rows of life cycles.
#ifndef LIAISON_SERVER_DOMAIN_LIFE_CYCLE_ROWS_H_
#define LIAISON_SERVER_DOMAIN_LIFE_CYCLE_ROWS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/record/leaf.h"
#include "server/domain/state.h"
#include "server/domain/statement.h"

namespace liaison::domain {

struct ChangedRow {
  std::string key;
  std::optional<std::string> value;  // nullopt deletes
};

// In the order in which they take effect; a key may come twice. `before` is the state before the
// event, `lookup` answers for everything before it. Reads headers and rows, never a section. Empty
// for an event under rules without life cycles, and for what only its own header speaks of.
//
// Replaying a log through this, with rows that begin empty, gives the rows that were stored. An
// error only where the lookup has one: whatever could be refused, Decide has refused.
absl::StatusOr<std::vector<ChangedRow>> ApplyLifeCycle(const State& before, const Lookup& lookup,
                                                       const pb::EventHeader& header,
                                                       const record::Leaf& leaf);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_LIFE_CYCLE_ROWS_H_
