// What is refused with a way out of it: what asks nobody, what is kept with nobody, what is counted
// where it does not belong, what was answered by mistake.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/fictional_igf.h"
#include "tests/unit/server/domain/rules_fixture.h"

namespace liaison::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class WayOutTest : public RulesTest {};

// Found in review: the refusal said that another response follows, and that nothing more is
// possible.
TEST_F(WayOutTest, WhoeverAnsweredByMistakeIsToldWhatCanBeDone) {
  const Hash request = Said(RequestTo(kPartner, kOther));
  const Hash answer = Said(ResponseTo(request, kPartner, pb::RESPONSE_KIND_ANSWER));
  for (const absl::Status& refused :
       {Refusal(RetractionOf(answer, kPartner), Reason::kTargetUnsuitable, {"references[0]"}),
        Refusal(ResponseTo(request, kPartner, pb::RESPONSE_KIND_COUNTER),
                Reason::kTransitionNotAllowed, {})}) {
    EXPECT_THAT(std::string(refused.message()), HasSubstr("an amendment of the response"));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("asked anew, by another request"));
    EXPECT_THAT(std::string(refused.message()), Not(HasSubstr("nothing more")));
  }
  Said(AmendmentOf(answer, kPartner));
  EXPECT_THAT(std::string(Refusal(RetractionOf(Proposed(), kSeat1), Reason::kTargetUnsuitable,
                                  {"references[0]"})
                              .message()),
              HasSubstr("DECISION_STATE_WITHDRAWN"));
}

// Found in review: it was kept with an organisation that nobody knows.
TEST_F(WayOutTest, ALiaisonIsBetweenOrganisationsThatAreKnown) {
  const auto between = [](const std::string& from, const std::string& to) {
    return By(kSecretariat, LiaisonBetween(from, to, pb::LIAISON_ACTION_ESTABLISH));
  };
  Refused(between(kPartner, "org/nobody-here"), Reason::kFieldInvalid, {"liaison.to"});
  Refused(between("org/nobody-here", "org/nor-here"), Reason::kFieldInvalid,
          {"liaison.from", "liaison.to"});
  Said(between(kPartner, kOther));
}

// Found in review: an action was asked of nobody.
TEST_F(WayOutTest, WhatAsksForAnActionAsksSomebody) {
  pb::Draft draft = SignalBy(kPartner);
  draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
  Refused(draft, Reason::kFieldInvalid, {"addressees"});
  draft.add_addressees(kOther);
  Said(draft);
  pb::Draft imported = SignalBy(kSecretariat);
  imported.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
  imported.set_channel(pb::CHANNEL_IMPORT);
  Said(imported);
}

// Found in review: it was counted in a cycle that had nothing to do with the work.
TEST_F(WayOutTest, WhatIsReportedIsOfACycleThatTheDecisionIsIn) {
  Said(CycleOf("2027", pb::CYCLE_STATE_OPEN));
  Said(CycleOf("2028", pb::CYCLE_STATE_OPEN));
  const auto in = [](const char* cycle, pb::Draft draft) {
    draft.set_cycle(cycle);
    return draft;
  };
  const Hash input = Said(in("2027", SignalBy(kPartner)));
  const Hash decision =
      Said(in("2027", Considering({input}, DecisionIn(pb::DECISION_STATE_PROPOSED))));
  Said(
      in("2027", Considering({input}, Revising(decision, DecisionIn(pb::DECISION_STATE_ADOPTED)))));
  Refused(in("2028", ProgressOn(decision, kSecretariat)), Reason::kFieldInvalid, {"cycle"});
  Refused(in("2028", OutcomeOf(decision, kSecretariat)), Reason::kFieldInvalid, {"cycle"});
  Said(in("2027", ProgressOn(decision, kSecretariat)));
  Said(in("", ProgressOn(decision, kSecretariat)));
  Said(CarryOverOf({decision}, "2027", "2028"));
  Said(in("2028", ProgressOn(decision, kSecretariat)));
  Said(in("2027", ProgressOn(decision, kSecretariat)));
}

}  // namespace
}  // namespace liaison::testing
