#include "server/domain/radar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/domain/columns.h"

namespace liaison::domain {

namespace pb = ::igf::liaison::v1;

namespace {

constexpr double kMaxWeight = 1e6;
// So many, each of another kind or region, bring half of the part's weight.
constexpr double kHalfOrganisations = 8;
constexpr double kHalfOthers = 4;
constexpr double kHalfWork = 2;
// Organisations named behind one thing that is counted.
constexpr size_t kNamedOrganisations = 10;

constexpr RadarPartInfo kParts[] = {
    {RadarPart::kOrganisations, "organisations", "part.organisations",
     &RadarWeights::organisations},
    {RadarPart::kRegions, "regions", "part.regions", &RadarWeights::regions},
    {RadarPart::kStakeholderGroups, "stakeholder_groups", "part.stakeholder_groups",
     &RadarWeights::stakeholder_groups},
    {RadarPart::kNris, "nris", "part.nris", &RadarWeights::nris},
    {RadarPart::kActions, "actions", "part.actions", &RadarWeights::actions},
    {RadarPart::kSupport, "support", "part.support", &RadarWeights::support},
    {RadarPart::kChange, "change", "part.change", &RadarWeights::change},
    {RadarPart::kBreadth, "breadth", "part.breadth", &RadarWeights::breadth},
    {RadarPart::kExistingWork, "existing_work", "part.existing_work", &RadarWeights::existing_work},
    {RadarPart::kMissingVoices, "missing_voices", "part.missing_voices",
     &RadarWeights::missing_voices},
};

absl::Status CheckWeights(const RadarWeights& weights) {
  for (const RadarPartInfo& part : kParts) {
    // NaN is not within.
    if (!(weights.*part.weight >= 0 && weights.*part.weight <= kMaxWeight)) {
      return record::FieldInvalid(absl::StrCat("weights.", part.name),
                                  "a weight is a number from 0 to 1,000,000");
    }
  }
  return absl::OkStatus();
}

// `civil_society`; all initiatives are of one kind.
std::string KindName(pb::OrganisationKind kind) {
  if (IsNri(kind)) return "nri";
  const std::string& name = pb::OrganisationKind_Name(kind);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "ORGANISATION_KIND_"));
}

// Organisations of one cell are the likeliest to be one voice: each further one counts less.
std::string CellOf(const Contributor& contributor) {
  return absl::StrCat(KindName(contributor.kind), ", ", ColumnOf(contributor.region));
}

struct ByName {
  bool operator()(const Voice& voice, absl::string_view name) const {
    return voice.contributor->organisation < name;
  }
};

// One voice that counts, and as what: a number that stands for a cell, a region, a group.
struct Told {
  int as = 0;
  const Voice* voice = nullptr;
};

constexpr int kMaxAs = 256;

// The voices whose `events` are not empty, as `as` has their contributors; those it has as nothing
// are left out.
template <typename As>
std::vector<Told> Collect(absl::Span<const Voice> voices, EventSet Voice::*events, const As& as) {
  std::vector<Told> told;
  told.reserve(voices.size());
  for (const Voice& voice : voices) {
    if ((voice.*events).empty()) continue;
    if (const int number = as(*voice.contributor); number >= 0) told.push_back({number, &voice});
  }
  return told;
}

// CellOf, as a number.
int CellNumber(const Contributor& contributor) {
  const int kind = IsNri(contributor.kind) ? pb::ORGANISATION_KIND_NRI_NATIONAL : contributor.kind;
  return (kind % 16) * 16 + contributor.region % 16;
}
int RegionNumber(const Contributor& contributor) {
  const auto regions = UnRegions();
  return std::any_of(regions.begin(), regions.end(),
                     [&](const RegionColumn& one) { return one.region == contributor.region; })
             ? contributor.region % kMaxAs
             : -1;
}
int PairNumber(const Contributor& contributor) {
  return (contributor.group % 16) * 16 + contributor.region % 16;
}
int GroupNumber(const Contributor& contributor) {
  return ColumnOf(contributor.group) == "unspecified" ? -1 : contributor.group % kMaxAs;
}

// How many there are of each.
std::array<int, kMaxAs> CountsOf(const std::vector<Told>& told) {
  std::array<int, kMaxAs> counts{};
  for (const Told& one : told) ++counts[one.as];
  return counts;
}

