#include "server/domain/roles.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "proto/record/names.h"

namespace liaison::domain {

Roles ReadingRolesOf(const Registry& registry, absl::string_view organisation) {
  Roles roles;
  while (true) {
    const pb::OrganisationFacts* facts = registry.FindOrganisation(organisation);
    if (facts != nullptr) {
      if (facts->retired()) return {};
      roles.is_partner = true;
      roles.is_mag |= facts->kind() == pb::ORGANISATION_KIND_MAG;
      roles.is_secretariat |= facts->kind() == pb::ORGANISATION_KIND_SECRETARIAT;
      roles.is_nri |= facts->kind() == pb::ORGANISATION_KIND_NRI_NATIONAL ||
                      facts->kind() == pb::ORGANISATION_KIND_NRI_REGIONAL ||
                      facts->kind() == pb::ORGANISATION_KIND_NRI_SUBREGIONAL ||
                      facts->kind() == pb::ORGANISATION_KIND_NRI_YOUTH;
    }
    const size_t slash = organisation.rfind('/');
    if (slash == absl::string_view::npos) return roles;
    organisation = organisation.substr(0, slash);
  }
}

Roles RolesOf(const Registry& registry, absl::string_view organisation) {
  Roles roles = ReadingRolesOf(registry, organisation);
  roles.is_mag &= registry.IsOfKind(organisation, pb::ORGANISATION_KIND_MAG);
  roles.is_secretariat &= registry.IsOfKind(organisation, pb::ORGANISATION_KIND_SECRETARIAT);
  return roles;
}

bool SpeaksFor(const Registry& registry, absl::string_view author, absl::string_view organisation) {
  if (author == organisation) return true;
  return record::IsWithinOrganisation(author, organisation) &&
         registry.FindOrganisation(author) != nullptr &&
         ReadingRolesOf(registry, author).is_partner;
}

bool IsSeat(const Registry& registry, absl::string_view organisation) {
  const absl::string_view body = organisation.substr(0, organisation.rfind('/'));
  return RolesOf(registry, organisation).is_mag &&
         registry.IsOfKind(body, pb::ORGANISATION_KIND_MAG) && !IsSeat(registry, body);
}

bool HasSecretariat(const Registry& registry) {
  return std::any_of(registry.organisations().begin(), registry.organisations().end(),
                     [&registry](const auto& entry) {
                       return entry.second.kind() == pb::ORGANISATION_KIND_SECRETARIAT &&
                              RolesOf(registry, entry.first).is_secretariat;
                     });
}

bool MayRead(const Registry& registry, const Directory& directory, absl::string_view organisation,
             const Readership& event) {
  const absl::string_view group = event.audience.substr(event.audience.find('/') + 1);
  if (group == "public") return true;
  if (event.relayed) return false;
  if (record::IsWithinOrganisation(event.author, organisation)) return true;
  if (group == "partners") return ReadingRolesOf(registry, organisation).is_partner;
  if (group == "mag") {
    const Roles roles = ReadingRolesOf(registry, organisation);
    return roles.is_mag || roles.is_secretariat;
  }
  const pb::AudienceFacts* named = directory.FindAudience(event.audience);
  return named != nullptr && ReadingRolesOf(registry, organisation).is_partner &&
         std::any_of(named->members().begin(), named->members().end(),
                     [organisation](const std::string& member) {
                       return record::IsWithinOrganisation(organisation, member);
                     });
}

bool Covers(const Registry& registry, const Directory& directory, const Readership& other,
            const Readership& one) {
  const auto may = [&](absl::string_view organisation) {
    return MayRead(registry, directory, organisation, other);
  };
  if (absl::EndsWith(other.audience, "/public")) return true;
  if (absl::EndsWith(one.audience, "/public") || !may(one.author)) return false;
  if (one.audience == other.audience) return true;
  if (const pb::AudienceFacts* named = directory.FindAudience(one.audience)) {
    return std::all_of(named->members().begin(), named->members().end(), may);
  }
  return std::all_of(
      registry.organisations().begin(), registry.organisations().end(), [&](const auto& entry) {
        return !MayRead(registry, directory, entry.first, {"", one.audience, one.relayed}) ||
               may(entry.first);
      });
}

}  // namespace liaison::domain
