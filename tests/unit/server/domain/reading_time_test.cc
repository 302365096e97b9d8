// How long it takes to read what is there.

#include "server/domain/reading_time.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace liaison::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::string Words(const std::string& word, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += word + " ";
  return text;
}

class ReadingTimeTest : public testing::Test {
 protected:
  WordSplitter splitter_ = *WordSplitter::Create();
  ReadingTime time_;
};

TEST_F(ReadingTimeTest, IsThatOfTheLanguage) {
  EXPECT_EQ(WordsPerMinute("en"), 228u);
  EXPECT_EQ(WordsPerMinute("EN-gb"), 228u);
  EXPECT_EQ(WordsPerMinute("zh-Hant"), 158u);
  EXPECT_EQ(WordsPerMinute("ru"), 184u);
  EXPECT_EQ(WordsPerMinute(""), WordsPerMinute("sw"));
}

TEST_F(ReadingTimeTest, RoundsUpOnceForAllOfIt) {
  EXPECT_EQ(time_.minutes(), 0u);
  time_.Add("en", "...", &splitter_);
  EXPECT_EQ(time_.minutes(), 0u);
  time_.Add("en", "One", &splitter_);
  EXPECT_EQ(time_.minutes(), 1u);
  time_.Add("en-GB", Words("word", 227), &splitter_);
  EXPECT_EQ(time_.minutes(), 1u);
  time_.Add("ar", Words("كلمة", 69), &splitter_);  // half a minute
  time_.Add("fr", Words("mot", 97), &splitter_);   // and another
  EXPECT_EQ(time_.minutes(), 2u);
  EXPECT_EQ(time_.words(), 394u);
  EXPECT_THAT(time_.words_by_language(),
              ElementsAre(Pair("ar", 69), Pair("en", 228), Pair("fr", 97)));
}

TEST_F(ReadingTimeTest, ChineseHasWordsToo) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "人工智能";
  time_.Add("zh", text, &splitter_);
  EXPECT_EQ(time_.words(), 400u);
  EXPECT_EQ(time_.minutes(), 3u);
}

}  // namespace
}  // namespace liaison::domain
