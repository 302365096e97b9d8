// What one cycle leaves to the next.
#ifndef LIAISON_SERVER_DOMAIN_CARRY_OVER_H_
#define LIAISON_SERVER_DOMAIN_CARRY_OVER_H_

#include "absl/status/status.h"
#include "server/domain/trial.h"

namespace liaison::domain {

// May all that it names be carried over.
absl::Status DecideCarryOver(const Trial& trial);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_CARRY_OVER_H_
