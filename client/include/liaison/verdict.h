// What a status that a Publisher gives for an event says about the event.
#ifndef LIAISON_VERDICT_H_
#define LIAISON_VERDICT_H_

#include "absl/status/status.h"

namespace liaison {

// False where the hub has not judged the event itself: the line broke, the caller was not let in,
// something before it was refused, the publisher was closed. It may have the event all the same,
// and sending it again is safe. REQUIRES: `status` was given to a Publisher::Verdict. Thread-safe.
bool WasJudged(const absl::Status& status);

}  // namespace liaison

#endif  // LIAISON_VERDICT_H_
