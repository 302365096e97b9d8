#include "client/cli/time_argument.h"

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"

namespace liaison::cli {

absl::StatusOr<absl::Time> ParseTimeArgument(absl::string_view text, absl::Time now) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return time;
  absl::CivilDay day;
  if (text.size() == 10 && absl::ParseCivilTime(text, &day)) {
    return absl::FromCivil(day, absl::UTCTimeZone());
  }
  absl::string_view days_text = text;
  int days = 0;
  if (absl::ConsumeSuffix(&days_text, "d") && absl::SimpleAtoi(days_text, &days) && days >= 0) {
    return now - absl::Hours(24) * days;
  }
  absl::Duration ago;
  if (absl::ParseDuration(text, &ago) && ago >= absl::ZeroDuration()) return now - ago;
  return absl::InvalidArgumentError(
      absl::StrCat("`", text,
                   "` is no time; expected 2027-01-31, 2027-01-31T12:00:00Z, or a time "
                   "ago such as 90m, 2h or 7d"));
}

}  // namespace liaison::cli
