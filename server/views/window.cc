#include "server/views/window.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/domain/columns.h"
#include "server/views/calendar.h"
#include "server/views/cycles.h"
#include "server/views/oldest.h"

namespace liaison::views {
namespace {

// Of those that are open: whose phases today is within, of several the one that began last; else
// the one that began last; else the last by name.
std::string CurrentCycle(const Reading& reading) {
  const std::string& today = reading.caller().today;
  std::tuple<bool, std::string, std::string> best;  // within, since when, name
  for (const auto& [name, facts] : CyclesOf(reading)) {
    if (facts->state() == pb::CYCLE_STATE_CLOSED) continue;
    std::string begins = BeginOf(*facts);
    std::string ends;
    for (const pb::Phase& phase : facts->phases()) ends = std::max(ends, phase.ends_on());
    if (begins > today) begins.clear();  // as if nobody knew when
    best = std::max(best, {!begins.empty() && today <= ends, begins, name});
  }
  return std::get<2>(best);
}

// The first event of that day in UTC, or of a later one.
absl::StatusOr<Index> FirstOf(const Reading& reading, const std::string& date, int days_later,
                              absl::string_view field) {
  const auto day = ParseDay(date);
  if (!day) return record::FieldInvalid(field, "a day, as 2027-03-31");
  const absl::Time time = absl::FromCivil(*day + days_later, absl::UTCTimeZone());
  return reading.FirstAtOrAfter(absl::ToUnixMicros(time));
}

}  // namespace

absl::StatusOr<Scope> ScopeOf(const Reading& reading, const pb::Window& window) {
  Scope scope;
  scope.window = window;
  scope.end = static_cast<Index>(reading.Head());
  if (!window.cycle().empty()) {
    if (!CheckCycle(reading, window.cycle()).ok()) {
      return record::FieldInvalid("window.cycle", "no such cycle; ListCycles has them all");
    }
    scope.cycle = window.cycle();
  } else if (window.days().starts_on().empty() && window.days().ends_on().empty()) {
    scope.cycle = CurrentCycle(reading);
    scope.window.set_cycle(scope.cycle);
  }
  if (!window.days().starts_on().empty()) {
    LIAISON_ASSIGN_OR_RETURN(
        scope.begin, FirstOf(reading, window.days().starts_on(), 0, "window.days.starts_on"));
  }
  if (!window.days().ends_on().empty()) {
    LIAISON_ASSIGN_OR_RETURN(scope.end,
                             FirstOf(reading, window.days().ends_on(), 1, "window.days.ends_on"));
  }
  scope.bounded =
      !window.days().starts_on().empty() || !window.days().ends_on().empty() || reading.IsHeld();
  const std::string& first = window.days().starts_on();
  const std::string& last = window.days().ends_on();
  // Days are written so that their order is that of their text.
  const bool backwards = !first.empty() && !last.empty() && last < first;
  if (backwards || scope.begin > scope.end) {
    return record::FieldInvalid("window.days.ends_on", "a day from the first one on");
  }
  scope.end = std::min(scope.end, static_cast<Index>(reading.Head()));
  scope.begin = std::min(scope.begin, scope.end);
  return scope;
}

Scope ScopeOfCycle(const Reading& reading, const std::string& cycle) {
  Scope scope;
  scope.cycle = cycle;
  scope.end = static_cast<Index>(reading.Head());
  scope.bounded = reading.IsHeld();
  scope.window.set_cycle(cycle);
  return scope;
}

absl::Span<const uint64_t> Within(const Scope& scope, const Cell& cell) {
  const auto& sequences = cell.sequences;
  if (!scope.bounded || sequences.empty()) return sequences;
  const uint64_t begin = Reading::SequenceOf(scope.begin);
  // Mostly all are within, and no others need to be looked at.
  if (sequences.front() >= begin && sequences.back() < Reading::SequenceOf(scope.end)) {
    return sequences;
  }
  const auto first = std::lower_bound(sequences.begin(), sequences.end(), begin);
  const auto last = std::lower_bound(first, sequences.end(), Reading::SequenceOf(scope.end));
  return absl::MakeConstSpan(sequences).subspan(first - sequences.begin(),
                                                static_cast<size_t>(last - first));
}

bool Within(const Reading& reading, const Scope& scope, Index root) {
  const pb::EventType type = reading.TypeOf(root);
  if (type != pb::EVENT_TYPE_TOPIC_SIGNAL && type != pb::EVENT_TYPE_LOCAL_REPORT) return false;
  return reading.May(root) && root >= scope.begin && root < scope.end &&
         (scope.cycle.empty() || reading.CycleOf(reading.Latest(root)) == scope.cycle);
}

const std::string& CountsFor(const Reading& reading, const Voice& voice) {
  const bool own =
      voice.contributor.empty() || record::IsWithinOrganisation(voice.contributor, voice.author);
  if (own || reading.IsOfKind(voice.author, pb::ORGANISATION_KIND_SECRETARIAT)) {
    return voice.contributor;
  }
  return voice.author;
}

namespace {

// Its own, else those of the organisation that it is a desk of; nullptr where there are none.
const pb::OrganisationFacts* FactsOf(const Reading& reading, const std::string& whose) {
  const domain::Registry& registry = *reading.caller().registry;
  const pb::OrganisationFacts* facts = registry.FindOrganisation(whose);
  if (facts != nullptr && !facts->retired()) return facts;
  return registry.FindOrganisation(domain::IndependentOrganisation(whose));
}

}  // namespace

bool IsRegistered(const Reading& reading, const std::string& organisation) {
  const pb::OrganisationFacts* facts = FactsOf(reading, organisation);
  return facts != nullptr && !facts->retired();
}

domain::Contributor ContributorOf(const Reading& reading, const Voice& voice) {
  const std::string& whose = CountsFor(reading, voice);
  domain::Contributor contributor;
  contributor.organisation = whose;
  contributor.group = voice.group;
  contributor.region = voice.region;
  if (whose.empty()) return contributor;
  const pb::OrganisationFacts* facts = FactsOf(reading, whose);
  contributor.is_registered = facts != nullptr && !facts->retired();
  if (facts == nullptr) return contributor;
  contributor.kind = facts->kind();
  contributor.group = domain::GroupOf(facts->kind(), facts->stakeholder_group());
  contributor.region = facts->region();
  return contributor;
}

namespace {

// Who speaks with which voice, by the number of the voice.
class Speakers {
 public:
  explicit Speakers(const Reading& reading) : reading_(reading) {}

