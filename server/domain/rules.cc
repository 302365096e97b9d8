#include "server/domain/rules.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/domain/adoption.h"
#include "server/domain/calendar.h"
#include "server/domain/carry_over.h"
#include "server/domain/dispositions.h"
#include "server/domain/evaluations.h"
#include "server/domain/life_cycles.h"
#include "server/domain/registration.h"
#include "server/domain/relayed.h"
#include "server/domain/requests.h"
#include "server/domain/roles.h"
#include "server/domain/rows.h"
#include "server/domain/standing.h"
#include "server/domain/target.h"
#include "server/domain/translated_fields.h"
#include "server/domain/trial.h"

namespace liaison::domain {
namespace {

using record::Error;
using record::FieldViolation;
using record::Reason;

// While nobody is registered as the secretariat, a hub is being set up.
absl::Status BySecretariat(const Trial& trial) {
  if (trial.roles.is_secretariat || !HasSecretariat(*trial.state.registry)) return absl::OkStatus();
  return NotPermitted("the secretariat", trial);
}

// --- for every type ------------------------------------------------------------------------------

// All that it names is there, and its author may know of it. Whether it is not there or not for
// these eyes is not told. A group is public, and comes before what is addressed to it.
absl::Status CheckReferences(const Trial& trial) {
  std::vector<FieldViolation> unknown;
  const std::string& audience = trial.header().audience();
  if (absl::StrContains(audience, '@') &&
      trial.state.directory->FindAudience(audience) == nullptr) {
    unknown.push_back({"audience",
                       "this hub has no such group in that version; the secretariat says first who "
                       "is in it"});
  }
  // The path is put together where somebody reads it.
  const auto check = [&](absl::string_view digest, const auto&... field) -> absl::Status {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target, FindTarget(trial.lookup, digest));
    if (target &&
        MayRead(*trial.state.registry, *trial.state.directory, trial.author(),
                {target->header().author(), target->header().audience(), target->known->relayed})) {
      return absl::OkStatus();
    }
    unknown.push_back({absl::StrCat(field...), "the log has no such event"});
    return absl::OkStatus();
  };
  for (int i = 0; i < trial.header().references_size(); ++i) {
    LIAISON_RETURN_IF_ERROR(
        check(trial.header().references(i).digest(), "references[", i, "].digest"));
  }
  const pb::DispositionFacts& disposition = trial.header().disposition();
  for (int i = 0; i < disposition.inputs_size(); ++i) {
    LIAISON_RETURN_IF_ERROR(
        check(disposition.inputs(i).input(), "disposition.inputs[", i, "].input"));
  }
  if (!disposition.into().empty()) {
    LIAISON_RETURN_IF_ERROR(check(disposition.into(), "disposition.into"));
  }
  for (int i = 0; i < trial.header().decision().answered_size(); ++i) {
    LIAISON_RETURN_IF_ERROR(check(trial.header().decision().answered(i), "decision.answers"));
  }
  if (unknown.empty()) return absl::OkStatus();
  return Refuse(Reason::kTargetUnknown, "the log has no such event", unknown);
}

absl::Status CheckTopics(const Trial& trial) {
  std::vector<FieldViolation> unknown;
  for (int i = 0; i < trial.header().topics_size(); ++i) {
    const std::string& topic = trial.header().topics(i);
    if (trial.state.directory->KnowsTopic(topic)) continue;
    unknown.push_back({absl::StrCat("topics[", i, "]"),
                       "no scheme of this hub has it; `unspecified` where none fits"});
  }
  if (unknown.empty()) return absl::OkStatus();
  return Refuse(Reason::kTopicUnknown, "a topic stands in no scheme of this hub", unknown);
}

// What is asked for or promised lies ahead, what is told as done does not. The secretariat alone,
// importing, writes down what was asked long ago; so does whoever sets up a hub that has none yet.
absl::Status CheckDates(const Trial& trial) {
  const pb::EventHeader& header = trial.header();
  const std::pair<const char*, const std::string*> done[] = {
      {"translation.made_on", &header.translation().made_on()},
      {"outcome.delivered_on", &header.outcome().delivered_on()},
  };
  for (const auto& [field, date] : done) {
    if (!IsAhead(*date, trial.hub_time_us)) continue;
    return record::FieldInvalid(
        field, absl::StrCat(*date, " is still to come; a day up to ", DayOf(trial.hub_time_us)));
  }
  if (Imports(trial)) return absl::OkStatus();
  std::vector<FieldViolation> past;
  const auto check = [&](const std::string& date, const auto&... field) {
    if (!IsPast(date, trial.hub_time_us)) return;
    past.push_back({absl::StrCat(field...), absl::StrCat("a day from ", DayOf(trial.hub_time_us),
                                                         " on, for ", date, " is past")});
  };
  check(header.topic_signal().requested_date(), "topic_signal.requested_date");
  check(header.response().doable_date(), "response.doable_date");
  check(header.support_request().due_on(), "support_request.due_on");
  for (int i = 0; i < header.local_report().asked_size(); ++i) {
    check(header.local_report().asked(i).by(), "local_report.requests[", i, "].by");
  }
  if (past.empty()) return absl::OkStatus();
  return Refuse(Reason::kDatePast,
                header.channel() == pb::CHANNEL_IMPORT
                    ? "a date is past; what was asked long ago is imported by the secretariat"
                    : "a date is past",
                past);
}

// Whether it opens something for its cycle: an input, a decision, a call for help.
bool IsOpening(pb::EventType type) {
  return type == pb::EVENT_TYPE_TOPIC_SIGNAL || type == pb::EVENT_TYPE_LOCAL_REPORT ||
         type == pb::EVENT_TYPE_DECISION || type == pb::EVENT_TYPE_SUPPORT_REQUEST;
}

// Of which cycle the chain is that a statement continues; empty where it begins one.
absl::StatusOr<std::string> CycleBefore(const Trial& trial) {
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<Target> target,
      FindTarget(trial.lookup, ReferenceOf(trial.header(), pb::RELATION_REVISES)));
  if (!target) return std::string();
  return OwnCycle(trial.lookup, *target);
}

