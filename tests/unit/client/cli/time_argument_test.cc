#include "client/cli/time_argument.h"

#include <gtest/gtest.h>

namespace liaison::cli {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST(TimeArgumentTest, ReadsWhatOneTypes) {
  EXPECT_EQ(*ParseTimeArgument("2027-01-31T12:00:00Z", kNow),
            absl::FromCivil(absl::CivilHour(2027, 1, 31, 12), absl::UTCTimeZone()));
  EXPECT_EQ(*ParseTimeArgument("2027-01-31T13:00:00.5+01:00", kNow),
            absl::FromCivil(absl::CivilHour(2027, 1, 31, 12), absl::UTCTimeZone()) +
                absl::Milliseconds(500));
  EXPECT_EQ(*ParseTimeArgument("2027-01-31", kNow),
            absl::FromCivil(absl::CivilDay(2027, 1, 31), absl::UTCTimeZone()));
  EXPECT_EQ(*ParseTimeArgument("7d", kNow), kNow - absl::Hours(168));
  EXPECT_EQ(*ParseTimeArgument("1h30m", kNow), kNow - absl::Minutes(90));
}

TEST(TimeArgumentTest, RefusesTheRest) {
  for (const char* text : {"", "yesterday", "2027-13-01", "31/01/2027", "-7d", "-5m", "5"}) {
    EXPECT_FALSE(ParseTimeArgument(text, kNow).ok()) << text;
  }
}

}  // namespace
}  // namespace liaison::cli
