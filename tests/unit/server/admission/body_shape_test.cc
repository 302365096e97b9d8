// What is wrong with a body by itself, type by type: the field is named, and the way out. The good
// statement that each bad one is made from passes. Everything here is fictional.

#include "server/admission/body_shape.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "proto/record/event_types.h"
#include "proto/record/limits.h"
#include "tests/support/fictional_igf.h"
#include "tests/support/test_hub.h"

namespace liaison {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): drafts in few words
using record::Hash;
using ::testing::HasSubstr;

const Hash kOne = record::Sha256Of("one");
const Hash kTwo = record::Sha256Of("two");

// A good statement, and what to do to it so that this field is refused with these words.
struct Bad {
  const char* field;
  const char* way_out;
  std::function<void(pb::Draft*)> spoil;
};

class BodyShapeTest : public ::testing::Test {
 protected:
  absl::Status Admit(pb::Draft draft) {
    return hub_.admission().Admit(Item(std::move(draft)), "items[0]").status();
  }
  void Refused(const pb::Draft& good, const std::vector<Bad>& bads) {
    EXPECT_TRUE(Admit(good).ok()) << Admit(good) << good.ShortDebugString();
    for (const Bad& bad : bads) {
      pb::Draft draft = good;
      bad.spoil(&draft);
      const absl::Status refused = Admit(draft);
      ASSERT_EQ(refused.code(), absl::StatusCode::kInvalidArgument)
          << bad.field << ": " << refused << draft.ShortDebugString();
      std::map<std::string, std::string> said;
      for (const auto& violation : record::FieldViolationsOf(refused)) {
        absl::StrAppend(&said[violation.field], violation.description, "; ");
      }
      const std::string field = absl::StrCat("items[0].draft.", bad.field);
      ASSERT_EQ(said.count(field), 1u) << bad.field << " is not named: " << refused;
      EXPECT_THAT(said[field], HasSubstr(bad.way_out)) << bad.field;
    }
  }

  static constexpr char kMissing[] = "missing";
  TestHub hub_;
};

TEST_F(BodyShapeTest, Organisation) {
  Refused(RegistrationOf("org/fictional", pb::ORGANISATION_KIND_GOVERNMENT),
          {{"organisation.organisation", kMissing,
            [](pb::Draft* d) { d->mutable_organisation()->clear_organisation(); }},
           {"organisation.organisation", "org/name",
            [](pb::Draft* d) { d->mutable_organisation()->set_organisation("Fictional"); }},
           {"organisation.name", kMissing,
            [](pb::Draft* d) { d->mutable_organisation()->clear_name(); }},
           {"organisation.kind", kMissing,
            [](pb::Draft* d) { d->mutable_organisation()->clear_kind(); }},
           {"organisation.countries[0]", "two upper case letters",
            [](pb::Draft* d) { d->mutable_organisation()->add_countries("fr"); }},
           {"organisation.languages[0]", "BCP 47",
            [](pb::Draft* d) { d->mutable_organisation()->add_languages("French"); }},
           {"audience", "public", [](pb::Draft* d) { d->set_audience("igf/mag"); }}});
}

TEST_F(BodyShapeTest, Key) {
  Refused(
      KeyDraft(kPartner, pb::KEY_ACTION_ADD, record::SigningKey::Generate()),
      {{"key.organisation", kMissing, [](pb::Draft* d) { d->mutable_key()->clear_organisation(); }},
       {"key.action", "KEY_ACTION_ADD", [](pb::Draft* d) { d->mutable_key()->clear_action(); }},
       {"key.public_key", kMissing, [](pb::Draft* d) { d->mutable_key()->clear_public_key(); }},
       {"key.public_key", "32 bytes",
        [](pb::Draft* d) { d->mutable_key()->set_public_key("short"); }},
       {"key.possession", "sign the organisation's name",
        [](pb::Draft* d) { d->mutable_key()->clear_possession(); }},
       {"audience", "public", [](pb::Draft* d) { d->set_audience("igf/partners"); }}});
}

