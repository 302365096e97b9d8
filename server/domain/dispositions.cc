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

// One input, which what became of it stands in `row`.
absl::Status CheckStep(const Trial& trial, const Restated& before, const Target& target,
                       const rows::Input& row, pb::DispositionKind kind, const std::string& field,
                       Targets* targets) {
  const pb::DispositionKind said_before = before.KindOf(target.root);
  if (said_before == kind) return absl::OkStatus();
  if (said_before != pb::DISPOSITION_KIND_UNSPECIFIED) {
    LIAISON_ASSIGN_OR_RETURN(const bool stands, before.Stands(trial.lookup, row));
    if (!stands) {
      targets->Unsuitable(field, "it was disposed of again since; say it in a new disposition");
      return absl::OkStatus();
    }
  }
  // Earlier rules let it be hidden from them: it may be said again where they see it.
  if (row.kind() == kind &&
      !Covers(*trial.state.registry, *trial.state.directory,
              {row.source().author(), row.source().audience()},
              {target.root_header().author(), target.root_header().audience()})) {
    return absl::OkStatus();
  }
  const absl::Status step = Transition(row.kind(), kind).status();
  if (!step.ok()) targets->RefusedStep(field, step);
  return absl::OkStatus();
}

// A contributor who was told something is told what became of that: a later version leaves nobody
// out, save whoever took their input back.
absl::Status CheckAllNamed(const Trial& trial, const Restated& before,
                           const std::set<record::Hash>& inputs, Targets* targets) {
  for (const auto& [input, kind] : before.kinds()) {
    if (inputs.count(input) > 0) continue;
    LIAISON_ASSIGN_OR_RETURN(const rows::Revision chain,
                             ReadRow<rows::Revision>(trial.lookup, RevisionKey(input)));
    if (chain.has_retraction()) continue;
    targets->Unsuitable("disposition.inputs",
                        absl::StrCat("name ", input.ToHex(),
                                     " as well: a later version says what became of all that the "
                                     "version before named"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Restated> Restated::By(const Lookup& lookup, const pb::EventHeader& header) {
  Restated restated;
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> chain,
                           FindTarget(lookup, ReferenceOf(header, pb::RELATION_REVISES)));
  if (!chain) return restated;
  LIAISON_ASSIGN_OR_RETURN(const std::shared_ptr<const KnownHeader> current,
                           CurrentHeader(lookup, *chain));
  restated.root_ = chain->root;
  restated.into_ = current->header.disposition().into();
  for (const pb::DisposedInput& input : current->header.disposition().inputs()) {
    restated.kinds_[record::Hash::FromBytes(input.input())] = input.kind();
  }
  return restated;
}

pb::DispositionKind Restated::KindOf(const record::Hash& input) const {
  const auto it = kinds_.find(input);
  return it == kinds_.end() ? pb::DISPOSITION_KIND_UNSPECIFIED : it->second;
}

absl::StatusOr<bool> Restated::Stands(const Lookup& lookup, const rows::Input& input) const {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> said,
                           FindTarget(lookup, input.source().digest()));
  return said && said->root == root_;
}

absl::Status DecideDisposition(const Trial& trial) {
  if (!trial.roles.is_mag && !trial.roles.is_secretariat) {
    return NotPermitted("the MAG and the secretariat", trial);
  }
  Targets targets(trial);
  std::set<record::Hash> inputs;
  std::vector<std::shared_ptr<const KnownHeader>> kept;  // what `readers` look into
  std::vector<Readership> readers;
  LIAISON_ASSIGN_OR_RETURN(const Restated before, Restated::By(trial.lookup, trial.header()));
  const pb::DispositionFacts& facts = trial.header().disposition();
  for (int i = 0; i < facts.inputs_size(); ++i) {
    const std::string field = absl::StrCat("disposition.inputs[", i, "]");
    LIAISON_ASSIGN_OR_RETURN(
        const std::optional<Target> target,
        targets.FindRoot(facts.inputs(i).input(), field, kInputs, "a signal or a report"));
    if (!target) continue;
    LIAISON_ASSIGN_OR_RETURN(const rows::Input row,
                             ReadRow<rows::Input>(trial.lookup, InputKey(target->root)));
    inputs.insert(target->root);
    kept.push_back(target->known_root);
    readers.push_back({target->root_header().author(), target->root_header().audience()});
    LIAISON_RETURN_IF_ERROR(
        CheckStep(trial, before, *target, row, facts.inputs(i).kind(), field, &targets));
  }
  LIAISON_RETURN_IF_ERROR(CheckAllNamed(trial, before, inputs, &targets));
  LIAISON_RETURN_IF_ERROR(CheckInto(trial, inputs, &targets));
  LIAISON_RETURN_IF_ERROR(targets.ToStatus());
  return CheckReaders(trial, readers);
}

}  // namespace liaison::domain
