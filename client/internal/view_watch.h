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
#include "client/internal/kept_stream.h"
#include "liaison/connection.h"
#include "liaison/radar_client.h"

namespace liaison {

// A ViewWatch::Impl is read by one thread; only Cancel() and as_of_sequence() may be called beside
// it. It has no position to resume from: a view comes whole, and what matters is only whether it is
// another than the last.
class ViewWatch::Impl {
 public:
  Impl(std::shared_ptr<Connection> connection, v1::WatchViewRequest request, WatchOptions options);

  // nullopt once ended(), and when `timeout` has passed.
  absl::StatusOr<std::optional<v1::WatchViewResponse>> Next(absl::Duration timeout);
  bool ended() const { return stream_.ended(); }
  int resumptions() const { return stream_.resumptions(); }
  absl::Status connection_status() const { return stream_.last_error(); }

  uint64_t as_of_sequence() const;
  void Cancel() { stream_.Cancel(); }

 private:
  using Kept = internal::KeptStream<ViewStream, v1::WatchViewResponse>;

  // What is to be yielded of the frame; nullopt where that is nothing.
  std::optional<v1::WatchViewResponse> Take(v1::WatchViewResponse frame);

  const std::shared_ptr<Connection> connection_;
  const v1::WatchViewRequest request_;
  const WatchOptions options_;

  Kept stream_;
  std::string last_view_;  // record::ViewContent; empty before the first

  mutable absl::Mutex mutex_;
  uint64_t as_of_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace liaison

#endif  // LIAISON_CLIENT_INTERNAL_VIEW_WATCH_H_
