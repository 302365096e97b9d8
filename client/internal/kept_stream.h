// A stream that is opened again when it is lost.
#ifndef LIAISON_CLIENT_INTERNAL_KEPT_STREAM_H_
#define LIAISON_CLIENT_INTERNAL_KEPT_STREAM_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/internal/backoff.h"
#include "client/internal/clock.h"
#include "client/internal/resumable.h"
#include "liaison/error.h"

namespace liaison::internal {

// A KeptStream opens one stream after the other, each after a pause, until it is cancelled, the hub
// means its refusal, or nothing was heard for too long. What the frames say is its owner's
// business. Read by one thread; only Cancel() may be called beside it. Moments are
// Clock::Elapsed().
template <typename Stream, typename Frame>
class KeptStream {
 public:
  // What one step came to.
  enum class Step { kGoOn, kTimedOut };

  KeptStream(absl::Duration initial_backoff, absl::Duration max_backoff,
             absl::Duration give_up_after)
      : give_up_after_(give_up_after), backoff_(initial_backoff, max_backoff) {}
  ~KeptStream() { Drop(); }

  bool connected() const { return connected_; }  // there is a stream
  bool begun() const { return begun_; }          // and the hub has taken it up
  bool ended() const { return ended_; }
  const absl::Status& end() const { return end_; }
  int resumptions() const { return resumptions_; }
  const absl::Status& last_error() const { return last_error_; }

  static absl::Duration Now() { return Clock::System()->Elapsed(); }

  // Opens the next stream with `open()`, once its time has come. REQUIRES: !connected().
  template <typename Open>
  Step Connect(absl::Duration deadline, const Open& open) {
    if (!disconnected_since_.has_value()) disconnected_since_ = Now();
    {
      absl::MutexLock lock(&mutex_);
      const absl::Duration pause = std::min(connect_at_, deadline) - Now();
      if (pause > absl::ZeroDuration()) {
        mutex_.AwaitWithTimeout(absl::Condition(&cancelled_), pause);
      }
      if (cancelled_) return Step::kGoOn;
    }
    if (Now() < connect_at_) return Now() < deadline ? Step::kGoOn : Step::kTimedOut;
    if (Now() >= GiveUpAt() && !last_error_.ok()) {
      End(last_error_);
      return Step::kGoOn;
    }

    std::shared_ptr<Stream> stream = open();
    connected_ = true;
    begun_ = false;
    waited_ = absl::ZeroDuration();
    bool cancelled;
    {
      absl::MutexLock lock(&mutex_);
      stream_ = stream;
      cancelled = cancelled_;
    }
    if (cancelled) stream->Cancel();
    return Step::kGoOn;
  }

  // Reads one frame into `frame`; none where the stream is lost, which it is after a silence of
  // `patience`. REQUIRES: connected().
  Step Read(absl::Duration deadline, absl::Duration patience, std::optional<Frame>* frame) {
    const absl::Duration began = Now();
    patience -= waited_;
    const absl::Duration to_deadline = deadline - began;
    const absl::Duration to_give_up = begun_ ? absl::InfiniteDuration() : GiveUpAt() - began;
    const absl::Duration wait =
        std::max(absl::ZeroDuration(), std::min({patience, to_deadline, to_give_up}));

    std::shared_ptr<Stream> stream;
    {
      absl::MutexLock lock(&mutex_);
      stream = stream_;
    }
    absl::StatusOr<std::optional<Frame>> read = stream->Read(wait);
    if (read.ok() && read->has_value()) {
      waited_ = absl::ZeroDuration();
      *frame = **std::move(read);
      return Step::kGoOn;
    }
    waited_ += Now() - began;
    if (read.ok()) {
      Lost(absl::UnavailableError("the hub ended the stream"));
    } else if (absl::IsDeadlineExceeded(read.status()) &&
               to_deadline < std::min(patience, to_give_up)) {
      return Step::kTimedOut;  // the caller's patience ended, not ours: the stream stays
    } else if (absl::IsDeadlineExceeded(read.status())) {
      Lost(absl::UnavailableError(
          absl::StrCat("nothing heard from the hub for ",
                       absl::FormatDuration(absl::Trunc(waited_, absl::Milliseconds(1))))));
    } else {
      Lost(read.status());
    }
    return Step::kGoOn;
  }

  // The hub has taken the stream up.
  void Begin() {
    begun_ = true;
    disconnected_since_.reset();
    last_error_ = absl::OkStatus();
    if (was_begun_) ++resumptions_;
    was_begun_ = true;
  }
  // It brings something: the next pause is short again.
  void Progress() {
    backoff_.Reset();
    fates_.Progress();
  }
  // It is no more: decides whether there will be another.
  void Lost(const absl::Status& status) {
    Drop();
    if (cancelled()) return End(absl::OkStatus());
    if (!fates_.MayResume(status)) return End(status);
    last_error_ = status;
    const absl::Duration now = Now();
    if (!disconnected_since_.has_value()) disconnected_since_ = now;
    if (now >= GiveUpAt()) return End(status);
    connect_at_ = std::min(now + backoff_.Next(RetryDelayOf(status)), GiveUpAt());
  }
  void End(absl::Status status) {
    Drop();
    ended_ = true;
    end_ = std::move(status);
  }

  bool cancelled() const {
    absl::MutexLock lock(&mutex_);
    return cancelled_;
  }
  void Cancel() {
    std::shared_ptr<Stream> stream;
    {
      absl::MutexLock lock(&mutex_);
      cancelled_ = true;
      stream = stream_;
    }
    if (stream != nullptr) stream->Cancel();
  }

 private:
  void Drop() {
    std::shared_ptr<Stream> stream;
    {
      absl::MutexLock lock(&mutex_);
      stream = std::move(stream_);
      stream_ = nullptr;
    }
    connected_ = false;
    begun_ = false;
    if (stream != nullptr) stream->Cancel();
  }
  absl::Duration GiveUpAt() const {
    return disconnected_since_.has_value() ? *disconnected_since_ + give_up_after_
                                           : absl::InfiniteDuration();
  }

  const absl::Duration give_up_after_;

  Backoff backoff_;
  FateCounter fates_;
  bool connected_ = false;
  bool begun_ = false;
  bool was_begun_ = false;  // one before
  int resumptions_ = 0;
  absl::Duration waited_;      // for the frame that does not come
  absl::Duration connect_at_;  // not before
  std::optional<absl::Duration> disconnected_since_;
  absl::Status last_error_;  // of the stream before; OK once there is another
  bool ended_ = false;
  absl::Status end_;

  mutable absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  // Shared, so that Cancel may use it while the reader lets go of it.
  std::shared_ptr<Stream> stream_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_KEPT_STREAM_H_
