#include "client/cli/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"

namespace liaison::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CsvTable Parsed(absl::string_view bytes) {
  absl::StatusOr<CsvTable> table = ReadCsv(bytes);
  EXPECT_TRUE(table.ok()) << table.status();
  return table.ok() ? *std::move(table) : CsvTable();
}

std::string ErrorOf(absl::string_view bytes) {
  return std::string(ReadCsv(bytes).status().message());
}

TEST(CsvTest, ReadsCellsVerbatim) {
  const CsvTable table = Parsed("a,b\n 1 ,\"x, \"\"y\"\"\"\n,\n");
  EXPECT_THAT(table.header, ElementsAre("a", "b"));
  EXPECT_THAT(table.rows[0].cells, ElementsAre(" 1 ", "x, \"y\""));
  EXPECT_THAT(table.rows[1].cells, ElementsAre("", ""));
}

TEST(CsvTest, FindsTheDelimiter) {
  EXPECT_EQ(Parsed("a,b\n1,2\n").dialect.delimiter, ',');
  EXPECT_EQ(Parsed("a;b, c\n1;2\n").dialect.delimiter, ';');
  EXPECT_EQ(Parsed("a\tb\n1\t2\n").dialect.delimiter, '\t');
  EXPECT_EQ(Parsed("\"a;;;;\",b\n1,2\n").dialect.delimiter, ',');
}

TEST(CsvTest, ObeysExcelsSepLine) {
  const CsvTable table = Parsed("sep=;\r\na,x;b\r\n1;2\r\n");
  EXPECT_TRUE(table.dialect.sep_line);
  EXPECT_THAT(table.header, ElementsAre("a,x", "b"));
  EXPECT_EQ(table.rows[0].line, 3);
}

TEST(CsvTest, AHintGoesOverWhatWasGuessed) {
  const CsvHints hints = {Encoding::kWindows1252, ','};
  const CsvTable table = *ReadCsv("a;b,\xE9\n1;2,3\n", hints);
  EXPECT_THAT(table.header, ElementsAre("a;b", "é"));
}

TEST(CsvTest, KnowsTheLineOfARowThoughCellsSpanLines) {
  const CsvTable table = Parsed("a,b\r\n\"1\r\n2\",3\r\n\r\n4,5\r\n");
  EXPECT_THAT(table.rows[0].cells, ElementsAre("1\r\n2", "3"));
  EXPECT_EQ(table.rows[0].line, 2);
  EXPECT_EQ(table.rows[1].line, 5);
}

TEST(CsvTest, ErrorsNameTheLine) {
  EXPECT_THAT(ErrorOf("a,b\n1,x\"y\n"), HasSubstr("line 2: a quotation mark"));
  EXPECT_THAT(ErrorOf("a,b\n1,\"x\"y\n"), HasSubstr("line 2: a quotation mark"));
  EXPECT_THAT(ErrorOf("a,b\n1,2\n3,\"x\n\n"), HasSubstr("line 3: the cell that begins here"));
  EXPECT_THAT(ErrorOf("a,b,a\n"), HasSubstr("two columns are named \"a\""));
  EXPECT_THAT(ErrorOf(""), HasSubstr("empty"));
}

TEST(CsvTest, ARowThatIsTooShortOrTooLongNamesItsColumnAndHidesNoOther) {
  const CsvTable table = Parsed("a,b,c\n1\n1,2,3\n1,2,3,4\n1,2\n");
  ASSERT_EQ(table.rows.size(), 4u);
  EXPECT_THAT(table.rows[0].fault,
              HasSubstr("row 2 (line 2), column \"b\": the row ends before it, 1 cell where the "
                        "header has 3"));
  EXPECT_EQ(table.rows[1].fault, "");
  EXPECT_THAT(table.rows[2].fault,
              HasSubstr("row 4 (line 4), column \"c\": the row goes on after it, 4 cells where"));
  EXPECT_THAT(table.rows[3].fault, HasSubstr("row 5 (line 5), column \"c\": the row ends before"));
  for (const CsvRow& row : table.rows) EXPECT_EQ(row.cells.size(), 3u);
}

TEST(CsvTest, GivesFilesBackByteForByte) {
  for (const std::string bytes :
       {"a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\r\n1,2", "\"a\";\"b\"\r\n\"1\";\"\"\r\n",
        "sep=;\r\na;b\r\n1;\"x;y\"\r\n", "\xEF\xBB\xBFé,b\r\n1,\"a\nb\"\r\n",
        "\xE9;b\r\n\x80;\"\"\"\xAB\"\"\"\r\n", "a\n\"\"\n", "a\tb\n\x81\x8D\t\x9D\n"}) {
    const absl::StatusOr<std::string> written = WriteCsv(Parsed(bytes));
    ASSERT_TRUE(written.ok()) << written.status();
    EXPECT_EQ(*written, bytes);
  }
}

TEST(CsvTest, AHeaderThatLooksLikeASepLineComesBackAsAHeader) {
  CsvTable table;
  table.dialect.delimiter = ';';
  table.header = {"sep=", ""};
  const absl::StatusOr<std::string> written = WriteCsv(table);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(Parsed(*written).header, table.header) << *written;
}

TEST(CsvTest, RandomTablesComeBackCellForCellInEveryDialect) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const std::vector<std::string> pieces = {"a",  "é",  "€",    "\"", ",", ";",
                                           "\t", "\n", "\r\n", " ",  "=", "sep="};
  for (int round = 0; round < 500; ++round) {
    CsvTable table;
    table.header = {"x", "y", "z"};
    for (int i = 0; i < 5; ++i) {
      CsvRow row;
      for (int j = 0; j < 3; ++j) {
        std::string cell;
        for (int k = random() % 4; k > 0; --k) cell += pieces[random() % pieces.size()];
        row.cells.push_back(cell);
      }
      table.rows.push_back(row);
    }
    table.dialect.delimiter = ",;\t"[random() % 3];
    table.dialect.encoding = static_cast<Encoding>(random() % 3);
    table.dialect.crlf = random() % 2 == 0;
    table.dialect.sep_line = random() % 2 == 0;
    table.dialect.quoting = random() % 2 == 0 ? Quoting::kAll : Quoting::kMinimal;
    const absl::StatusOr<std::string> bytes = WriteCsv(table);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    const CsvTable again = *ReadCsv(*bytes, {table.dialect.encoding, table.dialect.delimiter});
    ASSERT_EQ(again.rows.size(), table.rows.size()) << *bytes;
    for (size_t i = 0; i < table.rows.size(); ++i) {
      EXPECT_EQ(again.rows[i].cells, table.rows[i].cells) << *bytes;
    }
    EXPECT_EQ(*WriteCsv(again), *bytes);
  }
}

TEST(CsvTest, ACharacterWithoutAByteIsNamedByRowAndColumn) {
  CsvTable table = Parsed("a;b\r\n1;2\r\n");
  table.dialect.encoding = Encoding::kWindows1252;
  table.rows[0].cells[1] = "中";
  EXPECT_THAT(std::string(WriteCsv(table).status().message()),
              HasSubstr("row 2, column \"b\": windows-1252 has no character U+4E2D"));
}

}  // namespace
}  // namespace liaison::cli