// As soon as there are cycles, whatever names one names one of them. A closed one takes nothing
// new; what it holds goes on. Whoever imports writes down what it held.
absl::Status CheckCycle(const Trial& trial) {
  const pb::EventHeader& header = trial.header();
  if (header.cycle().empty() || !trial.state.directory->HasCycles() ||
      Directory::Has(header.type()) || header.type() == pb::EVENT_TYPE_CROSSWALK ||
      header.type() == pb::EVENT_TYPE_ORGANISATION || header.type() == pb::EVENT_TYPE_KEY) {
    return absl::OkStatus();
  }
  const pb::CycleFacts* cycle = trial.state.directory->FindCycle(header.cycle());
  if (cycle == nullptr) {
    return Refuse(Reason::kCycleUnknown, "there is no such cycle",
                  {{"cycle", "name one that the secretariat has opened, or none"}});
  }
  if (cycle->state() != pb::CYCLE_STATE_CLOSED || !IsOpening(header.type()) || Imports(trial)) {
    return absl::OkStatus();
  }
  LIAISON_ASSIGN_OR_RETURN(const std::string before, CycleBefore(trial));
  if (before == header.cycle()) return absl::OkStatus();
  return Refuse(Reason::kCycleUnknown, "this cycle is closed and takes nothing new",
                {{"cycle", "name a cycle that is open"}});
}

// Nobody enrolled is spoken for by another: whoever is registered says it himself, or the
// secretariat or what he belongs to writes it down. Of whoever will never enrol a partner may write
// down what came from outside; it counts for the partner (types.proto), and the channel says how it
// came.
absl::Status CheckRecordedFor(const Trial& trial) {
  const pb::EventHeader& header = trial.header();
  const std::string& whom = header.recorded_for().organisation();
  if (whom.empty() || Imports(trial) || !HasSecretariat(*trial.state.registry) ||
      record::IsWithinOrganisation(whom, trial.author()) ||
      record::IsWithinOrganisation(trial.author(), whom)) {
    return absl::OkStatus();
  }
  const std::string unknown = WhyUnknown(trial, whom);
  const Roles roles = RolesOf(*trial.state.registry, trial.author());
  if (unknown.empty()) {
    if (roles.is_secretariat) return absl::OkStatus();
    return NotPermitted(absl::StrCat(whom, ", what it belongs to, and the secretariat"), trial);
  }
  const bool from_outside =
      header.channel() == pb::CHANNEL_MEETING || header.channel() == pb::CHANNEL_PAPER ||
      header.channel() == pb::CHANNEL_MAIL || header.channel() == pb::CHANNEL_FORM;
  if (from_outside && roles.is_partner) return absl::OkStatus();
  return record::FieldInvalid(
      "recorded_for.organisation",
      absl::StrCat(unknown,
                   " Where it will never enrol, a partner writes down what it said in a "
                   "meeting, on paper, by mail or in a form, and says so in `channel`"));
}

// --- targets -------------------------------------------------------------------------------------

constexpr pb::EventType kHasPositions[] = {pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_LOCAL_REPORT,
                                           pb::EVENT_TYPE_DECISION};
constexpr pb::EventType kInputsAndGroups[] = {pb::EVENT_TYPE_TOPIC_SIGNAL,
                                              pb::EVENT_TYPE_LOCAL_REPORT, pb::EVENT_TYPE_GROUPING};
constexpr pb::EventType kDecisions[] = {pb::EVENT_TYPE_DECISION};
constexpr pb::EventType kRetractable[] = {
    pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_LOCAL_REPORT, pb::EVENT_TYPE_POSITION,
    pb::EVENT_TYPE_EVALUATION,   pb::EVENT_TYPE_ATTENDANCE,   pb::EVENT_TYPE_PROGRESS,
    pb::EVENT_TYPE_OUTCOME,      pb::EVENT_TYPE_TRANSLATION,  pb::EVENT_TYPE_SUPPORT_REQUEST};

// What whoever answered by mistake can do.
constexpr char kAfterAnAnswer[] =
    "an amendment of the response (RELATION_REVISES) puts its words right, and what is still "
    "wanted is asked anew, by another request";

// --- readers -------------------------------------------------------------------------------------

absl::Status SameAudience(const Trial& trial, const Target& target) {
  if (trial.header().audience() == target.root_header().audience()) return absl::OkStatus();
  return record::FieldInvalid(
      "audience", absl::StrCat("that of the event it is about, ", target.root_header().audience()));
}

// --- decisions -----------------------------------------------------------------------------------

absl::Status CheckReasons(const Trial& trial) {
  const auto& stated = trial.header().decision().stated();
  if (std::find(stated.begin(), stated.end(), pb::DECISION_PART_REASONS) != stated.end()) {
    return absl::OkStatus();
  }
  return Refuse(Reason::kReasonsMissing, "everybody concerned is told why: give the reasons",
                {{"decision.reasons", "say why"}});
}

// Whoever promises anew, promises for days to come.
std::vector<FieldViolation> PastPromises(const Trial& trial, Needs needs,
                                         const pb::DecisionFacts& before,
                                         const pb::DecisionFacts& facts) {
  if (Imports(trial) || !trial.header().has_decision()) return {};
  pb::DecisionFacts promised = facts;
  if (needs == Needs::kStaysAdopted) {
    if (before.outcome_due_on() == facts.outcome_due_on()) promised.clear_outcome_due_on();
    if (before.time_frame().ends_on() == facts.time_frame().ends_on()) promised.clear_time_frame();
  }
  return PastForAdoption(promised, trial.hub_time_us);
}

