// Who belongs here, and who says so.
#ifndef LIAISON_SERVER_DOMAIN_REGISTRATION_H_
#define LIAISON_SERVER_DOMAIN_REGISTRATION_H_

#include "absl/status/status.h"
#include "server/domain/trial.h"

namespace liaison::domain {

// Whatever asks for a registered organisation rests on this. The secretariat registers anybody as
// anything; while there is none, a hub is being set up and everybody does. Afterwards a registered
// organisation keeps its own entry and those of its parts, and becomes nothing else by its own
// word: kind, stakeholder group and region are what it may do and what it is counted as. Who is
// retired comes back by the secretariat.
//
// The MAG does not seat itself: each seat scores, adopts and stands by work, so a body that could
// make seats could outvote its members, and one that could retire them silence them. Its members
// are appointed; the secretariat has the list. A seat may give itself up.
//
// The last secretariat stays until there is another: without one everybody could do what it does.
absl::Status DecideRegistration(const Trial& trial);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_REGISTRATION_H_
