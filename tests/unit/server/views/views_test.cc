// The views over a hub that commits. Everybody and everything here is fictional.

#include "server/views/views.h"

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "tests/unit/server/views/views_fixture.h"

namespace liaison::views {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(ViewsTest, AWindowWithoutACycleIsOfTheOneThatTodayIsIn) {
  const auto cycle_on = [this](const std::string& today) {
    const auto radar = GetRadar(*As("", today), pb::GetRadarRequest());
    return radar.ok() ? radar->window().cycle() : radar.status().ToString();
  };
  EXPECT_EQ(cycle_on("2026-03-01"), "2026") << "2027 has not begun";
  EXPECT_EQ(cycle_on("2026-10-01"), "2026") << "between two, the one that began last";
  EXPECT_EQ(cycle_on("2027-01-15"), "2027");
  EXPECT_EQ(cycle_on("2027-09-01"), "2027");
  EXPECT_EQ(cycle_on("2025-01-01"), "2027") << "none has begun: the last by name";
  PublishCycle("2025-late", "2026-06-01", "2026-12-31");
  EXPECT_EQ(cycle_on("2026-06-15"), "2025-late") << "of two that today is in the later one";
}

TEST_F(ViewsTest, HiddenAndUnknownAreOneAndTheSameError) {
  const std::string hidden = Signal(kSeat1, "hidden", "igf/mag");
  pb::GetTrailRequest request;
  request.set_digest(hidden);
  const absl::Status of_hidden = GetTrail(*As(kPartner), request, {}).status();
  request.set_digest(std::string(32, 'x'));
  const absl::Status of_unknown = GetTrail(*As(kPartner), request, {}).status();
  EXPECT_EQ(record::ReasonOf(of_hidden), record::Reason::kNotFound);
  EXPECT_EQ(of_hidden, of_unknown);
  request.set_digest(hidden);
  EXPECT_TRUE(GetTrail(*As(kSeat1), request, {}).ok());
}

// MISP#7315: a group that came after what was addressed to it.
TEST_F(ViewsTest, AGroupOfReadersIsThereBeforeWhatIsAddressedToIt) {
  pb::Draft signal = SignalDraft(kNri, "for a group");
  signal.set_audience("igf/wg-fictional@1");
  const absl::Status refused = hub_.Publish(signal).status();
  EXPECT_EQ(record::ReasonOf(refused), record::Reason::kTargetUnknown);
  EXPECT_EQ(record::FieldViolationsOf(refused)[0].field, "audience");
  pb::Draft group = Draft(kSecretariat);
  group.mutable_audience_body()->set_group("igf/wg-fictional");
  group.mutable_audience_body()->set_version(1);
  group.mutable_audience_body()->add_members(kPartner);
  Publish(group);
  Publish(signal);
  signal.set_audience("igf/wg-fictional@2");
  signal.set_event_id(Draft(kNri).event_id());
  EXPECT_EQ(record::ReasonOf(hub_.Publish(signal).status()), record::Reason::kTargetUnknown);
}

TEST_F(ViewsTest, TheTrailGoesFromInputToDecisionThroughWhatWasDoneWithIt) {
  const std::string input = Signal(kNri, "input");
  const std::string other = Signal(kPartner, "another input");
  const std::string decision = Publish(DecisionDraft({input}));
  Dispose({input}, pb::DISPOSITION_KIND_TAKEN_UP, decision);
  EXPECT_THAT(TrailTitles("", input, pb::TRAIL_DIRECTION_LED_TO),
              ElementsAre("a fictional proposal", ""));
  EXPECT_THAT(TrailTitles("", decision, pb::TRAIL_DIRECTION_CAME_FROM), ElementsAre("input", ""));
  EXPECT_THAT(TrailTitles("", other, pb::TRAIL_DIRECTION_LED_TO), IsEmpty());
}

TEST_F(ViewsTest, TheTrailDoesNotGoThroughWhatMayNotBeRead) {
  const std::string input = Signal(kNri, "input");
  pb::Draft hidden = Naming(kSeat1, input, pb::RELATION_CONSIDERS);
  hidden.set_audience("igf/mag");
  hidden.mutable_decision()->set_state(pb::DECISION_STATE_PROPOSED);
  hidden.mutable_decision()->set_title("hidden");
  Publish(hidden);
  EXPECT_THAT(TrailTitles(kPartner, input, pb::TRAIL_DIRECTION_LED_TO), IsEmpty());
  EXPECT_EQ(TrailTitles(kSeat1, input, pb::TRAIL_DIRECTION_LED_TO).size(), 1u);
}

TEST_F(ViewsTest, EveryContributorLearnsWhatBecameOfTheirInput) {
  const std::string input = Signal(kNri, "input");
  EXPECT_EQ(ContributionsOf(kNri)[0].in_words(), "nothing yet");
  EXPECT_EQ(ContributionsOf(kNri)[0].state(), pb::CONTRIBUTION_STATE_NOTHING_YET);

  const std::string disposition = Dispose({input}, pb::DISPOSITION_KIND_NOTED);
  auto seen = ContributionsOf(kNri);
  EXPECT_EQ(seen[0].in_words(), "noted");
  ASSERT_EQ(seen[0].dispositions_size(), 1);
  EXPECT_EQ(seen[0].dispositions(0).reason(), "a fictional reason");

  pb::Draft translation = Naming(kSecretariat, disposition, pb::RELATION_TRANSLATES);
  translation.set_language("fr");
  translation.mutable_translation()->set_maker(pb::TRANSLATION_MAKER_HUMAN);
  translation.mutable_translation()->set_made_on("2027-01-15");
  translation.mutable_translation()->set_text("une raison fictive");
  Publish(translation);
  seen = ContributionsOf(kNri, "", "fr");
  EXPECT_EQ(seen[0].dispositions(0).reason(), "a fictional reason") << "the original comes first";
  EXPECT_EQ(seen[0].dispositions(0).translation().text(), "une raison fictive");
  EXPECT_FALSE(seen[0].dispositions(0).translation().stale());

  Publish(DecisionDraft({input}));
  seen = ContributionsOf(kNri);
  EXPECT_EQ(seen[0].state(), pb::CONTRIBUTION_STATE_CONSIDERED);
  EXPECT_EQ(seen[0].in_words(), "noted; it is considered in a proposal that is not decided yet");
  EXPECT_THAT(ContributionsOf(kPartner), IsEmpty());
}

// Found in review: it read "taken back by its author", whoever took it back, and without the
// reason.
TEST_F(ViewsTest, WhatWasTakenBackSaysByWhomAndWhy) {
  const std::string own = Signal(kNri, "one");
  const std::string other = Signal(kNri, "two");
  Retract(kNri, own);
  Retract(kSecretariat, other);
  const auto seen = ContributionsOf(kNri);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].in_words(), "taken back by its author: fictional");
  EXPECT_EQ(seen[1].in_words(), "taken back by org/igf-secretariat: fictional");
  EXPECT_EQ(seen[1].retraction().author(), kSecretariat);
  EXPECT_EQ(seen[1].retraction_reason(), "fictional");
  EXPECT_FALSE(ContributionsOf(kNri)[0].retraction().digest().empty());
}

