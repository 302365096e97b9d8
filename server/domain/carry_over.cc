#include "server/domain/carry_over.h"

#include <cstdint>
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

using record::FieldViolation;
using record::Reason;

constexpr pb::EventType kCarried[] = {pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_LOCAL_REPORT,
                                      pb::EVENT_TYPE_DECISION, pb::EVENT_TYPE_SUPPORT_REQUEST};

// Of which cycle it is by now: that which it was carried into last, else its own. Empty where it is
// of none.
absl::StatusOr<std::string> CycleNow(const Trial& trial, const Target& target) {
  LIAISON_ASSIGN_OR_RETURN(std::string now, OwnCycle(trial.lookup, target));
  uint64_t since = 0;
  for (const auto& [cycle, facts] : trial.state.directory->cycles()) {
    LIAISON_ASSIGN_OR_RETURN(
        const rows::CarriedOver carried,
        ReadRow<rows::CarriedOver>(trial.lookup, CarriedOverKey(cycle, target.root)));
    if (carried.source().sequence() <= since) continue;
    since = carried.source().sequence();
    now = cycle;
  }
  return now;
}

// True iff everybody whom it asks has answered.
absl::StatusOr<bool> IsAnswered(const Trial& trial, const Target& target) {
  LIAISON_ASSIGN_OR_RETURN(const std::shared_ptr<const KnownHeader> current,
                           CurrentHeader(trial.lookup, target));
  if (!IsRequest(current->header)) return true;
  for (const std::string& addressee : current->header.addressees()) {
    LIAISON_ASSIGN_OR_RETURN(
        const rows::Request request,
        ReadRow<rows::Request>(trial.lookup, RequestKey(target.root, addressee)));
    if (request.state() != rows::REQUEST_STATE_ANSWERED) return false;
  }
  return true;
}

// An input that is a request as well is carried over as long as one of the two is open.
absl::StatusOr<std::string> WhyFinished(const Trial& trial, const Target& target) {
  LIAISON_ASSIGN_OR_RETURN(const bool answered, IsAnswered(trial, target));
  if (!answered) return std::string();
  if (target.root_header().type() == pb::EVENT_TYPE_SUPPORT_REQUEST) {
    return std::string("has been answered; ask again where help is needed again");
  }
  LIAISON_ASSIGN_OR_RETURN(const rows::Input row,
                           ReadRow<rows::Input>(trial.lookup, InputKey(target.root)));
  LIAISON_ASSIGN_OR_RETURN(const pb::DispositionKind became, BecameOf(trial.lookup, row));
  if (became == pb::DISPOSITION_KIND_MERGED || became == pb::DISPOSITION_KIND_TAKEN_UP) {
    return absl::StrCat("was ",
                        became == pb::DISPOSITION_KIND_MERGED ? "merged into" : "taken up by",
                        " something else; carry that over");
  }
  return std::string();
}

// All that speaks against carrying it over.
absl::Status CheckItem(const Trial& trial, const Target& target, const std::string& field,
                       Targets* targets) {
  const pb::CarryOverFacts& facts = trial.header().carry_over();
  LIAISON_ASSIGN_OR_RETURN(const std::string now, CycleNow(trial, target));
  if (now == facts.to_cycle()) {
    targets->Unsuitable(field, absl::StrCat("is in ", now, " already"));
  } else if (!now.empty() && now != facts.from_cycle()) {
    targets->Unsuitable(field, absl::StrCat("is in ", now, ", not in ", facts.from_cycle(),
                                            "; carry it over from there"));
  }
  if (target.root_header().type() == pb::EVENT_TYPE_DECISION) {
    LIAISON_ASSIGN_OR_RETURN(const rows::Decision decision,
                             ReadDecision(trial.lookup, target.root));
    const absl::Status step =
        Transition(decision.facts().state(), DecisionEvent::kCarryOver).status();
    if (!step.ok()) targets->RefusedStep(field, step);
    return absl::OkStatus();
  }
  LIAISON_ASSIGN_OR_RETURN(std::string finished, WhyFinished(trial, target));
  if (!finished.empty()) targets->Unsuitable(field, std::move(finished));
  return absl::OkStatus();
}

}  // namespace

absl::Status DecideCarryOver(const Trial& trial) {
  if (!trial.roles.is_secretariat) return NotPermitted("the secretariat", trial);
  const pb::CarryOverFacts& facts = trial.header().carry_over();
  const Directory& directory = *trial.state.directory;
  std::vector<FieldViolation> unknown;
  const pb::CycleFacts* to = directory.FindCycle(facts.to_cycle());
  if (directory.FindCycle(facts.from_cycle()) == nullptr) {
    unknown.push_back({"carry_over.from_cycle", "this hub has no such cycle"});
  }
  if (to == nullptr || to->state() == pb::CYCLE_STATE_CLOSED) {
    unknown.push_back({"carry_over.to_cycle", "name a cycle that is open"});
  }
  if (!unknown.empty()) return Refuse(Reason::kCycleUnknown, "there is no such cycle", unknown);
  Targets targets(trial);
  std::set<record::Hash> named;
  std::vector<std::shared_ptr<const KnownHeader>> kept;  // what `readers` look into
  std::vector<Readership> readers;
  for (int i = 0; i < trial.header().references_size(); ++i) {
    const pb::Reference& reference = trial.header().references(i);
    if (reference.relation() != pb::RELATION_CARRIES_OVER) continue;
    const std::string field = absl::StrCat("references[", i, "]");
    LIAISON_ASSIGN_OR_RETURN(
        const std::optional<Target> target,
        targets.FindRoot(reference.digest(), field, kCarried, "a decision, an input or a request"));
    if (!target) continue;
    if (!named.insert(target->root).second) {
      targets.Unsuitable(field, "is named twice; once will do");
      continue;
    }
    kept.push_back(target->known_root);
    readers.push_back({target->root_header().author(), target->root_header().audience()});
    LIAISON_RETURN_IF_ERROR(CheckItem(trial, *target, field, &targets));
  }
  const std::optional<FieldViolation> hidden = HiddenFrom(trial, readers);
  if (hidden) targets.Also(*hidden);
  LIAISON_RETURN_IF_ERROR(targets.ToStatus());
  return hidden ? record::FieldsInvalid({*hidden}) : absl::OkStatus();
}

}  // namespace liaison::domain