// True iff there is something among what it considers, by this version or an earlier one, that has
// not been taken back since.
absl::StatusOr<bool> ConsidersWhatStands(const Trial& trial, const record::Hash& root,
                                         const rows::Decision& before) {
  const auto stands = [&trial](absl::string_view digest) -> absl::StatusOr<bool> {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target, FindTarget(trial.lookup, digest));
    if (!target) return false;
    return StandsToConsider(trial.lookup, *target);
  };
  for (const pb::Reference& reference : trial.header().references()) {
    if (reference.relation() != pb::RELATION_CONSIDERS) continue;
    LIAISON_ASSIGN_OR_RETURN(const bool one, stands(reference.digest()));
    if (one) return true;
  }
  LIAISON_ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows, trial.lookup.Rows(ConsidersKey(root)));
  for (const KeyedRow& row : rows) {
    LIAISON_ASSIGN_OR_RETURN(const bool one, stands(row.value));
    if (one) return true;
  }
  // Rows from before there was a list of them only say that there were some.
  return before.considered() && rows.empty();
}

// `before` is the decision as it stands, `facts` as they will.
absl::Status CheckNeeds(const Trial& trial, Needs needs, const record::Hash& root,
                        const rows::Decision& before, const pb::DecisionFacts& facts) {
  if (needs == Needs::kNothing) return absl::OkStatus();
  if (needs == Needs::kReasons) return CheckReasons(trial);
  // What is adopted rests on something that stands on that day; the work goes on whatever is taken
  // back later.
  bool considered =
      before.considered() || !ReferenceOf(trial.header(), pb::RELATION_CONSIDERS).empty();
  if (needs == Needs::kAdoption) {
    LIAISON_ASSIGN_OR_RETURN(considered, ConsidersWhatStands(trial, root, before));
  }
  std::vector<FieldViolation> missing =
      MissingForAdoption(*trial.state.registry, facts, considered);
  for (FieldViolation& past : PastPromises(trial, needs, before.facts(), facts)) {
    missing.push_back(std::move(past));
  }
  std::vector<OpenObjection> objections;
  if (needs == Needs::kAdoption) {
    const auto& answered = trial.header().decision().answered();
    LIAISON_ASSIGN_OR_RETURN(
        objections, OpenObjections(trial.lookup, root, {answered.begin(), answered.end()}));
  }
  for (const OpenObjection& objection : objections) {
    if (!MayRead(*trial.state.registry, *trial.state.directory, trial.author(),
                 {objection.author, objection.audience})) {
      continue;
    }
    missing.push_back(UnansweredObjection(objection));
  }
  if (missing.empty()) return absl::OkStatus();
  return Refuse(Reason::kAdoptionIncomplete,
                absl::StrCat(missing.size(), " of what adoption asks for is missing or wrong"),
                missing);
}

// An answer answers an objection to this very decision.
absl::Status CheckAnswers(const Trial& trial, const record::Hash& root) {
  for (const std::string& answered : trial.header().decision().answered()) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> objection,
                             FindTarget(trial.lookup, answered));
    std::optional<Target> of;
    if (objection && objection->header().has_position() &&
        objection->header().position().kind() == pb::POSITION_KIND_OBJECT) {
      LIAISON_ASSIGN_OR_RETURN(
          of, FindTarget(trial.lookup, ReferenceOf(objection->header(), pb::RELATION_POSITION_ON)));
    }
    if (of && of->root == root) continue;
    return Refuse(Reason::kTargetUnsuitable, "an answer names an objection to this decision",
                  {{"decision.answers",
                    absl::StrCat(absl::BytesToHexString(answered), " is no objection to it")}});
  }
  return absl::OkStatus();
}

// What is considered is an input, or a group of them that stands.
absl::Status CheckConsidered(const Trial& trial) {
  Targets targets(trial);
  for (int i = 0; i < trial.header().references_size(); ++i) {
    const pb::Reference& reference = trial.header().references(i);
    if (reference.relation() != pb::RELATION_CONSIDERS) continue;
    LIAISON_RETURN_IF_ERROR(targets
                                .FindStanding(reference.digest(),
                                              absl::StrCat("references[", i, "]"), kInputsAndGroups,
                                              "a signal, a report or a group of them")
                                .status());
  }
  return targets.ToStatus();
}

absl::Status DecideDecision(const Trial& trial) {
  if (!trial.roles.is_mag && !trial.roles.is_secretariat) {
    return NotPermitted("the MAG and the secretariat", trial);
  }
  const pb::EventHeader& header = trial.header();
  const record::Hash root = RootOf(header, trial.statement.digest);
  rows::Decision decision;
  if (root != trial.statement.digest) {
    LIAISON_ASSIGN_OR_RETURN(decision, ReadDecision(trial.lookup, root));
  }
  LIAISON_RETURN_IF_ERROR(CheckAnswers(trial, root));
  LIAISON_RETURN_IF_ERROR(CheckConsidered(trial));
  if (!header.cycle().empty() && !decision.cycle().empty() && header.cycle() != decision.cycle()) {
    return record::FieldInvalid("cycle",
                                absl::StrCat("this decision is of ", decision.cycle(),
                                             "; the secretariat carries it over to another cycle"));
  }
  const pb::DecisionState from = decision.facts().state();
  LIAISON_ASSIGN_OR_RETURN(const DecisionStep step,
                           Transition(from, EventOf(from, header.decision().state())));
  return CheckNeeds(trial, step.needs, root, decision,
                    MergedFacts(decision.facts(), header.decision()));
}

// What is reported in a cycle is of that cycle's work. Of what is in none nobody can tell.
absl::Status SameCycle(const Trial& trial, const Target& target, const rows::Decision& decision) {
  const std::string& cycle = trial.header().cycle();
  if (cycle.empty() || decision.cycle().empty() || cycle == decision.cycle() ||
      cycle == target.root_header().cycle() || Imports(trial)) {
    return absl::OkStatus();
  }
  LIAISON_ASSIGN_OR_RETURN(
      const rows::CarriedOver carried,
      ReadRow<rows::CarriedOver>(trial.lookup, CarriedOverKey(cycle, target.root)));
  if (carried.has_source()) return absl::OkStatus();
  return record::FieldInvalid("cycle", absl::StrCat("the decision is in cycle ", decision.cycle(),
                                                    " and was not carried over into ", cycle,
                                                    ": name ", decision.cycle(), ", or none"));
}

