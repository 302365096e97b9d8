#include "server/views/window.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/domain/columns.h"
#include "server/views/calendar.h"
#include "server/views/cycles.h"

namespace liaison::views {
namespace {

std::string LatestOpenCycle(const Reading& reading) {
  std::map<std::string, bool> open;
  for (Index index : reading.OfType(pb::EVENT_TYPE_CYCLE)) {
    const pb::CycleFacts& facts = reading.Header(index).cycle_facts();
    open[facts.cycle_id()] = facts.state() != pb::CYCLE_STATE_CLOSED;
  }
  for (auto cycle = open.rbegin(); cycle != open.rend(); ++cycle) {
    if (cycle->second) return cycle->first;
  }
  return "";
}

// The first event of that day in UTC, or of a later one.
absl::StatusOr<Index> FirstOf(const Reading& reading, const std::string& date, int days_later,
                              absl::string_view field) {
  const auto day = ParseDay(date);
  if (!day) return record::FieldInvalid(field, "a day, as 2027-03-31");
  const absl::Time time = absl::FromCivil(*day + days_later, absl::UTCTimeZone());
  return reading.FirstAtOrAfter(absl::ToUnixMicros(time));
}

// One position for each organisation and thing: its latest. Of an individual every one.
struct Standing {
  Index target = 0;
  const std::string* whose = nullptr;  // empty: an individual
  Index root = 0;
};

void AddPositions(const Reading& reading, const Scope& scope, domain::Tallies* tallies) {
  std::vector<Standing> standings;
  for (Index root : reading.All(pb::EVENT_TYPE_POSITION)) {
    if (reading.RootOf(root) != root || !reading.May(root) || reading.Retracted(root)) continue;
    const Index target = reading.AboutOf(root);
    if (!Within(reading, scope, target) || reading.Retracted(target)) continue;
    standings.push_back({target, &reading.VoiceOf(root).contributor, root});
  }
  std::sort(standings.begin(), standings.end(), [](const Standing& a, const Standing& b) {
    if (a.target != b.target) return a.target < b.target;
    if (const int order = a.whose->compare(*b.whose); order != 0) return order < 0;
    return a.root < b.root;
  });
  for (size_t i = 0; i < standings.size(); ++i) {
    const Standing& one = standings[i];
    const bool followed = i + 1 < standings.size() && standings[i + 1].target == one.target &&
                          *standings[i + 1].whose == *one.whose;
    if (followed && !one.whose->empty()) continue;
    const Index latest = reading.Latest(one.root);
    const domain::PositionOnTopic position{
        reading.SequenceOf(latest), ContributorOf(reading, reading.VoiceOf(one.root)),
        reading.PositionKindOf(latest), reading.VoiceOf(one.target).contributor};
    for (uint32_t topic : reading.TopicsOf(reading.Latest(one.target))) {
      // Who only takes positions on it raises no topic.
      auto tally = tallies->find(reading.NameAt(topic));
      if (tally != tallies->end()) tally->second.Add(position);
    }
  }
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
    scope.cycle = LatestOpenCycle(reading);
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
  if (scope.begin > scope.end) {
    return record::FieldInvalid("window.days.ends_on", "a day from the first one on");
  }
  return scope;
}

Scope ScopeOfCycle(const Reading& reading, const std::string& cycle) {
  Scope scope;
  scope.cycle = cycle;
  scope.end = static_cast<Index>(reading.Head());
  scope.window.set_cycle(cycle);
  return scope;
}

absl::Span<const uint64_t> Within(const Scope& scope, const Cell& cell) {
  const auto& sequences = cell.sequences;
  const auto first =
      std::lower_bound(sequences.begin(), sequences.end(), Reading::SequenceOf(scope.begin));
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

domain::Contributor ContributorOf(const Reading& reading, const Voice& voice) {
  domain::Contributor contributor;
  contributor.organisation = voice.contributor;
  contributor.group = voice.group;
  contributor.region = voice.region;
  if (voice.contributor.empty()) return contributor;
  const domain::Registry& registry = *reading.caller().registry;
  const pb::OrganisationFacts* facts = registry.FindOrganisation(voice.contributor);
  if (facts == nullptr) {
    facts = registry.FindOrganisation(domain::IndependentOrganisation(voice.contributor));
  }
  if (facts == nullptr) return contributor;
  contributor.kind = facts->kind();
  contributor.group = facts->stakeholder_group();
  contributor.region = facts->region();
  return contributor;
}

namespace {

// The contributors of voices, and their places in the order of their names: a tally takes them in
// that order at the least cost.
class Contributors {
 public:
  explicit Contributors(const Reading& reading) : reading_(reading) {}

  void Learn(const CellList& cells) {
    for (const Cell* cell : cells) {
      const uint32_t voice = cell->key.voice;
      if (voice >= by_voice_.size()) by_voice_.resize(voice + 1);
      if (!by_voice_[voice]) by_voice_[voice] = ContributorOf(reading_, reading_.VoiceAt(voice));
    }
  }
  void Rank() {
    std::vector<std::pair<std::string, uint32_t>> names;
    for (uint32_t voice = 0; voice < by_voice_.size(); ++voice) {
      if (!by_voice_[voice]) continue;
      names.emplace_back(domain::IndependentOrganisation(by_voice_[voice]->organisation), voice);
    }
    std::sort(names.begin(), names.end());
    places_.resize(by_voice_.size());
    for (uint32_t place = 0; place < names.size(); ++place) places_[names[place].second] = place;
  }
  const domain::Contributor& Of(uint32_t voice) const { return *by_voice_[voice]; }
  uint32_t PlaceOf(uint32_t voice) const { return places_[voice]; }

 private:
  const Reading& reading_;
  std::vector<std::optional<domain::Contributor>> by_voice_;
  std::vector<uint32_t> places_;
};

}  // namespace

std::vector<uint64_t> FirstOf(const Scope& scope, const CellList& cells, uint64_t after,
                              size_t most) {
  std::vector<uint64_t> first;
  for (const Cell* cell : cells) {
    const absl::Span<const uint64_t> all = Within(scope, *cell);
    auto at = std::upper_bound(all.begin(), all.end(), after);
    for (size_t taken = 0; at != all.end() && taken < most; ++at, ++taken) first.push_back(*at);
  }
  return first;
}

domain::Tallies TalliesOf(const Reading& reading, const Scope& scope, OnTopics what) {
  std::map<uint32_t, CellList> cells = reading.CellsByTopic(scope.cycle);
  Contributors contributors(reading);
  for (const auto& [topic, list] : cells) contributors.Learn(list);
  contributors.Rank();

  domain::Tallies tallies;
  for (auto& [topic, list] : cells) {
    std::sort(list.begin(), list.end(), [&contributors](const Cell* a, const Cell* b) {
      return contributors.PlaceOf(a->key.voice) < contributors.PlaceOf(b->key.voice);
    });
    domain::TopicTally tally;
    for (const Cell* cell : list) {
      const absl::Span<const uint64_t> sequences = Within(scope, *cell);
      tally.Lend(contributors.Of(cell->key.voice), sequences, cell->key.asks_action);
    }
    if (!tally.empty()) tallies[reading.NameAt(topic)] = std::move(tally);
  }
  for (Index root : reading.InputsByReader(scope.cycle)) {
    if (root < scope.begin || root >= scope.end) continue;
    const Index latest = reading.Latest(root);
    for (uint32_t topic : reading.TopicsOf(latest)) {
      tallies[reading.NameAt(topic)].Add({reading.SequenceOf(root),
                                          ContributorOf(reading, reading.VoiceOf(root)),
                                          reading.at(latest).asks_action});
    }
  }
  if (what == OnTopics::kInputsAndPositions) AddPositions(reading, scope, &tallies);
  return tallies;
}

}  // namespace liaison::views
