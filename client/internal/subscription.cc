#include "client/internal/subscription.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"

namespace liaison {
namespace {

using google::protobuf::util::TimeUtil;

internal::LogOrder OrderFrom(const Start& start) {
  const After* after = std::get_if<After>(&start);
  if (after == nullptr) return internal::LogOrder();
  v1::Position position;
  position.set_log_id(after->log_id);
  position.set_sequence(after->sequence);
  return internal::LogOrder(std::move(position));
}

absl::Status GapError(const v1::Gap& gap) {
  return record::Error(Reason::kPositionExpired,
                       absl::StrCat("events ", gap.from_sequence(), " to ", gap.to_sequence(),
                                    " are at this hub no more"))
      .With("from_sequence", gap.from_sequence())
      .With("to_sequence", gap.to_sequence())
      .With("gap_reason", v1::GapReason_Name(gap.reason()));
}

}  // namespace

Subscription::Impl::Impl(std::shared_ptr<Connection> connection, SubscribeParams params)
    : connection_(std::move(connection)),
      params_(std::move(params)),
      stream_(params_.options.initial_backoff, params_.options.max_backoff,
              params_.options.give_up_after),
      order_(OrderFrom(params_.start)),
      heartbeat_interval_(params_.options.heartbeat_interval) {
  ShowPosition();
}

absl::StatusOr<std::optional<Event>> Subscription::Impl::Next(absl::Duration timeout) {
  const absl::Duration deadline = Kept::Now() + timeout;
  while (!stream_.ended()) {
    if (stream_.cancelled()) {
      End(absl::OkStatus());
    } else if (ReachedStop()) {
      caught_up_ = true;
      End(absl::OkStatus());
    } else if (HasQueued()) {
      absl::StatusOr<Event> event = Yield();
      if (event.ok()) return std::optional<Event>(*std::move(event));
      End(event.status());
    } else {
      const Kept::Step step =
          stream_.connected()
              ? ReadFrame(deadline)
              : stream_.Connect(deadline, [this] { return connection_->Subscribe(Request()); });
      if (step == Kept::Step::kTimedOut) return std::optional<Event>();
    }
  }
  if (!stream_.end().ok()) return stream_.end();
  return std::optional<Event>();
}

// The first stream is ended by the hub. One taken up later has a later head to the hub, but not to
// the caller.
bool Subscription::Impl::ReachedStop() const {
  if (!stop_at_.has_value() || (stream_.begun() && stream_.resumptions() == 0)) return false;
  if (HasQueued()) return queued_.events(next_queued_).sequence() > *stop_at_;
  return order_.position().sequence() >= *stop_at_;
}

// REQUIRES: HasQueued().
absl::StatusOr<Event> Subscription::Impl::Yield() {
  v1::Event& served = *queued_.mutable_events(next_queued_++);
  LIAISON_ASSIGN_OR_RETURN(Event event, Event::Open(std::move(served)));
  LIAISON_RETURN_IF_ERROR(order_.Yield(event.sequence()));
  ShowPosition();
  return event;
}

v1::SubscribeRequest Subscription::Impl::Request() const {
  v1::SubscribeRequest request;
  request.set_filter(params_.filter);
  request.set_stop_at_head(params_.stop_at_head);
  *request.mutable_heartbeat_interval() = TimeUtil::NanosecondsToDuration(
      absl::ToInt64Nanoseconds(std::min(params_.options.heartbeat_interval, absl::Hours(1))));
  if (order_.resolved()) {
    *request.mutable_after() = order_.position();
  } else if (const Since* since = std::get_if<Since>(&params_.start)) {
    *request.mutable_since() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(since->time));
  } else {
    request.set_start_at(std::holds_alternative<FromNow>(params_.start) ? v1::START_AT_LIVE
                                                                        : v1::START_AT_BEGINNING);
  }
  return request;
}

Subscription::Impl::Kept::Step Subscription::Impl::ReadFrame(absl::Duration deadline) {
  std::optional<v1::SubscribeResponse> frame;
  const Kept::Step step = stream_.Read(
      deadline, heartbeat_interval_ * std::max(1, params_.options.missed_heartbeats), &frame);
  if (frame.has_value()) {
    if (absl::Status status = Take(*std::move(frame)); !status.ok()) End(std::move(status));
  } else if (!stream_.connected()) {
    caught_up_ = false;
  }
  return step;
}

