// The inside of a Publisher: one thread that writes, one that reads and gives the verdicts.
#ifndef LIAISON_CLIENT_INTERNAL_PUBLISHER_H_
#define LIAISON_CLIENT_INTERNAL_PUBLISHER_H_

#include <memory>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/internal/backoff.h"
#include "client/internal/resumable.h"
#include "client/internal/send_queue.h"
#include "liaison/connection.h"
#include "liaison/publish_client.h"

namespace liaison {

// A Publisher::Impl keeps items until their verdicts are there, over as many streams as it takes.
// Thread-safe.
//
// The driver owns the stream: it opens one when something waits, reads results, gives verdicts, and
// decides what becomes of a broken one. The writer fills whatever stream there is. Verdicts are
// given by the driver alone, under no lock: that is why they are in order and come once.
class Publisher::Impl {
 public:
  Impl(std::shared_ptr<Connection> connection, const PublisherParams& params);
  // Gives CANCELLED to what has no verdict, and waits for both threads.
  ~Impl();

  absl::Status Send(v1::PublishItem item, Verdict verdict);
  absl::Status Finish();

 private:
  // How far along the way to its end it is. It only ever moves down this list.
  enum class Phase {
    kOpen,
    kFinishing,  // takes no more items, waits for verdicts
    kFailed,     // failure_ is set: takes no more items, what is left gets an error
    kAborting,   // being destroyed
    kOver,       // every verdict is given
  };

  // A verdict with its answer.
  struct Answered {
    Verdict verdict;
    absl::StatusOr<v1::Receipt> answer;
  };

  void Write();  // the writer thread
  void Drive();  // the driver thread

  // One stream from its beginning to its end; why it ended.
  absl::Status RunStream();
  absl::Status ReadResults(PublishFrameStream& stream);
  absl::Status TakeResults(const v1::PublishResults& results);
  // Gives one verdict. An error is the stream's: the item keeps waiting for its verdict.
  absl::Status TakeResult(const v1::PublishResult& result);
  // True if there is to be another stream, after a pause that it makes.
  bool Recover(const absl::Status& status);
  void GiveLeftovers();

  absl::Duration ReadTimeout() ABSL_LOCKS_EXCLUDED(mutex_);
  bool Stalled() ABSL_LOCKS_EXCLUDED(mutex_);
  bool NothingToWaitFor() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status ErrorForLeftovers() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  v1::PublishStreamRequest NextFrame() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // What the threads wait for.
  bool DriverIsNeeded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool WriterIsNeeded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayWriteFrame() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayHalfClose() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsAborting() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return phase_ >= Phase::kAborting;
  }
  bool IsOver() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return phase_ == Phase::kOver; }
  void MoveTo(Phase phase) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<Connection> connection_;
  const PublisherParams params_;

  // Of the driver.
  internal::Backoff backoff_;
  internal::FateCounter fates_;

  absl::Mutex mutex_;
  Phase phase_ ABSL_GUARDED_BY(mutex_) = Phase::kOpen;
  internal::SendQueue queue_ ABSL_GUARDED_BY(mutex_);
  // Why it failed: the refusal it stopped at, or what broke the stream for good.
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  bool stopped_by_refusal_ ABSL_GUARDED_BY(mutex_) = false;
  // Of the stream there is. Shared, as both threads use it and either may be the last.
  std::shared_ptr<PublishFrameStream> stream_ ABSL_GUARDED_BY(mutex_);
  std::optional<v1::PublishSettings> settings_ ABSL_GUARDED_BY(mutex_);
  bool writable_ ABSL_GUARDED_BY(mutex_) = false;
  // Since when the hub owes something; nullopt while it owes nothing. By Clock::Elapsed().
  std::optional<absl::Duration> owed_since_ ABSL_GUARDED_BY(mutex_);
  // The last verdict, or the first item after a time without any.
  absl::Duration last_progress_ ABSL_GUARDED_BY(mutex_);

  std::thread writer_;
  std::thread driver_;
};

}  // namespace liaison

#endif  // LIAISON_CLIENT_INTERNAL_PUBLISHER_H_
