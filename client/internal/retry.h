// Trying a call again, where that is safe.
#ifndef LIAISON_CLIENT_INTERNAL_RETRY_H_
#define LIAISON_CLIENT_INTERNAL_RETRY_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/internal/backoff.h"
#include "client/internal/clock.h"
#include "liaison/options.h"

namespace liaison::internal {

enum class Idempotency { kIdempotent, kNot };

// A RetryBudget is the time that one call has for all its tries. Not thread-safe.
class RetryBudget {
 public:
  RetryBudget(const RetryOptions& options, Idempotency idempotency, Clock* clock);

  // For the try that is about to begin.
  absl::Duration AttemptTimeout() const;
  // After a try failed with `status`: sleeps, then true, if there is to be another.
  bool Pause(const absl::Status& status);
  // `status` as the caller gets to see it: says how often it was tried in vain.
  absl::Status Conclude(const absl::Status& status) const;

 private:
  const RetryOptions options_;
  const Idempotency idempotency_;
  Clock* const clock_;
  const absl::Duration began_;
  Backoff backoff_;
  int attempts_ = 1;
};

// Calls `attempt(timeout)` until it succeeds, fails for good, or the time is up.
template <typename Response, typename Attempt>
absl::StatusOr<Response> Retry(const RetryOptions& options, Idempotency idempotency, Clock* clock,
                               Attempt attempt) {
  RetryBudget budget(options, idempotency, clock);
  while (true) {
    absl::StatusOr<Response> response = attempt(budget.AttemptTimeout());
    if (response.ok()) return response;
    if (!budget.Pause(response.status())) return budget.Conclude(response.status());
  }
}

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_RETRY_H_
