// Makes what a hub needs before it can stand on the open Internet.
#ifndef LIAISON_SERVER_ADMIN_INIT_H_
#define LIAISON_SERVER_ADMIN_INIT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/auth/authority.h"
#include "storage/event_log.h"

namespace liaison::admin {

struct InitOptions {
  std::string keys_dir;  // made where missing; an authority that is there stays
  std::string hub;       // `igf`
  std::vector<std::string> hosts;
  int port = 0;
  std::string administrator;  // `org/igf-secretariat`
  // Whoever has the hub's files makes another administrator, where the first one's are lost.
  bool again = false;
};

// What init has made, for people.
struct Initialised {
  std::string profile;         // folder of the first administrator
  std::string credential_ids;  // of the token and the certificate in it
};

// Makes the authority's key, and the first administrator's certificate and token in the log, which
// nobody else has open. ALREADY_EXISTS where the log has credentials, unless `again`.
// INVALID_ARGUMENT where something is not what it must be or cannot be written.
absl::StatusOr<Initialised> Init(storage::EventLog* log, const InitOptions& options);

// The authority in that folder. INVALID_ARGUMENT, saying what to do, where there is none.
absl::StatusOr<auth::Authority> LoadAuthority(const std::string& keys_dir);

}  // namespace liaison::admin

#endif  // LIAISON_SERVER_ADMIN_INIT_H_
