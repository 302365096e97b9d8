#include "server/views/decisions.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "server/domain/adoption.h"
#include "server/domain/columns.h"
#include "server/domain/life_cycles.h"
#include "server/domain/target.h"
#include "server/views/cycles.h"
#include "server/views/views.h"

namespace liaison::views {

namespace {

struct Life {
  pb::DecisionFacts facts;         // of all versions together, the state among them
  std::set<std::string> answered;  // objections, by digest
  std::set<std::string> cycles;    // its own, and those it was carried into
  std::optional<Index> outcome;    // the last that was not taken back since
};

// True iff the group holds an input that was not taken back; what is hidden was not.
bool HoldsSomething(const Reading& reading, Index group) {
  const pb::EventHeader& latest = reading.Header(reading.Latest(group));
  if (latest.grouping().action() == pb::GROUPING_ACTION_DISSOLVE) return false;
  return std::any_of(latest.references().begin(), latest.references().end(),
                     [&reading](const pb::Reference& reference) {
                       if (reference.relation() != pb::RELATION_GROUPS) return false;
                       const auto member = reading.FindQuietly(reference.digest());
                       return !member || !reading.Retracted(*member);
                     });
}

bool ConsidersWhatStands(const Reading& reading, const pb::EventHeader& version) {
  return std::any_of(version.references().begin(), version.references().end(),
                     [&reading](const pb::Reference& reference) {
                       if (reference.relation() != pb::RELATION_CONSIDERS) return false;
                       const auto index = reading.FindQuietly(reference.digest());
                       if (!index) return true;
                       const Index root = reading.RootOf(*index);
                       if (reading.TypeOf(root) == pb::EVENT_TYPE_GROUPING) {
                         return HoldsSomething(reading, root);
                       }
                       return !reading.Retracted(root);
                     });
}

// True iff a version of it names inputs that stand. Looks each of them up: for one decision at a
// time.
bool RestsOnWhatStands(const Reading& reading, Index decision) {
  const std::vector<Index> versions = reading.Chain(decision);
  return std::any_of(versions.begin(), versions.end(), [&reading](Index version) {
    return reading.TypeOf(version) == pb::EVENT_TYPE_DECISION &&
           ConsidersWhatStands(reading, reading.Header(version));
  });
}

std::vector<Index> EventsOf(const Reading& reading, Index decision) {
  std::vector<Index> events = reading.Chain(decision);
  for (pb::Relation relation : {pb::RELATION_REPORTS_ON, pb::RELATION_CARRIES_OVER}) {
    for (Index index : reading.Naming(decision, relation)) {
      if (reading.MovesStateOf(decision, index)) events.push_back(index);
    }
  }
  const std::vector<Index> named = events;
  for (Index index : named) {
    if (reading.TypeOf(index) != pb::EVENT_TYPE_OUTCOME || reading.RootOf(index) != index) continue;
    for (Index retraction : reading.Naming(index, pb::RELATION_RETRACTS)) {
      events.push_back(retraction);
    }
  }
  std::sort(events.begin(), events.end());
  return events;
}

// True iff the retraction takes back a version of what `index` is one of.
bool TakesBack(const Reading& reading, Index retraction, Index index) {
  const std::vector<Index> by = reading.Naming(reading.RootOf(index), pb::RELATION_RETRACTS);
  return std::find(by.begin(), by.end(), retraction) != by.end();
}

// Step by step, as the rules took it. A progress that is taken back does not undo its step; what
// was not delivered after all, was not.
Life LifeOf(const Reading& reading, Index decision) {
  Life life;
  const auto take = [&life](domain::DecisionEvent event) {
    const auto step = domain::Transition(life.facts.state(), event);
    if (step.ok()) life.facts.set_state(step->to);
    return step.ok();
  };
  for (Index index : EventsOf(reading, decision)) {
    const pb::EventHeader& header = reading.Header(index);
    switch (header.type()) {
      case pb::EVENT_TYPE_DECISION:
        life.facts = domain::MergedFacts(life.facts, header.decision());
        life.answered.insert(header.decision().answered().begin(),
                             header.decision().answered().end());
        if (!header.cycle().empty()) life.cycles.insert(header.cycle());
        break;
      case pb::EVENT_TYPE_PROGRESS:
        take(domain::DecisionEvent::kProgress);
        break;
      case pb::EVENT_TYPE_OUTCOME:
        take(domain::DecisionEvent::kOutcome);
        life.outcome = index;
        break;
      case pb::EVENT_TYPE_RETRACTION:
        if (!life.outcome || !TakesBack(reading, index, *life.outcome)) break;
        take(domain::DecisionEvent::kTakeOutcomeBack);
        life.outcome.reset();
        break;
      case pb::EVENT_TYPE_CARRY_OVER:
        if (take(domain::DecisionEvent::kCarryOver)) {
          life.cycles.insert(header.carry_over().to_cycle());
        }
        break;
      default:
        break;
    }
  }
  *life.facts.mutable_answered() = {life.answered.begin(), life.answered.end()};
  return life;
}

}  // namespace

DecisionNow NowOf(const Reading& reading, Index decision) {
  Life life = LifeOf(reading, decision);
  return {decision, std::move(life.facts), std::move(life.cycles), life.outcome};
}

std::vector<DecisionNow> DecisionsNow(const Reading& reading, absl::string_view cycle) {
  std::vector<DecisionNow> decisions;
  const std::vector<Index> roots = reading.Roots(pb::EVENT_TYPE_DECISION);
  reading.ReadHeaders(roots);
  for (Index root : roots) {
    if (reading.Retracted(root)) continue;
    DecisionNow now = NowOf(reading, root);
    if (!cycle.empty() && now.cycles.count(std::string(cycle)) == 0) continue;
    decisions.push_back(std::move(now));
  }
  return decisions;
}

pb::DecisionState StateOf(const Reading& reading, Index decision) {
  return LifeOf(reading, decision).facts.state();
}

pb::DecisionFacts FactsOf(const Reading& reading, Index decision) {
  return LifeOf(reading, decision).facts;
}

bool IsBeingDone(pb::DecisionState state) {
  return state == pb::DECISION_STATE_ADOPTED || state == pb::DECISION_STATE_ADOPTED_INCOMPLETE ||
         state == pb::DECISION_STATE_IN_PROGRESS;
}

bool IsUnfinished(pb::DecisionState state) {
  return IsBeingDone(state) || state == pb::DECISION_STATE_PROPOSED ||
         state == pb::DECISION_STATE_IN_CONSULTATION || state == pb::DECISION_STATE_DEFERRED;
}

std::vector<CurrentPosition> Positions(const Reading& reading, Index target) {
  std::map<std::string, Index> latest;
  for (Index index : reading.Naming(reading.RootOf(target), pb::RELATION_POSITION_ON)) {
    if (reading.TypeOf(index) != pb::EVENT_TYPE_POSITION) continue;
    const std::string contributor = reading.ContributorOf(index);
    const Index root = reading.RootOf(index);
    // Individuals are not told apart. Names of organisations come before `~`.
    latest[contributor.empty() ? absl::StrCat("~", KeyOf(reading.SequenceOf(root))) : contributor] =
        reading.Latest(index);
  }
  std::vector<CurrentPosition> positions;
  for (const auto& [key, index] : latest) {
    // Whoever takes the latest back has none: it had taken the place of those before.
    if (reading.Retracted(index)) continue;
    if (reading.Header(index).position().kind() == pb::POSITION_KIND_WITHDRAWN) continue;
    positions.push_back({index, reading.ContributorOf(index), key});
  }
  return positions;
}

std::optional<Index> LatestReport(const Reading& reading, Index decision, pb::EventType type) {
  if (type == pb::EVENT_TYPE_OUTCOME) return LifeOf(reading, decision).outcome;
  std::optional<Index> latest;
  for (Index index : reading.Naming(decision, pb::RELATION_REPORTS_ON)) {
    if (reading.TypeOf(index) == type && !reading.Retracted(index) &&
        reading.MovesStateOf(decision, index)) {
      latest = index;
    }
  }
  return latest;
}

std::set<Index> Considered(const Reading& reading, Index decision) {
  std::set<Index> considered;
  for (Index version : reading.Chain(decision)) {
    if (reading.TypeOf(version) != pb::EVENT_TYPE_DECISION) continue;
    for (const pb::Reference& reference : reading.Header(version).references()) {
      if (reference.relation() != pb::RELATION_CONSIDERS) continue;
      const std::optional<Index> input = reading.FindQuietly(reference.digest());
      if (!input) continue;
      const Index root = reading.RootOf(*input);
      considered.insert(root);
      if (reading.TypeOf(root) != pb::EVENT_TYPE_GROUPING) continue;
      const pb::EventHeader& grouping = reading.Header(reading.Latest(root));
      if (grouping.grouping().action() == pb::GROUPING_ACTION_DISSOLVE) continue;
      for (const pb::Reference& member : grouping.references()) {
        if (member.relation() != pb::RELATION_GROUPS) continue;
        if (auto index = reading.FindQuietly(member.digest())) {
          considered.insert(reading.RootOf(*index));
        }
      }
    }
  }
  return considered;
}

std::set<Index> ConsideredBy(const Reading& reading, Index input) {
  std::vector<Index> considered = {reading.RootOf(input)};
  for (Index naming : reading.Naming(reading.RootOf(input), pb::RELATION_GROUPS)) {
    const Index grouping = reading.RootOf(naming);
    // Its latest version says who is in it, and whether it is one still.
    if (reading.TypeOf(grouping) == pb::EVENT_TYPE_GROUPING && reading.May(grouping) &&
        reading.Latest(grouping) == naming &&
        reading.Header(naming).grouping().action() != pb::GROUPING_ACTION_DISSOLVE) {
      considered.push_back(grouping);
    }
  }
  std::set<Index> decisions;
  for (Index one : considered) {
    for (Index naming : reading.Naming(one, pb::RELATION_CONSIDERS)) {
      const Index decision = reading.RootOf(naming);
      if (reading.TypeOf(naming) == pb::EVENT_TYPE_DECISION &&
          reading.TypeOf(decision) == pb::EVENT_TYPE_DECISION && reading.May(decision) &&
          !reading.Retracted(decision)) {
        decisions.insert(decision);
      }
    }
  }
  return decisions;
}

namespace {

// This very version: an objection with another reason waits for another answer.
bool Answers(const Reading& reading, const pb::DecisionFacts& facts, Index objection) {
  const auto& answered = facts.answered();
  return std::find(answered.begin(), answered.end(), reading.DigestOf(objection)) != answered.end();
}

}  // namespace

std::vector<std::string> MissingForAdoption(const Reading& reading, const DecisionNow& now) {
  std::vector<std::string> missing;
  if (!domain::IsYetToBeAdopted(now.facts.state())) return missing;
  for (const record::FieldViolation& violation : domain::MissingForAdoption(
           *reading.caller().registry, now.facts, RestsOnWhatStands(reading, now.decision))) {
    missing.push_back(violation.field);
  }
  const std::vector<CurrentPosition> positions = Positions(reading, now.decision);
  if (std::any_of(positions.begin(), positions.end(), [&](const CurrentPosition& position) {
        return !reading.at(position.event).relayed &&
               reading.Header(position.event).position().kind() == pb::POSITION_KIND_OBJECT &&
               !Answers(reading, now.facts, position.event);
      })) {
    missing.push_back(domain::UnansweredObjection({}).field);
  }
  return missing;
}

namespace {

absl::StatusOr<pb::PositionView> PositionOf(const Reading& reading, const CurrentPosition& position,
                                            const pb::DecisionFacts* decision) {
  pb::PositionView view;
  const pb::StatedPositionFacts& stated = reading.Header(position.event).position();
  LIAISON_ASSIGN_OR_RETURN(*view.mutable_event(), reading.SummaryOfVersion(position.event));
  view.set_organisation(position.organisation);
  view.set_kind(stated.kind());
  view.set_standing(stated.standing());
  view.set_answered(decision != nullptr && Answers(reading, *decision, position.event));
  return view;
}

}  // namespace

absl::StatusOr<std::optional<Index>> VersionWithReasons(const Reading& reading, Index decision) {
  const pb::DecisionState state = StateOf(reading, decision);
  const bool adopted = IsBeingDone(state) || state == pb::DECISION_STATE_COMPLETED;
  if (!adopted && state != pb::DECISION_STATE_DEFERRED && state != pb::DECISION_STATE_DECLINED &&
      state != pb::DECISION_STATE_WITHDRAWN) {
    return std::optional<Index>();
  }
  std::optional<Index> found;
  for (Index version : reading.Chain(decision)) {
    if (reading.TypeOf(version) != pb::EVENT_TYPE_DECISION) continue;
    // What is adopted keeps the reasons that it was proposed with; any other step has its own.
    if (!adopted && reading.Header(version).decision().state() != state) {
      found.reset();
      continue;
    }
    LIAISON_ASSIGN_OR_RETURN(const std::string reasons, reading.Words(version, "reasons"));
    if (!reasons.empty()) found = version;
  }
  return found;
}

absl::StatusOr<pb::DecisionView> ToProto(const Reading& reading, const DecisionNow& now,
                                         bool brief) {
  const Index decision = now.decision;
  pb::DecisionView view;
  LIAISON_ASSIGN_OR_RETURN(*view.mutable_decision(), reading.Summary(decision));
  view.set_state(now.facts.state());
  *view.mutable_facts() = now.facts;
  for (const std::string& what : MissingForAdoption(reading, now)) view.add_missing(what);
  if (auto progress = LatestReport(reading, decision, pb::EVENT_TYPE_PROGRESS)) {
    LIAISON_ASSIGN_OR_RETURN(*view.mutable_progress(), reading.Summary(*progress));
    view.set_percent(reading.Header(*progress).progress().percent());
  }
  if (const std::optional<Index>& outcome = now.outcome) {
    LIAISON_ASSIGN_OR_RETURN(*view.mutable_outcome(), reading.Summary(*outcome));
    view.set_test_result(reading.Header(*outcome).outcome().test_result());
  }
  if (brief) return view;
  for (Index input : Considered(reading, decision)) {
    LIAISON_ASSIGN_OR_RETURN(*view.add_considered(), reading.Summary(input));
  }
  for (const CurrentPosition& position : Positions(reading, decision)) {
    LIAISON_ASSIGN_OR_RETURN(*view.add_positions(), PositionOf(reading, position, &now.facts));
  }
  for (Index version : reading.Chain(decision)) {
    LIAISON_ASSIGN_OR_RETURN(*view.add_versions(), reading.SummaryOfVersion(version));
    if (reading.TypeOf(version) != pb::EVENT_TYPE_DECISION) continue;
    LIAISON_ASSIGN_OR_RETURN(std::string reasons, reading.Words(version, "reasons"));
    if (reasons.empty()) continue;
    pb::DecisionReasons& step = *view.add_reasons();
    step.set_sequence(reading.SequenceOf(version));
    step.set_state(reading.Header(version).decision().state());
    step.set_reasons(std::move(reasons));
    step.set_language(reading.Header(version).language());
  }
  return view;
}

absl::StatusOr<pb::GetDecisionResponse> GetDecision(const Reading& reading,
                                                    const pb::GetDecisionRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const Index index, reading.FindKey(request));
  const Index root = reading.RootOf(index);
  if (!reading.May(root) || reading.TypeOf(root) != pb::EVENT_TYPE_DECISION) {
    return NotFound();
  }
  pb::GetDecisionResponse response;
  LIAISON_ASSIGN_OR_RETURN(*response.mutable_decision(), ToProto(reading, NowOf(reading, root)));
  return response;
}