// How many as are different: 1 for the first of a cell, 0.58 for the second, 0.42 for the third.
double Damped(const std::vector<Told>& told) {
  double sum = 0;
  for (int count : CountsOf(told)) sum += count == 0 ? 0 : std::log2(1 + count);
  return sum;
}

size_t Different(const std::vector<Told>& told) {
  const std::array<int, kMaxAs> counts = CountsOf(told);
  return counts.size() - std::count(counts.begin(), counts.end(), 0);
}

void SortByAs(std::vector<Evidence>* evidence) {
  std::stable_sort(evidence->begin(), evidence->end(),
                   [](const Evidence& a, const Evidence& b) { return a.as < b.as; });
}

// Who is behind it, in order of what they are counted as, `name(contributor)`; those that are
// counted as one thing together.
template <typename Name>
std::vector<Evidence> Together(const std::vector<Told>& told, EventSet Voice::*events,
                               const Name& name) {
  std::array<int, kMaxAs> rows;
  rows.fill(-1);
  std::vector<Evidence> evidence;
  for (const Told& one : told) {
    int& row = rows[one.as];
    if (row < 0) {
      row = static_cast<int>(evidence.size());
      evidence.emplace_back().as = std::string(name(*one.voice->contributor));
    }
    Evidence& of = evidence[row];
    if (of.organisations.size() < kNamedOrganisations) {
      of.organisations.push_back(one.voice->contributor->organisation);
    }
    ++of.total_organisations;
    of.events += (one.voice->*events).size();
  }
  SortByAs(&evidence);
  return evidence;
}

// The same one by one, each with its events.
std::vector<Evidence> OneByOne(const std::vector<Told>& told, EventSet Voice::*events,
                               size_t limit) {
  std::vector<Evidence> evidence;
  for (const Told& one : told) {
    const EventSet& behind = one.voice->*events;
    evidence.push_back({CellOf(*one.voice->contributor),
                        {one.voice->contributor->organisation},
                        1,
                        behind.size(),
                        behind.First(limit)});
  }
  SortByAs(&evidence);
  return evidence;
}

// Those of one side of a comparison, with their events: who raised the topic itself, then who
// raised no more than what it is compared with.
std::vector<Evidence> OfPeriod(const std::string& period, const Tallies& tallies,
                               const std::string& topic, const std::vector<Told>& told,
                               size_t limit) {
  absl::Span<const Voice> on_topic;
  if (const auto at = tallies.find(topic); at != tallies.end()) {
    on_topic = at->second.organisations();
  }
  Evidence itself;
  itself.as = period;
  Evidence others;
  others.as = absl::StrCat(period, ", on what it is compared with");
  for (const Told& one : told) {
    const std::string& name = one.voice->contributor->organisation;
    // Both are in order of their names, and mostly they are the same.
    const auto is_before = [&](const Voice& voice) {
      return &voice != one.voice && voice.contributor->organisation < name;
    };
    while (!on_topic.empty() && is_before(on_topic.front())) on_topic.remove_prefix(1);
    const bool raised = !on_topic.empty() && !on_topic.front().raised.empty() &&
                        on_topic.front().contributor->organisation == name;
    Evidence& row = raised ? itself : others;
    if (row.organisations.size() < kNamedOrganisations) row.organisations.push_back(name);
    ++row.total_organisations;
    row.events += one.voice->raised.size();
    const std::vector<uint64_t> first = one.voice->raised.First(limit);
    row.sequences.insert(row.sequences.end(), first.begin(), first.end());
  }
  std::vector<Evidence> rows;
  for (Evidence* row : {&itself, &others}) {
    if (row->total_organisations == 0) continue;
    std::sort(row->sequences.begin(), row->sequences.end());
    rows.push_back(std::move(*row));
  }
  return rows;
}

double Saturated(double amount, double half) { return amount <= 0 ? 0 : amount / (amount + half); }

// Shannon's entropy over pairs of group and region, one for each organisation, as a share of what
// all pairs evenly would have. Over pairs, so that a new region never makes it smaller.
double BreadthOf(const std::vector<Told>& told) {
  const std::array<int, kMaxAs> counts = CountsOf(told);
  const double total = std::accumulate(counts.begin(), counts.end(), 0);
  double entropy = 0;
  for (int count : counts) {
    if (count > 0) entropy -= count / total * std::log(count / total);
  }
  const auto pairs = static_cast<double>(GroupColumns().size() * UnRegions().size());
  return std::min(1.0, std::max(0.0, entropy / std::log(pairs)));
}

