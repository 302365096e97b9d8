// The topic radar: one loud organisation lifts nothing, and every number says what is behind it.

#include "server/domain/radar.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "server/domain/columns.h"

namespace liaison::domain {
namespace {

namespace pb = ::igf::liaison::v1;

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr pb::Region kRegions[] = {pb::REGION_AFRICAN, pb::REGION_ASIA_PACIFIC,
                                   pb::REGION_EASTERN_EUROPEAN, pb::REGION_GRULAC, pb::REGION_WEOG};

Contributor Initiative(const std::string& name, pb::Region region) {
  return {absl::StrCat("org/", name), pb::ORGANISATION_KIND_NRI_NATIONAL,
          pb::STAKEHOLDER_GROUP_UNSPECIFIED, region};
}

Contributor Company(const std::string& name, pb::Region region = pb::REGION_WEOG) {
  return {absl::StrCat("org/", name), pb::ORGANISATION_KIND_PRIVATE_SECTOR,
          pb::STAKEHOLDER_GROUP_PRIVATE_SECTOR, region};
}

Contributor Individual(pb::StakeholderGroup group, pb::Region region) {
  return {"", pb::ORGANISATION_KIND_UNSPECIFIED, group, region};
}

// Events one after the other, as they stand in a log.
class Window {
 public:
  Window& Raise(const std::string& topic, const Contributor& contributor, bool asks = false) {
    current[topic].Add(Contribution{++head_, contributor, asks});
    return *this;
  }
  Window& RaisedBefore(const std::string& topic, const Contributor& contributor) {
    if (!previous) previous.emplace();
    (*previous)[topic].Add(Contribution{++head_, contributor, false});
    return *this;
  }
  Window& Support(const std::string& topic, const Contributor& contributor,
                  const Contributor& whose, pb::PositionKind kind = pb::POSITION_KIND_SUPPORT) {
    current[topic].Add(PositionOnTopic{++head_, contributor, kind, whose.organisation, {}});
    return *this;
  }
  // Five initiatives in three regions, and nothing besides.
  Window& RaiseByInitiatives(const std::string& topic) {
    for (const auto& [name, region] :
         {std::pair("africa-one", pb::REGION_AFRICAN), std::pair("africa-two", pb::REGION_AFRICAN),
          std::pair("africa-three", pb::REGION_AFRICAN),
          std::pair("asia-one", pb::REGION_ASIA_PACIFIC),
          std::pair("latin-one", pb::REGION_GRULAC)}) {
      Raise(topic, Initiative(name, region));
    }
    return *this;
  }

  std::vector<RadarTopic> Radar(const RadarArguments& arguments = {}) const {
    auto radar = RankTopics(Input(), arguments);
    EXPECT_TRUE(radar.ok()) << radar.status();
    return radar.ok() ? *std::move(radar) : std::vector<RadarTopic>();
  }

  // Of this window, as it stands.
  RadarInput Input() const {
    RadarInput whole = input;
    whole.current = &current;
    whole.previous = previous ? &*previous : nullptr;
    return whole;
  }

  Tallies current;
  std::optional<Tallies> previous;
  RadarInput input;  // what is besides

