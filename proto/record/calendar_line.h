// Content lines and days of iCalendar, which the hub's web and a partner's program write alike.
// RFC 5545, 3.1 and 3.3.4.
#ifndef LIAISON_PROTO_RECORD_CALENDAR_LINE_H_
#define LIAISON_PROTO_RECORD_CALENDAR_LINE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace liaison::record {

// Thread-safe, all of them.

// One content line, folded: what follows a line's end and a blank belongs to it. No character is
// cut in two.
void AppendCalendarLine(absl::string_view line, std::string* out);

// `20270131` of `2027-01-31`.
std::string CalendarDay(absl::string_view date);
// The day after it, for an end that is not part of it; the same day of what is no date.
std::string CalendarDayAfter(absl::string_view date);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_CALENDAR_LINE_H_
