#include "server/domain/evaluations.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/domain/calendar.h"
#include "server/domain/life_cycles.h"
#include "server/domain/roles.h"
#include "server/domain/rows.h"
#include "server/domain/target.h"

namespace liaison::domain {
namespace {

using record::Error;
using record::Reason;

// The cycles that it is of, was moved to or carried into; none where it names none and may be
// evaluated in any.
absl::StatusOr<std::vector<std::string>> CyclesOf(const Trial& trial, const Target& candidate) {
  LIAISON_ASSIGN_OR_RETURN(const std::string own, OwnCycle(trial.lookup, candidate));
  std::vector<std::string> cycles;
  if (own.empty()) return cycles;
  for (const auto& [cycle, facts] : trial.state.directory->cycles()) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> carried,
                             trial.lookup.Row(CarriedOverKey(cycle, candidate.root)));
    LIAISON_ASSIGN_OR_RETURN(
        const std::optional<std::string> decided,
        trial.lookup.Row(ListKey(RowKind::kDecisionsOf, cycle, candidate.known_root->sequence)));
    if (cycle == own || carried || decided) cycles.push_back(cycle);
  }
  return cycles;
}

// Its scores would count on no board.
absl::Status CheckInCycle(const Trial& trial, const Target& candidate) {
  const std::string& cycle = trial.header().cycle();
  const pb::CycleFacts* facts = trial.state.directory->FindCycle(cycle);
  if (facts == nullptr || facts->state() == pb::CYCLE_STATE_CLOSED) {
    return Refuse(Reason::kCycleUnknown, "there is no such cycle, or it is closed",
                  {{"cycle", "name a cycle that is open"}});
  }
  LIAISON_ASSIGN_OR_RETURN(const std::vector<std::string> cycles, CyclesOf(trial, candidate));
  if (cycles.empty() || std::find(cycles.begin(), cycles.end(), cycle) != cycles.end()) {
    return absl::OkStatus();
  }
  return Refuse(Reason::kCycleUnknown, "what it evaluates is not in that cycle",
                {{"cycle", absl::StrCat("it is in ", absl::StrJoin(cycles, ", "),
                                        "; evaluate it there, or have it carried over")}});
}

// Scores are given while there is evaluation. A conflict is declared as soon as the cycle is open,
// so that the reading in triage is shared without it, and until the last evaluation is over.
absl::Status CheckEvaluationPhase(const Trial& trial) {
  const pb::CycleFacts* cycle = trial.state.directory->FindCycle(trial.header().cycle());
  std::vector<std::string> windows;
  bool still_to_end = false;
  for (const pb::Phase& phase : cycle->phases()) {
    if (phase.phase() != "evaluation" && !absl::StartsWith(phase.phase(), "evaluation.")) continue;
    if (IsWithin(phase.starts_on(), phase.ends_on(), trial.hub_time_us)) return absl::OkStatus();
    still_to_end = still_to_end || !IsPast(phase.ends_on(), trial.hub_time_us);
    windows.push_back(absl::StrCat(phase.starts_on(), " to ", phase.ends_on()));
  }
  if (trial.header().evaluation().conflict() && (still_to_end || windows.empty())) {
    return absl::OkStatus();
  }
  const std::string when = absl::StrJoin(windows, ", ");
  return Error(Reason::kOutsidePhase,
               windows.empty()
                   ? absl::StrCat("cycle ", trial.header().cycle(), " has no evaluation phase")
                   : absl::StrCat("cycle ", trial.header().cycle(), " is evaluated from ", when))
      .With("phase", "evaluation")
      .With("windows", when)
      .With("today", DayOf(trial.hub_time_us));
}

// It, and the groups that hold it now.
absl::StatusOr<std::vector<record::Hash>> WithItsGroups(const Trial& trial,
                                                        const record::Hash& candidate) {
  std::vector<record::Hash> all = {candidate};
  LIAISON_ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                           trial.lookup.Rows(GroupsOfKey(candidate)));
  for (const KeyedRow& row : rows) {
    const record::Hash root = record::Hash::FromBytes(row.value);
    LIAISON_ASSIGN_OR_RETURN(const rows::Grouping group,
                             ReadRow<rows::Grouping>(trial.lookup, GroupingKey(root)));
    const auto& members = group.members();
    if (group.dissolved() ||
        std::find(members.begin(), members.end(), candidate.bytes()) == members.end()) {
      continue;
    }
    all.push_back(root);
  }
  return all;
}

// A conflict is about the candidate, and goes along with it from cycle to cycle; one about a group
// is about all that is in it.
absl::StatusOr<bool> HasConflict(const Trial& trial, const record::Hash& candidate) {
  LIAISON_ASSIGN_OR_RETURN(const std::vector<record::Hash> all, WithItsGroups(trial, candidate));
  for (const auto& [cycle, facts] : trial.state.directory->cycles()) {
    for (const record::Hash& one : all) {
      LIAISON_ASSIGN_OR_RETURN(
          const rows::Evaluation said,
          ReadRow<rows::Evaluation>(trial.lookup, EvaluationKey(cycle, one, trial.author())));
      if (said.conflict()) return true;
    }
  }
  return false;
}

// Of this member's evaluation in this cycle. A conflict may be declared anew in each.
absl::StatusOr<EvaluationState> StateOf(const Trial& trial, const record::Hash& candidate) {
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<std::string> row,
      trial.lookup.Row(EvaluationKey(trial.header().cycle(), candidate, trial.author())));
  if (!trial.header().evaluation().conflict()) {
    LIAISON_ASSIGN_OR_RETURN(const bool conflict, HasConflict(trial, candidate));
    if (conflict) return EvaluationState::kRecused;
  }
  if (!row) return EvaluationState::kNone;
  LIAISON_ASSIGN_OR_RETURN(const rows::Evaluation before, ParseRow<rows::Evaluation>("x", *row));
  return before.conflict() ? EvaluationState::kRecused : EvaluationState::kScored;
}

}  // namespace

absl::Status DecideEvaluation(const Trial& trial) {
  // A seat, so that the record knows no person: the MAG as a whole does not evaluate.
  if (!IsSeat(*trial.state.registry, trial.author())) {
    return NotPermitted("members of the MAG, under the seats they are registered with,", trial);
  }
  const std::string field = ReferenceField(trial.header(), pb::RELATION_EVALUATES);
  Targets targets(trial);
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<Target> target,
      targets.FindRoot(ReferenceOf(trial.header(), pb::RELATION_EVALUATES), field, kCandidates,
                       "a signal, a report, a group of them or a decision"));
  if (!target) return targets.ToStatus();
  LIAISON_RETURN_IF_ERROR(CheckStillDecided(trial, *target, field));
  LIAISON_RETURN_IF_ERROR(CheckInCycle(trial, *target));
  LIAISON_RETURN_IF_ERROR(CheckEvaluationPhase(trial));
  LIAISON_ASSIGN_OR_RETURN(const EvaluationState from, StateOf(trial, target->root));
  return Transition(from, trial.header().evaluation().conflict() ? EvaluationEvent::kDeclareConflict
                                                                 : EvaluationEvent::kScore)
      .status();
}

}  // namespace liaison::domain
