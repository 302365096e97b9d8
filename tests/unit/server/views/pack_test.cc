// The meeting pack: a page for each topic. Everybody and everything here is fictional.

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/time_util.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "tests/unit/server/views/views_fixture.h"

namespace liaison::views {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PackTest : public ViewsTest {
 protected:
  explicit PackTest(uint32_t rules_version = domain::kCurrentRulesVersion)
      : ViewsTest(rules_version) {
    PublishScheme({"cables", "seals", "ferries"});
  }

  std::string On(const std::string& author, const std::string& title,
                 const std::string& text = "fictional", const std::string& code = "cables",
                 const std::string& audience = "igf/public") {
    return Input(author, title, text, {absl::StrCat("fictional:", code)}, "en", audience);
  }

  pb::GetMeetingPackResponse Pack(const pb::GetMeetingPackRequest& request = {},
                                  const std::string& as = "") {
    auto pack = GetMeetingPack(*As(as), request);
    EXPECT_TRUE(pack.ok()) << pack.status();
    return pack.ok() ? *std::move(pack) : pb::GetMeetingPackResponse();
  }

  static std::vector<std::string> Titles(const pb::PackPage& page) {
    std::vector<std::string> titles;
    for (const pb::PackInput& input : page.inputs()) titles.push_back(input.event().title());
    return titles;
  }

