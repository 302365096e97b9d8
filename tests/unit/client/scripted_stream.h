// A stream for tests, whose frames are there from the beginning.
#ifndef LIAISON_TESTS_UNIT_CLIENT_SCRIPTED_STREAM_H_
#define LIAISON_TESTS_UNIT_CLIENT_SCRIPTED_STREAM_H_

#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace liaison::testing {

// What a stream does when its frames are over.
struct Silence {};  // nothing, until it is cancelled
struct End {        // it ends
  absl::Status status;
};
using Ending = std::variant<Silence, End>;

template <typename Stream, typename Frame>
class ScriptedStreamOf : public Stream {
 public:
  ScriptedStreamOf(std::vector<Frame> frames, Ending ending)
      : frames_(frames.begin(), frames.end()), ending_(std::move(ending)) {}

  absl::StatusOr<std::optional<Frame>> Read(absl::Duration timeout) override {
    absl::MutexLock lock(&mutex_);
    if (!cancelled_ && !frames_.empty()) {
      Frame frame = std::move(frames_.front());
      frames_.pop_front();
      return std::optional<Frame>(std::move(frame));
    }
    if (!cancelled_ && std::holds_alternative<End>(ending_)) {
      const absl::Status& status = std::get<End>(ending_).status;
      if (!status.ok()) return status;
      return std::optional<Frame>();
    }
    mutex_.AwaitWithTimeout(absl::Condition(&cancelled_), timeout);
    if (cancelled_) return absl::CancelledError("cancelled");
    return absl::DeadlineExceededError("silence");
  }

  void Cancel() override {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
  }

 private:
  absl::Mutex mutex_;
  std::deque<Frame> frames_ ABSL_GUARDED_BY(mutex_);
  const Ending ending_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_UNIT_CLIENT_SCRIPTED_STREAM_H_
