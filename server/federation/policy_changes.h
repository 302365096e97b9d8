// What is another in one policy than in the other, for the people who decide.
#ifndef LIAISON_SERVER_FEDERATION_POLICY_CHANGES_H_
#define LIAISON_SERVER_FEDERATION_POLICY_CHANGES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::federation {

struct PolicyChange {
  std::string what;    // `peer.regional.send "public signals".topics`
  std::string before;  // as it is written in the policy; empty: it was not there
  std::string after;   // empty: it is not there
};

// All of it, by name; rules are known by theirs, and where they stand in another order, that is a
// change. REQUIRES: both are policies. Thread-safe.
absl::StatusOr<std::vector<PolicyChange>> ChangesBetween(absl::string_view before,
                                                         absl::string_view after);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_POLICY_CHANGES_H_
