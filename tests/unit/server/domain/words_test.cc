// Words in six languages, and which of them connect nothing.

#include "server/domain/words.h"

#include <unicode/normalizer2.h>
#include <unicode/ubrk.h>

#include <iostream>
#include <random>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/domain/stop_list.h"

namespace liaison::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class WordsTest : public testing::Test {
 protected:
  std::vector<std::string> Forms(absl::string_view text) {
    std::vector<std::string> forms;
    for (const Word& word : splitter_.Split(text)) forms.push_back(word.form);
    return forms;
  }
  // Whether both are compared as one word.
  bool Same(absl::string_view a, absl::string_view b) {
    return splitter_.Split(a).at(0).key == splitter_.Split(b).at(0).key;
  }
  bool Stops(absl::string_view text) { return list_.Covers(text, &splitter_); }

  WordSplitter splitter_ = *WordSplitter::Create();
  const StopList list_ = *StopList::Create(&splitter_);
};

TEST_F(WordsTest, AreFoundInEveryScript) {
  EXPECT_THAT(Forms("Community networks, 2027!"), ElementsAre("community", "networks", "2027"));
  EXPECT_THAT(Forms("Сети сообществ"), ElementsAre("сети", "сообществ"));
  EXPECT_THAT(Forms("شبكات المجتمع"), ElementsAre("شبكات", "المجتمع"));
  EXPECT_THAT(Forms("人工智能的治理"), ElementsAre("人工", "智能", "的", "治理"));
  EXPECT_THAT(Forms(""), IsEmpty());
  EXPECT_THAT(Forms("\xff\xfe ok"), ElementsAre("ok"));
}

TEST_F(WordsTest, AreNormalisedAndFolded) {
  EXPECT_THAT(Forms("ＤＮＳ"), ElementsAre("dns"));
  EXPECT_TRUE(
      Same("e\xcc\x81"
           "cole",
           "\xc3\x89"
           "COLE"));
  EXPECT_TRUE(Same("STRASSE", "straße"));
}

TEST_F(WordsTest, AreTheSameWithAnotherEnding) {
  EXPECT_TRUE(Same("network", "networks"));
  EXPECT_TRUE(Same("policy", "policies"));
  EXPECT_TRUE(Same("children's", "children"));
  EXPECT_TRUE(Same("réseau", "réseaux"));
  EXPECT_TRUE(Same("l'accès", "accès"));
  EXPECT_TRUE(Same("red", "redes"));
  EXPECT_TRUE(Same("кибербезопасность", "кибербезопасности"));
  EXPECT_TRUE(Same("Швейцария", "Швейцарии"));
  EXPECT_TRUE(Same("الشبكة", "شبكة"));
  EXPECT_TRUE(Same("شبكات", "الشبكات"));
  EXPECT_FALSE(Same("internet", "international"));
  EXPECT_FALSE(Same("access", "accept"));
}

// By ICU alone, of the text as a whole.
std::vector<std::string> FormsByIcu(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeString folded = icu::Normalizer2::getNFKCCasefoldInstance(error)->normalize(
      icu::UnicodeString::fromUTF8(text), error);
  const std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
  breaks->setText(folded);
  std::vector<std::string> forms;
  int32_t start = breaks->first();
  for (int32_t end = breaks->next(); end != icu::BreakIterator::DONE;
       start = end, end = breaks->next()) {
    if (breaks->getRuleStatus() < UBRK_WORD_NONE_LIMIT) continue;
    folded.tempSubStringBetween(start, end).toUTF8String(forms.emplace_back());
  }
  return forms;
}

