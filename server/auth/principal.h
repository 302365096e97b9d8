// Who is asking, and what they may read.
#ifndef LIAISON_SERVER_AUTH_PRINCIPAL_H_
#define LIAISON_SERVER_AUTH_PRINCIPAL_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/directory.h"
#include "server/domain/registry.h"

namespace liaison::auth {

// A Principal is whom the hub takes a caller for. Value type.
struct Principal {
  std::string organisation;  // empty: anybody, who sees what is public
  bool is_partner = false;   // of a registered organisation that is not retired
  bool is_mag = false;
  bool is_secretariat = false;
  std::vector<std::string> groups;  // named ones that it is in, `igf/wg-strategy@3`, in order
};

// In development mode the caller is believed; what the organisation is, the registry says, and in
// which groups, the directory. INVALID_ARGUMENT for a name that is none.
absl::StatusOr<Principal> DevelopmentPrincipal(absl::string_view claimed,
                                               const domain::Registry& registry,
                                               const domain::Directory& directory);

// What decides whether an event may be read. Both views are of its header.
struct Readable {
  absl::string_view author;
  absl::string_view audience;
};

// True iff the principal may read the event: what is public; its own; what is for partners, as one
// of them; what is for the MAG, as a member or the secretariat; what is for a version of a named
// group, as one who is in it. Everything else is denied. Pure.
bool MayRead(const Principal& principal, const Readable& event);

// What a change of registry or directory changed for a reader: `partners`, `mag` or
// `wg-strategy@3`, without the hub's name.
struct AudienceChange {
  std::string group;
  bool granted = false;
};
std::vector<AudienceChange> AudienceChanges(const Principal& before, const Principal& after);

}  // namespace liaison::auth

#endif  // LIAISON_SERVER_AUTH_PRINCIPAL_H_
