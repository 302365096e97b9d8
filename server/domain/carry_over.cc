#include "server/domain/carry_over.h"

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

using record::FieldViolation;
using record::Reason;

constexpr pb::EventType kCarried[] = {pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_LOCAL_REPORT,
                                      pb::EVENT_TYPE_DECISION, pb::EVENT_TYPE_SUPPORT_REQUEST};

// What speaks against carrying it over, of which its own words say that it is of cycle `own`; empty
// where nothing does. What names no cycle may come from any.
absl::StatusOr<std::string> WhyNotCarried(const Trial& trial, const Target& target,
                                          const std::string& own) {
  const pb::CarryOverFacts& facts = trial.header().carry_over();
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> already,
                           trial.lookup.Row(CarriedOverKey(facts.to_cycle(), target.root)));
  if (already) return absl::StrCat("has been carried into ", facts.to_cycle(), " before");
  if (own.empty() || own == facts.from_cycle()) return std::string();
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> brought,
                           trial.lookup.Row(CarriedOverKey(facts.from_cycle(), target.root)));
  if (brought) return std::string();
  return absl::StrCat("is of cycle ", own, ", not of ", facts.from_cycle());
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
  for (int i = 0; i < trial.header().references_size(); ++i) {
    const pb::Reference& reference = trial.header().references(i);
    if (reference.relation() != pb::RELATION_CARRIES_OVER) continue;
    const std::string field = absl::StrCat("references[", i, "]");
    LIAISON_ASSIGN_OR_RETURN(
        const std::optional<Target> target,
        targets.FindRoot(reference.digest(), field, kCarried, "a decision, an input or a request"));
    if (!target) continue;
    std::string own;
    if (target->root_header().type() == pb::EVENT_TYPE_DECISION) {
      LIAISON_ASSIGN_OR_RETURN(const rows::Decision decision,
                               ReadDecision(trial.lookup, target->root));
      const absl::Status step =
          Transition(decision.facts().state(), DecisionEvent::kCarryOver).status();
      if (!step.ok()) targets.RefusedStep(field, step);
      own = decision.cycle();
    } else {
      LIAISON_ASSIGN_OR_RETURN(const std::shared_ptr<const KnownHeader> current,
                               CurrentHeader(trial.lookup, *target));
      own = current->header.cycle();
    }
    LIAISON_ASSIGN_OR_RETURN(std::string why_not, WhyNotCarried(trial, *target, own));
    if (!why_not.empty()) targets.Unsuitable(field, std::move(why_not));
  }
  return targets.ToStatus();
}

}  // namespace liaison::domain
