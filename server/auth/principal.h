// Who is asking, and what they may read.
#ifndef LIAISON_SERVER_AUTH_PRINCIPAL_H_
#define LIAISON_SERVER_AUTH_PRINCIPAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/auth/permissions.h"
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

  Permissions permissions = Permissions::None();
  igf::liaison::v1::Role role = igf::liaison::v1::ROLE_UNSPECIFIED;
  std::string credential_id;   // empty: none was shown
  std::string certificate_id;  // the connection's own; empty: it has none
  bool is_development = false;
  absl::Time expires = absl::InfiniteFuture();  // the credential does
  uint64_t revocations = 0;                     // as many there had been when it came in
};

// The organisation as registry and directory have it, without any permission. INVALID_ARGUMENT for
// a name that is none.
absl::StatusOr<Principal> PrincipalOf(absl::string_view organisation,
                                      const domain::Registry& registry,
                                      const domain::Directory& directory);
// In development mode the caller is believed, and may do everything.
absl::StatusOr<Principal> DevelopmentPrincipal(absl::string_view claimed,
                                               const domain::Registry& registry,
                                               const domain::Directory& directory);

// What decides whether an event may be read. Both views are of its header.
struct Readable {
  absl::string_view author;
  absl::string_view audience;
  bool relayed = false;  // it comes from another hub
};

// True iff the principal may read the event: what is public; its own; what is for partners, as one
// of them; what is for the MAG, as a member or the secretariat; what is for a version of a named
// group, as one who is in it. Everything else is denied. Names and groups are good at their own
// hub, so of what is relayed everybody reads what is public there, and nobody anything else. Pure.
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