TEST_F(BodyShapeTest, Audience) {
  Refused(AudienceOf("igf/wg-fictional", 1, {kPartner}),
          {{"audience_body.group", "a group of this hub",
            [](pb::Draft* d) { d->mutable_audience_body()->set_group("igf/mag"); }},
           {"audience_body.group", "a group of this hub",
            [](pb::Draft* d) { d->mutable_audience_body()->set_group("other/wg-fictional"); }},
           {"audience_body.group", "HUB/name",
            [](pb::Draft* d) { d->mutable_audience_body()->set_group("igf/wg-fictional@1"); }},
           {"audience_body.version", "the first is 1",
            [](pb::Draft* d) { d->mutable_audience_body()->clear_version(); }},
           {"audience_body.members", "at least one",
            [](pb::Draft* d) { d->mutable_audience_body()->clear_members(); }},
           {"audience_body.members[1]", "twice",
            [](pb::Draft* d) { d->mutable_audience_body()->add_members(kPartner); }},
           {"audience_body.members[0]", "org/name",
            [](pb::Draft* d) { d->mutable_audience_body()->set_members(0, "everybody"); }},
           {"audience", "public", [](pb::Draft* d) { d->set_audience("igf/mag"); }}});
}

TEST_F(BodyShapeTest, Liaison) {
  Refused(LiaisonBetween(kPartner, kOther, pb::LIAISON_ACTION_ESTABLISH),
          {{"liaison.from", kMissing, [](pb::Draft* d) { d->mutable_liaison()->clear_from(); }},
           {"liaison.to", kMissing, [](pb::Draft* d) { d->mutable_liaison()->clear_to(); }},
           {"liaison.to", "two organisations",
            [](pb::Draft* d) { d->mutable_liaison()->set_to(kPartner); }},
           {"liaison.action", "LIAISON_ACTION_ESTABLISH",
            [](pb::Draft* d) { d->mutable_liaison()->clear_action(); }},
           {"liaison.mandate", "what it is for",
            [](pb::Draft* d) { d->mutable_liaison()->clear_mandate(); }},
           {"liaison.valid_from", kMissing,
            [](pb::Draft* d) { d->mutable_liaison()->clear_valid_from(); }},
           {"liaison.valid_from", "YYYY-MM-DD",
            [](pb::Draft* d) { d->mutable_liaison()->set_valid_from("2027-02-30"); }},
           {"liaison.valid_until", "before it starts",
            [](pb::Draft* d) { d->mutable_liaison()->set_valid_until("2026-12-31"); }}});
}

TEST_F(BodyShapeTest, TopicScheme) {
  Refused(SchemeOf("fictional-2027", {"access"}),
          {{"topic_scheme.scheme", kMissing,
            [](pb::Draft* d) { d->mutable_topic_scheme()->clear_scheme(); }},
           {"topic_scheme.codes", "at least one",
            [](pb::Draft* d) { d->mutable_topic_scheme()->clear_codes(); }},
           {"topic_scheme.codes[1]", "twice",
            [](pb::Draft* d) { d->mutable_topic_scheme()->add_codes("access"); }},
           {"topic_scheme.codes[1]", "lower case",
            [](pb::Draft* d) { d->mutable_topic_scheme()->add_codes("Free text"); }},
           {"topic_scheme.entries[0].code", "among the codes",
            [](pb::Draft* d) { d->mutable_topic_scheme()->add_entries()->set_code("safety"); }},
           {"topic_scheme.codes", "at most", [](pb::Draft* d) {
              for (int i = 0; i < record::kMaxSchemeCodes; ++i)
                d->mutable_topic_scheme()->add_codes(absl::StrCat("c", i));
            }}});
}

TEST_F(BodyShapeTest, Crosswalk) {
  Refused(CrosswalkBy(kSecretariat),
          {{"crosswalk.from_scheme", kMissing,
            [](pb::Draft* d) { d->mutable_crosswalk()->clear_from_scheme(); }},
           {"crosswalk.to_scheme", kMissing,
            [](pb::Draft* d) { d->mutable_crosswalk()->clear_to_scheme(); }},
           {"crosswalk.to_scheme", "another scheme",
            [](pb::Draft* d) { d->mutable_crosswalk()->set_to_scheme("fictional-2026"); }},
           {"crosswalk.entries", "at least one",
            [](pb::Draft* d) { d->mutable_crosswalk()->clear_entries(); }},
           {"crosswalk.entries[0].from_code", kMissing,
            [](pb::Draft* d) { d->mutable_crosswalk()->mutable_entries(0)->clear_from_code(); }},
           {"crosswalk.entries[0].to_code", kMissing,
            [](pb::Draft* d) { d->mutable_crosswalk()->mutable_entries(0)->clear_to_code(); }},
           {"crosswalk.entries[0].match", "exact",
            [](pb::Draft* d) { d->mutable_crosswalk()->mutable_entries(0)->clear_match(); }},
           {"crosswalk.entries", "at most", [](pb::Draft* d) {
              for (int i = 0; i < record::kMaxSchemeCodes; ++i)
                *d->mutable_crosswalk()->add_entries() = d->crosswalk().entries(0);
            }}});
}

