// Links between topics: evidence, rarity, and what correlates nothing.

#include "server/domain/topic_links.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"

namespace liaison::domain {
namespace {

namespace pb = ::igf::liaison::v1;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TopicLinksTest : public testing::Test {
 protected:
  // One event that names these topics.
  void Raise(const std::string& organisation, const std::vector<std::string>& topics) {
    ++head_;
    const pb::Region region =
        static_cast<pb::Region>(1 + std::hash<std::string>()(organisation) % 5);
    for (const std::string& topic : topics) {
      tallies_[topic].Add(
          Contribution{head_,
                       Contributor{organisation.empty() ? "" : absl::StrCat("org/", organisation),
                                   pb::ORGANISATION_KIND_CIVIL_SOCIETY,
                                   pb::STAKEHOLDER_GROUP_CIVIL_SOCIETY, region},
                       false});
    }
  }
  // Organisations that raise something else, one topic each.
  void OthersRaise(int count, const std::vector<std::string>& topics = {}) {
    for (int i = 0; i < count; ++i) {
      std::vector<std::string> all = topics;
      all.push_back(absl::StrCat("t:other-", i));
      Raise(absl::StrCat("other-", i), all);
    }
  }
  TopicLinks Links(const TopicLinkArguments& arguments = {}) {
    auto links = LinkTopics(tallies_, labels_, list_, &splitter_, arguments);
    EXPECT_TRUE(links.ok()) << links.status();
    return links.ok() ? *std::move(links) : TopicLinks();
  }
  std::vector<std::string> Linked(const TopicLinkArguments& arguments = {}) {
    std::vector<std::string> pairs;
    for (const TopicLink& link : Links(arguments).links) {
      pairs.push_back(absl::StrCat(link.first, " ", link.second));
    }
    return pairs;
  }

  WordSplitter splitter_ = *WordSplitter::Create();
  const StopList list_ = *StopList::Create(&splitter_);
  Tallies tallies_;
  std::map<std::string, std::string> labels_;

