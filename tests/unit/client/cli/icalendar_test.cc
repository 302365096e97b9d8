// Calendars as RFC 5545 wants them.

#include "client/cli/icalendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace liaison::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CalendarEntry Entry() {
  CalendarEntry entry;
  entry.uid = "request-1@liaison.example.org";
  entry.date = "2027-02-28";
  entry.summary = "Answer due (fictional)";
  entry.sequence = 7;
  entry.changed = absl::FromUnixSeconds(1'800'000'000);
  return entry;
}

std::string Unfolded(absl::string_view calendar) {
  return absl::StrReplaceAll(calendar, {{"\r\n ", ""}});
}

TEST(ICalendarTest, AWholeFile) {
  EXPECT_EQ(WriteCalendar("Requests", {Entry()}),
            "BEGIN:VCALENDAR\r\n"
            "VERSION:2.0\r\n"
            "PRODID:-//IGF Liaison//liaison//EN\r\n"
            "CALSCALE:GREGORIAN\r\n"
            "METHOD:PUBLISH\r\n"
            "X-WR-CALNAME:Requests\r\n"
            "BEGIN:VEVENT\r\n"
            "UID:request-1@liaison.example.org\r\n"
            "DTSTAMP:20270115T080000Z\r\n"
            "SEQUENCE:7\r\n"
            "DTSTART;VALUE=DATE:20270228\r\n"
            "DTEND;VALUE=DATE:20270301\r\n"
            "SUMMARY:Answer due (fictional)\r\n"
            "STATUS:CONFIRMED\r\n"
            "TRANSP:TRANSPARENT\r\n"
            "END:VEVENT\r\n"
            "END:VCALENDAR\r\n");
}

TEST(ICalendarTest, ItRingsInTheMorningOfTheDaysAskedFor) {
  CalendarEntry entry = Entry();
  entry.remind_days_before = {14, 1, 0};
  const std::string calendar = WriteCalendar("x", {entry});
  for (const char* trigger : {"TRIGGER:-P13DT15H\r\n", "TRIGGER:-PT15H\r\n", "TRIGGER:PT9H\r\n"}) {
    EXPECT_THAT(calendar, HasSubstr(trigger));
  }
  entry.cancelled = true;
  EXPECT_THAT(WriteCalendar("x", {entry}), Not(HasSubstr("VALARM")));
}

TEST(ICalendarTest, TextIsEscaped) {
  CalendarEntry entry = Entry();
  entry.summary = "a, b; c \\ d\ne\r\nf\x01g\x7f";
  EXPECT_THAT(WriteCalendar("x", {entry}), HasSubstr("SUMMARY:a\\, b\\; c \\\\ d\\ne\\nfg\r\n"));
}

TEST(ICalendarTest, NobodySmugglesALineIn) {
  CalendarEntry entry = Entry();
  entry.uid = "1\r\nATTACH:evil";
  entry.categories = "a\r\nATTACH:evil";
  const std::string calendar = WriteCalendar("x\r\nATTACH:evil", {entry});
  EXPECT_THAT(calendar, Not(HasSubstr("\nATTACH")));
}

TEST(ICalendarTest, LongLinesAreFoldedAt75OctetsAndNeverInsideACharacter) {
  CalendarEntry entry = Entry();
  for (int i = 0; i < 100; ++i) entry.description += "é漢😀a";
  const std::string calendar = WriteCalendar("x", {entry});
  for (absl::string_view line : absl::StrSplit(calendar, "\r\n")) {
    EXPECT_LE(line.size(), 75u);
    const size_t first = absl::StartsWith(line, " ") ? 1 : 0;
    if (line.size() <= first) continue;
    EXPECT_NE(static_cast<uint8_t>(line[first]) & 0xc0, 0x80) << line;
  }
  EXPECT_THAT(Unfolded(calendar), HasSubstr("DESCRIPTION:" + entry.description + "\r\n"));
}

TEST(ICalendarTest, ALineOf75OctetsIsNotFolded) {
  CalendarEntry entry = Entry();
  entry.summary = std::string(75 - 8, 'x');  // `SUMMARY:`
  EXPECT_THAT(WriteCalendar("x", {entry}), HasSubstr(entry.summary + "\r\n"));
  entry.summary += 'y';
  EXPECT_THAT(WriteCalendar("x", {entry}), HasSubstr("x\r\n y\r\n"));
}

TEST(ICalendarTest, WhatIsOffIsCancelledAndWhatHasNoDateIsLeftOut) {
  CalendarEntry off = Entry();
  off.cancelled = true;
  CalendarEntry undated = Entry();
  undated.date = "";
  undated.summary = "undated";
  const std::string calendar = WriteCalendar("x", {off, undated});
  EXPECT_THAT(calendar, HasSubstr("STATUS:CANCELLED"));
  EXPECT_THAT(calendar, Not(HasSubstr("undated")));
}

}  // namespace
}  // namespace liaison::cli