TEST_F(BodyShapeTest, Cycle) {
  Refused(CycleOf("2028", pb::CYCLE_STATE_OPEN),
          {{"cycle_body.cycle_id", kMissing,
            [](pb::Draft* d) { d->mutable_cycle_body()->clear_cycle_id(); }},
           {"cycle_body.cycle_id", "its year",
            [](pb::Draft* d) { d->mutable_cycle_body()->set_cycle_id("next year"); }},
           {"cycle_body.phases[0].phase", kMissing,
            [](pb::Draft* d) { d->mutable_cycle_body()->mutable_phases(0)->clear_phase(); }},
           {"cycle_body.phases[0].starts_on", kMissing,
            [](pb::Draft* d) { d->mutable_cycle_body()->mutable_phases(0)->clear_starts_on(); }},
           {"cycle_body.phases[0].ends_on", kMissing,
            [](pb::Draft* d) { d->mutable_cycle_body()->mutable_phases(0)->clear_ends_on(); }},
           {"cycle_body.phases[0].ends_on", "before it starts",
            [](pb::Draft* d) {
              d->mutable_cycle_body()->mutable_phases(0)->set_ends_on("2026-12-31");
            }},
           {"cycle_body.phases", "at most", [](pb::Draft* d) {
              for (int i = 0; i < record::kMaxPhases; ++i)
                *d->mutable_cycle_body()->add_phases() = d->cycle_body().phases(0);
            }}});
}

TEST_F(BodyShapeTest, TopicSignal) {
  Refused(RequestTo(kMag, kPartner),
          {{"topic_signal.title", "title",
            [](pb::Draft* d) { d->mutable_topic_signal()->clear_title(); }},
           {"topic_signal.title", "UTF-8",
            [](pb::Draft* d) { d->mutable_topic_signal()->set_title(std::string("a\0b", 3)); }},
           {"topics", "`unspecified`", [](pb::Draft* d) { d->clear_topics(); }},
           {"topic_signal.requested_date", "YYYY-MM-DD",
            [](pb::Draft* d) { d->mutable_topic_signal()->set_requested_date("tomorrow"); }},
           {"topic_signal.evidence[0].uri", "https://",
            [](pb::Draft* d) {
              d->mutable_topic_signal()->add_evidence()->set_uri("a fictional paper");
            }},
           {"addressees[0]", "org/name", [](pb::Draft* d) { d->set_addressees(0, "the MAG"); }}});
}

TEST_F(BodyShapeTest, LocalReport) {
  Refused(ReportBy(kNri),
          {{"local_report.title", "title",
            [](pb::Draft* d) { d->mutable_local_report()->clear_title(); }},
           {"local_report.ends_on", "before it starts",
            [](pb::Draft* d) {
              d->mutable_local_report()->set_starts_on("2027-05-02");
              d->mutable_local_report()->set_ends_on("2027-05-01");
            }},
           {"local_report.requests[0].to", "org/name",
            [](pb::Draft* d) { d->mutable_local_report()->add_requests()->set_to("you"); }},
           {"local_report.requests[0].to", "add org/igf-mag to `addressees`",
            [](pb::Draft* d) { d->mutable_local_report()->add_requests()->set_to("org/igf-mag"); }},
           {"local_report.requests[0].by", "YYYY-MM-DD",
            [](pb::Draft* d) { d->mutable_local_report()->add_requests()->set_by("soon"); }},
           {"local_report.working_languages[0]", "BCP 47",
            [](pb::Draft* d) { d->mutable_local_report()->add_working_languages("French"); }}});
}

TEST_F(BodyShapeTest, Position) {
  Refused(
      PositionOn(kOne, kPartner, pb::POSITION_KIND_OBJECT),
      {{"position.kind", "support, reserve, object or withdrawn",
        [](pb::Draft* d) { d->mutable_position()->clear_kind(); }},
       {"position.reason", "say why", [](pb::Draft* d) { d->mutable_position()->clear_reason(); }},
       {"position.reason", "say why",
        [](pb::Draft* d) {
          d->mutable_position()->set_kind(pb::POSITION_KIND_RESERVE);
          d->mutable_position()->clear_reason();
        }},
       {"references", "RELATION_POSITION_ON", [](pb::Draft* d) { d->clear_references(); }},
       {"references", "RELATION_POSITION_ON",
        [](pb::Draft* d) { *d = Naming(*d, pb::RELATION_POSITION_ON, kTwo); }}});
}