  void Learn(uint32_t voice) {
    if (voice >= by_voice_.size()) by_voice_.resize(voice + 1);
    if (by_voice_[voice]) return;
    const Voice& of = reading_.VoiceAt(voice);
    // One for all voices of a contributor, whatever their audience.
    const std::tuple<absl::string_view, int, int> whose = {CountsFor(reading_, of), of.group,
                                                           of.region};
    auto at = by_contributor_.find(whose);
    if (at == by_contributor_.end()) {
      at = by_contributor_.try_emplace(whose, ContributorOf(reading_, of)).first;
    }
    by_voice_[voice] = at->second;
  }
  // Gives all that are learned their places.
  void Rank() {
    std::vector<std::tuple<absl::string_view, absl::string_view, uint32_t>> names;
    for (uint32_t voice = 0; voice < by_voice_.size(); ++voice) {
      if (!by_voice_[voice]) continue;
      names.emplace_back((*by_voice_[voice])->organisation,
                         CountsFor(reading_, reading_.VoiceAt(voice)), voice);
    }
    std::sort(names.begin(), names.end());
    places_.resize(by_voice_.size());
    uint32_t place = 0;
    for (size_t i = 0; i < names.size(); ++i) {
      const auto& [independent, contributor, voice] = names[i];
      if (i > 0 && contributor != std::get<1>(names[i - 1])) ++place;
      places_[voice] = place;
      places_used_ = place + 1;
    }
  }
  const domain::Speaker& Of(uint32_t voice) const { return *by_voice_[voice]; }
  // In the order of the names of independent organisations, in which a tally takes them at the
  // least cost. Voices of one contributor have one place, and all individuals.
  uint32_t PlaceOf(uint32_t voice) const { return places_[voice]; }
  uint32_t places() const { return places_used_; }  // how many there are

