#include "server/domain/registration.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/domain/roles.h"

namespace liaison::domain {
namespace {

using record::Error;
using record::FieldViolation;
using record::Reason;

absl::Status KeepsASecretariat(const Trial& trial) {
  const Registry& before = *trial.state.registry;
  if (!HasSecretariat(before)) return absl::OkStatus();
  Registry after = before;
  after.Apply(trial.header());
  if (HasSecretariat(after)) return absl::OkStatus();
  return Error(Reason::kNotPermitted,
               "the last secretariat stays, for without one everybody could do what it does; "
               "register the next one first");
}

absl::Status MayKeepEntry(const Trial& trial) {
  const Registry& registry = *trial.state.registry;
  const pb::OrganisationFacts& facts = trial.header().organisation();
  const pb::OrganisationFacts* own = registry.FindOrganisation(trial.author());
  if (own == nullptr || !trial.roles.is_partner ||
      !record::IsWithinOrganisation(facts.organisation(), trial.author())) {
    return NotPermitted(
        "the secretariat, which registers whoever asks it, and the organisation itself, once it is "
        "registered,",
        trial);
  }
  const pb::OrganisationFacts* entry = registry.FindOrganisation(facts.organisation());
  if (entry != nullptr && entry->retired()) {
    return Error(Reason::kNotPermitted, absl::StrCat(facts.organisation(),
                                                     " is retired; only the secretariat registers "
                                                     "it again"));
  }
  const pb::OrganisationKind kind = registry.FindNearest(facts.organisation())->kind();
  const bool own_seat = facts.organisation() == trial.author() &&
                        (!facts.retired() || IsSeat(registry, trial.author()));
  if ((kind == pb::ORGANISATION_KIND_MAG || kind == pb::ORGANISATION_KIND_SECRETARIAT) &&
      !own_seat) {
    return Error(Reason::kNotPermitted,
                 "the MAG does not seat itself; the secretariat registers and retires its seats");
  }
  return absl::OkStatus();
}

absl::Status StaysWhatItIs(const Trial& trial) {
  const pb::OrganisationFacts& facts = trial.header().organisation();
  const pb::OrganisationFacts& is = *trial.state.registry->FindNearest(facts.organisation());
  const std::string as =
      absl::StrCat("that of ", is.organisation(), "; only the secretariat registers another");
  std::vector<FieldViolation> changed;
  const auto check = [&](bool same, const char* field) {
    if (!same) changed.push_back({field, as});
  };
  check(facts.kind() == is.kind(), "organisation.kind");
  check(facts.stakeholder_group() == is.stakeholder_group(), "organisation.stakeholder_group");
  check(facts.region() == is.region(), "organisation.region");
  if (changed.empty()) return absl::OkStatus();
  return Refuse(Reason::kNotPermitted, "nobody becomes something else by its own word", changed);
}

}  // namespace

absl::Status DecideRegistration(const Trial& trial) {
  if (trial.roles.is_secretariat || !HasSecretariat(*trial.state.registry)) {
    return KeepsASecretariat(trial);
  }
  LIAISON_RETURN_IF_ERROR(MayKeepEntry(trial));
  return StaysWhatItIs(trial);
}

}  // namespace liaison::domain
