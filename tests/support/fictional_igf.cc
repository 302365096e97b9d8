#include "tests/support/fictional_igf.h"

#include <utility>

#include "proto/record/uuid.h"

namespace liaison::testing {
namespace {

pb::Draft Blank(const std::string& author) {
  pb::Draft draft;
  draft.set_event_id(record::Uuid::Random().ToString());
  draft.set_author(author);
  draft.set_audience("igf/public");
  draft.set_cycle("2027");
  draft.set_language("en");
  return draft;
}

std::string Bytes(const record::Hash& digest) { return std::string(digest.bytes()); }

}  // namespace

std::vector<pb::Draft> Opening() {
  return {RegistrationOf(kSecretariat, pb::ORGANISATION_KIND_SECRETARIAT),
          RegistrationOf(kMag, pb::ORGANISATION_KIND_MAG),
          RegistrationOf(kSeat1, pb::ORGANISATION_KIND_MAG),
          RegistrationOf(kSeat2, pb::ORGANISATION_KIND_MAG),
          RegistrationOf(kNri, pb::ORGANISATION_KIND_NRI_NATIONAL),
          RegistrationOf(kPartner, pb::ORGANISATION_KIND_CIVIL_SOCIETY),
          RegistrationOf(kOther, pb::ORGANISATION_KIND_TECHNICAL_COMMUNITY),
          CycleOf("2027", pb::CYCLE_STATE_OPEN)};
}

pb::Draft SignalBy(const std::string& author) {
  pb::Draft draft = Blank(author);
  draft.add_topics("unspecified");
  draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_INFORMATION);
  draft.mutable_topic_signal()->set_title("a fictional signal");
  return draft;
}

pb::Draft RequestTo(const std::string& addressee, const std::string& author,
                    const std::string& date) {
  pb::Draft draft = SignalBy(author);
  draft.add_addressees(addressee);
  draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
  draft.mutable_topic_signal()->set_requested_date(date);
  return draft;
}

pb::Draft ReportBy(const std::string& author) {
  pb::Draft draft = Blank(author);
  draft.mutable_local_report()->set_title("a fictional report");
  return draft;
}

pb::Draft SupportRequestBy(const std::string& author, const std::string& addressee) {
  pb::Draft draft = Blank(author);
  draft.add_addressees(addressee);
  draft.mutable_support_request()->set_title("a fictional call for help");
  draft.mutable_support_request()->set_due_on("2027-04-01");
  draft.mutable_support_request()->set_kind(pb::SUPPORT_KIND_PEOPLE);
  return draft;
}

pb::Draft PositionOn(const record::Hash& target, const std::string& author, pb::PositionKind kind) {
  pb::Draft draft = Naming(Blank(author), pb::RELATION_POSITION_ON, target);
  draft.mutable_position()->set_kind(kind);
  draft.mutable_position()->set_reason("a fictional reason");
  return draft;
}

pb::Draft RecordedFor(const std::string& organisation, pb::Draft draft) {
  draft.mutable_recorded_for()->set_organisation(organisation);
  draft.set_recorded_by(draft.author());
  return draft;
}

pb::Draft RecordedForSomebody(pb::Draft draft) {
  draft.mutable_recorded_for()->mutable_individual()->set_id(record::Uuid::Random().ToString());
  draft.set_recorded_by(draft.author());
  return draft;
}

pb::Draft ResponseTo(const record::Hash& request, const std::string& author,
                     pb::ResponseKind kind) {
  pb::Draft draft = Naming(Blank(author), pb::RELATION_RESPONDS_TO, request);
  draft.mutable_response()->set_kind(kind);
  draft.mutable_response()->set_reason("a fictional reason");
  if (kind == pb::RESPONSE_KIND_COUNTER) draft.mutable_response()->set_doable_date("2027-05-01");
  return draft;
}

pb::Draft DispositionOf(const std::vector<record::Hash>& inputs, pb::DispositionKind kind,
                        const std::string& author) {
  pb::Draft draft = Blank(author);
  pb::Disposition& body = *draft.mutable_disposition();
  body.set_reason("a fictional reason");
  for (const record::Hash& input : inputs) {
    pb::DisposedInput& disposed = *body.add_inputs();
    disposed.set_input(Bytes(input));
    disposed.set_kind(kind);
  }
  if (kind == pb::DISPOSITION_KIND_PASSED_ON) body.set_passed_to(kOther);
  return draft;
}

pb::Draft Into(const record::Hash& what, pb::Draft disposition) {
  disposition.mutable_disposition()->set_into(Bytes(what));
  return disposition;
}