// Found in review: all that was ever said of an input was told as if all of it were true.
TEST_F(ViewsTest, TheLastDispositionIsInForceAndThoseBeforeAreSuperseded) {
  const std::string input = Signal(kNri, "input");
  const auto said = [this] {
    std::vector<std::string> kinds;
    const pb::Contribution contribution = ContributionsOf(kNri)[0];
    for (const pb::ContributionDisposition& one : contribution.dispositions()) {
      kinds.push_back(absl::StrCat(pb::DispositionKind_Name(one.kind()).substr(17),
                                   one.superseded() ? " superseded" : ""));
    }
    return kinds;
  };
  const std::string proposal = Publish(DecisionDraft({}));
  Dispose({input}, pb::DISPOSITION_KIND_MERGED, proposal);
  EXPECT_THAT(said(), ElementsAre("MERGED"));
  EXPECT_EQ(ContributionsOf(kNri)[0].decisions_size(), 1);
  Dispose({input}, pb::DISPOSITION_KIND_NOT_THIS_CYCLE);
  EXPECT_THAT(said(), ElementsAre("MERGED superseded", "NOT_THIS_CYCLE"));
  EXPECT_EQ(ContributionsOf(kNri)[0].in_words(),
            "not for this cycle; before that merged with others that say the same");
  EXPECT_EQ(ContributionsOf(kNri)[0].decisions_size(), 0) << "it went out of that again";
  Dispose({input}, pb::DISPOSITION_KIND_TAKEN_UP, proposal);
  Dispose({input}, pb::DISPOSITION_KIND_TAKEN_UP, Publish(DecisionDraft({})));
  EXPECT_THAT(said(),
              ElementsAre("MERGED superseded", "NOT_THIS_CYCLE superseded", "TAKEN_UP", "TAKEN_UP"))
      << "by another decision as well";
  EXPECT_EQ(ContributionsOf(kNri)[0].decisions_size(), 2);
}

TEST_F(ViewsTest, ALanguageThatIsNoneIsRefusedByItsField) {
  pb::ListContributionsRequest request;
  request.set_contributor(kNri);
  for (const char* language : {"!!", "english please", "-", "fr-", "f", "12"}) {
    request.set_language(language);
    const absl::Status refused = ListContributions(*As(""), request, {}).status();
    ASSERT_EQ(record::FieldViolationsOf(refused).size(), 1u) << language;
    EXPECT_EQ(record::FieldViolationsOf(refused)[0].field, "language");
  }
  for (const char* language : {"", "pt-BR", "EN", "zh-hans-cn", "en-US-u-hc-h12"}) {
    request.set_language(language);
    EXPECT_TRUE(ListContributions(*As(""), request, {}).ok()) << language;
  }
}

TEST_F(ViewsTest, WhoeverIsGroupedLearnsWhatBecameOfTheGroup) {
  const std::string one = Signal(kNri, "one");
  const std::string two = Signal(kPartner, "the same");
  pb::Draft group = Draft(kSecretariat);
  for (const std::string& member : {one, two}) {
    pb::Reference& reference = *group.add_references();
    reference.set_digest(member);
    reference.set_relation(pb::RELATION_GROUPS);
  }
  group.mutable_grouping()->set_action(pb::GROUPING_ACTION_GROUP);
  group.mutable_grouping()->set_title("fictional");
  group.mutable_grouping()->set_reason("fictional");
  Publish(DecisionDraft({Publish(group)}));
  for (const char* contributor : {kNri, kPartner}) {
    const auto seen = ContributionsOf(contributor);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].state(), pb::CONTRIBUTION_STATE_CONSIDERED);
    EXPECT_EQ(seen[0].decisions_size(), 1);
  }
}

TEST_F(ViewsTest, WhoeverIsGroupedReadsSoWhereNobodyHasDisposedOfIt) {
  const std::string one = Signal(kNri, "one");
  const std::string two = Signal(kPartner, "the same");
  const std::string group = Group({one, two});
  const uint64_t number = As("")->Head();
  auto seen = ContributionsOf(kNri);
  EXPECT_EQ(seen[0].state(), pb::CONTRIBUTION_STATE_NOTHING_YET);
  EXPECT_EQ(seen[0].in_words(),
            absl::StrCat("grouped with org/fictional-partner in “a fictional group” (event ",
                         number, ")"));
  Dispose({one}, pb::DISPOSITION_KIND_NOTED);
  EXPECT_EQ(ContributionsOf(kNri)[0].in_words(), "noted");
  EXPECT_THAT(ContributionsOf(kPartner)[0].in_words(), HasSubstr("grouped with org/fictional-igf"));
  Group({}, group, pb::GROUPING_ACTION_DISSOLVE);
  EXPECT_EQ(ContributionsOf(kPartner)[0].in_words(), "nothing yet");
}

