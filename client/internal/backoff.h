// How long to wait before trying again.
#ifndef LIAISON_CLIENT_INTERNAL_BACKOFF_H_
#define LIAISON_CLIENT_INTERNAL_BACKOFF_H_

#include <optional>

#include "absl/random/random.h"
#include "absl/time/time.h"

namespace liaison::internal {

// A Backoff draws pauses with full jitter: uniformly random up to a ceiling that doubles each time.
// Clients that lost one hub together do not come back together. Not thread-safe.
class Backoff {
 public:
  Backoff(absl::Duration initial, absl::Duration max);

  // The next pause. `at_least` is what the hub asked for: the jitter comes on top of it.
  absl::Duration Next(std::optional<absl::Duration> at_least = std::nullopt);
  // Progress was made: the next pause is short again.
  void Reset() { ceiling_ = initial_; }

 private:
  const absl::Duration initial_;
  const absl::Duration max_;
  absl::Duration ceiling_;
  absl::BitGen random_;
};

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_BACKOFF_H_