// Of progress and outcome: whoever does the work or stands by it.
absl::Status DecideReport(const Trial& trial, DecisionEvent event) {
  const std::string field = ReferenceField(trial.header(), pb::RELATION_REPORTS_ON);
  Targets targets(trial);
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target,
                           targets.FindRoot(ReferenceOf(trial.header(), pb::RELATION_REPORTS_ON),
                                            field, kDecisions, "a decision"));
  if (!target) return targets.ToStatus();
  // Hidden from those who read the decision, it would move it on without their knowledge.
  LIAISON_RETURN_IF_ERROR(SameAudience(trial, *target));
  LIAISON_ASSIGN_OR_RETURN(const rows::Decision decision, ReadDecision(trial.lookup, target->root));
  const auto is = [&trial](const std::string& who) {
    return !who.empty() && SpeaksFor(*trial.state.registry, trial.author(), who);
  };
  if (!is(decision.facts().outcome_owner()) && !is(decision.facts().steward()) &&
      !trial.roles.is_secretariat) {
    return NotPermitted(
        "the owner of the outcome, the steward, a registered part of either, and the secretariat",
        trial);
  }
  LIAISON_RETURN_IF_ERROR(SameCycle(trial, *target, decision));
  LIAISON_ASSIGN_OR_RETURN(const DecisionStep step, Transition(decision.facts().state(), event));
  return CheckNeeds(trial, step.needs, target->root, decision, decision.facts());
}

// --- inputs, positions, requests -----------------------------------------------------------------

absl::Status DecideReportOfNri(const Trial& trial) {
  if (trial.roles.is_nri || trial.roles.is_secretariat) return DecideRequest(trial);
  return NotPermitted("national, regional and youth initiatives, and the secretariat for them,",
                      trial);
}

// More than ever met anywhere about the Internet.
constexpr uint64_t kMostParticipants = 1'000'000;

// Who was there is said by who held the meeting: representation is measured against it.
absl::Status DecideAttendance(const Trial& trial) {
  const pb::EventHeader& header = trial.header();
  const bool own =
      !header.has_recorded_for() ||
      record::IsWithinOrganisation(header.recorded_for().organisation(), trial.author());
  if (!(trial.roles.is_nri && own)) LIAISON_RETURN_IF_ERROR(BySecretariat(trial));
  for (int i = 0; i < header.attendance().participants_size(); ++i) {
    if (header.attendance().participants(i).count() <= kMostParticipants) continue;
    return record::FieldInvalid(absl::StrCat("attendance.participants[", i, "].count"),
                                "people who were there, at most 1,000,000");
  }
  return absl::OkStatus();
}

// A position takes the place of the one before it. No partner speaks in the place of another, nor
// for any number of individuals whose objections all want an answer.
absl::Status MayRecordPosition(const Trial& trial) {
  const pb::RecordedFor& whom = trial.header().recorded_for();
  if (!trial.header().has_recorded_for() ||
      record::IsWithinOrganisation(whom.organisation(), trial.author())) {
    return absl::OkStatus();
  }
  return BySecretariat(trial);
}

// An objection has to be answered, so nobody else takes it off the table: whoever said it himself
// takes it back himself. What was written down for somebody is taken back by who wrote it down.
absl::Status MayEndObjection(const Trial& trial, const rows::Position& position,
                             const std::string& holder) {
  const std::string& said_by = position.source().author();
  if (position.kind() != pb::POSITION_KIND_OBJECT ||
      !record::IsWithinOrganisation(said_by, holder) ||
      record::IsWithinOrganisation(said_by, trial.author())) {
    return absl::OkStatus();
  }
  return Error(Reason::kNotPermitted,
               absl::StrCat("only ", holder,
                            ", who objects, may take the objection back or take "
                            "another position; answer it instead"));
}

// Adoption answers the objections, so who adopts reads them: the readers of the decision or, at
// least, the MAG.
absl::Status CheckReadersOfPosition(const Trial& trial, const Target& decision) {
  const std::string& audience = trial.header().audience();
  const std::string mag = absl::StrCat(audience.substr(0, audience.find('/')), "/mag");
  const pb::EventHeader& first = decision.root_header();
  const auto covers = [&](const Readership& one) {
    return Covers(*trial.state.registry, *trial.state.directory, {trial.author(), audience}, one);
  };
  if (covers({first.author(), first.audience()}) || covers({trial.author(), mag})) {
    return absl::OkStatus();
  }
  return record::FieldInvalid(
      "audience", absl::StrCat("the MAG answers what is said about a decision, so it reads it: ",
                               mag, ", or that of the decision, ", first.audience()));
}

absl::Status DecidePosition(const Trial& trial) {
  LIAISON_RETURN_IF_ERROR(MayRecordPosition(trial));
  const std::string field = ReferenceField(trial.header(), pb::RELATION_POSITION_ON);
  Targets targets(trial);
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target,
                           targets.Find(ReferenceOf(trial.header(), pb::RELATION_POSITION_ON),
                                        field, kHasPositions, "a signal, a report or a decision"));
  if (!target) return targets.ToStatus();
  if (target->root_header().type() == pb::EVENT_TYPE_DECISION) {
    LIAISON_RETURN_IF_ERROR(CheckStillDecided(trial, *target, field));
    LIAISON_RETURN_IF_ERROR(CheckReadersOfPosition(trial, *target));
  }
  const std::string holder =
      HolderOf(trial.header(), RootOf(trial.header(), trial.statement.digest));
  LIAISON_ASSIGN_OR_RETURN(
      const rows::Position position,
      ReadRow<rows::Position>(trial.lookup, PositionKey(target->root, holder)));
  LIAISON_RETURN_IF_ERROR(MayEndObjection(trial, position, holder));
  return Transition(position.kind(), trial.header().position().kind()).status();
}