 private:
  uint64_t head_ = 0;
};

std::vector<std::string> Explained(const RadarTopic& a, const RadarTopic& b) {
  std::vector<std::string> sentences;
  for (const pb::Sentence& one : Explain(a, b)) sentences.push_back(InEnglish(one));
  return sentences;
}

std::vector<std::string> Names(const std::vector<RadarTopic>& radar) {
  std::vector<std::string> names;
  names.reserve(radar.size());
  for (const RadarTopic& topic : radar) names.push_back(topic.topic);
  return names;
}

double Count(const RadarTopic& topic, RadarPart part) { return topic.component(part).count; }

double ScoreOf(const std::vector<RadarTopic>& radar, const std::string& topic) {
  for (const RadarTopic& one : radar) {
    if (one.topic == topic) return one.score;
  }
  ADD_FAILURE() << "no " << topic;
  return -1;
}

// All of a radar, as text, to compare two.
std::string AsText(const std::vector<RadarTopic>& radar) {
  std::string text;
  const auto add = [&](const std::vector<Evidence>& evidence) {
    for (const Evidence& one : evidence) {
      absl::StrAppend(&text, " ", one.as, "/", absl::StrJoin(one.organisations, ","), "/",
                      one.total_organisations, "/", one.events);
      for (uint64_t sequence : one.sequences) absl::StrAppend(&text, ",", sequence);
    }
  };
  for (const RadarTopic& topic : radar) {
    absl::StrAppend(&text, topic.topic, " ", topic.score);
    for (const RadarComponent& component : topic.components) {
      absl::StrAppend(&text, "\n ", component.count, " ", component.of_full, " ", component.points);
      add(component.evidence);
    }
    for (const RaisedBy& one : topic.contributors) {
      absl::StrAppend(&text, " ", one.contributor->organisation, "/", one.events);
      for (uint64_t sequence : one.sequences) absl::StrAppend(&text, ",", sequence);
    }
    add(topic.objects);
    absl::StrAppend(&text, "\n", topic.individuals.events, "\n");
  }
  return text;
}

TEST(RadarTest, CountsWhatIsBehindEachNumber) {
  Window window;
  window.RaiseByInitiatives("access").Raise("access", Company("wires"), true);
  window.Support("access", Company("cables"), Company("wires"));
  const auto radar = window.Radar();
  ASSERT_THAT(Names(radar), ElementsAre("access"));
  const RadarTopic& access = radar[0];
  EXPECT_EQ(Count(access, RadarPart::kOrganisations), 6);
  EXPECT_EQ(Count(access, RadarPart::kRegions), 4);
  EXPECT_EQ(Count(access, RadarPart::kStakeholderGroups), 1);
  EXPECT_EQ(Count(access, RadarPart::kNris), 5);
  EXPECT_EQ(Count(access, RadarPart::kActions), 1);
  EXPECT_EQ(Count(access, RadarPart::kSupport), 1);
  EXPECT_EQ(access.events, 6u);
  EXPECT_THAT(access.missing_regions, ElementsAre("eastern_european"));
  EXPECT_THAT(access.missing_groups, ElementsAre("government", "intergovernmental", "civil_society",
                                                 "technical_community"));
  EXPECT_EQ(Count(access, RadarPart::kMissingVoices), 5);
  const auto& regions = access.component(RadarPart::kRegions).evidence;
  ASSERT_EQ(regions.size(), 4u);
  EXPECT_EQ(regions[0].as, "african");
  EXPECT_THAT(regions[0].organisations,
              ElementsAre("org/africa-one", "org/africa-three", "org/africa-two"));
  EXPECT_EQ(regions[0].events, 3u);
  ASSERT_EQ(access.contributors.size(), 6u);
  EXPECT_EQ(access.contributors[0].contributor->organisation, "org/africa-one");
  EXPECT_THAT(access.contributors[0].sequences, ElementsAre(1));
  EXPECT_THAT(access.component(RadarPart::kActions).evidence[0].sequences, ElementsAre(6));
  EXPECT_THAT(access.component(RadarPart::kSupport).evidence[0].sequences, ElementsAre(7));
  double points = 0;
  for (const RadarComponent& component : access.components) points += component.points;
  EXPECT_DOUBLE_EQ(points, access.score);
}

TEST(RadarTest, BreadthIsTheNormalisedEntropy) {
  Window window;
  for (pb::Region region : kRegions) {
    for (const GroupColumn& group : GroupColumns()) {
      const std::string name = absl::StrCat("org/", group.name, "-", static_cast<int>(region));
      const Contributor someone{name, pb::ORGANISATION_KIND_CIVIL_SOCIETY, group.group, region};
      window.Raise("even", someone);
      if (region == pb::REGION_WEOG) window.Raise("one-region", someone);
    }
  }
  window.Raise("one", Company("one"));
  const auto radar = window.Radar();
  ASSERT_THAT(Names(radar), ElementsAre("even", "one-region", "one"));
  EXPECT_NEAR(Count(radar[0], RadarPart::kBreadth), 1, 1e-12);
  EXPECT_NEAR(Count(radar[1], RadarPart::kBreadth), std::log(5) / std::log(25), 1e-12);
  EXPECT_NEAR(Count(radar[2], RadarPart::kBreadth), 0, 1e-12);
}

TEST(RadarTest, OneOrganisationWithTenThousandSignalsIsOneOrganisation) {
  Window window;
  window.RaiseByInitiatives("raised-by-five");
  for (int i = 0; i < 10'000; ++i) window.Raise("flooded", Company("loud"), true);
  RadarArguments arguments;
  arguments.events_per_voice = 3;
  const auto radar = window.Radar(arguments);
  ASSERT_THAT(Names(radar), ElementsAre("raised-by-five", "flooded"));
  EXPECT_EQ(Count(radar[1], RadarPart::kOrganisations), 1);
  EXPECT_EQ(Count(radar[1], RadarPart::kActions), 1);
  EXPECT_EQ(radar[1].contributors[0].events, 10'000u);
  EXPECT_THAT(radar[1].contributors[0].sequences, ElementsAre(6, 7, 8));
  // As much as with one signal.
  Window quiet;
  quiet.Raise("flooded", Company("loud"), true);
  EXPECT_DOUBLE_EQ(radar[1].score, quiet.Radar()[0].score);
}

// Whatever else they do: they ask for action, support each other, and were not there last year, and
// of the initiatives nobody did and all were.
TEST(RadarTest, TenOfOneKindAndRegionDoNotLiftATopicAboveFiveInitiativesInThreeRegions) {
  for (const bool initiatives : {false, true}) {
    Window window;
    window.RaiseByInitiatives("raised-by-five");
    for (const Voice& voice : window.current["raised-by-five"].organisations()) {
      window.RaisedBefore("raised-by-five", *voice.contributor);
    }
    std::vector<Contributor> ten;
    for (int i = 0; i < 10; ++i) {
      Contributor one = initiatives ? Initiative(absl::StrCat("initiative-", i), pb::REGION_AFRICAN)
                                    : Company(absl::StrCat("company-", i));
      one.group = pb::STAKEHOLDER_GROUP_PRIVATE_SECTOR;
      ten.push_back(one);
    }
    for (const Contributor& one : ten) {
      window.Raise("raised-by-ten", one, true);
      for (const Contributor& other : ten) window.Support("raised-by-ten", one, other);
    }
    const auto radar = window.Radar();
    EXPECT_THAT(Names(radar), ElementsAre("raised-by-five", "raised-by-ten")) << AsText(radar);
  }
}

// Two hundred of them lifted a topic.
TEST(RadarTest, NamesThatAreNotRegisteredAreCountedApartAndLiftNothing) {
  Window window;
  window.Raise("a", Initiative("one", pb::REGION_AFRICAN));
  window.Raise("b", Initiative("one", pb::REGION_AFRICAN));
  for (int i = 0; i < 200; ++i) {
    Contributor name = Initiative(absl::StrCat("invented-", i), pb::REGION_WEOG);
    name.is_registered = false;
    window.Raise("b", name, true);
    window.Support("b", name, Initiative("one", pb::REGION_AFRICAN));
  }
  const auto radar = window.Radar();
  ASSERT_THAT(Names(radar), ElementsAre("a", "b"));
  EXPECT_DOUBLE_EQ(radar[0].score, radar[1].score);
  EXPECT_EQ(radar[1].contributors.size(), 1u);
  EXPECT_EQ(radar[1].individuals.events, 200u);
  EXPECT_EQ(radar[1].individuals.supports, 200u);
  EXPECT_EQ(radar[1].individuals.unregistered_events, 200u);
  EXPECT_EQ(radar[1].individuals.unregistered_names, 200u);
  EXPECT_THAT(Explained(radar[0], radar[1]),
              Contains("Names that are not registered are counted apart and lift nothing: 200 "
                       "inputs on b in 200 names."));
}

TEST(RadarTest, SeatsOfOneOrganisationAreOneOrganisation) {
  Window seats;
  Window one;
  for (int seat = 1; seat <= 40; ++seat) {
    seats.Raise("topic", Company(absl::StrCat("x/seat-", seat)));
    one.Raise("topic", Company("x"));
  }
  EXPECT_EQ(Count(seats.Radar()[0], RadarPart::kOrganisations), 1);
  EXPECT_EQ(AsText(seats.Radar()), AsText(one.Radar()));
  // A seat does not support another seat of its own.
  seats.Support("topic", Company("x/seat-1"), Company("x/seat-2"));
  EXPECT_EQ(Count(seats.Radar()[0], RadarPart::kSupport), 0);
}

TEST(RadarTest, IndividualsAreCountedApartAndLiftNothing) {
  Window window;
  window.Raise("quiet", Company("one")).Raise("crowded", Company("one"));
  const double before = ScoreOf(window.Radar(), "crowded");
  for (int i = 0; i < 1000; ++i) {
    window.Raise("crowded",
                 Individual(GroupColumns()[i % 5].group, kRegions[static_cast<size_t>(i) % 5]),
                 true);
  }
  window.Raise("by-people-alone", Individual(pb::STAKEHOLDER_GROUP_GOVERNMENT, pb::REGION_GRULAC));
  const auto radar = window.Radar();
  EXPECT_DOUBLE_EQ(ScoreOf(radar, "crowded"), before);
  EXPECT_DOUBLE_EQ(ScoreOf(radar, "crowded"), ScoreOf(radar, "quiet"));
  EXPECT_DOUBLE_EQ(ScoreOf(radar, "by-people-alone"), 0);
  const RadarTopic& crowded = radar[0];
  ASSERT_EQ(crowded.topic, "crowded");
  EXPECT_EQ(crowded.individuals.events, 1000u);
  EXPECT_EQ(crowded.individuals.asked_action, 1000u);
  EXPECT_EQ(crowded.individuals.by_region.at("weog"), 200u);
  EXPECT_EQ(crowded.individuals.by_stakeholder_group.at("civil_society"), 200u);
  EXPECT_EQ(crowded.individuals.sequences.size(), 1000u);
}

// A window with anybody saying anything.
Window AnyWindow(std::mt19937* random, int events) {
  Window window;
  for (int i = 0; i < events; ++i) {
    Contributor someone = Company(absl::StrCat("o", (*random)() % 30), kRegions[(*random)() % 4]);
    someone.kind = static_cast<pb::OrganisationKind>((*random)() % 12);
    someone.group = static_cast<pb::StakeholderGroup>((*random)() % 6);
    if ((*random)() % 5 == 0) someone.organisation.clear();
    const std::string topic = absl::StrCat("t", (*random)() % 6);
    if ((*random)() % 4 == 0) window.RaisedBefore(topic, someone);
    if ((*random)() % 3 == 0) window.Support(topic, someone, Company("whoever"));
    window.Raise(topic, someone, (*random)() % 2 == 0);
  }
  return window;
}

TEST(RadarTest, OneMoreFromANewRegionLowersNoScoreWhateverTheWeights) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    const Window window = AnyWindow(&random, 1 + static_cast<int>(random() % 60));
    RadarArguments arguments;
    for (const RadarPartInfo& part : RadarParts()) {
      arguments.weights.*part.weight = static_cast<double>(random() % 4);
    }
    const auto before = window.Radar(arguments);
    Window more = window;
    Contributor newcomer = Company("newcomer", pb::REGION_WEOG);  // AnyWindow has none of these
    newcomer.kind = static_cast<pb::OrganisationKind>(random() % 12);
    newcomer.group = static_cast<pb::StakeholderGroup>(random() % 6);
    const std::string topic = before[random() % before.size()].topic;
    more.current[topic].Add(Contribution{1'000'000, newcomer, random() % 2 == 0});
    EXPECT_GE(ScoreOf(more.Radar(arguments), topic), ScoreOf(before, topic) - 1e-9);
  }
}

// Breadth may fall by one more of those who are many already; the whole does not, to speak of.
TEST(RadarTest, NobodyCostsATopicMuchByRaisingIt) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    const Window window = AnyWindow(&random, 1 + static_cast<int>(random() % 80));
    const auto before = window.Radar();
    Window more = window;
    const std::string topic = before[random() % before.size()].topic;
    more.Raise(topic, Company("newcomer", kRegions[random() % 5]));
    EXPECT_GE(ScoreOf(more.Radar(), topic), ScoreOf(before, topic) - 0.2);
  }
}

