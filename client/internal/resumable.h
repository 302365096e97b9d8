// Which broken streams are worth taking up again.
#ifndef LIAISON_CLIENT_INTERNAL_RESUMABLE_H_
#define LIAISON_CLIENT_INTERNAL_RESUMABLE_H_

#include "absl/status/status.h"

namespace liaison::internal {

enum class Fate {
  kResume,    // the line or the hub went away: take it up again
  kDoubtful,  // looks like a broken line, but may be the hub: again, a few times
  kFinal,     // the hub means it
};

// What becomes of a stream that ended with `status`, not cancelled by ourselves. Thread-safe.
Fate FateOf(const absl::Status& status);

// A FateCounter turns doubt into certainty after five doubtful ends in a row. Not thread-safe.
class FateCounter {
 public:
  bool MayResume(const absl::Status& status);
  // The stream brought something.
  void Progress() { doubtful_in_a_row_ = 0; }

 private:
  int doubtful_in_a_row_ = 0;
};

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_RESUMABLE_H_