// All that was said on any of them: who raised two is one.
const TopicTally& United(const Tallies& tallies, const std::set<std::string>& topics,
                         TopicTally* united) {
  std::vector<const TopicTally*> found;
  for (const std::string& topic : topics) {
    if (auto it = tallies.find(topic); it != tallies.end()) found.push_back(&it->second);
  }
  if (found.size() == 1) return *found.front();
  for (const TopicTally* tally : found) united->Merge(*tally);
  return *united;
}

// A radar of one input: what its topics need of each other.
class Reckoning {
 public:
  Reckoning(const RadarInput& input, const RadarArguments& arguments)
      : input_(input), arguments_(arguments) {
    for (const RadarPartInfo& part : kParts) sum_ += arguments.weights.*part.weight;
    for (const CodeMapping& mapping : input.crosswalk) {
      const bool exact = mapping.match == pb::CODE_MATCH_EXACT;
      // What is said of the narrower code is said of the wider one, and not the other way round.
      if (exact || mapping.match == pb::CODE_MATCH_BROADER) {
        before_[mapping.to].insert(mapping.from);
      }
      if (exact || mapping.match == pb::CODE_MATCH_NARROWER) {
        before_[mapping.from].insert(mapping.to);
      }
    }
  }

  // Without what is behind the numbers unless it is explained.
  RadarTopic TopicOf(const std::string& name, const TopicTally& tally, bool explained) const;

 private:
  // See RadarComponent.
  struct Amount {
    double count = 0;
    double weighs_as = 0;
    double of_full = 0;
  };
  // `evidence` is called where the topic is explained.
  template <typename MakeEvidence>
  void AddComponent(RadarPart part, const Amount& amount, const MakeEvidence& evidence,
                    RadarTopic* topic) const;
  // One that counts who raised it by what they are.
  template <typename Name>
  void AddTogether(RadarPart part, const std::vector<Told>& told, const Amount& amount,
                   const Name& name, RadarTopic* topic) const;
  void AddRaised(const TopicTally& tally, RadarTopic* topic) const;
  void AddSaid(const TopicTally& tally, RadarTopic* topic) const;
  void AddChange(RadarTopic* topic) const;
  void AddBreadth(const TopicTally& tally, RadarTopic* topic) const;
  void AddWork(RadarTopic* topic) const;
  void AddMissing(const TopicTally& tally, RadarTopic* topic) const;
  void AddIndividuals(const TopicTally& tally, RadarTopic* topic) const;

  const RadarInput& input_;
  const RadarArguments& arguments_;
  double sum_ = 0;
  std::map<std::string, std::set<std::string>> before_;  // by topic of now
};

template <typename MakeEvidence>
void Reckoning::AddComponent(RadarPart part, const Amount& amount, const MakeEvidence& evidence,
                             RadarTopic* topic) const {
  RadarComponent component;
  component.part = part;
  component.count = amount.count;
  component.weighs_as = amount.weighs_as;
  component.of_full = amount.of_full;
  const double weight = arguments_.weights.*kParts[static_cast<size_t>(part)].weight;
  component.points = sum_ > 0 ? 100 * weight * amount.of_full / sum_ : 0;
  if (topic->explained) component.evidence = evidence();
  topic->score += component.points;
  topic->components.push_back(std::move(component));
}

template <typename Name>
void Reckoning::AddTogether(RadarPart part, const std::vector<Told>& told, const Amount& amount,
                            const Name& name, RadarTopic* topic) const {
  AddComponent(
      part, amount, [&] { return Together(told, &Voice::raised, name); }, topic);
}