TEST_F(ViewsTest, AnInputThatOthersRecordedIsItsContributors) {
  pb::Draft draft = SignalDraft(kSecretariat, "written down");
  draft.mutable_recorded_for()->set_organisation(kNri);
  draft.set_recorded_by(kSecretariat);
  Publish(draft);
  EXPECT_EQ(ContributionsOf(kNri).size(), 1u);
  EXPECT_THAT(ContributionsOf(kSecretariat), IsEmpty());
}

TEST_F(ViewsTest, WhoSpeaksInManyNamesIsOneVoice) {
  const auto raised_by = [this] {
    const auto radar = GetRadar(*As(""), pb::GetRadarRequest());
    std::vector<std::string> names;
    if (!radar.ok() || radar->topics_size() != 1) return names;
    for (const pb::RadarContributor& one : radar->topics(0).contributors()) {
      names.push_back(one.organisation());
    }
    return names;
  };
  for (const char* other : {"org/never-a", "org/never-b", "org/never-c"}) {
    pb::Draft draft = SignalDraft(kPartner, "in the name of others");
    draft.set_channel(pb::CHANNEL_MEETING);
    draft.clear_topics();
    draft.add_topics("access");
    draft.mutable_recorded_for()->set_organisation(other);
    draft.set_recorded_by(kPartner);
    Publish(draft);
  }
  EXPECT_THAT(raised_by(), ElementsAre(kPartner));
  // What the secretariat writes down is its contributor's.
  pb::Draft draft = SignalDraft(kSecretariat, "written down");
  draft.clear_topics();
  draft.add_topics("access");
  draft.mutable_recorded_for()->set_organisation(kNri);
  draft.set_recorded_by(kSecretariat);
  Publish(draft);
  EXPECT_THAT(raised_by(), UnorderedElementsAre(kPartner, kNri));
}

// The secretariat writes down for many; none of them takes the place of another.
TEST_F(ViewsTest, RecordedPositionsAreTheirContributors) {
  const std::string decision = Publish(DecisionDraft({Signal(kNri, "input")}));
  Stand(kPartner, decision, pb::POSITION_KIND_SUPPORT);
  for (const char* organisation : {kPartner, kNri}) {
    pb::Draft draft = PositionDraft(kSecretariat, decision, pb::POSITION_KIND_OBJECT);
    draft.mutable_recorded_for()->set_organisation(organisation);
    Publish(draft);
  }
  for (int i = 0; i < 2; ++i) {
    pb::Draft draft = PositionDraft(kSecretariat, decision, pb::POSITION_KIND_OBJECT);
    draft.mutable_recorded_for()->mutable_individual()->set_id(record::Uuid::Random().ToString());
    Publish(draft);
  }
  Stand(kSecretariat, decision, pb::POSITION_KIND_SUPPORT);
  pb::ListPositionsRequest request;
  request.set_digest(decision);
  std::vector<std::string> organisations;
  PageArguments page{"", 1};
  do {
    auto seen = ListPositions(*As(""), request, page);
    ASSERT_TRUE(seen.ok()) << seen.status();
    EXPECT_EQ(seen->object(), 4u);
    EXPECT_EQ(seen->support(), 1u);
    for (const pb::PositionView& one : seen->positions()) {
      organisations.push_back(one.organisation());
    }
    page.after = seen->next_page_token();
  } while (!page.after.empty());
  EXPECT_THAT(organisations, UnorderedElementsAre(kPartner, kNri, kSecretariat, "", ""));
}

TEST_F(ViewsTest, UndisposedInputsAreCountedAsTheCallerMayReadThem) {
  const std::string input = Signal(kNri, "one");
  Signal(kNri, "two");
  Signal(kSeat1, "hidden", "igf/mag");
  Dispose({input}, pb::DISPOSITION_KIND_NOTED);
  pb::ListUndisposedRequest request;
  request.set_cycle("2027");
  auto seen = ListUndisposed(*As(kPartner), request, {});
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(seen->undisposed(), 1u);
  EXPECT_EQ(seen->disposed(), 1u);
  EXPECT_EQ(seen->inputs(0).title(), "two");
  EXPECT_EQ(ListUndisposed(*As(kSeat1), request, {})->undisposed(), 2u);
}

// Found in review: whoever put a reason right was refused, and the contributor read the wrong one.
TEST_F(ViewsTest, TheReasonShownIsThatOfTheLatestVersion) {
  const std::string one = Signal(kNri, "one");
  const std::string two = Signal(kNri, "two");
  const std::string first = Dispose({one, two}, pb::DISPOSITION_KIND_NOTED);
  pb::Draft later = Naming(kSecretariat, first, pb::RELATION_REVISES);
  pb::Disposition& body = *later.mutable_disposition();
  for (const std::string& input : {two, one}) {
    body.add_inputs()->set_input(input);
    body.mutable_inputs()->rbegin()->set_kind(pb::DISPOSITION_KIND_NOTED);
  }
  body.set_reason("another reason");
  body.add_reasons()->set_input(two);
  body.mutable_reasons(0)->set_reason("one of its own");
  const std::string version = Publish(later);
  const auto seen = ContributionsOf(kNri);
  ASSERT_EQ(seen.size(), 2u);
  for (const pb::Contribution& contribution : seen) {
    ASSERT_EQ(contribution.dispositions_size(), 1);
    EXPECT_EQ(contribution.dispositions(0).event().digest(), version);
    EXPECT_EQ(contribution.in_words(), "noted");
  }
  EXPECT_EQ(seen[0].dispositions(0).reason(), "another reason");
  EXPECT_EQ(seen[1].dispositions(0).reason(), "one of its own");
}

