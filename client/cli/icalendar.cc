#include "client/cli/icalendar.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "proto/record/calendar_line.h"
#include "proto/record/names.h"

namespace liaison::cli {
namespace {

// A value of type TEXT. Control characters have no place in one.
std::string Escaped(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' || c == ';' || c == ',') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t' || static_cast<uint8_t>(c) >= 0x20) {
      if (c != 0x7f) out += c;
    }
  }
  return out;
}

constexpr int kMorningHour = 9;

// From the midnight with which the day begins to the morning of the day so many before.
std::string Trigger(uint32_t days_before) {
  if (days_before == 0) return absl::StrCat("PT", kMorningHour, "H");
  const std::string days = days_before == 1 ? "" : absl::StrCat(days_before - 1, "D");
  return absl::StrCat("-P", days, "T", 24 - kMorningHour, "H");
}

}  // namespace

std::string WriteCalendar(absl::string_view name, const std::vector<CalendarEntry>& entries) {
  std::string out;
  const auto add = [&](absl::string_view property, absl::string_view value) {
    record::AppendCalendarLine(absl::StrCat(property, ":", value), &out);
  };
  add("BEGIN", "VCALENDAR");
  add("VERSION", "2.0");
  add("PRODID", "-//IGF Liaison//liaison//EN");
  add("CALSCALE", "GREGORIAN");
  add("METHOD", "PUBLISH");
  add("X-WR-CALNAME", Escaped(name));
  for (const CalendarEntry& entry : entries) {
    if (!record::IsDate(entry.date)) continue;
    add("BEGIN", "VEVENT");
    add("UID", Escaped(entry.uid));
    add("DTSTAMP", absl::FormatTime("%Y%m%dT%H%M%SZ", entry.changed, absl::UTCTimeZone()));
    add("SEQUENCE", absl::StrCat(entry.sequence));
    add("DTSTART;VALUE=DATE", record::CalendarDay(entry.date));
    add("DTEND;VALUE=DATE", record::CalendarDayAfter(entry.date));
    add("SUMMARY", Escaped(entry.summary));
    if (!entry.description.empty()) add("DESCRIPTION", Escaped(entry.description));
    if (!entry.categories.empty()) add("CATEGORIES", Escaped(entry.categories));
    add("STATUS", entry.cancelled ? "CANCELLED" : "CONFIRMED");
    add("TRANSP", "TRANSPARENT");
    for (uint32_t days : entry.cancelled ? std::vector<uint32_t>() : entry.remind_days_before) {
      add("BEGIN", "VALARM");
      add("ACTION", "DISPLAY");
      add("DESCRIPTION", Escaped(entry.summary));
      add("TRIGGER", Trigger(days));
      add("END", "VALARM");
    }
    add("END", "VEVENT");
  }
  add("END", "VCALENDAR");
  return out;
}

}  // namespace liaison::cli