void Reckoning::AddRaised(const TopicTally& tally, RadarTopic* topic) const {
  const auto voices = tally.organisations();
  const auto damped = [](const std::vector<Told>& told, double half) {
    const double weighs_as = Damped(told);
    return Amount{static_cast<double>(told.size()), weighs_as, Saturated(weighs_as, half)};
  };
  const auto different = [](const std::vector<Told>& told, size_t of) {
    const auto count = static_cast<double>(Different(told));
    return Amount{count, count, count / static_cast<double>(of)};
  };
  const auto raised = Collect(voices, &Voice::raised, CellNumber);
  AddTogether(RadarPart::kOrganisations, raised, damped(raised, kHalfOrganisations), CellOf, topic);

  const auto regions = Collect(voices, &Voice::raised, RegionNumber);
  AddTogether(
      RadarPart::kRegions, regions, different(regions, UnRegions().size()),
      [](const Contributor& c) { return ColumnOf(c.region); }, topic);

  const auto groups = Collect(voices, &Voice::raised, GroupNumber);
  AddTogether(
      RadarPart::kStakeholderGroups, groups, different(groups, GroupColumns().size()),
      [](const Contributor& c) { return ColumnOf(c.group); }, topic);

  const auto nris = Collect(voices, &Voice::raised, [](const Contributor& contributor) {
    return IsNri(contributor.kind) ? CellNumber(contributor) : -1;
  });
  AddTogether(RadarPart::kNris, nris, damped(nris, kHalfOthers), CellOf, topic);
}

void Reckoning::AddSaid(const TopicTally& tally, RadarTopic* topic) const {
  const auto voices = tally.organisations();
  const size_t limit = arguments_.events_per_voice;
  for (const auto& [part, events] : {std::pair(RadarPart::kActions, &Voice::asked_action),
                                     std::pair(RadarPart::kSupport, &Voice::supports)}) {
    const auto some = Collect(voices, events, CellNumber);
    const double weighs_as = Damped(some);
    AddComponent(
        part, {static_cast<double>(some.size()), weighs_as, Saturated(weighs_as, kHalfOthers)},
        [&, events = events] { return OneByOne(some, events, limit); }, topic);
  }
  if (!topic->explained) return;
  topic->reserves =
      OneByOne(Collect(voices, &Voice::reserves, CellNumber), &Voice::reserves, limit);
  topic->objects = OneByOne(Collect(voices, &Voice::objects, CellNumber), &Voice::objects, limit);
}

void Reckoning::AddChange(RadarTopic* topic) const {
  if (!input_.previous) {
    AddComponent(
        RadarPart::kChange, {}, [] { return std::vector<Evidence>(); }, topic);
    return;
  }
  std::set<std::string> topics = {topic->topic};
  if (auto it = before_.find(topic->topic); it != before_.end()) {
    topics.insert(it->second.begin(), it->second.end());
  }
  // Both sides alike, or the same would not be the same as before.
  TopicTally united_now;
  TopicTally united_before;
  const TopicTally& all_now = United(*input_.current, topics, &united_now);
  const TopicTally& all_before = United(*input_.previous, topics, &united_before);
  topic->compared = true;
  topic->compared_with.assign(topics.begin(), topics.end());
  const auto now = Collect(all_now.organisations(), &Voice::raised, CellNumber);
  const auto then = Collect(all_before.organisations(), &Voice::raised, CellNumber);
  const double change = Damped(now) - Damped(then);
  AddComponent(
      RadarPart::kChange,
      {static_cast<double>(now.size()) - static_cast<double>(then.size()), change,
       Saturated(change, kHalfOthers)},
      [&] {
        std::vector<Evidence> evidence =
            OfPeriod("before", *input_.previous, topic->topic, then, arguments_.events_per_voice);
        for (Evidence& row :
             OfPeriod("now", *input_.current, topic->topic, now, arguments_.events_per_voice)) {
          evidence.push_back(std::move(row));
        }
        return evidence;
      },
      topic);
}

void Reckoning::AddBreadth(const TopicTally& tally, RadarTopic* topic) const {
  const auto raised = Collect(tally.organisations(), &Voice::raised, PairNumber);
  const double breadth = BreadthOf(raised);
  AddTogether(
      RadarPart::kBreadth, raised, {breadth, breadth, breadth},
      [](const Contributor& contributor) {
        return absl::StrCat(ColumnOf(contributor.group), ", ", ColumnOf(contributor.region));
      },
      topic);
}

void Reckoning::AddWork(RadarTopic* topic) const {
  std::map<uint64_t, Evidence> decisions;
  for (const ExistingWork& work : input_.work) {
    if (work.topics.count(topic->topic) == 0) continue;
    decisions[work.sequence] = {"in progress", {work.owner}, 1, 1, {work.sequence}};
  }
  std::vector<Evidence> evidence;
  evidence.reserve(decisions.size());
  for (auto& [sequence, decision] : decisions) evidence.push_back(std::move(decision));
  const auto count = static_cast<double>(evidence.size());
  AddComponent(
      RadarPart::kExistingWork, {count, count, Saturated(count, kHalfWork)},
      [&evidence] { return evidence; }, topic);
}

