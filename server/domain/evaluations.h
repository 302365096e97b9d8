// What members of the MAG think of candidates.
#ifndef LIAISON_SERVER_DOMAIN_EVALUATIONS_H_
#define LIAISON_SERVER_DOMAIN_EVALUATIONS_H_

#include "absl/status/status.h"
#include "server/domain/trial.h"

namespace liaison::domain {

// By a seat, of what is in that cycle, while it is evaluated; a conflict from the day on which the
// cycle is opened. Whoever declared a conflict in any cycle scores in none, nor what is in a group
// that they declared one about.
absl::Status DecideEvaluation(const Trial& trial);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_EVALUATIONS_H_
