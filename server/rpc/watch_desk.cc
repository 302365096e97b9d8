#include "server/rpc/watch_desk.h"

#include <algorithm>

#include "absl/time/civil_time.h"
#include "proto/record/errors.h"
#include "server/rpc/limits.h"

namespace liaison::rpc {

absl::StatusOr<std::unique_ptr<WatchDesk::Seat>> WatchDesk::Take() {
  absl::MutexLock lock(&mu_);
  if (watchers_ >= max_watchers_) {
    return absl::Status(
        record::Error(record::Reason::kTooManyStreams, "too many views are being watched")
            .RetryAfter(absl::Seconds(10)));
  }
  ++watchers_;
  return std::make_unique<Seat>(this);
}

void WatchDesk::Leave() {
  absl::MutexLock lock(&mu_);
  --watchers_;
}

void WatchPace::Made(uint64_t as_of, absl::Time began, absl::Time ended) {
  as_of_ = as_of;
  ended_ = ended;
  rest_ = std::max(kWatchInterval, kWatchRestFactor * (ended - began));
}

bool WatchPace::IsDue(uint64_t head, absl::Time now) const {
  if (now - ended_ < rest_) return false;
  // What is due, and what is over, depends on the day.
  const absl::TimeZone utc = absl::UTCTimeZone();
  return head > as_of_ || absl::ToCivilDay(now, utc) != absl::ToCivilDay(ended_, utc);
}

}  // namespace liaison::rpc