TEST(RadarTest, TheOrderInWhichItCameDoesNotMatter) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  struct Event {
    std::string topic;
    Contribution contribution;
  };
  std::vector<Event> events;
  for (uint64_t i = 1; i <= 200; ++i) {
    Contributor someone = Company(absl::StrCat("o", random() % 20), kRegions[random() % 5]);
    someone.group = static_cast<pb::StakeholderGroup>(random() % 6);
    if (random() % 6 == 0) someone.organisation.clear();
    events.push_back({absl::StrCat("t", random() % 5), {i, someone, random() % 2 == 0}});
  }
  std::string first;
  for (int round = 0; round < 10; ++round) {
    Window whole;
    Window halves[2];
    for (size_t i = 0; i < events.size(); ++i) {
      whole.current[events[i].topic].Add(events[i].contribution);
      halves[i % 2].current[events[i].topic].Add(events[i].contribution);
      halves[0].current[events[i].topic].Add(events[i].contribution);  // again: nothing changes
    }
    for (const auto& [topic, tally] : halves[1].current) halves[0].current[topic].Merge(tally);
    const std::string text = AsText(whole.Radar());
    if (first.empty()) first = text;
    EXPECT_EQ(text, first);
    EXPECT_EQ(AsText(halves[0].Radar()), first);
    std::shuffle(events.begin(), events.end(), random);
  }
}

