// The time, so that a test may turn it.
#ifndef LIAISON_CLIENT_INTERNAL_CLOCK_H_
#define LIAISON_CLIENT_INTERNAL_CLOCK_H_

#include "absl/time/time.h"

namespace liaison::internal {

// A Clock tells how much time has passed and lets it pass. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Since some fixed moment; never jumps, whatever is done to the wall clock.
  virtual absl::Duration Elapsed() = 0;
  virtual void Sleep(absl::Duration duration) = 0;

  // The system's own. Lives for ever.
  static Clock* System();
};

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_CLOCK_H_
