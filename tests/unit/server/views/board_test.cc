// What work that was adopted already holds, the board gives to nobody else.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/server/views/views_fixture.h"

namespace liaison::views {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BoardTest : public ViewsTest {
 protected:
  // Slots that are left, by the board where nobody competes, and by what formats are suggested
  // from.
  struct Left {
    uint32_t on_the_board;
    uint32_t for_formats;
  };

  pb::GetBoardResponse Board(const std::string& as = kSeat1) {
    pb::GetBoardRequest request;
    request.set_cycle("2027");
    const auto board = GetBoard(*As(as), request);
    EXPECT_TRUE(board.ok()) << board.status();
    return *board;
  }
  Left SlotsLeft() {
    pb::SuggestFormatsRequest request;
    request.set_outcome("key-messages");
    request.mutable_time_frame()->set_ends_on("2027-12-31");
    request.set_cycle("2027");
    const auto advice = SuggestFormats(*As(kSeat1), request);
    EXPECT_TRUE(advice.ok()) << advice.status();
    return {Board().left().slots(), advice->left().slots()};
  }
  void ExpectSlotsLeft(uint32_t slots, const std::string& when) {
    const Left left = SlotsLeft();
    EXPECT_EQ(left.on_the_board, slots) << when;
    EXPECT_EQ(left.for_formats, slots) << when;
  }
  // Of what is on the board, by sequence: `adopted 12`.
  std::vector<std::string> Held() {
    std::vector<std::string> held;
    const pb::GetBoardResponse board = Board();
    for (const pb::BoardHolding& one : board.held()) {
      held.push_back(absl::StrCat(pb::DecisionState_Name(one.state()), " ", one.takes().slots()));
    }
    return held;
  }
  void Say(const std::string& decision, pb::DecisionState state) {
    pb::Draft draft = DecisionDraft({});
    pb::Reference& revises = *draft.add_references();
    revises.set_digest(decision);
    revises.set_relation(pb::RELATION_REVISES);
    draft.mutable_decision()->set_state(state);
    Publish(draft);
  }
  void Deliver(const std::string& decision) {
    pb::Draft outcome = Naming(kPartner, decision, pb::RELATION_REPORTS_ON);
    outcome.mutable_outcome()->set_test_result(pb::TEST_RESULT_MET);
    outcome.mutable_outcome()->set_product("fictional");
    Publish(outcome);
  }
};

// Found in review: the board gave the one slot away a second time, and gave it back to everybody
// once the work was done.
TEST_F(BoardTest, WhatAdoptedWorkHoldsIsLeftToNobody) {
  ExpectSlotsLeft(1, "before anything");
  const std::string decision = Publish(DecisionDraft({Signal(kNri, "input")}));
  ExpectSlotsLeft(1, "a proposal holds nothing");
  Say(decision, pb::DECISION_STATE_ADOPTED);
  ExpectSlotsLeft(0, "adopted");
  EXPECT_THAT(Board().candidates(), IsEmpty()) << "it competes with nothing any more";
  EXPECT_THAT(Held(), ElementsAre("DECISION_STATE_ADOPTED 1"));
  Say(decision, pb::DECISION_STATE_IN_PROGRESS);
  ExpectSlotsLeft(0, "under way");
  Deliver(decision);
  ExpectSlotsLeft(0, "completed in this cycle");
  EXPECT_THAT(Held(), ElementsAre("DECISION_STATE_COMPLETED 1"));
  EXPECT_EQ(Board().capacity().slots(), 1u);
  EXPECT_EQ(Board().held_capacity().slots(), 1u);
}

TEST_F(BoardTest, ACandidateFitsIntoWhatIsNotHeld) {
  const std::string input = Signal(kNri, "input");
  pb::Draft adopted = DecisionDraft({input});
  adopted.mutable_decision()->set_state(pb::DECISION_STATE_ADOPTED);
  Publish(adopted);
  const std::string rival = Publish(DecisionDraft({input}));
  for (int seat = 1; seat <= 3; ++seat) Evaluate(rival, seat, 5);
  const pb::GetBoardResponse board = Board();
  ASSERT_EQ(board.candidates_size(), 1);
  EXPECT_EQ(board.candidates(0).rank(), 1u);
  EXPECT_FALSE(board.candidates(0).fits());
  EXPECT_EQ(board.candidates(0).why_not(),
            "slots: takes 1, 0 left; hours: takes 2, 0 left; "
            "people: takes 6, 0 left");
}

TEST_F(BoardTest, WhatIsAdoptedIncompleteHoldsWhatItsFormatTakesOnceThatIsKnown) {
  pb::Draft draft = DecisionDraft({});
  draft.mutable_decision()->set_state(pb::DECISION_STATE_ADOPTED_INCOMPLETE);
  draft.mutable_decision()->clear_work_format();
  const std::string decision = Publish(draft);
  ExpectSlotsLeft(1, "in which format, nobody said");
  EXPECT_THAT(Held(), IsEmpty());
  Say(decision, pb::DECISION_STATE_ADOPTED_INCOMPLETE);
  ExpectSlotsLeft(0, "in a main session");
  EXPECT_THAT(Held(), ElementsAre("DECISION_STATE_ADOPTED_INCOMPLETE 1"));
}

TEST_F(BoardTest, WhatIsDeferredOrWithdrawnHoldsNothing) {
  for (const pb::DecisionState state :
       {pb::DECISION_STATE_DEFERRED, pb::DECISION_STATE_WITHDRAWN}) {
    pb::Draft draft = DecisionDraft({Signal(kNri, "input")});
    draft.mutable_decision()->set_state(pb::DECISION_STATE_ADOPTED);
    const std::string decision = Publish(draft);
    ExpectSlotsLeft(0, "adopted");
    Say(decision, state);
    ExpectSlotsLeft(1, pb::DecisionState_Name(state));
  }
}

TEST_F(BoardTest, AConflictAboutAGroupIsOneAboutWhatIsInIt) {
  const std::string one = Signal(kNri, "one");
  const std::string two = Signal(kNri, "two");
  const std::string group = Group({one, two});
  for (int seat = 1; seat <= 2; ++seat) Evaluate(one, seat, 3);
  Evaluate(two, 3, 3);
  Evaluate(group, 1, 0, /*conflict=*/true);
  Evaluate(group, 4, 5);  // a score of the group is none of its members'
  const auto seen = [this] {
    std::vector<std::string> said;
    const pb::GetBoardResponse board = Board();
    for (const pb::BoardCandidate& candidate : board.candidates()) {
      said.push_back(absl::StrCat(candidate.candidate().title(), ": ", candidate.assessed(),
                                  " assessed, ", candidate.recused(), " recused"));
    }
    return said;
  };
  EXPECT_THAT(seen(), ElementsAre("one: 1 assessed, 1 recused", "two: 1 assessed, 1 recused"));
  Group({}, group, pb::GROUPING_ACTION_DISSOLVE);
  EXPECT_THAT(seen(), ElementsAre("one: 2 assessed, 0 recused", "two: 1 assessed, 0 recused"));
}

TEST_F(BoardTest, MoreMayBeHeldThanThereIs) {
  for (int i = 0; i < 3; ++i) {
    pb::Draft draft = DecisionDraft({Signal(kNri, "input")});
    draft.mutable_decision()->set_state(pb::DECISION_STATE_ADOPTED);
    Publish(draft);
  }
  ExpectSlotsLeft(0, "three slots of one");
  EXPECT_EQ(Board().held_capacity().slots(), 3u);
}

}  // namespace
}  // namespace liaison::views
