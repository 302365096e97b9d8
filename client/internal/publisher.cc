#include "client/internal/publisher.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "client/internal/clock.h"
#include "liaison/error.h"
#include "liaison/verdict.h"
#include "proto/record/judgement.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"

namespace liaison {
namespace {

// On a status that is no word of the hub's on the event it is given for.
constexpr absl::string_view kNotJudged = "igf.liaison/not-judged";

absl::Duration Now() { return internal::Clock::System()->Elapsed(); }

}  // namespace

bool WasJudged(const absl::Status& status) { return !status.GetPayload(kNotJudged).has_value(); }

Publisher::Impl::Impl(std::shared_ptr<Connection> connection, const PublisherParams& params)
    : connection_(std::move(connection)),
      params_(params),
      backoff_(params_.options.initial_backoff, params_.options.max_backoff),
      queue_(params_.options),
      writer_([this] { Write(); }),
      driver_([this] { Drive(); }) {}

Publisher::Impl::~Impl() {
  std::shared_ptr<PublishFrameStream> stream;
  {
    absl::MutexLock lock(&mutex_);
    MoveTo(Phase::kAborting);
    stream = stream_;
  }
  if (stream != nullptr) stream->Cancel();
  driver_.join();
  writer_.join();
}

absl::Status Publisher::Impl::Send(v1::PublishItem item, Verdict verdict) {
  if (verdict == nullptr) verdict = [](absl::StatusOr<v1::Receipt>) {};
  internal::UnansweredItem unanswered{std::move(item), std::move(verdict), 0};
  unanswered.size_bytes = unanswered.item.ByteSizeLong();
  if (unanswered.size_bytes > record::kMaxBatchSizeBytes) {
    return record::Error(Reason::kEventTooLarge, "the event is larger than any frame may be")
        .With("size_bytes", unanswered.size_bytes)
        .With("max_size_bytes", record::kMaxBatchSizeBytes);
  }
  absl::MutexLock lock(&mutex_);
  auto may_go_on = [this, &unanswered]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return phase_ != Phase::kOpen || queue_.HasRoomFor(unanswered.size_bytes);
  };
  mutex_.Await(absl::Condition(&may_go_on));
  if (phase_ != Phase::kOpen) {
    return absl::FailedPreconditionError(
        failure_.ok() ? "the publisher is finished"
                      : absl::StrCat("the publisher has stopped: ", failure_.message()));
  }
  if (queue_.empty()) last_progress_ = Now();
  queue_.Push(std::move(unanswered));
  return absl::OkStatus();
}

absl::Status Publisher::Impl::Finish() {
  absl::MutexLock lock(&mutex_);
  MoveTo(Phase::kFinishing);
  mutex_.Await(absl::Condition(this, &Impl::IsOver));
  return failure_;
}

void Publisher::Impl::Write() {
  while (true) {
    std::shared_ptr<PublishFrameStream> stream;
    v1::PublishStreamRequest frame;
    bool half_close = false;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &Impl::WriterIsNeeded));
      if (phase_ == Phase::kOver) return;
      stream = stream_;
      if (MayWriteFrame()) {
        frame = NextFrame();
      } else {
        half_close = true;
        writable_ = false;
        owed_since_ = Now();  // the end of the stream
      }
    }
    if (half_close) {
      stream->WritesDone();
    } else if (!stream->Write(frame)) {
      // The driver learns why, and rewinds.
      absl::MutexLock lock(&mutex_);
      if (stream_ == stream) writable_ = false;
    }
  }
}

v1::PublishStreamRequest Publisher::Impl::NextFrame() {
  if (!owed_since_.has_value()) owed_since_ = Now();
  v1::PublishStreamRequest frame = queue_.TakeFrame(*settings_);
  frame.set_on_error(params_.stop_on_error ? v1::ON_ERROR_STOP : v1::ON_ERROR_CONTINUE);
  return frame;
}

void Publisher::Impl::Drive() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &Impl::DriverIsNeeded));
      if (phase_ >= Phase::kFailed || queue_.empty()) break;
    }
    if (!Recover(RunStream())) break;
  }
  GiveLeftovers();
}

absl::Status Publisher::Impl::RunStream() {
  std::shared_ptr<PublishFrameStream> stream = connection_->PublishStream();
  bool aborting;
  {
    absl::MutexLock lock(&mutex_);
    stream_ = stream;
    settings_.reset();
    owed_since_ = Now();  // the settings
    aborting = IsAborting();
  }
  if (aborting) stream->Cancel();
  absl::Status status = ReadResults(*stream);
  {
    absl::MutexLock lock(&mutex_);
    stream_ = nullptr;
    writable_ = false;
    owed_since_.reset();
    queue_.Rewind();
  }
  stream->Cancel();
  return status;
}