TEST_F(ViewsTest, OnlyARetractionTakesWordsBack) {
  const std::string input = Signal(kNri, "input");
  pb::Draft draft = SignalDraft(kPartner, "somebody else");
  pb::Reference& reference = *draft.add_references();
  reference.set_digest(input);
  reference.set_relation(pb::RELATION_RETRACTS);
  Publish(draft);
  ASSERT_EQ(ContributionsOf(kNri).size(), 1u);
  EXPECT_FALSE(ContributionsOf(kNri)[0].input().retracted());
  Retract(kNri, input);
  EXPECT_TRUE(ContributionsOf(kNri)[0].input().retracted());
}

TEST_F(ViewsTest, PagesFollowEachOtherWithoutGapOrRepetition) {
  for (int i = 0; i < 7; ++i) Signal(kNri, absl::StrCat("input ", i));
  pb::ListUndisposedRequest request;
  request.set_cycle("2027");
  std::vector<std::string> titles;
  PageArguments page{"", 3};
  int pages = 0;
  do {
    auto seen = ListUndisposed(*As(""), request, page);
    ASSERT_TRUE(seen.ok());
    for (const pb::EventSummary& input : seen->inputs()) titles.push_back(input.title());
    page.after = seen->next_page_token();
    ++pages;
  } while (!page.after.empty());
  EXPECT_EQ(pages, 3);
  EXPECT_THAT(titles, ElementsAre("input 0", "input 1", "input 2", "input 3", "input 4", "input 5",
                                  "input 6"));
}

TEST_F(ViewsTest, ASlipOfThePenIsNoEmptyList) {
  pb::ListUndisposedRequest undisposed;
  undisposed.set_cycle("2072");
  pb::GetReadingPlanRequest plan;
  plan.set_cycle("2072");
  pb::GetBoardRequest board;
  board.set_cycle("2072");
  pb::ListDecisionsRequest decisions;
  decisions.set_cycle("2072");
  std::vector<absl::Status> statuses;  // one reading at a time
  statuses.push_back(ListUndisposed(*As(kSeat1), undisposed, {}).status());
  statuses.push_back(GetReadingPlan(*As(kSeat1), plan).status());
  statuses.push_back(GetBoard(*As(kSeat1), board).status());
  statuses.push_back(ListDecisions(*As(kSeat1), decisions, {}).status());
  for (const absl::Status& refused : statuses) {
    EXPECT_EQ(record::ReasonOf(refused), record::Reason::kFieldInvalid);
    ASSERT_EQ(record::FieldViolationsOf(refused).size(), 1u);
    EXPECT_EQ(record::FieldViolationsOf(refused)[0].field, "cycle");
  }
  plan.set_cycle("2027");
  plan.set_member("org/igf-mag/seat-11");
  EXPECT_EQ(record::FieldViolationsOf(GetReadingPlan(*As(kSeat1), plan).status())[0].field,
            "member");
}

TEST_F(ViewsTest, TheReadingIsSharedWithoutConflictsAndForTheMagOnly) {
  const std::string input = Signal(kNri, "one");
  Signal(kPartner, "two");
  Evaluate(input, 1, 0, /*conflict=*/true);
  Evaluate(input, 2, 4);
  pb::GetReadingPlanRequest request;
  request.set_cycle("2027");
  EXPECT_EQ(record::ReasonOf(GetReadingPlan(*As(kPartner), request).status()),
            record::Reason::kNotPermitted);
  auto plan = GetReadingPlan(*As(kSeat1), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->inputs(), 2u);
  EXPECT_EQ(plan->largest_share(), 1u);
  ASSERT_EQ(plan->shares_size(), 4);
  EXPECT_EQ(plan->shares(0).member(), kSeat1);
  for (const pb::EventSummary& mine : plan->shares(0).inputs()) EXPECT_EQ(mine.title(), "two");
  ASSERT_EQ(plan->shares(1).inputs_size(), 1);
  EXPECT_EQ(plan->shares(1).inputs(0).title(), "one") << "who has read it is its reader";
  EXPECT_EQ(plan->shares(1).unread_size(), 0);
}

// Found in review: what somebody had said the last word about was still somebody's unread work.
TEST_F(ViewsTest, WhatIsDisposedOfIsUnreadWorkOfNobody) {
  const std::string input = Signal(kNri, "one");
  Signal(kNri, "two");
  const auto unread = [this] {
    pb::GetReadingPlanRequest request;
    request.set_cycle("2027");
    const auto plan = GetReadingPlan(*As(kSeat1), request);
    EXPECT_TRUE(plan.ok()) << plan.status();
    int count = 0;
    for (const pb::ReadingShare& share : plan->shares()) count += share.unread_size();
    return count;
  };
  EXPECT_EQ(unread(), 4);
  Dispose({input}, pb::DISPOSITION_KIND_NOTED);
  EXPECT_EQ(unread(), 2);
  pb::Draft carried = Naming(kSecretariat, input, pb::RELATION_CARRIES_OVER);
  carried.mutable_carry_over()->set_from_cycle("2027");
  carried.mutable_carry_over()->set_to_cycle("2026");
  carried.mutable_carry_over()->set_reason("fictional");
  Publish(carried);
  EXPECT_EQ(unread(), 2) << "it is read in the other cycle";
}