TEST_F(BodyShapeTest, Response) {
  Refused(ResponseTo(kOne, kPartner, pb::RESPONSE_KIND_COUNTER),
          {{"response.kind", "accept, counter, decline or answer",
            [](pb::Draft* d) { d->mutable_response()->clear_kind(); }},
           {"response.doable_date", "can be met",
            [](pb::Draft* d) { d->mutable_response()->clear_doable_date(); }},
           {"response.doable_date", "counter with it",
            [](pb::Draft* d) { d->mutable_response()->set_kind(pb::RESPONSE_KIND_ACCEPT); }},
           {"response.reason", "say why",
            [](pb::Draft* d) {
              d->mutable_response()->set_kind(pb::RESPONSE_KIND_DECLINE);
              d->mutable_response()->clear_reason();
            }},
           {"references", "RELATION_RESPONDS_TO", [](pb::Draft* d) { d->clear_references(); }}});
}

TEST_F(BodyShapeTest, AnAnswerHasWords) {
  const pb::Draft by_reason = ResponseTo(kOne, kPartner, pb::RESPONSE_KIND_ANSWER);
  pb::Draft by_text = by_reason;
  by_text.mutable_response()->clear_reason();
  by_text.mutable_response()->set_text("a fictional answer");
  EXPECT_TRUE(Admit(by_text).ok()) << Admit(by_text);
  Refused(by_reason, {{"response.text", "give the answer",
                       [](pb::Draft* d) { d->mutable_response()->clear_reason(); }}});
}

// Writes the words into a field of the body: `position.reason`.
void Say(const std::string& path, const std::string& words, pb::Draft* draft) {
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  google::protobuf::Message* body = draft->GetReflection()->MutableMessage(
      draft, draft->GetDescriptor()->FindFieldByName(names[0]));
  body->GetReflection()->SetString(body, body->GetDescriptor()->FindFieldByName(names[1]), words);
}

// Found in review: spaces, and what nobody can see, were taken for a reason.
TEST_F(BodyShapeTest, BlankWordsAreNoWords) {
  const std::vector<std::pair<std::string, pb::Draft>> cases = {
      {"organisation.name", RegistrationOf("org/fictional", pb::ORGANISATION_KIND_GOVERNMENT)},
      {"topic_signal.title", SignalBy(kPartner)},
      {"local_report.title", ReportBy(kNri)},
      {"position.reason", PositionOn(kOne, kPartner, pb::POSITION_KIND_OBJECT)},
      {"response.reason", ResponseTo(kOne, kPartner, pb::RESPONSE_KIND_DECLINE)},
      {"decision.title", BareDecisionIn(pb::DECISION_STATE_PROPOSED)},
      {"outcome.product", OutcomeOf(kOne, kPartner)},
      {"progress.text", ProgressOn(kOne, kPartner)},
      {"support_request.title", SupportRequestBy(kPartner, kMag)},
      {"amendment.text", AmendmentOf(kOne, kPartner)},
      {"amendment.reason", AmendmentOf(kOne, kPartner)},
      {"retraction.reason", RetractionOf(kOne, kPartner)},
      {"translation.text", TranslationOf(kOne, "fr")},
      {"grouping.reason", GroupOf({kOne, kTwo})},
      {"attendance.title", AttendanceBy(kNri)},
      {"liaison.mandate", LiaisonBetween(kPartner, kOther, pb::LIAISON_ACTION_ESTABLISH)},
  };
  for (const std::string blank : {"  ", "\n", "\u200b", " \u3000\t\u2060"}) {
    for (const auto& [path, good] : cases) {
      Refused(good, {{path.c_str(), "", [&, path = path](pb::Draft* d) { Say(path, blank, d); }}});
    }
    Refused(ResponseTo(kOne, kPartner, pb::RESPONSE_KIND_ANSWER),
            {{"response.text", "give the answer",
              [&](pb::Draft* d) { Say("response.reason", blank, d); }}});
    Refused(DispositionOf({kOne}, pb::DISPOSITION_KIND_NOTED),
            {{"disposition.inputs[0]", "say why", [&](pb::Draft* d) {
                Say("disposition.reason", blank, d);
                pb::InputReason& reason = *d->mutable_disposition()->add_reasons();
                reason.set_input(std::string(kOne.bytes()));
                reason.set_reason(blank);
              }}});
  }
}