  static std::vector<std::string> AlsoBy(const pb::PackInput& input) {
    return {input.also_by().begin(), input.also_by().end()};
  }
};

TEST_F(PackTest, EachTopicOfTheRadarHasAPage) {
  On(kNri, "one");
  On(kPartner, "two");
  On(kPartner, "of seals", "fictional", "seals");
  const std::string input = On(kNri, "considered");
  pb::Draft draft = DecisionDraft({input});
  draft.add_topics("fictional:cables");
  Publish(draft);
  const auto pack = Pack();
  ASSERT_EQ(pack.pages_size(), 2);
  const pb::PackPage& page = pack.pages(0);
  EXPECT_EQ(page.topic().topic(), "fictional:cables");
  EXPECT_EQ(page.topic().label(), "all about cables");
  EXPECT_EQ(page.gap().topic(), "fictional:cables");
  EXPECT_EQ(page.gap().state(), pb::GAP_STATE_PROPOSED);
  ASSERT_EQ(page.decisions_size(), 1);
  EXPECT_EQ(page.decisions(0).decision().title(), "a fictional proposal");
  EXPECT_EQ(pack.pages(1).topic().topic(), "fictional:seals");
  EXPECT_THAT(pack.pages(1).decisions(), IsEmpty());
  EXPECT_EQ(pack.pages(1).gap().state(), pb::GAP_STATE_NOBODY);
  EXPECT_THAT(Titles(pack.pages(1)), ElementsAre("of seals"));
  EXPECT_EQ(pack.title(), "For the meeting about 2027: 2 topics");
  EXPECT_EQ(pack.representation().inputs(), 4u);
  EXPECT_EQ(pack.as_of_sequence(), As("")->Head());
  EXPECT_EQ(google::protobuf::util::TimeUtil::ToString(pack.made_at()), "2027-01-15T00:00:00Z");
}

TEST_F(PackTest, TheNewestOfEverybodyComesBeforeTheSecondNewestOfAnybody) {
  On(kNri, "nri 1");
  for (int i = 1; i <= 3; ++i) On(kPartner, absl::StrCat("partner ", i));
  On("org/igf-mag/seat-1", "seat 1");
  On("org/igf-mag/seat-2", "seat 2");
  EXPECT_THAT(Titles(Pack().pages(0)),
              ElementsAre("seat 2", "partner 3", "nri 1", "seat 1", "partner 2", "partner 1"))
      << "the MAG speaks once, whatever the seat";
  pb::GetMeetingPackRequest request;
  request.set_inputs_per_topic(2);
  EXPECT_THAT(Titles(Pack(request).pages(0)), ElementsAre("seat 2", "partner 3"));
}

TEST_F(PackTest, WhatIsGroupedStandsThereOnceByAllItsAuthors) {
  const std::string one = On(kNri, "one");
  const std::string two = On(kPartner, "the same");
  const std::string own = On(kPartner, "the same again");
  const std::string back = On(kSeat1, "the same, taken back");
  const std::string group = Group({one, two, own, back});
  Retract(kSeat1, back);
  const auto pack = Pack();
  EXPECT_THAT(Titles(pack.pages(0)), ElementsAre("the same again"));
  EXPECT_EQ(pack.pages(0).inputs(0).contributor(), kPartner);
  EXPECT_THAT(AlsoBy(pack.pages(0).inputs(0)), ElementsAre(kNri));
  Group({one, two, own}, group, pb::GROUPING_ACTION_DISSOLVE);
  EXPECT_THAT(Pack().pages(0).inputs(), SizeIs(3));
}

// Five people in one group read as two, and who wrote down what others said stood nowhere.
TEST_F(PackTest, EveryAuthorOfAGroupIsCountedAndWhoWroteItDownIsNamed) {
  std::vector<std::string> inputs;
  for (int i = 0; i < 5; ++i) {
    pb::Draft draft = SignalDraft(kSecretariat, "the same");
    draft.set_topics(0, "fictional:cables");
    draft.set_recorded_by(kSecretariat);
    draft.mutable_recorded_for()->mutable_individual()->set_id(draft.event_id());
    inputs.push_back(Publish(draft));
  }
  pb::Draft draft = SignalDraft(kPartner, "the same");
  draft.set_topics(0, "fictional:cables");
  draft.set_recorded_by(kPartner);
  draft.set_channel(pb::CHANNEL_MEETING);
  draft.mutable_recorded_for()->set_organisation("org/never-enrols");
  inputs.push_back(Publish(draft));
  inputs.push_back(On(kNri, "the newest"));
  Group(inputs);
  EXPECT_THAT(AlsoBy(Pack().pages(0).inputs(0)),
              ElementsAre("org/never-enrols (recorded by org/fictional-partner)",
                          "5 individuals (recorded by org/igf-secretariat)"));
}

TEST_F(PackTest, WordsAreThoseThatStandNowVerbatimOrUpToAWord) {
  const std::string short_text = "Two  blanks,\n\nand a paragraph.";
  const std::string input = On(kNri, "short", short_text);
  std::string long_text;
  for (int i = 0; i < 100; ++i) absl::StrAppend(&long_text, "слово", i, " ");
  On(kPartner, "long", long_text);
  const auto pack = Pack();
  EXPECT_EQ(pack.pages(0).inputs(1).excerpt(), short_text);
  const std::string excerpt = pack.pages(0).inputs(0).excerpt();
  ASSERT_TRUE(absl::EndsWith(excerpt, "…"));
  const std::string beginning = excerpt.substr(0, excerpt.size() - 3);
  EXPECT_TRUE(absl::StartsWith(long_text, beginning + " "));
  EXPECT_GT(beginning.size(), 600u) << "400 characters, most of them of two bytes";
  Amend(kNri, input, "", "Other words.");
  EXPECT_EQ(Pack().pages(0).inputs(1).excerpt(), "Other words.");
}

TEST_F(PackTest, OnlyWhatTheCallerMayReadStandsInIt) {
  On(kNri, "open");
  On(kSeat1, "hidden", "fictional", "cables", "igf/mag");
  On(kSeat1, "hidden", "fictional", "seals", "igf/mag");
  EXPECT_THAT(Pack().pages(), SizeIs(1));
  EXPECT_THAT(Titles(Pack().pages(0)), ElementsAre("open"));
  EXPECT_THAT(Pack({}, kSecretariat).pages(), SizeIs(2));
}

// Earlier rules let a later version be for other readers than the first.
class OldPackTest : public PackTest {
 protected:
  OldPackTest() : PackTest(/*rules_version=*/1) {}
};

TEST_F(OldPackTest, AnInputIsOnThePageOfTheVersionThatTheCallerReads) {
  const std::string input = On(kNri, "open");
  pb::Draft later = Naming(kNri, input, pb::RELATION_REVISES);
  later.set_audience("igf/mag");
  later.add_topics("fictional:seals");
  later.mutable_topic_signal()->set_purpose(pb::PURPOSE_INFORMATION);
  later.mutable_topic_signal()->set_title("for the MAG");
  Publish(later);
  ASSERT_THAT(Pack().pages(), SizeIs(1));
  EXPECT_EQ(Pack().pages(0).topic().topic(), "fictional:cables");
  EXPECT_THAT(Titles(Pack().pages(0)), ElementsAre("open"));
  On(kPartner, "another");
  const auto of_the_mag = Pack({}, kSeat1);
  EXPECT_THAT(of_the_mag.pages(), SizeIs(2));
  for (const pb::PackPage& page : of_the_mag.pages()) {
    const bool of_seals = page.topic().topic() == "fictional:seals";
    EXPECT_THAT(Titles(page), ElementsAre(of_seals ? "for the MAG" : "another"));
  }
}

TEST_F(PackTest, ItIsOfTheCycleAskedForAndNoLargerThanAsked) {
  On(kNri, "one");
  On(kNri, "two", "fictional", "seals");
  pb::Draft before = SignalDraft(kPartner, "before");
  before.set_cycle("2026");
  *before.mutable_topics()->Mutable(0) = "fictional:cables";
  Publish(before);
  pb::GetMeetingPackRequest request;
  request.mutable_window()->set_cycle("2026");
  ASSERT_THAT(Pack(request).pages(), SizeIs(1));
  EXPECT_THAT(Titles(Pack(request).pages(0)), ElementsAre("before"));
  request.mutable_window()->set_cycle("1999");
  EXPECT_EQ(record::FieldViolationsOf(GetMeetingPack(*As(""), request).status())[0].field,
            "window.cycle");
  request.clear_window();
  request.set_max_topics(1);
  EXPECT_THAT(Pack(request).pages(), SizeIs(1));
  request.set_max_topics(51);
  EXPECT_EQ(record::FieldViolationsOf(GetMeetingPack(*As(""), request).status())[0].field,
            "max_topics");
  request.clear_max_topics();
  request.set_inputs_per_topic(51);
  EXPECT_EQ(record::FieldViolationsOf(GetMeetingPack(*As(""), request).status())[0].field,
            "inputs_per_topic");
}

TEST_F(PackTest, LinksStandOnThePagesOfBothTheirTopics) {
  for (int i = 0; i < 12; ++i) {
    const std::string author = absl::StrCat("org/fictional-", i);
    Register(author, pb::ORGANISATION_KIND_CIVIL_SOCIETY);
    if (i < 5) {
      Input(author, "both", "fictional", {"fictional:cables", "fictional:seals"});
    } else {
      Input(author, "another", "fictional", {"fictional:ferries"});
    }
  }
  const auto pack = Pack();
  ASSERT_EQ(pack.pages_size(), 3);
  for (const pb::PackPage& page : pack.pages()) {
    const bool is_linked = page.topic().topic() != "fictional:ferries";
    ASSERT_EQ(page.links_size(), is_linked ? 1 : 0) << page.topic().topic();
    if (is_linked) {
      EXPECT_EQ(page.links(0).both(), 5u);
    }
  }
}

}  // namespace
}  // namespace liaison::views
