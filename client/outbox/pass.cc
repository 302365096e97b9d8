#include "client/outbox/pass.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/outbox/table.h"
#include "liaison/directory_client.h"
#include "liaison/error.h"
#include "liaison/verdict.h"
#include "proto/record/macros.h"

namespace liaison {
namespace {

absl::Status OtherLog(const std::string& ours, const std::string& theirs, uint64_t waiting) {
  return absl::FailedPreconditionError(absl::StrCat(
      "this outbox belongs to the log ", ours, ", and the hub that answers has the log ", theirs,
      ". Nothing was sent; ", waiting,
      " events stay in the outbox. If this is the wrong hub, name the right one (--hub or "
      "--profile). If the hub's operator tells you that its log was restored or begun anew, give "
      "the outbox to it: `liaison --outbox FILE outbox adopt ",
      theirs, "`"));
}

}  // namespace

absl::Status Outbox::Pass::Run() {
  LIAISON_RETURN_IF_ERROR(CheckLog());
  LIAISON_ASSIGN_OR_RETURN(const PublisherParams params, Params());
  Publisher publisher = PublishClient(connection_).OpenPublisher(params);
  uint64_t after = 0;
  while (true) {
    std::deque<OutboxItem> window;
    {
      absl::MutexLock lock(&outbox_->mutex_);
      LIAISON_ASSIGN_OR_RETURN(std::vector<OutboxItem> next, outbox_->table_->NextWaiting(after));
      window.assign(std::make_move_iterator(next.begin()), std::make_move_iterator(next.end()));
    }
    if (window.empty() && after == 0) return publisher.Finish();
    // Once more from the beginning: somebody may have had an earlier one wait again.
    after = window.empty() ? 0 : window.back().number;
    LIAISON_RETURN_IF_ERROR(SetDamagedAside(&window));
    LIAISON_RETURN_IF_ERROR(SendWindow(&publisher, std::move(window)));
  }
}

absl::Status Outbox::Pass::CheckLog() {
  LIAISON_ASSIGN_OR_RETURN(const v1::GetHubResponse hub, DirectoryClient(connection_).Hub());
  log_id_ = hub.head().log_id();
  absl::MutexLock lock(&outbox_->mutex_);
  LIAISON_ASSIGN_OR_RETURN(const OutboxSummary summary, outbox_->table_->Summary());
  if (!summary.log_id.empty() && summary.log_id != log_id_) {
    return OtherLog(summary.log_id, log_id_, summary.waiting);
  }
  if (summary.log_id == log_id_ && summary.hub == hub.hub()) return absl::OkStatus();
  return outbox_->table_->Pin(log_id_, hub.hub());
}

// A line that carries the largest event in its own time is not a dead line.
absl::StatusOr<PublisherParams> Outbox::Pass::Params() const {
  absl::MutexLock lock(&outbox_->mutex_);
  LIAISON_ASSIGN_OR_RETURN(const uint64_t largest, outbox_->table_->LargestWaiting());
  PublisherParams params;
  params.stop_on_error = false;
  params.options.max_frame_size_bytes = kOutboxFrameSizeBytes;
  params.options.max_inflight_events = kOutboxWindowItems;
  params.options.max_inflight_size_bytes = kOutboxWindowSizeBytes;
  params.options.progress_timeout =
      options_.patience +
      absl::Seconds(std::max(largest, kOutboxFrameSizeBytes) / kSlowestLineBytesPerSecond);
  params.options.give_up_after = options_.patience;  // of a line that breaks again and again
  return params;
}

absl::Status Outbox::Pass::SetDamagedAside(std::deque<OutboxItem>* window) {
  std::vector<OutboxItem> damaged;
  std::deque<OutboxItem> sound;
  for (OutboxItem& item : *window) {
    const bool is_sound = item.state == OutboxItemState::kWaiting;
    is_sound ? sound.push_back(std::move(item)) : damaged.push_back(std::move(item));
  }
  *window = std::move(sound);
  return WriteDown(damaged);
}

absl::Status Outbox::Pass::SendWindow(Publisher* publisher, std::deque<OutboxItem> window) {
  absl::Status refused_to_send;
  size_t owed = 0;
  for (const OutboxItem& item : window) {
    refused_to_send = publisher->Send(item.item, [this](absl::StatusOr<v1::Receipt> verdict) {
      TakeVerdict(std::move(verdict));
    });
    if (!refused_to_send.ok()) break;
    ++owed;
  }
  while (owed > 0) {
    std::vector<absl::StatusOr<v1::Receipt>> verdicts = AwaitVerdicts();
    owed -= verdicts.size();
    LIAISON_RETURN_IF_ERROR(Settle(std::move(verdicts), &window));
  }
  if (refused_to_send.ok()) return absl::OkStatus();
  const absl::Status why = publisher->Finish();
  return why.ok() ? refused_to_send : why;
}

void Outbox::Pass::TakeVerdict(absl::StatusOr<v1::Receipt> verdict) {
  absl::MutexLock lock(&mutex_);
  verdicts_.push_back(std::move(verdict));
}

std::vector<absl::StatusOr<v1::Receipt>> Outbox::Pass::AwaitVerdicts() {
  absl::MutexLock lock(&mutex_);
  auto any = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !verdicts_.empty(); };
  mutex_.Await(absl::Condition(&any));
  return std::exchange(verdicts_, {});
}

absl::Status Outbox::Pass::Settle(std::vector<absl::StatusOr<v1::Receipt>> verdicts,
                                  std::deque<OutboxItem>* window) {
  std::vector<OutboxItem> settled;
  absl::Status no_verdict;
  for (absl::StatusOr<v1::Receipt>& verdict : verdicts) {
    OutboxItem item = std::move(window->front());
    window->pop_front();
    if (verdict.ok() && verdict->position().log_id() != log_id_) {
      no_verdict = OtherLog(log_id_, verdict->position().log_id(), window->size() + 1);
    } else if (verdict.ok()) {
      item.state = OutboxItemState::kAccepted;
      item.receipt = *std::move(verdict);
    } else if (WasJudged(verdict.status())) {
      item.state = OutboxItemState::kRefused;
      item.refusal = verdict.status();
    } else {
      no_verdict = verdict.status();
    }
    // What comes behind is judged in its own right, but not ahead of one that is not.
    if (!no_verdict.ok()) break;
    settled.push_back(std::move(item));
  }
  LIAISON_RETURN_IF_ERROR(WriteDown(settled));
  return no_verdict;
}

absl::Status Outbox::Pass::WriteDown(const std::vector<OutboxItem>& settled) {
  if (settled.empty()) return absl::OkStatus();
  {
    absl::MutexLock lock(&outbox_->mutex_);
    LIAISON_RETURN_IF_ERROR(outbox_->table_->Settle(settled));
  }
  for (const OutboxItem& item : settled) {
    const bool accepted = item.state == OutboxItemState::kAccepted;
    ++(accepted ? result_.accepted : result_.refused);
    if (accepted && item.receipt->duplicate()) ++result_.duplicates;
  }
  if (!options_.on_settled) return absl::OkStatus();
  absl::Status told = options_.on_settled(settled);
  was_stopped_ = !told.ok();
  return told;
}

}  // namespace liaison