absl::Status DecideResponse(const Trial& trial) {
  const pb::EventHeader& header = trial.header();
  const auto is_response = [](const pb::Reference& r) {
    return r.relation() == pb::RELATION_RESPONDS_TO;
  };
  if (std::count_if(header.references().begin(), header.references().end(), is_response) != 1) {
    return Refuse(Reason::kTargetUnsuitable, "a response answers one request",
                  {{"references", "name one request with RELATION_RESPONDS_TO"}});
  }
  const std::string field = ReferenceField(header, pb::RELATION_RESPONDS_TO);
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target,
                           FindTarget(trial.lookup, ReferenceOf(header, pb::RELATION_RESPONDS_TO)));
  std::shared_ptr<const KnownHeader> asked;
  if (target) {
    LIAISON_ASSIGN_OR_RETURN(asked, CurrentHeader(trial.lookup, *target));
  }
  if (asked == nullptr || !IsRequest(asked->header)) {
    return Refuse(Reason::kTargetUnsuitable, "it asks nothing of anybody",
                  {{field,
                    "name a request: a signal that asks its addressees for an action or a "
                    "response, a report with requests, or a support request"}});
  }
  // An import writes down what somebody answered who may be gone.
  const std::string& responder = ResponderOf(header);
  const absl::string_view addressee = AddresseeOf(asked->header, responder);
  const bool may = responder == trial.author()
                       ? SpeaksFor(*trial.state.registry, responder, addressee)
                       : Imports(trial);
  if (addressee.empty() || !may) {
    return NotPermitted("whom the request is addressed to, and a registered part of it,", trial);
  }
  LIAISON_ASSIGN_OR_RETURN(const rows::Revision revision,
                           ReadRow<rows::Revision>(trial.lookup, RevisionKey(target->root)));
  if (revision.has_retraction()) {
    return Refuse(Reason::kTargetRetracted, "the request has been retracted",
                  {{field, "has been retracted"}});
  }
  LIAISON_RETURN_IF_ERROR(
      CheckReaders(trial, {{target->root_header().author(), target->root_header().audience()}}));
  LIAISON_ASSIGN_OR_RETURN(
      const rows::Request request,
      ReadRow<rows::Request>(trial.lookup, RequestKey(target->root, addressee)));
  absl::Status step = Transition(request.state(), header.response().kind()).status();
  if (step.ok() || request.state() != rows::REQUEST_STATE_ANSWERED) return step;
  return Error(Reason::kTransitionNotAllowed,
               absl::StrCat(addressee, " has answered this request, and an answer is final; ",
                            kAfterAnAnswer))
      .With("life_cycle", "request")
      .With("state", "answered");
}

// --- versions, retractions, translations, groups -------------------------------------------------

absl::Status SameDecision(const Trial& trial, const Target& first, const std::string& field) {
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<Target> of,
      FindTarget(trial.lookup, ReferenceOf(trial.header(), pb::RELATION_REPORTS_ON)));
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<Target> before,
      FindTarget(trial.lookup, ReferenceOf(first.header(), pb::RELATION_REPORTS_ON)));
  if (of && before && of->root == before->root) return absl::OkStatus();
  return Refuse(Reason::kTargetUnsuitable, "a later version reports on the same decision",
                {{field, "name a first version that reports on this decision; or none"}});
}

// What has a row by what it is about and who said it stays about that: whoever thinks of another
// thing says another thing.
absl::Status SameSubject(const Trial& trial, const Target& first, const std::string& field) {
  const pb::EventHeader& header = trial.header();
  pb::Relation about = pb::RELATION_UNSPECIFIED;
  if (header.type() == pb::EVENT_TYPE_POSITION) about = pb::RELATION_POSITION_ON;
  if (header.type() == pb::EVENT_TYPE_EVALUATION) about = pb::RELATION_EVALUATES;
  if (header.type() == pb::EVENT_TYPE_TRANSLATION) about = pb::RELATION_TRANSLATES;
  if (header.type() == pb::EVENT_TYPE_RESPONSE) about = pb::RELATION_RESPONDS_TO;
  if (header.type() == pb::EVENT_TYPE_PROGRESS || header.type() == pb::EVENT_TYPE_OUTCOME) {
    return SameDecision(trial, first, field);
  }
  if (header.type() == pb::EVENT_TYPE_CARRY_OVER) {
    return Refuse(Reason::kTargetUnsuitable, "what was carried over was carried over",
                  {{field, "carry more over, or on, with another event"}});
  }
  if (about == pb::RELATION_UNSPECIFIED) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> of,
                           FindTarget(trial.lookup, ReferenceOf(header, about)));
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> before,
                           FindTarget(trial.lookup, ReferenceOf(first.header(), about)));
  const bool same =
      of && before && of->root == before->root && header.author() == first.header().author() &&
      (about != pb::RELATION_POSITION_ON ||
       HolderOf(header, first.root) == HolderOf(first.header(), first.root)) &&
      (about == pb::RELATION_RESPONDS_TO || (header.cycle() == first.header().cycle() &&
                                             header.language() == first.header().language()));
  if (same) return absl::OkStatus();
  return Refuse(
      Reason::kTargetUnsuitable, "a later version is about the same thing as the first",
      {{field,
        "name a first version about the same thing, by the same author for the same contributor, "
        "in the same cycle and language; or none"}});
}