// ICU is not asked about what is plain ASCII; what it would say is what comes out all the same.
TEST_F(WordsTest, AreThoseThatIcuFindsWhateverTheTextIsMixedOf) {
  const uint32_t seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  const std::vector<std::string> plain = {
      "a",    "B",     "word",  "Networks", "don't", "e.g.",
      "3.14", "1,000", "10:30", "x:y",      "a1",    "1a",
      " ",    " ",     " ",     "\n",       "\t",    "\r\n",
      ".",    ",",     ":",     ";",        "'",     "\"",
      "-",    "/",     "@",     "(",        "%",     std::string(1, '\0'),
      "\x7f", "a.1",   "1.a",   "''",       "..",    "s's"};
  const std::vector<std::string> other = {"_",
                                          "__",
                                          "\xc3\xa9",
                                          "e\xcc\x81",
                                          "\xcc\x81",
                                          "’",
                                          "·",
                                          "сеть",
                                          "Сети",
                                          "人工智能",
                                          "网",
                                          "カタ",
                                          "ไทย",
                                          "شبكة",
                                          "\xe2\x80\x8d",
                                          "\xc2\xa0",
                                          "\xc2\xad",
                                          "\xc2\xa8",
                                          "\xef\xac\x81",
                                          "\xff",
                                          "\xe2\x82",
                                          "🇨🇭",
                                          "😀",
                                          "שלום",
                                          "ǅ",
                                          "ß",
                                          "①",
                                          "㎢",
                                          "ﷺ",
                                          "\xe2\x80\xa8",
                                          "′"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const uint32_t mixed = random() % 3 == 0 ? 0 : 1 + random() % 60;  // one piece of so many
    for (uint32_t i = random() % 120; i > 0; --i) {
      const auto& pieces = mixed != 0 && random() % mixed == 0 ? other : plain;
      text += pieces[random() % pieces.size()];
    }
    ASSERT_EQ(Forms(text), FormsByIcu(text)) << testing::PrintToString(text);
  }
}

TEST_F(WordsTest, KeysOfLatinWordsAreWhatTheyAlwaysWere) {
  for (const auto& [form, key] :
       std::vector<std::pair<std::string, std::string>>{{"réseaux", "réseau"},
                                                        {"cieux", "cieux"},
                                                        {"faux", "faux"},
                                                        {"neveux", "neveu"},
                                                        {"policies", "policy"},
                                                        {"dies", "die"},
                                                        {"ties", "tie"},
                                                        {"access", "access"},
                                                        {"networks", "network"},
                                                        {"uses", "use"},
                                                        {"use", "use"},
                                                        {"yes", "yes"},
                                                        {"l'accès", "accè"},
                                                        {"l’accès", "accè"},
                                                        {"don't", "don"},
                                                        {"children’s", "children"},
                                                        {"o'neill's", "neill'"},
                                                        {"1990s", "1990s"},
                                                        {"été", "été"},
                                                        {"étés", "été"},
                                                        {"aujourd'hui", "aujourd"}}) {
    EXPECT_EQ(KeyOfWord(form), key) << form;
  }
}

TEST_F(WordsTest, OfOneTextHaveALimit) {
  std::string text;
  for (size_t i = 0; i < kMaxWordsOfText + 100; ++i) text += "word ";
  EXPECT_THAT(splitter_.Split(text), SizeIs(kMaxWordsOfText));
  EXPECT_EQ(splitter_.Count(text), kMaxWordsOfText + 100);
}

TEST_F(WordsTest, OfPlacesConnectNothingInAnyLanguage) {
  for (const char* name : {"Switzerland", "Suisse", "Suiza", "Швейцария", "в Швейцарии", "سويسرا",
                           "瑞士", "Côte d'Ivoire", "Africa", "USA", "США", "Türkiye and UAE"}) {
    EXPECT_TRUE(Stops(name)) << name;
  }
  EXPECT_FALSE(Stops("Switzerland and encryption"));
}

TEST_F(WordsTest, OfTheFieldConnectNothing) {
  for (const char* text : {"Internet", "Internet governance", "L'Internet", "интернета", "互联网",
                           "الإنترنت", "Internet in Switzerland", "The IGF and the MAG"}) {
    EXPECT_TRUE(Stops(text)) << text;
  }
  for (const char* text : {"Internet of Things", "Internet protocol numbers", "Encryption",
                           "Sécurité des enfants", ""}) {
    EXPECT_FALSE(Stops(text)) << text;
  }
}

TEST_F(WordsTest, StoppedSayWhy) {
  EXPECT_EQ(*list_.Find(KeyOfWord("switzerland")), StopReason::kPlaceName);
  EXPECT_EQ(*list_.Find(KeyOfWord("internet")), StopReason::kWordOfTheField);
  EXPECT_EQ(*list_.Find(KeyOfWord("whose")), StopReason::kFunctionWord);
  EXPECT_EQ(list_.Find(KeyOfWord("encryption")), nullptr);
  StopList more = list_;
  more.Add("Encryption", StopReason::kAdded, &splitter_);
  EXPECT_EQ(InWords(*more.Find(KeyOfWord("encryption"))), "left out on request");
}

}  // namespace
}  // namespace liaison::domain
