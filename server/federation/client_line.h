// The line to a peer through the client library: the one place where a hub is a client.
#ifndef LIAISON_SERVER_FEDERATION_CLIENT_LINE_H_
#define LIAISON_SERVER_FEDERATION_CLIENT_LINE_H_

#include <memory>
#include <string>

#include "liaison/options.h"
#include "server/federation/lane_puller.h"

namespace liaison::federation {

// One call is given up after kPullTimeout, and not tried again.
std::unique_ptr<PeerLine> DialPeer(const std::string& address, ConnectionOptions options);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_CLIENT_LINE_H_