 private:
  const Reading& reading_;
  std::map<std::tuple<absl::string_view, int, int>, domain::Speaker> by_contributor_;
  std::vector<std::optional<domain::Speaker>> by_voice_;
  std::vector<uint32_t> places_;
  uint32_t places_used_ = 0;
};

struct PositionTaken {
  Index root = 0;
  Index latest = 0;
  pb::PositionKind kind = pb::POSITION_KIND_UNSPECIFIED;
  uint32_t voice = 0;
  Index target = 0;
  uint32_t of_target = 0;  // its voice
  uint32_t topics = 0;     // its Entry::topics
};

constexpr size_t kFetchedAhead = 16;  // as many as the machine fetches while one is looked at

std::vector<PositionTaken> Positions(const Reading& reading, const Scope& scope) {
  std::vector<PositionTaken> taken;
  const absl::Span<const Index> about = reading.PositionsAbout(scope.cycle);
  for (size_t i = 0; i < about.size(); ++i) {
    if (i + kFetchedAhead < about.size()) reading.Fetch(about[i + kFetchedAhead]);
    const Index root = about[i];
    const Entry& entry = reading.at(root);
    if (entry.root != root || !reading.May(root)) continue;
    const Index latest = reading.Latest(root);
    taken.push_back(
        {root, latest, reading.PositionKindOf(latest), reading.at(latest).voice, entry.about});
  }
  return taken;
}

// What it is on lies anywhere in the ledger: a loop of its own fetches many at once.
std::vector<PositionTaken> PositionsWithin(const Reading& reading, const Scope& scope) {
  std::vector<PositionTaken> taken = Positions(reading, scope);
  size_t kept = 0;
  for (size_t i = 0; i < taken.size(); ++i) {
    if (i + kFetchedAhead < taken.size()) reading.Fetch(taken[i + kFetchedAhead].target);
    const PositionTaken one = taken[i];
    if (!Within(reading, scope, one.target) || reading.Retracted(one.target)) continue;
    taken[kept] = one;
    const Entry& target = reading.at(reading.Latest(one.target));
    taken[kept].of_target = target.voice;
    taken[kept].topics = target.topics;
    ++kept;
  }
  taken.resize(kept);
  return taken;
}

// Of an organisation's positions on a thing the latest alone, of individuals every one. Whoever
// takes the latest back has none: it had taken the place of those before.
std::vector<PositionTaken> Current(const Reading& reading, std::vector<PositionTaken> taken,
                                   const Speakers& speakers) {
  const auto whose = [&speakers](const PositionTaken& one) {
    return std::make_pair(one.target, speakers.PlaceOf(one.voice));
  };
  std::sort(taken.begin(), taken.end(), [&whose](const PositionTaken& a, const PositionTaken& b) {
    return std::make_pair(whose(a), a.latest) < std::make_pair(whose(b), b.latest);
  });
  size_t kept = 0;
  for (size_t i = 0; i < taken.size(); ++i) {
    const bool followed = i + 1 < taken.size() && whose(taken[i + 1]) == whose(taken[i]);
    if (followed && !speakers.Of(taken[i].voice)->organisation.empty()) continue;
    if (reading.Retracted(taken[i].root)) continue;
    taken[kept++] = taken[i];
  }
  taken.resize(kept);
  return taken;
}

// What somebody said on a topic: inputs, or a position on one.
struct Said {
  uint32_t place = 0;
  uint32_t voice = 0;
  absl::Span<const uint64_t> inputs;
  bool asks_action = false;
  uint64_t input = 0;  // one that no cell holds
  const PositionTaken* position = nullptr;
};

// Their numbers, by place; as they came where it is one. Places are few: counting them sorts faster
// than comparing does.
std::vector<uint32_t> ByPlace(const std::vector<Said>& said, uint32_t places) {
  std::vector<uint32_t> next(places + 1);  // where those of a place begin
  for (const Said& one : said) ++next[one.place + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<uint32_t> order(said.size());
  for (uint32_t i = 0; i < said.size(); ++i) order[next[said[i].place]++] = i;
  return order;
}

domain::TopicTally TallyOf(const Reading& reading, const Speakers& speakers,
                           const std::vector<Said>& said) {
  const std::vector<uint32_t> order = ByPlace(said, speakers.places());
  size_t places = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || said[order[i]].place != said[order[i - 1]].place) ++places;
  }
  domain::TopicTally tally;
  tally.Reserve(places);
  for (uint32_t number : order) {
    const Said& one = said[number];
    const domain::Speaker& speaker = speakers.Of(one.voice);
    if (one.position != nullptr) {
      const Voice& target = reading.VoiceAt(one.position->of_target);
      tally.Add({Reading::SequenceOf(one.position->latest), speaker, one.position->kind,
                 target.contributor, CountsFor(reading, target)});
    } else if (one.input > 0) {
      tally.Add({one.input, speaker, one.asks_action});
    } else {
      tally.Lend(speaker, one.inputs, one.asks_action);
    }
  }
  return tally;
}

// Those that no cell holds as the reading has them: what is not the same for everybody, and what
// has changed since.
std::set<Index> InputsApart(const Reading& reading, const Scope& scope,
                            const std::vector<Index>& changed) {
  std::set<Index> inputs;
  for (Index root : reading.InputsByReader(scope.cycle)) {
    if (Within(reading, scope, root)) inputs.insert(root);
  }
  for (Index root : changed) {
    if (Within(reading, scope, root) && !reading.Retracted(root)) inputs.insert(root);
  }
  return inputs;
}

// Has the machine begin to fetch what Within looks at.
void Fetch(const Cell& cell) {
  if (cell.sequences.empty()) return;
  __builtin_prefetch(&cell.sequences.front());
  __builtin_prefetch(&cell.sequences.back());
}

// `take` gets the stretches between these inputs.
template <typename Take>
void TakeWithout(const std::vector<Index>& roots, absl::Span<const uint64_t> sequences,
                 const Take& take) {
  // Where there are none the sequences need not be looked at: they lie anywhere, one run for each
  // of very many cells.
  const auto first = roots.empty() || sequences.empty()
                         ? roots.end()
                         : std::lower_bound(roots.begin(), roots.end(), sequences.front() - 1);
  for (auto root = first; root != roots.end(); ++root) {
    const uint64_t sequence = Reading::SequenceOf(*root);
    const auto at = std::lower_bound(sequences.begin(), sequences.end(), sequence);
    if (at == sequences.end()) break;
    if (*at != sequence) continue;
    const size_t before = at - sequences.begin();
    if (before > 0) take(sequences.first(before));
    sequences.remove_prefix(before + 1);
  }
  if (!sequences.empty()) take(sequences);
}

}  // namespace

