// The line to a peer through the client library: the one place where a hub is a client.
#ifndef LIAISON_SERVER_FEDERATION_CLIENT_LINE_H_
#define LIAISON_SERVER_FEDERATION_CLIENT_LINE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/federation/attachments.h"
#include "server/federation/lane_puller.h"
#include "server/federation/policy.h"

namespace liaison::federation {

// By the way in that the policy names: what lies in its profile's folder at each call, so that a
// certificate that was renewed, or one of another invitation, is shown from then on. One call is
// given up after kPullTimeout, and waits so long for a peer that nobody reaches. INVALID_ARGUMENT
// where the profile is none by now. REQUIRES: the peer has an address.
absl::StatusOr<std::unique_ptr<PeerLine>> DialPeer(const PeerPolicy& peer);
// The same for whoever has pauses of their own: a call is one attempt, and where nobody is reached
// it ends at once, with what the line says.
absl::StatusOr<std::unique_ptr<PeerLine>> DialPeerOnce(const PeerPolicy& peer);
// The same, for the streams that are kept open there, over a connection of their own: no batch is
// in the way of a hint.
absl::StatusOr<OpenPeerStream> DialStreams(const PeerPolicy& peer);
// Of the certificate in the folder, as it lies there by now. INVALID_ARGUMENT as for DialPeer.
absl::StatusOr<absl::Time> CertificateEnd(const std::string& profile);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_CLIENT_LINE_H_
