// What adoption asks for: all that is missing or wrong, named at once. Everybody and everything
// here is fictional.

#include "server/domain/adoption.h"

#include <functional>
#include <utility>

#include "tests/unit/server/domain/rules_fixture.h"

namespace liaison {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the language of this file
using ::testing::HasSubstr;

class AdoptionTest : public RulesTest {};

const std::vector<std::string> kAskedForByAdoption = {"decision.focus_question",
                                                      "decision.priority",
                                                      "decision.time_frame",
                                                      "decision.outcome_product",
                                                      "decision.outcome_owner",
                                                      "decision.outcome_due_on",
                                                      "decision.outcome_test",
                                                      "decision.work_format",
                                                      "decision.steward",
                                                      "decision.reasons",
                                                      "references"};

TEST_F(AdoptionTest, AdoptionIsToldAllThatIsMissingAtOnce) {
  Refused(BareDecisionIn(pb::DECISION_STATE_ADOPTED), Reason::kAdoptionIncomplete,
          kAskedForByAdoption);
  const Hash decision = Said(BareDecisionIn(pb::DECISION_STATE_PROPOSED));
  Objection(decision, kPartner);
  Objection(decision, kOther);
  std::vector<std::string> fields = kAskedForByAdoption;
  fields.insert(fields.end(), {"decision.answers", "decision.answers"});
  Refused(Revising(decision, BareDecisionIn(pb::DECISION_STATE_ADOPTED)),
          Reason::kAdoptionIncomplete, fields);
}

TEST_F(AdoptionTest, EachThingThatAdoptionAsksForIsMissedByItself) {
  const Hash input = Said(SignalBy(kPartner));
  const std::vector<std::pair<const char*, std::function<void(pb::Draft*)>>> cases = {
      {"decision.focus_question",
       [](pb::Draft* d) { d->mutable_decision()->clear_focus_question(); }},
      {"decision.priority", [](pb::Draft* d) { d->mutable_decision()->clear_priority(); }},
      {"decision.time_frame", [](pb::Draft* d) { d->mutable_decision()->clear_time_frame(); }},
      {"decision.time_frame",
       [](pb::Draft* d) { d->mutable_decision()->mutable_time_frame()->clear_ends_on(); }},
      {"decision.outcome_product",
       [](pb::Draft* d) { d->mutable_decision()->clear_outcome_product(); }},
      {"decision.outcome_owner",
       [](pb::Draft* d) { d->mutable_decision()->clear_outcome_owner(); }},
      {"decision.outcome_due_on",
       [](pb::Draft* d) { d->mutable_decision()->clear_outcome_due_on(); }},
      {"decision.outcome_test", [](pb::Draft* d) { d->mutable_decision()->clear_outcome_test(); }},
      {"decision.work_format", [](pb::Draft* d) { d->mutable_decision()->clear_work_format(); }},
      {"decision.steward", [](pb::Draft* d) { d->mutable_decision()->clear_steward(); }},
      {"decision.steward", [](pb::Draft* d) { d->mutable_decision()->set_steward(kPartner); }},
      {"decision.reasons", [](pb::Draft* d) { d->mutable_decision()->clear_reasons(); }},
      {"references", [](pb::Draft* d) { d->clear_references(); }},
  };
  for (const auto& [field, take_out] : cases) {
    pb::Draft draft = Considering({input}, DecisionIn(pb::DECISION_STATE_ADOPTED));
    take_out(&draft);
    Refused(draft, Reason::kAdoptionIncomplete, {field});
  }
  Said(Considering({input}, DecisionIn(pb::DECISION_STATE_ADOPTED)));
}

// Found in review: what was there was not looked at. What is due ends with the work, who makes it
// and who stands by it are known.
TEST_F(AdoptionTest, WhatAdoptionAsksForFitsAsWell) {
  const Hash input = Said(SignalBy(kPartner));
  const std::vector<std::pair<const char*, std::function<void(pb::Decision*)>>> cases = {
      {"decision.outcome_due_on", [](pb::Decision* d) { d->set_outcome_due_on("2027-01-31"); }},
      {"decision.outcome_due_on", [](pb::Decision* d) { d->set_outcome_due_on("2028-01-01"); }},
      {"decision.outcome_owner", [](pb::Decision* d) { d->set_outcome_owner(kStranger); }},
      {"decision.steward", [](pb::Decision* d) { d->set_steward(kMag); }},
      {"decision.steward", [](pb::Decision* d) { d->set_steward("org/igf-mag/seat-9999"); }},
      {"decision.steward", [](pb::Decision* d) { d->set_steward("org/igf-mag/seat-1/a"); }},
  };
  for (const auto& [field, spoil] : cases) {
    pb::Draft draft = Considering({input}, DecisionIn(pb::DECISION_STATE_ADOPTED));
    spoil(draft.mutable_decision());
    Refused(draft, Reason::kAdoptionIncomplete, {field});
  }
  pb::Draft draft = DecisionIn(pb::DECISION_STATE_ADOPTED);
  draft.mutable_decision()->set_outcome_owner(kStranger);
  draft.mutable_decision()->set_outcome_due_on("2028-01-01");
  draft.mutable_decision()->set_steward(kPartner);
  Refused(draft, Reason::kAdoptionIncomplete,
          {"decision.outcome_owner", "decision.outcome_due_on", "decision.steward", "references"});
  draft = Considering({input}, DecisionIn(pb::DECISION_STATE_ADOPTED));
  draft.mutable_decision()->set_outcome_owner("org/fictional-partner/desk");
  draft.mutable_decision()->set_outcome_due_on("2027-12-31");
  Said(draft);
}

TEST_F(AdoptionTest, NothingIsAdoptedForADayThatIsOver) {
  const Hash input = Said(SignalBy(kPartner));
  pb::Draft draft = Considering({input}, DecisionIn(pb::DECISION_STATE_ADOPTED));
  draft.mutable_decision()->mutable_time_frame()->set_starts_on("2026-01-01");
  draft.mutable_decision()->set_outcome_due_on("2027-01-13");
  Refused(draft, Reason::kAdoptionIncomplete, {"decision.outcome_due_on"});
  draft.mutable_decision()->mutable_time_frame()->set_ends_on("2027-01-13");
  Refused(draft, Reason::kAdoptionIncomplete, {"decision.time_frame", "decision.outcome_due_on"});
  // It was, years ago; but that is for the secretariat to write down.
  draft.set_channel(pb::CHANNEL_IMPORT);
  Refused(draft, Reason::kAdoptionIncomplete, {"decision.time_frame", "decision.outcome_due_on"});
  draft.set_author(kSecretariat);
  Said(draft);
}

// Found in review: once adopted, a decision could be restated with anybody as its steward.
TEST_F(AdoptionTest, WhatIsAdoptedStaysComplete) {
  const Hash decision = Adopted();
  const auto restated = [&](pb::DecisionState state, const std::string& steward) {
    pb::Draft draft = Revising(decision, BareDecisionIn(state));
    draft.mutable_decision()->set_steward(steward);
    return draft;
  };
  const std::vector<std::string> steward = {"decision.steward"};
  for (const pb::DecisionState state : {pb::DECISION_STATE_ADOPTED, pb::DECISION_STATE_IN_PROGRESS,
                                        pb::DECISION_STATE_IN_PROGRESS}) {
    Refused(restated(state, kPartner), Reason::kAdoptionIncomplete, steward);
    Said(restated(state, kSeat2));
  }
  Said(OutcomeOf(decision, kPartner));
  Refused(restated(pb::DECISION_STATE_COMPLETED, kPartner), Reason::kAdoptionIncomplete, steward);
  Said(restated(pb::DECISION_STATE_COMPLETED, kSeat1));
}

TEST_F(AdoptionTest, WhoObjectsLaterIsHeardAndLateWorkGoesOn) {
  const Hash decision = Adopted();
  Objection(decision);
  const auto restated = [&](const std::string& due_on) {
    pb::Draft draft = Revising(decision, DecisionIn(pb::DECISION_STATE_ADOPTED));
    if (!due_on.empty()) draft.mutable_decision()->set_outcome_due_on(due_on);
    return draft;
  };
  constexpr int64_t kYear_us = int64_t{365} * 86'400 * 1'000'000;
  hub_.PassTime(kYear_us);
  Said(restated(""));
  Refused(restated("2027-12-01"), Reason::kAdoptionIncomplete, {"decision.outcome_due_on"});
  pb::Draft later = restated("2028-03-01");
  later.mutable_decision()->mutable_time_frame()->set_ends_on("2028-03-31");
  Said(later);
}

TEST_F(AdoptionTest, WhatIsConsideredIsAnInput) {
  const Hash signal = Said(SignalBy(kPartner));
  const Hash report = Said(ReportBy(kNri));
  const Hash group = Said(GroupOf({signal, report}));
  const auto considering = [](const Hashes& what) {
    return Considering(what, DecisionIn(pb::DECISION_STATE_PROPOSED));
  };
  Refused(considering(
              {signal, Proposed(), Said(PositionOn(signal, kOther, pb::POSITION_KIND_SUPPORT))}),
          Reason::kTargetUnsuitable, {"references[1]", "references[2]"});
  Retracted(considering({Gone(SignalBy(kPartner))}));
  Said(considering({signal, report, group, Said(Revising(signal, SignalBy(kPartner)))}));
  Said(DissolutionOf(group));
  Unsuitable(considering({group}));
}

TEST_F(AdoptionTest, BlankWordsAreMissing) {
  const Hash input = Said(SignalBy(kPartner));
  pb::Draft draft = Considering({input}, DecisionIn(pb::DECISION_STATE_ADOPTED));
  draft.mutable_decision()->set_focus_question("  ");
  draft.mutable_decision()->set_outcome_product("\u200b");
  draft.mutable_decision()->set_outcome_test("\n");
  draft.mutable_decision()->set_reasons("\t\u00a0");
  Refused(draft, Reason::kAdoptionIncomplete,
          {"decision.focus_question", "decision.outcome_product", "decision.outcome_test",
           "decision.reasons"});
  const Hash decision = ToAdopt();
  draft = Adopting(decision, {Objection(decision)});
  draft.mutable_decision()->mutable_answers(0)->set_answer(" \u2060");
  Refused(draft, Reason::kAdoptionIncomplete, {"decision.answers"});
}

TEST_F(AdoptionTest, WhatEarlierVersionsSaidNeedNotBeSaidAgain) {
  const Hash input = Said(SignalBy(kPartner));
  const Hash decision = Said(Considering({input}, DecisionIn(pb::DECISION_STATE_PROPOSED)));
  Said(Revising(decision, BareDecisionIn(pb::DECISION_STATE_ADOPTED)));
}

TEST_F(AdoptionTest, WorkDoesNotStartUntilTheDecisionIsComplete) {
  const Hash decision = Said(BareDecisionIn(pb::DECISION_STATE_ADOPTED_INCOMPLETE));
  Refused(Revising(decision, BareDecisionIn(pb::DECISION_STATE_IN_PROGRESS)),
          Reason::kAdoptionIncomplete, kAskedForByAdoption);
  Refused(ProgressOn(decision, kSecretariat), Reason::kAdoptionIncomplete, kAskedForByAdoption);
  const Hash input = Said(SignalBy(kPartner));
  Said(Revising(decision, Considering({input}, DecisionIn(pb::DECISION_STATE_ADOPTED_INCOMPLETE))));
  Said(ProgressOn(decision, kSeat1));
}

TEST_F(AdoptionTest, AdoptionAnswersTheObjections) {
  const Hash input = Said(SignalBy(kPartner));
  const Hash decision = Said(Considering({input}, DecisionIn(pb::DECISION_STATE_PROPOSED)));
  const Hash first = Objection(decision, kPartner);
  const Hash second = Objection(decision, kOther);
  const auto adopt = [&](const Hashes& answered) {
    return Revising(decision, Answering(answered, DecisionIn(pb::DECISION_STATE_ADOPTED)));
  };
  Refused(adopt({}), Reason::kAdoptionIncomplete, {"decision.answers", "decision.answers"});
  Refused(adopt({first}), Reason::kAdoptionIncomplete, {"decision.answers"});
  Said(Revising(decision, Answering({second}, DecisionIn(pb::DECISION_STATE_IN_CONSULTATION))));
  Said(adopt({first}));
}

TEST_F(AdoptionTest, AnObjectionThatWasGivenUpNeedsNoAnswer) {
  const Hash input = Said(SignalBy(kPartner));
  const Hash decision = Said(Considering({input}, DecisionIn(pb::DECISION_STATE_PROPOSED)));
  Objection(decision, kPartner);
  const Hash taken_back = Objection(decision, kOther);
  Said(PositionOn(decision, kPartner, pb::POSITION_KIND_SUPPORT));
  Said(RetractionOf(taken_back, kOther));
  Said(Revising(decision, DecisionIn(pb::DECISION_STATE_ADOPTED)));
}

// Found by comparing with the views: rows were kept by author, so that what the secretariat wrote
// down for one organisation took the place of what it had written down for another.
TEST_F(AdoptionTest, ObjectionsRecordedForTwoBothWaitForAnAnswer) {
  const Hash decision = ToAdopt();
  const Hash first = Said(RecordedFor(kPartner, ObjectionTo(decision)));
  const Hash second = Said(RecordedFor(kOther, ObjectionTo(decision)));
  const absl::Status refused = Refusal(Adopting(decision, {}), Reason::kAdoptionIncomplete,
                                       {"decision.answers", "decision.answers"});
  const auto missing = record::FieldViolationsOf(refused);
  ASSERT_EQ(missing.size(), 2u);
  EXPECT_THAT(missing[0].description, HasSubstr(kOther));
  EXPECT_THAT(missing[1].description, HasSubstr(kPartner));
  Said(Revising(decision, Answering({second}, DecisionIn(pb::DECISION_STATE_IN_CONSULTATION))));
  Refused(Adopting(decision, {}), Reason::kAdoptionIncomplete, {"decision.answers"});
  Said(Adopting(decision, {first}));
}

TEST_F(AdoptionTest, WhatIsRecordedForAnOrganisationIsItsOneCurrentPosition) {
  const Hash decision = ToAdopt();
  Said(RecordedFor(kPartner, ObjectionTo(decision)));
  Said(PositionOn(decision, kPartner, pb::POSITION_KIND_WITHDRAWN));
  const Hash own = Said(PositionOn(decision, kOther, pb::POSITION_KIND_RESERVE));
  Said(RecordedFor(kOther, PositionOn(decision, kSecretariat, pb::POSITION_KIND_SUPPORT)));
  Objection(decision, kSecretariat);
  Said(PositionOn(decision, kSecretariat, pb::POSITION_KIND_WITHDRAWN));
  Said(RetractionOf(own, kOther));
  Said(Adopting(decision, {}));
}

// Found in review: the secretariat could take an objection off the record and adopt.
TEST_F(AdoptionTest, OnlyWhoObjectsTakesTheObjectionBack) {
  const Hash decision = ToAdopt();
  const Hash earlier = Said(PositionOn(decision, kOther, pb::POSITION_KIND_RESERVE));
  const Hash own = Objection(decision, kOther);
  const Hash desk = Objection(decision, "org/fictional-partner/desk");
  const Hash support = Said(PositionOn(decision, kNri, pb::POSITION_KIND_SUPPORT));
  const auto in_its_place = [&](pb::PositionKind kind) {
    return RecordedFor(kOther, PositionOn(decision, kSecretariat, kind));
  };
  Said(RetractionOf(earlier, kSecretariat));  // which the objection has taken the place of
  NotPermitted(RetractionOf(own, kSecretariat));
  NotPermitted(RetractionOf(desk, kSecretariat));
  for (const pb::PositionKind kind : {pb::POSITION_KIND_SUPPORT, pb::POSITION_KIND_WITHDRAWN}) {
    NotPermitted(in_its_place(kind));
  }
  Refused(Adopting(decision, {}), Reason::kAdoptionIncomplete,
          {"decision.answers", "decision.answers"});
  Said(RetractionOf(support, kSecretariat));
  Said(RetractionOf(desk, kPartner));  // what stands above it answers for it
  Said(RetractionOf(own, kOther));
  Said(in_its_place(pb::POSITION_KIND_OBJECT));
  Said(in_its_place(pb::POSITION_KIND_WITHDRAWN));
  Said(Adopting(decision, {}));
}

// Nothing tells one individual from another: none takes the place of another's position.
TEST_F(AdoptionTest, ObjectionsOfIndividualsStandSideBySide) {
  const Hash decision = ToAdopt();
  const Hash first = Said(RecordedForSomebody(ObjectionTo(decision)));
  const Hash second = Said(RecordedForSomebody(ObjectionTo(decision)));
  const Hash third = Said(RecordedForSomebody(ObjectionTo(decision)));
  Said(PositionOn(decision, kSecretariat, pb::POSITION_KIND_SUPPORT));
  const absl::Status refused = Refusal(Adopting(decision, {second}), Reason::kAdoptionIncomplete,
                                       {"decision.answers", "decision.answers"});
  const auto missing = record::FieldViolationsOf(refused);
  ASSERT_EQ(missing.size(), 2u);
  EXPECT_THAT(missing[0].description, HasSubstr("an individual"));
  NotAllowed(RecordedForSomebody(PositionOn(decision, kSecretariat, pb::POSITION_KIND_WITHDRAWN)),
             "none");
  Said(Revising(
      first, RecordedForSomebody(PositionOn(decision, kSecretariat, pb::POSITION_KIND_WITHDRAWN))));
  Said(RetractionOf(third, kSecretariat));
  Said(Revising(decision, Answering({second}, DecisionIn(pb::DECISION_STATE_IN_CONSULTATION))));
  Said(Adopting(decision, {}));
}

// Whoever could record a position for another could take an objection off the record.
TEST_F(AdoptionTest, NoPartnerSpeaksInThePlaceOfAnother) {
  const Hash decision = ToAdopt();
  Objection(decision, kPartner);
  const auto support = [&](const std::string& author) {
    return PositionOn(decision, author, pb::POSITION_KIND_SUPPORT);
  };
  for (const char* author : {kOther, kNri, kMag, kSeat1}) {
    NotPermitted(RecordedFor(kPartner, support(author)));
    NotPermitted(RecordedForSomebody(support(author)));
  }
  Refused(Adopting(decision, {}), Reason::kAdoptionIncomplete, {"decision.answers"});
  Said(RecordedFor("org/fictional-other/desk", support(kOther)));
}

// Found in review: what the MAG could not read, it adopted past.
TEST_F(AdoptionTest, WhatIsSaidAboutADecisionIsForTheEyesOfTheMag) {
  Said(AudienceOf("igf/wg-partner", 1, {kPartner}));
  Said(AudienceOf("igf/wg-seat", 1, {kPartner, kSeat1, kSecretariat}));
  Said(AudienceOf("igf/wg-mag", 1, {kPartner, kMag, kSecretariat}));
  const Hash decision = Proposed();
  for (const char* hidden : {"igf/wg-partner@1", "igf/wg-seat@1"}) {
    const pb::Draft objection =
        For(hidden, PositionOn(decision, kPartner, pb::POSITION_KIND_OBJECT));
    const absl::Status refused = Refusal(objection, Reason::kFieldInvalid, {"audience"});
    EXPECT_THAT(WayOut(refused), HasSubstr("igf/mag, or"));
    Said(For(hidden, PositionOn(Said(SignalBy(kPartner)), kPartner, pb::POSITION_KIND_OBJECT)));
  }
  for (const char* read : {"igf/public", "igf/partners", "igf/mag", "igf/wg-mag@1"}) {
    Said(For(read, PositionOn(decision, kPartner, pb::POSITION_KIND_OBJECT)));
  }
  const Hash of_group = Said(For("igf/wg-seat@1", DecisionIn(pb::DECISION_STATE_PROPOSED)));
  Said(For("igf/wg-seat@1", PositionOn(of_group, kPartner, pb::POSITION_KIND_OBJECT)));
}

// Whoever adopts is not held up by, and does not learn of, an objection that is not for his eyes.
TEST_F(AdoptionTest, AHiddenObjectionIsNotTold) {
  constexpr char kNewcomer[] = "org/fictional-newcomer";
  Said(AudienceOf("igf/wg-fictional", 1, {kPartner, kMag, kSecretariat}));
  const Hash decision = ToAdopt();
  Said(For("igf/wg-fictional@1", PositionOn(decision, kPartner, pb::POSITION_KIND_OBJECT)));
  Said(RegistrationOf(kNewcomer, pb::ORGANISATION_KIND_MAG));
  Refused(Adopting(decision, {}), Reason::kAdoptionIncomplete, {"decision.answers"});
  Said(By(kNewcomer, Adopting(decision, {})));
}

// Found in review: what was declined was evaluated and objected to.
TEST_F(AdoptionTest, WhatIsDeclinedOrWithdrawnTakesNoWordMore) {
  for (const pb::DecisionState state :
       {pb::DECISION_STATE_DECLINED, pb::DECISION_STATE_WITHDRAWN}) {
    const Hash decision = Proposed();
    const pb::Draft objection = PositionOn(decision, kPartner, pb::POSITION_KIND_OBJECT);
    Said(objection);
    Said(EvaluationOf(decision, kSeat1, 3));
    Said(Revising(decision, DecisionIn(state)));
    Unsuitable(PositionOn(decision, kPartner, pb::POSITION_KIND_OBJECT));
    Unsuitable(PositionOn(decision, kOther, pb::POSITION_KIND_SUPPORT));
    for (const uint32_t score : {0, 4}) Unsuitable(EvaluationOf(decision, kSeat1, score));
  }
  const Hash deferred = Proposed();
  Said(Revising(deferred, DecisionIn(pb::DECISION_STATE_DEFERRED)));
  Said(PositionOn(deferred, kPartner, pb::POSITION_KIND_OBJECT));
  Said(EvaluationOf(deferred, kSeat1, 3));
}

TEST_F(AdoptionTest, WhoIsRefusedIsToldWhy) {
  const Hash decision = Said(BareDecisionIn(pb::DECISION_STATE_PROPOSED));
  for (const pb::DecisionState state :
       {pb::DECISION_STATE_DEFERRED, pb::DECISION_STATE_DECLINED, pb::DECISION_STATE_WITHDRAWN}) {
    Refused(Revising(decision, BareDecisionIn(state)), Reason::kReasonsMissing,
            {"decision.reasons"});
  }
  pb::Draft declined = BareDecisionIn(pb::DECISION_STATE_DECLINED);
  declined.mutable_decision()->set_reasons("because");
  Said(Revising(decision, declined));
}

// Found in review: an input that was taken back before the adoption was still considered.
TEST_F(RulesTest, AnAdoptionRestsOnSomethingThatStandsOnThatDay) {
  const Hash a = Said(SignalBy(kPartner));
  const Hash b = Said(SignalBy(kOther));
  const Hash group = Said(GroupOf({a, b}));
  const Hash one = Said(Considering({a}, DecisionIn(pb::DECISION_STATE_PROPOSED)));
  const Hash two = Said(Considering({group}, DecisionIn(pb::DECISION_STATE_PROPOSED)));
  const Hash three = Said(Considering({a, b}, DecisionIn(pb::DECISION_STATE_PROPOSED)));
  const Hash adopted = Said(Considering({a}, DecisionIn(pb::DECISION_STATE_ADOPTED)));
  Said(RetractionOf(a, kPartner));
  const auto refused = [&](const Hash& decision) {
    Refused(Adopting(decision, {}), Reason::kAdoptionIncomplete, {"references"});
  };
  refused(one);
  Said(Revising(adopted, DecisionIn(pb::DECISION_STATE_ADOPTED)));  // the work goes on
  Said(Considering({b}, Adopting(one, {})));
  Said(Adopting(three, {}));
  Said(RetractionOf(b, kOther));
  refused(two);  // nothing of the group is left
  const Hash c = Said(ReportBy(kNri));
  Said(Revising(group, GroupOf({c, Said(SignalBy(kPartner))})));
  Said(DissolutionOf(group));
  refused(two);
  Said(Revising(group, GroupOf({c, Said(SignalBy(kPartner))})));
  Said(Adopting(two, {}));
}

}  // namespace
}  // namespace liaison