std::vector<uint64_t> FirstOf(const Scope& scope, const CellList& cells, uint64_t after,
                              size_t most) {
  std::vector<absl::Span<const uint64_t>> runs;
  runs.reserve(cells.size());
  for (const Cell* cell : cells) {
    const absl::Span<const uint64_t> all = Within(scope, *cell);
    const auto at = after == 0 ? all.begin() : std::upper_bound(all.begin(), all.end(), after);
    if (at != all.end()) runs.push_back(all.subspan(static_cast<size_t>(at - all.begin())));
  }
  return Oldest(std::move(runs), most);
}

CellList CellsOn(const Reading& reading, const Scope& scope,
                 const std::vector<std::string>& names) {
  CellList cells;
  for (const std::string& name : names) {
    const CellList of_name = reading.CellsOf(scope.cycle, name);
    cells.insert(cells.end(), of_name.begin(), of_name.end());
  }
  return cells;
}

std::vector<Index> InputsByReaderOn(const Reading& reading, const Scope& scope,
                                    const std::vector<std::string>& names) {
  std::vector<Index> inputs;
  for (Index root : reading.InputsByReader(scope.cycle)) {
    if (!Within(reading, scope, root)) continue;
    const absl::Span<const uint32_t> topics = reading.TopicsOf(reading.Latest(root));
    const bool is_on = std::any_of(topics.begin(), topics.end(), [&](uint32_t topic) {
      return std::find(names.begin(), names.end(), reading.NameAt(topic)) != names.end();
    });
    if (is_on) inputs.push_back(root);
  }
  return inputs;
}

