// Where a hub without TLS may listen.
#ifndef LIAISON_SERVER_RPC_LISTEN_ADDRESS_H_
#define LIAISON_SERVER_RPC_LISTEN_ADDRESS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace liaison::rpc {

// OK for HOST:PORT with a port from 0 to 65535 and a host that is `localhost`, [::1] or an address
// in 127.0.0.0/8 written out: a name is not looked at, since nobody knows where it leads.
// INVALID_ARGUMENT otherwise, saying why. Thread-safe.
absl::Status CheckListenAddress(absl::string_view address, bool has_tls);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_LISTEN_ADDRESS_H_
