// The beginning of a text, in scripts with blanks and without.

#include "server/domain/excerpt.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace liaison::domain {
namespace {

std::string Cut(const std::string& text, size_t characters) {
  auto excerpt = Excerpt(text, characters);
  EXPECT_TRUE(excerpt.ok()) << excerpt.status();
  return excerpt.ok() ? *excerpt : "";
}

TEST(ExcerptTest, AShortTextIsGivenAsItWasWritten) {
  for (const std::string text : {"", "one  two\n\nthree ", "каждое слово", "互联网治理"}) {
    EXPECT_EQ(Cut(text, 30), text);
  }
  EXPECT_EQ(Cut("互联网治理", 5), "互联网治理") << "characters count, not bytes";
}

TEST(ExcerptTest, ALongOneEndsWithAWordAndAnEllipsis) {
  EXPECT_EQ(Cut("one  two three", 8), "one  two…");
  EXPECT_EQ(Cut("one  two three", 9), "one  two…");
  EXPECT_EQ(Cut("one  two three", 10), "one  two…");
  EXPECT_EQ(Cut("one  two three", 13), "one  two…");
  EXPECT_EQ(Cut("каждое слово важно", 15), "каждое слово…");
}

TEST(ExcerptTest, NoCharacterIsCutInTwo) {
  const std::string family = "👩‍👩‍👧";  // several code points that are one
  EXPECT_EQ(Cut(family + family + family, 2), family + family + "…");
  const std::string accented = "e\xcc\x81";  // a letter and its accent
  EXPECT_EQ(Cut(accented + accented + accented, 2), accented + accented + "…");
  EXPECT_EQ(Cut("supercalifragilistic", 5), "super…") << "a word that is longer by itself";
}

TEST(ExcerptTest, ChineseIsCutBetweenItsWords) {
  const std::string cut = Cut("联合国互联网治理论坛", 8);
  EXPECT_TRUE(absl::EndsWith(cut, "…"));
  EXPECT_TRUE(absl::StartsWith("联合国互联网治理论坛", cut.substr(0, cut.size() - 3)));
}

TEST(ExcerptTest, WhatIsNoUtf8AndWhatIsVeryLongEnds) {
  EXPECT_FALSE(Cut(std::string(100, '\xff'), 10).empty());
  EXPECT_EQ(Cut(std::string(1 << 20, 'x'), 10), "xxxxxxxxxx…");
  EXPECT_LT(Cut(absl::StrCat("a", std::string(1 << 20, '\xcc')), 10).size(), 2000u);
}

}  // namespace
}  // namespace liaison::domain
