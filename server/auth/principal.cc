#include "server/auth/principal.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"

namespace liaison::auth {
namespace {

// A seat speaks for the body it belongs to: org/igf-mag/seat-17 for org/igf-mag.
void TakeRoles(const domain::Registry& registry, absl::string_view organisation,
               Principal* principal) {
  while (true) {
    const domain::pb::OrganisationFacts* facts = registry.FindOrganisation(organisation);
    if (facts != nullptr && !facts->retired()) {
      principal->is_partner = true;
      principal->is_mag |= facts->kind() == domain::pb::ORGANISATION_KIND_MAG;
      principal->is_secretariat |= facts->kind() == domain::pb::ORGANISATION_KIND_SECRETARIAT;
    }
    const size_t slash = organisation.rfind('/');
    if (slash == absl::string_view::npos) return;
    organisation = organisation.substr(0, slash);
  }
}

}  // namespace

absl::StatusOr<Principal> PrincipalOf(absl::string_view organisation,
                                      const domain::Registry& registry,
                                      const domain::Directory& directory) {
  if (!record::IsOrganisation(organisation)) {
    return record::FieldInvalid("liaison-as", "write an organisation as org/name, lower case");
  }
  Principal principal;
  principal.organisation = std::string(organisation);
  TakeRoles(registry, organisation, &principal);
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
  if (principal.organisation.empty()) return false;
  if (record::IsWithinOrganisation(event.author, principal.organisation)) return true;
  if (group == "partners") return principal.is_partner;
  if (group == "mag") return principal.is_mag || principal.is_secretariat;
  return std::binary_search(principal.groups.begin(), principal.groups.end(), event.audience);
}

}  // namespace liaison::auth
