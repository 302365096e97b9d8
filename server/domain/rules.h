// The rules of life cycles: who may say what, and what has to be there first.
#ifndef LIAISON_SERVER_DOMAIN_RULES_H_
#define LIAISON_SERVER_DOMAIN_RULES_H_

#include <cstdint>

#include "absl/status/status.h"
#include "server/domain/state.h"
#include "server/domain/statement.h"

namespace liaison::domain {

// In force from kLifeCycleRulesVersion on. Deterministic; `hub_time_us` is the leaf's.
//
// Everything of one kind that is wrong is named at once. In this order: references that are not
// there or not for the author's eyes, which is one and the same error, and audiences that are not
// there (TARGET_UNKNOWN); topics that
// no scheme has (TOPIC_UNKNOWN); dates that are still to come (FIELD_INVALID) or past (DATE_PAST);
// a cycle that is not there, or is closed to what is new (CYCLE_UNKNOWN); for whom it is recorded
// (FIELD_INVALID, NOT_PERMITTED); who may (NOT_PERMITTED);
// what it is about is of the wrong kind (TARGET_UNSUITABLE) or retracted (TARGET_RETRACTED); the
// cycle is not there (CYCLE_UNKNOWN) or not in its evaluation phase (OUTSIDE_PHASE); the step is
// not in the table (TRANSITION_NOT_ALLOWED); something is missing (ADOPTION_INCOMPLETE,
// REASONS_MISSING).
absl::Status DecideLifeCycle(const State& state, const Lookup& lookup, const Statement& statement,
                             int64_t hub_time_us);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_RULES_H_
