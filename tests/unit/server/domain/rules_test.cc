// Every rule, through a hub that commits: what is refused, for which reason, naming what; and that
// a refusal changes nothing. Everybody and everything here is fictional.

#include "server/domain/rules.h"

#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/rows.h"
#include "tests/unit/server/domain/rules_fixture.h"

namespace liaison {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the language of this file
using ::testing::HasSubstr;

const Hash kNowhere = record::Sha256Of("nothing that the log has");

// --- references ----------------------------------------------------------------------------------

// Everything that can name another event, as kPartner or, where only the MAG may, somebody of a
// MAG that is not to see the hidden one.
struct WayToName {
  const char* field;
  std::function<pb::Draft(const Hash&)> draft;
};

std::vector<WayToName> WaysToName() {
  std::vector<WayToName> ways = {
      {"references[0].digest",
       [](const Hash& d) { return PositionOn(d, kPartner, pb::POSITION_KIND_SUPPORT); }},
      {"references[0].digest",
       [](const Hash& d) { return ResponseTo(d, kPartner, pb::RESPONSE_KIND_ANSWER); }},
      {"references[0].digest", [](const Hash& d) { return EvaluationOf(d, kSeat1, 3); }},
      {"references[0].digest", [](const Hash& d) { return ProgressOn(d, kPartner); }},
      {"references[0].digest", [](const Hash& d) { return OutcomeOf(d, kPartner); }},
      {"references[0].digest", [](const Hash& d) { return CarryOverOf({d}, "2027", "2028"); }},
      {"references[0].digest", [](const Hash& d) { return AmendmentOf(d, kPartner); }},
      {"references[0].digest", [](const Hash& d) { return Revising(d, SignalBy(kPartner)); }},
      {"references[0].digest", [](const Hash& d) { return RetractionOf(d, kPartner); }},
      {"references[0].digest", [](const Hash& d) { return TranslationOf(d, "fr"); }},
      {"references[0].digest", [](const Hash& d) { return DissolutionOf(d); }},
      {"references[0].digest",
       [](const Hash& d) { return Considering({d}, DecisionIn(pb::DECISION_STATE_PROPOSED)); }},
      {"references[0].digest",
       [](const Hash& d) { return Naming(ReportBy(kNri), pb::RELATION_REFERS_TO, d); }},
      {"references[0].digest",
       [](const Hash& d) { return Naming(AttendanceBy(kNri), pb::RELATION_REFERS_TO, d); }},
      {"disposition.inputs[0].input",
       [](const Hash& d) { return DispositionOf({d}, pb::DISPOSITION_KIND_NOTED); }},
      {"decision.answers",
       [](const Hash& d) { return Answering({d}, DecisionIn(pb::DECISION_STATE_PROPOSED)); }},
  };
  return ways;
}

// Not there, for others' eyes, for a group's eyes: whoever asks learns nothing from the answer.
TEST_F(RulesTest, NotThereAndNotForTheseEyesAreOneAndTheSameError) {
  Said(AudienceOf("igf/wg-fictional", 1, {kOther}));
  const Hash for_a_group = Said(For("igf/wg-fictional@1", SignalBy(kOther)));
  for (const WayToName& way : WaysToName()) {
    const absl::Status of_nothing =
        Refusal(way.draft(kNowhere), Reason::kTargetUnknown, {way.field});
    const absl::Status of_hidden =
        Refusal(way.draft(for_a_group), Reason::kTargetUnknown, {way.field});
    EXPECT_EQ(of_nothing, of_hidden);
    EXPECT_EQ(record::ToProto(of_nothing).SerializeAsString(),
              record::ToProto(of_hidden).SerializeAsString())
        << of_nothing << " and " << of_hidden;
  }
}

TEST_F(RulesTest, WhatADispositionGoesIntoIsLookedUpAsWell) {
  const Hash input = Said(SignalBy(kPartner));
  pb::Draft draft = DispositionOf({input}, pb::DISPOSITION_KIND_MERGED);
  draft.mutable_disposition()->set_into(std::string(kNowhere.bytes()));
  Refused(draft, Reason::kTargetUnknown, {"disposition.into"});
}

TEST_F(RulesTest, AllThatIsNotThereIsNamedAtOnce) {
  const Hash input = Said(SignalBy(kPartner));
  pb::Draft draft =
      DispositionOf({kNowhere, input, record::Sha256Of("nor this")}, pb::DISPOSITION_KIND_TAKEN_UP);
  draft.mutable_disposition()->set_into(std::string(kNowhere.bytes()));
  draft = Naming(Naming(draft, pb::RELATION_REFERS_TO, input), pb::RELATION_REFERS_TO, kNowhere);
  Refused(draft, Reason::kTargetUnknown,
          {"references[1].digest", "disposition.inputs[0].input", "disposition.inputs[2].input",
           "disposition.into"});
}

TEST_F(RulesTest, WhoMayReadItMayNameIt) {
  const struct {
    const char* audience;
    const char* author;
    std::vector<std::string> may, may_not;
  } cases[] = {
      {"igf/public", kOther, {kPartner, kSeat1, kSecretariat, kStranger}, {}},
      {"igf/partners", kOther, {kPartner, kSeat1, kSecretariat}, {kStranger}},
      {"igf/mag", kOther, {kOther, kSeat1, kMag, kSecretariat}, {kPartner, kStranger}},
      {"igf/wg-fictional@1", kOther, {kOther, kPartner}, {kSeat1, kMag, kSecretariat, kStranger}},
      {"igf/wg-fictional@2", kOther, {kOther, kSeat1, kSeat2, kMag}, {kPartner, kSecretariat}},
  };
  Said(AudienceOf("igf/wg-fictional", 1, {kOther, kPartner}));
  Said(AudienceOf("igf/wg-fictional", 2, {kOther, kMag}));
  for (const auto& c : cases) {
    const Hash target = Said(For(c.audience, SignalBy(c.author)));
    for (const std::string& author : c.may) {
      Said(PositionOn(target, author, pb::POSITION_KIND_SUPPORT));
    }
    for (const std::string& author : c.may_not) {
      Refused(PositionOn(target, author, pb::POSITION_KIND_SUPPORT), Reason::kTargetUnknown,
              {"references[0].digest"}, absl::StrCat(author, " on ", c.audience, ": "));
    }
  }
}

TEST_F(RulesTest, AGroupComesBeforeWhatIsAddressedToIt) {
  const pb::Draft early = For("igf/wg-fictional@1", SignalBy(kPartner));
  Refused(early, Reason::kTargetUnknown, {"audience"});
  Said(AudienceOf("igf/wg-fictional", 1, {kOther}));
  Said(early);
  Refused(For("igf/wg-fictional@2", Naming(SignalBy(kPartner), pb::RELATION_REFERS_TO, kNowhere)),
          Reason::kTargetUnknown, {"audience", "references[0].digest"});
}

TEST_F(RulesTest, ARedactionOfWhatIsHiddenIsOneOfNothing) {
  const Hash hidden = Said(For("igf/mag", SignalBy(kSeat1)));
  EXPECT_EQ(Refusal(RedactionDraft(kPartner, hidden, pb::SECTION_KIND_CONTENT),
                    Reason::kTargetUnknown, {}),
            Refusal(RedactionDraft(kPartner, kNowhere, pb::SECTION_KIND_CONTENT),
                    Reason::kTargetUnknown, {}));
}

// --- topics, dates -------------------------------------------------------------------------------

TEST_F(RulesTest, WhileThereIsNoSchemeEveryTopicIsKnown) {
  pb::Draft draft = SignalBy(kPartner);
  draft.add_topics("fictional-2027:anything");
  Said(draft);
}

TEST_F(RulesTest, ATopicStandsInAScheme) {
  Said(SchemeOf("fictional-2027", {"access", "access.rural"}));
  Said(SchemeOf("core", {"unspecified", "other"}));
  pb::Draft draft = SignalBy(kPartner);
  for (const char* topic : {"fictional-2027:access.rural", "fictional-2027:nothing", "other",
                            "nothing", "fictional-2026:access"}) {
    draft.add_topics(topic);
  }
  Refused(draft, Reason::kTopicUnknown, {"topics[2]", "topics[4]", "topics[5]"});
  draft.clear_topics();
  draft.add_topics("fictional-2027:access.rural");
  draft.add_topics("unspecified");
  Said(draft);
}

TEST_F(RulesTest, ALaterSchemeReplacesTheEarlierOne) {
  Said(SchemeOf("fictional-2027", {"access"}));
  Said(SchemeOf("fictional-2027", {"safety"}));
  pb::Draft draft = SignalBy(kPartner);
  draft.set_topics(0, "fictional-2027:access");
  Refused(draft, Reason::kTopicUnknown, {"topics[0]"});
}

// The clock stands at 2027-01-15 08:00 UTC: somewhere it is still the 14th, nowhere the 13th.
TEST_F(RulesTest, WhatIsAskedForAndPromisedLiesAhead) {
  constexpr char kOver[] = "2027-01-13";
  constexpr char kSomewhere[] = "2027-01-14";
  const Hash request = Said(RequestTo(kPartner, kOther));
  Refused(RequestTo(kPartner, kOther, kOver), Reason::kDatePast, {"topic_signal.requested_date"});
  Said(RequestTo(kPartner, kOther, kSomewhere));

  pb::Draft counter = ResponseTo(request, kPartner, pb::RESPONSE_KIND_COUNTER);
  counter.mutable_response()->set_doable_date(kOver);
  Refused(counter, Reason::kDatePast, {"response.doable_date"});
  counter.mutable_response()->set_doable_date(kSomewhere);
  Said(counter);

  pb::Draft help = SupportRequestBy(kPartner, kMag);
  help.mutable_support_request()->set_due_on(kOver);
  Refused(help, Reason::kDatePast, {"support_request.due_on"});
  help.mutable_support_request()->set_due_on(kSomewhere);
  Said(help);
}

// The clock stands at 2027-01-15 08:00 UTC: nowhere has the 16th begun.
TEST_F(RulesTest, WhatIsToldAsDoneDoesNotLieAhead) {
  const Hash signal = Said(SignalBy(kPartner));
  pb::Draft french = TranslationOf(signal, "fr");
  for (const char* ahead : {"2027-01-16", "2099-01-01"}) {
    french.mutable_translation()->set_made_on(ahead);
    Refused(french, Reason::kFieldInvalid, {"translation.made_on"});
  }
  french.mutable_translation()->set_made_on("2027-01-15");
  Said(french);
  pb::Draft outcome = OutcomeOf(Adopted(), kPartner);
  outcome.mutable_outcome()->set_delivered_on("2027-01-16");
  Refused(outcome, Reason::kFieldInvalid, {"outcome.delivered_on"});
  outcome.mutable_outcome()->set_delivered_on("2027-01-15");
  Said(outcome);
}

TEST_F(RulesTest, WhatAReportAsksForLiesAhead) {
  pb::Draft report = ReportBy(kNri);
  report.add_addressees(kMag);
  for (const char* by : {"2027-01-13", "2027-02-01", "2003-12-12"}) {
    report.mutable_local_report()->add_requests()->set_by(by);
  }
  Refused(report, Reason::kDatePast,
          {"local_report.requests[0].by", "local_report.requests[2].by"});
  report.mutable_local_report()->mutable_requests(0)->clear_by();
  report.mutable_local_report()->mutable_requests(2)->clear_by();
  Said(report);
}

TEST_F(RulesTest, TheSecretariatWritesDownWhatWasAskedLongAgoAndNobodyElse) {
  pb::Draft draft = RequestTo(kPartner, kOther, "2003-12-12");
  draft.set_channel(pb::CHANNEL_IMPORT);
  Refused(draft, Reason::kDatePast, {"topic_signal.requested_date"});
  Said(RecordedFor(kOther, By(kSecretariat, draft)));
}

TEST_F(RulesTest, WhoIsAskedAnswersForItselfAndNotForItsBody) {
  pb::Draft ask = RequestTo(kMag, kPartner);
  ask.add_addressees(kSeat1);
  const Hash request = Said(ask);
  Said(ResponseTo(request, kSeat1, pb::RESPONSE_KIND_ANSWER));
  NotAllowed(ResponseTo(request, kSeat1, pb::RESPONSE_KIND_ACCEPT), "answered");
  Said(ResponseTo(request, kSeat2, pb::RESPONSE_KIND_ACCEPT));
}

// --- the order of reasons ------------------------------------------------------------------------

TEST_F(RulesTest, OfSeveralKindsOfWrongTheFirstIsTold) {
  Said(SchemeOf("core", {"unspecified"}));
  pb::Draft draft = By(kStranger, DispositionOf({kNowhere}, pb::DISPOSITION_KIND_NOTED));
  draft.add_topics("nothing");
  Refused(draft, Reason::kTargetUnknown, {"disposition.inputs[0].input"});
  draft.mutable_disposition()->mutable_inputs(0)->set_input(
      std::string(Said(BareDecisionIn(pb::DECISION_STATE_PROPOSED)).bytes()));
  Refused(draft, Reason::kTopicUnknown, {"topics[0]"});
  draft.clear_topics();
  NotPermitted(draft);
  Unsuitable(By(kSecretariat, draft), "disposition.inputs[0]");
}

// --- who may -------------------------------------------------------------------------------------

TEST_F(RulesTest, OnlyWhoMaySayIt) {
  const Hash signal = Said(SignalBy(kPartner));
  const Hash other = Said(SignalBy(kOther));
  const Hash request = Said(RequestTo(kPartner, kOther));
  const Hash decision = Adopted();
  const Hash group = Said(GroupOf({signal, other}));

  NotPermitted(By(kPartner, AudienceOf("igf/wg-fictional", 1, {kPartner})));
  NotPermitted(By(kMag, AudienceOf("igf/wg-fictional", 1, {kPartner})));
  NotPermitted(By(kSeat1, SchemeOf("fictional-2027", {"access"})));
  NotPermitted(CrosswalkBy(kPartner));
  NotPermitted(By(kMag, CycleOf("2028", pb::CYCLE_STATE_OPEN)));
  NotPermitted(By(kNri, LiaisonBetween(kPartner, kOther, pb::LIAISON_ACTION_ESTABLISH)));
  for (const char* author : {kPartner, kMag, kStranger}) NotPermitted(ReportBy(author));
  NotPermitted(TranslationOf(signal, "fr", kStranger));
  for (const char* author : {kOther, kSecretariat, kMag}) {
    NotPermitted(ResponseTo(request, author, pb::RESPONSE_KIND_ANSWER));
  }
  for (const char* author : {kPartner, kNri, kStranger}) {
    NotPermitted(DispositionOf({signal}, pb::DISPOSITION_KIND_NOTED, author));
    NotPermitted(DecisionIn(pb::DECISION_STATE_PROPOSED, author));
    NotPermitted(By(author, GroupOf({signal, other})));
    NotPermitted(CarryOverOf({signal}, "2027", "2028", author));
  }
  for (const char* author : {kPartner, kMag, kSecretariat, "org/fictional-partner/desk"}) {
    NotPermitted(EvaluationOf(signal, author, 3));
  }
  NotPermitted(CarryOverOf({signal}, "2027", "2028", kSeat1));
  for (const char* author : {kOther, kSeat2, kMag}) {
    NotPermitted(ProgressOn(decision, author));
    NotPermitted(OutcomeOf(decision, author));
  }
  for (const char* author : {kOther, kSeat1}) {
    NotPermitted(AmendmentOf(signal, author));
    NotPermitted(Revising(signal, SignalBy(author)));
    NotPermitted(RetractionOf(signal, author));
  }
  // The secretariat may take back what others said, not put words into their mouth.
  NotPermitted(AmendmentOf(signal, kSecretariat));
  NotPermitted(By(kPartner, DissolutionOf(group)));
  NotPermitted(Revising(decision, By(kPartner, DecisionIn(pb::DECISION_STATE_ADOPTED))));
}

TEST_F(RulesTest, WhoMaySayItIsHeard) {
  const Hash signal = Said(SignalBy(kStranger));
  const Hash other = Said(SignalBy("org/fictional-partner/desk"));
  const Hash decision = Adopted();
  Said(ReportBy(kNri));
  Said(ReportBy("org/fictional-igf/team"));
  Said(ReportBy(kSecretariat));
  Said(RegistrationOf("org/fictional-other/desk", pb::ORGANISATION_KIND_TECHNICAL_COMMUNITY));
  Said(By("org/fictional-other/desk",
          LiaisonBetween(kPartner, kOther, pb::LIAISON_ACTION_ESTABLISH)));
  Said(ResponseTo(Said(RequestTo(kMag, kPartner)), kSeat2, pb::RESPONSE_KIND_ACCEPT));
  Said(DispositionOf({signal}, pb::DISPOSITION_KIND_NOTED, kSeat2));
  Said(DecisionIn(pb::DECISION_STATE_PROPOSED, kSecretariat));
  Said(Revising(decision, DecisionIn(pb::DECISION_STATE_ADOPTED, kSeat2)));
  Said(EvaluationOf(signal, kSeat2, 5));
  Said(ProgressOn(decision, kPartner));
  Said(ProgressOn(decision, kSeat1));
  Said(OutcomeOf(decision, kSecretariat));
  Said(AmendmentOf(other, kPartner));  // what stands above it answers for it
  Said(RetractionOf(signal, kSecretariat));
}

// Found in review: whoever sat on a seat evaluated under as many names as he liked.
TEST_F(RulesTest, OneSeatIsOneVoice) {
  const Hash signal = Said(SignalBy(kPartner));
  constexpr char kDesk[] = "org/igf-mag/seat-1/a";
  constexpr char kNobodys[] = "org/igf-mag/seat-9999";
  NotPermitted(EvaluationOf(signal, kDesk, 3));
  NotPermitted(EvaluationOf(signal, kNobodys, 3));
  Said(RegistrationOf(kDesk, pb::ORGANISATION_KIND_MAG));
  NotPermitted(EvaluationOf(signal, kDesk, 3));
  Said(RegistrationOf(kNobodys, pb::ORGANISATION_KIND_CIVIL_SOCIETY));
  NotPermitted(EvaluationOf(signal, kNobodys, 3));
  Said(RegistrationOf(kNobodys, pb::ORGANISATION_KIND_MAG));
  Said(EvaluationOf(signal, kNobodys, 3));
  pb::Draft retired = RegistrationOf(kNobodys, pb::ORGANISATION_KIND_MAG);
  retired.mutable_organisation()->set_retired(true);
  Said(retired);
  NotPermitted(EvaluationOf(signal, kNobodys, 3));
}

TEST_F(RulesTest, WhoIsRetiredIsNoneOfTheseAnyMore) {
  pb::Draft retired = RegistrationOf(kNri, pb::ORGANISATION_KIND_NRI_NATIONAL);
  retired.mutable_organisation()->set_retired(true);
  Said(retired);
  NotPermitted(ReportBy(kNri));
}

TEST(RulesSetupTest, WhileThereIsNoSecretariatAHubIsBeingSetUp) {
  TestHub hub;
  EXPECT_TRUE(hub.Publish(By(kPartner, SchemeOf("core", {"unspecified"}))).ok());
  EXPECT_TRUE(hub.Publish(By(kPartner, CycleOf("2027", pb::CYCLE_STATE_OPEN))).ok());
  ASSERT_TRUE(hub.Publish(RegistrationOf(kSecretariat, pb::ORGANISATION_KIND_SECRETARIAT)).ok());
  EXPECT_EQ(ReasonOf(hub.Publish(By(kPartner, CycleOf("2028", pb::CYCLE_STATE_OPEN))).status()),
            Reason::kNotPermitted);
}

// --- what it is about ----------------------------------------------------------------------------

TEST_F(RulesTest, OnlyWhatItCanBeAbout) {
  const Hash signal = Said(SignalBy(kPartner));
  const Hash version = Said(Revising(signal, SignalBy(kPartner)));
  const Hash decision = Proposed();
  const Hash position = Said(PositionOn(signal, kOther, pb::POSITION_KIND_SUPPORT));
  const Hash french = Said(TranslationOf(signal, "fr"));

  Unsuitable(PositionOn(position, kOther, pb::POSITION_KIND_SUPPORT));
  Unsuitable(ResponseTo(signal, kPartner, pb::RESPONSE_KIND_ANSWER));
  Unsuitable(ResponseTo(position, kPartner, pb::RESPONSE_KIND_ANSWER));
  Unsuitable(DispositionOf({decision}, pb::DISPOSITION_KIND_NOTED), "disposition.inputs[0]");
  Unsuitable(DispositionOf({version}, pb::DISPOSITION_KIND_NOTED), "disposition.inputs[0]");
  Unsuitable(EvaluationOf(position, kSeat1, 3));
  Unsuitable(EvaluationOf(version, kSeat1, 3));
  Unsuitable(ProgressOn(signal, kPartner));
  Unsuitable(OutcomeOf(signal, kPartner));
  Unsuitable(GroupOf({signal, decision}), "references[1]");
  Unsuitable(Revising(version, SignalBy(kPartner)));
  Unsuitable(AmendmentOf(version, kPartner));
  Unsuitable(Revising(signal, By(kPartner, ReportBy(kPartner))));
  Unsuitable(Revising(position, Revising(signal, SignalBy(kPartner))), "references[1]");
  Unsuitable(RetractionOf(decision, kSeat1));
  Unsuitable(RetractionOf(version, kPartner));
  Unsuitable(TranslationOf(french, "es"));
  Unsuitable(TranslationOf(signal, "en"));
  Said(CycleOf("2028", pb::CYCLE_STATE_OPEN));
  Unsuitable(CarryOverOf({position}, "2027", "2028"));
}

// Found by replaying random histories: a position that moved to another thing could not be taken
// back from the first.
TEST_F(RulesTest, ALaterVersionIsAboutTheSameThing) {
  const Hash signal = Said(SignalBy(kPartner));
  const Hash other = Said(SignalBy(kPartner));
  const Hash position = Said(PositionOn(signal, kOther, pb::POSITION_KIND_SUPPORT));
  const Hash desk = Said(PositionOn(signal, "org/fictional-other/desk", pb::POSITION_KIND_SUPPORT));
  const auto second = [](const Hash& first, pb::Draft draft) {
    return Naming(std::move(draft), pb::RELATION_REVISES, first);
  };
  Unsuitable(second(position, PositionOn(other, kOther, pb::POSITION_KIND_OBJECT)),
             "references[1]");
  Unsuitable(second(desk, PositionOn(signal, kOther, pb::POSITION_KIND_OBJECT)), "references[1]");
  const auto by_secretariat = [&] {
    return PositionOn(signal, kSecretariat, pb::POSITION_KIND_SUPPORT);
  };
  const Hash recorded = Said(RecordedFor(kPartner, by_secretariat()));
  Unsuitable(second(recorded, RecordedFor(kNri, by_secretariat())), "references[1]");
  Unsuitable(second(recorded, RecordedForSomebody(by_secretariat())), "references[1]");
  Unsuitable(second(recorded, by_secretariat()), "references[1]");
  Unsuitable(second(Said(TranslationOf(signal, "fr")), TranslationOf(signal, "es")),
             "references[1]");
  Unsuitable(second(Said(EvaluationOf(signal, kSeat1, 3)), EvaluationOf(other, kSeat1, 3)),
             "references[1]");
  Said(second(position, PositionOn(signal, kOther, pb::POSITION_KIND_OBJECT)));
  Said(RetractionOf(position, kOther));
  NotAllowed(PositionOn(signal, kOther, pb::POSITION_KIND_WITHDRAWN), "none");
}

TEST_F(RulesTest, AResponseAnswersOneRequest) {
  const Hash one = Said(RequestTo(kPartner, kOther));
  const Hash two = Said(RequestTo(kPartner, kOther));
  Unsuitable(
      Naming(ResponseTo(one, kPartner, pb::RESPONSE_KIND_ANSWER), pb::RELATION_RESPONDS_TO, two),
      "references");
}

TEST_F(RulesTest, AllThatIsUnsuitableIsNamedAtOnce) {
  const Hash signal = Said(SignalBy(kPartner));
  const Hash decision = Proposed();
  const Hash position = Said(PositionOn(signal, kOther, pb::POSITION_KIND_SUPPORT));
  Refused(DispositionOf({decision, signal, position}, pb::DISPOSITION_KIND_NOTED),
          Reason::kTargetUnsuitable, {"disposition.inputs[0]", "disposition.inputs[2]"});
}

TEST_F(RulesTest, AnAnswerNamesAnObjectionToThisDecision) {
  const Hash decision = Proposed();
  const Hash elsewhere = Objection(Proposed());
  const Hash support = Said(PositionOn(decision, kOther, pb::POSITION_KIND_SUPPORT));
  const Hash objection = Objection(decision);
  const auto answering = [&](const Hash& what) {
    return Revising(decision, Answering({what}, DecisionIn(pb::DECISION_STATE_IN_CONSULTATION)));
  };
  Unsuitable(answering(elsewhere), "decision.answers");
  Unsuitable(answering(support), "decision.answers");
  Unsuitable(answering(decision), "decision.answers");
  Unsuitable(Answering({objection}, DecisionIn(pb::DECISION_STATE_PROPOSED)), "decision.answers");
  Said(answering(objection));
}

TEST_F(RulesTest, WhatHasBeenRetractedIsLeftAlone) {
  const Hash signal = Gone(SignalBy(kPartner));
  const Hash request = Gone(RequestTo(kPartner, kOther));
  Said(CycleOf("2028", pb::CYCLE_STATE_OPEN));
  Retracted(PositionOn(signal, kOther, pb::POSITION_KIND_SUPPORT));
  Retracted(ResponseTo(request, kPartner, pb::RESPONSE_KIND_ANSWER));
  Retracted(DispositionOf({signal}, pb::DISPOSITION_KIND_NOTED), "disposition.inputs[0]");
  Retracted(EvaluationOf(signal, kSeat1, 3));
  Retracted(TranslationOf(signal, "fr"));
  Retracted(GroupOf({Said(SignalBy(kOther)), signal}), "references[1]");
  Retracted(CarryOverOf({signal}, "2027", "2028"));
  NotAllowed(AmendmentOf(signal, kPartner), "retracted");
  NotAllowed(Revising(signal, SignalBy(kPartner)), "retracted");
  NotAllowed(RetractionOf(signal, kPartner), "retracted");
}

TEST_F(RulesTest, WhoSeesItSeesThatItIsTakenBackAndTranslated) {
  const Hash signal = Said(SignalBy(kPartner));
  Refused(For("igf/mag", RetractionOf(signal, kPartner)), Reason::kFieldInvalid, {"audience"});
  Refused(For("igf/partners", TranslationOf(signal, "fr")), Reason::kFieldInvalid, {"audience"});
}

// Found in review: what the log held as the latest version was another for each reader.
TEST_F(RulesTest, LaterVersionsAreForTheReadersOfTheFirst) {
  const auto elsewhere = [&](const char* audience, const pb::Draft& draft) {
    Refused(For(audience, draft), Reason::kFieldInvalid, {"audience"});
  };
  const Hash signal = Said(SignalBy(kPartner));
  elsewhere("igf/mag", AmendmentOf(signal, kPartner));
  elsewhere("igf/partners", Revising(signal, SignalBy(kPartner)));
  elsewhere("igf/mag", Revising(Proposed(), DecisionIn(pb::DECISION_STATE_WITHDRAWN)));
  elsewhere("igf/mag", DissolutionOf(Said(GroupOf({signal, Said(ReportBy(kNri))}))));
  // The MAG's own proposal is adopted for the MAG; for everybody it is another decision.
  const Hash own =
      Said(For("igf/mag", Considering({signal}, DecisionIn(pb::DECISION_STATE_PROPOSED))));
  elsewhere("igf/public", Revising(own, DecisionIn(pb::DECISION_STATE_ADOPTED)));
  Said(For("igf/mag", Revising(own, DecisionIn(pb::DECISION_STATE_ADOPTED))));
}

// --- cycles and phases ---------------------------------------------------------------------------

TEST_F(RulesTest, ACycleIsThereAndOpen) {
  const Hash signal = Said(SignalBy(kPartner));
  Refused(CarryOverOf({signal}, "2019", "2020"), Reason::kCycleUnknown,
          {"carry_over.from_cycle", "carry_over.to_cycle"});
  Said(CycleOf("2026", pb::CYCLE_STATE_OPEN));
  pb::Draft draft = SignalBy(kPartner);
  draft.set_cycle("2026");
  const Hash left = Said(draft);
  Said(CycleOf("2026", pb::CYCLE_STATE_CLOSED));
  Refused(CarryOverOf({signal}, "2027", "2026"), Reason::kCycleUnknown, {"carry_over.to_cycle"});
  Said(CarryOverOf({left}, "2026", "2027"));

  for (const char* cycle : {"2019", "2026"}) {
    pb::Draft evaluation = EvaluationOf(signal, kSeat1, 3);
    evaluation.set_cycle(cycle);
    Refused(evaluation, Reason::kCycleUnknown, {"cycle"});
  }
  pb::Draft too_late = EvaluationOf(left, kSeat1, 3);
  too_late.set_cycle("2026");
  const absl::Status closed = Refusal(too_late, Reason::kCycleUnknown, {"cycle"});
  EXPECT_THAT(WayOut(closed), HasSubstr("that is open"));
}

// Found in review: anything was said in cycles that nobody had opened, or that were over.
TEST_F(RulesTest, WhatNamesACycleNamesOneThatIsThere) {
  const auto in = [](const std::string& cycle, pb::Draft draft) {
    draft.set_cycle(cycle);
    return draft;
  };
  const Hash signal = Said(SignalBy(kPartner));
  for (const pb::Draft& draft :
       {SignalBy(kPartner), ReportBy(kNri), DecisionIn(pb::DECISION_STATE_PROPOSED),
        SupportRequestBy(kPartner, kMag), PositionOn(signal, kOther, pb::POSITION_KIND_SUPPORT),
        AmendmentOf(signal, kPartner), DispositionOf({signal}, pb::DISPOSITION_KIND_NOTED)}) {
    Refused(in("2019", draft), Reason::kCycleUnknown, {"cycle"});
    Said(in("", draft));
  }
}

TEST(RulesSetupTest, WhileThereIsNoCycleAnyMayBeNamed) {
  TestHub hub;
  EXPECT_TRUE(hub.Publish(SignalBy(kPartner)).ok());
}

TEST_F(RulesTest, AClosedCycleTakesNothingNewAndWhatItHoldsGoesOn) {
  const Hash signal = Said(RequestTo(kMag, kPartner));
  const Hash help = Said(SupportRequestBy(kPartner, kMag));
  const Hash decision = Adopted();
  const Hash proposal = Proposed();
  Said(CycleOf("2026", pb::CYCLE_STATE_OPEN));
  pb::Draft moving = SignalBy(kPartner);
  moving.set_cycle("2026");
  const Hash elsewhere = Said(moving);
  Said(CycleOf("2027", pb::CYCLE_STATE_CLOSED));
  for (const pb::Draft& draft :
       {SignalBy(kPartner), ReportBy(kNri), DecisionIn(pb::DECISION_STATE_PROPOSED),
        SupportRequestBy(kPartner, kMag), Revising(elsewhere, SignalBy(kPartner))}) {
    Refused(draft, Reason::kCycleUnknown, {"cycle"});
  }
  pb::Draft imported = SignalBy(kPartner);
  imported.set_channel(pb::CHANNEL_IMPORT);
  Refused(imported, Reason::kCycleUnknown, {"cycle"});
  imported.set_author(kSecretariat);
  Said(imported);

  Said(ResponseTo(signal, kMag, pb::RESPONSE_KIND_ANSWER));
  Said(ResponseTo(help, kMag, pb::RESPONSE_KIND_ANSWER));
  Said(Revising(signal, RequestTo(kMag, kPartner)));
  Said(DispositionOf({signal}, pb::DISPOSITION_KIND_NOTED));
  Said(PositionOn(decision, kOther, pb::POSITION_KIND_OBJECT));
  Said(ProgressOn(decision, kPartner));
  Said(OutcomeOf(decision, kPartner));
  Said(Revising(proposal, DecisionIn(pb::DECISION_STATE_WITHDRAWN)));
  Said(Revising(decision, DecisionIn(pb::DECISION_STATE_COMPLETED)));
}

// Found in review: an answer that the asker could not read closed the request for ever.
TEST_F(RulesTest, WhoReadsARequestReadsItsAnswer) {
  for (const Hash& request :
       {Said(RequestTo(kMag, kPartner)), Said(SupportRequestBy(kPartner, kMag))}) {
    pb::Draft answer = ResponseTo(request, kMag, pb::RESPONSE_KIND_ANSWER);
    answer.set_audience("igf/mag");
    Refused(answer, Reason::kFieldInvalid, {"audience"});
    answer.set_audience("igf/public");
    Said(answer);
  }
}

// The same: a hidden outcome ended a decision in the rows, and not for its readers.
TEST_F(RulesTest, WhoReadsADecisionReadsWhatCameOfIt) {
  const Hash decision = Adopted();
  for (pb::Draft report : {ProgressOn(decision, kPartner), OutcomeOf(decision, kPartner)}) {
    report.set_audience("igf/mag");
    Refused(report, Reason::kFieldInvalid, {"audience"});
    report.set_audience("igf/public");
    Said(report);
  }
}

TEST_F(RulesTest, OutsideItsPhaseNothingIsEvaluated) {
  pb::Draft of_no_cycle = SignalBy(kPartner);
  of_no_cycle.clear_cycle();
  const Hash signal = Said(of_no_cycle);
  Said(CycleOf("2028", pb::CYCLE_STATE_OPEN, "2027-02-01", "2027-02-28"));
  Said(CycleOf("2029", pb::CYCLE_STATE_OPEN, ""));
  const auto in = [&](const std::string& cycle) {
    pb::Draft draft = EvaluationOf(signal, kSeat1, 3);
    draft.set_cycle(cycle);
    return draft;
  };
  const absl::Status early = Refusal(in("2028"), Reason::kOutsidePhase, {});
  EXPECT_EQ(record::MetadataOf(early, "windows"), "2027-02-01 to 2027-02-28");
  EXPECT_EQ(record::MetadataOf(early, "today"), "2027-01-15");
  Refused(in("2029"), Reason::kOutsidePhase);
  Said(in("2027"));
  constexpr int64_t kDay_us = int64_t{86'400} * 1'000'000;
  hub_.PassTime(30 * kDay_us);
  Said(in("2028"));
  hub_.PassTime(30 * kDay_us);
  Refused(in("2028"), Reason::kOutsidePhase);
}

// Found in review: the reading in triage could avoid no conflict, for none could be declared yet.
TEST_F(RulesTest, AConflictIsDeclaredFromTheOpeningOfTheCycleToTheEndOfItsEvaluation) {
  constexpr int64_t kDay_us = int64_t{86'400} * 1'000'000;
  pb::Draft of_no_cycle = SignalBy(kPartner);
  of_no_cycle.clear_cycle();
  const Hash signal = Said(of_no_cycle);
  Said(CycleOf("2028", pb::CYCLE_STATE_OPEN, "2027-02-01", "2027-02-28"));
  Said(CycleOf("2029", pb::CYCLE_STATE_OPEN, ""));
  const auto in = [](const std::string& cycle, pb::Draft draft) {
    draft.set_cycle(cycle);
    return draft;
  };
  Refused(in("2028", EvaluationOf(signal, kSeat1, 3)), Reason::kOutsidePhase);
  Said(in("2028", EvaluationOf(signal, kSeat1, 0)));
  Said(in("2029",
          EvaluationOf(signal, kSeat2, 0)));  // it has no evaluation, and triage for all that
  hub_.PassTime(20 * kDay_us);
  NotAllowed(in("2028", EvaluationOf(signal, kSeat1, 3)), "recused");
  const Hash other = Said(in("", SignalBy(kPartner)));
  hub_.PassTime(30 * kDay_us);
  Refused(in("2028", EvaluationOf(other, kSeat1, 0)), Reason::kOutsidePhase, {}, "it is over");
  Said(CycleOf("2028", pb::CYCLE_STATE_CLOSED, "2027-02-01", "2027-02-28"));
  Refused(in("2028", EvaluationOf(other, kSeat1, 0)), Reason::kCycleUnknown, {"cycle"});
}

TEST_F(RulesTest, AConflictAboutAGroupIsAboutAllThatIsInIt) {
  const Hash one = Said(SignalBy(kPartner));
  const Hash two = Said(SignalBy(kOther));
  const Hash apart = Said(SignalBy(kOther));
  const Hash group = Said(GroupOf({one, two}));
  Said(EvaluationOf(group, kSeat1, 0));
  for (const Hash& member : {one, two}) {
    NotAllowed(EvaluationOf(member, kSeat1, 4), "recused");
    Said(EvaluationOf(member, kSeat2, 4));
  }
  Said(EvaluationOf(apart, kSeat1, 4));
  Said(Revising(group, GroupOf({one, apart})));
  NotAllowed(EvaluationOf(apart, kSeat1, 5), "recused");
  Said(EvaluationOf(two, kSeat1, 4));  // it is in it no more
  Said(DissolutionOf(group));
  Said(EvaluationOf(one, kSeat1, 4));
}

// --- for whom it is recorded
// -----------------------------------------------------------------------

// Found in review: a partner wrote down signals of another, and of whoever had a name.
TEST_F(RulesTest, NobodyEnrolledIsSpokenForByAnother) {
  const auto through = [](pb::Channel channel, pb::Draft draft) {
    draft.set_channel(channel);
    return draft;
  };
  for (const char* author : {kPartner, kNri, kSeat1}) {
    NotPermitted(RecordedFor(kOther, SignalBy(author)));
    NotPermitted(through(pb::CHANNEL_MEETING, RecordedFor(kOther, SignalBy(author))));
  }
  Said(RecordedFor(kOther, SignalBy(kSecretariat)));
  Said(RecordedFor("org/fictional-other/desk", SignalBy(kOther)));
  Said(RecordedFor(kOther, SignalBy("org/fictional-other/desk")));
  Said(RecordedForSomebody(SignalBy(kPartner)));
  NotPermitted(RecordedFor(kPartner, RequestTo(kMag, kOther)));
}

TEST_F(RulesTest, OfWhoWillNeverEnrolIsWrittenDownWhatCameFromOutside) {
  const auto by = [](const char* author, pb::Channel channel, const char* whom) {
    pb::Draft draft = RecordedFor(whom, SignalBy(author));
    draft.set_channel(channel);
    return draft;
  };
  constexpr char kField[] = "recorded_for.organisation";
  constexpr char kNever[] = "org/never-enrols";
  for (const char* author : {kSecretariat, kNri, kPartner}) {
    for (const pb::Channel channel : {pb::CHANNEL_MEETING, pb::CHANNEL_PAPER, pb::CHANNEL_MAIL}) {
      Said(by(author, channel, kNever));
    }
    Refused(by(author, pb::CHANNEL_API, kNever), Reason::kFieldInvalid, {kField});
    Refused(by(author, pb::CHANNEL_UNSPECIFIED, kNever), Reason::kFieldInvalid, {kField});
  }
  Refused(by(kStranger, pb::CHANNEL_MEETING, kNever), Reason::kFieldInvalid, {kField});
  Refused(by(kPartner, pb::CHANNEL_IMPORT, kNever), Reason::kFieldInvalid, {kField});
  Said(by(kSecretariat, pb::CHANNEL_IMPORT, kNever));
  EXPECT_THAT(WayOut(Refusal(by(kSecretariat, pb::CHANNEL_WEB, "org/fictional-othre"),
                             Reason::kFieldInvalid, {kField})),
              HasSubstr("did you mean org/fictional-other?"));
}

// --- outcomes that were not delivered after all
// ------------------------------------------------------

TEST_F(RulesTest, WhatWasNotDeliveredAfterAllIsNotDone) {
  const Hash decision = Adopted();
  const Hash first = Said(OutcomeOf(decision, kPartner));
  const Hash second = Said(OutcomeOf(decision, kPartner));
  NotPermitted(RetractionOf(second, kOther));
  Said(RetractionOf(first, kPartner));
  NotAllowed(ProgressOn(decision, kPartner), "completed");  // another has corrected it since
  Said(RetractionOf(second, kPartner));
  Said(ProgressOn(decision, kPartner));
  const Hash third = Said(OutcomeOf(decision, kPartner));
  Said(RetractionOf(third, kSecretariat));
  Said(CycleOf("2028", pb::CYCLE_STATE_OPEN));
  Said(CarryOverOf({decision}, "2027", "2028"));  // it is not finished
  Said(OutcomeOf(decision, kPartner));
  NotAllowed(ProgressOn(decision, kPartner), "completed");
}

// --- steps that are not in the table -------------------------------------------------------------

TEST_F(RulesTest, ADecisionTakesTheStepsOfItsTable) {
  const Hash decision = Proposed();
  const auto next = [&](pb::DecisionState state) { return Revising(decision, DecisionIn(state)); };
  NotAllowed(DecisionIn(pb::DECISION_STATE_IN_PROGRESS), "not there yet");
  NotAllowed(DecisionIn(pb::DECISION_STATE_COMPLETED), "not there yet");
  NotAllowed(next(pb::DECISION_STATE_IN_PROGRESS), "proposed");
  NotAllowed(ProgressOn(decision, kPartner), "proposed");
  NotAllowed(OutcomeOf(decision, kPartner), "proposed");
  Said(Considering({Said(SignalBy(kOther))}, next(pb::DECISION_STATE_ADOPTED)));
  NotAllowed(next(pb::DECISION_STATE_PROPOSED), "adopted");
  NotAllowed(next(pb::DECISION_STATE_DECLINED), "adopted");
  NotAllowed(next(pb::DECISION_STATE_COMPLETED), "adopted");
  Said(OutcomeOf(decision, kPartner));
  NotAllowed(ProgressOn(decision, kPartner), "completed");
  NotAllowed(next(pb::DECISION_STATE_WITHDRAWN), "completed");
  Said(OutcomeOf(decision, kPartner));
}

TEST_F(RulesTest, ARequestTakesTheStepsOfItsTable) {
  const Hash request = Said(RequestTo(kPartner, kOther));
  const auto say = [&](pb::ResponseKind kind) { return ResponseTo(request, kPartner, kind); };
  Said(say(pb::RESPONSE_KIND_ACCEPT));
  NotAllowed(say(pb::RESPONSE_KIND_ACCEPT), "accepted");
  Said(say(pb::RESPONSE_KIND_DECLINE));
  NotAllowed(say(pb::RESPONSE_KIND_DECLINE), "declined");
  Said(say(pb::RESPONSE_KIND_ANSWER));
  for (const pb::ResponseKind kind : {pb::RESPONSE_KIND_ACCEPT, pb::RESPONSE_KIND_COUNTER,
                                      pb::RESPONSE_KIND_DECLINE, pb::RESPONSE_KIND_ANSWER}) {
    NotAllowed(say(kind), "answered");
  }
}

TEST_F(RulesTest, EachAddresseeAnswersForItself) {
  pb::Draft draft = RequestTo(kPartner, kOther);
  draft.add_addressees(kNri);
  const Hash request = Said(draft);
  Said(ResponseTo(request, kPartner, pb::RESPONSE_KIND_ANSWER));
  Said(ResponseTo(request, kNri, pb::RESPONSE_KIND_ACCEPT));
}

TEST_F(RulesTest, APositionTakesTheStepsOfItsTable) {
  const Hash signal = Said(SignalBy(kPartner));
  NotAllowed(PositionOn(signal, kOther, pb::POSITION_KIND_WITHDRAWN), "none");
  Said(PositionOn(signal, kOther, pb::POSITION_KIND_SUPPORT));
  NotAllowed(PositionOn(signal, kNri, pb::POSITION_KIND_WITHDRAWN), "none");
  Said(PositionOn(signal, kOther, pb::POSITION_KIND_WITHDRAWN));
  NotAllowed(PositionOn(signal, kOther, pb::POSITION_KIND_WITHDRAWN), "withdrawn");
}

TEST_F(RulesTest, AnOldVersionIsNotPutBeforeAFreshTranslation) {
  const Hash signal = Said(SignalBy(kPartner));
  const Hash version = Said(Revising(signal, SignalBy(kPartner)));
  Said(TranslationOf(signal, "fr"));
  Said(TranslationOf(version, "fr"));
  NotAllowed(TranslationOf(signal, "fr"), "fresh");
  Said(TranslationOf(signal, "es"));
}

TEST_F(RulesTest, AGroupTakesTheStepsOfItsTable) {
  const Hash a = Said(SignalBy(kPartner));
  const Hash b = Said(SignalBy(kOther));
  const Hash group = Said(GroupOf({a, b}));
  Said(DissolutionOf(group));
  NotAllowed(DissolutionOf(group), "dissolved");
  Said(Revising(group, GroupOf({a, b})));
}

// Found in review: the same pair could be grouped twice, and stayed together when one of the groups
// was dissolved.
TEST_F(RulesTest, WhatIsTogetherInAGroupThatStandsIsNotGroupedAgain) {
  const Hash a = Said(SignalBy(kPartner));
  const Hash b = Said(SignalBy(kOther));
  const Hash c = Said(SignalBy(kNri));
  const Hash group = Said(GroupOf({a, b}));
  const absl::Status refused =
      Refusal(GroupOf({c, a, b}), Reason::kTargetUnsuitable, {"references[2]"});
  EXPECT_THAT(refused.message(), HasSubstr(group.ToHex())) << "the way out";
  const Hash other = Said(GroupOf({b, c}));
  Said(Revising(group, GroupOf({a, b})));
  Unsuitable(Revising(group, GroupOf({a, b, c})), "references[2]");
  Said(DissolutionOf(other));
  Said(Revising(group, GroupOf({a, b, c})));
  Unsuitable(Revising(other, GroupOf({b, c})), "references[1]");
  Said(Revising(group, GroupOf({a, c})));
  Said(Revising(other, GroupOf({b, c})));
  Said(DissolutionOf(group));
  Said(GroupOf({a, b}));
}

TEST_F(RulesTest, AGroupOfAnotherAudienceIsNotBetrayedByARefusal) {
  const Hash a = Said(SignalBy(kPartner));
  const Hash b = Said(SignalBy(kOther));
  Said(For("igf/mag", GroupOf({a, b})));
  Unsuitable(For("igf/mag", GroupOf({a, b})), "references[1]");
  Said(GroupOf({a, b}));
}

TEST_F(RulesTest, AConflictOnceDeclaredStays) {
  const Hash signal = Said(SignalBy(kPartner));
  Said(EvaluationOf(signal, kSeat1, 3));
  Said(EvaluationOf(signal, kSeat1, 4));
  Said(EvaluationOf(signal, kSeat1, 0));
  NotAllowed(EvaluationOf(signal, kSeat1, 5), "recused");
  NotAllowed(EvaluationOf(signal, kSeat1, 0), "recused");
  Said(EvaluationOf(signal, kSeat2, 5));
}

// Found in review: whoever had declared a conflict scored what was carried into the next cycle.
TEST_F(RulesTest, AConflictGoesAlongIntoTheNextCycle) {
  Said(CycleOf("2028", pb::CYCLE_STATE_OPEN));
  const Hash signal = Said(SignalBy(kPartner));
  const auto in = [](const std::string& cycle, pb::Draft draft) {
    draft.set_cycle(cycle);
    return draft;
  };
  const Hash declared = Said(EvaluationOf(signal, kSeat1, 0));
  Said(EvaluationOf(signal, kSeat2, 3));
  Said(CarryOverOf({signal}, "2027", "2028"));
  NotAllowed(in("2028", EvaluationOf(signal, kSeat1, 5)), "recused");
  Said(in("2028", EvaluationOf(signal, kSeat1, 0)));
  Said(in("2028", EvaluationOf(signal, kSeat2, 5)));
  // Lifted in one, it stands in the other.
  Said(For("igf/mag", RetractionOf(declared, kSecretariat)));
  NotAllowed(EvaluationOf(signal, kSeat1, 5), "recused");
  NotAllowed(in("2028", EvaluationOf(signal, kSeat1, 5)), "recused");
}

// Found in review: scores were given in cycles where no board counts them.
TEST_F(RulesTest, WhatIsEvaluatedIsInThatCycle) {
  for (const char* cycle : {"2028", "2029"}) Said(CycleOf(cycle, pb::CYCLE_STATE_OPEN));
  const auto in = [](const std::string& cycle, pb::Draft draft) {
    draft.set_cycle(cycle);
    return draft;
  };
  const Hash signal = Said(SignalBy(kPartner));
  const Hash decision = Proposed();
  const Hash group = Said(GroupOf({signal, Said(SignalBy(kOther))}));
  for (const Hash& candidate : {signal, decision, group}) {
    const absl::Status refused =
        Refusal(in("2028", EvaluationOf(candidate, kSeat1, 3)), Reason::kCycleUnknown, {"cycle"});
    EXPECT_THAT(WayOut(refused), HasSubstr("it is in 2027;"));
    Said(EvaluationOf(candidate, kSeat1, 3));
  }
  Said(CarryOverOf({signal, decision}, "2027", "2028"));
  for (const Hash& candidate : {signal, decision}) {
    Said(in("2028", EvaluationOf(candidate, kSeat1, 3)));
    Said(EvaluationOf(candidate, kSeat1, 4));
    const absl::Status refused =
        Refusal(in("2029", EvaluationOf(candidate, kSeat1, 3)), Reason::kCycleUnknown, {"cycle"});
    EXPECT_THAT(WayOut(refused), HasSubstr("it is in 2027, 2028;"));
  }
  const Hash of_none = Said(in("", SignalBy(kPartner)));
  Said(CarryOverOf({of_none}, "2027", "2028"));
  for (const char* cycle : {"2027", "2028", "2029"}) {
    Said(in(cycle, EvaluationOf(of_none, kSeat1, 3)));
  }
}

// Found in review: whoever took a declared conflict back could score after all.
TEST_F(RulesTest, OnlyTheSecretariatLiftsADeclaredConflict) {
  const Hash signal = Said(SignalBy(kPartner));
  const auto back = [](const Hash& what, const char* author) {
    return For("igf/mag", RetractionOf(what, author));
  };
  const Hash scored = Said(EvaluationOf(signal, kSeat1, 3));
  const Hash declared = Said(EvaluationOf(signal, kSeat1, 0));
  Said(back(scored, kSeat1));
  NotPermitted(back(declared, kSeat1));
  NotPermitted(back(declared, kMag));
  NotAllowed(EvaluationOf(signal, kSeat1, 5), "recused");
  Said(back(declared, kSecretariat));
  Said(EvaluationOf(signal, kSeat1, 5));

  // As a later version of a score as well.
  const Hash chain = Said(EvaluationOf(signal, kSeat2, 3));
  Said(Naming(EvaluationOf(signal, kSeat2, 0), pb::RELATION_REVISES, chain));
  NotPermitted(back(chain, kSeat2));
  NotAllowed(EvaluationOf(signal, kSeat2, 5), "recused");
}

TEST_F(RulesTest, ACycleTakesTheStepsOfItsTable) {
  NotAllowed(CycleOf("2028", pb::CYCLE_STATE_CLOSED), "not there yet");
  Said(CycleOf("2027", pb::CYCLE_STATE_OPEN));
  Said(CycleOf("2027", pb::CYCLE_STATE_CLOSED));
  NotAllowed(CycleOf("2027", pb::CYCLE_STATE_OPEN), "closed");
}

TEST_F(RulesTest, ALiaisonTakesTheStepsOfItsTable) {
  NotAllowed(LiaisonBetween(kPartner, kOther, pb::LIAISON_ACTION_END), "none");
  Said(LiaisonBetween(kPartner, kOther, pb::LIAISON_ACTION_ESTABLISH));
  NotAllowed(LiaisonBetween(kOther, kPartner, pb::LIAISON_ACTION_END), "none");
  Said(LiaisonBetween(kPartner, kOther, pb::LIAISON_ACTION_END));
  NotAllowed(LiaisonBetween(kPartner, kOther, pb::LIAISON_ACTION_END), "ended");
}

// Found in review: `reasons[7]` of a disposition with one reason was translated.
TEST_F(RulesTest, WhatIsTranslatedIsInTheOriginal) {
  const Hash one = Said(SignalBy(kPartner));
  const Hash two = Said(SignalBy(kOther));
  pb::Draft original = DispositionOf({one, two}, pb::DISPOSITION_KIND_NOTED);
  pb::InputReason& own = *original.mutable_disposition()->add_reasons();
  own.set_input(std::string(two.bytes()));
  own.set_reason("a fictional reason of its own");
  const Hash disposition = Said(original);
  const auto of = [&](const std::vector<std::string>& fields) {
    pb::Draft draft = TranslationOf(disposition, "fr");
    for (const std::string& field : fields) {
      pb::TranslatedField& translated = *draft.mutable_translation()->add_fields();
      translated.set_field(field);
      translated.set_text("des mots fictifs");
    }
    return draft;
  };
  Refused(of({"disposition.reasons[7].reason", "reason", "reasons[1].reason"}),
          Reason::kFieldInvalid, {"translation.fields[0].field", "translation.fields[2].field"});
  for (const char* none :
       {"", ".", "reasons", "reasons.reason", "reasons[0]", "reasons[-1].reason",
        "reasons[0.reason", "reasons[0].reason.more", "reason[0]", "passed_to", "acting_as", "into",
        "disposition.inputs[0].kind", "title", "decision.reasons"}) {
    Refused(of({none}), Reason::kFieldInvalid, {"translation.fields[0].field"}, none);
  }
  Said(of({"disposition.reasons[0].reason", "reasons[0].reason", "reason", "disposition.reason"}));
  // What has been erased is not there to be compared with.
  Said(RedactionDraft(kSecretariat, disposition, pb::SECTION_KIND_CONTENT));
  Said(of({"reasons[7].reason"}));
}

// Found in review: what one end had ended, the other went on with.
TEST_F(RulesTest, WhoEndedALiaisonBeginsItAgain) {
  const pb::Draft begins = LiaisonBetween(kPartner, kOther, pb::LIAISON_ACTION_ESTABLISH);
  const pb::Draft ends = LiaisonBetween(kPartner, kOther, pb::LIAISON_ACTION_END);
  const auto again = [](const std::string& author, pb::Draft draft) {
    draft.set_event_id(SignalBy(author).event_id());
    return By(author, draft);
  };
  Said(begins);
  Said(again(kOther, begins));
  Said(again(kOther, ends));
  NotPermitted(again(kPartner, begins));
  Said(again(kOther, begins));
  Said(again(kPartner, ends));
  NotPermitted(again(kOther, begins));
  Said(again(kPartner, begins));
  Said(again(kSecretariat, ends));
  for (const char* end : {kPartner, kOther}) NotPermitted(again(end, begins));
  Said(again(kSecretariat, begins));
}

TEST_F(RulesTest, VersionsOfAnAudienceCountOneByOne) {
  const std::vector<std::string> field = {"audience_body.version"};
  Refused(AudienceOf("igf/wg-fictional", 2, {kOther}), Reason::kTransitionNotAllowed, field);
  Said(AudienceOf("igf/wg-fictional", 1, {kOther}));
  Refused(AudienceOf("igf/wg-fictional", 1, {kOther}), Reason::kTransitionNotAllowed, field);
  Refused(AudienceOf("igf/wg-fictional", 3, {kOther}), Reason::kTransitionNotAllowed, field);
  Said(AudienceOf("igf/wg-fictional", 2, {kOther}));
}

// --- within one group ----------------------------------------------------------------------------

// What stands before it in the same batch counts, and what was rolled back does not.
TEST_F(RulesTest, ABatchIsDecidedOneAfterTheOther) {
  const Hash signal = Said(SignalBy(kPartner));
  const std::vector<std::string> before = hub_.Everything();
  const auto answers = hub_.PublishBatch(
      {PositionOn(signal, kOther, pb::POSITION_KIND_SUPPORT), RetractionOf(signal, kPartner),
       PositionOn(signal, kNri, pb::POSITION_KIND_SUPPORT)},
      /*atomic=*/true);
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(ReasonOf(answers[2].status()), Reason::kTargetRetracted);
  EXPECT_EQ(hub_.Everything(), before);
  Said(PositionOn(signal, kNri, pb::POSITION_KIND_SUPPORT));
}

TEST_F(RulesTest, ADryRunIsRefusedAlike) {
  const std::vector<std::string> before = hub_.Everything();
  const auto refused = hub_.PublishBatch({BareDecisionIn(pb::DECISION_STATE_ADOPTED)}, true, {},
                                         /*dry_run=*/true);
  EXPECT_EQ(ReasonOf(refused[0].status()), Reason::kAdoptionIncomplete);
  const auto taken = hub_.PublishBatch({DecisionIn(pb::DECISION_STATE_PROPOSED)}, true, {}, true);
  EXPECT_TRUE(taken[0].ok()) << taken[0].status();
  EXPECT_EQ(hub_.Everything(), before);
}

}  // namespace
}  // namespace liaison