absl::StatusOr<pb::ListDecisionsResponse> ListDecisions(const Reading& reading,
                                                        const pb::ListDecisionsRequest& request,
                                                        const PageArguments& page) {
  if (!request.cycle().empty()) {
    LIAISON_RETURN_IF_ERROR(CheckCycle(reading, request.cycle()));
  }
  const std::vector<DecisionNow> decisions = DecisionsNow(reading, request.cycle());
  std::vector<std::pair<std::string, const DecisionNow*>> rows;
  for (const DecisionNow& one : decisions) {
    if (request.state() != pb::DECISION_STATE_UNSPECIFIED && one.facts.state() != request.state()) {
      continue;
    }
    rows.emplace_back(KeyOf(reading.SequenceOf(one.decision)), &one);
  }
  pb::ListDecisionsResponse response;
  LIAISON_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      TakePage(rows, page, response, [&](const DecisionNow* now) -> absl::Status {
        LIAISON_ASSIGN_OR_RETURN(*response.add_decisions(), ToProto(reading, *now));
        return absl::OkStatus();
      }));
  return response;
}

absl::StatusOr<pb::ListPositionsResponse> ListPositions(const Reading& reading,
                                                        const pb::ListPositionsRequest& request,
                                                        const PageArguments& page) {
  LIAISON_ASSIGN_OR_RETURN(const Index target, reading.FindKey(request));
  const bool is_decision = reading.TypeOf(target) == pb::EVENT_TYPE_DECISION;
  const pb::DecisionFacts facts = FactsOf(reading, target);
  pb::ListPositionsResponse response;
  std::vector<std::pair<std::string, CurrentPosition>> rows;
  // Desks and seats are of one organisation, which counts once.
  std::map<pb::PositionKind, std::set<std::string>> holders;
  for (CurrentPosition& position : Positions(reading, target)) {
    holders[reading.Header(position.event).position().kind()].insert(
        position.organisation.empty() ? position.key
                                      : domain::IndependentOrganisation(position.organisation));
    std::string key = position.key;
    rows.emplace_back(std::move(key), std::move(position));
  }
  response.set_support(static_cast<uint32_t>(holders[pb::POSITION_KIND_SUPPORT].size()));
  response.set_reserve(static_cast<uint32_t>(holders[pb::POSITION_KIND_RESERVE].size()));
  response.set_object(static_cast<uint32_t>(holders[pb::POSITION_KIND_OBJECT].size()));
  LIAISON_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      TakePage(rows, page, response, [&](const CurrentPosition& position) -> absl::Status {
        LIAISON_ASSIGN_OR_RETURN(*response.add_positions(),
                                 PositionOf(reading, position, is_decision ? &facts : nullptr));
        return absl::OkStatus();
      }));
  return response;
}

}  // namespace liaison::views
