// The inside of a ViewWatch: connects, reads, notices silence, takes itself up again.
#ifndef LIAISON_CLIENT_INTERNAL_VIEW_WATCH_H_
#define LIAISON_CLIENT_INTERNAL_VIEW_WATCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/internal/backoff.h"
#include "client/internal/resumable.h"
#include "liaison/connection.h"
#include "liaison/radar_client.h"

namespace liaison {

// A ViewWatch::Impl is read by one thread; only Cancel() and as_of_sequence() may be called beside
// it. It has no position to resume from: a view comes whole, and what matters is only whether it is
// another than the last.
class ViewWatch::Impl {
 public:
  Impl(std::shared_ptr<Connection> connection, v1::WatchViewRequest request, WatchOptions options);
  ~Impl();

  // nullopt once ended(), and when `timeout` has passed.
  absl::StatusOr<std::optional<v1::WatchViewResponse>> Next(absl::Duration timeout);
  bool ended() const { return ended_; }
  int resumptions() const { return resumptions_; }
  absl::Status connection_status() const { return last_error_; }

  uint64_t as_of_sequence() const;
  void Cancel();

 private:
  // What one step of Next came to.
  enum class Step { kGoOn, kTimedOut };

  // Opens the next stream, once its time has come.
  Step Connect(absl::Duration deadline);
  // Reads one frame; what is to be yielded goes to `view`.
  Step ReadFrame(absl::Duration deadline, std::optional<v1::WatchViewResponse>* view);
  void Take(v1::WatchViewResponse frame, std::optional<v1::WatchViewResponse>* view);
  // The stream is no more: decides whether there will be another.
  void Lost(const absl::Status& status);
  void DropStream();
  void End(absl::Status status);
  bool Cancelled() const;
  absl::Duration GiveUpAt() const;

  const std::shared_ptr<Connection> connection_;
  const v1::WatchViewRequest request_;
  const WatchOptions options_;

  // Of the reading thread. Moments are Clock::Elapsed().
  internal::Backoff backoff_;
  internal::FateCounter fates_;
  std::string last_view_;   // record::ViewContent; empty before the first
  bool connected_ = false;  // there is a stream
  bool heard_ = false;      // and something came from it
  bool was_heard_ = false;  // or from one before
  int resumptions_ = 0;
  absl::Duration waited_;      // for the frame that does not come
  absl::Duration connect_at_;  // not before
  std::optional<absl::Duration> disconnected_since_;
  absl::Status last_error_;  // of the stream before; OK once there is another
  bool ended_ = false;
  absl::Status end_;

  mutable absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t as_of_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  // Shared, so that Cancel may use it while the reader lets go of it.
  std::shared_ptr<ViewStream> stream_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace liaison

#endif  // LIAISON_CLIENT_INTERNAL_VIEW_WATCH_H_
