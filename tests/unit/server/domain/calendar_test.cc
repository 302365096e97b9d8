#include "server/domain/calendar.h"

#include <cstdint>
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace liaison::domain {
namespace {

constexpr int64_t kHour_us = int64_t{3600} * 1'000'000;
constexpr int64_t kDay_us = 24 * kHour_us;

int64_t At(int year, int month, int day, int hour = 0, int minute = 0, int second = 0) {
  return absl::ToUnixMicros(absl::FromCivil(
      absl::CivilSecond(year, month, day, hour, minute, second), absl::UTCTimeZone()));
}

TEST(CalendarTest, DaysThatPeopleGetWrong) {
  EXPECT_EQ(DayOf(0), "1970-01-01");
  EXPECT_EQ(DayOf(-1), "1969-12-31");
  EXPECT_EQ(DayOf(-kDay_us), "1969-12-31");
  EXPECT_EQ(DayOf(-kDay_us - 1), "1969-12-30");
  EXPECT_EQ(DayOf(At(2000, 2, 29)), "2000-02-29") << "every four hundred years after all";
  EXPECT_EQ(DayOf(At(1900, 3, 1) - 1), "1900-02-28") << "not every hundred years";
  EXPECT_EQ(DayOf(At(2100, 3, 1) - 1), "2100-02-28");
  EXPECT_EQ(DayOf(At(2028, 3, 1) - 1), "2028-02-29");
  EXPECT_EQ(DayOf(At(2027, 12, 31, 23, 59, 59)), "2027-12-31");
  EXPECT_EQ(DayOf(At(2028, 1, 1)), "2028-01-01");
}

// Every day from 1900 to 2199, the years that a date may have, at its first and last microsecond.
TEST(CalendarTest, EveryDayIsThatOfTheCivilCalendar) {
  const absl::CivilDay end(2200, 1, 1);
  for (absl::CivilDay day(1900, 1, 1); day < end; ++day) {
    const int64_t begins_us = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone()));
    const std::string name = absl::FormatCivilTime(day);
    ASSERT_EQ(DayOf(begins_us), name);
    ASSERT_EQ(DayOf(begins_us + kDay_us - 1), name);
  }
}

TEST(CalendarTest, ADayIsPastOnceItIsOverEverywhere) {
  const int64_t over_us = At(2027, 3, 2, 12);  // midnight twelve hours behind UTC
  EXPECT_FALSE(IsPast("2027-03-01", over_us - 1));
  EXPECT_TRUE(IsPast("2027-03-01", over_us));
  EXPECT_FALSE(IsPast("2027-03-02", over_us));
  EXPECT_FALSE(IsPast("", over_us));
  EXPECT_TRUE(IsPast("2026-12-31", At(2027, 1, 1, 12)));
  EXPECT_FALSE(IsPast("2026-12-31", At(2027, 1, 1, 12) - 1));
}

TEST(CalendarTest, APhaseBeginsWhereTheDayBeginsFirstAndEndsWhereItEndsLast) {
  const int64_t begins_us = At(2027, 2, 28, 10);  // midnight fourteen hours before UTC
  const int64_t ends_us = At(2027, 3, 4, 12);
  const auto within = [](int64_t time_us) { return IsWithin("2027-03-01", "2027-03-03", time_us); };
  EXPECT_FALSE(within(begins_us - 1));
  EXPECT_TRUE(within(begins_us));
  EXPECT_TRUE(within(ends_us - 1));
  EXPECT_FALSE(within(ends_us));
}

TEST(CalendarTest, ADayIsAheadUntilItBeginsWhereItBeginsFirst) {
  const int64_t begins_us = At(2027, 2, 28, 10);
  EXPECT_TRUE(IsAhead("2027-03-01", begins_us - 1));
  EXPECT_FALSE(IsAhead("2027-03-01", begins_us));
  EXPECT_FALSE(IsAhead("", At(1950, 1, 1)));
}

TEST(CalendarTest, AnEmptyEndLeavesThatSideOpen) {
  EXPECT_TRUE(IsWithin("", "2027-03-03", At(1950, 1, 1)));
  EXPECT_FALSE(IsWithin("", "2027-03-03", At(2027, 3, 5)));
  EXPECT_TRUE(IsWithin("2027-03-01", "", At(2199, 1, 1)));
  EXPECT_FALSE(IsWithin("2027-03-01", "", At(2027, 2, 27)));
  EXPECT_TRUE(IsWithin("", "", At(2027, 1, 1)));
}

TEST(CalendarTest, OneDayIsFiftyHoursLong) {
  const auto within = [](int64_t time_us) { return IsWithin("2027-03-01", "2027-03-01", time_us); };
  int hours = 0;
  for (int64_t t = At(2027, 2, 27); t < At(2027, 3, 4); t += kHour_us) hours += within(t) ? 1 : 0;
  EXPECT_EQ(hours, 50);
}

}  // namespace
}  // namespace liaison::domain