TEST_F(BodyShapeTest, Attendance) {
  Refused(
      AttendanceBy(kNri),
      {{"attendance.title", "title", [](pb::Draft* d) { d->mutable_attendance()->clear_title(); }},
       {"attendance.starts_on", kMissing,
        [](pb::Draft* d) { d->mutable_attendance()->clear_starts_on(); }},
       {"attendance.participants", "at least one",
        [](pb::Draft* d) { d->mutable_attendance()->clear_participants(); }},
       {"attendance.ends_on", "before it starts",
        [](pb::Draft* d) { d->mutable_attendance()->set_ends_on("2027-01-09"); }}});
}

TEST_F(BodyShapeTest, SupportRequest) {
  Refused(SupportRequestBy(kNri, kMag),
          {{"support_request.title", "title",
            [](pb::Draft* d) { d->mutable_support_request()->clear_title(); }},
           {"support_request.due_on", "by when",
            [](pb::Draft* d) { d->mutable_support_request()->clear_due_on(); }},
           {"support_request.due_on", "YYYY-MM-DD",
            [](pb::Draft* d) { d->mutable_support_request()->set_due_on("soon"); }},
           {"addressees", "whom you ask", [](pb::Draft* d) { d->clear_addressees(); }}});
}

TEST_F(BodyShapeTest, Disposition) {
  Refused(DispositionOf({kOne, kTwo}, pb::DISPOSITION_KIND_PASSED_ON),
          {{"disposition.inputs", "1 to 500",
            [](pb::Draft* d) { d->mutable_disposition()->clear_inputs(); }},
           {"disposition.inputs", "at most 500",
            [](pb::Draft* d) {
              for (int i = 0; i < record::kMaxDisposedInputs; ++i)
                *d->mutable_disposition()->add_inputs() = d->disposition().inputs(0);
            }},
           {"disposition.inputs[0].input", kMissing,
            [](pb::Draft* d) { d->mutable_disposition()->mutable_inputs(0)->clear_input(); }},
           {"disposition.inputs[0].input", "32 bytes",
            [](pb::Draft* d) { d->mutable_disposition()->mutable_inputs(0)->set_input("short"); }},
           {"disposition.inputs[1]", "twice",
            [](pb::Draft* d) {
              *d->mutable_disposition()->mutable_inputs(1) = d->disposition().inputs(0);
            }},
           {"disposition.inputs[1].kind", "taken up, merged",
            [](pb::Draft* d) { d->mutable_disposition()->mutable_inputs(1)->clear_kind(); }},
           {"disposition.inputs[1]", "say why",
            [](pb::Draft* d) {
              pb::InputReason& reason = *d->mutable_disposition()->add_reasons();
              reason.set_input(d->disposition().inputs(0).input());
              reason.set_reason("because");
              d->mutable_disposition()->clear_reason();
            }},
           {"disposition.reasons[0].input", "not among the inputs",
            [](pb::Draft* d) {
              d->mutable_disposition()->add_reasons()->set_input(std::string(32, 'x'));
            }},
           {"disposition.passed_to", "to whom",
            [](pb::Draft* d) { d->mutable_disposition()->clear_passed_to(); }},
           {"disposition.passed_to", "org/name",
            [](pb::Draft* d) { d->mutable_disposition()->set_passed_to("somebody"); }},
           {"disposition.into", "into what", [](pb::Draft* d) {
              d->mutable_disposition()->mutable_inputs(0)->set_kind(pb::DISPOSITION_KIND_MERGED);
            }}});
}