pb::Draft EvaluationOf(const record::Hash& candidate, const std::string& author, uint32_t score) {
  pb::Draft draft = For("igf/mag", Naming(Blank(author), pb::RELATION_EVALUATES, candidate));
  draft.mutable_evaluation()->set_conflict(score == 0);
  if (score == 0) return draft;
  pb::CriterionScore& given = *draft.mutable_evaluation()->add_scores();
  given.set_criterion("relevance");
  given.set_score(score);
  return draft;
}

pb::Draft BareDecisionIn(pb::DecisionState state, const std::string& author) {
  pb::Draft draft = Blank(author);
  draft.mutable_decision()->set_state(state);
  draft.mutable_decision()->set_title("a fictional decision");
  return draft;
}

pb::Draft DecisionIn(pb::DecisionState state, const std::string& author) {
  pb::Draft draft = BareDecisionIn(state, author);
  pb::Decision& body = *draft.mutable_decision();
  body.set_priority(1);
  body.mutable_time_frame()->set_starts_on("2027-02-01");
  body.mutable_time_frame()->set_ends_on("2027-12-31");
  body.set_outcome_owner(kPartner);
  body.set_outcome_due_on("2027-11-30");
  body.set_work_format(pb::WORK_FORMAT_MAIN_SESSION);
  body.set_steward(kSeat1);
  body.set_focus_question("What?");
  body.set_outcome_product("a fictional page");
  body.set_outcome_test("it is read");
  body.set_reasons("because");
  return draft;
}

pb::Draft ProgressOn(const record::Hash& decision, const std::string& author) {
  pb::Draft draft = Naming(Blank(author), pb::RELATION_REPORTS_ON, decision);
  draft.mutable_progress()->set_percent(40);
  draft.mutable_progress()->set_text("fictional work was done");
  return draft;
}

pb::Draft OutcomeOf(const record::Hash& decision, const std::string& author) {
  pb::Draft draft = Naming(Blank(author), pb::RELATION_REPORTS_ON, decision);
  draft.mutable_outcome()->set_test_result(pb::TEST_RESULT_MET);
  draft.mutable_outcome()->set_product("a fictional page");
  return draft;
}

pb::Draft CarryOverOf(const std::vector<record::Hash>& items, const std::string& from,
                      const std::string& to, const std::string& author) {
  pb::Draft draft = Blank(author);
  draft.mutable_carry_over()->set_from_cycle(from);
  draft.mutable_carry_over()->set_to_cycle(to);
  draft.mutable_carry_over()->set_reason("a fictional reason");
  for (const record::Hash& item : items) {
    draft = Naming(std::move(draft), pb::RELATION_CARRIES_OVER, item);
  }
  return draft;
}

pb::Draft AmendmentOf(const record::Hash& root, const std::string& author) {
  pb::Draft draft = Revising(root, Blank(author));
  draft.mutable_amendment()->set_kind(pb::AMENDMENT_KIND_CORRECTION);
  draft.mutable_amendment()->set_text("other fictional words");
  draft.mutable_amendment()->set_reason("a fictional reason");
  return draft;
}

pb::Draft RetractionOf(const record::Hash& root, const std::string& author) {
  pb::Draft draft = Naming(Blank(author), pb::RELATION_RETRACTS, root);
  draft.mutable_retraction()->set_cause(pb::RETRACTION_CAUSE_ERROR);
  draft.mutable_retraction()->set_reason("a fictional reason");
  return draft;
}

pb::Draft TranslationOf(const record::Hash& version, const std::string& language,
                        const std::string& author) {
  pb::Draft draft = Naming(Blank(author), pb::RELATION_TRANSLATES, version);
  draft.set_language(language);
  draft.mutable_translation()->set_maker(pb::TRANSLATION_MAKER_HUMAN);
  draft.mutable_translation()->set_made_on("2027-01-15");
  draft.mutable_translation()->set_text("des mots fictifs");
  return draft;
}

pb::Draft GroupOf(const std::vector<record::Hash>& members, const std::string& author) {
  pb::Draft draft = Blank(author);
  draft.mutable_grouping()->set_action(pb::GROUPING_ACTION_GROUP);
  draft.mutable_grouping()->set_reason("a fictional reason");
  for (const record::Hash& member : members) {
    draft = Naming(std::move(draft), pb::RELATION_GROUPS, member);
  }
  return draft;
}

