// What is said to become of inputs.
#ifndef LIAISON_SERVER_DOMAIN_DISPOSITIONS_H_
#define LIAISON_SERVER_DOMAIN_DISPOSITIONS_H_

#include "absl/status/status.h"
#include "server/domain/trial.h"

namespace liaison::domain {

// May it be said of all its inputs, to those who read it.
absl::Status DecideDisposition(const Trial& trial);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_DISPOSITIONS_H_