TEST_F(BodyShapeTest, Evaluation) {
  Refused(EvaluationOf(kOne, kSeat1, 3),
          {{"references", "RELATION_EVALUATES", [](pb::Draft* d) { d->clear_references(); }},
           {"audience", "for the MAG's eyes", [](pb::Draft* d) { d->set_audience("igf/public"); }},
           {"cycle", "in which cycle", [](pb::Draft* d) { d->clear_cycle(); }},
           {"evaluation.scores", "declare a conflict",
            [](pb::Draft* d) { d->mutable_evaluation()->clear_scores(); }},
           {"evaluation.scores", "gives no scores",
            [](pb::Draft* d) { d->mutable_evaluation()->set_conflict(true); }},
           {"evaluation.scores[0].criterion", kMissing,
            [](pb::Draft* d) { d->mutable_evaluation()->mutable_scores(0)->clear_criterion(); }},
           {"evaluation.scores[0].score", "1 to 5",
            [](pb::Draft* d) { d->mutable_evaluation()->mutable_scores(0)->set_score(0); }},
           {"evaluation.scores[0].score", "1 to 5",
            [](pb::Draft* d) { d->mutable_evaluation()->mutable_scores(0)->set_score(6); }},
           {"evaluation.scores[1].criterion", "twice", [](pb::Draft* d) {
              *d->mutable_evaluation()->add_scores() = d->evaluation().scores(0);
            }}});
}

TEST_F(BodyShapeTest, Decision) {
  Refused(DecisionIn(pb::DECISION_STATE_PROPOSED),
          {{"decision.title", "title", [](pb::Draft* d) { d->mutable_decision()->clear_title(); }},
           {"decision.state", kMissing, [](pb::Draft* d) { d->mutable_decision()->clear_state(); }},
           {"decision.time_frame.ends_on", "before it starts",
            [](pb::Draft* d) {
              d->mutable_decision()->mutable_time_frame()->set_ends_on("2027-01-01");
            }},
           {"decision.steward", "org/name",
            [](pb::Draft* d) { d->mutable_decision()->set_steward("somebody"); }},
           {"decision.outcome_owner", "org/name",
            [](pb::Draft* d) { d->mutable_decision()->set_outcome_owner("somebody"); }},
           {"decision.outcome_due_on", "YYYY-MM-DD",
            [](pb::Draft* d) { d->mutable_decision()->set_outcome_due_on("soon"); }},
           {"decision.answers[0].objection", "32 bytes",
            [](pb::Draft* d) { d->mutable_decision()->add_answers()->set_objection("short"); }}});
}

TEST_F(BodyShapeTest, Progress) {
  Refused(ProgressOn(kOne, kPartner),
          {{"progress.percent", "0 to 100",
            [](pb::Draft* d) { d->mutable_progress()->set_percent(101); }},
           {"progress.text", "what was done",
            [](pb::Draft* d) { d->mutable_progress()->clear_text(); }},
           {"progress.expected_on", "YYYY-MM-DD",
            [](pb::Draft* d) { d->mutable_progress()->set_expected_on("soon"); }},
           {"references", "RELATION_REPORTS_ON", [](pb::Draft* d) { d->clear_references(); }}});
}

TEST_F(BodyShapeTest, Outcome) {
  Refused(OutcomeOf(kOne, kPartner),
          {{"outcome.test_result", "met, partly met",
            [](pb::Draft* d) { d->mutable_outcome()->clear_test_result(); }},
           {"outcome.product", "what was produced",
            [](pb::Draft* d) { d->mutable_outcome()->clear_product(); }},
           {"outcome.delivered_on", "YYYY-MM-DD",
            [](pb::Draft* d) { d->mutable_outcome()->set_delivered_on("yesterday"); }},
           {"references", "RELATION_REPORTS_ON", [](pb::Draft* d) { d->clear_references(); }}});
}

TEST_F(BodyShapeTest, CarryOver) {
  Refused(CarryOverOf({kOne}, "2027", "2028"),
          {{"carry_over.from_cycle", kMissing,
            [](pb::Draft* d) { d->mutable_carry_over()->clear_from_cycle(); }},
           {"carry_over.to_cycle", kMissing,
            [](pb::Draft* d) { d->mutable_carry_over()->clear_to_cycle(); }},
           {"carry_over.to_cycle", "another cycle",
            [](pb::Draft* d) { d->mutable_carry_over()->set_to_cycle("2027"); }},
           {"carry_over.to_cycle", "its year",
            [](pb::Draft* d) { d->mutable_carry_over()->set_to_cycle("the next"); }},
           {"references", "RELATION_CARRIES_OVER", [](pb::Draft* d) { d->clear_references(); }}});
}

