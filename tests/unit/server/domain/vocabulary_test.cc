// Words of many texts, numbered: the same numbers as a plain map gives, however many there are.

#include "server/domain/vocabulary.h"

#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace liaison::domain {
namespace {

using ::testing::ElementsAreArray;

class VocabularyTest : public testing::Test {
 protected:
  WordSplitter splitter_ = *WordSplitter::Create();
  const StopList list_ = *StopList::Create(&splitter_);
  Vocabulary vocabulary_{list_};
};

TEST_F(VocabularyTest, AFormHasOneNumberAndSharesItWithOthersOfItsKey) {
  const uint32_t seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  Vocabulary::Words* const words = vocabulary_.WordsOf("en");
  std::map<std::string, uint32_t> by_key;
  // More than find a place of their own.
  for (int i = 0; i < 120'000; ++i) {
    const std::string form = absl::StrCat("wort", random() % 20'000, random() % 2 == 0 ? "s" : "");
    const uint32_t term = vocabulary_.FormOf(form, words).term;
    const auto [at, fresh] = by_key.try_emplace(KeyOfWord(form), term);
    ASSERT_EQ(at->second, term) << form;
    EXPECT_EQ(KeyOfWord(vocabulary_[term].form), at->first) << fresh;
  }
  std::set<uint32_t> numbers;
  for (const auto& [key, term] : by_key) numbers.insert(term);
  EXPECT_EQ(numbers.size(), by_key.size());
  // Each has a digit, and is a name in any language too.
  EXPECT_EQ(vocabulary_.size(), 2 * by_key.size());
}

TEST_F(VocabularyTest, KnowsOfAFormWhatIsAskedOfEachWord) {
  Vocabulary::Words* const english = vocabulary_.WordsOf("en");
  EXPECT_TRUE(vocabulary_.FormOf("not", english).negates);
  EXPECT_FALSE(vocabulary_.FormOf("internet", english).connects);
  EXPECT_TRUE(vocabulary_.FormOf("prohibited", english).opposes);
  const Form plain = vocabulary_.FormOf("cables", english);
  EXPECT_TRUE(plain.connects);
  EXPECT_FALSE(plain.opposes || plain.negates);
  EXPECT_EQ(plain.name, plain.term);
  const Form name = vocabulary_.FormOf("ipv6", english);
  EXPECT_NE(name.name, name.term);
  EXPECT_EQ(vocabulary_.FormOf("ipv6", vocabulary_.WordsOf("fr")).name, name.name);
  EXPECT_NE(vocabulary_.FormOf("cables", vocabulary_.WordsOf("fr")).term, plain.term);
}

TEST_F(VocabularyTest, WhoBearsATermIsKnownOnceAndInOrder) {
  const uint32_t seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  std::map<uint32_t, std::set<uint32_t>> bearers;
  for (int topic = 0; topic < 50; ++topic) bearers[vocabulary_.CodeOf(absl::StrCat("s:", topic))];
  for (uint32_t document = 0; document < 200; ++document) {
    for (uint32_t words = random() % 40; words > 0; --words) {
      // One that nobody bears comes last.
      const uint32_t term = random() % 49;
      vocabulary_.Bear(term, document);
      bearers[term].insert(document);
    }
  }
  vocabulary_.Settle();
  for (const auto& [term, documents] : bearers) {
    EXPECT_THAT(vocabulary_.BearersOf(term), ElementsAreArray(documents)) << term;
    EXPECT_EQ(vocabulary_.CountOf(term), documents.size());
  }
}

}  // namespace
}  // namespace liaison::domain