TEST(RadarTest, ComparesThroughTheCrosswalkAndCountsNobodyTwice) {
  Window window;
  for (const char* name : {"a", "b", "c"}) window.Raise("new:cyber", Company(name));
  window.RaisedBefore("old:child", Company("a")).RaisedBefore("old:crime", Company("a"));
  window.RaisedBefore("old:crime", Company("d")).RaisedBefore("old:all", Company("e"));
  window.RaisedBefore("old:near", Company("f"));
  EXPECT_EQ(Count(window.Radar()[0], RadarPart::kChange), 3) << "without a crosswalk";
  window.input.crosswalk = {{"old:child", "new:cyber", pb::CODE_MATCH_BROADER},
                            {"new:cyber", "old:crime", pb::CODE_MATCH_NARROWER},
                            {"old:crime", "new:safety", pb::CODE_MATCH_EXACT},
                            {"old:all", "new:cyber", pb::CODE_MATCH_NARROWER},
                            {"old:near", "new:cyber", pb::CODE_MATCH_RELATED}};
  const RadarTopic cyber = window.Radar()[0];
  // Before: a, once, and d. What was said of the wider code was not said of this one.
  EXPECT_EQ(Count(cyber, RadarPart::kChange), 1);
  EXPECT_TRUE(cyber.compared);
  EXPECT_THAT(cyber.compared_with, ElementsAre("new:cyber", "old:child", "old:crime"));
  const auto& evidence = cyber.component(RadarPart::kChange).evidence;
  ASSERT_EQ(evidence.size(), 2u);
  EXPECT_EQ(evidence[0].as, "before, on what it is compared with");
  EXPECT_THAT(evidence[0].organisations, ElementsAre("org/a", "org/d"));
  EXPECT_EQ(evidence[0].events, 3u);
  EXPECT_EQ(evidence[0].sequences.size(), 3u);
  EXPECT_EQ(evidence[1].as, "now");
  EXPECT_EQ(evidence[1].total_organisations, 3u);
}