void Reckoning::AddMissing(const TopicTally& tally, RadarTopic* topic) const {
  std::array<bool, kMaxAs> groups{};
  std::array<bool, kMaxAs> regions{};
  for (const Voice& voice : tally.organisations()) {
    if (voice.raised.empty()) continue;
    groups[voice.contributor->group % kMaxAs] = true;
    regions[voice.contributor->region % kMaxAs] = true;
  }
  std::vector<Evidence> evidence;
  for (const GroupColumn& column : GroupColumns()) {
    if (groups[column.group]) continue;
    topic->missing_groups.emplace_back(column.name);
    evidence.push_back({std::string(column.name), {}, 0, 0, {}});
  }
  for (const RegionColumn& column : UnRegions()) {
    if (regions[column.region]) continue;
    topic->missing_regions.emplace_back(column.name);
    evidence.push_back({std::string(column.name), {}, 0, 0, {}});
  }
  const auto count = static_cast<double>(evidence.size());
  const auto all = static_cast<double>(GroupColumns().size() + UnRegions().size());
  // The fewer are missing, the more it brings.
  AddComponent(
      RadarPart::kMissingVoices, {count, count, 1 - count / all}, [&evidence] { return evidence; },
      topic);
}

void Reckoning::AddIndividuals(const TopicTally& tally, RadarTopic* topic) const {
  RadarIndividuals& individuals = topic->individuals;
  EventSet all;
  const auto add = [&](const Voice& voice) {
    individuals.supports += voice.supports.size();
    if (voice.raised.empty()) return;
    individuals.asked_action += voice.asked_action.size();
    individuals.by_stakeholder_group[std::string(ColumnOf(voice.contributor->group))] +=
        voice.raised.size();
    individuals.by_region[std::string(ColumnOf(voice.contributor->region))] += voice.raised.size();
    all.Merge(voice.raised);
  };
  for (const auto& [name, voice] : tally.unregistered()) {
    add(voice);
    if (!voice.raised.empty()) ++individuals.unregistered_names;
  }
  individuals.unregistered_events = all.size();
  for (const auto& [key, voice] : tally.individuals()) add(voice);
  individuals.events = all.size();
  if (topic->explained) individuals.sequences = all.First(arguments_.events_per_voice);
}

RadarTopic Reckoning::TopicOf(const std::string& name, const TopicTally& tally,
                              bool explained) const {
  RadarTopic topic;
  topic.topic = name;
  topic.explained = explained;
  for (const Voice& voice : tally.organisations()) {
    if (voice.raised.empty()) continue;
    topic.events += voice.raised.size();
    if (!explained) continue;
    topic.contributors.push_back(
        {voice.contributor, voice.raised.size(), voice.raised.First(arguments_.events_per_voice)});
  }
  // In the order of RadarPart.
  AddRaised(tally, &topic);
  AddSaid(tally, &topic);
  AddChange(&topic);
  AddBreadth(tally, &topic);
  AddWork(&topic);
  AddMissing(tally, &topic);
  AddIndividuals(tally, &topic);
  return topic;
}

}  // namespace

Speaker::Speaker(Contributor contributor) {
  contributor.organisation = IndependentOrganisation(contributor.organisation);
  as_ = std::make_shared<const Contributor>(std::move(contributor));
}

const Voice* TopicTally::Find(absl::string_view organisation) const {
  const auto at =
      std::lower_bound(organisations_.begin(), organisations_.end(), organisation, ByName());
  if (at == organisations_.end() || at->contributor->organisation != organisation) return nullptr;
  return &*at;
}

uint64_t Voice::Latest() const {
  return std::max({raised.Last(), supports.Last(), reserves.Last(), objects.Last()});
}

