#include "server/views/shortlist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace liaison::views {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Wording> Says(const std::string& language, const std::string& text) {
  return {{language, "", text, false}};
}

// Of those texts, 1 and so on, each of somebody else, the ones that may be like the first.
std::vector<uint64_t> Like(const std::string& like, const std::vector<std::string>& texts) {
  Shortlist list(Says("", like), {});
  for (size_t i = 0; i < texts.size(); ++i) {
    list.Add(i + 1, std::string(1, static_cast<char>('a' + i)), Says("", texts[i]), {});
  }
  return list.Best(texts.size());
}

TEST(Shortlist, WhatSharesARareWordComesFirst) {
  EXPECT_THAT(Like("rural cables", {"rural roads", "cables, rural ones", "rural schools", "fish"}),
              ElementsAre(2, 1, 3));
}

TEST(Shortlist, WordsAreAlikeByTheirBeginning) {
  EXPECT_THAT(Like("Connectivity", {"CONNECTED", "cone", "disconnect"}), ElementsAre(1));
}

TEST(Shortlist, ShortWordsAreNone) { EXPECT_THAT(Like("we do so", {"we do so"}), IsEmpty()); }

TEST(Shortlist, AWordThatComesTwiceIsOne) {
  // Each has one of the two words, which are as rare: the first comes first.
  EXPECT_THAT(Like("cables satellites", {"cables", "satellites satellites satellites"}),
              ElementsAre(1, 2));
}

TEST(Shortlist, TheFirstLetterOfOtherScriptsMayBeACapitalOne) {
  EXPECT_THAT(Like("Кабели", {"кабели", "сети"}), ElementsAre(1));
}

TEST(Shortlist, OfChineseAnyTwoCharacters) {
  EXPECT_THAT(Like("海底电缆", {"电缆", "海", "缆电"}), ElementsAre(1));
}

TEST(Shortlist, WhatIsCutWithinACharacterIsReadAllTheSame) {
  EXPECT_THAT(Like("cables \xe6\xb5", {"cables \xe6", "\xe6"}), ElementsAre(1));
}

TEST(Shortlist, ATopicIsAMark) {
  Shortlist list(Says("en", "fish"), {"igf:access"});
  list.Add(1, "a", Says("en", "birds"), {"igf:access"});
  list.Add(2, "b", Says("en", "birds"), {"igf:trust"});
  EXPECT_THAT(list.Best(9), ElementsAre(1));
}

TEST(Shortlist, EverybodysFirstComesBeforeAnybodysSecond) {
  Shortlist list(Says("en", "rural cables satellites"), {});
  list.Add(1, "loud", Says("en", "rural cables satellites"), {});
  list.Add(2, "loud", Says("en", "rural cables satellites"), {});
  list.Add(3, "quiet", Says("en", "rural"), {});
  list.Add(4, "mute", Says("en", "fish"), {});
  EXPECT_THAT(list.Best(9), ElementsAre(1, 3, 2));
  EXPECT_THAT(list.Best(2), ElementsAre(1, 3));
}

}  // namespace
}  // namespace liaison::views
