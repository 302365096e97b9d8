#include "server/auth/explanation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/domain/state.h"

namespace liaison::auth {
namespace {

using domain::DirectoryKey;
using domain::DirectoryKind;

// What the registry knows of the reader.
void ExplainStanding(const Principal& reader, const domain::Registry& registry, Explanation* why) {
  const pb::OrganisationFacts* facts = registry.FindNearest(reader.organisation);
  if (facts == nullptr) {
    why->reasons.push_back(
        absl::StrCat(reader.organisation, " is not registered, nor is anything it belongs to."));
    return;
  }
  why->by.push_back(DirectoryKey(DirectoryKind::kOrganisation, facts->organisation()));
  const std::string through =
      facts->organisation() == reader.organisation
          ? reader.organisation
          : absl::StrCat(reader.organisation, " belongs to ", facts->organisation(), ", which");
  if (!reader.is_partner) {
    why->reasons.push_back(absl::StrCat(through, " has retired, or belongs to what has."));
  } else {
    why->reasons.push_back(absl::StrCat(through, " is registered",
                                        reader.is_mag           ? ", as the MAG or one of it."
                                        : reader.is_secretariat ? ", as the secretariat."
                                                                : "."));
  }
}

// A version of a named group.
void ExplainGroup(const Principal& reader, absl::string_view audience, bool may_read,
                  const domain::Directory& directory, Explanation* why) {
  const pb::AudienceFacts* group = directory.FindAudience(audience);
  if (group == nullptr) {
    why->reasons.push_back(absl::StrCat("There is no group ", audience, "."));
    return;
  }
  why->by.push_back(DirectoryKey(DirectoryKind::kAudience, audience));
  const uint32_t latest = directory.LatestVersion(group->group());
  if (latest != group->version()) {
    const std::string newer = absl::StrCat(group->group(), "@", latest);
    why->reasons.push_back(absl::StrCat(
        "Of ", group->group(), " there is version ", latest, ", in which ", reader.organisation,
        std::binary_search(reader.groups.begin(), reader.groups.end(), newer) ? " is" : " is not",
        "; what is for version ", group->version(), " stays with that one."));
  }
  why->reasons.push_back(absl::StrCat(
      audience, " has ", group->members_size(), " members, and ", reader.organisation,
      may_read ? " is, or belongs to, one of them." : " neither is nor belongs to one of them."));
}

}  // namespace

absl::StatusOr<Explanation> ExplainReading(absl::string_view reader, const Readable& event,
                                           const domain::Registry& registry,
                                           const domain::Directory& directory) {
  Principal principal;
  if (!reader.empty()) {
    if (!record::IsOrganisation(reader)) {
      return record::FieldInvalid("reader", "write an organisation as org/name, lower case");
    }
    LIAISON_ASSIGN_OR_RETURN(principal, PrincipalOf(reader, registry, directory));
  }
  Explanation why;
  why.may_read = MayRead(principal, event);
  const absl::string_view group = event.audience.substr(event.audience.find('/') + 1);
  if (group == "public") {
    why.reasons.emplace_back("It is public: everybody reads it.");
    return why;
  }
  why.reasons.push_back(absl::StrCat("It is for ", event.audience, "."));
  if (event.relayed) {
    why.reasons.emplace_back(
        "It comes from another hub, whose names and groups are not this one's: here nobody reads "
        "it.");
    return why;
  }
  if (reader.empty()) {
    why.reasons.emplace_back("Whoever shows nothing reads what is public alone.");
    return why;
  }
  if (record::IsWithinOrganisation(event.author, reader)) {
    why.reasons.push_back(absl::StrCat("Its author, ", event.author, ", is ", reader,
                                       " or belongs to it, and reads its own."));
    return why;
  }
  ExplainStanding(principal, registry, &why);
  if (group == "partners") {
    why.reasons.push_back(
        absl::StrCat("Partners are those who are registered and have not retired; ", reader,
                     why.may_read ? " is one." : " is none."));
  } else if (group == "mag") {
    why.reasons.push_back(absl::StrCat("The MAG's members and the secretariat read it; ", reader,
                                       why.may_read ? " is one of them." : " is none of them."));
  } else {
    ExplainGroup(principal, event.audience, why.may_read, directory, &why);
  }
  return why;
}

}  // namespace liaison::auth
