#include "server/domain/dispositions.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/domain/life_cycles.h"
#include "server/domain/roles.h"
#include "server/domain/rows.h"
#include "server/domain/target.h"

namespace liaison::domain {
namespace {

// What inputs go into is an input, a decision or a group that stands, and in the end none of them.
absl::Status CheckInto(const Trial& trial, const std::set<record::Hash>& inputs, Targets* targets) {
  constexpr char kField[] = "disposition.into";
  const std::string& into = trial.header().disposition().into();
  if (into.empty()) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(std::optional<Target> target,
                           targets->FindStanding(into, kField, kCandidates,
                                                 "an input, a group of inputs or a decision"));
  // Earlier rules let two go into one another.
  std::set<record::Hash> seen;
  while (target && seen.insert(target->root).second) {
    if (inputs.count(target->root) > 0) {
      targets->Unsuitable(kField, "goes into itself; name what it goes into");
      return absl::OkStatus();
    }
    LIAISON_ASSIGN_OR_RETURN(const rows::Input input,
                             ReadRow<rows::Input>(trial.lookup, InputKey(target->root)));
    LIAISON_ASSIGN_OR_RETURN(target, FindTarget(trial.lookup, input.into()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status DecideDisposition(const Trial& trial) {
  if (!trial.roles.is_mag && !trial.roles.is_secretariat) {
    return NotPermitted("the MAG and the secretariat", trial);
  }
  Targets targets(trial);
  std::set<record::Hash> inputs;
  std::vector<std::shared_ptr<const KnownHeader>> kept;  // what `readers` look into
  std::vector<Readership> readers;
  const pb::DispositionFacts& facts = trial.header().disposition();
  for (int i = 0; i < facts.inputs_size(); ++i) {
    const std::string field = absl::StrCat("disposition.inputs[", i, "]");
    LIAISON_ASSIGN_OR_RETURN(
        const std::optional<Target> target,
        targets.FindRoot(facts.inputs(i).input(), field, kInputs, "a signal or a report"));
    if (!target) continue;
    LIAISON_ASSIGN_OR_RETURN(const rows::Input input,
                             ReadRow<rows::Input>(trial.lookup, InputKey(target->root)));
    inputs.insert(target->root);
    kept.push_back(target->known_root);
    readers.push_back({target->root_header().author(), target->root_header().audience()});
    // Earlier rules let it be hidden from them: it may be said again where they see it.
    if (input.kind() == facts.inputs(i).kind() &&
        !Covers(*trial.state.registry, *trial.state.directory,
                {input.source().author(), input.source().audience()}, readers.back())) {
      continue;
    }
    const absl::Status step = Transition(input.kind(), facts.inputs(i).kind()).status();
    if (!step.ok()) targets.RefusedStep(field, step);
  }
  LIAISON_RETURN_IF_ERROR(CheckInto(trial, inputs, &targets));
  LIAISON_RETURN_IF_ERROR(targets.ToStatus());
  return CheckReaders(trial, readers);
}

}  // namespace liaison::domain
