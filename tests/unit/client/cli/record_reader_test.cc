#include "client/cli/record_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"

namespace liaison::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Gives `text` out in pieces of `size` bytes, as a slow pipe does.
RecordReader::Read InPieces(std::string text, size_t size) {
  auto rest = std::make_shared<std::string>(std::move(text));
  return [rest, size](char* buffer, size_t room) -> absl::StatusOr<size_t> {
    const size_t n = std::min({size, room, rest->size()});
    std::memcpy(buffer, rest->data(), n);
    rest->erase(0, n);
    return n;
  };
}

struct Read {
  std::vector<std::string> texts;
  std::vector<int> lines;
  absl::Status end;
};

Read All(RecordReader reader) {
  Read read;
  while (true) {
    absl::StatusOr<std::optional<Record>> record = reader.Next();
    if (!record.ok()) {
      read.end = record.status();
      return read;
    }
    if (!record->has_value()) return read;
    EXPECT_EQ((*record)->number, static_cast<int>(read.texts.size()) + 1);
    read.texts.push_back((*record)->text);
    read.lines.push_back((*record)->line);
  }
}

Read AllOf(absl::string_view text) { return All(RecordReader(ReadFrom(text))); }

TEST(RecordReaderTest, ReadsJsonLines) {
  const Read read = AllOf("{\"a\":1}\n{\"a\":2}\n");
  EXPECT_THAT(read.texts, ElementsAre("{\"a\":1}", "{\"a\":2}"));
  EXPECT_THAT(read.lines, ElementsAre(1, 2));
  EXPECT_TRUE(read.end.ok());
}

TEST(RecordReaderTest, ReadsPrettyPrintedAndConcatenatedObjects) {
  const Read read = AllOf("\xEF\xBB\xBF\n{\n \"a\": {\"b\": [1,2]}\n}{\"c\":3} {\"d\":4}");
  EXPECT_THAT(read.texts, ElementsAre("{\n \"a\": {\"b\": [1,2]}\n}", "{\"c\":3}", "{\"d\":4}"));
  EXPECT_THAT(read.lines, ElementsAre(2, 4, 4));
}

TEST(RecordReaderTest, BracesInTextsDoNotCount) {
  const Read read = AllOf(R"({"a":"}{\"}\\"}{"b":"]"})");
  EXPECT_THAT(read.texts, ElementsAre(R"({"a":"}{\"}\\"})", R"({"b":"]"})"));
}

TEST(RecordReaderTest, PiecesOfAnySizeGiveTheSame) {
  const std::string text = "\xEF\xBB\xBF{\"a\":\"\\\"}\"}\n\n{\"b\":{\"c\":[]}}";
  for (size_t size = 3; size < text.size(); ++size) {
    const Read read = All(RecordReader(InPieces(text, size)));
    EXPECT_TRUE(read.end.ok()) << read.end;
    EXPECT_THAT(read.texts, ElementsAre("{\"a\":\"\\\"}\"}", "{\"b\":{\"c\":[]}}")) << size;
  }
}

TEST(RecordReaderTest, YieldsARecordBeforeTheNextHasCome) {
  bool asked_again = false;
  RecordReader reader([&, first = true](char* buffer, size_t) mutable -> absl::StatusOr<size_t> {
    asked_again = !first;
    first = false;
    std::memcpy(buffer, "{\"a\":1}", 7);
    return 7;
  });
  ASSERT_TRUE(reader.Next()->has_value());
  EXPECT_FALSE(asked_again);
}

TEST(RecordReaderTest, NothingIsNoRecord) {
  EXPECT_TRUE(AllOf("").texts.empty());
  EXPECT_TRUE(AllOf(" \n\t\r\n").end.ok());
}

TEST(RecordReaderTest, SaysWhereAnObjectDoesNotEnd) {
  const Read read = AllOf("{\"a\":1}\n\n{\"b\":{\n}\n");
  EXPECT_THAT(read.texts, ElementsAre("{\"a\":1}"));
  EXPECT_THAT(std::string(read.end.message()), HasSubstr("line 3: the draft that begins here"));
}

TEST(RecordReaderTest, SaysWhereATextDoesNotEnd) {
  const Read read = AllOf("{\"a\":\n \"b\n}\n");
  EXPECT_THAT(std::string(read.end.message()), HasSubstr("line 2: a text ends nowhere"));
}

TEST(RecordReaderTest, RefusesAListAndSaysWhatToDo) {
  EXPECT_THAT(std::string(AllOf("[{}]").end.message()), HasSubstr("jq -c '.[]'"));
  EXPECT_THAT(std::string(AllOf("a,b,c").end.message()), HasSubstr("line 1: expected a draft"));
}

TEST(RecordReaderTest, AnEndlessObjectIsRefused) {
  RecordReader reader([first = true](char* buffer, size_t size) mutable -> absl::StatusOr<size_t> {
    std::memset(buffer, first ? '{' : ' ', size);
    first = false;
    return size;
  });
  EXPECT_THAT(std::string(reader.Next().status().message()), HasSubstr("longer than 8 MiB"));
}

TEST(RecordReaderTest, RandomBytesNeverYieldUnbalancedObjects) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  constexpr absl::string_view kAlphabet = "{}[]\"\\ \na";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += kAlphabet[random() % kAlphabet.size()];
    for (const std::string& record : AllOf(text).texts) {
      EXPECT_EQ(record.front(), '{') << text;
      EXPECT_TRUE(record.back() == '}' || record.back() == ']') << text;
    }
  }
}

}  // namespace
}  // namespace liaison::cli
