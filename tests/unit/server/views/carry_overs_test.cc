// What one cycle leaves to the next, over a hub that commits. Everybody and everything here is
// fictional.

#include "server/views/carry_overs.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "tests/unit/server/views/views_fixture.h"

namespace liaison::views {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class CarriedOverTest : public ViewsTest {
 protected:
  CarriedOverTest() { PublishCycle("2028", "2028-01-10", "2028-01-31"); }

  pb::Draft InLastCycle(pb::Draft draft) {
    draft.set_cycle("2026");
    return draft;
  }
  void DeclareInLastCycle(int seat, const std::string& candidate) {
    pb::Draft draft = InLastCycle(
        Naming(absl::StrCat("org/igf-mag/seat-", seat), candidate, pb::RELATION_EVALUATES));
    draft.set_audience("igf/mag");
    draft.mutable_evaluation()->set_conflict(true);
    Publish(draft);
  }
  std::string SignalInLastCycle(const std::string& title) {
    return Publish(InLastCycle(SignalDraft(kNri, title)));
  }
  void CarryOver(const std::vector<std::string>& items, const std::string& from = "2026",
                 const std::string& to = "2027") {
    pb::Draft draft = Draft(kSecretariat);
    for (const std::string& item : items) {
      draft.add_references()->set_digest(item);
      draft.mutable_references()->rbegin()->set_relation(pb::RELATION_CARRIES_OVER);
    }
    draft.mutable_carry_over()->set_from_cycle(from);
    draft.mutable_carry_over()->set_to_cycle(to);
    draft.mutable_carry_over()->set_reason("fictional");
    Publish(draft);
  }
  // `2 disposed; waiting: one, two`
  std::string Triage(const std::string& cycle) {
    pb::ListUndisposedRequest request;
    request.set_cycle(cycle);
    const auto seen = ListUndisposed(*As(""), request, {});
    EXPECT_TRUE(seen.ok()) << seen.status();
    std::vector<std::string> titles;
    for (const pb::EventSummary& input : seen->inputs()) titles.push_back(input.title());
    EXPECT_EQ(seen->undisposed(), titles.size());
    return absl::StrCat(seen->disposed(), " disposed; waiting: ", absl::StrJoin(titles, ", "));
  }
  std::vector<std::string> ToRead(const std::string& cycle) {
    pb::GetReadingPlanRequest request;
    request.set_cycle(cycle);
    request.set_readers_per_input(1);
    const auto plan = GetReadingPlan(*As(kSeat1), request);
    EXPECT_TRUE(plan.ok()) << plan.status();
    std::vector<std::string> titles;
    for (const pb::ReadingShare& share : plan->shares()) {
      for (const pb::EventSummary& input : share.inputs()) titles.push_back(input.title());
    }
    return titles;
  }
  pb::GetBoardResponse Board(const std::string& cycle) {
    pb::GetBoardRequest request;
    request.set_cycle(cycle);
    const auto board = GetBoard(*As(kSeat1), request);
    EXPECT_TRUE(board.ok()) << board.status();
    return *board;
  }
  pb::GetCycleOpeningResponse Opening(const std::string& cycle) {
    pb::GetCycleOpeningRequest request;
    request.set_cycle(cycle);
    const auto opening = GetCycleOpening(*As(""), request);
    EXPECT_TRUE(opening.ok()) << opening.status();
    return *opening;
  }
};

TEST_F(CarriedOverTest, TheCycleBeforeIsTheOneThatBeganBefore) {
  PublishCycle("fictional-9", "2029-01-10", "2029-01-31");
  PublishCycle("fictional-10", "2030-01-10", "2030-01-31");
  PublishCycle("fictional-11", "2031-01-10", "2031-01-31");
  EXPECT_EQ(Opening("fictional-11").from_cycle(), "fictional-10");
  EXPECT_EQ(Opening("fictional-10").from_cycle(), "fictional-9");
  EXPECT_EQ(Opening("fictional-9").from_cycle(), "2028");
  EXPECT_EQ(Opening("2026").from_cycle(), "");
}

TEST_F(CarriedOverTest, AnInputWaitsInTheNextCycleAndNoMoreInTheLast) {
  const std::string late = SignalInLastCycle("late");
  const std::string put_off = SignalInLastCycle("put off");
  SignalInLastCycle("left behind");
  Dispose({put_off}, pb::DISPOSITION_KIND_NOT_THIS_CYCLE);
  EXPECT_EQ(Triage("2026"), "1 disposed; waiting: late, left behind");
  CarryOver({late, put_off});
  EXPECT_EQ(Triage("2026"), "1 disposed; waiting: left behind");
  EXPECT_EQ(Triage("2027"), "0 disposed; waiting: late, put off");
  EXPECT_THAT(ToRead("2026"), ElementsAre("left behind"));
  EXPECT_THAT(ToRead("2027"), UnorderedElementsAre("late", "put off"));
  EXPECT_EQ(Opening("2027").undisposed_size(), 1);
  EXPECT_EQ(Opening("2027").carried_over_size(), 2);
  EXPECT_EQ(ContributionsOf(kNri)[0].in_words(), "carried over to 2027");
  EXPECT_EQ(ContributionsOf(kNri)[1].in_words(), "not for this cycle; carried over to 2027");

  Dispose({put_off}, pb::DISPOSITION_KIND_NOTED);
  EXPECT_EQ(Triage("2027"), "1 disposed; waiting: late");
  CarryOver({late}, "2027", "2028");
  EXPECT_EQ(Triage("2027"), "1 disposed; waiting: ");
  EXPECT_EQ(Triage("2028"), "0 disposed; waiting: late");
}

TEST_F(CarriedOverTest, PuttingAReasonRightDisposesOfNothingInTheNextCycle) {
  const std::string input = SignalInLastCycle("put off");
  const std::string said = Dispose({input}, pb::DISPOSITION_KIND_NOT_THIS_CYCLE);
  CarryOver({input});
  const auto again = [&](pb::DispositionKind kind) {
    pb::Draft draft = Naming(kSecretariat, said, pb::RELATION_REVISES);
    draft.mutable_disposition()->add_inputs()->set_input(input);
    draft.mutable_disposition()->mutable_inputs(0)->set_kind(kind);
    draft.mutable_disposition()->set_reason("another reason");
    Publish(draft);
  };
  again(pb::DISPOSITION_KIND_NOT_THIS_CYCLE);
  EXPECT_EQ(ContributionsOf(kNri)[0].dispositions(0).reason(), "another reason");
  EXPECT_EQ(Triage("2027"), "0 disposed; waiting: put off");
  again(pb::DISPOSITION_KIND_NOTED);
  EXPECT_EQ(Triage("2027"), "1 disposed; waiting: ");
}

TEST_F(CarriedOverTest, WhatIsTakenBackWaitsNowhere) {
  const std::string input = SignalInLastCycle("taken back");
  CarryOver({input});
  Retract(kNri, input);
  EXPECT_EQ(Triage("2026"), "0 disposed; waiting: ");
  EXPECT_EQ(Triage("2027"), "0 disposed; waiting: ");
  EXPECT_THAT(ToRead("2027"), IsEmpty());
}

TEST_F(CarriedOverTest, ContributionsToACycleAreThoseCarriedIntoItToo) {
  CarryOver({SignalInLastCycle("carried")});
  SignalInLastCycle("left behind");
  pb::ListContributionsRequest request;
  request.set_contributor(kNri);
  request.set_cycle("2027");
  const auto list = ListContributions(*As(""), request, {});
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->contributions_size(), 1);
  EXPECT_EQ(list->contributions(0).input().title(), "carried");
}

