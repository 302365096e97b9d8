// The line to a peer through the client library: the one place where a hub is a client.
#ifndef LIAISON_SERVER_FEDERATION_CLIENT_LINE_H_
#define LIAISON_SERVER_FEDERATION_CLIENT_LINE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/federation/attachments.h"
#include "server/federation/lane_puller.h"
#include "server/federation/policy.h"

namespace liaison::federation {

// By the way in that the policy names. One call is given up after kPullTimeout, and not tried
// again. INVALID_ARGUMENT where the profile is none. REQUIRES: the peer has an address.
absl::StatusOr<std::unique_ptr<PeerLine>> DialPeer(const PeerPolicy& peer);
// The same, for the streams that are kept open there, over a connection of their own: no batch is
// in the way of a hint.
absl::StatusOr<OpenPeerStream> DialStreams(const PeerPolicy& peer);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_CLIENT_LINE_H_
