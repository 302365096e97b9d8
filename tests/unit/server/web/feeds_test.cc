#include "server/web/feeds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "server/web/open_data.h"

namespace liaison::web {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(FeedsTest, HostileWordsInAFeedAreText) {
  const std::string xml = WriteAtom(
      "urn:<0>", "https://hub.example", "/feeds/<x>.atom", "<t>",
      {{"urn:1", "/p?a&b", "]]><script>\x01", "a\"b", "<s>&", "e\"n", absl::FromUnixSeconds(0)}});
  EXPECT_THAT(xml, HasSubstr("<id>urn:&lt;0&gt;</id>\n<title>&lt;t&gt;</title>"));
  EXPECT_THAT(xml, HasSubstr("href=\"https://hub.example/feeds/%3Cx%3E.atom\""));
  EXPECT_THAT(xml, Not(HasSubstr("<script")));
  EXPECT_THAT(xml, Not(HasSubstr("\x01")));
  EXPECT_THAT(xml, HasSubstr("<title>]]&gt;&lt;script&gt; </title>"));
  EXPECT_THAT(xml, HasSubstr("xml:lang=\"e&quot;n\""));
  EXPECT_THAT(xml, HasSubstr("<updated>1970-01-01T00:00:00Z</updated>"));
}

TEST(FeedsTest, ACalendarsLinesAreFoldedWithinNoCharacter) {
  std::string name;
  for (int i = 0; i < 60; ++i) name.append("信号");
  const std::string text = WriteDays("x", {{"u", "2027-06-10", "2027-06-12", name, "a;b,c\\d\ne",
                                            "MEETING", 7, absl::FromUnixSeconds(0)}});
  std::string unfolded;
  for (absl::string_view line : absl::StrSplit(text, "\r\n")) {
    EXPECT_LE(line.size(), 75u);
    EXPECT_TRUE(line.empty() || (static_cast<unsigned char>(line[0]) & 0xc0) != 0x80);
    if (line.empty() || line[0] != ' ') unfolded.append("\n");
    unfolded.append(std::string(line.substr(line.empty() || line[0] != ' ' ? 0 : 1)));
  }
  EXPECT_THAT(unfolded, HasSubstr("\nSUMMARY:" + name + "\n"));
  EXPECT_THAT(unfolded, HasSubstr("\nDESCRIPTION:a\\;b\\,c\\\\d\\ne\n"));
  EXPECT_THAT(unfolded, HasSubstr("\nDTSTART;VALUE=DATE:20270610\nDTEND;VALUE=DATE:20270613\n"));
}

TEST(FeedsTest, WhatHasNoDayIsLeftOut) {
  EXPECT_THAT(WriteDays("x", {{"u", "soon", "soon", "s", "", "C", 1, absl::UnixEpoch()}}),
              Not(HasSubstr("VEVENT")));
}

TEST(OpenDataTest, NoCellIsAFormula) {
  EXPECT_EQ(CsvRow({"a", "=1+1", "-2", "+3", "@x", "\tx"}), "a,'=1+1,'-2,'+3,'@x,'\tx\r\n");
  EXPECT_EQ(CsvRow({"a,b", "c\"d", "=\"x\",y", "e\r\nf", ""}),
            "\"a,b\",\"c\"\"d\",\"'=\"\"x\"\",y\",\"e\r\nf\",\r\n");
}

}  // namespace
}  // namespace liaison::web