TEST_F(CarriedOverTest, ACandidateIsOnTheNextBoardWithTheScoresOfThatCycle) {
  const std::string input = SignalInLastCycle("a candidate");
  const std::string decision = Publish(InLastCycle(DecisionDraft({input})));
  PublishCycle("2026", "2027-01-10", "2027-01-31");
  for (const std::string& candidate : {input, decision}) DeclareInLastCycle(1, candidate);
  EXPECT_EQ(Board("2026").candidates_size(), 2);
  EXPECT_EQ(Board("2027").candidates_size(), 0);
  CarryOver({input, decision});
  pb::GetBoardResponse board = Board("2027");
  ASSERT_EQ(board.candidates_size(), 2);
  for (const pb::BoardCandidate& candidate : board.candidates()) {
    EXPECT_EQ(candidate.recused(), 1u) << "who declared a conflict, has it";
  }
  Evaluate(input, 2, 4);
  board = Board("2027");
  for (const pb::BoardCandidate& candidate : board.candidates()) {
    const bool is_input = candidate.candidate().digest() == input;
    EXPECT_EQ(candidate.assessed(), is_input ? 1u : 0u);
    EXPECT_EQ(candidate.recused(), 1u);
  }
  board = Board("2026");
  for (const pb::BoardCandidate& candidate : board.candidates()) {
    EXPECT_EQ(candidate.assessed(), 0u);
    EXPECT_EQ(candidate.recused(), 1u);
  }
}

