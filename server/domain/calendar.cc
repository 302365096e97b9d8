#include "server/domain/calendar.h"

#include "absl/strings/str_format.h"

namespace liaison::domain {
namespace {

constexpr int64_t kHourUs = int64_t{3600} * 1000 * 1000;
constexpr int64_t kLastPlaceUs = 12 * kHourUs;   // behind UTC
constexpr int64_t kFirstPlaceUs = 14 * kHourUs;  // before UTC

}  // namespace

// By the proleptic Gregorian calendar, in eras of 400 years that begin in March.
std::string DayOf(int64_t time_us) {
  constexpr int64_t kDayUs = 24 * kHourUs;
  int64_t days = time_us / kDayUs;
  if (time_us % kDayUs < 0) --days;
  days += 719468;  // since 0000-03-01
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return absl::StrFormat("%04d-%02d-%02d", year, month, day);
}

bool IsPast(absl::string_view date, int64_t time_us) {
  return !date.empty() && date < DayOf(time_us - kLastPlaceUs);
}

bool IsAhead(absl::string_view date, int64_t time_us) {
  return !date.empty() && DayOf(time_us + kFirstPlaceUs) < date;
}

bool IsWithin(absl::string_view starts_on, absl::string_view ends_on, int64_t time_us) {
  return !IsAhead(starts_on, time_us) && !IsPast(ends_on, time_us);
}

}  // namespace liaison::domain