TEST_F(ViewsTest, TheReadingInTriageAvoidsConflictsAboutAnInputOrItsGroup) {
  PublishCycle("2028", "2027-06-01", "2027-06-30");
  std::vector<std::string> inputs;
  for (const char* title : {"one", "two", "three"}) {
    pb::Draft draft = SignalDraft(kNri, title);
    draft.set_cycle("2028");
    inputs.push_back(Publish(draft));
  }
  const auto declare = [this](const std::string& about, int seat) {
    pb::Draft draft =
        Naming(absl::StrCat("org/igf-mag/seat-", seat), about, pb::RELATION_EVALUATES);
    draft.set_audience("igf/mag");
    draft.set_cycle("2028");
    draft.mutable_evaluation()->set_conflict(true);
    Publish(draft);
  };
  declare(inputs[0], 1);
  pb::Draft group = Draft(kSecretariat);
  group.set_cycle("2028");
  for (const std::string& input : {inputs[1], inputs[2]}) {
    group.add_references()->set_digest(input);
    group.mutable_references()->rbegin()->set_relation(pb::RELATION_GROUPS);
  }
  group.mutable_grouping()->set_action(pb::GROUPING_ACTION_GROUP);
  group.mutable_grouping()->set_title("a fictional group");
  group.mutable_grouping()->set_reason("fictional");
  declare(Publish(group), 2);
  pb::GetReadingPlanRequest request;
  request.set_cycle("2028");
  request.set_readers_per_input(3);
  const auto plan = GetReadingPlan(*As(kSeat1), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  std::vector<std::string> shares;
  for (const pb::ReadingShare& share : plan->shares()) {
    std::vector<std::string> titles;
    for (const pb::EventSummary& one : share.inputs()) titles.push_back(one.title());
    shares.push_back(absl::StrJoin(titles, " "));
  }
  EXPECT_THAT(shares, ElementsAre("two three", "one", "one two three", "one two three"));
}

TEST_F(ViewsTest, TheBoardShowsAveragesWhenTheEvaluationIsOver) {
  const std::string decision = Publish(DecisionDraft({Signal(kNri, "input")}));
  for (int seat = 1; seat <= 3; ++seat) Evaluate(decision, seat, 2 + seat);
  Evaluate(decision, 4, 0, /*conflict=*/true);
  pb::GetBoardRequest request;
  request.set_cycle("2027");
  const auto during = GetBoard(*As(kPartner), request);
  ASSERT_TRUE(during.ok()) << during.status();
  EXPECT_EQ(during->withheld_until(), "2027-01-31");
  EXPECT_EQ(during->candidates(0).assessed(), 3u);
  EXPECT_EQ(during->candidates(0).recused(), 1u);
  EXPECT_FALSE(during->candidates(0).criteria(0).shown());
  EXPECT_EQ(during->candidates(0).score(), 0);

  const auto after = GetBoard(*As(kPartner, "2027-02-01"), request);
  ASSERT_TRUE(after.ok());
  EXPECT_TRUE(after->candidates(0).criteria(0).shown());
  EXPECT_EQ(after->candidates(0).criteria(0).average(), 4);
  EXPECT_EQ(after->candidates(0).rank(), 1u);
  EXPECT_TRUE(after->candidates(0).fits());
  EXPECT_EQ(after->left().slots(), 0u);
  EXPECT_EQ(GetBoard(*As(kSeat1), request)->candidates(0).rank(), 1u);
}

TEST_F(ViewsTest, AnEvaluationThatIsTakenBackCountsInNoVersion) {
  const std::string decision = Publish(DecisionDraft({Signal(kNri, "input")}));
  const std::string first = Evaluate(decision, 1, 5);
  pb::Draft later = Naming("org/igf-mag/seat-1", decision, pb::RELATION_EVALUATES);
  later.set_audience("igf/mag");
  pb::Reference& revises = *later.add_references();
  revises.set_digest(first);
  revises.set_relation(pb::RELATION_REVISES);
  later.mutable_evaluation()->add_scores()->set_criterion("relevance");
  later.mutable_evaluation()->mutable_scores(0)->set_score(4);
  Publish(later);
  pb::GetBoardRequest request;
  request.set_cycle("2027");
  EXPECT_EQ(GetBoard(*As(""), request)->candidates(0).assessed(), 1u);
  Retract("org/igf-mag/seat-1", first, "igf/mag");
  EXPECT_EQ(GetBoard(*As(""), request)->candidates(0).assessed(), 0u);
}

// Nobody can answer an objection that is not there any more: the domain's row stayed where a later
// version stood in it.
TEST_F(ViewsTest, AnObjectionThatIsTakenBackInALaterVersionBlocksNothing) {
  const std::string decision = Publish(DecisionDraft({Signal(kNri, "input")}));
  const std::string first = Stand(kPartner, decision, pb::POSITION_KIND_OBJECT);
  pb::Draft later = Naming(kPartner, decision, pb::RELATION_POSITION_ON);
  pb::Reference& revises = *later.add_references();
  revises.set_digest(first);
  revises.set_relation(pb::RELATION_REVISES);
  later.mutable_position()->set_kind(pb::POSITION_KIND_OBJECT);
  later.mutable_position()->set_reason("fictional");
  Publish(later);
  EXPECT_THAT(Decision(decision).missing(), ElementsAre("decision.answers"));
  Retract(kPartner, first);
  EXPECT_THAT(Decision(decision).missing(), IsEmpty());
  pb::Draft adopt = Naming(kSeat1, decision, pb::RELATION_REVISES);
  adopt.mutable_decision()->set_state(pb::DECISION_STATE_ADOPTED);
  adopt.mutable_decision()->set_title("a fictional proposal");
  Publish(adopt);
  EXPECT_EQ(Decision(decision).state(), pb::DECISION_STATE_ADOPTED);
}

TEST_F(ViewsTest, ADecisionSaysAllThatItLacks) {
  pb::Draft draft = DecisionDraft({});
  draft.mutable_decision()->clear_focus_question();
  draft.mutable_decision()->clear_steward();
  const std::string decision = Publish(draft);
  pb::Draft objection = Naming(kPartner, decision, pb::RELATION_POSITION_ON);
  objection.mutable_position()->set_kind(pb::POSITION_KIND_OBJECT);
  objection.mutable_position()->set_reason("a fictional objection");
  const std::string objected = Publish(objection);
  EXPECT_THAT(
      Decision(decision).missing(),
      ElementsAre("decision.focus_question", "decision.steward", "references", "decision.answers"));

  pb::Draft complete = DecisionDraft({Signal(kNri, "input")});
  pb::Reference& reference = *complete.add_references();
  reference.set_digest(decision);
  reference.set_relation(pb::RELATION_REVISES);
  pb::ObjectionAnswer& answer = *complete.mutable_decision()->add_answers();
  answer.set_objection(objected);
  answer.set_answer("a fictional answer");
  Publish(complete);
  const pb::DecisionView view = Decision(decision);
  EXPECT_THAT(view.missing(), IsEmpty());
  ASSERT_EQ(view.positions_size(), 1);
  EXPECT_TRUE(view.positions(0).answered());
  EXPECT_EQ(view.versions_size(), 2);
  EXPECT_EQ(view.considered_size(), 1);
}

// The view took any steward, the rules one of the MAG.
TEST_F(ViewsTest, WhatADecisionLacksIsWhatARefusalNames) {
  pb::Draft draft = DecisionDraft({Signal(kNri, "input")});
  draft.mutable_decision()->set_steward(kPartner);
  const std::string decision = Publish(draft);
  EXPECT_THAT(Decision(decision).missing(), ElementsAre("decision.steward"));
  pb::Draft adopt = Naming(kSeat1, decision, pb::RELATION_REVISES);
  adopt.mutable_decision()->set_state(pb::DECISION_STATE_ADOPTED);
  adopt.mutable_decision()->set_title("a fictional proposal");
  const absl::Status refused = hub_.Publish(adopt).status();
  EXPECT_EQ(record::ReasonOf(refused), record::Reason::kAdoptionIncomplete);
  const auto violations = record::FieldViolationsOf(refused);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, "decision.steward");
}

