// From gRPC's threads to one that waits with a deadline.
#ifndef LIAISON_CLIENT_INTERNAL_HAND_OFF_H_
#define LIAISON_CLIENT_INTERNAL_HAND_OFF_H_

#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace liaison::internal {

// A HandOff passes the frames of one stream to one reader. It holds a single frame, and the next
// read begins when that one is taken: this is all the flow control there is, and needs to be.
//
//   READING --Arrived--> FULL --Take--> READING ... --ReadsOver--> OVER --Finished--> FINISHED
//
// It starts nothing itself, because gRPC may run a reaction inside the call that starts it: where
// a member asks for a next step, the caller takes it, holding no lock. Thread-safe.
template <typename Frame>
class HandOff {
 public:
  // Where the read under way puts its frame. The state is READING from the start: begin a read.
  Frame* incoming() { return &incoming_; }

  struct Taken {
    absl::StatusOr<std::optional<Frame>> frame;
    bool begin_read = false;  // the caller is to begin the next read into incoming()
  };
  // The reader's side. DEADLINE_EXCEEDED when nothing came within `timeout`, CANCELLED after Close.
  Taken Take(absl::Duration timeout);

  // A read came back with a frame. False: nobody wants it, and no read will follow.
  [[nodiscard]] bool Arrived();
  // A read came back with nothing: there will be no more.
  void ReadsOver();
  // The very last word on the stream. Nothing of the HandOff is touched afterwards.
  void Finished(absl::Status status);

  // Wakes the reader for good. True where no read is under way, nor ever will be.
  [[nodiscard]] bool Close();
  void AwaitFinished();

 private:
  enum class State { kReading, kFull, kOver, kFinished };

  bool Readable() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return closed_ || state_ == State::kFull || state_ == State::kFinished;
  }
  bool IsFinished() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return state_ == State::kFinished;
  }

  // Written by gRPC while READING, moved out while FULL: the state is its guard.
  Frame incoming_;

  absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kReading;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

template <typename Frame>
typename HandOff<Frame>::Taken HandOff<Frame>::Take(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(this, &HandOff::Readable), timeout);
  if (closed_) return {absl::CancelledError("the stream was cancelled")};
  switch (state_) {
    case State::kFull: {
      state_ = State::kReading;
      Taken taken{std::optional<Frame>(std::move(incoming_)), /*begin_read=*/true};
      incoming_ = Frame();
      return taken;
    }
    case State::kFinished:
      if (!status_.ok()) return {status_};
      return {std::optional<Frame>()};
    case State::kReading:
    case State::kOver:
      break;
  }
  return {absl::DeadlineExceededError("nothing came in time")};
}

template <typename Frame>
bool HandOff<Frame>::Arrived() {
  absl::MutexLock lock(&mutex_);
  state_ = closed_ ? State::kOver : State::kFull;
  return !closed_;
}

template <typename Frame>
void HandOff<Frame>::ReadsOver() {
  absl::MutexLock lock(&mutex_);
  state_ = State::kOver;
}

template <typename Frame>
void HandOff<Frame>::Finished(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  state_ = State::kFinished;
  status_ = std::move(status);
}

template <typename Frame>
bool HandOff<Frame>::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  if (state_ != State::kFull) return false;
  state_ = State::kOver;
  return true;
}

template <typename Frame>
void HandOff<Frame>::AwaitFinished() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &HandOff::IsFinished));
}

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_HAND_OFF_H_