TEST_F(BodyShapeTest, Amendment) {
  Refused(AmendmentOf(kOne, kPartner),
          {{"amendment.kind", "correction or update",
            [](pb::Draft* d) { d->mutable_amendment()->clear_kind(); }},
           {"amendment.text", "the new words",
            [](pb::Draft* d) { d->mutable_amendment()->clear_text(); }},
           {"amendment.reason", "why it is changed",
            [](pb::Draft* d) { d->mutable_amendment()->clear_reason(); }},
           {"references", "RELATION_REVISES", [](pb::Draft* d) { d->clear_references(); }}});
}

TEST_F(BodyShapeTest, Retraction) {
  Refused(RetractionOf(kOne, kPartner),
          {{"retraction.cause", "error, superseded",
            [](pb::Draft* d) { d->mutable_retraction()->clear_cause(); }},
           {"retraction.reason", "why it is taken back",
            [](pb::Draft* d) { d->mutable_retraction()->clear_reason(); }},
           {"references", "RELATION_RETRACTS", [](pb::Draft* d) { d->clear_references(); }},
           {"references", "RELATION_RETRACTS",
            [](pb::Draft* d) { *d = Naming(*d, pb::RELATION_RETRACTS, kTwo); }}});
}

TEST_F(BodyShapeTest, Translation) {
  Refused(
      TranslationOf(kOne, "fr"),
      {{"language", "into which language", [](pb::Draft* d) { d->clear_language(); }},
       {"translation.maker", "human, machine",
        [](pb::Draft* d) { d->mutable_translation()->clear_maker(); }},
       {"translation.made_on", "when it was made",
        [](pb::Draft* d) { d->mutable_translation()->clear_made_on(); }},
       {"translation.engine", "name the machine",
        [](pb::Draft* d) { d->mutable_translation()->set_maker(pb::TRANSLATION_MAKER_MACHINE); }},
       {"translation.engine_version", "version",
        [](pb::Draft* d) {
          d->mutable_translation()->set_maker(pb::TRANSLATION_MAKER_MACHINE_REVIEWED);
        }},
       {"translation.text", "the words",
        [](pb::Draft* d) { d->mutable_translation()->clear_text(); }},
       {"references", "RELATION_TRANSLATES", [](pb::Draft* d) { d->clear_references(); }}});
}

TEST_F(BodyShapeTest, Grouping) {
  Refused(
      GroupOf({kOne, kTwo}),
      {{"grouping.action", "group or dissolve",
        [](pb::Draft* d) { d->mutable_grouping()->clear_action(); }},
       {"grouping.reason", "say why", [](pb::Draft* d) { d->mutable_grouping()->clear_reason(); }},
       {"references", "two members or more",
        [](pb::Draft* d) { d->mutable_references()->RemoveLast(); }},
       {"references", "RELATION_REVISES",
        [](pb::Draft* d) { d->mutable_grouping()->set_action(pb::GROUPING_ACTION_DISSOLVE); }}});
}

TEST_F(BodyShapeTest, Redaction) {
  Refused(RedactionDraft(kPartner, kOne, pb::SECTION_KIND_CONTENT),
          {{"redaction.target_digest", kMissing,
            [](pb::Draft* d) { d->mutable_redaction()->clear_target_digest(); }},
           {"redaction.target_digest", "32 bytes",
            [](pb::Draft* d) { d->mutable_redaction()->set_target_digest("short"); }},
           {"redaction.section", kMissing,
            [](pb::Draft* d) { d->mutable_redaction()->clear_section(); }},
           {"redaction.reason", kMissing,
            [](pb::Draft* d) { d->mutable_redaction()->clear_reason(); }}});
}

// `topic-signal` as the test is called, TopicSignal.
std::string TestNameOf(absl::string_view type) {
  std::string name;
  for (const absl::string_view word : absl::StrSplit(type, '-')) {
    absl::StrAppend(&name, absl::AsciiStrToUpper(word.substr(0, 1)), word.substr(1));
  }
  return name;
}

TEST_F(BodyShapeTest, EveryTypeHasItsBadFields) {
  const ::testing::TestSuite* suite = ::testing::UnitTest::GetInstance()->current_test_suite();
  std::set<std::string> tests;
  for (int i = 0; i < suite->total_test_count(); ++i) tests.insert(suite->GetTestInfo(i)->name());
  for (const record::EventTypeInfo& type : record::EventTypes()) {
    if (type.draft_field.empty()) continue;
    EXPECT_EQ(tests.count(TestNameOf(type.name)), 1u) << type.name;
  }
}

}  // namespace
}  // namespace liaison
