#include "proto/record/calendar_line.h"

#include <string>

#include "gtest/gtest.h"

namespace liaison::record {
namespace {

std::string Folded(absl::string_view line) {
  std::string out;
  AppendCalendarLine(line, &out);
  return out;
}

TEST(CalendarLineTest, ALineThatFitsStaysAsItIs) {
  EXPECT_EQ(Folded("BEGIN:VEVENT"), "BEGIN:VEVENT\r\n");
  EXPECT_EQ(Folded(std::string(75, 'a')), std::string(75, 'a') + "\r\n");
}

TEST(CalendarLineTest, ALongOneIsFoldedSoThatEachPartHasSeventyFiveOctets) {
  EXPECT_EQ(Folded(std::string(150, 'a')),
            std::string(75, 'a') + "\r\n " + std::string(74, 'a') + "\r\n a\r\n");
}

TEST(CalendarLineTest, NoCharacterIsCutInTwo) {
  EXPECT_EQ(Folded(std::string(74, 'a') + "\u00e9b"), std::string(74, 'a') + "\r\n \u00e9b\r\n");
}

TEST(CalendarLineTest, AnEndIsTheDayAfter) {
  EXPECT_EQ(CalendarDay("2027-01-31"), "20270131");
  EXPECT_EQ(CalendarDayAfter("2027-01-31"), "20270201");
  EXPECT_EQ(CalendarDayAfter("2028-02-28"), "20280229");
  EXPECT_EQ(CalendarDayAfter("soon"), "soon");
}

}  // namespace
}  // namespace liaison::record
