// Reckoning with calendar dates, YYYY-MM-DD.
#ifndef LIAISON_SERVER_VIEWS_CALENDAR_H_
#define LIAISON_SERVER_VIEWS_CALENDAR_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace liaison::views {

inline std::optional<absl::CivilDay> ParseDay(absl::string_view date) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(date, &day)) return std::nullopt;
  return day;
}
inline std::string FormatDay(absl::CivilDay day) { return absl::FormatCivilTime(day); }

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_CALENDAR_H_
