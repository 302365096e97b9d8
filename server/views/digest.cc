#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/domain/exact_topics.h"
#include "server/domain/reading_time.h"
#include "server/domain/sentences.h"
#include "server/views/cycles.h"
#include "server/views/decisions.h"
#include "server/views/digest_words.h"
#include "server/views/groups.h"
#include "server/views/in_turn.h"
#include "server/views/limits.h"
#include "server/views/oldest.h"
#include "server/views/requests.h"
#include "server/views/topics.h"
#include "server/views/triage.h"
#include "server/views/views.h"
#include "server/views/window.h"
#include "server/views/wording.h"

namespace liaison::views {
namespace {

using domain::Say;

// Asked for where it is shown.
using Sentences = std::vector<pb::Sentence>;
using Why = std::function<absl::StatusOr<Sentences>()>;

struct Item {
  Index event = 0;
  std::vector<Why> why;
  std::string due_on;
};

// The most pressing first.
enum class Part { kDecide, kAnswer, kKnow };
constexpr const char* kParts[] = {"decide", "answer", "know"};

// Nothing stands in it twice: what is there to be decided needs not be known besides.
class Parts {
 public:
  // Counted, and not looked at any further.
  void AddUnseen(Part part, size_t count) { of_[Place(part)].unseen += count; }
  void AddNotLookedAt(Part part, size_t count) { of_[Place(part)].not_looked_at += count; }
  void Add(Part part, Index event, Why why, const std::string& due_on = "") {
    const auto [it, fresh] = places_.try_emplace(event, part, of(part).size());
    if (fresh) {
      of(part).push_back({event, {std::move(why)}, due_on});
    } else if (it->second.first == part) {
      Item& item = of(part)[it->second.second];
      item.why.push_back(std::move(why));
      if (item.due_on.empty() || (!due_on.empty() && due_on < item.due_on)) item.due_on = due_on;
    }
  }
  // One more reason, wherever it stands; it does stand somewhere.
  void Besides(Index event, Why why) {
    const auto& [part, place] = places_.at(event);
    of(part)[place].why.push_back(std::move(why));
  }
  bool Has(Index event) const { return places_.count(event) > 0; }
  std::vector<Index> Events() const {
    std::vector<Index> events;
    for (const auto& [event, place] : places_) events.push_back(event);
    return events;
  }
  std::vector<Item>& of(Part part) { return of_[Place(part)].items; }
  size_t Total(Part part) { return of(part).size() + of_[Place(part)].unseen; }
  size_t NotLookedAt(Part part) const { return of_[Place(part)].not_looked_at; }

 private:
  struct Of {
    std::vector<Item> items;
    size_t unseen = 0;
    size_t not_looked_at = 0;
  };
  static size_t Place(Part part) { return static_cast<size_t>(part); }

  Of of_[3];
  std::map<Index, std::pair<Part, size_t>> places_;
};

Why Because(Sentences sentences) {
  return [sentences = std::move(sentences)] { return absl::StatusOr<Sentences>(sentences); };
}

// A Digester gathers what there is for one reader.
class Digester {
 public:
  // `most` items of a part are enough.
  Digester(const Reading& reading, const pb::GetDigestRequest& request, pb::DigestRole role,
           size_t most)
      : reading_(reading),
        most_(most),
        cycle_(request.cycle()),
        decisions_(DecisionsNow(reading, request.cycle())),
        carried_(CarryOversOf(reading, request.cycle())),
        exact_(Crosswalk(reading)),
        after_(static_cast<Index>(std::min<uint64_t>(request.after_sequence(), reading.Head()))),
        end_(static_cast<Index>(reading.Head())),
        of_the_mag_(role == pb::DIGEST_ROLE_MAG) {}

  absl::StatusOr<Parts> Run() {
    requests_ = OpenRequests();
    if (of_the_mag_) {
      pb::Window window;
      window.set_cycle(cycle_);
      LIAISON_ASSIGN_OR_RETURN(inputs_, ScopeOf(reading_, window));
      carried_into_inputs_ = CarryOversOf(reading_, inputs_.cycle);
      AddObjections();
      AddRequests(Part::kDecide, [this](const std::string& to) { return IsTheMag(to); });
      AddProposals();
      AddCandidates();
    }
    // Before the many inputs: whoever is asked is told so.
    AddRequests(Part::kAnswer, [this](const std::string& to) { return IsMine(to); });
    if (of_the_mag_) AddUndisposed();
    AddNews();
    return std::move(parts_);
  }

  // After Run(): what is to know came up to there.
  uint64_t through() const { return end_; }
  bool more() const { return more_; }