// Found in review: whoever had declared a conflict had none on the next board.
TEST_F(CarriedOverTest, AConflictComesAlongAndDoesNotGoBack) {
  const std::string input = SignalInLastCycle("a candidate");
  PublishCycle("2026", "2027-01-10", "2027-01-31");
  CarryOver({input});
  const auto counts = [&](const std::string& cycle) {
    const pb::GetBoardResponse board = Board(cycle);
    if (board.candidates_size() != 1) return std::string("none");
    return absl::StrCat(board.candidates(0).assessed(), " assessed, ",
                        board.candidates(0).recused(), " recused");
  };
  const auto is_asked_for_scores = [&](const std::string& who) {
    pb::GetDigestRequest request;
    request.set_cycle("2027");
    const auto digest = GetDigest(*As(who), request);
    return digest.ok() && absl::StrContains(digest->ShortDebugString(), "neither evaluated");
  };
  Evaluate(input, 2, 4);
  EXPECT_TRUE(is_asked_for_scores(kSeat1));
  DeclareInLastCycle(1, input);
  EXPECT_EQ(counts("2027"), "1 assessed, 1 recused");
  EXPECT_FALSE(is_asked_for_scores(kSeat1));
  DeclareInLastCycle(2, input);
  EXPECT_EQ(counts("2027"), "0 assessed, 2 recused") << "though it had scored";
  Evaluate(input, 3, 0, /*conflict=*/true);
  EXPECT_EQ(counts("2027"), "0 assessed, 3 recused");
  EXPECT_EQ(counts("2026"), "0 assessed, 2 recused");
}

TEST_F(CarriedOverTest, ARequestIsOpenInTheNextCycle) {
  pb::Draft ask = InLastCycle(SignalDraft(kNri, "please answer"));
  ask.add_addressees("org/igf-mag");
  ask.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
  const std::string request = Publish(ask);
  EXPECT_EQ(Opening("2027").open_requests_size(), 1);
  EXPECT_EQ(Opening("2028").open_requests_size(), 0);
  CarryOver({request});
  EXPECT_EQ(Opening("2027").open_requests_size(), 0);
  EXPECT_EQ(Opening("2028").open_requests_size(), 1);
}

TEST_F(CarriedOverTest, AnOpeningFromACycleThatIsNoneIsRefused) {
  pb::GetCycleOpeningRequest request;
  request.set_cycle("2027");
  request.set_from_cycle("2062");
  const absl::Status refused = GetCycleOpening(*As(""), request).status();
  ASSERT_EQ(record::FieldViolationsOf(refused).size(), 1u);
  EXPECT_EQ(record::FieldViolationsOf(refused)[0].field, "from_cycle");
}

}  // namespace
}  // namespace liaison::views
