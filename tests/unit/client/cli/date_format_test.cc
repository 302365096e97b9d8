#include "client/cli/date_format.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"

namespace liaison::cli {
namespace {

DateFormat Format(absl::string_view format) { return *DateFormat::Parse(format); }

TEST(DateFormatTest, ReadsAndWritesWhatPeopleWrite) {
  struct Case {
    const char* format;
    const char* text;
    absl::CivilSecond time;
  };
  for (const Case& c :
       {Case{"DD/MM/YYYY", "05/01/2027", absl::CivilSecond(2027, 1, 5)},
        Case{"D.M.YYYY", "5.1.2027", absl::CivilSecond(2027, 1, 5)},
        Case{"YYYY-MM-DD", "2028-02-29", absl::CivilSecond(2028, 2, 29)},
        Case{"M/D/YYYY H:mm:ss", "1/9/2027 8:03:22", absl::CivilSecond(2027, 1, 9, 8, 3, 22)},
        Case{"DD/MM/YYYY HH:mm", "05/01/2027 23:59", absl::CivilSecond(2027, 1, 5, 23, 59)},
        Case{"YYYYMMDD", "20270105", absl::CivilSecond(2027, 1, 5)}}) {
    const absl::StatusOr<absl::CivilSecond> time = Format(c.format).Read(c.text);
    ASSERT_TRUE(time.ok()) << time.status();
    EXPECT_EQ(*time, c.time);
    EXPECT_EQ(Format(c.format).Write(c.time), c.text);
  }
}

TEST(DateFormatTest, RefusesWhatItCouldNotWriteAgain) {
  for (const char* text :
       {"31/02/2027", "5/01/2027", "05/1/2027", "05/01/27", "05-01-2027", "", "05/01/2027 ",
        " 05/01/2027", "01/13/2027", "00/01/2027", "05/01/1899", "05/01/2200", "aa/01/2027"}) {
    EXPECT_FALSE(Format("DD/MM/YYYY").Read(text).ok()) << text;
  }
  EXPECT_FALSE(Format("D/M/YYYY").Read("05/1/2027").ok());
  EXPECT_FALSE(Format("YYYY-MM-DD HH:mm").Read("2027-01-05 24:00").ok());
}

TEST(DateFormatTest, RefusesFormatsThatDoNotMakeADate) {
  for (const char* format :
       {"", "MM/YYYY", "DD/MM/YY", "DD/MM/YYYY YYYY", "DD/MM/YYYY mm", "DD/MM/YYYY HH:ss"}) {
    EXPECT_FALSE(DateFormat::Parse(format).ok()) << format;
  }
  EXPECT_TRUE(Format("DD/MM/YYYY HH:mm").has_time());
  EXPECT_FALSE(Format("DD/MM/YYYY").has_time());
}

TEST(DateFormatTest, RandomTimesComeBack) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (const char* format : {"DD/MM/YYYY HH:mm:ss", "M/D/YYYY H:mm:ss", "YYYY-MM-DDTHH:mm:ss"}) {
    for (int i = 0; i < 1000; ++i) {
      const absl::CivilSecond time(2000, 1, 1, 0, 0, random() % 3'000'000'000);
      EXPECT_EQ(*Format(format).Read(Format(format).Write(time)), time);
    }
  }
}

}  // namespace
}  // namespace liaison::cli