 private:
  const std::string& caller() const { return reading_.caller().principal.organisation; }
  // The caller, or what it belongs to.
  bool IsMine(const std::string& organisation) const {
    return !caller().empty() && record::IsWithinOrganisation(caller(), organisation);
  }
  // The MAG as a whole: what is asked of one member is for that member to answer.
  bool IsTheMag(const std::string& organisation) const {
    return organisation.rfind('/') == 3 &&
           reading_.IsOfKind(organisation, pb::ORGANISATION_KIND_MAG);
  }
  bool IsOfCycle(Index root) const {
    return cycle_.empty() || carried_.into.count(root) > 0 ||
           reading_.CycleOf(reading_.Latest(root)) == cycle_;
  }
  bool IsInput(Index root) const {
    return reading_.TypeOf(root) == pb::EVENT_TYPE_TOPIC_SIGNAL ||
           reading_.TypeOf(root) == pb::EVENT_TYPE_LOCAL_REPORT;
  }

  std::vector<Index> Asking();
  std::vector<RequestRow> OpenRequests();
  template <typename Asked>
  void AddRequests(Part part, const Asked& asked);
  void AddObjections();
  void AddProposals();
  void AddCandidates();
  bool IsUndisposed(Index input) const;
  void AddUndisposed();
  std::string EvaluatedUntil(const std::string& cycle) const;
  bool HasEvaluated(const std::string& cycle, const std::vector<Index>& naming) const;
  void AddCandidate(Index candidate);
  // A version of a grouping that an input of the caller came into, stays in, or went out of.
  struct Grouping {
    Index version = 0;
    Index input = 0;
  };
  // What is new to the caller, up to `end_`.
  struct News {
    std::vector<const DecisionNow*> decisions;     // the newest first
    std::vector<std::pair<Index, Index>> reports;  // and on which decision
    std::vector<Grouping> groupings;
    std::vector<Index> retractions;
    std::vector<Index> changes;  // the latest versions of inputs that it was told of
    std::vector<Index> inputs;   // of others, on what it has raised
  };
  InTurn InTurnOf(const std::set<Index>& events);
  void AddNews();
  News FindNews();
  std::vector<Index> DispositionsNaming(Index own) const;
  std::vector<Grouping> NewGroupings() const;
  std::set<Index> MembersOf(Index grouping) const;
  void AddGroupings(const News& news);
  std::vector<Index> RetractionsAfter(Index after, size_t most) const;
  std::vector<Index> ChangesAfter(Index after, size_t most) const;
  std::vector<absl::Span<const uint64_t>> InputsOnTopics(std::vector<uint64_t>* by_reader) const;
  void AddReport(Index report, Index decision);
  void AddDispositions();
  void AddRetractions(const News& news);
  void AddChanges(const News& news);
  void AddInputsOnTopics(const News& news);
  bool WasTold(Index root) const;
  // Of the latest version, as the crosswalk calls them.
  std::set<std::string> TopicsOf(Index root) const;
  bool IsOn(const std::set<std::string>& topics, Index root) const;
  void FindMyTopics();

