// Limits of the recovery room.
#ifndef LIAISON_SERVER_RECOVERY_LIMITS_H_
#define LIAISON_SERVER_RECOVERY_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace liaison::recovery {

// Peers that did not answer are asked again so long after the others.
inline constexpr absl::Duration kAskAgainAfter = absl::Seconds(2);
// Stretches of missing events that a sentence names.
inline constexpr size_t kGapsTold = 10;

}  // namespace liaison::recovery

#endif  // LIAISON_SERVER_RECOVERY_LIMITS_H_
