#include "client/internal/view_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/internal/clock.h"
#include "liaison/error.h"
#include "proto/record/view_content.h"

namespace liaison {
namespace {

absl::Duration Now() { return internal::Clock::System()->Elapsed(); }

}  // namespace

ViewWatch::Impl::Impl(std::shared_ptr<Connection> connection, v1::WatchViewRequest request,
                      WatchOptions options)
    : connection_(std::move(connection)),
      request_(std::move(request)),
      options_(options),
      backoff_(options.initial_backoff, options.max_backoff) {}

ViewWatch::Impl::~Impl() { DropStream(); }

absl::StatusOr<std::optional<v1::WatchViewResponse>> ViewWatch::Impl::Next(absl::Duration timeout) {
  const absl::Duration deadline = Now() + timeout;
  while (!ended_) {
    if (Cancelled()) {
      End(absl::OkStatus());
      break;
    }
    std::optional<v1::WatchViewResponse> view;
    const Step step = connected_ ? ReadFrame(deadline, &view) : Connect(deadline);
    if (view.has_value()) return view;
    if (step == Step::kTimedOut) return std::optional<v1::WatchViewResponse>();
  }
  if (!end_.ok()) return end_;
  return std::optional<v1::WatchViewResponse>();
}

ViewWatch::Impl::Step ViewWatch::Impl::Connect(absl::Duration deadline) {
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

  std::shared_ptr<ViewStream> stream = connection_->WatchView(request_);
  connected_ = true;
  heard_ = false;
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

ViewWatch::Impl::Step ViewWatch::Impl::ReadFrame(absl::Duration deadline,
                                                 std::optional<v1::WatchViewResponse>* view) {
  const absl::Duration began = Now();
  const absl::Duration patience = options_.silence_timeout - waited_;
  const absl::Duration to_deadline = deadline - began;
  const absl::Duration to_give_up = heard_ ? absl::InfiniteDuration() : GiveUpAt() - began;
  const absl::Duration wait =
      std::max(absl::ZeroDuration(), std::min({patience, to_deadline, to_give_up}));

  std::shared_ptr<ViewStream> stream;
  {
    absl::MutexLock lock(&mutex_);
    stream = stream_;
  }
  absl::StatusOr<std::optional<v1::WatchViewResponse>> frame = stream->Read(wait);
  if (frame.ok() && frame->has_value()) {
    Take(**std::move(frame), view);
    return Step::kGoOn;
  }
  waited_ += Now() - began;
  if (frame.ok()) {
    Lost(absl::UnavailableError("the hub ended the stream"));
  } else if (absl::IsDeadlineExceeded(frame.status()) &&
             to_deadline < std::min(patience, to_give_up)) {
    return Step::kTimedOut;  // the caller's patience ended, not ours: the stream stays
  } else if (absl::IsDeadlineExceeded(frame.status())) {
    Lost(absl::UnavailableError(
        absl::StrCat("nothing heard from the hub for ",
                     absl::FormatDuration(absl::Trunc(waited_, absl::Milliseconds(1))))));
  } else {
    Lost(frame.status());
  }
  return Step::kGoOn;
}

void ViewWatch::Impl::Take(v1::WatchViewResponse frame,
                           std::optional<v1::WatchViewResponse>* view) {
  // The first frame is there as soon as there is a stream; only the next one is progress.
  if (heard_) {
    backoff_.Reset();
    fates_.Progress();
  } else if (was_heard_) {
    ++resumptions_;
  }
  heard_ = was_heard_ = true;
  waited_ = absl::ZeroDuration();
  disconnected_since_.reset();
  last_error_ = absl::OkStatus();
  {
    absl::MutexLock lock(&mutex_);
    as_of_sequence_ = frame.as_of_sequence();
  }
  if (frame.view_case() == v1::WatchViewResponse::VIEW_NOT_SET) return;  // a heartbeat
  std::string content = record::ViewContent(frame);
  if (content == last_view_) return;
  last_view_ = std::move(content);
  *view = std::move(frame);
}

void ViewWatch::Impl::Lost(const absl::Status& status) {
  DropStream();
  if (Cancelled()) return End(absl::OkStatus());
  if (!fates_.MayResume(status)) return End(status);
  last_error_ = status;
  const absl::Duration now = Now();
  if (!disconnected_since_.has_value()) disconnected_since_ = now;
  if (now >= GiveUpAt()) return End(status);
  connect_at_ = std::min(now + backoff_.Next(RetryDelayOf(status)), GiveUpAt());
}

void ViewWatch::Impl::DropStream() {
  std::shared_ptr<ViewStream> stream;
  {
    absl::MutexLock lock(&mutex_);
    stream = std::move(stream_);
    stream_ = nullptr;
  }
  connected_ = false;
  heard_ = false;
  if (stream != nullptr) stream->Cancel();
}

void ViewWatch::Impl::End(absl::Status status) {
  DropStream();
  ended_ = true;
  end_ = std::move(status);
}

absl::Duration ViewWatch::Impl::GiveUpAt() const {
  return disconnected_since_.has_value() ? *disconnected_since_ + options_.give_up_after
                                         : absl::InfiniteDuration();
}

uint64_t ViewWatch::Impl::as_of_sequence() const {
  absl::MutexLock lock(&mutex_);
  return as_of_sequence_;
}

bool ViewWatch::Impl::Cancelled() const {
  absl::MutexLock lock(&mutex_);
  return cancelled_;
}

void ViewWatch::Impl::Cancel() {
  std::shared_ptr<ViewStream> stream;
  {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    stream = stream_;
  }
  if (stream != nullptr) stream->Cancel();
}

ViewWatch::ViewWatch(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

ViewWatch::~ViewWatch() {
  if (impl_ != nullptr) impl_->Cancel();
}

absl::StatusOr<std::optional<v1::WatchViewResponse>> ViewWatch::Next() {
  return impl_->Next(absl::InfiniteDuration());
}
absl::StatusOr<std::optional<v1::WatchViewResponse>> ViewWatch::Next(absl::Duration timeout) {
  return impl_->Next(timeout);
}
bool ViewWatch::ended() const { return impl_->ended(); }
uint64_t ViewWatch::as_of_sequence() const { return impl_->as_of_sequence(); }
int ViewWatch::resumptions() const { return impl_->resumptions(); }
absl::Status ViewWatch::connection_status() const { return impl_->connection_status(); }
void ViewWatch::Cancel() { impl_->Cancel(); }

ViewWatch::iterator ViewWatch::begin() {
  iterator first(this);
  return ++first;
}

ViewWatch::iterator& ViewWatch::iterator::operator++() {
  // An error is the last thing that is shown.
  const bool over = current_.has_value() && !current_->ok();
  current_.reset();
  if (over) {
    watch_ = nullptr;
    return *this;
  }
  absl::StatusOr<std::optional<v1::WatchViewResponse>> next = watch_->Next();
  if (!next.ok()) {
    current_ = next.status();
  } else if (next->has_value()) {
    current_ = **std::move(next);
  } else {
    watch_ = nullptr;
  }
  return *this;
}

}  // namespace liaison