absl::Status Subscription::Impl::Take(v1::SubscribeResponse frame) {
  const v1::SubscribeResponse::FrameCase kind = frame.frame_case();
  if (kind == v1::SubscribeResponse::FRAME_NOT_SET) return absl::OkStatus();  // of a newer hub
  if (kind == v1::SubscribeResponse::kConfirmed) return TakeConfirmed(frame.confirmed());
  if (!stream_.begun()) return absl::DataLossError("the hub's stream begins in its middle");
  if (kind == v1::SubscribeResponse::kClosing) return TakeClosing(frame.closing());
  stream_.Progress();
  switch (kind) {
    case v1::SubscribeResponse::kEvents:
      LIAISON_RETURN_IF_ERROR(order_.CheckFrame(frame.events()));
      queued_ = std::move(*frame.mutable_events());
      next_queued_ = 0;
      return absl::OkStatus();
    case v1::SubscribeResponse::kAdvanced:
      return Advance(frame.advanced().position());
    case v1::SubscribeResponse::kCaughtUp:
      caught_up_ = true;
      return Advance(frame.caught_up().position());
    case v1::SubscribeResponse::kFellBehind:
      caught_up_ = false;
      return Advance(frame.fell_behind().position());
    case v1::SubscribeResponse::kHeartbeat:
      return Advance(frame.heartbeat().position());
    case v1::SubscribeResponse::kGap:
      return GapError(frame.gap());
    case v1::SubscribeResponse::kAudienceChanged:
      LIAISON_RETURN_IF_ERROR(Advance(frame.audience_changed().position()));
      if (params_.on_audience_changed) params_.on_audience_changed(frame.audience_changed());
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

absl::Status Subscription::Impl::TakeConfirmed(const v1::Confirmed& confirmed) {
  if (stream_.begun()) return absl::DataLossError("the hub's stream begins twice");
  LIAISON_RETURN_IF_ERROR(order_.Confirm(confirmed.start()));
  ShowPosition();
  stream_.Begin();

  const absl::Duration interval =
      absl::Nanoseconds(TimeUtil::DurationToNanoseconds(confirmed.heartbeat_interval()));
  if (interval > absl::ZeroDuration() && interval <= absl::Seconds(record::kMaxHeartbeat_s)) {
    heartbeat_interval_ = interval;
  }
  if (params_.stop_at_head && !stop_at_.has_value() && confirmed.has_head()) {
    stop_at_ = confirmed.head().sequence();
  }
  return absl::OkStatus();
}

absl::Status Subscription::Impl::TakeClosing(const v1::Closing& closing) {
  if (closing.has_resume_after()) LIAISON_RETURN_IF_ERROR(Advance(closing.resume_after()));
  switch (closing.reason()) {
    case v1::CLOSING_REASON_STOPPED_AT_HEAD:
      caught_up_ = true;
      End(absl::OkStatus());
      break;
    default:
      caught_up_ = false;
      stream_.Lost(absl::UnavailableError("the hub closed the stream: it is shutting down"));
  }
  return absl::OkStatus();
}

absl::Status Subscription::Impl::Advance(const v1::Position& position) {
  LIAISON_RETURN_IF_ERROR(order_.Advance(position));
  ShowPosition();
  return absl::OkStatus();
}

void Subscription::Impl::End(absl::Status status) {
  queued_.Clear();
  next_queued_ = 0;
  stream_.End(std::move(status));
}

void Subscription::Impl::ShowPosition() {
  absl::MutexLock lock(&mutex_);
  shown_position_ = order_.position();
}

v1::Position Subscription::Impl::position() const {
  absl::MutexLock lock(&mutex_);
  return shown_position_;
}

Subscription::Subscription(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Subscription::~Subscription() {
  if (impl_ != nullptr) impl_->Cancel();
}

absl::StatusOr<std::optional<Event>> Subscription::Next() {
  return impl_->Next(absl::InfiniteDuration());
}
absl::StatusOr<std::optional<Event>> Subscription::Next(absl::Duration timeout) {
  return impl_->Next(timeout);
}
bool Subscription::ended() const { return impl_->ended(); }
v1::Position Subscription::position() const { return impl_->position(); }
bool Subscription::caught_up() const { return impl_->caught_up(); }
int Subscription::resumptions() const { return impl_->resumptions(); }
absl::Status Subscription::connection_status() const { return impl_->connection_status(); }
void Subscription::Cancel() { impl_->Cancel(); }

Subscription::iterator Subscription::begin() {
  iterator first(this);
  return ++first;
}

Subscription::iterator& Subscription::iterator::operator++() {
  // An error is the last thing that is shown.
  const bool over = current_.has_value() && !current_->ok();
  current_.reset();
  if (over) {
    subscription_ = nullptr;
    return *this;
  }
  absl::StatusOr<std::optional<Event>> next = subscription_->Next();
  if (!next.ok()) {
    current_ = next.status();
  } else if (next->has_value()) {
    current_ = **std::move(next);
  } else {
    subscription_ = nullptr;
  }
  return *this;
}

}  // namespace liaison
