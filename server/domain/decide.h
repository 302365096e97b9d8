// May this statement enter the log, here and now?
#ifndef LIAISON_SERVER_DOMAIN_DECIDE_H_
#define LIAISON_SERVER_DOMAIN_DECIDE_H_

#include <cstdint>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/domain/state.h"
#include "server/domain/statement.h"

namespace liaison::domain {

// It enters, with this leaf.
struct Accepted {
  record::Leaf leaf;
};
// It is there already: its original is the answer.
struct Duplicate {
  KnownEvent original;
};
using Verdict = std::variant<Accepted, Duplicate>;

// Decides one statement against everything ordered before it. Deterministic: the same state, lookup
// and arguments give the same verdict at every node. `hub_time_us` is the proposer's clock; the
// leaf's time is never before the last event's.
//
// An error is the refusal, with its reason: EVENT_ID_REUSED, SECTION_ERASED, KEY_UNKNOWN,
// KEY_NOT_VALID, KEY_UNACCEPTABLE, TARGET_UNKNOWN, NOT_PERMITTED, FIELD_INVALID, and those of
// DecideLifeCycle.
absl::StatusOr<Verdict> Decide(const State& state, const Lookup& lookup, const Statement& statement,
                               int64_t hub_time_us);

// ABORTED, CHAIN_MOVED unless every check holds; all that fail are named at once.
absl::Status DecideChecks(const Lookup& lookup, absl::Span<const ChainCheck> checks);

// OK iff the statement says what the stored event of the same (author, event id) says.
// ALREADY_EXISTS with the original's digest otherwise (EVENT_ID_REUSED), or where too much of the
// original has been erased to tell (SECTION_ERASED).
absl::Status CompareWithOriginal(const Statement& statement, const KnownEvent& original);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_DECIDE_H_
