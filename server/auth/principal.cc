#include "server/auth/principal.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/domain/roles.h"

namespace liaison::auth {

absl::StatusOr<Principal> PrincipalOf(absl::string_view organisation,
                                      const domain::Registry& registry,
                                      const domain::Directory& directory) {
  if (!record::IsOrganisation(organisation)) {
    return record::FieldInvalid("liaison-as", "write an organisation as org/name, lower case");
  }
  Principal principal;
  principal.organisation = std::string(organisation);
  const domain::Roles roles = domain::ReadingRolesOf(registry, organisation);
  principal.is_partner = roles.is_partner;
  principal.is_mag = roles.is_mag;
  principal.is_secretariat = roles.is_secretariat;
  // Whoever left the hub left its groups.
  if (principal.is_partner) principal.groups = directory.GroupsOf(organisation);
  return principal;
}

absl::StatusOr<Principal> DevelopmentPrincipal(absl::string_view claimed,
                                               const domain::Registry& registry,
                                               const domain::Directory& directory) {
  Principal principal;
  if (!claimed.empty()) {
    LIAISON_ASSIGN_OR_RETURN(principal, PrincipalOf(claimed, registry, directory));
  }
  principal.permissions = Permissions::All();
  principal.is_development = true;
  return principal;
}

std::vector<AudienceChange> AudienceChanges(const Principal& before, const Principal& after) {
  std::vector<AudienceChange> changes;
  for (const char* group : {"partners", "mag"}) {
    const std::string audience = absl::StrCat("hub/", group);
    const bool may = MayRead(after, {"", audience});
    if (may != MayRead(before, {"", audience})) changes.push_back({group, may});
  }
  const auto add_missing = [&changes](const Principal& from, const Principal& in, bool granted) {
    for (const std::string& audience : in.groups) {
      if (std::binary_search(from.groups.begin(), from.groups.end(), audience)) continue;
      changes.push_back({audience.substr(audience.find('/') + 1), granted});
    }
  };
  add_missing(before, after, true);
  add_missing(after, before, false);
  return changes;
}

bool MayRead(const Principal& principal, const Readable& event) {
  const absl::string_view group = event.audience.substr(event.audience.find('/') + 1);
  if (group == "public") return true;
  // The partners of another hub are not ours, nor is its org/a our org/a.
  if (event.relayed || principal.organisation.empty()) return false;
  if (record::IsWithinOrganisation(event.author, principal.organisation)) return true;
  if (group == "partners") return principal.is_partner;
  if (group == "mag") return principal.is_mag || principal.is_secretariat;
  return std::binary_search(principal.groups.begin(), principal.groups.end(), event.audience);
}

}  // namespace liaison::auth
