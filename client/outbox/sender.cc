#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "client/outbox/bell.h"
#include "liaison/outbox.h"

namespace liaison {
namespace {

// Of the file alone, for what another process put there, or for a clock that was set; the line is
// left alone.
constexpr absl::Duration kLookInterval = absl::Seconds(30);
// After a try that failed before the hub was asked.
constexpr absl::Duration kShortestPause = absl::Seconds(1);

}  // namespace

OutboxSender::OutboxSender(Outbox* outbox, std::shared_ptr<Connection> connection,
                           FlushOptions options)
    : outbox_(outbox), connection_(std::move(connection)), options_(std::move(options)) {
  options_.only_when_due = true;
  // Told between windows: a sender that is to end does not send all that waits first.
  options_.on_settled = [this, told = std::move(options_.on_settled)](
                            absl::Span<const OutboxItem> items) -> absl::Status {
    if (told) {
      absl::Status status = told(items);
      if (!status.ok()) return status;
    }
    return stopping() ? absl::CancelledError("the sender was closed") : absl::OkStatus();
  };
  thread_ = std::thread([this] { Run(); });
}

OutboxSender::~OutboxSender() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  outbox_->work_->Ring();
  thread_.join();
}

absl::Status OutboxSender::last_status() const {
  absl::MutexLock lock(&mutex_);
  return last_status_;
}

bool OutboxSender::stopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void OutboxSender::Run() {
  while (!stopping()) outbox_->work_->Await(TryOnce());
}

absl::Duration OutboxSender::TryOnce() {
  const absl::StatusOr<OutboxSummary> summary = outbox_->Summary();
  if (!summary.ok() || summary->waiting == 0) return kLookInterval;
  const absl::Duration pause = summary->next_try - absl::Now();
  if (pause > absl::ZeroDuration()) return std::min(pause, kLookInterval);
  const absl::Status status = outbox_->Flush(connection_, options_).status();
  absl::MutexLock lock(&mutex_);
  last_status_ = status;
  return status.ok() ? absl::ZeroDuration() : kShortestPause;
}

}  // namespace liaison