TEST_F(ViewsTest, ADecisionLacksWhatItConsidersOnceThatIsTakenBack) {
  const std::string input = Signal(kNri, "input");
  const std::string decision = Publish(DecisionDraft({input}));
  const std::string by_group =
      Publish(DecisionDraft({Group({input, Signal(kPartner, "the same")})}));
  Retract(kNri, input);
  EXPECT_THAT(Decision(decision).missing(), ElementsAre("references"));
  EXPECT_THAT(Decision(by_group).missing(), IsEmpty());
}

// Merging versions as messages made them two of everything.
TEST_F(ViewsTest, VersionsOfADecisionAddUpWithoutRepetition) {
  const std::string decision = Publish(DecisionDraft({Signal(kNri, "input")}));
  for (int version = 0; version < 2; ++version) {
    pb::Draft draft = DecisionDraft({});
    pb::Reference& reference = *draft.add_references();
    reference.set_digest(decision);
    reference.set_relation(pb::RELATION_REVISES);
    draft.mutable_decision()->set_priority(7 + version);
    Publish(draft);
  }
  const pb::DecisionView view = Decision(decision);
  EXPECT_EQ(view.facts().stated_size(), 4);
  EXPECT_EQ(view.facts().priority(), 8u);
  EXPECT_EQ(view.versions_size(), 3);
}

TEST_F(ViewsTest, AProgressThatIsTakenBackDoesNotUndoTheStep) {
  pb::Draft draft = DecisionDraft({Signal(kNri, "input")});
  draft.mutable_decision()->set_state(pb::DECISION_STATE_ADOPTED);
  const std::string decision = Publish(draft);
  pb::Draft progress = Naming(kPartner, decision, pb::RELATION_REPORTS_ON);
  progress.mutable_progress()->set_percent(40);
  progress.mutable_progress()->set_text("fictional");
  Retract(kPartner, Publish(progress));
  const pb::DecisionView view = Decision(decision);
  EXPECT_EQ(view.state(), pb::DECISION_STATE_IN_PROGRESS);
  EXPECT_FALSE(view.has_progress());
  EXPECT_EQ(view.percent(), 0u);
}

TEST_F(ViewsTest, AnOutcomeThatIsTakenBackCompletesNothing) {
  pb::Draft draft = DecisionDraft({Signal(kNri, "input")});
  draft.mutable_decision()->set_state(pb::DECISION_STATE_ADOPTED);
  const std::string decision = Publish(draft);
  const auto deliver = [&](pb::TestResult result) {
    pb::Draft outcome = Naming(kPartner, decision, pb::RELATION_REPORTS_ON);
    outcome.mutable_outcome()->set_test_result(result);
    outcome.mutable_outcome()->set_product("fictional");
    return Publish(outcome);
  };
  const std::string first = deliver(pb::TEST_RESULT_MET);
  const std::string second = deliver(pb::TEST_RESULT_NOT_MET);
  Retract(kPartner, first);
  EXPECT_EQ(Decision(decision).state(), pb::DECISION_STATE_COMPLETED) << "it was corrected before";
  EXPECT_EQ(Decision(decision).test_result(), pb::TEST_RESULT_NOT_MET);
  Retract(kPartner, second);
  EXPECT_EQ(Decision(decision).state(), pb::DECISION_STATE_IN_PROGRESS);
  EXPECT_FALSE(Decision(decision).has_outcome());
  EXPECT_EQ(ContributionsOf(kNri)[0].state(), pb::CONTRIBUTION_STATE_DECIDED);
  deliver(pb::TEST_RESULT_PARTLY_MET);
  EXPECT_EQ(Decision(decision).state(), pb::DECISION_STATE_COMPLETED);
}

