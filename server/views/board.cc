#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/domain/formats.h"
#include "server/domain/ranking.h"
#include "server/views/calendar.h"
#include "server/views/carry_overs.h"
#include "server/views/cycles.h"
#include "server/views/decisions.h"
#include "server/views/groups.h"
#include "server/views/views.h"

namespace liaison::views {
namespace {

constexpr uint32_t kUsualSwaps = 20;
constexpr size_t kMaxCandidates = 500;

domain::Effort EffortOf(const pb::Capacity& capacity) {
  return {capacity.slots(), capacity.hours(), capacity.people()};
}

pb::Capacity ToCapacity(const domain::Effort& effort) {
  pb::Capacity capacity;
  capacity.set_slots(static_cast<uint32_t>(effort.slots));
  capacity.set_hours(static_cast<uint32_t>(effort.hours));
  capacity.set_people(static_cast<uint32_t>(effort.people));
  return capacity;
}

// What the format takes; nothing where none was chosen.
domain::Effort TakenBy(const pb::DecisionFacts& facts) {
  const auto* format = domain::FindFormat(facts.work_format());
  if (format == nullptr) return {};
  return {format->slots, format->hours, format->people};
}

// What work that was adopted holds of a cycle, each work and the sum. What is completed was done
// with it, and keeps it: a slot is not used twice.
struct Held {
  std::vector<DecisionNow> works;
  domain::Effort sum;
};

Held HeldIn(const Reading& reading, const std::string& cycle) {
  Held held;
  for (DecisionNow& decision : DecisionsNow(reading, cycle)) {
    const pb::DecisionState state = decision.facts.state();
    if (!IsBeingDone(state) && state != pb::DECISION_STATE_COMPLETED) continue;
    // Adopted, incomplete: in which format, nobody said yet.
    if (domain::FindFormat(decision.facts.work_format()) == nullptr) continue;
    const domain::Effort takes = TakenBy(decision.facts);
    held.sum.slots += takes.slots;
    held.sum.hours += takes.hours;
    held.sum.people += takes.people;
    held.works.push_back(std::move(decision));
  }
  return held;
}

// More may be held than there is: then nothing is left.
domain::Effort Without(domain::Effort there, const domain::Effort& held) {
  there.slots -= std::min(there.slots, held.slots);
  there.hours -= std::min(there.hours, held.hours);
  there.people -= std::min(there.people, held.people);
  return there;
}

// Events of that type whose chain was taken back, hidden ones too.
std::set<Index> RetractedOf(const Reading& reading, pb::EventType type) {
  std::set<std::string> named;
  for (Index index : reading.All(pb::EVENT_TYPE_RETRACTION)) {
    if (reading.at(index).relayed) continue;  // evaluations are this hub's own
    for (const pb::Reference& reference : reading.Header(index).references()) {
      if (reference.relation() == pb::RELATION_RETRACTS) named.insert(reference.digest());
    }
  }
  std::set<Index> retracted;
  for (Index index : reading.All(type)) {
    if (named.count(reading.DigestOf(reading.RootOf(index))) > 0) retracted.insert(index);
  }
  return retracted;
}

domain::Assessment ToAssessment(const Reading& reading, Index evaluation, Index candidate) {
  const pb::EventHeader& header = reading.Header(evaluation);
  domain::Assessment assessment;
  assessment.candidate = KeyOf(reading.SequenceOf(candidate));
  assessment.seat = header.author();
  assessment.recused = header.evaluation().conflict();
  for (const pb::CriterionScore& score : header.evaluation().scores()) {
    assessment.scores[score.criterion()] = static_cast<int>(score.score());
  }
  return assessment;
}

// The cycle, and those that the candidate was carried through on its way there.
std::set<std::string> CyclesUpTo(const Reading& reading, std::string cycle, Index candidate) {
  std::set<std::string> cycles;
  while (cycles.insert(cycle).second) {
    const CarryOvers carried = CarryOversOf(reading, cycle);
    const auto brought = carried.into.find(candidate);
    if (brought == carried.into.end()) break;
    cycle = reading.Header(brought->second).carry_over().from_cycle();
  }
  return cycles;
}

// What a conflict is about: a candidate by itself, and those in a group that holds them now.
std::map<Index, std::set<Index>> CandidatesByGroup(const Reading& reading,
                                                   const std::set<Index>& candidates) {
  std::map<Index, std::set<Index>> by_group;
  for (Index candidate : candidates) {
    for (const Group& group : GroupsOf(reading, candidate)) by_group[group.root].insert(candidate);
  }
  return by_group;
}

// The only place where evaluations that the caller may not read are looked at: what is made of them
// is public, as averages. A member's latest in that cycle counts; where it was taken back, none
// does. A conflict that was declared in a cycle that the candidate came from holds in this one, and
// so does one about a group that the candidate is in.
std::vector<domain::Assessment> AssessmentsOf(const Reading& reading, const std::string& cycle,
                                              const std::set<Index>& candidates) {
  const std::map<Index, std::set<Index>> by_group = CandidatesByGroup(reading, candidates);
  // Candidate, what was evaluated, seat, cycle.
  std::map<std::tuple<Index, Index, std::string, std::string>, Index> latest;
  for (Index index : reading.All(pb::EVENT_TYPE_EVALUATION)) {
    for (const pb::Reference& reference : reading.Header(index).references()) {
      if (reference.relation() != pb::RELATION_EVALUATES) continue;
      const std::optional<Index> target = reading.FindQuietly(reference.digest());
      if (!target) continue;
      const Index root = reading.RootOf(*target);
      const auto take = [&](Index candidate) {
        latest[{candidate, root, reading.AuthorOf(index), reading.CycleOf(index)}] = index;
      };
      if (candidates.count(root) > 0) take(root);
      const auto members = by_group.find(root);
      if (members == by_group.end()) continue;
      for (Index candidate : members->second) take(candidate);
    }
  }
  const std::set<Index> retracted = RetractedOf(reading, pb::EVENT_TYPE_EVALUATION);
  std::map<Index, std::set<std::string>> cycles;
  std::map<std::pair<Index, std::string>, domain::Assessment> assessments;
  for (const auto& [key, index] : latest) {
    const auto& [candidate, evaluated, seat, said_in] = key;
    if (retracted.count(index) > 0) continue;
    // Scores of a group are its own.
    const bool conflict = reading.Header(index).evaluation().conflict();
    if (evaluated != candidate && !conflict) continue;
    if (said_in != cycle) {
      if (!conflict) continue;
      if (cycles[candidate].empty()) cycles[candidate] = CyclesUpTo(reading, cycle, candidate);
      if (cycles[candidate].count(said_in) == 0) continue;
    }
    domain::Assessment said = ToAssessment(reading, index, candidate);
    domain::Assessment& counted = assessments.try_emplace({candidate, seat}, said).first->second;
    if (said.recused) counted = std::move(said);
  }
  std::vector<domain::Assessment> list;
  for (auto& [key, assessment] : assessments) list.push_back(std::move(assessment));
  return list;
}

// Proposals of the cycle, and the inputs that were evaluated, be it in the cycle that they were
// carried over from. What is adopted holds its place and competes with nothing any more.
std::set<Index> CandidatesOf(const Reading& reading, const std::string& cycle) {
  const CarryOvers carried = CarryOversOf(reading, cycle);
  std::set<Index> candidates;
  for (const DecisionNow& decision : DecisionsNow(reading, cycle)) {
    const pb::DecisionState state = decision.facts.state();
    if (state == pb::DECISION_STATE_PROPOSED || state == pb::DECISION_STATE_IN_CONSULTATION) {
      candidates.insert(decision.decision);
    }
  }
  for (Index index : reading.All(pb::EVENT_TYPE_EVALUATION)) {
    for (const pb::Reference& reference : reading.Header(index).references()) {
      if (reference.relation() != pb::RELATION_EVALUATES) continue;
      const std::optional<Index> target = reading.FindQuietly(reference.digest());
      if (!target) continue;
      const Index root = reading.RootOf(*target);
      const pb::EventHeader& header = reading.Header(root);
      const bool is_input = header.type() == pb::EVENT_TYPE_TOPIC_SIGNAL ||
                            header.type() == pb::EVENT_TYPE_LOCAL_REPORT;
      const bool here =
          reading.CycleOf(reading.Latest(root)) == cycle || carried.into.count(root) > 0;
      if (is_input && here && !reading.Retracted(root)) candidates.insert(root);
    }
  }
  return candidates;
}

std::vector<domain::Criterion> CriteriaOf(const pb::GetBoardRequest& request,
                                          const std::vector<domain::Assessment>& assessments) {
  std::vector<domain::Criterion> criteria;
  for (const pb::WeightedCriterion& criterion : request.criteria()) {
    criteria.push_back({criterion.criterion(), criterion.weight()});
  }
  if (!criteria.empty()) return criteria;
  std::set<std::string> used;
  for (const domain::Assessment& assessment : assessments) {
    for (const auto& [criterion, score] : assessment.scores) used.insert(criterion);
  }
  for (const std::string& criterion : used) criteria.push_back({criterion, 1});
  if (criteria.empty()) criteria.push_back({"relevance", 1});
  return criteria;
}

// While members still evaluate, an average that moves would tell what the last one gave.
std::string WithheldUntil(const Reading& reading, const pb::CycleFacts* cycle) {
  const auth::Principal& principal = reading.caller().principal;
  if (cycle == nullptr || principal.is_mag || principal.is_secretariat) return "";
  std::string until;
  for (const pb::Phase& phase : cycle->phases()) {
    if (absl::StartsWith(phase.phase() + ".", "evaluation.") &&
        phase.ends_on() >= reading.caller().today) {
      until = std::max(until, phase.ends_on());
    }
  }
  return until;
}

absl::Status AddHeld(const Reading& reading, const Held& held, pb::GetBoardResponse* response) {
  for (const DecisionNow& work : held.works) {
    pb::BoardHolding& shown = *response->add_held();
    LIAISON_ASSIGN_OR_RETURN(*shown.mutable_decision(), reading.Summary(work.decision));
    shown.set_state(work.facts.state());
    *shown.mutable_takes() = ToCapacity(TakenBy(work.facts));
  }
  *response->mutable_held_capacity() = ToCapacity(held.sum);
  return absl::OkStatus();
}

pb::BoardCandidate ToProto(const domain::RankedCandidate& candidate, bool withheld) {
  pb::BoardCandidate shown;
  shown.set_rank(static_cast<uint32_t>(candidate.rank));
  shown.set_score(candidate.score.value_or(0));
  shown.set_assessed(static_cast<uint32_t>(candidate.assessed));
  shown.set_recused(static_cast<uint32_t>(candidate.recused));
  for (const domain::CriterionSummary& summary : candidate.criteria) {
    pb::BoardCriterion& criterion = *shown.add_criteria();
    criterion.set_criterion(summary.criterion);
    criterion.set_count(static_cast<uint32_t>(summary.count));
    criterion.set_shown(summary.average.has_value());
    criterion.set_average(summary.average.value_or(0));
    criterion.set_spread(summary.spread.value_or(0));
  }
  *shown.mutable_takes() = ToCapacity(candidate.takes);
  shown.set_fits(candidate.fits);
  std::vector<pb::Sentence> why_not = candidate.why_not;
  if (withheld) why_not = {domain::Say("board.still_evaluated")};
  shown.set_why_not(domain::InEnglish(why_not, "; "));
  for (pb::Sentence& one : why_not) *shown.add_why_not_sentences() = std::move(one);
  return shown;
}

}  // namespace

absl::StatusOr<pb::GetBoardResponse> GetBoard(const Reading& reading,
                                              const pb::GetBoardRequest& request) {
  LIAISON_RETURN_IF_ERROR(CheckCycle(reading, request.cycle()));
  const std::set<Index> candidates = CandidatesOf(reading, request.cycle());
  if (candidates.size() > kMaxCandidates) {
    return record::FieldInvalid("cycle", absl::StrCat("it has more than ", kMaxCandidates,
                                                      " candidates; decide about some first"));
  }
  const std::vector<domain::Assessment> assessments =
      AssessmentsOf(reading, request.cycle(), candidates);
  const pb::CycleFacts* cycle = FindCycle(reading, request.cycle());
  std::vector<domain::Candidate> list;
  std::map<std::string, Index> by_id;
  for (Index candidate : candidates) {
    const std::string id = KeyOf(reading.SequenceOf(candidate));
    by_id[id] = candidate;
    list.push_back({id, TakenBy(FactsOf(reading, candidate))});
  }
  domain::Effort capacity;
  if (request.has_capacity()) {
    capacity = EffortOf(request.capacity());
  } else if (cycle != nullptr) {
    capacity = EffortOf(cycle->capacity());
  }
  const Held held = HeldIn(reading, request.cycle());
  domain::RankingArguments arguments;
  arguments.criteria = CriteriaOf(request, assessments);
  arguments.capacity = Without(capacity, held.sum);
  arguments.swaps = request.max_swaps() == 0 ? kUsualSwaps : request.max_swaps();
  pb::GetBoardResponse response;
  response.set_withheld_until(WithheldUntil(reading, cycle));
  const bool withheld = !response.withheld_until().empty();
  if (withheld) arguments.fewest_members = std::numeric_limits<size_t>::max();
  LIAISON_ASSIGN_OR_RETURN(const domain::Ranking ranking,
                           domain::RankCandidates(list, assessments, arguments));
  for (const domain::RankedCandidate& candidate : ranking.candidates) {
    pb::BoardCandidate& shown = *response.add_candidates();
    shown = ToProto(candidate, withheld);
    LIAISON_ASSIGN_OR_RETURN(*shown.mutable_candidate(), reading.Summary(by_id[candidate.id]));
  }
  for (const domain::Swap& swap : ranking.swaps) {
    pb::BoardSwap& shown = *response.add_swaps();
    shown.set_criterion(swap.criterion);
    shown.set_more(swap.more);
    shown.set_weight(swap.weight);
    shown.set_overtakes(reading.SequenceOf(by_id[swap.overtakes]));
    shown.set_overtaken(reading.SequenceOf(by_id[swap.overtaken]));
    shown.set_changes_what_fits(swap.changes_what_fits);
  }
  LIAISON_RETURN_IF_ERROR(AddHeld(reading, held, &response));
  *response.mutable_capacity() = ToCapacity(capacity);
  *response.mutable_left() = ToCapacity(ranking.left);
  for (const domain::Criterion& criterion : arguments.criteria) {
    pb::WeightedCriterion& shown = *response.add_criteria();
    shown.set_criterion(criterion.name);
    shown.set_weight(criterion.weight);
  }
  return response;
}

absl::StatusOr<pb::SuggestFormatsResponse> SuggestFormats(
    const Reading& reading, const pb::SuggestFormatsRequest& request) {
  domain::FormatQuestion question;
  LIAISON_ASSIGN_OR_RETURN(question.outcome, domain::OutcomeKindOf(request.outcome()));
  const pb::DateRange& frame = request.time_frame();
  const auto from =
      ParseDay(frame.starts_on().empty() ? reading.caller().today : frame.starts_on());
  const auto to = ParseDay(frame.ends_on());
  if (!from || !to || *to < *from) {
    return record::FieldInvalid("time_frame", "by when? ends_on is a date, not before starts_on");
  }
  question.weeks = static_cast<uint64_t>(*to - *from) / 7;
  const pb::CycleFacts* cycle = FindCycle(reading, request.cycle());
  if (!request.cycle().empty() && cycle == nullptr) {
    return record::FieldInvalid("cycle", "no such cycle");
  }
  domain::Effort left;
  if (cycle != nullptr) {
    left = Without(EffortOf(cycle->capacity()), HeldIn(reading, request.cycle()).sum);
    question.annual_meeting_within = false;
    for (const pb::Phase& phase : cycle->phases()) {
      if (phase.phase() != "annual-meeting") continue;
      question.annual_meeting_within =
          phase.starts_on() >= FormatDay(*from) && phase.starts_on() <= FormatDay(*to);
    }
  }
  if (request.has_capacity()) left = EffortOf(request.capacity());
  question.slots = left.slots;
  question.hours = left.hours;
  question.people = left.people;
  pb::SuggestFormatsResponse response;
  *response.mutable_left() = ToCapacity(left);
  for (const domain::FormatAdvice& advice : domain::SuggestFormats(question)) {
    pb::FormatAdvice& shown = *response.add_advice();
    shown.set_format(advice.format->format);
    shown.set_name(std::string(advice.format->name));
    shown.set_fits(advice.fits);
    for (const pb::Sentence& sentence : advice.for_it) {
      shown.add_for_it(domain::InEnglish(sentence));
      *shown.add_for_it_sentences() = sentence;
    }
    for (const pb::Sentence& sentence : advice.against_it) {
      shown.add_against_it(domain::InEnglish(sentence));
      *shown.add_against_it_sentences() = sentence;
    }
    *shown.mutable_takes() =
        ToCapacity({advice.format->slots, advice.format->hours, advice.format->people});
    shown.set_weeks(advice.format->weeks);
    *shown.mutable_wants_sentence() = domain::Say(advice.format->wants);
    shown.set_wants(domain::InEnglish(shown.wants_sentence()));
    *shown.mutable_yields_sentence() = domain::Say(advice.format->product);
    shown.set_yields(domain::InEnglish(shown.yields_sentence()));
  }
  return response;
}

}  // namespace liaison::views