// A chain is its author's; decisions and groups are the MAG's and the secretariat's together.
absl::Status DecideRevisions(const Trial& trial) {
  const pb::EventHeader& header = trial.header();
  int revisions = 0;
  for (int i = 0; i < header.references_size(); ++i) {
    if (header.references(i).relation() != pb::RELATION_REVISES) continue;
    const std::string field = absl::StrCat("references[", i, "]");
    if (++revisions > 1) {
      return Refuse(Reason::kTargetUnsuitable, "an event revises one chain",
                    {{field, "name one, with RELATION_REVISES"}});
    }
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target,
                             FindTarget(trial.lookup, header.references(i).digest()));
    if (!target || !target->is_root()) {
      return Refuse(Reason::kTargetUnsuitable, "a later version names the first of its chain",
                    {{field, absl::StrCat("name the first event of the chain, ",
                                          target ? target->root.ToHex() : "")}});
    }
    const pb::EventType type = target->header().type();
    if (header.type() != type && header.type() != pb::EVENT_TYPE_AMENDMENT) {
      return Refuse(Reason::kTargetUnsuitable, "a later version is of the type of the first",
                    {{field, "is of another type; an amendment changes words of any type"}});
    }
    if (type == pb::EVENT_TYPE_DISPOSITION && header.type() == pb::EVENT_TYPE_AMENDMENT) {
      return Refuse(
          Reason::kTargetUnsuitable,
          "the reasons of a disposition are put right by a later version of it",
          {{field, "say the disposition again, with RELATION_REVISES and other reasons"}});
    }
    const bool of_the_mag = type == pb::EVENT_TYPE_DECISION || type == pb::EVENT_TYPE_GROUPING;
    const bool may = of_the_mag
                         ? trial.roles.is_mag || trial.roles.is_secretariat
                         : record::IsWithinOrganisation(target->header().author(), trial.author());
    if (!may) {
      return Error(Reason::kNotPermitted,
                   absl::StrCat("only its author, ", target->header().author(), ", may revise it"));
    }
    LIAISON_RETURN_IF_ERROR(SameAudience(trial, *target));
    LIAISON_RETURN_IF_ERROR(SameSubject(trial, *target, field));
    LIAISON_ASSIGN_OR_RETURN(const rows::Revision chain,
                             ReadRow<rows::Revision>(trial.lookup, RevisionKey(target->root)));
    const ChainState from = chain.has_retraction() ? ChainState::kRetracted
                            : chain.count() > 0    ? ChainState::kRevised
                                                   : ChainState::kOriginal;
    LIAISON_RETURN_IF_ERROR(Transition(from, ChainEvent::kRevise).status());
  }
  return absl::OkStatus();
}

// Whoever could take a declared conflict back could score after all.
absl::Status MayTakeBackEvaluation(const Trial& trial, const Target& target) {
  const pb::EventHeader& first = target.root_header();
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> candidate,
                           FindTarget(trial.lookup, ReferenceOf(first, pb::RELATION_EVALUATES)));
  if (!candidate || trial.roles.is_secretariat) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(
      const rows::Evaluation row,
      ReadRow<rows::Evaluation>(trial.lookup,
                                EvaluationKey(first.cycle(), candidate->root, first.author())));
  if (!row.conflict()) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> declared,
                           FindTarget(trial.lookup, row.source().digest()));
  if (!declared || declared->root != target.root) return absl::OkStatus();
  return Error(Reason::kNotPermitted,
               "a conflict, once declared, stays; only the secretariat may lift it");
}

absl::Status MayTakeBackPosition(const Trial& trial, const Target& target) {
  const pb::EventHeader& first = target.root_header();
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> of,
                           FindTarget(trial.lookup, ReferenceOf(first, pb::RELATION_POSITION_ON)));
  if (!of) return absl::OkStatus();
  const std::string holder = HolderOf(first, target.root);
  LIAISON_ASSIGN_OR_RETURN(const rows::Position position,
                           ReadRow<rows::Position>(trial.lookup, PositionKey(of->root, holder)));
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> current,
                           FindTarget(trial.lookup, position.source().digest()));
  if (!current || current->root != target.root) return absl::OkStatus();
  return MayEndObjection(trial, position, holder);
}

// What to do instead, for what is not taken back.
absl::Status NotRetractable(const Target* target, const std::string& field) {
  const bool is_root = target != nullptr && target->is_root();
  const pb::EventType type = is_root ? target->header().type() : pb::EVENT_TYPE_UNSPECIFIED;
  if (type == pb::EVENT_TYPE_RESPONSE) {
    return Refuse(
        Reason::kTargetUnsuitable,
        absl::StrCat("a response is not taken back: after any but an answer the next response "
                     "counts; after an answer, ",
                     kAfterAnAnswer),
        {{field, "amend the response, or ask anew"}});
  }
  if (type == pb::EVENT_TYPE_DECISION) {
    return Refuse(Reason::kTargetUnsuitable,
                  "a decision is not taken back but withdrawn: by a later version of it with "
                  "DECISION_STATE_WITHDRAWN",
                  {{field, "publish a later version that withdraws it"}});
  }
  return Refuse(Reason::kTargetUnsuitable,
                "what can be retracted is named by the first event of its chain",
                {{field,
                  "signal, report, position, evaluation, attendance, progress, outcome, "
                  "translation or support request"}});
}

absl::Status DecideRetraction(const Trial& trial) {
  const std::string field = ReferenceField(trial.header(), pb::RELATION_RETRACTS);
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<Target> target,
      FindTarget(trial.lookup, ReferenceOf(trial.header(), pb::RELATION_RETRACTS)));
  if (!target || !target->is_root() || !IsOne(target->header().type(), kRetractable)) {
    return NotRetractable(target ? &*target : nullptr, field);
  }
  if (!record::IsWithinOrganisation(target->header().author(), trial.author()) &&
      !trial.roles.is_secretariat) {
    return Error(Reason::kNotPermitted, absl::StrCat("only its author, ", target->header().author(),
                                                     ", or the secretariat may retract it"));
  }
  LIAISON_RETURN_IF_ERROR(SameAudience(trial, *target));
  if (target->header().type() == pb::EVENT_TYPE_EVALUATION) {
    LIAISON_RETURN_IF_ERROR(MayTakeBackEvaluation(trial, *target));
  }
  if (target->header().type() == pb::EVENT_TYPE_POSITION) {
    LIAISON_RETURN_IF_ERROR(MayTakeBackPosition(trial, *target));
  }
  LIAISON_ASSIGN_OR_RETURN(const rows::Revision chain,
                           ReadRow<rows::Revision>(trial.lookup, RevisionKey(target->root)));
  const ChainState from = chain.has_retraction() ? ChainState::kRetracted
                          : chain.count() > 0    ? ChainState::kRevised
                                                 : ChainState::kOriginal;
  return Transition(from, ChainEvent::kRetract).status();
}

