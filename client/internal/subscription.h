// The inside of a Subscription: connects, reads, notices silence, takes itself up again.
#ifndef LIAISON_CLIENT_INTERNAL_SUBSCRIPTION_H_
#define LIAISON_CLIENT_INTERNAL_SUBSCRIPTION_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/internal/kept_stream.h"
#include "client/internal/log_order.h"
#include "liaison/connection.h"
#include "liaison/event_client.h"

namespace liaison {

// A Subscription::Impl is read by one thread; only Cancel() and position() may be called beside it.
//
// A frame is read only when every event of the one before has been yielded, so position() cannot
// run ahead of the reader, and a slow reader holds back the hub and nothing else.
class Subscription::Impl {
 public:
  Impl(std::shared_ptr<Connection> connection, SubscribeParams params);

  // nullopt once ended(), and when `timeout` has passed.
  absl::StatusOr<std::optional<Event>> Next(absl::Duration timeout);
  bool ended() const { return stream_.ended(); }
  bool caught_up() const { return caught_up_ && !HasQueued(); }
  int resumptions() const { return stream_.resumptions(); }
  absl::Status connection_status() const { return stream_.last_error(); }

  v1::Position position() const;
  void Cancel() { stream_.Cancel(); }

 private:
  using Kept = internal::KeptStream<SubscribeStream, v1::SubscribeResponse>;

  bool HasQueued() const { return next_queued_ < queued_.events_size(); }
  // True where all up to the head, as it was at the start, is there, and no hub is going to say so.
  bool ReachedStop() const;
  absl::StatusOr<Event> Yield();

  v1::SubscribeRequest Request() const;
  // Reads one frame and takes it in.
  Kept::Step ReadFrame(absl::Duration deadline);
  absl::Status Take(v1::SubscribeResponse frame);
  absl::Status TakeConfirmed(const v1::Confirmed& confirmed);
  absl::Status TakeClosing(const v1::Closing& closing);

  absl::Status Advance(const v1::Position& position);
  void End(absl::Status status);
  void ShowPosition();

  const std::shared_ptr<Connection> connection_;
  const SubscribeParams params_;

  Kept stream_;
  // Of the reading thread.
  internal::LogOrder order_;
  v1::Events queued_;  // the frame being yielded
  int next_queued_ = 0;
  bool caught_up_ = false;
  absl::Duration heartbeat_interval_;
  std::optional<uint64_t> stop_at_;  // the head as it was at the start

  mutable absl::Mutex mutex_;
  v1::Position shown_position_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace liaison

#endif  // LIAISON_CLIENT_INTERNAL_SUBSCRIPTION_H_
