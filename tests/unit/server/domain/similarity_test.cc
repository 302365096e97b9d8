// Near-duplicates: a labelled set in six languages with duplicates and traps, and what keeps the
// work within bounds.

#include "server/domain/similarity.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"

namespace liaison::domain {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::SizeIs;
using Pair = std::pair<std::string, std::string>;

class SimilarityTest : public testing::Test {
 protected:
  SimilarTexts Similar(const std::vector<SimilarityText>& texts,
                       const SimilarityArguments& arguments = {}) {
    auto similar = FindSimilar(texts, list_, &splitter_, arguments);
    EXPECT_TRUE(similar.ok()) << similar.status();
    return similar.ok() ? *std::move(similar) : SimilarTexts();
  }

  WordSplitter splitter_ = *WordSplitter::Create();
  const StopList list_ = *StopList::Create(&splitter_);
};

SimilarityText English(uint64_t sequence, const std::string& title, const std::string& text,
                       const std::set<std::string>& topics = {}) {
  return {sequence, {{"en", title, text, false}}, topics, {}};
}

// The labelled set, read.
struct Labelled {
  std::vector<SimilarityText> texts;
  std::map<uint64_t, std::string> ids;
  std::map<std::string, std::string> splits;
  std::set<std::string> languages;
  std::set<Pair> duplicates;
  std::map<Pair, std::string> traps;  // to what kind of trap it is
};

Pair InOrder(const std::string& a, const std::string& b) { return a < b ? Pair(a, b) : Pair(b, a); }

const Labelled& LabelledSet() {
  static const auto* const set = [] {
    auto* read = new Labelled;
    std::ifstream file(LIAISON_SOURCE_DIR
                       "/tests/unit/server/domain/testdata/labelled_signals.json");
    const nlohmann::json json = nlohmann::json::parse(file);
    for (const auto& signal : json.at("signals")) {
      SimilarityText text;
      text.sequence = signal.at("sequence");
      text.versions.push_back(
          {signal.at("language"), signal.at("title"), signal.at("text"), false});
      for (const auto& translation : signal.at("translations")) {
        text.versions.push_back(
            {translation.at("language"), translation.at("title"), translation.at("text"), true});
      }
      for (const auto& topic : signal.at("topics")) text.topics.insert(topic.get<std::string>());
      read->ids[text.sequence] = signal.at("id");
      read->splits[signal.at("id")] = signal.at("split");
      read->languages.insert(signal.at("language").get<std::string>());
      read->texts.push_back(std::move(text));
    }
    for (const auto& group : json.at("duplicates")) {
      for (size_t i = 0; i < group.size(); ++i) {
        for (size_t j = i + 1; j < group.size(); ++j) {
          read->duplicates.insert(InOrder(group[i], group[j]));
        }
      }
    }
    for (const auto& trap : json.at("traps")) {
      read->traps[InOrder(trap.at("ids")[0], trap.at("ids")[1])] = trap.at("kind");
    }
    return read;
  }();
  return *set;
}

struct Figures {
  size_t found = 0;
  size_t right = 0;
  size_t there = 0;
  // Those that are shown with the warning, which are not among the found.
  size_t warned = 0;
  size_t warned_rightly = 0;
  std::vector<std::string> wrong;
  std::vector<std::string> missed;