absl::Status DecideTranslation(const Trial& trial) {
  // What is shown in the place of somebody's words is put there by somebody known.
  if (!trial.roles.is_partner && HasSecretariat(*trial.state.registry)) {
    return NotPermitted("registered organisations", trial);
  }
  const std::string field = ReferenceField(trial.header(), pb::RELATION_TRANSLATES);
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<Target> target,
      FindTarget(trial.lookup, ReferenceOf(trial.header(), pb::RELATION_TRANSLATES)));
  if (!target || target->header().type() == pb::EVENT_TYPE_TRANSLATION ||
      target->header().language() == trial.header().language()) {
    return Refuse(Reason::kTargetUnsuitable, "a translation is of an original in another language",
                  {{field, "name an original in another language"}});
  }
  LIAISON_RETURN_IF_ERROR(SameAudience(trial, *target));
  LIAISON_ASSIGN_OR_RETURN(const rows::Revision chain,
                           ReadRow<rows::Revision>(trial.lookup, RevisionKey(target->root)));
  if (chain.has_retraction()) {
    return Refuse(Reason::kTargetRetracted, "the original has been retracted",
                  {{field, "has been retracted"}});
  }
  LIAISON_RETURN_IF_ERROR(CheckTranslatedFields(trial, *target));
  LIAISON_ASSIGN_OR_RETURN(
      const rows::Translation before,
      ReadRow<rows::Translation>(trial.lookup,
                                 TranslationKey(target->root, trial.header().language())));
  const TranslationState from = !before.has_source() ? TranslationState::kNone
                                : before.stale()     ? TranslationState::kStale
                                                     : TranslationState::kFresh;
  const bool latest =
      chain.count() == 0 ? target->is_root() : target->digest.bytes() == chain.latest().digest();
  return Transition(from, latest ? TranslationEvent::kTranslateLatest
                                 : TranslationEvent::kTranslateEarlier)
      .status();
}

// One group says that two are the same; of a second, dissolving either would undo nothing. A group
// that not all readers of this one may see says nothing to them, and is not betrayed.
absl::Status NotTogetherYet(const Trial& trial, const record::Hash& root) {
  std::map<std::string, int> first_of;  // of each standing group, the reference of its member here
  for (int i = 0; i < trial.header().references_size(); ++i) {
    const pb::Reference& reference = trial.header().references(i);
    if (reference.relation() != pb::RELATION_GROUPS) continue;
    LIAISON_ASSIGN_OR_RETURN(
        const std::vector<KeyedRow> groups,
        trial.lookup.Rows(GroupsOfKey(record::Hash::FromBytes(reference.digest()))));
    for (const KeyedRow& row : groups) {
      LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target,
                               FindTarget(trial.lookup, row.value));
      if (!target || target->root == root) continue;
      const std::string& audience = target->root_header().audience();
      if (audience != "igf/public" && audience != trial.header().audience()) continue;
      LIAISON_ASSIGN_OR_RETURN(const rows::Grouping group,
                               ReadRow<rows::Grouping>(trial.lookup, GroupingKey(target->root)));
      if (group.dissolved() || std::find(group.members().begin(), group.members().end(),
                                         reference.digest()) == group.members().end())
        continue;
      const auto [first, is_new] = first_of.emplace(row.value, i);
      if (is_new || trial.header().references(first->second).digest() == reference.digest()) {
        continue;
      }
      return Refuse(Reason::kTargetUnsuitable,
                    absl::StrCat("a group holds both already: revise or dissolve that one, ",
                                 target->root.ToHex()),
                    {{absl::StrCat("references[", i, "]"),
                      absl::StrCat("is together with references[", first->second, "] in ",
                                   target->root.ToHex())}});
    }
  }
  return absl::OkStatus();
}

absl::Status DecideGrouping(const Trial& trial) {
  if (!trial.roles.is_mag && !trial.roles.is_secretariat) {
    return NotPermitted("the MAG and the secretariat", trial);
  }
  Targets targets(trial);
  for (int i = 0; i < trial.header().references_size(); ++i) {
    const pb::Reference& reference = trial.header().references(i);
    if (reference.relation() != pb::RELATION_GROUPS) continue;
    LIAISON_RETURN_IF_ERROR(targets
                                .FindRoot(reference.digest(), absl::StrCat("references[", i, "]"),
                                          kInputs, "a signal or a report")
                                .status());
  }
  LIAISON_RETURN_IF_ERROR(targets.ToStatus());
  const record::Hash root = RootOf(trial.header(), trial.statement.digest);
  GroupingState from = GroupingState::kNone;
  if (root != trial.statement.digest) {
    LIAISON_ASSIGN_OR_RETURN(const rows::Grouping group,
                             ReadRow<rows::Grouping>(trial.lookup, GroupingKey(root)));
    from = group.dissolved() ? GroupingState::kDissolved : GroupingState::kGrouped;
  }
  LIAISON_RETURN_IF_ERROR(NotTogetherYet(trial, root));
  return Transition(from, trial.header().grouping().action()).status();
}

// --- what everybody's events refer to ------------------------------------------------------------

absl::Status DecideCycle(const Trial& trial) {
  LIAISON_RETURN_IF_ERROR(BySecretariat(trial));
  const pb::CycleFacts& facts = trial.header().cycle_facts();
  const pb::CycleFacts* before = trial.state.directory->FindCycle(facts.cycle_id());
  const CyclePhase from = before == nullptr                           ? CyclePhase::kNone
                          : before->state() == pb::CYCLE_STATE_CLOSED ? CyclePhase::kClosed
                                                                      : CyclePhase::kOpen;
  return Transition(
             from, facts.state() == pb::CYCLE_STATE_CLOSED ? CycleEvent::kClose : CycleEvent::kOpen)
      .status();
}

absl::Status DecideAudience(const Trial& trial) {
  LIAISON_RETURN_IF_ERROR(BySecretariat(trial));
  const pb::AudienceFacts& facts = trial.header().audience_facts();
  const uint32_t next = trial.state.directory->LatestVersion(facts.group()) + 1;
  if (facts.version() == next) return absl::OkStatus();
  return Error(Reason::kTransitionNotAllowed,
               absl::StrCat("the next version of ", facts.group(), " is ", next))
      .With("life_cycle", "audience")
      .With("allowed", next)
      .Field("audience_body.version", absl::StrCat("write ", next));
}

