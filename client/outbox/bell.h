// What wakes a thread that waits for work.
#ifndef LIAISON_CLIENT_OUTBOX_BELL_H_
#define LIAISON_CLIENT_OUTBOX_BELL_H_

#include "absl/time/time.h"

namespace liaison::outbox {

// A Bell wakes the one who waits for it, and has rung until somebody has heard it. Its waits go by
// a clock that nobody sets: Abseil's end by the wall clock, and where that is set back by a year
// they are a year longer. Thread-safe; one waits at a time.
class Bell {
 public:
  Bell();
  ~Bell();
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  void Ring();
  // Until it has rung since the last time, and no longer than that.
  void Await(absl::Duration at_most);

 private:
  const int event_;
};

}  // namespace liaison::outbox

#endif  // LIAISON_CLIENT_OUTBOX_BELL_H_
