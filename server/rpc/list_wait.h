// When a list of events is answered, and when it waits for more of the log.
#ifndef LIAISON_SERVER_RPC_LIST_WAIT_H_
#define LIAISON_SERVER_RPC_LIST_WAIT_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/record/errors.h"
#include "server/rpc/limits.h"

namespace liaison::rpc {

// A ListWait is the patience of one caller. Immutable, thread-safe.
class ListWait {
 public:
  // FIELD_INVALID where it is more than the contract allows.
  static absl::StatusOr<ListWait> Of(uint32_t wait_seconds, absl::Time now) {
    if (wait_seconds > kMaxListWait_s) {
      return record::FieldInvalid("wait_seconds", "at most 30");
    }
    return ListWait(now + absl::Seconds(wait_seconds));
  }

  // At once, until there is a deadline.
  ListWait() = default;

  bool IsOver(absl::Time now) const { return now >= deadline_; }
  // Nothing has been found, the log ends here, and there is time left.
  bool GoesOn(size_t found, bool at_end, absl::Time now) const {
    return found == 0 && at_end && !IsOver(now);
  }

 private:
  explicit ListWait(absl::Time deadline) : deadline_(deadline) {}

  absl::Time deadline_ = absl::InfinitePast();
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_LIST_WAIT_H_