TEST_F(ViewsTest, WhoeverTakesTheLatestPositionBackHasNone) {
  const std::string decision = Publish(DecisionDraft({Signal(kNri, "input")}));
  Stand(kPartner, decision, pb::POSITION_KIND_OBJECT);
  EXPECT_THAT(Decision(decision).missing(), ElementsAre("decision.answers"));
  const std::string latest = Stand(kPartner, decision, pb::POSITION_KIND_SUPPORT);
  EXPECT_THAT(Decision(decision).missing(), IsEmpty());
  Retract(kPartner, latest);
  EXPECT_EQ(Decision(decision).positions_size(), 0);
  EXPECT_THAT(Decision(decision).missing(), IsEmpty());
}

TEST_F(ViewsTest, OnePositionForEachOrganisation) {
  const std::string signal = Signal(kNri, "input");
  for (pb::PositionKind kind : {pb::POSITION_KIND_RESERVE, pb::POSITION_KIND_SUPPORT}) {
    pb::Draft draft = Naming(kPartner, signal, pb::RELATION_POSITION_ON);
    draft.mutable_position()->set_kind(kind);
    draft.mutable_position()->set_reason("fictional");
    Publish(draft);
  }
  pb::ListPositionsRequest request;
  request.set_digest(signal);
  auto positions = ListPositions(*As(""), request, {});
  ASSERT_TRUE(positions.ok());
  EXPECT_EQ(positions->support(), 1u);
  EXPECT_EQ(positions->reserve(), 0u);
  EXPECT_EQ(positions->positions_size(), 1);
}

// Found in review: whoever was merged into a group stayed merged when there was no group any more.
TEST_F(ViewsTest, WhatWasMergedIntoADissolvedGroupWaitsAgain) {
  const std::string one = Signal(kNri, "one");
  const std::string two = Signal(kPartner, "two");
  const std::string group = Group({one, two});
  Dispose({one}, pb::DISPOSITION_KIND_NOTED);
  Dispose({one, two}, pb::DISPOSITION_KIND_MERGED, group);
  pb::ListUndisposedRequest request;
  request.set_cycle("2027");
  const auto waiting = [&] {
    auto list = ListUndisposed(*As(""), request, {});
    EXPECT_TRUE(list.ok()) << list.status();
    EXPECT_EQ(list->disposed() + list->undisposed(), 2u);
    EXPECT_EQ(static_cast<int>(list->undisposed()), list->inputs_size());
    return list->undisposed();
  };
  const auto of_two = [&] { return ContributionsOf(kPartner)[0].in_words(); };
  EXPECT_EQ(waiting(), 0u);
  EXPECT_EQ(of_two(), "merged with others that say the same");
  Group({}, group, pb::GROUPING_ACTION_DISSOLVE);
  EXPECT_EQ(waiting(), 1u);
  EXPECT_EQ(of_two(), "what it went into is no more, and it waits again");
  EXPECT_EQ(ContributionsOf(kNri)[0].in_words(), "noted");
  Group({one, two}, group);
  EXPECT_EQ(waiting(), 0u);
  EXPECT_EQ(of_two(), "merged with others that say the same");
  Group({}, group, pb::GROUPING_ACTION_DISSOLVE);
  Dispose({two}, pb::DISPOSITION_KIND_NOT_THIS_CYCLE);
  EXPECT_EQ(waiting(), 0u);
  EXPECT_EQ(of_two(), "not for this cycle");
}

// Found in review: the same of inputs that were taken back and of decisions that were withdrawn.
TEST_F(ViewsTest, WhatWentIntoSomethingThatIsGoneWaitsAgain) {
  const std::string base = Signal(kPartner, "base");
  const std::string merged = Signal(kNri, "merged");
  const std::string taken_up = Signal(kNri, "taken up");
  const std::string decision = Publish(DecisionDraft({}));
  Dispose({merged}, pb::DISPOSITION_KIND_MERGED, base);
  Dispose({taken_up}, pb::DISPOSITION_KIND_TAKEN_UP, decision);
  Dispose({base}, pb::DISPOSITION_KIND_NOTED);
  pb::ListUndisposedRequest request;
  request.set_cycle("2027");
  const auto waiting = [&] {
    std::vector<std::string> titles;
    const auto list = ListUndisposed(*As(""), request, {});
    EXPECT_TRUE(list.ok()) << list.status();
    for (const pb::EventSummary& input : list->inputs()) titles.push_back(input.title());
    EXPECT_EQ(list->undisposed(), titles.size());
    return titles;
  };
  EXPECT_THAT(waiting(), IsEmpty());
  Retract(kPartner, base);
  EXPECT_THAT(waiting(), ElementsAre("merged"));
  EXPECT_EQ(ContributionsOf(kNri)[0].in_words(),
            "what it went into is no more, and it waits again");
  EXPECT_EQ(ContributionsOf(kNri)[0].state(), pb::CONTRIBUTION_STATE_NOTHING_YET);
  EXPECT_EQ(ContributionsOf(kNri)[1].state(), pb::CONTRIBUTION_STATE_CONSIDERED);
  pb::Draft withdrawn = DecisionDraft({});
  withdrawn.add_references()->set_digest(decision);
  withdrawn.mutable_references(0)->set_relation(pb::RELATION_REVISES);
  withdrawn.mutable_decision()->set_state(pb::DECISION_STATE_WITHDRAWN);
  Publish(withdrawn);
  EXPECT_THAT(waiting(), ElementsAre("merged", "taken up"));
  Dispose({merged, taken_up}, pb::DISPOSITION_KIND_NOTED);
  EXPECT_THAT(waiting(), IsEmpty());
}