// Both ends, named at once. Whoever is gone is let go.
absl::Status AreKnown(const Trial& trial, const pb::LiaisonFacts& facts) {
  if (facts.action() == pb::LIAISON_ACTION_END) return absl::OkStatus();
  std::vector<record::FieldViolation> wrong;
  for (const auto& [field, end] :
       {std::make_pair("liaison.from", facts.from()), std::make_pair("liaison.to", facts.to())}) {
    std::string why = WhyUnknown(trial, end);
    if (!why.empty()) wrong.push_back({field, std::move(why)});
  }
  return wrong.empty() ? absl::OkStatus() : record::FieldsInvalid(wrong);
}

// Either end begins a liaison, says anew what it is for, and ends it; who did is on the record.
// Nobody is held by what it has ended, so whoever ended it begins it again.
absl::Status DecideLiaison(const Trial& trial) {
  const pb::LiaisonFacts& facts = trial.header().liaison();
  const auto is_end = [&trial](const std::string& end) {
    return SpeaksFor(*trial.state.registry, trial.author(), end);
  };
  if (!is_end(facts.from()) && !is_end(facts.to()) && !trial.roles.is_secretariat) {
    return NotPermitted("the two organisations, a registered part of either, and the secretariat",
                        trial);
  }
  LIAISON_ASSIGN_OR_RETURN(
      const rows::Liaison before,
      ReadRow<rows::Liaison>(trial.lookup, LiaisonKey(facts.from(), facts.to())));
  const LiaisonState from = !before.has_source() ? LiaisonState::kNone
                            : before.facts().action() == pb::LIAISON_ACTION_END
                                ? LiaisonState::kEnded
                                : LiaisonState::kActive;
  if (from == LiaisonState::kEnded && !trial.roles.is_secretariat) {
    const std::string& ended_by = before.source().author();
    const auto left = [&](const std::string& end) {
      return record::IsWithinOrganisation(ended_by, end) && is_end(end);
    };
    if (!left(facts.from()) && !left(facts.to())) {
      return NotPermitted(absl::StrCat(ended_by, ", which ended it, and the secretariat"), trial);
    }
  }
  LIAISON_RETURN_IF_ERROR(AreKnown(trial, facts));
  return Transition(from, facts.action()).status();
}

absl::Status DecideType(const Trial& trial) {
  switch (trial.header().type()) {
    case pb::EVENT_TYPE_ORGANISATION:
      return DecideRegistration(trial);
    case pb::EVENT_TYPE_AUDIENCE:
      return DecideAudience(trial);
    case pb::EVENT_TYPE_LIAISON:
      return DecideLiaison(trial);
    case pb::EVENT_TYPE_TOPIC_SCHEME:
    case pb::EVENT_TYPE_CROSSWALK:
      return BySecretariat(trial);
    case pb::EVENT_TYPE_CYCLE:
      return DecideCycle(trial);
    case pb::EVENT_TYPE_TOPIC_SIGNAL:
    case pb::EVENT_TYPE_SUPPORT_REQUEST:
      return DecideRequest(trial);
    case pb::EVENT_TYPE_LOCAL_REPORT:
      return DecideReportOfNri(trial);
    case pb::EVENT_TYPE_ATTENDANCE:
      return DecideAttendance(trial);
    case pb::EVENT_TYPE_POSITION:
      return DecidePosition(trial);
    case pb::EVENT_TYPE_RESPONSE:
      return DecideResponse(trial);
    case pb::EVENT_TYPE_DISPOSITION:
      return DecideDisposition(trial);
    case pb::EVENT_TYPE_EVALUATION:
      return DecideEvaluation(trial);
    case pb::EVENT_TYPE_DECISION:
      return DecideDecision(trial);
    case pb::EVENT_TYPE_PROGRESS:
      return DecideReport(trial, DecisionEvent::kProgress);
    case pb::EVENT_TYPE_OUTCOME:
      return DecideReport(trial, DecisionEvent::kOutcome);
    case pb::EVENT_TYPE_CARRY_OVER:
      return DecideCarryOver(trial);
    case pb::EVENT_TYPE_RETRACTION:
      return DecideRetraction(trial);
    case pb::EVENT_TYPE_TRANSLATION:
      return DecideTranslation(trial);
    case pb::EVENT_TYPE_GROUPING:
      return DecideGrouping(trial);
    default:
      return absl::OkStatus();
  }
}

// What asks nobody waits for nobody's answer and is overlooked. An import writes down what was, and
// while a hub is being set up there is nobody to ask.
absl::Status CheckSomebodyIsAsked(const Trial& trial) {
  const pb::EventHeader& header = trial.header();
  if (header.type() != pb::EVENT_TYPE_TOPIC_SIGNAL || !header.addressees().empty() ||
      header.topic_signal().purpose() != pb::PURPOSE_ACTION || Imports(trial) ||
      !HasSecretariat(*trial.state.registry)) {
    return absl::OkStatus();
  }
  return record::FieldInvalid("addressees",
                              "whom does it ask? Name them, or say PURPOSE_INFORMATION");
}

}  // namespace

absl::Status DecideLifeCycle(const State& state, const Lookup& lookup, const Statement& statement,
                             int64_t hub_time_us) {
  Trial trial{state, lookup, statement, hub_time_us, {}};
  LIAISON_RETURN_IF_ERROR(CheckReferences(trial));
  LIAISON_RETURN_IF_ERROR(CheckMovesOwn(trial));
  LIAISON_RETURN_IF_ERROR(CheckTopics(trial));
  LIAISON_RETURN_IF_ERROR(CheckDates(trial));
  LIAISON_RETURN_IF_ERROR(CheckCycle(trial));
  LIAISON_RETURN_IF_ERROR(CheckRecordedFor(trial));
  LIAISON_RETURN_IF_ERROR(CheckSomebodyIsAsked(trial));
  // A plain signal may be said by anybody whom auth lets through.
  if (statement.header.type() == pb::EVENT_TYPE_TOPIC_SIGNAL &&
      statement.header.references().empty() && statement.header.addressees().empty()) {
    return absl::OkStatus();
  }
  trial.roles = RolesOf(*state.registry, statement.header.author());
  LIAISON_RETURN_IF_ERROR(DecideRevisions(trial));
  return DecideType(trial);
}

}  // namespace liaison::domain