  const Reading& reading_;
  const size_t most_;
  const std::string cycle_;
  const std::vector<DecisionNow> decisions_;
  std::vector<RequestRow> requests_;  // that wait for an answer
  const CarryOvers carried_;
  const domain::ExactTopics exact_;
  const Index after_;  // the first event that is new
  Index end_;          // the first that is for the next digest
  bool more_ = false;  // there is one
  const bool of_the_mag_;
  Scope inputs_;  // those that the MAG decides on
  CarryOvers carried_into_inputs_;
  std::string evaluated_until_;
  std::set<Index> own_;                // inputs of the caller
  std::set<std::string> topics_;       // that it raises, each by its one name
  std::set<std::string> ever_topics_;  // those too that it has taken back since
  std::deque<std::map<uint32_t, std::vector<uint64_t>>> by_voice_;  // lent to those in turn
  Parts parts_;
};

InTurn Digester::InTurnOf(const std::set<Index>& events) {
  by_voice_.emplace_back();
  for (Index event : events) {
    by_voice_.back()[reading_.VoiceNow(event)].push_back(Reading::SequenceOf(event));
  }
  InTurn in_turn(reading_);
  for (const auto& [voice, sequences] : by_voice_.back()) {
    in_turn.Add(reading_.VoiceAt(voice), sequences);
  }
  return in_turn;
}

// Roots of which a version asked something of the caller or the MAG, or was asked by them.
std::vector<Index> Digester::Asking() {
  std::set<Index> asking;
  const auto add = [&](const std::string& organisation) {
    for (Index root : reading_.Asking(organisation)) {
      if (IsOfCycle(root)) asking.insert(root);
    }
  };
  if (!caller().empty()) add(caller());
  if (of_the_mag_) {
    for (const auto& [organisation, facts] : reading_.caller().registry->organisations()) {
      if (IsTheMag(organisation)) add(organisation);
    }
  }
  if (asking.size() <= kMaxOpenRequests) return {asking.begin(), asking.end()};
  const size_t left_out = asking.size() - kMaxOpenRequests;
  if (!caller().empty()) parts_.AddNotLookedAt(Part::kAnswer, left_out);
  if (of_the_mag_) parts_.AddNotLookedAt(Part::kDecide, left_out);
  InTurn in_turn = InTurnOf(asking);
  std::set<Index> taken;
  while (taken.size() < kMaxOpenRequests) taken.insert(static_cast<Index>(in_turn.Take() - 1));
  return {taken.begin(), taken.end()};
}

// Soonest due first, those without a date last.
std::vector<RequestRow> Digester::OpenRequests() {
  std::vector<RequestRow> open;
  const std::vector<Index> asking = Asking();
  std::vector<Index> latest;
  latest.reserve(asking.size());
  for (Index root : asking) latest.push_back(reading_.Latest(root));
  reading_.ReadHeaders(std::move(latest));
  for (Index root : asking) {
    const auto& asked = reading_.Header(reading_.Latest(root)).addressees();
    if (std::none_of(asked.begin(), asked.end(), [&](const std::string& addressee) {
          return IsMine(addressee) || (of_the_mag_ && IsTheMag(addressee));
        })) {
      continue;
    }
    for (RequestRow& row : RequestsOf(reading_, root)) {
      if (Waits(row.state)) open.push_back(std::move(row));
    }
  }
  std::stable_sort(open.begin(), open.end(), [](const RequestRow& a, const RequestRow& b) {
    if (a.due_date.empty() != b.due_date.empty()) return b.due_date.empty();
    return a.due_date < b.due_date;
  });
  return open;
}

// Everybody who asks in turn, or whoever asks much would be all that is shown; of each what comes
// first in `requests_`.
template <typename Asked>
void Digester::AddRequests(Part part, const Asked& asked) {
  std::map<std::string, size_t> turns;  // that each has had
  std::vector<std::pair<size_t, const RequestRow*>> rows;
  for (const RequestRow& row : requests_) {
    if (!asked(row.to) || parts_.Has(row.request)) continue;
    rows.emplace_back(turns[TurnOf(reading_, reading_.VoiceOf(row.request))]++, &row);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [turn, row] : rows) {
    parts_.Add(
        part, row->request, [row = row]() -> absl::StatusOr<Sentences> { return WhoAsks(*row); },
        row->due_date);
  }
}

void Digester::AddObjections() {
  for (const DecisionNow& one : decisions_) {
    const Index decision = one.decision;
    const pb::DecisionFacts& facts = one.facts;
    if (facts.state() != pb::DECISION_STATE_PROPOSED &&
        facts.state() != pb::DECISION_STATE_IN_CONSULTATION) {
      continue;
    }
    const auto& answered = facts.answered();
    for (const CurrentPosition& position : Positions(reading_, decision)) {
      if (reading_.at(position.event).relayed ||
          reading_.Header(position.event).position().kind() != pb::POSITION_KIND_OBJECT) {
        continue;
      }
      const std::string& digest = reading_.DigestOf(position.event);
      if (std::find(answered.begin(), answered.end(), digest) != answered.end()) continue;
      const pb::Sentence who = position.organisation.empty()
                                   ? Say("who.individual")
                                   : domain::AsItIs(position.organisation);
      parts_.Add(
          Part::kDecide, position.event, [this, decision, who]() -> absl::StatusOr<Sentences> {
            LIAISON_ASSIGN_OR_RETURN(const pb::EventSummary of, reading_.Summary(decision));
            return Sentences{Say("digest.objection").With("who", who).With("what", Title(of))};
          });
    }
  }
}

void Digester::AddProposals() {
  for (const DecisionNow& one : decisions_) {
    const Index decision = one.decision;
    const pb::DecisionState state = one.facts.state();
    if (state != pb::DECISION_STATE_PROPOSED && state != pb::DECISION_STATE_IN_CONSULTATION) {
      continue;
    }
    parts_.Add(Part::kDecide, decision, [this, &one]() -> absl::StatusOr<Sentences> {
      Sentences lacks;
      for (const std::string& missing : MissingForAdoption(reading_, one)) {
        lacks.push_back(Lacked(missing));
      }
      if (lacks.empty()) return Sentences{Say("digest.proposed_complete")};
      return Sentences{Say("digest.proposed_lacks").With("what", std::move(lacks))};
    });
    const std::string& cycle =
        cycle_.empty() ? reading_.CycleOf(reading_.Latest(decision)) : cycle_;
    evaluated_until_ = EvaluatedUntil(cycle);
    if (!evaluated_until_.empty() &&
        !HasEvaluated(cycle, reading_.Naming(decision, pb::RELATION_EVALUATES))) {
      AddCandidate(decision);
    }
  }
}

// The last day on which the caller may evaluate; empty where it may not today. Members do, under
// their seats.
std::string Digester::EvaluatedUntil(const std::string& cycle) const {
  if (!reading_.caller().principal.is_mag || caller().rfind('/') == 3) return "";
  const pb::CycleFacts* facts = FindCycle(reading_, cycle);
  if (facts == nullptr || facts->state() == pb::CYCLE_STATE_CLOSED) return "";
  const std::string& today = reading_.caller().today;
  std::string until;
  for (const pb::Phase& phase : facts->phases()) {
    if (absl::StartsWith(phase.phase() + ".", "evaluation.") && phase.starts_on() <= today &&
        today <= phase.ends_on()) {
      until = std::max(until, phase.ends_on());
    }
  }
  return until;
}

bool Digester::HasEvaluated(const std::string& cycle, const std::vector<Index>& naming) const {
  return std::any_of(naming.begin(), naming.end(), [&](Index index) {
    return reading_.TypeOf(index) == pb::EVENT_TYPE_EVALUATION &&
           reading_.AuthorOf(index) == caller() && !reading_.Retracted(index) &&
           (reading_.CycleOf(index) == cycle || reading_.Header(index).evaluation().conflict());
  });
}

void Digester::AddCandidate(Index candidate) {
  parts_.Add(Part::kDecide, candidate,
             Because({Say("digest.evaluate").Day("day", evaluated_until_)}), evaluated_until_);
}

// Inputs that are candidates because others have evaluated them.
void Digester::AddCandidates() {
  evaluated_until_ = EvaluatedUntil(inputs_.cycle);
  if (evaluated_until_.empty()) return;
  size_t left = 0;
  InTurn inputs(reading_);
  const auto add = [&](const Voice& voice, absl::Span<const uint64_t> run) {
    left += run.size();
    inputs.Add(voice, run);
  };
  for (const Cell* cell : reading_.CellsOf(inputs_.cycle)) {
    add(reading_.VoiceAt(cell->key.voice), Within(inputs_, *cell));
  }
  for (Index root : InputsOneByOne(reading_, carried_into_inputs_, inputs_.cycle)) {
    ++left;
    inputs.AddOne(reading_.LatestVoiceOf(root), Reading::SequenceOf(root));
  }
  for (size_t looked_at = 0; !inputs.empty() && looked_at < kMaxOpenInputs; ++looked_at, --left) {
    const auto input = static_cast<Index>(inputs.Take() - 1);
    const std::vector<Index> naming = reading_.Naming(input);
    const bool is_candidate = std::any_of(naming.begin(), naming.end(), [&](Index index) {
      return reading_.TypeOf(index) == pb::EVENT_TYPE_EVALUATION;
    });
    if (is_candidate && !HasEvaluated(inputs_.cycle, naming)) AddCandidate(input);
  }
  parts_.AddNotLookedAt(Part::kDecide, left);
}

// Nobody has said what becomes of it.
bool Digester::IsUndisposed(Index input) const {
  return IsInput(input) && !reading_.Retracted(input) &&
         (Within(reading_, inputs_, input) || carried_into_inputs_.into.count(input) > 0) &&
         StandingOf(reading_, carried_into_inputs_, input) == InTriage::kWaits;
}

// All count, as many as are enough are taken.
void Digester::AddUndisposed() {
  size_t unseen = 0;
  InTurn inputs(reading_);
  for (const Cell* cell : reading_.CellsOf(inputs_.cycle)) {
    if (cell->key.disposed) continue;
    const absl::Span<const uint64_t> run = Within(inputs_, *cell);
    unseen += run.size();
    inputs.Add(reading_.VoiceAt(cell->key.voice), run);
  }
  for (Index root : InputsOneByOne(reading_, carried_into_inputs_, inputs_.cycle)) {
    if (!IsUndisposed(root)) continue;
    ++unseen;
    inputs.AddOne(reading_.LatestVoiceOf(root), Reading::SequenceOf(root));
  }
  const auto add = [&](Index input) {
    parts_.Add(Part::kDecide, input, Because({Say("digest.undisposed")}));
    --unseen;
  };
  // What is there already for another reason.
  for (Index event : parts_.Events()) {
    if (IsUndisposed(event)) add(event);
  }
  while (!inputs.empty() && parts_.of(Part::kDecide).size() < most_) {
    const auto input = static_cast<Index>(inputs.Take() - 1);
    if (!parts_.Has(input)) add(input);
  }
  parts_.AddUnseen(Part::kDecide, unseen);
}

void Digester::AddNews() {
  FindMyTopics();
  const News news = FindNews();
  for (const DecisionNow* one : news.decisions) {
    // Once, by how it stands; its versions are on its trail.
    parts_.Add(Part::kKnow, one->decision, Because({Standing(one->facts.state())}));
  }
  for (const auto& [report, decision] : news.reports) AddReport(report, decision);
  AddDispositions();
  AddGroupings(news);
  AddRetractions(news);
  AddChanges(news);
  AddInputsOnTopics(news);
}

// Only of what may be news for the caller, which is all that it costs: however much else there is
// in the log, hidden or not, takes nothing from it. `end_` is where there is enough for one digest.
Digester::News Digester::FindNews() {
  News news;
  std::vector<uint64_t> few;
  const auto is_after = [&](Index index) {
    if (index < after_) return false;
    few.push_back(Reading::SequenceOf(index));
    return true;
  };
  std::map<Index, const DecisionNow*> standing;  // by its latest version, newest first in the end
  for (const DecisionNow& one : decisions_) {
    const Index latest = reading_.Latest(one.decision);
    if (is_after(latest)) standing[latest] = &one;
  }
  // Of each decision its latest outcome, and its latest progress.
  for (pb::EventType type : {pb::EVENT_TYPE_OUTCOME, pb::EVENT_TYPE_PROGRESS}) {
    for (const DecisionNow& one : decisions_) {
      const std::optional<Index> report =
          type == pb::EVENT_TYPE_OUTCOME ? one.outcome : LatestReport(reading_, one.decision, type);
      if (report && is_after(*report)) news.reports.emplace_back(*report, one.decision);
    }
  }
  for (Index input : own_) {
    for (Index index : DispositionsNaming(input)) is_after(index);
  }
  for (const Grouping& grouping : NewGroupings()) {
    if (is_after(grouping.version)) news.groupings.push_back(grouping);
  }
  for (Index index : RetractionsAfter(after_, kMaxNews + 1)) {
    if (is_after(index)) news.retractions.push_back(index);
  }
  for (Index index : ChangesAfter(after_, kMaxNews + 1)) {
    if (is_after(index)) news.changes.push_back(index);
  }
  std::sort(few.begin(), few.end());

  std::vector<uint64_t> by_reader;
  std::vector<absl::Span<const uint64_t>> inputs = InputsOnTopics(&by_reader);
  std::vector<absl::Span<const uint64_t>> runs = inputs;
  runs.emplace_back(few);
  const std::vector<uint64_t> oldest = Oldest(std::move(runs), kMaxNews + 1);
  more_ = oldest.size() > kMaxNews;
  if (more_) end_ = static_cast<Index>(oldest.back() - 1);

  for (auto it = standing.rbegin(); it != standing.rend(); ++it) {
    if (it->first < end_) news.decisions.push_back(it->second);
  }
  const auto is_late = [&](Index index) { return index >= end_; };
  auto& reports = news.reports;
  reports.erase(std::remove_if(reports.begin(), reports.end(),
                               [&](const auto& report) { return is_late(report.first); }),
                reports.end());
  auto& groupings = news.groupings;
  groupings.erase(std::remove_if(groupings.begin(), groupings.end(),
                                 [&](const Grouping& one) { return is_late(one.version); }),
                  groupings.end());
  for (std::vector<Index>* events : {&news.retractions, &news.changes}) {
    events->erase(std::remove_if(events->begin(), events->end(), is_late), events->end());
  }
  for (uint64_t sequence : Oldest(std::move(inputs), kMaxNews)) {
    const auto input = static_cast<Index>(sequence - 1);
    if (!is_late(input) && own_.count(input) == 0) news.inputs.push_back(input);
  }
  return news;
}

std::vector<Index> Digester::DispositionsNaming(Index own) const {
  std::vector<Index> dispositions;
  if (reading_.Retracted(own) || !IsOfCycle(own)) return dispositions;
  for (Index index : reading_.Naming(own)) {
    if (index >= after_ && reading_.TypeOf(index) == pb::EVENT_TYPE_DISPOSITION) {
      dispositions.push_back(index);
    }
  }
  return dispositions;
}

// Roots of the inputs that this version holds.
std::set<Index> Digester::MembersOf(Index grouping) const {
  std::set<Index> members;
  const pb::EventHeader& header = reading_.Header(grouping);
  if (header.grouping().action() == pb::GROUPING_ACTION_DISSOLVE) return members;
  for (const pb::Reference& reference : header.references()) {
    if (reference.relation() != pb::RELATION_GROUPS) continue;
    if (const auto member = reading_.FindQuietly(reference.digest())) {
      members.insert(reading_.RootOf(*member));
    }
  }
  return members;
}

// Each grouping is looked at once, however many of its inputs are the caller's.
std::vector<Digester::Grouping> Digester::NewGroupings() const {
  std::set<Index> groupings;
  for (Index input : own_) {
    for (Index index : reading_.Naming(input, pb::RELATION_GROUPS)) {
      if (reading_.TypeOf(index) == pb::EVENT_TYPE_GROUPING) {
        groupings.insert(reading_.RootOf(index));
      }
    }
  }
  std::vector<Grouping> found;
  for (Index root : groupings) {
    std::set<Index> before;
    for (Index version : reading_.Chain(root)) {
      if (reading_.TypeOf(version) != pb::EVENT_TYPE_GROUPING) continue;
      const std::set<Index> now = MembersOf(version);
      before.insert(now.begin(), now.end());
      for (Index input : before) {
        const bool is_told = own_.count(input) > 0 && !reading_.Retracted(input);
        if (is_told && version >= after_ && IsOfCycle(input)) found.push_back({version, input});
      }
      before = now;
    }
  }
  return found;
}

std::vector<Index> Digester::RetractionsAfter(Index after, size_t most) const {
  const absl::Span<const Index> all = reading_.All(pb::EVENT_TYPE_RETRACTION);
  std::vector<Index> retractions;
  for (auto it = std::lower_bound(all.begin(), all.end(), after);
       it != all.end() && retractions.size() < most; ++it) {
    if (reading_.May(*it)) retractions.push_back(*it);
  }
  return retractions;
}

// Of inputs that an earlier digest may have had: whoever has changed its own knows that.
std::vector<Index> Digester::ChangesAfter(Index after, size_t most) const {
  const absl::Span<const Index> all = reading_.ChangesOfInputs();
  std::vector<Index> changes;
  for (auto it = std::lower_bound(all.begin(), all.end(), after);
       it != all.end() && changes.size() < most; ++it) {
    const Index root = reading_.RootOf(*it);
    if (root >= after || !reading_.May(*it) || !reading_.May(root) || reading_.Retracted(root) ||
        reading_.Chain(root).back() != *it || reading_.AuthorOf(*it) == caller()) {
      continue;
    }
    if (IsOfCycle(root) && WasTold(root)) changes.push_back(*it);
  }
  return changes;
}

// New ones of the cycle; one on two topics is in two of the runs.
std::vector<absl::Span<const uint64_t>> Digester::InputsOnTopics(
    std::vector<uint64_t>* by_reader) const {
  std::vector<absl::Span<const uint64_t>> runs;
  const uint64_t first = Reading::SequenceOf(after_);
  for (const std::string& topic : topics_) {
    for (const std::string& name : exact_.NamesOf(topic)) {
      for (const Cell* cell : reading_.CellsOf(cycle_, name)) {
        const auto& all = cell->sequences;
        const auto begin = std::lower_bound(all.begin(), all.end(), first);
        runs.push_back(absl::MakeConstSpan(all).subspan(begin - all.begin()));
      }
    }
  }
  for (Index input : InputsOneByOne(reading_, carried_, cycle_)) {
    if (input >= after_ && IsOn(topics_, input)) by_reader->push_back(Reading::SequenceOf(input));
  }
  runs.emplace_back(*by_reader);
  return runs;
}

void Digester::AddReport(Index report, Index decision) {
  parts_.Add(Part::kKnow, report, [this, decision, report]() -> absl::StatusOr<Sentences> {
    LIAISON_ASSIGN_OR_RETURN(const pb::EventSummary of, reading_.Summary(decision));
    const pb::EventHeader& header = reading_.Header(report);
    if (header.has_outcome()) return Sentences{CameOf(of, header.outcome().test_result())};
    return Sentences{HowFar(of, header.progress())};
  });
}

void Digester::AddDispositions() {
  for (auto input = own_.rbegin(); input != own_.rend(); ++input) {
    const std::vector<Index> naming = DispositionsNaming(*input);
    if (naming.empty() || naming.front() >= end_) continue;
    parts_.Add(Part::kKnow, *input, [this, input = *input]() -> absl::StatusOr<Sentences> {
      Sentences said;
      for (const DispositionOfInput& disposition : DispositionsOf(reading_, input)) {
        if (disposition.event < after_) continue;
        said.push_back(WhatBecame(disposition.kind,
                                  reading_.Header(disposition.event).disposition().passed_to()));
      }
      if (said.empty()) said.push_back(Say("digest.yours_joined"));
      return said;
    });
  }
}

void Digester::AddGroupings(const News& news) {
  std::map<Index, std::set<Index>> by_input;
  for (const Grouping& one : news.groupings) {
    by_input[one.input].insert(reading_.RootOf(one.version));
  }
  for (auto one = by_input.rbegin(); one != by_input.rend(); ++one) {
    for (Index grouping : one->second) {
      parts_.Add(
          Part::kKnow, one->first,
          [this, input = one->first, grouping]() -> absl::StatusOr<Sentences> {
            LIAISON_ASSIGN_OR_RETURN(const pb::EventSummary of, reading_.Summary(grouping));
            for (const Group& group : GroupsOf(reading_, input)) {
              if (group.root != grouping) continue;
              Sentences others = SomeGroupedWith(reading_, group, input);
              if (others.empty()) {
                return Sentences{Say("digest.yours_grouped").With("group", NameOfGrouping(of))};
              }
              return Sentences{Say("digest.yours_grouped_with")
                                   .With("others", std::move(others))
                                   .With("group", NameOfGrouping(of))};
            }
            return Sentences{Say("digest.yours_ungrouped").With("group", NameOfGrouping(of))};
          });
    }
  }
}

void Digester::AddRetractions(const News& news) {
  for (auto it = news.retractions.rbegin(); it != news.retractions.rend(); ++it) {
    // Most take back what is new itself, or of no concern here: none of these is read.
    const Index retraction = *it;
    const Index root = reading_.at(retraction).about;
    if (root >= after_ || !reading_.May(root) || !IsOfCycle(root) || !WasTold(root)) continue;
    // Of a version that the caller may read.
    const std::vector<Index> by = reading_.Naming(root, pb::RELATION_RETRACTS);
    if (!std::binary_search(by.begin(), by.end(), retraction)) continue;
    parts_.Add(Part::kKnow, root, [this, retraction]() -> absl::StatusOr<Sentences> {
      return Sentences{TakenBack(reading_.Header(retraction).retraction().cause())};
    });
  }
}

// What was decided on other words may have to be looked at again.
void Digester::AddChanges(const News& news) {
  for (auto it = news.changes.rbegin(); it != news.changes.rend(); ++it) {
    const Index root = reading_.RootOf(*it);
    const Why why =
        Because({Say("digest.changed").With("number", absl::StrCat(Reading::SequenceOf(*it)))});
    if (parts_.Has(root)) {
      parts_.Besides(root, why);
    } else if (!of_the_mag_ || !IsUndisposed(root)) {
      parts_.Add(Part::kKnow, root, why);
    }
  }
}

// Whether an earlier digest may have had it.
bool Digester::WasTold(Index root) const {
  const pb::EventType type = reading_.TypeOf(root);
  if (type == pb::EVENT_TYPE_PROGRESS || type == pb::EVENT_TYPE_OUTCOME) return true;
  if (!IsInput(root) && type != pb::EVENT_TYPE_SUPPORT_REQUEST) return false;
  if (IsInput(root) && (of_the_mag_ || own_.count(root) > 0 || IsOn(ever_topics_, root)))
    return true;
  const auto& asked = reading_.Header(reading_.Latest(root)).addressees();
  return std::any_of(asked.begin(), asked.end(),
                     [&](const std::string& addressee) { return IsMine(addressee); });
}

void Digester::FindMyTopics() {
  if (caller().empty()) return;
  for (Index input : reading_.InputsBy(caller())) {
    own_.insert(input);
    const bool counts = !reading_.Retracted(input);
    for (const std::string& name : TopicsOf(input)) {
      if (name == "unspecified") continue;
      ever_topics_.insert(name);
      if (counts) topics_.insert(name);
    }
  }
}

std::set<std::string> Digester::TopicsOf(Index root) const {
  std::set<std::string> names;
  for (uint32_t topic : reading_.TopicsOf(reading_.Latest(root))) {
    names.insert(exact_.NameOf(reading_.NameAt(topic)));
  }
  return names;
}

bool Digester::IsOn(const std::set<std::string>& topics, Index root) const {
  const std::set<std::string> of = TopicsOf(root);
  return std::any_of(of.begin(), of.end(),
                     [&](const std::string& topic) { return topics.count(topic) > 0; });
}

void Digester::AddInputsOnTopics(const News& news) {
  InTurn in_turn = InTurnOf({news.inputs.begin(), news.inputs.end()});
  while (!in_turn.empty()) {
    const auto index = static_cast<Index>(in_turn.Take() - 1);
    // It stands there, shown or not.
    if (of_the_mag_ && IsUndisposed(index)) continue;
    parts_.Add(Part::kKnow, index, [this, index]() -> absl::StatusOr<Sentences> {
      Sentences shared;
      for (const std::string& topic : TopicsOf(index)) {
        if (topics_.count(topic) > 0) shared.push_back(domain::AsItIs(topic));
      }
      return Sentences{Say("digest.on_your_topics").With("topics", std::move(shared))};
    });
  }
}

pb::DigestRole RoleOf(const Reading& reading, pb::DigestRole asked) {
  if (asked != pb::DIGEST_ROLE_UNSPECIFIED) return asked;
  const auth::Principal& principal = reading.caller().principal;
  if (principal.is_mag || principal.is_secretariat) return pb::DIGEST_ROLE_MAG;
  return principal.is_partner ? pb::DIGEST_ROLE_PARTNER : pb::DIGEST_ROLE_PUBLIC;
}

// Counts words by language and says how long they take.
class Clock {
 public:
  static absl::StatusOr<Clock> Create(uint64_t words_per_minute) {
    LIAISON_ASSIGN_OR_RETURN(domain::WordSplitter splitter, domain::WordSplitter::Create());
    return Clock(std::move(splitter), words_per_minute);
  }

