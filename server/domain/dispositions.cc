#include "server/domain/dispositions.h"

#include <algorithm>
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
#include "server/domain/standing.h"
#include "server/domain/target.h"

namespace liaison::domain {
namespace {

constexpr char kInto[] = "disposition.into";

bool GoesSomewhere(pb::DispositionKind kind) {
  return kind == pb::DISPOSITION_KIND_MERGED || kind == pb::DISPOSITION_KIND_TAKEN_UP;
}

// What a disposition names, as far as it can be disposed of.
struct Disposed {
  std::set<record::Hash> roots;
  std::vector<std::shared_ptr<const KnownHeader>> kept;  // what the readerships look into
  std::vector<Readership> readers;
  std::vector<Readership> going;  // of those that go somewhere
  bool goes_anew = false;         // one of these did not in the version before
};

// Whoever reads that an input goes somewhere reads where; and it is not over there.
absl::Status CheckWhere(const Trial& trial, const Target& into, const Disposed& disposed,
                        Targets* targets) {
  const Readership other{into.root_header().author(), into.root_header().audience()};
  const bool seen =
      std::all_of(disposed.going.begin(), disposed.going.end(), [&](const Readership& one) {
        return Covers(*trial.state.registry, *trial.state.directory, other, one);
      });
  if (!seen) {
    targets->Unsuitable(kInto,
                        "is hidden from some who may read these inputs; name what they may read, "
                        "or say it for fewer inputs at once");
  }
  if (into.root_header().type() != pb::EVENT_TYPE_DECISION) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const rows::Decision decision, ReadDecision(trial.lookup, into.root));
  const pb::DecisionState state = decision.facts().state();
  if (state == pb::DECISION_STATE_WITHDRAWN || state == pb::DECISION_STATE_DECLINED) {
    targets->Unsuitable(
        kInto, absl::StrCat("this decision is ",
                            state == pb::DECISION_STATE_DECLINED ? "declined" : "withdrawn",
                            "; name one that stands, or say `noted` or `not this cycle`"));
  }
  return absl::OkStatus();
}

// What inputs go into is an input, a decision or a group that stands, and in the end none of them.
absl::Status CheckInto(const Trial& trial, const Restated& before, const Disposed& disposed,
                       Targets* targets) {
  const std::string& into = trial.header().disposition().into();
  if (into.empty()) {
    if (!disposed.going.empty() && !Imports(trial)) {
      targets->Unsuitable(kInto, "name the decision that takes them up, or the group or input");
    }
    return absl::OkStatus();
  }
  // What was said of it before may be said with other reasons, whatever became of it since.
  if (!disposed.goes_anew && into == before.into()) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(
      std::optional<Target> target,
      targets->FindStanding(into, kInto, kCandidates, "an input, a group of inputs or a decision"));
  if (target) LIAISON_RETURN_IF_ERROR(CheckWhere(trial, *target, disposed, targets));
  // Earlier rules let two go into one another.
  std::set<record::Hash> seen;
  while (target && seen.insert(target->root).second) {
    if (disposed.roots.count(target->root) > 0) {
      targets->Unsuitable(kInto, "goes into itself; name what it goes into");
      return absl::OkStatus();
    }
    LIAISON_ASSIGN_OR_RETURN(const rows::Input input,
                             ReadRow<rows::Input>(trial.lookup, InputKey(target->root)));
    LIAISON_ASSIGN_OR_RETURN(target, FindTarget(trial.lookup, input.into()));
  }
  return absl::OkStatus();
}

void CheckPassedTo(const Trial& trial, const Restated& before, Targets* targets) {
  const pb::DispositionFacts& facts = trial.header().disposition();
  const bool passes = std::any_of(
      facts.inputs().begin(), facts.inputs().end(),
      [](const pb::DisposedInput& one) { return one.kind() == pb::DISPOSITION_KIND_PASSED_ON; });
  if (!passes || facts.passed_to() == before.passed_to()) return;
  std::string why = WhyUnknown(trial, facts.passed_to());
  if (!why.empty()) targets->Unsuitable("disposition.passed_to", std::move(why));
}

// What became of an input so far: nothing where what it went into is gone, nor in a cycle that it
// was carried into since.
absl::StatusOr<pb::DispositionKind> SoFar(const Trial& trial, const record::Hash& root,
                                          const rows::Input& row) {
  if (!trial.header().cycle().empty()) {
    LIAISON_ASSIGN_OR_RETURN(
        const rows::CarriedOver carried,
        ReadRow<rows::CarriedOver>(trial.lookup, CarriedOverKey(trial.header().cycle(), root)));
    if (carried.source().sequence() > row.source().sequence()) {
      return pb::DISPOSITION_KIND_UNSPECIFIED;
    }
  }
  return BecameOf(trial.lookup, row);
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
  LIAISON_ASSIGN_OR_RETURN(const pb::DispositionKind so_far, SoFar(trial, target.root, row));
  const absl::Status step = Transition(so_far, kind).status();
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
  restated.passed_to_ = current->header.disposition().passed_to();
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
  Disposed disposed;
  LIAISON_ASSIGN_OR_RETURN(const Restated before, Restated::By(trial.lookup, trial.header()));
  const pb::DispositionFacts& facts = trial.header().disposition();
  for (int i = 0; i < facts.inputs_size(); ++i) {
    const std::string field = absl::StrCat("disposition.inputs[", i, "]");
    const pb::DispositionKind kind = facts.inputs(i).kind();
    LIAISON_ASSIGN_OR_RETURN(
        const std::optional<Target> target,
        targets.FindRoot(facts.inputs(i).input(), field, kInputs, "a signal or a report"));
    if (!target) continue;
    LIAISON_ASSIGN_OR_RETURN(const rows::Input row,
                             ReadRow<rows::Input>(trial.lookup, InputKey(target->root)));
    disposed.roots.insert(target->root);
    disposed.kept.push_back(target->known_root);
    disposed.readers.push_back({target->root_header().author(), target->root_header().audience()});
    if (GoesSomewhere(kind)) {
      disposed.going.push_back(disposed.readers.back());
      disposed.goes_anew |= before.KindOf(target->root) != kind;
    }
    LIAISON_RETURN_IF_ERROR(CheckStep(trial, before, *target, row, kind, field, &targets));
  }
  LIAISON_RETURN_IF_ERROR(CheckAllNamed(trial, before, disposed.roots, &targets));
  LIAISON_RETURN_IF_ERROR(CheckInto(trial, before, disposed, &targets));
  CheckPassedTo(trial, before, &targets);
  LIAISON_RETURN_IF_ERROR(targets.ToStatus());
  return CheckReaders(trial, disposed.readers);
}

}  // namespace liaison::domain
