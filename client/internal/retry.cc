#include "client/internal/retry.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "liaison/error.h"

namespace liaison::internal {
namespace {

RetryOptions WithinBounds(RetryOptions options) {
  options.total_timeout = std::clamp(options.total_timeout, absl::Seconds(1), absl::Hours(1));
  options.attempt_timeout =
      std::clamp(options.attempt_timeout, absl::Milliseconds(1), options.total_timeout);
  return options;
}

}  // namespace

RetryBudget::RetryBudget(const RetryOptions& options, Idempotency idempotency, Clock* clock)
    : options_(WithinBounds(options)),
      idempotency_(idempotency),
      clock_(clock),
      began_(clock->Elapsed()),
      backoff_(options.initial_backoff, options.max_backoff) {}

absl::Duration RetryBudget::AttemptTimeout() const {
  const absl::Duration left = options_.total_timeout - (clock_->Elapsed() - began_);
  return std::clamp(left, absl::Milliseconds(1), options_.attempt_timeout);
}

bool RetryBudget::Pause(const absl::Status& status) {
  if (idempotency_ == Idempotency::kNot || !IsTransient(status)) return false;
  const absl::Duration pause = backoff_.Next(RetryDelayOf(status));
  const absl::Duration left = options_.total_timeout - (clock_->Elapsed() - began_);
  if (pause >= left) return false;  // it would be over before it began
  clock_->Sleep(pause);
  ++attempts_;
  return true;
}

absl::Status RetryBudget::Conclude(const absl::Status& status) const {
  // How often it was tried says nothing about a refusal.
  if (attempts_ == 1 || !IsTransient(status)) return status;
  absl::Status told(status.code(),
                    absl::StrCat(status.message(), " (tried ", attempts_, " times in ",
                                 absl::FormatDuration(absl::Trunc(clock_->Elapsed() - began_,
                                                                  absl::Milliseconds(1))),
                                 ")"));
  status.ForEachPayload([&told](absl::string_view type_url, const absl::Cord& payload) {
    told.SetPayload(type_url, payload);
  });
  return told;
}

}  // namespace liaison::internal
