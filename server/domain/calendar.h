// Days, reckoned without a clock.
#ifndef LIAISON_SERVER_DOMAIN_CALENDAR_H_
#define LIAISON_SERVER_DOMAIN_CALENDAR_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace liaison::domain {

// The day in UTC, `YYYY-MM-DD`, of a time in microseconds since 1970.
std::string DayOf(int64_t time_us);

// True iff the day is over everywhere on Earth; the last places to end it are twelve hours behind
// UTC. False for the empty date.
bool IsPast(absl::string_view date, int64_t time_us);
// True iff the day has begun nowhere on Earth yet. False for the empty date.
bool IsAhead(absl::string_view date, int64_t time_us);
// True iff it is one of these days somewhere on Earth: from fourteen hours before UTC to twelve
// hours after it. An empty end leaves that side open.
bool IsWithin(absl::string_view starts_on, absl::string_view ends_on, int64_t time_us);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_CALENDAR_H_
