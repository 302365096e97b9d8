// What peers have of this hub's own log, asked before it writes.
#ifndef LIAISON_SERVER_FEDERATION_OWN_HEADS_H_
#define LIAISON_SERVER_FEDERATION_OWN_HEADS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/federation/lane_puller.h"
#include "server/federation/policy.h"

namespace liaison::federation {

struct ShownHead {
  std::string peer;
  std::string note;  // as the peer gave it: nobody has looked at it
};

// Asks every peer that can be dialled, all at once, which checkpoint of that log is the newest that
// it has, and waits no longer than `wait`, nor for anything once all have answered. Who does not
// answer by then shows nothing.
std::vector<ShownHead> AskForOwnHeads(
    const Policy& policy, const std::string& own_origin,
    const std::function<absl::StatusOr<std::unique_ptr<PeerLine>>(const PeerPolicy& peer)>& dial,
    absl::Duration wait);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_OWN_HEADS_H_