// One row said `1 organisation, 3 more than before`, and named the events of neither cycle.
TEST(RadarTest, AChangeNamesTheEventsOfBothCyclesAndAgreesWithTheRow) {
  Window window;
  window.RaisedBefore("wide", Company("a"));
  window.Raise("wide", Company("a")).Raise("wide", Company("a"));
  for (const char* name : {"b", "c", "d"}) window.Raise("narrow", Company(name));
  window.input.crosswalk = {{"narrow", "wide", pb::CODE_MATCH_BROADER}};
  for (const RadarTopic& topic : window.Radar()) {
    if (topic.topic != "wide") continue;
    EXPECT_EQ(Count(topic, RadarPart::kOrganisations), 1);
    EXPECT_EQ(Count(topic, RadarPart::kChange), 3);
    const auto& evidence = topic.component(RadarPart::kChange).evidence;
    ASSERT_EQ(evidence.size(), 3u);
    EXPECT_EQ(evidence[0].as, "before");
    EXPECT_THAT(evidence[0].sequences, ElementsAre(1));
    EXPECT_EQ(evidence[1].as, "now");
    EXPECT_EQ(evidence[1].total_organisations, 1u) << "as the row has it";
    EXPECT_THAT(evidence[1].sequences, ElementsAre(2, 3));
    EXPECT_EQ(evidence[2].as, "now, on what it is compared with");
    EXPECT_THAT(evidence[2].organisations, ElementsAre("org/b", "org/c", "org/d"));
    EXPECT_THAT(evidence[2].sequences, ElementsAre(4, 5, 6));
  }
}

