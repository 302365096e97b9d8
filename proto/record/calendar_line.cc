#include "proto/record/calendar_line.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/civil_time.h"

namespace liaison::record {
namespace {

constexpr size_t kMaxLineOctets = 75;  // without the line's end

bool IsInsideCharacter(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

void AppendCalendarLine(absl::string_view line, std::string* out) {
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

std::string CalendarDay(absl::string_view date) { return absl::StrReplaceAll(date, {{"-", ""}}); }

std::string CalendarDayAfter(absl::string_view date) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(date, &day)) return CalendarDay(date);
  return CalendarDay(absl::FormatCivilTime(day + 1));
}

}  // namespace liaison::record
