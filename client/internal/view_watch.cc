#include "client/internal/view_watch.h"

#include <utility>

#include "proto/record/view_content.h"

namespace liaison {

ViewWatch::Impl::Impl(std::shared_ptr<Connection> connection, v1::WatchViewRequest request,
                      WatchOptions options)
    : connection_(std::move(connection)),
      request_(std::move(request)),
      options_(options),
      stream_(options.initial_backoff, options.max_backoff, options.give_up_after) {}

absl::StatusOr<std::optional<v1::WatchViewResponse>> ViewWatch::Impl::Next(absl::Duration timeout) {
  const absl::Duration deadline = Kept::Now() + timeout;
  while (!stream_.ended()) {
    if (stream_.cancelled()) {
      stream_.End(absl::OkStatus());
      break;
    }
    std::optional<v1::WatchViewResponse> frame;
    const Kept::Step step =
        stream_.connected()
            ? stream_.Read(deadline, options_.silence_timeout, &frame)
            : stream_.Connect(deadline, [this] { return connection_->WatchView(request_); });
    if (frame.has_value()) {
      if (auto view = Take(*std::move(frame)); view.has_value()) return view;
    }
    if (step == Kept::Step::kTimedOut) return std::optional<v1::WatchViewResponse>();
  }
  if (!stream_.end().ok()) return stream_.end();
  return std::optional<v1::WatchViewResponse>();
}

std::optional<v1::WatchViewResponse> ViewWatch::Impl::Take(v1::WatchViewResponse frame) {
  // The first frame is there as soon as there is a stream; only the next one is progress.
  if (stream_.begun()) {
    stream_.Progress();
  } else {
    stream_.Begin();
  }
  {
    absl::MutexLock lock(&mutex_);
    as_of_sequence_ = frame.as_of_sequence();
  }
  if (frame.view_case() == v1::WatchViewResponse::VIEW_NOT_SET) return std::nullopt;  // heartbeat
  std::string content = record::ViewContent(frame);
  if (content == last_view_) return std::nullopt;
  last_view_ = std::move(content);
  return frame;
}

uint64_t ViewWatch::Impl::as_of_sequence() const {
  absl::MutexLock lock(&mutex_);
  return as_of_sequence_;
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