TEST(RadarTest, WhatIsComparedWithItselfHasNotChanged) {
  Window window;
  for (const char* name : {"a", "b"}) window.Raise("wide", Company(name));
  window.Raise("narrow", Company("c")).Raise("same", Company("d"));
  window.previous = window.current;
  window.input.crosswalk = {{"narrow", "wide", pb::CODE_MATCH_BROADER},
                            {"same", "wide", pb::CODE_MATCH_EXACT}};
  for (const RadarTopic& topic : window.Radar()) {
    EXPECT_EQ(Count(topic, RadarPart::kChange), 0) << topic.topic;
  }
}

TEST(RadarTest, WithoutAPreviousCycleNothingIsCompared) {
  Window window;
  window.Raise("topic", Company("a"));
  EXPECT_FALSE(window.Radar()[0].compared);
  EXPECT_EQ(window.Radar()[0].component(RadarPart::kChange).points, 0);
  window.previous.emplace();
  EXPECT_TRUE(window.Radar()[0].compared);
  EXPECT_GT(window.Radar()[0].component(RadarPart::kChange).points, 0);
}

TEST(RadarTest, LessThanBeforeIsToldAndTakesNothingAway) {
  Window window;
  window.Raise("topic", Company("a"));
  const double alone = window.Radar()[0].score;
  for (const char* name : {"a", "b", "c"}) window.RaisedBefore("topic", Company(name));
  EXPECT_EQ(Count(window.Radar()[0], RadarPart::kChange), -2);
  EXPECT_DOUBLE_EQ(window.Radar()[0].score, alone);
}

TEST(RadarTest, ExistingWorkIsNamedAndWeighsWhatItIsGiven) {
  Window window;
  window.Raise("topic", Company("a")).Raise("without", Company("a"));
  window.input.work = {{77, "org/owner", {"topic", "third"}}, {77, "org/owner", {"topic"}}};
  auto radar = window.Radar();
  EXPECT_EQ(Count(radar[0], RadarPart::kExistingWork), 1);
  EXPECT_THAT(radar[0].component(RadarPart::kExistingWork).evidence[0].sequences, ElementsAre(77));
  EXPECT_DOUBLE_EQ(radar[0].score, radar[1].score);
  RadarArguments arguments;
  arguments.weights.existing_work = 1;
  radar = window.Radar(arguments);
  EXPECT_GT(ScoreOf(radar, "topic"), ScoreOf(radar, "without"));
}

TEST(RadarTest, ObjectionsAreShownAndTakeNothingAway) {
  Window window;
  window.Raise("topic", Company("a"));
  const double before = window.Radar()[0].score;
  window.Support("topic", Company("b"), Company("a"), pb::POSITION_KIND_OBJECT);
  window.Support("topic", Company("c"), Company("a"), pb::POSITION_KIND_WITHDRAWN);
  const RadarTopic topic = window.Radar()[0];
  EXPECT_DOUBLE_EQ(topic.score, before);
  ASSERT_EQ(topic.objects.size(), 1u);
  EXPECT_THAT(topic.objects[0].organisations, ElementsAre("org/b"));
  EXPECT_EQ(Count(topic, RadarPart::kOrganisations), 1) << "who objects did not raise it";
}

