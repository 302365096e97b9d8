#include "client/outbox/bell.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace liaison::outbox {

// Without a descriptor left it is never heard, and every wait takes its whole time.
Bell::Bell() : event_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Bell::~Bell() {
  if (event_ >= 0) close(event_);
}

void Bell::Ring() {
  const uint64_t once = 1;
  [[maybe_unused]] const ssize_t written = write(event_, &once, sizeof once);
}

void Bell::Await(absl::Duration at_most) {
  const int64_t ms =
      std::clamp<int64_t>(absl::ToInt64Milliseconds(absl::Ceil(at_most, absl::Milliseconds(1))), 0,
                          std::numeric_limits<int>::max());
  pollfd rung{event_, POLLIN, 0};
  poll(&rung, 1, static_cast<int>(ms));
  uint64_t times = 0;
  [[maybe_unused]] const ssize_t heard = read(event_, &times, sizeof times);
}

}  // namespace liaison::outbox