absl::Status Publisher::Impl::ReadResults(PublishFrameStream& stream) {
  while (!NothingToWaitFor()) {
    absl::StatusOr<std::optional<v1::PublishStreamResponse>> frame = stream.Read(ReadTimeout());
    if (absl::IsDeadlineExceeded(frame.status())) {
      if (!Stalled()) continue;
      return absl::UnavailableError(
          absl::StrCat("no progress for ", absl::FormatDuration(params_.options.progress_timeout)));
    }
    if (!frame.ok()) return frame.status();
    if (!frame->has_value()) return absl::UnavailableError("the hub ended the stream");
    if ((*frame)->has_results()) {
      LIAISON_RETURN_IF_ERROR(TakeResults((*frame)->results()));
    } else if ((*frame)->has_settings()) {
      absl::MutexLock lock(&mutex_);
      settings_ = (*frame)->settings();
      writable_ = true;
      owed_since_.reset();
    }
  }
  return absl::OkStatus();
}

absl::Status Publisher::Impl::TakeResults(const v1::PublishResults& results) {
  {
    absl::MutexLock lock(&mutex_);
    LIAISON_RETURN_IF_ERROR(queue_.CheckResults(results));
  }
  for (const v1::PublishResult& result : results.results()) {
    LIAISON_RETURN_IF_ERROR(TakeResult(result));
  }
  backoff_.Reset();
  fates_.Progress();
  absl::MutexLock lock(&mutex_);
  owed_since_.reset();
  if (queue_.anything_under_way()) owed_since_ = Now();
  return absl::OkStatus();
}

absl::Status Publisher::Impl::TakeResult(const v1::PublishResult& result) {
  absl::Status refusal;
  if (result.has_error()) refusal = record::FromProto(result.error());
  // A hub that is full or going down, or lets the caller in no more, has not judged the event: it
  // is sent again, with all that came after it, so that the order stays.
  if (!refusal.ok() && !record::IsJudgement(refusal)) return refusal;
  if (!result.has_error() && !result.has_receipt()) {
    return absl::InternalError("the hub sent a result that is neither receipt nor error");
  }
  internal::UnansweredItem answered;
  {
    absl::MutexLock lock(&mutex_);
    answered = queue_.PopAnswered();
    last_progress_ = Now();
    if (!refusal.ok() && params_.stop_on_error && failure_.ok()) {
      failure_ = refusal;
      stopped_by_refusal_ = true;
      writable_ = false;
      MoveTo(Phase::kFailed);
    }
  }
  if (refusal.ok()) {
    answered.verdict(result.receipt());
  } else {
    answered.verdict(std::move(refusal));
  }
  return absl::OkStatus();
}

bool Publisher::Impl::Recover(const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  if (phase_ >= Phase::kFailed) return false;
  if (queue_.empty()) return true;  // a stream without work is opened anew when there is some
  const absl::Duration waited = Now() - last_progress_;
  if (!fates_.MayResume(status) || waited >= params_.options.give_up_after) {
    failure_ = status;
    MoveTo(Phase::kFailed);
    return false;
  }
  const absl::Duration pause =
      std::min(backoff_.Next(RetryDelayOf(status)), params_.options.give_up_after - waited);
  mutex_.AwaitWithTimeout(absl::Condition(this, &Impl::IsAborting), pause);
  return true;
}

void Publisher::Impl::GiveLeftovers() {
  std::vector<internal::UnansweredItem> leftovers;
  absl::Status error;
  {
    absl::MutexLock lock(&mutex_);
    leftovers = queue_.TakeAll();
    error = ErrorForLeftovers();
    error.SetPayload(kNotJudged, absl::Cord());
  }
  for (internal::UnansweredItem& item : leftovers) item.verdict(error);
  absl::MutexLock lock(&mutex_);
  MoveTo(Phase::kOver);
}

absl::Status Publisher::Impl::ErrorForLeftovers() const {
  if (stopped_by_refusal_) {
    return record::Error(
        Reason::kPredecessorFailed,
        absl::StrCat("not sent, because of an event before it: ", failure_.message()));
  }
  if (!failure_.ok()) return failure_;
  return absl::CancelledError("the publisher was closed before the hub had answered");
}

absl::Duration Publisher::Impl::ReadTimeout() {
  absl::MutexLock lock(&mutex_);
  const absl::Duration timeout = params_.options.progress_timeout;
  if (!owed_since_.has_value()) return timeout;
  return std::max(absl::ZeroDuration(), *owed_since_ + timeout - Now());
}

bool Publisher::Impl::Stalled() {
  absl::MutexLock lock(&mutex_);
  if (IsAborting()) return true;
  return owed_since_.has_value() && Now() - *owed_since_ >= params_.options.progress_timeout;
}

// After a refusal on a stream that stops, only what is under way is still waited for.
bool Publisher::Impl::NothingToWaitFor() {
  absl::MutexLock lock(&mutex_);
  return phase_ >= Phase::kFailed && !queue_.anything_under_way();
}

bool Publisher::Impl::DriverIsNeeded() const { return phase_ != Phase::kOpen || !queue_.empty(); }

bool Publisher::Impl::WriterIsNeeded() const {
  return phase_ == Phase::kOver || MayWriteFrame() || MayHalfClose();
}

bool Publisher::Impl::MayWriteFrame() const { return writable_ && queue_.CanTakeFrame(*settings_); }

bool Publisher::Impl::MayHalfClose() const {
  return writable_ && phase_ == Phase::kFinishing && queue_.empty();
}

void Publisher::Impl::MoveTo(Phase phase) { phase_ = std::max(phase_, phase); }

}  // namespace liaison