TEST(RadarTest, WhatSaysNothingIsStopped) {
  Window window;
  window.Raise("unspecified", Company("a")).Raise("internet", Company("a"));
  EXPECT_THAT(Names(window.Radar()), ElementsAre("internet"));
  RadarArguments arguments;
  arguments.stop_list = {"internet"};
  EXPECT_THAT(Names(window.Radar(arguments)), ElementsAre("unspecified"));
}

TEST(RadarTest, WeightsMayAllBeNothing) {
  Window window;
  window.Raise("b", Company("a")).Raise("a", Company("b"));
  RadarArguments arguments;
  for (const RadarPartInfo& part : RadarParts()) arguments.weights.*part.weight = 0;
  const auto radar = window.Radar(arguments);
  EXPECT_THAT(Names(radar), ElementsAre("a", "b"));
  EXPECT_EQ(radar[0].score, 0);
  EXPECT_EQ(Count(radar[0], RadarPart::kOrganisations), 1) << "counts are shown all the same";
}

TEST(RadarTest, OnlyTheWeightsMatterOfWhichThereAre) {
  Window window;
  window.RaiseByInitiatives("many").Raise("asked", Company("a"), true);
  RadarArguments arguments;
  for (const RadarPartInfo& part : RadarParts()) arguments.weights.*part.weight = 0;
  arguments.weights.actions = 5;
  EXPECT_THAT(Names(window.Radar(arguments)), ElementsAre("asked", "many"));
}

TEST(RadarTest, WeightsThatAreNoneAreRefusedByName) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {-1.0, std::nan(""), infinity, -infinity}) {
    for (const RadarPartInfo& part : RadarParts()) {
      RadarArguments arguments;
      arguments.weights.*part.weight = bad;
      const absl::Status status = RankTopics({}, arguments).status();
      EXPECT_EQ(record::ReasonOf(status), record::Reason::kFieldInvalid);
      ASSERT_EQ(record::FieldViolationsOf(status).size(), 1u);
      EXPECT_EQ(record::FieldViolationsOf(status)[0].field, absl::StrCat("weights.", part.name));
    }
  }
}

TEST(RadarTest, PartsStandInTheirOrder) {
  for (size_t i = 0; i < RadarParts().size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(RadarParts()[i].part), i);
  }
}

TEST(RadarTest, SaysInSentencesWhyOneStandsAboveTheOther) {
  Window window;
  window.RaiseByInitiatives("access");
  for (int i = 0; i < 250; ++i) window.Raise("ads", Company("loud"), true);
  window.Raise("ads", Individual(pb::STAKEHOLDER_GROUP_CIVIL_SOCIETY, pb::REGION_WEOG));
  const auto radar = window.Radar();
  ASSERT_THAT(Names(radar), ElementsAre("access", "ads"));
  const auto sentences = Explained(radar[0], radar[1]);
  EXPECT_THAT(sentences[0], StartsWith("access stands above ads with "));
  EXPECT_THAT(sentences,
              Contains(HasSubstr("UN regions they are from; who is of several or of none counts "
                                 "for none: 3 for access (African: org/africa-one, "
                                 "org/africa-three, org/africa-two; Asia-Pacific: org/asia-one; "
                                 "Latin America and Caribbean: org/latin-one), 1 for ads (Western "
                                 "Europe and others: org/loud), that is ")));
  EXPECT_THAT(sentences, Contains(StartsWith("For ads: organisations that ask for action: 1")));
  EXPECT_THAT(sentences, Contains("Messages do not count: the 250 events of org/loud on ads are "
                                  "one organisation."));
  EXPECT_THAT(sentences,
              Contains("Individuals are counted apart and lift nothing: 1 input on ads."));
  for (const std::string& sentence : sentences) EXPECT_TRUE(absl::EndsWith(sentence, "."));
  EXPECT_THAT(InEnglish(Explain(radar[0], radar[0])[0]), HasSubstr("in order of their names"));
}

}  // namespace
}  // namespace liaison::domain
