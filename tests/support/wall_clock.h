// The wall clock of a test program, and of nobody else.
#ifndef LIAISON_TESTS_SUPPORT_WALL_CLOCK_H_
#define LIAISON_TESTS_SUPPORT_WALL_CLOCK_H_

#include "absl/time/time.h"

namespace liaison::testing {

// It is so far ahead of the kernel's from now on. Whoever waits for a time of it is woken when the
// kernel's clock is there: so it is with a clock that is set back during the wait. Returns when
// Abseil has noticed, which asks every two seconds. Thread-safe.
void SetWallClockAhead(absl::Duration ahead);

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_SUPPORT_WALL_CLOCK_H_
