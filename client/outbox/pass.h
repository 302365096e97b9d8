// One time through what waits in an outbox.
#ifndef LIAISON_CLIENT_OUTBOX_PASS_H_
#define LIAISON_CLIENT_OUTBOX_PASS_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "liaison/outbox.h"
#include "liaison/publish_client.h"

namespace liaison {

// A Pass sends window after window through one Publisher. Each verdict is written down before the
// next window goes out: what a broken line may have to carry again is one window.
//
//   waiting -> sent -> answered -> settled on the disk -> told (on_settled)
//
// Run: one thread. Verdicts come on a thread of the Publisher's.
class Outbox::Pass {
 public:
  Pass(Outbox* outbox, std::shared_ptr<Connection> connection, const FlushOptions& options)
      : outbox_(outbox), connection_(std::move(connection)), options_(options) {}

  // OK when nothing waits any more.
  absl::Status Run();
  const FlushResult& result() const { return result_; }
  // on_settled wanted no more: that is no fault of the line's.
  bool was_stopped() const { return was_stopped_; }

 private:
  // Asks the hub which log it has; the first contact pins it.
  absl::Status CheckLog();
  absl::StatusOr<PublisherParams> Params() const;
  // What the disk gives back damaged is refused here, and holds up nothing else.
  absl::Status SetDamagedAside(std::deque<OutboxItem>* window);
  absl::Status SendWindow(Publisher* publisher, std::deque<OutboxItem> window);
  void TakeVerdict(absl::StatusOr<v1::Receipt> verdict) ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<absl::StatusOr<v1::Receipt>> AwaitVerdicts() ABSL_LOCKS_EXCLUDED(mutex_);
  // Writes down and tells the first of `window`, one for each verdict. The first error that is no
  // verdict: what it came for waits on.
  absl::Status Settle(std::vector<absl::StatusOr<v1::Receipt>> verdicts,
                      std::deque<OutboxItem>* window);
  absl::Status WriteDown(const std::vector<OutboxItem>& settled);

  Outbox* const outbox_;
  const std::shared_ptr<Connection> connection_;
  const FlushOptions& options_;
  std::string log_id_;
  FlushResult result_;
  bool was_stopped_ = false;

  absl::Mutex mutex_;
  std::vector<absl::StatusOr<v1::Receipt>> verdicts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace liaison

#endif  // LIAISON_CLIENT_OUTBOX_PASS_H_
