// Calendars that any calendar program reads: iCalendar (RFC 5545).
#ifndef LIAISON_CLIENT_CLI_ICALENDAR_H_
#define LIAISON_CLIENT_CLI_ICALENDAR_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace liaison::cli {

// Something due on a day.
struct CalendarEntry {
  std::string uid;   // the same for the same thing, for ever: a later version replaces it
  std::string date;  // YYYY-MM-DD
  std::string summary;
  std::string description;
  std::string categories;  // one word, or empty
  bool cancelled = false;  // it is off; calendars take it away
  // A calendar rings in the morning of each of these days before it.
  std::vector<uint32_t> remind_days_before;
  // The larger of two with the same uid is the later version.
  uint64_t sequence = 0;
  absl::Time changed;
};

// The whole file, lines ended by CR LF and folded at 75 octets, never within a character. The same
// entries give the same bytes. Entries whose date is none are left out. Thread-safe.
std::string WriteCalendar(absl::string_view name, const std::vector<CalendarEntry>& entries);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_ICALENDAR_H_
