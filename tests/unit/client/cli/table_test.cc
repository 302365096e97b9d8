#include "client/cli/table.h"

#include <gtest/gtest.h>

namespace liaison::cli {
namespace {

TEST(TableTest, AlignsByWhatIsSeen) {
  Table table({"NAME", "N"});
  table.Add({"été", "1"});
  table.Add({"中文", "2"});
  table.Add({"e\u0301", "3"});
  EXPECT_EQ(table.Render(0),
            "NAME  N\n"
            "été   1\n"
            "中文  2\n"
            "e\u0301     3\n");
}

TEST(TableTest, CutsTheLastColumnToTheTerminal) {
  Table table({"A", "TITLE"});
  table.Add({"x", "a rather long title"});
  EXPECT_EQ(table.Render(16), "A  TITLE\nx  a rather lon…\n");
}

TEST(TableTest, StrangersCannotSteerTheTerminal) {
  EXPECT_EQ(Printable("a\x1B[31mb\nc\td"), "a<U+001B>[31mb c d");
  EXPECT_EQ(Printable("\u202Eabc\u2066"), "<U+202E>abc<U+2066>");
  EXPECT_EQ(Printable("\u009B2J"), "<U+009B>2J");
  EXPECT_EQ(Printable("a\xFF"
                      "b"),
            "a\uFFFDb");
  // Joiners belong to the script.
  EXPECT_EQ(Printable("نمی\u200Cخواهم"), "نمی\u200Cخواهم");
}

TEST(TableTest, LinesStayLines) {
  EXPECT_EQ(PrintableLines("one\x1B[1m\ntwo\u202E\n"), "one<U+001B>[1m\ntwo<U+202E>\n");
}

TEST(TableTest, JsonSaysTheSameWithoutSteering) {
  EXPECT_EQ(PrintableJson("{\n\"a\": \"\u202Eb\u009B\x7F\U000E0001é\u200D\"}"),
            "{\n\"a\": \"\\u202eb\\u009b\\u007f\\udb40\\udc01é\u200D\"}");
}

TEST(TableTest, ShortenedNeverCutsACharacter) {
  EXPECT_EQ(Shortened("中文字", 4), "中…");
  EXPECT_EQ(Shortened("abc", 3), "abc");
  EXPECT_EQ(Shortened("abcd", 3), "ab…");
}

}  // namespace
}  // namespace liaison::cli