// `latest()` is that of the events that come with it.
template <typename Latest>
Voice* TopicTally::VoiceOf(const Speaker& contributor, const Latest& latest) {
  Voice* voice = nullptr;
  const std::string& name = contributor->organisation;
  if (name.empty()) {
    voice = &individuals_.try_emplace({contributor->group, contributor->region}, Voice(contributor))
                 .first->second;
  } else if (!contributor->is_registered) {
    voice = &unregistered_.try_emplace(name, Voice(contributor)).first->second;
  } else if (!organisations_.empty() && organisations_.back().contributor.SameAs(contributor)) {
    voice = &organisations_.back();
  } else if (organisations_.empty() || organisations_.back().contributor->organisation < name) {
    voice = &organisations_.emplace_back(contributor);
  } else {
    auto at = std::lower_bound(organisations_.begin(), organisations_.end(), name, ByName());
    if (at->contributor->organisation != name) at = organisations_.insert(at, Voice(contributor));
    voice = &*at;
  }
  // Mostly there is one, and no need to look at its events.
  if (!voice->contributor.SameAs(contributor) && latest() >= voice->Latest()) {
    voice->contributor = contributor;
  }
  return voice;
}

void TopicTally::Add(const Contribution& contribution) {
  Voice* const voice = VoiceOf(contribution.contributor, [&] { return contribution.sequence; });
  voice->raised.Add(contribution.sequence);
  if (contribution.action_requested) voice->asked_action.Add(contribution.sequence);
}

void TopicTally::Lend(const Speaker& contributor, absl::Span<const uint64_t> sequences,
                      bool action_requested) {
  if (sequences.empty()) return;
  Voice* const voice = VoiceOf(contributor, [&] { return sequences.back(); });
  voice->raised.Lend(sequences);
  if (action_requested) voice->asked_action.Lend(sequences);
}

void TopicTally::Add(const PositionOnTopic& position) {
  const std::string& organisation = position.contributor->organisation;
  const bool is_own = record::IsWithinOrganisation(position.on_words_of, organisation) ||
                      record::IsWithinOrganisation(position.on_words_for, organisation);
  if (is_own && !organisation.empty()) return;
  EventSet Voice::*events = nullptr;
  if (position.kind == pb::POSITION_KIND_SUPPORT) events = &Voice::supports;
  if (position.kind == pb::POSITION_KIND_RESERVE) events = &Voice::reserves;
  if (position.kind == pb::POSITION_KIND_OBJECT) events = &Voice::objects;
  if (events == nullptr) return;  // withdrawn, or none we know
  (VoiceOf(position.contributor, [&] { return position.sequence; })->*events)
      .Add(position.sequence);
}

void TopicTally::Merge(const TopicTally& other) {
  const auto merge = [this](const Voice& from) {
    Voice* const into = VoiceOf(from.contributor, [&] { return from.Latest(); });
    for (auto events : {&Voice::raised, &Voice::asked_action, &Voice::supports, &Voice::reserves,
                        &Voice::objects}) {
      (into->*events).Merge(from.*events);
    }
  };
  for (const Voice& voice : other.organisations_) merge(voice);
  for (const auto& [key, voice] : other.individuals_) merge(voice);
  for (const auto& [name, voice] : other.unregistered_) merge(voice);
}

absl::Span<const RadarPartInfo> RadarParts() { return kParts; }

absl::StatusOr<std::vector<RadarTopic>> RankTopics(const RadarInput& input,
                                                   const RadarArguments& arguments) {
  LIAISON_RETURN_IF_ERROR(CheckWeights(arguments.weights));
  const Reckoning reckoning(input, arguments);
  std::vector<RadarTopic> topics;
  for (const auto& [name, tally] : *input.current) {
    if (arguments.stop_list.count(name) > 0) continue;
    topics.push_back(reckoning.TopicOf(name, tally, false));
  }
  // They come in order of their names.
  std::stable_sort(topics.begin(), topics.end(),
                   [](const RadarTopic& a, const RadarTopic& b) { return a.score > b.score; });
  size_t wanted = 0;
  bool before = false;  // the one before it is
  for (RadarTopic& topic : topics) {
    bool is_wanted = arguments.explained.empty() || arguments.explained.count(topic.topic) > 0;
    if (is_wanted) {
      const size_t place = wanted++;
      is_wanted = place >= arguments.passed_over &&
                  place - arguments.passed_over < arguments.most_explained;
    }
    // The next one too, so that Explain has both.
    if (is_wanted || before) {
      const std::string name = topic.topic;
      topic = reckoning.TopicOf(name, input.current->at(name), true);
    }
    before = is_wanted;
  }
  return topics;
}

}  // namespace liaison::domain
