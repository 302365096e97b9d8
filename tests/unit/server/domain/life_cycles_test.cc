// Each life cycle, cell by cell: what every event leads to in every state, said a second time.
#include "server/domain/life_cycles.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "proto/record/errors.h"

namespace liaison::domain {
namespace {

// A row for each state, by its letter; a column for each event. A cell is the letter of the state
// that follows, or a dot where the event is refused.
template <typename State, typename Event>
void ExpectTable(const std::vector<std::pair<char, State>>& states,
                 const std::vector<Event>& events, const std::map<char, std::string>& rows,
                 size_t steps) {
  std::map<State, char> letters;
  for (const auto& [letter, state] : states) letters[state] = letter;
  ASSERT_EQ(rows.size(), states.size());
  size_t allowed = 0;
  for (const auto& [letter, from] : states) {
    const std::string& row = rows.at(letter);
    ASSERT_EQ(row.size(), events.size()) << letter;
    for (size_t i = 0; i < events.size(); ++i) {
      const auto step = Transition(from, events[i]);
      const std::string cell = std::string("from ") + letter + ", event " + std::to_string(i);
      if (row[i] != '.') {
        ++allowed;
        ASSERT_TRUE(step.ok()) << cell << ": " << step.status();
        EXPECT_EQ(letters.at(step->to), row[i]) << cell;
        continue;
      }
      ASSERT_FALSE(step.ok()) << cell;
      EXPECT_EQ(record::ReasonOf(step.status()), record::Reason::kTransitionNotAllowed) << cell;
      EXPECT_NE(record::MetadataOf(step.status(), "state"), "") << cell;
      EXPECT_NE(record::MetadataOf(step.status(), "event"), "") << cell;
    }
  }
  EXPECT_EQ(allowed, steps) << "a step stands twice in the table, or leads from nowhere";
}

const std::vector<std::pair<char, pb::DecisionState>> kDecisionStates = {
    {'N', pb::DECISION_STATE_UNSPECIFIED},     {'P', pb::DECISION_STATE_PROPOSED},
    {'C', pb::DECISION_STATE_IN_CONSULTATION}, {'I', pb::DECISION_STATE_ADOPTED_INCOMPLETE},
    {'A', pb::DECISION_STATE_ADOPTED},         {'W', pb::DECISION_STATE_IN_PROGRESS},
    {'X', pb::DECISION_STATE_COMPLETED},       {'F', pb::DECISION_STATE_DEFERRED},
    {'D', pb::DECISION_STATE_DECLINED},        {'Z', pb::DECISION_STATE_WITHDRAWN}};
const std::vector<DecisionEvent> kDecisionEvents = {
    DecisionEvent::kPropose,         DecisionEvent::kConsult,        DecisionEvent::kAdopt,
    DecisionEvent::kAdoptIncomplete, DecisionEvent::kStart,          DecisionEvent::kDefer,
    DecisionEvent::kDecline,         DecisionEvent::kWithdraw,       DecisionEvent::kRestate,
    DecisionEvent::kComplete,        DecisionEvent::kProgress,       DecisionEvent::kOutcome,
    DecisionEvent::kCarryOver,       DecisionEvent::kTakeOutcomeBack};

TEST(LifeCyclesTest, Decision) {
  ExpectTable(kDecisionStates, kDecisionEvents,
              {{'N', "PCAI.........."},
               {'P', ".CAI.FDZP...P."},
               {'C', "..AI.FDZC...C."},
               {'I', "..A.WF.ZI.W.I."},
               {'A', "....WF.ZA.WXA."},
               {'W', ".....F.ZW.WXW."},
               {'X', "........X..X.W"},
               {'F', "PCAI..DZ....P."},
               {'D', ".............."},
               {'Z', ".............."}},
              DecisionSteps().size());
}

// The MAG stands by what it chose: nothing is adopted, and no work begins, without all of it.
TEST(LifeCyclesTest, WhoeverAdoptsOrStartsHasEverythingAndWhoeverSaysNoSaysWhy) {
  for (const DecisionStep& step : DecisionSteps()) {
    Needs needs = Needs::kNothing;
    switch (step.event) {
      case DecisionEvent::kAdopt:
        needs = Needs::kAdoption;
        break;
      case DecisionEvent::kStart:
      case DecisionEvent::kProgress:
        if (step.from == pb::DECISION_STATE_ADOPTED_INCOMPLETE) needs = Needs::kAdoption;
        if (step.from == pb::DECISION_STATE_ADOPTED && step.event == DecisionEvent::kStart) {
          needs = Needs::kStaysAdopted;
        }
        break;
      case DecisionEvent::kRestate:
        if (step.from == pb::DECISION_STATE_ADOPTED ||
            step.from == pb::DECISION_STATE_IN_PROGRESS ||
            step.from == pb::DECISION_STATE_COMPLETED) {
          needs = Needs::kStaysAdopted;
        }
        break;
      case DecisionEvent::kDefer:
      case DecisionEvent::kDecline:
      case DecisionEvent::kWithdraw:
        needs = Needs::kReasons;
        break;
      default:
        break;
    }
    EXPECT_EQ(step.needs, needs) << pb::DecisionState_Name(step.from) << ", event "
                                 << static_cast<int>(step.event);
  }
}

TEST(LifeCyclesTest, WhatADecisionStatesIsTheEventThatLeadsThere) {
  for (const auto& [from_letter, from] : kDecisionStates) {
    for (const auto& [letter, stated] : kDecisionStates) {
      if (stated == pb::DECISION_STATE_UNSPECIFIED || stated == pb::DECISION_STATE_COMPLETED) {
        continue;  // nobody states the one, an outcome leads to the other
      }
      const auto step = Transition(from, EventOf(from, stated));
      if (!step.ok()) continue;
      EXPECT_EQ(step->to, stated) << from_letter << " to " << letter;
    }
  }
}

TEST(LifeCyclesTest, RequestIsClosedByALinkedResponseOnly) {
  ExpectTable<rows::RequestState, pb::ResponseKind>(
      {{'O', rows::REQUEST_STATE_OPEN},
       {'A', rows::REQUEST_STATE_ACCEPTED},
       {'C', rows::REQUEST_STATE_COUNTERED},
       {'D', rows::REQUEST_STATE_DECLINED},
       {'S', rows::REQUEST_STATE_ANSWERED}},
      {pb::RESPONSE_KIND_ACCEPT, pb::RESPONSE_KIND_COUNTER, pb::RESPONSE_KIND_DECLINE,
       pb::RESPONSE_KIND_ANSWER},
      {{'O', "ACDS"}, {'A', ".CDS"}, {'C', "ACDS"}, {'D', "AC.S"}, {'S', "...."}},
      RequestSteps().size());
}

TEST(LifeCyclesTest, Input) {
  ExpectTable<pb::DispositionKind, pb::DispositionKind>(
      {{'U', pb::DISPOSITION_KIND_UNSPECIFIED},
       {'T', pb::DISPOSITION_KIND_TAKEN_UP},
       {'M', pb::DISPOSITION_KIND_MERGED},
       {'P', pb::DISPOSITION_KIND_PASSED_ON},
       {'N', pb::DISPOSITION_KIND_NOTED},
       {'X', pb::DISPOSITION_KIND_NOT_THIS_CYCLE}},
      {pb::DISPOSITION_KIND_TAKEN_UP, pb::DISPOSITION_KIND_MERGED, pb::DISPOSITION_KIND_PASSED_ON,
       pb::DISPOSITION_KIND_NOTED, pb::DISPOSITION_KIND_NOT_THIS_CYCLE},
      {{'U', "TMPNX"},
       {'T', "TM..."},
       {'M', "TMPNX"},
       {'P', "TMPNX"},
       {'N', "TMP.X"},
       {'X', "TMPN."}},
      InputSteps().size());
}

TEST(LifeCyclesTest, Position) {
  ExpectTable<pb::PositionKind, pb::PositionKind>(
      {{'N', pb::POSITION_KIND_UNSPECIFIED},
       {'S', pb::POSITION_KIND_SUPPORT},
       {'R', pb::POSITION_KIND_RESERVE},
       {'O', pb::POSITION_KIND_OBJECT},
       {'G', pb::POSITION_KIND_WITHDRAWN}},
      {pb::POSITION_KIND_SUPPORT, pb::POSITION_KIND_RESERVE, pb::POSITION_KIND_OBJECT,
       pb::POSITION_KIND_WITHDRAWN},
      {{'N', "SRO."}, {'S', "SROG"}, {'R', "SROG"}, {'O', "SROG"}, {'G', "SRO."}},
      PositionSteps().size());
}

TEST(LifeCyclesTest, WhatWasRetractedIsRevisedNoMore) {
  ExpectTable<ChainState, ChainEvent>(
      {{'O', ChainState::kOriginal}, {'V', ChainState::kRevised}, {'T', ChainState::kRetracted}},
      {ChainEvent::kRevise, ChainEvent::kRetract}, {{'O', "VT"}, {'V', "VT"}, {'T', ".."}},
      ChainSteps().size());
}

TEST(LifeCyclesTest, ATranslationGoesStaleWithItsSource) {
  ExpectTable<TranslationState, TranslationEvent>(
      {{'N', TranslationState::kNone},
       {'F', TranslationState::kFresh},
       {'S', TranslationState::kStale}},
      {TranslationEvent::kTranslateLatest, TranslationEvent::kTranslateEarlier,
       TranslationEvent::kSourceRevised},
      {{'N', "FS."}, {'F', "F.S"}, {'S', "FSS"}}, TranslationSteps().size());
}

TEST(LifeCyclesTest, AGroupingIsReversible) {
  ExpectTable<GroupingState, pb::GroupingAction>(
      {{'N', GroupingState::kNone},
       {'G', GroupingState::kGrouped},
       {'D', GroupingState::kDissolved}},
      {pb::GROUPING_ACTION_GROUP, pb::GROUPING_ACTION_DISSOLVE},
      {{'N', "G."}, {'G', "GD"}, {'D', "G."}}, GroupingSteps().size());
}

TEST(LifeCyclesTest, AConflictOnceDeclaredStays) {
  ExpectTable<EvaluationState, EvaluationEvent>(
      {{'N', EvaluationState::kNone},
       {'S', EvaluationState::kScored},
       {'R', EvaluationState::kRecused}},
      {EvaluationEvent::kScore, EvaluationEvent::kDeclareConflict},
      {{'N', "SR"}, {'S', "SR"}, {'R', ".."}}, EvaluationSteps().size());
}

TEST(LifeCyclesTest, Cycle) {
  ExpectTable<CyclePhase, CycleEvent>(
      {{'N', CyclePhase::kNone}, {'O', CyclePhase::kOpen}, {'C', CyclePhase::kClosed}},
      {CycleEvent::kOpen, CycleEvent::kClose}, {{'N', "O."}, {'O', "OC"}, {'C', ".."}},
      CycleSteps().size());
}

TEST(LifeCyclesTest, Liaison) {
  ExpectTable<LiaisonState, pb::LiaisonAction>(
      {{'N', LiaisonState::kNone}, {'A', LiaisonState::kActive}, {'E', LiaisonState::kEnded}},
      {pb::LIAISON_ACTION_ESTABLISH, pb::LIAISON_ACTION_END},
      {{'N', "A."}, {'A', "AE"}, {'E', "A."}}, LiaisonSteps().size());
}

}  // namespace
}  // namespace liaison::domain
