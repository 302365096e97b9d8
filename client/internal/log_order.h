// The one place that knows what "in order, once, nothing missing" means for frames.
#ifndef LIAISON_CLIENT_INTERNAL_LOG_ORDER_H_
#define LIAISON_CLIENT_INTERNAL_LOG_ORDER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "igf/liaison/v1/event_service.pb.h"
#include "liaison/event.h"

namespace liaison::internal {

// A LogOrder follows a subscription through all its streams, and objects when what the hub sends
// cannot be one log read once from front to back. Not thread-safe.
//
// Everything up to position() has been yielded, or was not for this subscriber. It never goes back.
class LogOrder {
 public:
  // The hub is to choose the start; resolved by the first Confirm.
  LogOrder() = default;
  // Begins after `start`; an empty log id takes whatever log answers.
  explicit LogOrder(v1::Position start);

  // False until it is clear where the subscription begins.
  bool resolved() const { return resolved_; }
  const v1::Position& position() const { return position_; }

  // A stream begins, and must begin exactly where the last one broke off: anything later would be
  // a hole. LOG_INCARNATION_CHANGED or DATA_LOSS.
  absl::Status Confirm(const v1::Position& start);
  // Frame of events: DATA_LOSS unless its position is its last event's own.
  absl::Status CheckFrame(const v1::Events& frame) const;
  // An event is about to be yielded: DATA_LOSS where it is not after everything before it.
  absl::Status Yield(uint64_t sequence);
  // The hub has come this far: DATA_LOSS for less than it had already said.
  absl::Status Advance(const v1::Position& position);

 private:
  absl::Status CheckLog(const v1::Position& position) const;

  v1::Position position_;
  bool resolved_ = false;
};

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_LOG_ORDER_H_
