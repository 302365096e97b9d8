// What one cycle leaves to the next, through a hub that commits. Everybody and everything here is
// fictional.

#include "server/domain/carry_over.h"

#include "tests/unit/server/domain/rules_fixture.h"

namespace liaison {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the language of this file

TEST_F(RulesTest, WhatIsOverIsNotCarriedOver) {
  const Hash done = Adopted();
  Said(OutcomeOf(done, kPartner));
  const Hash open = Proposed();
  Said(CycleOf("2028", pb::CYCLE_STATE_OPEN));
  const absl::Status refused = Refusal(CarryOverOf({open, done}, "2027", "2028"),
                                       Reason::kTransitionNotAllowed, {"references[1]"});
  EXPECT_EQ(record::MetadataOf(refused, "state"), "completed");
  Said(CarryOverOf({open, Said(SignalBy(kPartner)), Said(SupportRequestBy(kNri, kMag))}, "2027",
                   "2028"));
}

TEST_F(RulesTest, WhatIsCarriedOverIsOfTheCycleThatItIsSaidToComeFrom) {
  for (const char* cycle : {"2026", "2028", "2029"}) Said(CycleOf(cycle, pb::CYCLE_STATE_OPEN));
  const Hash signal = Said(SignalBy(kPartner));
  const Hash decision = Proposed();
  const Hash request = Said(SupportRequestBy(kNri, kMag));
  pb::Draft of_none = SignalBy(kPartner);
  of_none.clear_cycle();
  const Hash anytime = Said(of_none);
  Refused(CarryOverOf({signal, anytime, decision, request}, "2026", "2028"),
          Reason::kTargetUnsuitable, {"references[0]", "references[2]", "references[3]"});
  Said(CarryOverOf({signal, anytime, decision, request}, "2027", "2028"));
  Refused(CarryOverOf({signal, decision}, "2027", "2028"), Reason::kTargetUnsuitable,
          {"references[0]", "references[1]"});
  Said(CarryOverOf({signal, decision, request}, "2028", "2029"));
}

// Found in review: what was carried on could be carried from the first cycle again.
TEST_F(RulesTest, WhatWasCarriedOnIsCarriedFromWhereItIs) {
  for (const char* cycle : {"2028", "2029"}) Said(CycleOf(cycle, pb::CYCLE_STATE_OPEN));
  const Hash signal = Said(SignalBy(kPartner));
  const Hash decision = Proposed();
  Said(CarryOverOf({signal, decision}, "2027", "2028"));
  Refused(CarryOverOf({signal, decision}, "2027", "2029"), Reason::kTargetUnsuitable,
          {"references[0]", "references[1]"});
  const Hash on = Said(CarryOverOf({signal, decision}, "2028", "2029"));
  Refused(CarryOverOf({signal}, "2028", "2029"), Reason::kTargetUnsuitable, {"references[0]"});
  Unsuitable(
      Naming(CarryOverOf({Said(SignalBy(kPartner))}, "2027", "2028"), pb::RELATION_REVISES, on),
      "references[1]");
}

TEST_F(RulesTest, WhatIsFinishedIsNotCarriedOver) {
  Said(CycleOf("2028", pb::CYCLE_STATE_OPEN));
  const Hash decision = Proposed();
  const Hash taken_up = Said(SignalBy(kPartner));
  Said(Into(decision, DispositionOf({taken_up}, pb::DISPOSITION_KIND_TAKEN_UP)));
  const Hash merged = Said(SignalBy(kPartner));
  const Hash base = Said(SignalBy(kOther));
  Said(Into(base, DispositionOf({merged}, pb::DISPOSITION_KIND_MERGED)));
  const Hash answered = Said(SupportRequestBy(kPartner, kMag));
  Said(ResponseTo(answered, kMag, pb::RESPONSE_KIND_ANSWER));
  // A request that was taken up and not answered is open as a request.
  const Hash request = Said(RequestTo(kMag, kPartner));
  Said(Into(decision, DispositionOf({request}, pb::DISPOSITION_KIND_TAKEN_UP)));
  const Hash put_off = Said(SignalBy(kPartner));
  Said(DispositionOf({put_off}, pb::DISPOSITION_KIND_NOT_THIS_CYCLE));
  Refused(CarryOverOf({taken_up, merged, answered, request, put_off}, "2027", "2028"),
          Reason::kTargetUnsuitable, {"references[0]", "references[1]", "references[2]"});
  Said(RetractionOf(base, kOther));
  Said(CarryOverOf({merged, request, put_off}, "2027", "2028"));
}

TEST_F(RulesTest, AllThatIsWrongWithACarryOverIsNamedAtOnce) {
  Said(CycleOf("2028", pb::CYCLE_STATE_OPEN));
  const Hash done = Adopted();
  Said(OutcomeOf(done, kPartner));
  const Hash gone = Gone(SignalBy(kPartner));
  const Hash open = Said(SignalBy(kPartner));
  Refused(For("igf/mag", CarryOverOf({done, open, gone, open,
                                      Said(PositionOn(open, kOther, pb::POSITION_KIND_SUPPORT))},
                                     "2027", "2028")),
          Reason::kTargetUnsuitable,
          {"references[3]", "references[4]", "references[2]", "references[0]", "audience"});
  // Hidden from those who read what it carries, it would be in another cycle for each.
  Refused(For("igf/mag", CarryOverOf({open}, "2027", "2028")), Reason::kFieldInvalid, {"audience"});
  Said(For("igf/mag",
           CarryOverOf({Said(For("igf/mag", SignalBy(kSeat1)))}, "2027", "2028", kSecretariat)));
}

TEST_F(RulesTest, OnlyACarryOverTakesADecisionToAnotherCycle) {
  Said(CycleOf("2028", pb::CYCLE_STATE_OPEN));
  const Hash decision = Proposed();
  const auto restated = [&](const char* cycle) {
    pb::Draft draft = Revising(decision, DecisionIn(pb::DECISION_STATE_PROPOSED));
    draft.set_cycle(cycle);
    return draft;
  };
  Refused(restated("2028"), Reason::kFieldInvalid, {"cycle"});
  Said(CarryOverOf({decision}, "2027", "2028"));
  Refused(restated("2027"), Reason::kFieldInvalid, {"cycle"});
  Said(restated("2028"));
  Said(restated(""));
}

}  // namespace
}  // namespace liaison
