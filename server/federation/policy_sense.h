// What is amiss with a policy that reads well.
#ifndef LIAISON_SERVER_FEDERATION_POLICY_SENSE_H_
#define LIAISON_SERVER_FEDERATION_POLICY_SENSE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/federation/policy.h"

namespace liaison::federation {

// FIELD_INVALID for what nobody can mean at the hub whose log that is, with the way out. Not asked
// about a policy that two people have adopted: the hub has to run, so that they can mend it.
// Thread-safe.
absl::Status CheckSense(const Policy& policy, absl::string_view own_origin);

// What may not be meant: a sentence for each, with the field before it. `own_address` is where
// others dial this hub; empty: nobody knows. Thread-safe.
std::vector<std::string> DoubtsAbout(const Policy& policy, absl::string_view own_origin,
                                     absl::string_view own_address = "");

// What is lost with the lines that the next policy takes out, likewise. Thread-safe.
std::vector<std::string> DoubtsAboutParting(const Policy& before, const Policy& after);

// FIELD_INVALID where a peer's name goes to another organisation, or an organisation gets another
// name: a block, a pause and a receipt are kept by name.
absl::Status CheckNames(const Policy& before, const Policy& after);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_POLICY_SENSE_H_
