#include "server/domain/standing.h"

#include <optional>
#include <string>

#include "proto/record/macros.h"
#include "server/domain/rows.h"

namespace liaison::domain {

absl::StatusOr<bool> IsGone(const Lookup& lookup, const Target& target) {
  LIAISON_ASSIGN_OR_RETURN(const rows::Revision chain,
                           ReadRow<rows::Revision>(lookup, RevisionKey(target.root)));
  if (chain.has_retraction()) return true;
  if (target.root_header().type() == pb::EVENT_TYPE_GROUPING) {
    LIAISON_ASSIGN_OR_RETURN(const rows::Grouping group,
                             ReadRow<rows::Grouping>(lookup, GroupingKey(target.root)));
    return group.dissolved();
  }
  if (target.root_header().type() != pb::EVENT_TYPE_DECISION) return false;
  LIAISON_ASSIGN_OR_RETURN(const rows::Decision decision, ReadDecision(lookup, target.root));
  return decision.facts().state() == pb::DECISION_STATE_WITHDRAWN;
}

absl::StatusOr<pb::DispositionKind> BecameOf(const Lookup& lookup, const rows::Input& input) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> into, FindTarget(lookup, input.into()));
  if (!into) return input.kind();
  LIAISON_ASSIGN_OR_RETURN(const bool gone, IsGone(lookup, *into));
  return gone ? pb::DISPOSITION_KIND_UNSPECIFIED : input.kind();
}

absl::StatusOr<bool> StandsToConsider(const Lookup& lookup, const Target& target) {
  LIAISON_ASSIGN_OR_RETURN(const bool gone, IsGone(lookup, target));
  if (gone || target.root_header().type() != pb::EVENT_TYPE_GROUPING) return !gone;
  LIAISON_ASSIGN_OR_RETURN(const rows::Grouping group,
                           ReadRow<rows::Grouping>(lookup, GroupingKey(target.root)));
  for (const std::string& digest : group.members()) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> member, FindTarget(lookup, digest));
    if (!member) continue;
    LIAISON_ASSIGN_OR_RETURN(const bool member_gone, IsGone(lookup, *member));
    if (!member_gone) return true;
  }
  return false;
}

}  // namespace liaison::domain
