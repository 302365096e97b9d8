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
#include "client/internal/backoff.h"
#include "client/internal/log_order.h"
#include "client/internal/resumable.h"
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
  ~Impl();

  // nullopt once ended(), and when `timeout` has passed.
  absl::StatusOr<std::optional<Event>> Next(absl::Duration timeout);
  bool ended() const { return ended_; }
  bool caught_up() const { return caught_up_ && !HasQueued(); }
  int resumptions() const { return resumptions_; }
  absl::Status connection_status() const { return last_error_; }

  v1::Position position() const;
  void Cancel();

 private:
  // What one step of Next came to.
  enum class Step { kGoOn, kTimedOut };

  bool HasQueued() const { return next_queued_ < queued_.events_size(); }
  bool Cancelled() const;
  // True where all up to the head, as it was at the start, is there, and no hub is going to say so.
  bool ReachedStop() const;
  absl::StatusOr<Event> Yield();

  // Opens the next stream, once its time has come.
  Step Connect(absl::Duration deadline);
  v1::SubscribeRequest Request() const;
  // Reads one frame and takes it in.
  Step ReadFrame(absl::Duration deadline);
  absl::Status Take(v1::SubscribeResponse frame);
  absl::Status TakeConfirmed(const v1::Confirmed& confirmed);
  absl::Status TakeClosing(const v1::Closing& closing);

  absl::Status Advance(const v1::Position& position);
  // The stream is no more: decides whether there will be another.
  void Lost(const absl::Status& status);
  void DropStream();
  void End(absl::Status status);
  void ShowPosition();
  absl::Duration GiveUpAt() const;

  const std::shared_ptr<Connection> connection_;
  const SubscribeParams params_;

  // Of the reading thread. Moments are Clock::Elapsed().
  internal::LogOrder order_;
  internal::Backoff backoff_;
  internal::FateCounter fates_;
  v1::Events queued_;  // the frame being yielded
  int next_queued_ = 0;
  bool connected_ = false;  // there is a stream
  bool confirmed_ = false;  // and it has begun
  bool was_confirmed_ = false;
  bool caught_up_ = false;
  int resumptions_ = 0;
  absl::Duration heartbeat_interval_;
  absl::Duration waited_;      // for the frame that does not come
  absl::Duration connect_at_;  // not before
  std::optional<absl::Duration> disconnected_since_;
  absl::Status last_error_;          // of the stream before; OK once there is another
  std::optional<uint64_t> stop_at_;  // the head as it was at the start
  bool ended_ = false;
  absl::Status end_;

  mutable absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  v1::Position shown_position_ ABSL_GUARDED_BY(mutex_);
  // Shared, so that Cancel may use it while the reader lets go of it.
  std::shared_ptr<SubscribeStream> stream_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace liaison

#endif  // LIAISON_CLIENT_INTERNAL_SUBSCRIPTION_H_
