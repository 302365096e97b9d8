// What is said to become of inputs, through a hub that commits. Everybody and everything here is
// fictional.

#include "server/domain/dispositions.h"

#include "absl/strings/str_cat.h"
#include "server/domain/rows.h"
#include "tests/unit/server/domain/rules_fixture.h"

namespace liaison {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the language of this file
using ::testing::HasSubstr;

// Found in review: what became of an input was said where its author could not read it.
TEST_F(RulesTest, WhoMayReadAnInputMayReadWhatBecameOfIt) {
  Said(AudienceOf("igf/wg-fictional", 1, {kOther, kMag}));
  Said(AudienceOf("igf/wg-fictional", 2, {kPartner, kMag, kSecretariat}));
  Said(AudienceOf("igf/wg-fictional", 3, {kSeat1}));
  const auto input = [&](const char* author, const char* audience) {
    return Said(For(audience, SignalBy(author)));
  };
  const struct {
    const char* author;
    const char* audience;
    std::vector<const char*> may, may_not;
  } cases[] = {
      {kPartner, "igf/public", {"igf/public"}, {"igf/partners", "igf/mag", "igf/wg-fictional@2"}},
      {kPartner, "igf/partners", {"igf/partners", "igf/public"}, {"igf/mag", "igf/wg-fictional@2"}},
      {kPartner, "igf/mag", {"igf/partners", "igf/wg-fictional@2", "igf/public"}, {"igf/mag"}},
      {kSeat2, "igf/mag", {"igf/mag", "igf/wg-fictional@2"}, {"igf/wg-fictional@1"}},
      {kOther,
       "igf/wg-fictional@1",
       {"igf/wg-fictional@1", "igf/partners"},
       {"igf/mag", "igf/wg-fictional@2"}},
      {kSeat1, "igf/wg-fictional@3", {"igf/wg-fictional@1", "igf/mag"}, {}},
      {kStranger, "igf/partners", {"igf/public"}, {"igf/partners"}},
  };
  for (const auto& c : cases) {
    const auto disposition = [&](const char* audience) {
      return For(audience,
                 DispositionOf({input(c.author, c.audience)}, pb::DISPOSITION_KIND_NOTED, kSeat1));
    };
    for (const char* audience : c.may) Said(disposition(audience));
    for (const char* audience : c.may_not) {
      Refused(disposition(audience), Reason::kFieldInvalid, {"audience"},
              absl::StrCat(c.author, " for ", c.audience, " and ", audience, ": "));
    }
  }
  const absl::Status refused =
      Refusal(For("igf/mag", DispositionOf({input(kSeat1, "igf/mag"), input(kPartner, "igf/mag")},
                                           pb::DISPOSITION_KIND_NOTED)),
              Reason::kFieldInvalid, {"audience"});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(record::FieldViolationsOf(refused)[0].description, HasSubstr("for igf/partners"));
}

// Found in review: an input was merged into itself, into a position, into what was there no more.
TEST_F(RulesTest, InputsGoIntoWhatStandsAndNotIntoThemselves) {
  const Hash a = Said(SignalBy(kPartner));
  const Hash b = Said(SignalBy(kOther));
  const Hash c = Said(ReportBy(kNri));
  const Hash group = Said(GroupOf({a, b}));
  const auto into = [](const Hash& what, const Hashes& inputs,
                       pb::DispositionKind kind = pb::DISPOSITION_KIND_MERGED) {
    return Into(what, DispositionOf(inputs, kind));
  };
  constexpr char kInto[] = "disposition.into";
  Unsuitable(into(a, {a}), kInto);
  Unsuitable(into(Said(AmendmentOf(a, kPartner)), {a}), kInto);
  Unsuitable(into(Said(PositionOn(a, kOther, pb::POSITION_KIND_SUPPORT)), {a}), kInto);
  Unsuitable(into(c, {c}, pb::DISPOSITION_KIND_TAKEN_UP), kInto);
  Retracted(into(Gone(SignalBy(kPartner)), {a}), kInto);
  Said(into(b, {a}));
  Said(into(c, {b}));
  Unsuitable(into(a, {c}), kInto);  // by way of b
  Said(into(group, {a}));
  Said(DissolutionOf(group));
  Unsuitable(into(group, {b}), kInto);
  Said(into(Proposed(), {a}, pb::DISPOSITION_KIND_TAKEN_UP));
}

// Found in review: a reason could not be put right, and an amendment of it changed nothing.
TEST_F(RulesTest, ALaterVersionOfADispositionSaysItAgain) {
  const Hash a = Said(SignalBy(kPartner));
  const Hash b = Said(SignalBy(kOther));
  const Hash c = Said(ReportBy(kNri));
  const Hash first = Said(DispositionOf({a, b}, pb::DISPOSITION_KIND_NOTED));
  const auto again = [&](const Hashes& inputs, pb::DispositionKind kind) {
    return Revising(first, DispositionOf(inputs, kind));
  };
  Said(again({b, a}, pb::DISPOSITION_KIND_NOTED));
  Said(again({a, b, c}, pb::DISPOSITION_KIND_NOTED));
  Refused(again({b}, pb::DISPOSITION_KIND_NOTED), Reason::kTargetUnsuitable,
          {"disposition.inputs", "disposition.inputs"});
  Unsuitable(AmendmentOf(first, kSecretariat));
  Refused(DispositionOf({a}, pb::DISPOSITION_KIND_NOTED), Reason::kTransitionNotAllowed,
          {"disposition.inputs[0]"});
  Said(again({a, b, c}, pb::DISPOSITION_KIND_NOT_THIS_CYCLE));
  Said(RetractionOf(a, kPartner));
  Said(again({b, c}, pb::DISPOSITION_KIND_NOT_THIS_CYCLE));
}

TEST_F(RulesTest, WhatWasDisposedOfAgainIsNotMovedByALaterVersionOfTheFirst) {
  const Hash a = Said(SignalBy(kPartner));
  const Hash b = Said(SignalBy(kOther));
  const Hash first = Said(DispositionOf({a, b}, pb::DISPOSITION_KIND_NOTED));
  Said(DispositionOf({a}, pb::DISPOSITION_KIND_PASSED_ON));
  Said(Revising(first, DispositionOf({a, b}, pb::DISPOSITION_KIND_NOTED)));
  Unsuitable(Revising(first, DispositionOf({a, b}, pb::DISPOSITION_KIND_NOT_THIS_CYCLE)),
             "disposition.inputs[0]");
  Said(DispositionOf({a}, pb::DISPOSITION_KIND_NOTED));  // for it was passed on to the end
}

// Found in review: what was taken up went into nothing, into what was over, or out of sight.
TEST_F(RulesTest, WhatTakesAnInputUpStandsWhereItsReadersSeeIt) {
  const Hash a = Said(SignalBy(kPartner));
  const Hash of_the_mag = Said(For("igf/mag", SignalBy(kSeat1)));
  const auto taking_up = [](const Hash& into, const Hashes& inputs) {
    return Into(into, DispositionOf(inputs, pb::DISPOSITION_KIND_TAKEN_UP));
  };
  constexpr char kInto[] = "disposition.into";
  Unsuitable(DispositionOf({a}, pb::DISPOSITION_KIND_TAKEN_UP), kInto);
  for (const pb::DecisionState over : {pb::DECISION_STATE_WITHDRAWN, pb::DECISION_STATE_DECLINED}) {
    const Hash decision = Proposed();
    Said(Revising(decision, DecisionIn(over)));
    Unsuitable(taking_up(decision, {a}), kInto);
  }
  const Hash hidden = Said(For("igf/mag", DecisionIn(pb::DECISION_STATE_PROPOSED)));
  Unsuitable(taking_up(hidden, {a}), kInto);
  Unsuitable(Into(of_the_mag, DispositionOf({a}, pb::DISPOSITION_KIND_MERGED)), kInto);
  Said(For("igf/mag", taking_up(hidden, {of_the_mag})));
  Said(taking_up(Proposed(), {a}));
}

TEST_F(RulesTest, WhatWentIntoSomethingThatIsGoneIsDisposedOfAnew) {
  const Hash a = Said(SignalBy(kPartner));
  const auto noted = [&] { return DispositionOf({a}, pb::DISPOSITION_KIND_NOTED); };
  const Hash decision = Proposed();
  const Hash taken = Said(Into(decision, DispositionOf({a}, pb::DISPOSITION_KIND_TAKEN_UP)));
  Refused(noted(), Reason::kTransitionNotAllowed, {"disposition.inputs[0]"});
  Said(Revising(decision, DecisionIn(pb::DECISION_STATE_WITHDRAWN)));
  // With another reason, it is still what was said.
  Said(Revising(taken, Into(decision, DispositionOf({a}, pb::DISPOSITION_KIND_TAKEN_UP))));
  Said(noted());
  const Hash b = Said(SignalBy(kOther));
  const Hash c = Said(SignalBy(kOther));
  Said(Into(b, DispositionOf({c}, pb::DISPOSITION_KIND_TAKEN_UP)));
  Said(RetractionOf(b, kOther));
  Said(DispositionOf({c}, pb::DISPOSITION_KIND_NOTED));
}

TEST_F(RulesTest, AnInputIsPassedOnToSomebodyWhomTheHubKnows) {
  const Hash a = Said(SignalBy(kPartner));
  pb::Draft draft = DispositionOf({a}, pb::DISPOSITION_KIND_PASSED_ON);
  draft.mutable_disposition()->set_passed_to("org/fictional-partnr");
  const absl::Status refused = Refusal(draft, Reason::kTargetUnsuitable, {"disposition.passed_to"});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(record::FieldViolationsOf(refused)[0].description,
              HasSubstr("did you mean org/fictional-partner?"));
  draft.set_channel(pb::CHANNEL_IMPORT);
  Said(draft);
  draft = DispositionOf({a}, pb::DISPOSITION_KIND_PASSED_ON);
  draft.mutable_disposition()->set_passed_to("org/fictional-partner/desk");
  Said(draft);
}

// A disposition says what becomes of an input in a cycle; the next one says it anew.
TEST_F(RulesTest, WhatWasCarriedOverIsDisposedOfAnew) {
  const Hash a = Said(SignalBy(kPartner));
  Said(CycleOf("2028", pb::CYCLE_STATE_OPEN));
  const auto put_off = [&](const char* cycle) {
    pb::Draft draft = DispositionOf({a}, pb::DISPOSITION_KIND_NOT_THIS_CYCLE);
    draft.set_cycle(cycle);
    return draft;
  };
  Said(put_off("2027"));
  Refused(put_off("2028"), Reason::kTransitionNotAllowed, {"disposition.inputs[0]"});
  Said(CarryOverOf({a}, "2027", "2028"));
  Refused(put_off("2027"), Reason::kTransitionNotAllowed, {"disposition.inputs[0]"});
  Said(put_off("2028"));
  Refused(put_off("2028"), Reason::kTransitionNotAllowed, {"disposition.inputs[0]"});
}

// Who reads changes: what is hidden from somebody by now may be said again where he sees it.
TEST_F(RulesTest, WhatBecameOfAnInputIsSaidAgainToWhoCameLater) {
  Said(AudienceOf("igf/wg-fictional", 1, {kMag, kSecretariat}));
  const Hash signal = Said(For("igf/mag", SignalBy(kSeat1)));
  const auto noted = [&](const char* audience) {
    return For(audience, DispositionOf({signal}, pb::DISPOSITION_KIND_NOTED));
  };
  Said(noted("igf/wg-fictional@1"));
  const std::vector<std::string> field = {"disposition.inputs[0]"};
  Refused(noted("igf/mag"), Reason::kTransitionNotAllowed, field);
  Said(RegistrationOf("org/fictional-other-mag", pb::ORGANISATION_KIND_MAG));
  Said(noted("igf/mag"));
  Refused(noted("igf/mag"), Reason::kTransitionNotAllowed, field);
}

TEST_F(RulesTest, InputsTakeTheStepsOfTheirTableAllAtOnce) {
  const Hash a = Said(SignalBy(kPartner));
  const Hash b = Said(SignalBy(kPartner));
  const Hash c = Said(ReportBy(kNri));
  Said(Into(Proposed(), DispositionOf({a, c}, pb::DISPOSITION_KIND_TAKEN_UP)));
  const absl::Status refused =
      Refusal(DispositionOf({a, b, c}, pb::DISPOSITION_KIND_NOTED), Reason::kTransitionNotAllowed,
              {"disposition.inputs[0]", "disposition.inputs[2]"});
  EXPECT_EQ(record::MetadataOf(refused, "state"), "taken up");
  Said(DispositionOf({b}, pb::DISPOSITION_KIND_NOTED));
}

}  // namespace
}  // namespace liaison
