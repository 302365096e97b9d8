// What an organisation is, and what it may therefore read.
#ifndef LIAISON_SERVER_DOMAIN_ROLES_H_
#define LIAISON_SERVER_DOMAIN_ROLES_H_

#include "absl/strings/string_view.h"
#include "server/domain/directory.h"
#include "server/domain/registry.h"

namespace liaison::domain {

// What an organisation is. Whoever is not registered, by himself or through what he belongs to, is
// nothing of all this, nor is anybody who is retired or belongs to what is.
struct Roles {
  bool is_partner = false;
  bool is_mag = false;
  bool is_secretariat = false;
  bool is_nri = false;
};
// As what it speaks. A part of a partner is a partner, a part of an initiative reports for it. Who
// decides or registers is the MAG or the secretariat by an entry of his own: a seat, a working
// group, the body itself; else whoever belongs there had as many voices as he could think of names.
Roles RolesOf(const Registry& registry, absl::string_view organisation);
// As what it reads: as all that it belongs to.
Roles ReadingRolesOf(const Registry& registry, absl::string_view organisation);
// True iff `author` commits the organisation: it is that, or a part of it with an entry of its own.
bool SpeaksFor(const Registry& registry, absl::string_view author, absl::string_view organisation);

// True iff it is a seat of the MAG: registered as such, directly below a body that is. The body
// itself is none, and nothing below a seat is, so that one member is one voice.
bool IsSeat(const Registry& registry, absl::string_view organisation);

// True iff somebody is registered as the secretariat: until then nobody can act as such.
bool HasSecretariat(const Registry& registry);

// Who may read an event, as its header says it.
struct Readership {
  absl::string_view author;
  absl::string_view audience;
  bool relayed = false;  // it comes from another hub
};

// True iff the organisation may read it: what is public; its own; what is for partners, for the
// MAG, for a named group, as one of them. Of what is relayed only what is public.
bool MayRead(const Registry& registry, const Directory& directory, absl::string_view organisation,
             const Readership& event);
// True iff whoever may read the one may read the other, as far as the hub knows its organisations.
bool Covers(const Registry& registry, const Directory& directory, const Readership& other,
            const Readership& one);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_ROLES_H_