  double Precision() const { return found == 0 ? 1 : static_cast<double>(right) / found; }
  double Recall() const { return there == 0 ? 1 : static_cast<double>(right) / there; }
};

// A pair is of the part of which one at least is.
std::string SplitOf(const Pair& pair) {
  const std::set<std::string> both = {LabelledSet().splits.at(pair.first),
                                      LabelledSet().splits.at(pair.second)};
  for (const char* split : {"review", "held-out"}) {
    if (both.count(split) > 0) return split;
  }
  return "tuning";
}

bool IsOpposite(const Pair& pair) {
  const auto trap = LabelledSet().traps.find(pair);
  return trap != LabelledSet().traps.end() && trap->second == "opposite positions";
}

void Count(const SimilarPair& pair, const Pair& ids, Figures* figures) {
  const Labelled& set = LabelledSet();
  if (pair.opposite) {
    ++figures->warned;
    if (IsOpposite(ids)) ++figures->warned_rightly;
    if (set.duplicates.count(ids) > 0) figures->missed.push_back(pair.why.back());
    return;
  }
  ++figures->found;
  if (set.duplicates.count(ids) > 0) {
    ++figures->right;
    return;
  }
  auto trap = set.traps.find(ids);
  figures->wrong.push_back(absl::StrCat(ids.first, " ", ids.second,
                                        trap == set.traps.end() ? "" : " trap: " + trap->second,
                                        " ", absl::StrJoin(pair.why, " ")));
}

Figures FiguresOf(const SimilarTexts& similar, const std::string& split) {
  const Labelled& set = LabelledSet();
  Figures figures;
  std::map<Pair, bool> shown;  // to whether it has the warning
  for (const SimilarPair& pair : similar.pairs) {
    const Pair ids = InOrder(set.ids.at(pair.first), set.ids.at(pair.second));
    if (SplitOf(ids) != split) continue;
    shown[ids] = pair.opposite;
    Count(pair, ids, &figures);
  }
  for (const Pair& ids : set.duplicates) {
    if (SplitOf(ids) != split) continue;
    ++figures.there;
    const auto at = shown.find(ids);
    if (at != shown.end() && !at->second) continue;
    figures.missed.push_back(absl::StrCat(ids.first, " ", ids.second,
                                          at == shown.end() ? "" : " (shown with the warning)"));
  }
  return figures;
}

// What has the warning is shown below the others, and counts here as not found.
TEST_F(SimilarityTest, PrecisionAndRecallOfTheLabelledSet) {
  const Labelled& set = LabelledSet();
  ASSERT_GE(set.texts.size(), 60u);
  EXPECT_THAT(set.languages, IsSupersetOf({"ar", "en", "es", "fr", "ru", "zh"}));
  const SimilarTexts similar = Similar(set.texts);
  for (const char* split : {"tuning", "held-out", "review"}) {
    const Figures figures = FiguresOf(similar, split);
    std::cout << split << ": precision " << figures.Precision() << " (" << figures.right << " of "
              << figures.found << "), recall " << figures.Recall() << " (" << figures.right
              << " of " << figures.there << "); with the warning " << figures.warned
              << ", of which " << figures.warned_rightly << " are opposite positions\n";
    for (const std::string& wrong : figures.wrong) std::cout << "  wrong: " << wrong << "\n";
    for (const std::string& missed : figures.missed) std::cout << "  missed: " << missed << "\n";
    EXPECT_GE(figures.Recall(), 0.7) << split;
    EXPECT_GE(figures.Precision(), split == std::string("review") ? 0.5 : 0.9) << split;
  }
}

TEST_F(SimilarityTest, EveryLinkOfTheLabelledSetIsExplained) {
  const SimilarTexts similar = Similar(LabelledSet().texts);
  ASSERT_THAT(similar.pairs, Not(IsEmpty()));
  for (const SimilarPair& pair : similar.pairs) {
    ASSERT_GE(pair.why.size(), 2u) << pair.first << " " << pair.second;
    for (const std::string& sentence : pair.why) EXPECT_EQ(sentence.back(), '.');
    double points = 0;
    for (const SharedWord& word : pair.words) points += word.points;
    for (const SharedWord& code : pair.codes) points += code.points;
    EXPECT_NEAR(points, pair.score, 1e-9) << "what is shown is all of the score";
    EXPECT_EQ(pair.language.empty(),
              pair.why[0].find("no language in common") != std::string::npos);
  }
}

// No trap is taken for a duplicate; opposite positions are shown with a warning. Where they differ
// neither by a `not` nor by words that are listed as opposites nobody warns: those are here.
TEST_F(SimilarityTest, TrapsOfTheLabelledSet) {
  const Labelled& set = LabelledSet();
  const std::set<Pair> not_seen = {
      {"rv19", "rv5"}, {"rv20", "rv5"},  // allowed to, must stay on
  };
  std::map<std::string, int> kinds;
  for (const auto& [ids, kind] : set.traps) ++kinds[kind];
  EXPECT_THAT(kinds, SizeIs(7));
  size_t opposite = 0;
  for (const SimilarPair& pair : Similar(set.texts).pairs) {
    const Pair ids = InOrder(set.ids.at(pair.first), set.ids.at(pair.second));
    auto trap = set.traps.find(ids);
    if (trap == set.traps.end()) continue;
    EXPECT_TRUE(IsOpposite(ids)) << ids.first << " " << ids.second;
    EXPECT_EQ(pair.opposite, not_seen.count(ids) == 0) << ids.first << " " << ids.second;
    if (!pair.opposite) continue;
    EXPECT_THAT(pair.why.back(), HasSubstr("two answers to one question"));
    ++opposite;
  }
  EXPECT_GE(opposite, 10u);
}

TEST_F(SimilarityTest, SwitzerlandAndInternetCorrelateNothing) {
  EXPECT_THAT(Similar({English(1, "Switzerland", "The Internet in Switzerland"),
                       English(2, "Internet governance", "Switzerland and the IGF"),
                       English(3, "Switzerland", "The Internet in Switzerland")})
                  .pairs,
              IsEmpty());
}

// They did where the country was an adjective, or named in a language of none of the six.
TEST_F(SimilarityTest, CountriesYearsAndSmallWordsCorrelateNothingInAnyLanguage) {
  for (const auto& [language, text] :
       {std::pair("en", "Swiss Internet"), std::pair("it", "La Svizzera e gli altri"),
        std::pair("de", "Der Schweizer und das Internet der Schweiz"),
        std::pair("pt", "O Brasil e a Suíça"), std::pair("en", "Ivory Coast"),
        std::pair("en", "IGF 2027 input")}) {
    std::vector<SimilarityText> texts = {English(1, text, text), English(2, text, text)};
    for (SimilarityText& one : texts) one.versions[0].language = language;
    EXPECT_THAT(Similar(texts).pairs, IsEmpty()) << text;
  }
}

TEST_F(SimilarityTest, WordsThatManyHaveWeighLittle) {
  std::vector<SimilarityText> texts;
  for (uint64_t i = 1; i <= 40; ++i) {
    texts.push_back(English(
        i, absl::StrCat("subject", i),
        absl::StrCat("we are committed to an open inclusive prosperous future ", "special", i)));
  }
  EXPECT_THAT(Similar(texts).pairs, IsEmpty());
  SimilarityArguments arguments;
  arguments.least_score = 0.001;
  const double of_forty = Similar(texts, arguments).pairs.at(0).score;
  texts.resize(2);
  EXPECT_GT(Similar(texts, arguments).pairs.at(0).score, 10 * of_forty);
}

// Found in review: fifteen hundred copies of what one of two says made all its words frequent ones,
// and the two no longer alike.
TEST_F(SimilarityTest, OneSpeakersManyTextsTakeNoWeightFromTheWordsOfOthers) {
  std::vector<SimilarityText> texts = {
      English(1, "Rural schools offline", "Satellite gateways remain congested"),
      English(2, "Schools of villages", "Congested satellite gateways leave them alone")};
  texts[0].speaker = "org/a";
  texts[1].speaker = "org/b";
  for (uint64_t i = 3; i < 1000; ++i) {
    texts.push_back(texts[0]);
    texts.back().sequence = i;
    texts.back().speaker = "org/loud";
  }
  SimilarityArguments arguments;
  arguments.only = 2;
  arguments.least_score = 0.05;
  const double among_many = Similar(texts, arguments).pairs.at(0).score;
  texts.resize(3);
  EXPECT_NEAR(among_many, Similar(texts, arguments).pairs.at(0).score, 1e-9);
}

// Two of many that have ten words in common are alike by these and by a word that nobody else has,
// and by neither alone.
TEST_F(SimilarityTest, WordsThatManyHaveAddUpWithRareOnes) {
  std::vector<SimilarityText> texts;
  for (uint64_t i = 1; i <= 200; ++i) {
    const char* shared =
        i <= 66 ? "amber birch cedar delta ember fjord gravel harbor island jungle " : "";
    const char* rare = i == 3 || i == 5 ? "seldom " : "";
    texts.push_back(English(i, "", absl::StrCat(shared, rare, "unique", i)));
  }
  const SimilarTexts similar = Similar(texts);
  ASSERT_THAT(similar.pairs, SizeIs(1));
  EXPECT_EQ(similar.pairs[0].first, 3u);
  EXPECT_EQ(similar.pairs[0].second, 5u);
  EXPECT_NEAR(similar.pairs[0].score, 0.58, 0.01);
  EXPECT_GT(similar.compared, 66u) << "the others were looked at too";
}

TEST_F(SimilarityTest, TranslationsBridgeLanguages) {
  SimilarityText russian{
      7, {{"ru", "Ремонт подводных кабелей", "Разрешения ждут неделями", false}}, {}, {}};
  const SimilarityText english = English(9, "Repair of submarine cables", "Permits take weeks");
  const std::vector<SimilarityText> others = {English(1, "Child safety", "One track"),
                                              English(2, "Open data", "Of parliaments")};
  std::vector<SimilarityText> texts = others;
  texts.push_back(russian);
  texts.push_back(english);
  EXPECT_THAT(Similar(texts).pairs, IsEmpty());
  texts[2].versions.push_back({"en-GB", "Repairing submarine cables", "", true});
  const auto pairs = Similar(texts).pairs;
  ASSERT_THAT(pairs, SizeIs(1));
  EXPECT_EQ(pairs[0].first, 7u);
  EXPECT_EQ(pairs[0].second, 9u);
  EXPECT_EQ(pairs[0].language, "en");
  EXPECT_TRUE(pairs[0].first_translated);
  EXPECT_FALSE(pairs[0].second_translated);
  EXPECT_EQ(pairs[0].why[0], "Compared in en, by the translation of 7.");
}

TEST_F(SimilarityTest, CodesThatFewBearTogetherBridgeLanguages) {
  const SimilarityText russian{3, {{"ru", "Ремонт кабелей", "", false}}, {"s:cable", "s:law"}, {}};
  const SimilarityText arabic{4, {{"ar", "إصلاح الكابلات", "", false}}, {"s:cable", "s:law"}, {}};
  std::vector<SimilarityText> texts = {English(1, "One", "word", {"s:cable"}),
                                       English(2, "Other", "thing", {"s:law"}), russian, arabic};
  for (uint64_t i = 10; i < 46; ++i) texts.push_back(English(i, absl::StrCat("title", i), ""));
  auto pairs = Similar(texts).pairs;
  ASSERT_THAT(pairs, SizeIs(1));
  EXPECT_EQ(pairs[0].language, "");
  EXPECT_EQ(
      pairs[0].why[0],
      "They have no language in common, so that no words are compared; of 40 texts only 2 bear "
      "what they share together, which chance brings once in 70 times.");
  EXPECT_THAT(pairs[0].codes, SizeIs(2));
  // One code alone says little, and so does what many bear.
  texts[2].topics = texts[3].topics = {"s:cable"};
  EXPECT_THAT(Similar(texts).pairs, IsEmpty());
  texts[2] = russian;
  texts[3] = arabic;
  for (uint64_t i = 5; i < 7; ++i) {
    texts.push_back({i, {{"fr", absl::StrCat("titre", i), "", false}}, {"s:cable", "s:law"}, {}});
  }
  SimilarityArguments arguments;
  arguments.least_score = 0.01;
  for (const SimilarPair& pair : Similar(texts, arguments).pairs) EXPECT_EQ(pair.language, "fr");
}

TEST_F(SimilarityTest, NamesThatAreTheSameInAnyLanguageHelpTheCodes) {
  std::vector<SimilarityText> texts = {{1, {{"ru", "Внедрение DNSSEC", "", false}}, {"s:dns"}, {}},
                                       {2, {{"zh", "推广 DNSSEC", "", false}}, {"s:dns"}, {}},
                                       English(3, "One", "word", {"s:law"}),
                                       English(4, "Other", "thing", {"s:tax"})};
  ASSERT_THAT(Similar(texts).pairs, SizeIs(1));
  EXPECT_EQ(Similar(texts).pairs[0].words[0].word, "dnssec");
  for (size_t i = 0; i < 2; ++i) {
    texts[i].topics.clear();
    texts[i].versions[0].title += " IPv6";
  }
  EXPECT_THAT(Similar(texts).pairs, IsEmpty()) << "names alone bring nothing";
}

// Much happens in one year.
TEST_F(SimilarityTest, ANumberAloneIsNoName) {
  const std::vector<SimilarityText> texts = {
      {1, {{"fr", "Forum 2026", "", false}}, {"s:dns"}, {}},
      {2, {{"es", "Encuentro 2026", "", false}}, {"s:dns"}, {}},
      English(3, "One", "word", {"s:law"}),
      English(4, "Other", "thing", {"s:tax"})};
  EXPECT_THAT(Similar(texts).pairs, IsEmpty());
}

// That three of thirty bear two of the codes which half of them bear is what chance does.
TEST_F(SimilarityTest, CodesThatManyBearBridgeNothingHoweverFewBearThemTogether) {
  std::vector<SimilarityText> texts = {
      {1, {{"ar", "عنوان", "", false}}, {"s:access", "s:media"}, {}},
      {2, {{"fr", "Titre", "", false}}, {"s:access", "s:media"}, {}}};
  for (uint64_t i = 3; i <= 30; ++i) {
    texts.push_back(English(i, absl::StrCat("title", i), "",
                            {i % 2 == 0   ? "s:access"
                             : i % 3 == 0 ? "s:media"
                                          : "s:law"}));
  }
  EXPECT_THAT(Similar(texts).pairs, IsEmpty());
}

TEST_F(SimilarityTest, ChineseIsOneLanguageInBothScripts) {
  const auto pairs =
      Similar({{1, {{"zh-Hant", "農村學校的寬帶", "教師無法訪問數字圖書館", false}}, {}, {}},
               {2, {{"zh", "农村学校的宽带", "教师无法访问数字图书馆", false}}, {}, {}},
               English(3, "Other", "thing")})
          .pairs;
  ASSERT_THAT(pairs, SizeIs(1));
  EXPECT_NEAR(pairs[0].score, 1, 1e-9);
  EXPECT_EQ(pairs[0].language, "zh");
}

// A thousand and a half copies by one, and a pair of others.
TEST_F(SimilarityTest, CopiesOfOneSpeakerPushOutNoOthers) {
  std::vector<SimilarityText> texts = {
      English(1, "Rural schools offline", "Satellite gateways remain congested"),
      English(9000, "Rural schools offline", "Satellite gateways stay congested at noon")};
  texts[0].speaker = "org/a";
  texts[1].speaker = "org/b";
  for (uint64_t i = 2; i < 1502; ++i) {
    texts.push_back(English(i, "Copy", "The same loud paragraph about tulips"));
    texts.back().speaker = "org/loud";
  }
  SimilarTexts similar = Similar(texts);
  ASSERT_THAT(similar.pairs, SizeIs(1 + kMaxOwnPairs));
  EXPECT_EQ(similar.pairs[1].own_left_out, similar.found - similar.pairs.size());
  EXPECT_EQ(similar.pairs[0].own_left_out, 0u);
  EXPECT_EQ(similar.pairs[0].second, 9000u);
  EXPECT_LT(similar.pairs[0].score, 0.99) << "it is less alike than copies are";
  EXPECT_FALSE(similar.pairs[0].same_speaker);
  EXPECT_TRUE(similar.pairs[1].same_speaker);
  EXPECT_GT(similar.found, 20'000u);
  // Nor do copies of what others say stand between those.
  for (SimilarityText& text : texts) text.versions = texts[0].versions;
  similar = Similar(texts);
  EXPECT_EQ(similar.pairs[0].first, 1u);
  EXPECT_THAT(similar.pairs,
              Contains(AllOf(Field(&SimilarPair::first, 1u), Field(&SimilarPair::second, 9000u))));
  for (SimilarityText& text : texts) text.speaker.clear();
  EXPECT_FALSE(Similar(texts).pairs[0].same_speaker) << "nobody knows";
}

TEST_F(SimilarityTest, OppositeOnesComeBelowTheOthersAndAreCounted) {
  std::vector<SimilarityText> texts = {English(1, "Live facial recognition", "In streets"),
                                       English(2, "Live facial recognition",
                                               "In streets, squares, markets, stations, airports, "
                                               "harbours, gardens, stadiums, museums"),
                                       English(3, "Live facial recognition", "Not in streets")};
  SimilarTexts similar = Similar(texts);
  EXPECT_EQ(similar.found, 3u);
  EXPECT_EQ(similar.opposite, 2u);
  EXPECT_FALSE(similar.pairs.at(0).opposite);
  EXPECT_TRUE(similar.pairs.at(1).opposite);
  EXPECT_LT(similar.pairs[0].score, similar.pairs[1].score) << "or it would come first anyway";
  // Above those of one speaker.
  for (SimilarityText& text : texts) text.speaker = "org/one";
  texts[2].speaker = "org/other";
  similar = Similar(texts);
  EXPECT_TRUE(similar.pairs.at(1).opposite);
  EXPECT_TRUE(similar.pairs.at(2).same_speaker);
}

// Sixty books among fifteen hundred notes.
TEST_F(SimilarityTest, OfLongTextsTheBeginningIsReadAndThatIsSaid) {
  const auto words = [](uint64_t seed, int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      absl::StrAppend(&text, "w", (seed * 7919 + i * 104729) % 50021, " ");
    return text;
  };
  std::vector<SimilarityText> texts;
  for (uint64_t i = 1; i <= 60; ++i) texts.push_back(English(i, "Long", words(i, 6000)));
  SimilarTexts similar = Similar(texts);
  EXPECT_EQ(similar.read_bytes, kMaxVersionSizeBytes);
  EXPECT_EQ(similar.cut, 60u);
  for (uint64_t i = 61; i <= 1570; ++i) texts.push_back(English(i, "Short", words(i, 8)));
  SimilarityArguments arguments;
  arguments.most_bytes = 200'000;
  similar = Similar(texts, arguments);
  EXPECT_LT(similar.read_bytes, 200'000u / 60);
  EXPECT_GT(similar.read_bytes, 1000u);
  EXPECT_EQ(similar.cut, 60u) << "short ones are read whole";
  texts.resize(2);
  texts[0].versions[0].text = texts[1].versions[0].text = words(1, 40);
  EXPECT_EQ(Similar(texts).cut, 0u);
}

// `of 2 texts only 18446744073709551615 bear what they share`.
TEST_F(SimilarityTest, TextsWithoutALanguageAreComparedByTheirWords) {
  std::vector<SimilarityText> texts = {English(1, "Repair of cables", "Permits take weeks"),
                                       English(2, "Repair of cables", "Permits take weeks")};
  for (SimilarityText& text : texts) text.versions[0].language.clear();
  const SimilarPair pair = Similar(texts).pairs.at(0);
  EXPECT_THAT(pair.why, Contains("Compared in a language that is not named, in which both are "
                                 "written."));
  for (const std::string& why : pair.why) EXPECT_THAT(why, Not(HasSubstr("18446744073709551615")));
}

// `en` against nothing, and against `und`: never compared.
TEST_F(SimilarityTest, ATextWithoutALanguageIsComparedInThatOfTheOther) {
  for (const char* language : {"", "und"}) {
    std::vector<SimilarityText> texts = {
        English(1, "Repair of cables", "Permits are not given for weeks"),
        English(2, "Repair of cables", "Permits are not given for weeks"),
        English(3, "Something else", "Nobody has said this before")};
    texts[1].versions[0].language = language;
    const SimilarPair pair = Similar(texts).pairs.at(0);
    EXPECT_EQ(pair.first, 1u);
    EXPECT_EQ(pair.second, 2u);
    EXPECT_NEAR(pair.score, 1, 1e-9);
    EXPECT_EQ(pair.language, "en");
    EXPECT_FALSE(pair.first_read_as);
    EXPECT_TRUE(pair.second_read_as);
    EXPECT_THAT(pair.why,
                Contains("Compared in en; of 2 nobody has said in which language it is."));
    texts[1].versions[0].text = "Permits are given for weeks";
    EXPECT_TRUE(Similar(texts).pairs.at(0).opposite) << "by the negations of that language";
  }
}

// Each reading of it counts as one text of what is read of all.
TEST_F(SimilarityTest, TextsWithoutALanguageTakeNoMoreTimeThanOthers) {
  std::vector<SimilarityText> texts;
  SimilarityArguments arguments;
  arguments.most_bytes = 60'000;
  for (uint64_t i = 1; i <= 20; ++i) {
    texts.push_back(English(i, "Long", std::string(4000, 'a')));
    texts.back().versions[0].language = i <= 10 ? "" : "en";
  }
  EXPECT_EQ(Similar(texts, arguments).read_bytes, 60'000u / (10 * 2 + 10));
}

TEST_F(SimilarityTest, TheSameWordsAreTheSameWithCodesOrWithout) {
  std::vector<SimilarityText> texts = {English(1, "Repair of cables", "Permits take weeks"),
                                       English(2, "Repair of cables", "Permits take weeks")};
  EXPECT_NEAR(Similar(texts).pairs.at(0).score, 1, 1e-9);
  texts[0].topics = {"s:cable"};
  EXPECT_NEAR(Similar(texts).pairs.at(0).score, 1, 1e-9) << "one says nothing of topics";
  texts[1].topics = {"s:law"};
  EXPECT_NEAR(Similar(texts).pairs.at(0).score, 0.85, 1e-9);
  texts[1].topics = texts[0].topics;
  EXPECT_NEAR(Similar(texts).pairs.at(0).score, 1, 1e-9);
}

TEST_F(SimilarityTest, ANotInOneOfThemIsWarnedOf) {
  struct Case {
    const char* language;
    const char* one;
    const char* other;
    bool opposite;
  };
  for (const Case& c : {
           Case{"en", "Cities should keep cameras", "Cities should not keep cameras", true},
           Case{"en", "Cities should keep cameras", "Cities should never keep cameras", true},
           Case{"en", "Cities should keep cameras", "Cities shouldn't keep cameras", true},
           Case{"en", "Cities may not keep cameras", "Cities should never keep cameras", false},
           Case{"en", "Cities keep cameras, not microphones", "Cities keep cameras", false},
           Case{"es", "Deben pagar peaje", "No deben pagar peaje", true},
           Case{"fr", "Il faut taxer les flux", "Il ne faut pas taxer les flux", true},
           Case{"fr", "Il paie le câble", "Il n'est pas payé, le câble", false},
           Case{"ru", "Города должны платить", "Города не должны платить", true},
           Case{"ar", "الحكومات تفرض رسوما", "الحكومات لا تفرض رسوما", true},
           Case{"zh", "城市支付电缆费用", "城市不支付电缆费用", true},
           Case{"zh", "城市支付电缆费用", "不同城市支付电缆费用", false},
       }) {
    SimilarityArguments arguments;
    arguments.least_score = 0.01;
    std::vector<SimilarityText> texts = {{1, {{c.language, "", c.one, false}}, {}, {}},
                                         {2, {{c.language, "", c.other, false}}, {}, {}}};
    for (int turn = 0; turn < 2; ++turn) {
      const auto pairs = Similar(texts, arguments).pairs;
      ASSERT_THAT(pairs, SizeIs(1)) << c.other;
      EXPECT_EQ(pairs[0].opposite, c.opposite) << c.one << " / " << c.other;
      std::swap(texts[0].versions, texts[1].versions);
    }
  }
}

// Nothing is said of what says both, for it may say each of another thing.
TEST_F(SimilarityTest, WordsThatSayTheOppositeAreWarnedOf) {
  struct Case {
    const char* language;
    const char* one;
    const char* other;
    bool opposite;
  };
  for (const Case& c : {
           Case{"en", "Cameras should be permitted", "Cameras should be prohibited", true},
           Case{"en", "Cities must allow cameras", "Cities must ban cameras", true},
           Case{"en", "Camera labels are mandatory", "Camera labels are voluntary", true},
           Case{"en", "Cameras should not be permitted", "Cameras should be prohibited", false},
           Case{"en", "Cameras should not be prohibited", "Cameras should be permitted", false},
           Case{"en", "Ban cameras, allow microphones", "Cities ban cameras", false},
           Case{"en", "Ban cameras", "Outlaw cameras", false},
           Case{"en", "Permitted cameras", "Voluntary cameras", false},
           Case{"fr", "Il faut autoriser les caméras", "Il faut interdire les caméras", true},
           Case{"fr", "Étiquettes obligatoires", "Étiquettes facultatives", true},
           Case{"es", "Permitir las cámaras", "Prohibir las cámaras", true},
           Case{"es", "Etiquetas obligatorias", "Etiquetas voluntarias", true},
           Case{"ru", "Камеры следует разрешить", "Камеры следует запретить", true},
           Case{"ru", "Обязательная маркировка", "Добровольная маркировка", true},
           Case{"ar", "القانون يسمح الكاميرات", "القانون يحظر الكاميرات", true},
           Case{"ar", "الإبلاغ إلزامي", "الإبلاغ طوعي", true},
           Case{"zh", "城市允许摄像头", "城市禁止摄像头", true},
           Case{"zh", "强制标识摄像头", "自愿标识摄像头", true},
       }) {
    SimilarityArguments arguments;
    arguments.least_score = 0.01;
    std::vector<SimilarityText> texts = {{1, {{c.language, "", c.one, false}}, {}, {}},
                                         {2, {{c.language, "", c.other, false}}, {}, {}}};
    for (int turn = 0; turn < 2; ++turn) {
      const auto pairs = Similar(texts, arguments).pairs;
      if (pairs.empty() && !c.opposite) continue;
      ASSERT_THAT(pairs, SizeIs(1)) << c.other;
      EXPECT_EQ(pairs[0].opposite, c.opposite) << c.one << " / " << c.other;
      std::swap(texts[0].versions, texts[1].versions);
    }
  }
}

TEST_F(SimilarityTest, WhatIsOppositeIsNamed) {
  std::vector<SimilarityText> texts = {English(1, "Zero rating", "It should be permitted at home"),
                                       English(2, "Zero rating", "It should be banned at home")};
  EXPECT_THAT(Similar(texts).pairs.at(0).why,
              Contains("1 says `permitted` and 2 says `banned`, the opposite: read both, they may "
                       "be two answers to one question."));
  texts[0].versions[0].text = "It should not be prohibited at home";
  EXPECT_THAT(Similar(texts).pairs.at(0).why,
              Contains(HasSubstr("1 says `not` before `prohibited` and 2 says `banned`")));
}

TEST_F(SimilarityTest, ATitleAloneTurnsNothingRoundAboveTheSameText) {
  const char* const words = "Exams are no reason to switch mobile networks off at noon";
  std::vector<SimilarityText> texts = {English(1, "Keep exam networks", words),
                                       English(2, "Never keep exam networks", words)};
  EXPECT_FALSE(Similar(texts).pairs.at(0).opposite);
  texts[1].versions[0].text = "Exams are a reason to switch mobile networks off at noon";
  EXPECT_TRUE(Similar(texts).pairs.at(0).opposite);
  EXPECT_THAT(Similar(texts).pairs[0].why,
              Contains("One of them says `not` where the other does not, 1 before `reason`: read "
                       "both, they may be two answers to one question."));
  texts[0].versions[0].text.clear();
  EXPECT_TRUE(Similar(texts).pairs.at(0).opposite) << "one has but its title";
}

TEST_F(SimilarityTest, WhatSaysThatItContradictsIsWarnedOf) {
  std::vector<SimilarityText> texts = {English(1, "Live facial recognition", "In streets"),
                                       English(2, "Live facial recognition", "In streets")};
  EXPECT_FALSE(Similar(texts).pairs.at(0).opposite);
  texts[1].contradicts = {1};
  EXPECT_TRUE(Similar(texts).pairs.at(0).opposite);
  EXPECT_THAT(Similar(texts).pairs[0].why, Contains(HasSubstr("One says that it contradicts")));
}

TEST_F(SimilarityTest, TheOrderInWhichTheyComeDoesNotMatter) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  std::vector<SimilarityText> texts = LabelledSet().texts;
  const auto as_text = [&] {
    std::string text;
    for (const SimilarPair& pair : Similar(texts).pairs) {
      absl::StrAppend(&text, pair.score, " ", absl::StrJoin(pair.why, " "), "\n");
    }
    return text;
  };
  const std::string first = as_text();
  for (int round = 0; round < 5; ++round) {
    std::shuffle(texts.begin(), texts.end(), random);
    EXPECT_EQ(as_text(), first);
  }
}

// Thousands of texts, among them copies with a word changed: those are found, and the work is far
// from that of all pairs.
TEST_F(SimilarityTest, LooksAtFewPairsAndFindsTheCopies) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  // Few words are frequent and most are rare.
  const auto word = [&] {
    const double u = static_cast<double>(random() % 100'000 + 1) / 100'000;
    return absl::StrCat("w", static_cast<int>(std::pow(20'000, u)));
  };
  std::vector<SimilarityText> texts;
  for (uint64_t i = 1; i <= 4000; ++i) {
    std::vector<std::string> words;
    words.reserve(40);
    for (int n = 0; n < 40; ++n) words.push_back(word());
    texts.push_back(
        English(i, absl::StrCat(word(), " ", word(), " ", word()), absl::StrJoin(words, " ")));
  }
  for (uint64_t i = 1; i <= 100; ++i) {
    SimilarityText copy = texts[i * 37];
    copy.sequence = 10'000 + i;
    copy.versions[0].text += " added";
    texts.push_back(copy);
  }
  const SimilarTexts similar = Similar(texts);
  EXPECT_LE(similar.compared, texts.size() * kRareWords * kNeighbours);
  EXPECT_LT(similar.compared, texts.size() * texts.size() / 2 / 8);
  std::set<uint64_t> found;
  for (const SimilarPair& pair : similar.pairs) {
    if (pair.second > 10'000 && pair.first == (pair.second - 10'000) * 37 + 1) {
      found.insert(pair.second);
    }
  }
  EXPECT_THAT(found, SizeIs(100));
}

// What every pair of few short texts scores, by the formula and without any shortcut: no list of
// rare words is so long that a pair of them is left out.
std::map<std::pair<uint64_t, uint64_t>, double> NaiveScores(
    const std::vector<SimilarityText>& texts, const StopList& list, WordSplitter* splitter) {
  constexpr double kOthers = 10;
  constexpr double kOfWords = 0.85;
  using Weights = std::map<std::string, double>;
  std::vector<Weights> wholes, titles, codes;
  std::map<std::string, std::set<std::string>> speakers;  // by word
  std::set<std::string> all;
  for (const SimilarityText& text : texts) {
    Weights &whole = wholes.emplace_back(), &title = titles.emplace_back();
    const auto add = [&](const std::string& said, double weight) {
      for (const Word& word : splitter->Split(said)) {
        if (list.Find(word.key) != nullptr || word.form == "not") continue;
        whole[word.key] = std::max(whole[word.key], weight);
        if (weight > 1) title[word.key] = 1;
        speakers[word.key].insert(text.speaker);
      }
    };
    add(text.versions[0].title, 2);
    add(text.versions[0].text, 1);
    Weights& of_codes = codes.emplace_back();
    for (const std::string& topic : text.topics) {
      of_codes["\n" + topic] = 1;
      speakers["\n" + topic].insert(text.speaker);
    }
    all.insert(text.speaker);
  }
  const auto cosine = [&](const Weights& a, const Weights& b) {
    const auto product = [&](const Weights& x, const Weights& y) {
      double sum = 0;
      for (const auto& [word, weight] : x) {
        const auto at = y.find(word);
        const double rarity = std::log((all.size() + kOthers) / (speakers.at(word).size() + 1.0));
        if (at != y.end()) sum += weight * at->second * rarity * rarity;
      }
      return sum;
    };
    const double lengths = std::sqrt(product(a, a)) * std::sqrt(product(b, b));
    return lengths == 0 ? 0 : product(a, b) / lengths;
  };
  std::map<std::pair<uint64_t, uint64_t>, double> scores;
  for (size_t i = 0; i < texts.size(); ++i) {
    for (size_t j = i + 1; j < texts.size(); ++j) {
      // Codes alone bring nothing together that has a language in common.
      if (cosine(wholes[i], wholes[j]) == 0) continue;
      const bool by_title = texts[i].versions[0].text.empty() || texts[j].versions[0].text.empty();
      const double words = by_title ? cosine(titles[i], titles[j]) : cosine(wholes[i], wholes[j]);
      const bool coded = !texts[i].topics.empty() && !texts[j].topics.empty();
      const double share = coded ? kOfWords : 1;
      scores[{texts[i].sequence, texts[j].sequence}] =
          share * words + (1 - share) * cosine(codes[i], codes[j]);
    }
  }
  return scores;
}

TEST_F(SimilarityTest, WhatIsSiftedOutIsWhatANaiveComparisonLeavesOut) {
  const uint32_t seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  const auto below = [&](uint32_t bound) { return random() % bound; };
  size_t alike = 0;
  for (int round = 0; round < 300; ++round) {
    const uint32_t vocabulary = 3 + below(60);
    const auto words = [&](uint32_t most) {
      std::string said;
      for (uint32_t i = below(most + 1); i > 0; --i) {
        absl::StrAppend(&said, below(9) == 0 ? "not " : "", below(9) == 0 ? "the " : "", "wort",
                        below(vocabulary), below(3) == 0 ? "s" : "", " ");
      }
      return said;
    };
    std::vector<SimilarityText> texts;
    const uint64_t many = 2 + below(kNeighbours - 1);
    for (uint64_t i = 0; i < many; ++i) {
      SimilarityText text = English(10 + i, words(5), below(5) == 0 ? "" : words(14));
      for (uint32_t topics = below(3); topics > 0; --topics) {
        text.topics.insert(absl::StrCat("s:t", below(4)));
      }
      text.speaker = absl::StrCat("org/", i % 6);
      texts.push_back(text);
    }
    SimilarityArguments arguments;
    arguments.least_score = 0.05 + 0.1 * below(9);
    std::map<std::pair<uint64_t, uint64_t>, double> found;
    for (const SimilarPair& pair : Similar(texts, arguments).pairs) {
      found[{pair.first, pair.second}] = pair.score;
    }
    for (const auto& [pair, score] : NaiveScores(texts, list_, &splitter_)) {
      if (std::abs(score - arguments.least_score) < 1e-9) continue;
      if (score < arguments.least_score) {
        EXPECT_EQ(found.count(pair), 0u) << pair.first << " " << pair.second;
        continue;
      }
      ASSERT_EQ(found.count(pair), 1u)
          << "round " << round << ": " << pair.first << " " << pair.second << " " << score;
      EXPECT_NEAR(found[pair], std::min(1.0, score), 1e-9);
      ++alike;
    }
  }
  EXPECT_GT(alike, 1000u);
}

TEST_F(SimilarityTest, OfAThousandCopiesAChainIsFound) {
  std::vector<SimilarityText> texts;
  for (uint64_t i = 1; i <= 1000; ++i) {
    texts.push_back(English(i, "Reject the treaty", "It endangers seed libraries and gardeners"));
  }
  SimilarityArguments arguments;
  arguments.most_pairs = 100'000;
  const SimilarTexts similar = Similar(texts, arguments);
  EXPECT_LE(similar.compared, 1000 * kNeighbours);
  std::set<uint64_t> next;
  for (const SimilarPair& pair : similar.pairs) {
    if (pair.second == pair.first + 1) next.insert(pair.first);
  }
  EXPECT_THAT(next, SizeIs(999));
}

TEST_F(SimilarityTest, OnlyTheBestPairsWhereThereAreMany) {
  SimilarityArguments arguments;
  arguments.most_pairs = 3;
  const auto pairs = Similar(LabelledSet().texts, arguments).pairs;
  ASSERT_THAT(pairs, SizeIs(3));
  EXPECT_GE(pairs[0].score, pairs[1].score);
  EXPECT_GE(pairs[2].score, 0.7);
}

TEST_F(SimilarityTest, ArgumentsOutOfBoundsAreRefusedByName) {
  for (const double bad : {0.0, -1.0, 1.1, std::nan("")}) {
    SimilarityArguments arguments;
    arguments.least_score = bad;
    const absl::Status status = FindSimilar({}, list_, &splitter_, arguments).status();
    EXPECT_EQ(record::ReasonOf(status), record::Reason::kFieldInvalid);
    EXPECT_EQ(record::FieldViolationsOf(status).at(0).field, "least_score");
  }
  const absl::Status twice =
      FindSimilar({English(1, "a", "b"), English(1, "c", "d")}, list_, &splitter_, {}).status();
  EXPECT_EQ(record::ReasonOf(twice), record::Reason::kFieldInvalid);
}

}  // namespace
}  // namespace liaison::domain