pb::Draft DissolutionOf(const record::Hash& group, const std::string& author) {
  pb::Draft draft = Revising(group, Blank(author));
  draft.mutable_grouping()->set_action(pb::GROUPING_ACTION_DISSOLVE);
  draft.mutable_grouping()->set_reason("a fictional reason");
  return draft;
}

pb::Draft AttendanceBy(const std::string& author) {
  pb::Draft draft = Blank(author);
  pb::Attendance& body = *draft.mutable_attendance();
  body.set_title("a fictional meeting");
  body.set_starts_on("2027-01-10");
  body.add_participants()->set_count(40);
  return draft;
}

pb::Draft RegistrationOf(const std::string& organisation, pb::OrganisationKind kind) {
  pb::Draft draft = Blank(kSecretariat);
  draft.clear_cycle();
  draft.mutable_organisation()->set_organisation(organisation);
  draft.mutable_organisation()->set_name("a fictional organisation");
  draft.mutable_organisation()->set_kind(kind);
  return draft;
}

pb::Draft Retired(pb::Draft registration) {
  registration.mutable_organisation()->set_retired(true);
  return registration;
}

pb::Draft CycleOf(const std::string& cycle, pb::CycleState state,
                  const std::string& evaluation_from, const std::string& evaluation_to) {
  pb::Draft draft = Blank(kSecretariat);
  draft.clear_cycle();
  draft.mutable_cycle_body()->set_cycle_id(cycle);
  draft.mutable_cycle_body()->set_state(state);
  if (evaluation_from.empty()) return draft;
  pb::Phase& phase = *draft.mutable_cycle_body()->add_phases();
  phase.set_phase("evaluation");
  phase.set_starts_on(evaluation_from);
  phase.set_ends_on(evaluation_to);
  return draft;
}

pb::Draft SchemeOf(const std::string& scheme, const std::vector<std::string>& codes) {
  pb::Draft draft = Blank(kSecretariat);
  draft.mutable_topic_scheme()->set_scheme(scheme);
  for (const std::string& code : codes) draft.mutable_topic_scheme()->add_codes(code);
  return draft;
}

pb::Draft CrosswalkBy(const std::string& author) {
  pb::Draft draft = Blank(author);
  draft.mutable_crosswalk()->set_from_scheme("fictional-2026");
  draft.mutable_crosswalk()->set_to_scheme("fictional-2027");
  pb::CrosswalkEntry& entry = *draft.mutable_crosswalk()->add_entries();
  entry.set_from_code("access");
  entry.set_to_code("access");
  entry.set_match(pb::CODE_MATCH_EXACT);
  return draft;
}

pb::Draft AudienceOf(const std::string& group, uint32_t version,
                     const std::vector<std::string>& members) {
  pb::Draft draft = Blank(kSecretariat);
  draft.mutable_audience_body()->set_group(group);
  draft.mutable_audience_body()->set_version(version);
  for (const std::string& member : members) draft.mutable_audience_body()->add_members(member);
  return draft;
}

pb::Draft LiaisonBetween(const std::string& from, const std::string& to, pb::LiaisonAction action) {
  pb::Draft draft = Blank(from);
  pb::Liaison& body = *draft.mutable_liaison();
  body.set_from(from);
  body.set_to(to);
  body.set_action(action);
  body.set_mandate("a fictional mandate");
  body.set_valid_from("2027-01-01");
  return draft;
}

pb::Draft Naming(pb::Draft draft, pb::Relation relation, const record::Hash& digest) {
  pb::Reference& reference = *draft.add_references();
  reference.set_digest(Bytes(digest));
  reference.set_relation(relation);
  return draft;
}

pb::Draft Revising(const record::Hash& root, pb::Draft draft) {
  return Naming(std::move(draft), pb::RELATION_REVISES, root);
}

pb::Draft Considering(const std::vector<record::Hash>& inputs, pb::Draft draft) {
  for (const record::Hash& input : inputs) {
    draft = Naming(std::move(draft), pb::RELATION_CONSIDERS, input);
  }
  return draft;
}

pb::Draft Answering(const std::vector<record::Hash>& objections, pb::Draft draft) {
  for (const record::Hash& objection : objections) {
    pb::ObjectionAnswer& answer = *draft.mutable_decision()->add_answers();
    answer.set_objection(Bytes(objection));
    answer.set_answer("a fictional answer");
  }
  return draft;
}

pb::Draft For(const std::string& audience, pb::Draft draft) {
  draft.set_audience(audience);
  return draft;
}

pb::Draft By(const std::string& author, pb::Draft draft) {
  draft.set_author(author);
  return draft;
}

}  // namespace liaison::testing