domain::Tallies TalliesOf(const Reading& reading, const Scope& scope,
                          const domain::ExactTopics& exact, OnTopics what) {
  const std::map<uint32_t, CellList> cells = reading.CellsByTopic(scope.cycle);
  std::vector<Index> changed;
  if (reading.IsHeld()) changed = reading.InputsChangedSince();
  const std::set<Index> inputs = InputsApart(reading, scope, changed);
  std::vector<PositionTaken> positions;
  if (what == OnTopics::kInputsAndPositions) positions = PositionsWithin(reading, scope);
  Speakers speakers(reading);
  for (const auto& [topic, list] : cells) {
    for (const Cell* cell : list) speakers.Learn(cell->key.voice);
  }
  for (Index root : inputs) speakers.Learn(reading.VoiceNow(root));
  for (const PositionTaken& position : positions) speakers.Learn(position.voice);
  speakers.Rank();

  absl::flat_hash_map<uint32_t, std::vector<Said>> by_topic;
  const auto add = [&](uint32_t topic, uint32_t voice) {
    Said& one = by_topic[topic].emplace_back();
    one.place = speakers.PlaceOf(voice);
    one.voice = voice;
    return &one;
  };
  for (const auto& [topic, list] : cells) {
    by_topic[topic].reserve(list.size());
    for (size_t i = 0; i < list.size(); ++i) {
      if (scope.bounded && i + kFetchedAhead < list.size()) Fetch(*list[i + kFetchedAhead]);
      const Cell* const cell = list[i];
      TakeWithout(changed, Within(scope, *cell), [&, on = topic, of = cell](auto unchanged) {
        Said* const said = add(on, of->key.voice);
        said->inputs = unchanged;
        said->asks_action = of->key.asks_action;
      });
    }
  }
  for (Index root : inputs) {
    const Entry& latest = reading.at(reading.Latest(root));
    for (uint32_t topic : reading.TopicsAt(latest.topics)) {
      Said* const said = add(topic, latest.voice);
      said->input = Reading::SequenceOf(root);
      said->asks_action = latest.asks_action;
    }
  }
  positions = Current(reading, std::move(positions), speakers);
  for (const PositionTaken& position : positions) {
    for (uint32_t topic : reading.TopicsAt(position.topics)) {
      add(topic, position.voice)->position = &position;
    }
  }
  domain::Tallies tallies;
  for (const auto& [topic, said] : by_topic) {
    domain::TopicTally tally = TallyOf(reading, speakers, said);
    if (tally.empty()) continue;
    const auto [it, fresh] = tallies.try_emplace(exact.NameOf(reading.NameAt(topic)));
    // Who said it under two names of it has said it once.
    if (fresh) {
      it->second = std::move(tally);
    } else {
      it->second.Merge(tally);
    }
  }
  return tallies;
}

}  // namespace liaison::views
