// What is asked of others.
#ifndef LIAISON_SERVER_DOMAIN_REQUESTS_H_
#define LIAISON_SERVER_DOMAIN_REQUESTS_H_

#include "absl/status/status.h"
#include "server/domain/trial.h"

namespace liaison::domain {

// Of signals, reports and calls for help: the hub knows whom they address, whoever is asked for
// something may read it, and once one of these has accepted or answered, a later version asks for
// the same, of no fewer.
absl::Status DecideRequest(const Trial& trial);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_REQUESTS_H_