  absl::StatusOr<uint64_t> Count(const Reading& reading, Index event, domain::ReadingTime* time) {
    LIAISON_ASSIGN_OR_RETURN(const Wording wording, WordsToRead(reading, event));
    const uint64_t words = splitter_.Count(wording.title) + splitter_.Count(wording.text);
    time->Add(wording.language, words);
    return words;
  }

  // Whole ones.
  double Minutes(const domain::ReadingTime& time) const {
    const uint64_t minutes = words_per_minute_ == 0
                                 ? time.minutes()
                                 : (time.words() + words_per_minute_ - 1) / words_per_minute_;
    return static_cast<double>(minutes);
  }

 private:
  Clock(domain::WordSplitter splitter, uint64_t words_per_minute)
      : splitter_(std::move(splitter)), words_per_minute_(words_per_minute) {}

  domain::WordSplitter splitter_;
  uint64_t words_per_minute_;  // 0: of each language its own
};

void AddAll(const domain::ReadingTime& more, domain::ReadingTime* time) {
  for (const auto& [language, words] : more.words_by_language()) time->Add(language, words);
}

// As if the others were like those that were counted.
domain::ReadingTime OfAll(const domain::ReadingTime& counted, size_t of, size_t total) {
  domain::ReadingTime time;
  for (const auto& [language, words] : counted.words_by_language()) {
    time.Add(language, (words * total + of - 1) / of);
  }
  return time;
}

absl::Status Show(const Reading& reading, const Item& item, pb::DigestItem* shown) {
  LIAISON_ASSIGN_OR_RETURN(*shown->mutable_event(), reading.Summary(item.event));
  std::set<std::string> said;
  for (const Why& why : item.why) {
    LIAISON_ASSIGN_OR_RETURN(const Sentences sentences, why());
    if (!said.insert(domain::InEnglish(sentences)).second) continue;
    for (const pb::Sentence& one : sentences) *shown->add_why_sentences() = one;
  }
  shown->set_why(domain::InEnglish(shown->why_sentences()));
  shown->set_due_on(item.due_on);
  return absl::OkStatus();
}

// How long the sections take together.
struct Times {
  domain::ReadingTime shown;
  domain::ReadingTime all;
};

absl::Status Show(const Reading& reading, const std::vector<Item>& items, size_t most, Clock* clock,
                  Times* times, pb::DigestSection* section) {
  domain::ReadingTime shown;
  domain::ReadingTime counted;
  const size_t read = std::min(items.size(), std::max(most, kMaxReadItems));
  for (size_t i = 0; i < read; ++i) {
    ReadStretch(reading, items, i, [](const Item& item) { return item.event; });
    LIAISON_ASSIGN_OR_RETURN(const uint64_t words, clock->Count(reading, items[i].event, &counted));
    if (i >= most) continue;
    pb::DigestItem& item = *section->add_items();
    LIAISON_RETURN_IF_ERROR(Show(reading, items[i], &item));
    item.set_words(static_cast<uint32_t>(words));
    if (i + 1 == std::min(items.size(), most)) shown = counted;
  }
  section->set_minutes(clock->Minutes(shown));
  AddAll(shown, &times->shown);
  if (read == 0) return absl::OkStatus();
  const domain::ReadingTime all = OfAll(counted, read, section->total());
  section->set_minutes_of_all(clock->Minutes(all));
  AddAll(all, &times->all);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<pb::GetDigestResponse> GetDigest(const Reading& reading,
                                                const pb::GetDigestRequest& request) {
  if (!request.cycle().empty()) {
    LIAISON_RETURN_IF_ERROR(CheckCycle(reading, request.cycle()));
  }
  // After a mistake in it, or of another log: a digest of nothing would be taken for no news.
  if (request.after_sequence() > reading.Head()) {
    return absl::Status(
        record::Error(record::Reason::kPositionAheadOfLog,
                      absl::StrCat("sequence ", request.after_sequence(),
                                   " is beyond the head of the log, ", reading.Head()))
            .With("sequence", request.after_sequence())
            .With("head", reading.Head()));
  }
  LIAISON_ASSIGN_OR_RETURN(const size_t most,
                           AtMost(request.max_items(), kUsualRows, kMaxDigestItems, "max_items"));
  pb::GetDigestResponse response;
  response.set_role(RoleOf(reading, request.role()));
  Digester digester(reading, request, response.role(), std::max(most, kMaxReadItems));
  LIAISON_ASSIGN_OR_RETURN(Parts parts, digester.Run());
  response.set_through_sequence(digester.through());
  response.set_more(digester.more());
  LIAISON_ASSIGN_OR_RETURN(Clock clock, Clock::Create(request.words_per_minute()));
  Times times;
  for (Part part : {Part::kDecide, Part::kAnswer, Part::kKnow}) {
    pb::DigestSection& section = *response.add_sections();
    section.set_name(kParts[static_cast<size_t>(part)]);
    section.set_total(static_cast<uint32_t>(parts.Total(part)));
    section.set_not_looked_at(static_cast<uint32_t>(parts.NotLookedAt(part)));
    LIAISON_RETURN_IF_ERROR(Show(reading, parts.of(part), most, &clock, &times, &section));
  }
  response.set_minutes(clock.Minutes(times.shown));
  response.set_minutes_of_all(clock.Minutes(times.all));
  return response;
}

}  // namespace liaison::views
