// What is asked of others, and what may be said of it later, through a hub that commits. Everybody
// and everything here is fictional.

#include "server/domain/requests.h"

#include <utility>

#include "server/domain/rows.h"
#include "tests/unit/server/domain/rules_fixture.h"

namespace liaison {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the language of this file
using ::testing::HasSubstr;

// A company said that four thousand million were there, and was believed.
TEST_F(RulesTest, WhoWasThereIsSaidByWhoHeldTheMeeting) {
  Refused(AttendanceBy(kPartner), Reason::kNotPermitted);
  Said(AttendanceBy(kNri));
  Said(AttendanceBy(kSecretariat));
  pb::Draft of_another = AttendanceBy(kNri);
  of_another.set_recorded_by(kNri);
  of_another.set_channel(pb::CHANNEL_MEETING);
  of_another.mutable_recorded_for()->set_organisation("org/never-enrols");
  Refused(of_another, Reason::kNotPermitted);
  pb::Draft too_many = AttendanceBy(kNri);
  too_many.mutable_attendance()->mutable_participants(0)->set_count(4'000'000'000);
  Refused(too_many, Reason::kFieldInvalid, {"attendance.participants[0].count"});
}

// A later version may ask somebody else, or nothing any more.
TEST_F(RulesTest, WhomTheLatestVersionAsksIsAsked) {
  const Hash request = Said(RequestTo(kPartner, kOther));
  const auto lists = [&](const std::string& addressee) {
    auto rows =
        hub_.log().ListRows(storage::Table::kLifeCycle,
                            domain::ListKey(domain::RowKind::kRequestsTo, addressee), "", 9);
    return rows.ok() && rows->size() == 1 && rows->front().value == request.bytes();
  };
  const auto answer = [&](const char* author) {
    return ResponseTo(request, author, pb::RESPONSE_KIND_ANSWER);
  };
  EXPECT_TRUE(lists(kPartner));
  Said(Revising(request, RequestTo(kNri, kOther)));
  EXPECT_FALSE(lists(kPartner));
  EXPECT_TRUE(lists(kNri));
  NotPermitted(answer(kPartner));
  Said(AmendmentOf(request, kOther));  // of words: nobody else is asked
  EXPECT_TRUE(lists(kNri));
  Said(ResponseTo(request, kNri, pb::RESPONSE_KIND_DECLINE));
  Said(Revising(request, SignalBy(kOther)));
  EXPECT_FALSE(lists(kNri));
  Unsuitable(answer(kNri));
  Said(Revising(request, RequestTo(kPartner, kOther)));
  EXPECT_TRUE(lists(kPartner));
  Said(answer(kPartner));
}

TEST_F(RulesTest, WhoIsAskedIsSomebodyWhomTheHubKnows) {
  pb::Draft draft = RequestTo("org/igf-maq", kOther);
  draft.add_addressees(kPartner);
  draft.add_addressees("org/nobody-like-that");
  const absl::Status refused =
      Refusal(draft, Reason::kFieldInvalid, {"addressees[0]", "addressees[2]"});
  ASSERT_EQ(record::FieldViolationsOf(refused).size(), 2u);
  EXPECT_THAT(record::FieldViolationsOf(refused)[0].description,
              HasSubstr("did you mean org/igf-mag?"));
  EXPECT_THAT(record::FieldViolationsOf(refused)[1].description, HasSubstr("is registered"));
  for (const pb::Draft& asking : {SupportRequestBy(kOther, "org/igf-maq"), [] {
                                    pb::Draft report = ReportBy(kNri);
                                    report.add_addressees("org/igf-maq");
                                    return report;
                                  }()}) {
    Refused(asking, Reason::kFieldInvalid, {"addressees[0]"});
  }
  draft.set_channel(pb::CHANNEL_IMPORT);
  Refused(draft, Reason::kFieldInvalid, {"addressees[0]", "addressees[2]"});
  Said(RecordedFor(kOther, By(kSecretariat, draft)));  // who was asked long ago may be gone
  Said(RequestTo("org/fictional-partner/desk", kOther));
}

// Found in review: whoever was asked could neither see the request nor answer it.
TEST_F(RulesTest, WhoIsAskedMayReadWhatIsAsked) {
  constexpr char kDesk[] = "org/fictional-partner/desk";
  pb::Draft draft = For("igf/mag", RequestTo(kNri, kOther));
  draft.add_addressees(kMag);
  draft.add_addressees(kDesk);
  const absl::Status refused =
      Refusal(draft, Reason::kFieldInvalid, {"addressees[0]", "addressees[2]"});
  EXPECT_THAT(WayOut(refused), HasSubstr("may not read what is for igf/mag"));
  EXPECT_THAT(WayOut(refused), HasSubstr("where it is for igf/partners"));
  Said(For("igf/partners", draft));

  Said(AudienceOf("igf/wg-fictional", 1, {kOther, kNri}));
  Refused(For("igf/wg-fictional@1", RequestTo(kPartner, kOther)), Reason::kFieldInvalid,
          {"addressees[0]"});
  Said(For("igf/wg-fictional@1", RequestTo(kNri, kOther)));
  Refused(For("igf/mag", SupportRequestBy(kPartner, kNri)), Reason::kFieldInvalid,
          {"addressees[0]"});
  pb::Draft report = For("igf/mag", ReportBy(kNri));
  report.add_addressees(kOther);
  Said(report);  // asks nothing of them
  report.set_event_id(SignalBy(kNri).event_id());
  report.mutable_local_report()->add_requests()->set_text("a fictional request");
  Refused(report, Reason::kFieldInvalid, {"addressees[0]"});
}

// Of what was asked and answered elsewhere, long ago.
TEST_F(RulesTest, AnImportWritesDownWhoAnswered) {
  const auto imported = [](pb::Draft draft) {
    draft.set_channel(pb::CHANNEL_IMPORT);
    return draft;
  };
  const Hash request = Said(RequestTo(kPartner, kOther));
  const auto by = [&](const char* author, const char* whose) {
    return RecordedFor(whose, ResponseTo(request, author, pb::RESPONSE_KIND_ANSWER));
  };
  NotPermitted(by(kSecretariat, kPartner));  // it did not come with an import
  NotPermitted(imported(by(kSecretariat, kNri)));
  NotPermitted(imported(by(kOther, kPartner)));
  Said(imported(by(kSecretariat, kPartner)));
  NotAllowed(ResponseTo(request, kPartner, pb::RESPONSE_KIND_ACCEPT), "answered");
}

TEST_F(RulesTest, WhoHasLeftSinceMayStayAmongThoseAsked) {
  const Hash request = Said(RequestTo(kPartner, kOther));
  pb::Draft retired = RegistrationOf(kPartner, pb::ORGANISATION_KIND_CIVIL_SOCIETY);
  retired.mutable_organisation()->set_retired(true);
  Said(retired);
  Refused(RequestTo(kPartner, kOther), Reason::kFieldInvalid, {"addressees[0]"});
  Said(Revising(request, RequestTo(kPartner, kOther)));
}

// Found in review: what was accepted became something else under the answer.
TEST_F(RulesTest, WhatWasAcceptedOrAnsweredIsAskedAsItWas) {
  constexpr char kDate[] = "topic_signal.requested_date";
  constexpr char kPurpose[] = "topic_signal.purpose";
  const auto redirected = [&](const Hash& request, const pb::Draft& draft,
                              const std::vector<std::string>& fields) {
    const absl::Status refused =
        Refusal(Revising(request, draft), Reason::kTransitionNotAllowed, fields);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("take it back"));
  };
  for (const pb::ResponseKind kind : {pb::RESPONSE_KIND_ACCEPT, pb::RESPONSE_KIND_ANSWER}) {
    const Hash request = Said(RequestTo(kPartner, kOther));
    Said(Revising(request, RequestTo(kPartner, kOther, "2027-04-01")));
    Said(ResponseTo(request, kPartner, kind));
    pb::Draft more = RequestTo(kPartner, kOther, "2027-04-01");
    more.add_addressees(kNri);
    Said(Revising(request, more));
    redirected(request, RequestTo(kNri, kOther, "2027-04-01"), {"addressees"});
    redirected(request, RequestTo(kPartner, kOther), {"addressees", kDate});
    redirected(request, SignalBy(kOther), {"addressees", "addressees", kPurpose, kDate});
    more.set_event_id(SignalBy(kOther).event_id());
    more.mutable_topic_signal()->set_purpose(pb::PURPOSE_RESPONSE);
    redirected(request, more, {kPurpose});
    Said(AmendmentOf(request, kOther));
  }
  const Hash help = Said(SupportRequestBy(kPartner, kMag));
  Said(ResponseTo(help, kMag, pb::RESPONSE_KIND_ACCEPT));
  pb::Draft later = SupportRequestBy(kPartner, kMag);
  later.mutable_support_request()->set_due_on("2027-11-11");
  redirected(help, later, {"support_request.due_on"});
}

TEST_F(RulesTest, WhatAReportAskedIsAskedAsItWas) {
  const auto asking = [](const char* by) {
    pb::Draft report = ReportBy(kNri);
    report.add_addressees(kMag);
    report.mutable_local_report()->add_requests()->set_by(by);
    return report;
  };
  const Hash report = Said(asking("2027-03-01"));
  Said(ResponseTo(report, kMag, pb::RESPONSE_KIND_ACCEPT));
  Refused(Revising(report, asking("2027-04-01")), Reason::kTransitionNotAllowed,
          {"local_report.requests"});
  pb::Draft nothing = ReportBy(kNri);
  nothing.add_addressees(kMag);
  Refused(Revising(report, nothing), Reason::kTransitionNotAllowed, {"local_report.requests"});
  Said(Revising(report, asking("2027-03-01")));
}

TEST_F(RulesTest, ALaterVersionAnswersAndReportsOnTheSame) {
  const Hash one = Said(RequestTo(kPartner, kOther));
  const Hash two = Said(RequestTo(kPartner, kOther));
  const Hash answer = Said(ResponseTo(one, kPartner, pb::RESPONSE_KIND_ACCEPT));
  const auto second = [](const Hash& first, pb::Draft draft) {
    return Naming(std::move(draft), pb::RELATION_REVISES, first);
  };
  Unsuitable(second(answer, ResponseTo(two, kPartner, pb::RESPONSE_KIND_ANSWER)), "references[1]");
  Said(second(answer, ResponseTo(one, kPartner, pb::RESPONSE_KIND_ANSWER)));
  const Hash decision = Adopted();
  const Hash elsewhere = Adopted();
  const Hash progress = Said(ProgressOn(decision, kPartner));
  Unsuitable(second(progress, ProgressOn(elsewhere, kPartner)), "references[1]");
  Said(second(progress, ProgressOn(decision, kPartner)));
  const Hash outcome = Said(OutcomeOf(decision, kPartner));
  Unsuitable(second(outcome, OutcomeOf(elsewhere, kPartner)), "references[1]");
  Said(second(outcome, OutcomeOf(decision, kPartner)));
}

}  // namespace
}  // namespace liaison