 private:
  uint64_t head_ = 0;
};

TEST_F(TopicLinksTest, AreOfTheSameOrganisationsWithTheirEvents) {
  OthersRaise(20);
  for (const char* name : {"a", "b", "c"}) Raise(name, {"t:child", "t:education"});
  Raise("d", {"t:child"});
  Raise("d", {"t:education"});
  Raise("d", {"t:education", "t:other-1"});
  Raise("e", {"t:child"});
  const TopicLinks links = Links();
  ASSERT_THAT(links.links, SizeIs(1));
  const TopicLink& link = links.links[0];
  EXPECT_EQ(link.first, "t:child");
  EXPECT_EQ(link.second, "t:education");
  EXPECT_EQ(link.both, 4u);
  EXPECT_EQ(link.together, 3u);
  EXPECT_EQ(link.raise_first, 5u);
  EXPECT_EQ(link.raise_second, 4u);
  EXPECT_EQ(link.of, 25u);
  EXPECT_DOUBLE_EQ(link.expected, 0.8);
  // Of the ways to choose 4 of 25, those that choose all 4 of 5.
  EXPECT_NEAR(link.chance, 5.0 / 12650, 1e-12);
  EXPECT_NEAR(link.strength, std::log(4 * 25 / 20.0) / std::log(25 / 4.0), 1e-12);
  ASSERT_THAT(link.evidence, SizeIs(4));
  EXPECT_EQ(link.evidence[0].organisation, "org/a");
  EXPECT_THAT(link.evidence[0].together, ElementsAre(21));
  EXPECT_THAT(link.evidence[3].together, IsEmpty());
  EXPECT_THAT(link.evidence[3].of_first, ElementsAre(24));
  EXPECT_THAT(link.evidence[3].of_second, ElementsAre(25, 26));
  const std::string why = InEnglish(Explain(link));
  EXPECT_THAT(why, HasSubstr("Not coincidence, because 4 independent organisations raise both "
                             "(org/a, org/b, org/c, org/d;"));
  EXPECT_THAT(why, HasSubstr("by chance 0.8 would raise both; as many or more do so once in "
                             "2530 times."));
}

TEST_F(TopicLinksTest, ChanceIsThatOfAsManyOrMore) {
  TopicLinkArguments arguments;
  arguments.fewest_organisations = 1;
  arguments.most_chance = 1;
  Raise("a", {"t:red"});
  Raise("b", {"t:red", "t:tea"});
  Raise("c", {"t:tea"});
  Raise("d", {"t:milk"});
  ASSERT_THAT(Linked(arguments), ElementsAre("t:red t:tea"));
  EXPECT_NEAR(Links(arguments).links[0].chance, 5.0 / 6, 1e-12);
}

TEST_F(TopicLinksTest, WhereAllRaiseBothNothingIsSaid) {
  for (const char* name : {"a", "b", "c"}) Raise(name, {"t:red", "t:tea"});
  EXPECT_THAT(Linked(), IsEmpty());
  TopicLinkArguments arguments;
  arguments.most_chance = 1;
  EXPECT_EQ(Links(arguments).links.at(0).strength, 0);
}

TEST_F(TopicLinksTest, OneLoudOrganisationLinksNothing) {
  OthersRaise(20);
  for (int i = 0; i < 1000; ++i) {
    Raise("loud", {"t:red", "t:tea"});
    Raise(absl::StrCat("loud/seat-", i), {"t:red", "t:tea"});
    Raise("", {"t:red", "t:tea"});  // individuals
  }
  Raise("second", {"t:red", "t:tea"});
  EXPECT_THAT(Linked(), IsEmpty());
  Raise("third", {"t:red", "t:tea"});
  EXPECT_THAT(Linked(), ElementsAre("t:red t:tea"));
}

TEST_F(TopicLinksTest, WhatEverybodyRaisesIsLinkedToNothing) {
  OthersRaise(20, {"t:popular"});
  for (const char* name : {"a", "b", "c", "d"}) Raise(name, {"t:popular", "t:rare"});
  EXPECT_THAT(Linked(), IsEmpty());
  TopicLinkArguments arguments;
  arguments.most_chance = 1;
  ASSERT_THAT(Links(arguments).links, SizeIs(1));
  EXPECT_NEAR(Links(arguments).links[0].strength, 0, 1e-12);
}

// Whatever they are raised with, and even where all who raise the one raise the other.
TEST_F(TopicLinksTest, SwitzerlandAndInternetCorrelateNothing) {
  labels_ = {{"tags:ch", "Switzerland"},
             {"tags:net", "The Internet"},
             {"tags:child", "Child safety"},
             {"tags:iot", "Internet of Things"}};
  OthersRaise(20);
  for (const char* name : {"a", "b", "c", "d"}) {
    Raise(name, {"tags:ch", "tags:net", "tags:child", "tags:iot", "tags:switzerland",
                 "tags:internet", "unspecified"});
  }
  EXPECT_THAT(Linked(), ElementsAre("tags:child tags:iot"));
  std::vector<std::string> left_out;
  for (const LeftOut& left : Links().left_out) left_out.push_back(left.name);
  EXPECT_THAT(left_out, ElementsAre("tags:ch", "tags:internet", "tags:net", "tags:switzerland",
                                    "unspecified"));
}

// Every country of the initiatives' list is stopped, and of the taxonomy no code is.
TEST_F(TopicLinksTest, TheStopListKnowsTheCountriesAndSparesTheTaxonomy) {
  std::ifstream initiatives(LIAISON_SOURCE_DIR "/client/cli/sample/nris.csv");
  std::string line;
  std::getline(initiatives, line);
  size_t countries = 0;
  while (std::getline(initiatives, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    if (cells.at(0) != "national") continue;
    EXPECT_TRUE(list_.Covers(cells.at(3), &splitter_)) << cells[3];
    ++countries;
  }
  EXPECT_EQ(countries, 44u);
  std::ifstream taxonomy(LIAISON_SOURCE_DIR "/client/cli/sample/taxonomy.csv");
  std::getline(taxonomy, line);
  size_t codes = 0;
  while (std::getline(taxonomy, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, absl::MaxSplits(',', 3));
    const std::string label = cells.at(3).substr(0, cells[3].rfind(','));
    EXPECT_FALSE(list_.Covers(label, &splitter_)) << label;
    ++codes;
  }
  EXPECT_EQ(codes, 94u);
}

TEST_F(TopicLinksTest, WhoRaisesEverythingIsLeftOutAndNamed) {
  OthersRaise(20);
  for (const char* name : {"a", "b", "c"}) {
    std::vector<std::string> topics;
    topics.reserve(13);
    for (int i = 0; i < 13; ++i) topics.push_back(absl::StrCat("t:", i));
    Raise(name, topics);
  }
  EXPECT_THAT(Linked(), IsEmpty());
  ASSERT_THAT(Links().left_out, SizeIs(3));
  EXPECT_EQ(Links().left_out[0].name, "org/a");
  EXPECT_EQ(InEnglish(Links().left_out[0].why),
            "It raises 13 topics, more than 12: that says nothing about any two of them.");
  TopicLinkArguments arguments;
  arguments.most_topics = 13;
  EXPECT_THAT(Linked(arguments), SizeIs(13 * 12 / 2));
}

// Topics raised at random: what chance links is about as many as was asked for.
TEST_F(TopicLinksTest, ChanceLinksAsLittleAsIsAskedFor) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 200; ++i) {
    for (int n = 0; n < 5; ++n) {
      Raise(absl::StrCat("o", i), {absl::StrCat("t:", random() % 30)});
    }
  }
  // Of 435 pairs, at one in a hundred; three times as many are all but impossible.
  EXPECT_LE(Links().links.size(), 20u);
}

TEST_F(TopicLinksTest, ArgumentsOutOfBoundsAreRefusedByName) {
  const auto field = [&](const TopicLinkArguments& arguments) {
    const absl::Status status =
        LinkTopics(tallies_, labels_, list_, &splitter_, arguments).status();
    EXPECT_EQ(record::ReasonOf(status), record::Reason::kFieldInvalid);
    return status.ok() ? "" : record::FieldViolationsOf(status).at(0).field;
  };
  TopicLinkArguments arguments;
  arguments.fewest_organisations = 0;
  EXPECT_EQ(field(arguments), "fewest_organisations");
  for (const double bad : {0.0, -1.0, 1.5, std::nan("")}) {
    arguments = {};
    arguments.most_chance = bad;
    EXPECT_EQ(field(arguments), "most_chance");
  }
  arguments = {};
  arguments.most_topics = 1;
  EXPECT_EQ(field(arguments), "most_topics");
}

}  // namespace
}  // namespace liaison::domain