// Found in review: an organisation and two of its desks were three who support.
TEST_F(ViewsTest, AnOrganisationCountsOnceWithAllItsDesks) {
  const std::string signal = Signal(kNri, "input");
  for (const char* author : {"org/fictional-partner", "org/fictional-partner/a",
                             "org/fictional-partner/b", "org/fictional-other"}) {
    pb::Draft draft = Naming(author, signal, pb::RELATION_POSITION_ON);
    draft.mutable_position()->set_kind(pb::POSITION_KIND_SUPPORT);
    Publish(draft);
  }
  pb::ListPositionsRequest request;
  request.set_digest(signal);
  auto positions = ListPositions(*As(""), request, {});
  ASSERT_TRUE(positions.ok());
  EXPECT_EQ(positions->support(), 2u);
  EXPECT_EQ(positions->positions_size(), 4);
}

// Found in review: whoever was named read along, and had no conflict to declare.
TEST_F(ViewsTest, OnlySeatsShareTheReading) {
  Signal(kNri, "one");
  pb::GetReadingPlanRequest request;
  request.set_cycle("2027");
  for (const char* member : {"org/igf-mag/seat-2", "org/apc", "x", "org/igf-mag",
                             "org/igf-mag/seat-99", "org/igf-mag/seat-1/a"}) {
    request.add_members(member);
  }
  const auto violations = record::FieldViolationsOf(GetReadingPlan(*As(kSeat1), request).status());
  std::vector<std::string> fields;
  for (const record::FieldViolation& violation : violations) fields.push_back(violation.field);
  EXPECT_THAT(fields,
              ElementsAre("members[1]", "members[2]", "members[3]", "members[4]", "members[5]"));
}

TEST_F(ViewsTest, ACycleOpensWithWhatTheLastOneLeft) {
  pb::Draft draft = DecisionDraft({Signal(kNri, "input")});
  draft.set_cycle("2026");
  Publish(draft);
  pb::GetCycleOpeningRequest request;
  request.set_cycle("2027");
  auto opening = GetCycleOpening(*As(""), request);
  ASSERT_TRUE(opening.ok()) << opening.status();
  EXPECT_EQ(opening->from_cycle(), "2026");
  ASSERT_EQ(opening->unfinished_size(), 1);
  EXPECT_EQ(opening->unfinished(0).decision().title(), "a fictional proposal");
  request.set_cycle("1999");
  EXPECT_EQ(record::ReasonOf(GetCycleOpening(*As(""), request).status()),
            record::Reason::kFieldInvalid);
}

TEST_F(ViewsTest, ProgressStartsTheWorkAnOutcomeCompletesItAndACarryOverTakesItAlong) {
  pb::Draft draft = DecisionDraft({Signal(kNri, "input")});
  draft.set_cycle("2026");
  draft.mutable_decision()->set_state(pb::DECISION_STATE_ADOPTED);
  const std::string decision = Publish(draft);
  pb::Draft progress = Naming(kPartner, decision, pb::RELATION_REPORTS_ON);
  progress.set_cycle("2026");
  progress.mutable_progress()->set_percent(40);
  progress.mutable_progress()->set_text("fictional");
  Publish(progress);
  EXPECT_EQ(Decision(decision).state(), pb::DECISION_STATE_IN_PROGRESS);
  EXPECT_EQ(Decision(decision).percent(), 40u);

  pb::Draft carried = Naming(kSecretariat, decision, pb::RELATION_CARRIES_OVER);
  carried.mutable_carry_over()->set_from_cycle("2026");
  carried.mutable_carry_over()->set_to_cycle("2027");
  carried.mutable_carry_over()->set_reason("fictional");
  Publish(carried);
  pb::GetCycleOpeningRequest request;
  request.set_cycle("2027");
  EXPECT_EQ(GetCycleOpening(*As(""), request)->carried_over_size(), 1);
  pb::ListDecisionsRequest decisions;
  decisions.set_cycle("2027");
  EXPECT_EQ(ListDecisions(*As(""), decisions, {})->decisions_size(), 1);

  pb::Draft outcome = Naming(kPartner, decision, pb::RELATION_REPORTS_ON);
  outcome.mutable_outcome()->set_test_result(pb::TEST_RESULT_MET);
  outcome.mutable_outcome()->set_product("fictional");
  Publish(outcome);
  EXPECT_EQ(Decision(decision).state(), pb::DECISION_STATE_COMPLETED);
  EXPECT_EQ(ContributionsOf(kNri)[0].state(), pb::CONTRIBUTION_STATE_OUTCOME);
  EXPECT_EQ(GetCycleOpening(*As(""), request)->outcomes_size(), 1);
}

TEST_F(ViewsTest, FormatsAreSuggestedFromWhatTheCycleHasLeft) {
  pb::SuggestFormatsRequest request;
  request.set_outcome("ask-of-organisation");
  request.mutable_time_frame()->set_ends_on("2027-06-30");
  request.set_cycle("2027");
  auto advice = SuggestFormats(*As(""), request);
  ASSERT_TRUE(advice.ok()) << advice.status();
  EXPECT_EQ(advice->advice(0).name(), "liaison-letter");
  EXPECT_TRUE(advice->advice(0).fits());
  EXPECT_EQ(advice->left().slots(), 1u);
  request.clear_time_frame();
  EXPECT_EQ(record::ReasonOf(SuggestFormats(*As(""), request).status()),
            record::Reason::kFieldInvalid);
}

TEST_F(ViewsTest, WhatWasErasedIsNoWordsAndStillCounts) {
  const std::string input = Signal(kNri, "words to erase");
  pb::Draft draft =
      testing::RedactionDraft(kNri, record::Hash::FromBytes(input), pb::SECTION_KIND_CONTENT);
  Publish(draft);
  const auto seen = ContributionsOf(kNri);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].input().title(), "");
}

}  // namespace
}  // namespace liaison::views
