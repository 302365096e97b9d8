#include "client/cli/icalendar.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/civil_time.h"
#include "proto/record/names.h"

namespace liaison::cli {
namespace {

constexpr size_t kMaxLineOctets = 75;  // without the line's end

bool IsInsideCharacter(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

// One content line, folded: what follows a line's end and a blank belongs to it.
void AppendLine(absl::string_view line, std::string* out) {
  size_t room = kMaxLineOctets;
  while (line.size() > room) {
    size_t end = room;
    while (end > 1 && IsInsideCharacter(line[end])) --end;
    absl::StrAppend(out, line.substr(0, end), "\r\n ");
    line.remove_prefix(end);
    room = kMaxLineOctets - 1;
  }
  absl::StrAppend(out, line, "\r\n");
}

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

std::string Day(absl::string_view date) { return absl::StrReplaceAll(date, {{"-", ""}}); }

constexpr int kMorningHour = 9;

// From the midnight with which the day begins to the morning of the day so many before.
std::string Trigger(uint32_t days_before) {
  if (days_before == 0) return absl::StrCat("PT", kMorningHour, "H");
  const std::string days = days_before == 1 ? "" : absl::StrCat(days_before - 1, "D");
  return absl::StrCat("-P", days, "T", 24 - kMorningHour, "H");
}

std::string DayAfter(absl::string_view date) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(date, &day)) return Day(date);
  return Day(absl::FormatCivilTime(day + 1));
}

}  // namespace

std::string WriteCalendar(absl::string_view name, const std::vector<CalendarEntry>& entries) {
  std::string out;
  const auto add = [&](absl::string_view property, absl::string_view value) {
    AppendLine(absl::StrCat(property, ":", value), &out);
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
    add("DTSTART;VALUE=DATE", Day(entry.date));
    add("DTEND;VALUE=DATE", DayAfter(entry.date));
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
