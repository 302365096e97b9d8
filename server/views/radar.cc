#include "server/domain/radar.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/domain/columns.h"
#include "server/domain/sentences.h"
#include "server/domain/stop_list.h"
#include "server/domain/topic_links.h"
#include "server/views/cycles.h"
#include "server/views/heard.h"
#include "server/views/limits.h"
#include "server/views/topics.h"
#include "server/views/views.h"
#include "server/views/window.h"

namespace liaison::views {
namespace {

domain::RadarWeights ToDomain(const pb::RadarWeights& weights) {
  return {weights.organisations(), weights.regions(), weights.stakeholder_groups(),
          weights.nris(),          weights.actions(), weights.support(),
          weights.change(),        weights.breadth(), weights.existing_work(),
          weights.missing_voices()};
}

pb::RadarWeights ToProto(const domain::RadarWeights& weights) {
  pb::RadarWeights shown;
  shown.set_organisations(weights.organisations);
  shown.set_regions(weights.regions);
  shown.set_stakeholder_groups(weights.stakeholder_groups);
  shown.set_nris(weights.nris);
  shown.set_actions(weights.actions);
  shown.set_support(weights.support);
  shown.set_change(weights.change);
  shown.set_breadth(weights.breadth);
  shown.set_existing_work(weights.existing_work);
  shown.set_missing_voices(weights.missing_voices);
  return shown;
}

// What evidence is counted as, in sentences: very many rows are counted as one of few things.
class CountedAs {
 public:
  const std::vector<pb::Sentence>& Of(const std::string& as) {
    const auto [it, fresh] = said_.try_emplace(as);
    if (fresh) it->second = domain::CountedAs(as);
    return it->second;
  }

 private:
  absl::flat_hash_map<std::string, std::vector<pb::Sentence>> said_;
};

void Show(const std::vector<domain::Evidence>& evidence, CountedAs* counted_as,
          google::protobuf::RepeatedPtrField<pb::RadarEvidence>* shown) {
  for (const domain::Evidence& one : evidence) {
    pb::RadarEvidence& row = *shown->Add();
    row.set_counted_as(one.as);
    *row.mutable_organisations() = {one.organisations.begin(), one.organisations.end()};
    row.set_total_organisations(static_cast<uint32_t>(one.total_organisations));
    row.set_events(one.events);
    row.mutable_sequences()->Add(one.sequences.begin(), one.sequences.end());
    for (const pb::Sentence& as : counted_as->Of(one.as)) *row.add_counted_as_sentences() = as;
  }
}

void Show(const domain::RaisedBy& one, pb::RadarContributor* shown) {
  shown->set_organisation(one.contributor->organisation);
  shown->set_kind(one.contributor->kind);
  shown->set_stakeholder_group(one.contributor->group);
  shown->set_region(one.contributor->region);
  shown->set_events(one.events);
  shown->mutable_sequences()->Add(one.sequences.begin(), one.sequences.end());
}

uint32_t CountOf(const domain::RadarTopic& topic, domain::RadarPart part) {
  return static_cast<uint32_t>(topic.component(part).count);
}

void Show(const domain::RadarIndividuals& individuals, pb::RadarIndividuals* shown) {
  shown->set_events(individuals.events);
  shown->set_asked_action(individuals.asked_action);
  shown->set_supports(individuals.supports);
  for (const auto& [group, count] : individuals.by_stakeholder_group) {
    (*shown->mutable_by_stakeholder_group())[group] = count;
  }
  for (const auto& [region, count] : individuals.by_region) {
    (*shown->mutable_by_region())[region] = count;
  }
  shown->set_unregistered_events(individuals.unregistered_events);
  shown->set_unregistered_names(static_cast<uint32_t>(individuals.unregistered_names));
  shown->mutable_sequences()->Add(individuals.sequences.begin(), individuals.sequences.end());
}

pb::RadarTopic ToProto(const domain::RadarTopic& topic,
                       const std::map<std::string, std::string>& labels, CountedAs* counted_as) {
  pb::RadarTopic shown;
  shown.set_topic(topic.topic);
  if (auto label = labels.find(topic.topic); label != labels.end()) {
    shown.set_label(label->second);
  }
  shown.set_score(topic.score);
  shown.set_organisations(CountOf(topic, domain::RadarPart::kOrganisations));
  shown.set_regions(CountOf(topic, domain::RadarPart::kRegions));
  shown.set_stakeholder_groups(CountOf(topic, domain::RadarPart::kStakeholderGroups));
  shown.set_nris(CountOf(topic, domain::RadarPart::kNris));
  shown.set_events(topic.events);
  for (const domain::RadarComponent& component : topic.components) {
    const domain::RadarPartInfo& info = domain::RadarParts()[static_cast<size_t>(component.part)];
    pb::RadarPart& part = *shown.add_parts();
    part.set_part(std::string(info.name));
    *part.mutable_meaning_sentence() = domain::Say(info.meaning);
    part.set_meaning(domain::InEnglish(part.meaning_sentence()));
    part.set_count(component.count);
    part.set_of_full(component.of_full);
    part.set_points(component.points);
    part.set_weighs_as(component.weighs_as);
    Show(component.evidence, counted_as, part.mutable_evidence());
  }
  for (const domain::RaisedBy& one : topic.contributors) Show(one, shown.add_contributors());
  Show(topic.reserves, counted_as, shown.mutable_reserves());
  Show(topic.objects, counted_as, shown.mutable_objects());
  Show(topic.individuals, shown.mutable_individuals());
  for (const std::string& group : topic.missing_groups) {
    shown.add_missing_stakeholder_groups(group);
  }
  for (const std::string& region : topic.missing_regions) shown.add_missing_regions(region);
  for (const std::string& before : topic.compared_with) shown.add_compared_with(before);
  return shown;
}

// Decisions in progress, with the topics they name.
std::vector<domain::ExistingWork> WorkInProgress(const Reading& reading, const Heard& heard) {
  std::vector<domain::ExistingWork> work;
  for (const DecisionNow& decision : heard.decisions) {
    if (decision.facts.state() != pb::DECISION_STATE_IN_PROGRESS) continue;
    domain::ExistingWork one;
    one.sequence = Reading::SequenceOf(decision.decision);
    one.owner = decision.facts.outcome_owner();
    one.topics = heard.TopicsOf(reading, decision.decision);
    work.push_back(std::move(one));
  }
  return work;
}

absl::Status CheckTopics(const Reading& reading, const pb::GetRadarRequest& request) {
  for (int i = 0; i < request.topics_size(); ++i) {
    LIAISON_RETURN_IF_ERROR(
        CheckTopic(reading, request.topics(i), absl::StrCat("topics[", i, "]")));
  }
  for (int i = 0; i < request.stop_list_size(); ++i) {
    LIAISON_RETURN_IF_ERROR(
        CheckTopic(reading, request.stop_list(i), absl::StrCat("stop_list[", i, "]")));
  }
  return absl::OkStatus();
}

bool AllAreZero(const domain::RadarWeights& weights) {
  const auto parts = domain::RadarParts();
  return std::all_of(parts.begin(), parts.end(),
                     [&](const domain::RadarPartInfo& part) { return weights.*part.weight == 0; });
}

absl::StatusOr<domain::RadarArguments> ArgumentsOf(const pb::GetRadarRequest& request,
                                                   const domain::ExactTopics& exact) {
  domain::RadarArguments arguments;
  if (request.has_weights()) {
    arguments.weights = ToDomain(request.weights());
    if (AllAreZero(arguments.weights)) {
      return record::FieldInvalid(
          "weights",
          "all are 0, and nothing would stand before anything; leave them out for the "
          "usual ones");
    }
  }
  for (const std::string& topic : request.stop_list()) {
    arguments.stop_list.insert(exact.NameOf(topic));
  }
  LIAISON_ASSIGN_OR_RETURN(arguments.events_per_voice,
                           AtMost(request.events_per_contributor(), kUsualEventsPerContributor,
                                  kMaxEventsPerContributor, "events_per_contributor"));
  for (const std::string& topic : request.topics()) {
    arguments.explained.insert(exact.NameOf(topic));
  }
  LIAISON_ASSIGN_OR_RETURN(arguments.most_explained,
                           AtMost(request.max_topics(), kUsualTopics, kMaxTopics, "max_topics"));
  return arguments;
}

}  // namespace

absl::StatusOr<pb::GetRadarResponse> GetRadar(const Reading& reading,
                                              const pb::GetRadarRequest& request) {
  LIAISON_RETURN_IF_ERROR(CheckTopics(reading, request));
  LIAISON_ASSIGN_OR_RETURN(const Heard heard, HeardIn(reading, request.window()));
  return GetRadar(reading, heard, request);
}

absl::StatusOr<pb::GetRadarResponse> GetRadar(const Reading& reading,
                                              const pb::GetRadarRequest& request,
                                              const PageArguments& page) {
  const RankingPage of_ranking(reading, page.after);
  LIAISON_RETURN_IF_ERROR(CheckTopics(reading, request));
  LIAISON_ASSIGN_OR_RETURN(const Heard heard, HeardIn(reading, request.window()));
  return GetRadar(reading, heard, request, &of_ranking);
}

absl::StatusOr<pb::GetRadarResponse> GetRadar(const Reading& reading, const Heard& heard,
                                              const pb::GetRadarRequest& request,
                                              const RankingPage* page) {
  LIAISON_ASSIGN_OR_RETURN(domain::RadarArguments arguments, ArgumentsOf(request, heard.exact));
  if (page != nullptr) arguments.passed_over = page->first();
  std::string previous = request.previous_cycle();
  if (!previous.empty() && !CheckCycle(reading, previous).ok()) {
    return record::FieldInvalid("previous_cycle", "no such cycle; ListCycles has them all");
  }
  if (previous.empty() && !heard.scope.cycle.empty()) {
    previous = CycleBefore(reading, heard.scope.cycle);
  }
  std::optional<domain::Tallies> before;
  if (!previous.empty()) {
    before = TalliesOf(reading, ScopeOfCycle(reading, previous), heard.exact, OnTopics::kInputs);
  }
  const domain::RadarInput input{&heard.tallies, before ? &*before : nullptr,
                                 heard.exact.Others(heard.crosswalk),
                                 WorkInProgress(reading, heard)};
  LIAISON_ASSIGN_OR_RETURN(std::vector<domain::RadarTopic> topics,
                           domain::RankTopics(input, arguments));

  pb::GetRadarResponse response;
  response.set_total_topics(static_cast<uint32_t>(topics.size()));
  const std::set<std::string>& only = arguments.explained;
  RankedRows rows(page, arguments.most_explained);
  CountedAs counted_as;
  for (size_t i = 0; i < topics.size(); ++i) {
    if (!only.empty() && only.count(topics[i].topic) == 0) continue;
    if (!rows.Take()) continue;
    pb::RadarTopic& shown = *response.add_topics();
    shown = ToProto(topics[i], heard.labels, &counted_as);
    for (const std::string& name : heard.exact.NamesOf(topics[i].topic)) {
      if (name != topics[i].topic) shown.add_also(name);
    }
    if (i + 1 < topics.size()) {
      for (pb::Sentence& why : domain::Explain(topics[i], topics[i + 1])) {
        shown.add_why_above_next(domain::InEnglish(why));
        *shown.add_why_above_next_sentences() = std::move(why);
      }
    }
    rows.Took(shown.ByteSizeLong());
  }
  response.set_next_page_token(rows.Next());
  *response.mutable_weights() = ToProto(arguments.weights);
  *response.mutable_window() = heard.scope.window;
  response.set_previous_cycle(previous);
  response.set_as_of_sequence(reading.Head());
  return response;
}

namespace {

constexpr absl::string_view kOfNoGroup = "stakeholder_group.unspecified";
constexpr absl::string_view kOfNoRegion = "region.unspecified";

bool IsColumn(absl::string_view name) {
  const auto groups = domain::GroupColumns();
  const auto regions = domain::RegionColumns();
  const auto is_it = [&](const auto& column) { return column.name == name; };
  return name == kOfNoGroup || name == kOfNoRegion ||
         std::any_of(groups.begin(), groups.end(), is_it) ||
         std::any_of(regions.begin(), regions.end(), is_it);
}

bool IsIn(absl::string_view column, const domain::Contributor& whose) {
  const absl::string_view group = domain::ColumnOf(whose.group);
  const absl::string_view region = domain::ColumnOf(whose.region);
  if (column == kOfNoGroup) return group == "unspecified";
  if (column == kOfNoRegion) return region == "unspecified";
  return group == column || region == column;
}

// What a page is taken from.
struct Listed {
  CellList cells;
  std::vector<Index> inputs;  // in none of them
};

absl::StatusOr<Listed> ListedOf(const Reading& reading, const Scope& scope,
                                const pb::ListTopicEventsRequest& request) {
  const std::string& column = request.column();
  Listed listed;
  if (!request.topic().empty()) {
    LIAISON_RETURN_IF_ERROR(CheckTopic(reading, request.topic(), "topic"));
    const domain::ExactTopics exact(Crosswalk(reading));
    const std::vector<std::string> names = exact.NamesOf(request.topic());
    listed = {CellsOn(reading, scope, names), InputsByReaderOn(reading, scope, names)};
  } else if (column.empty()) {
    return record::FieldInvalid("topic", "which? As SCHEME:CODE; or which column");
  } else {
    listed.cells = reading.CellsOf(scope.cycle);
    for (Index root : reading.InputsByReader(scope.cycle)) {
      if (Within(reading, scope, root)) listed.inputs.push_back(root);
    }
  }
  if (column.empty()) return listed;
  if (!IsColumn(column)) {
    return record::FieldInvalid("column",
                                column == "unspecified"
                                    ? absl::StrCat("of which? ", kOfNoGroup, " or ", kOfNoRegion)
                                    : "no such group or region; GetRepresentation names them");
  }
  const auto is_other = [&](uint32_t voice) {
    return !IsIn(column, ContributorOf(reading, reading.VoiceAt(voice)));
  };
  auto& cells = listed.cells;
  cells.erase(std::remove_if(cells.begin(), cells.end(),
                             [&](const Cell* cell) { return is_other(cell->key.voice); }),
              cells.end());
  auto& inputs = listed.inputs;
  inputs.erase(std::remove_if(inputs.begin(), inputs.end(),
                              [&](Index root) { return is_other(reading.VoiceNow(root)); }),
               inputs.end());
  return listed;
}

}  // namespace

absl::StatusOr<pb::ListTopicEventsResponse> ListTopicEvents(
    const Reading& reading, const pb::ListTopicEventsRequest& request, const PageArguments& page) {
  LIAISON_ASSIGN_OR_RETURN(const Scope scope, ScopeOf(reading, request.window()));
  LIAISON_ASSIGN_OR_RETURN(const Listed listed, ListedOf(reading, scope, request));
  const uint64_t after = page.after.empty() ? 0 : SequenceOfKey(page.after);
  // One more tells that there are more.
  std::vector<uint64_t> sequences = FirstOf(scope, listed.cells, after, page.size + 1);
  for (Index root : listed.inputs) {
    if (Reading::SequenceOf(root) > after) sequences.push_back(Reading::SequenceOf(root));
  }
  std::sort(sequences.begin(), sequences.end());
  sequences.erase(std::unique(sequences.begin(), sequences.end()), sequences.end());
  std::vector<std::pair<std::string, uint64_t>> rows;
  rows.reserve(sequences.size());
  for (uint64_t sequence : sequences) rows.emplace_back(KeyOf(sequence), sequence);
  pb::ListTopicEventsResponse response;
  LIAISON_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                           TakePage(rows, page, response, [&](uint64_t sequence) -> absl::Status {
                             LIAISON_ASSIGN_OR_RETURN(
                                 *response.add_events(),
                                 reading.Summary(static_cast<Index>(sequence - 1)));
                             return absl::OkStatus();
                           }));
  return response;
}

absl::StatusOr<pb::ListTopicLinksResponse> ListTopicLinks(const Reading& reading,
                                                          const pb::ListTopicLinksRequest& request,
                                                          const PageArguments& page) {
  const RankingPage of_ranking(reading, page.after);
  LIAISON_ASSIGN_OR_RETURN(const Heard heard,
                           HeardIn(reading, request.window(), OnTopics::kInputs));
  return ListTopicLinks(heard, request, &of_ranking);
}

namespace {

void Show(const domain::TopicLink& link, pb::TopicLink* shown) {
  shown->set_first(link.first);
  shown->set_second(link.second);
  shown->set_strength(link.strength);
  shown->set_chance(link.chance);
  shown->set_expected(link.expected);
  shown->set_both(static_cast<uint32_t>(link.both));
  shown->set_raise_first(static_cast<uint32_t>(link.raise_first));
  shown->set_raise_second(static_cast<uint32_t>(link.raise_second));
  shown->set_of(static_cast<uint32_t>(link.of));
  for (pb::Sentence& why : domain::Explain(link)) *shown->add_why_sentences() = std::move(why);
  shown->set_why(domain::InEnglish(shown->why_sentences()));
  for (const domain::LinkEvidence& evidence : link.evidence) {
    pb::TopicLinkEvidence& row = *shown->add_evidence();
    row.set_organisation(evidence.organisation);
    row.set_region(evidence.region);
    row.mutable_together()->Add(evidence.together.begin(), evidence.together.end());
    row.mutable_of_first()->Add(evidence.of_first.begin(), evidence.of_first.end());
    row.mutable_of_second()->Add(evidence.of_second.begin(), evidence.of_second.end());
  }
}

}  // namespace

absl::StatusOr<pb::ListTopicLinksResponse> ListTopicLinks(const Heard& heard,
                                                          const pb::ListTopicLinksRequest& request,
                                                          const RankingPage* page) {
  LIAISON_ASSIGN_OR_RETURN(const size_t most,
                           AtMost(request.max_links(), kUsualRows, kMaxTopics, "max_links"));
  domain::TopicLinkArguments arguments;
  if (request.fewest_organisations() > 0) {
    arguments.fewest_organisations = request.fewest_organisations();
  }
  if (request.most_chance() != 0) arguments.most_chance = request.most_chance();
  LIAISON_ASSIGN_OR_RETURN(domain::WordSplitter splitter, domain::WordSplitter::Create());
  LIAISON_ASSIGN_OR_RETURN(const domain::StopList* const stop_list, UsualStopList());
  LIAISON_ASSIGN_OR_RETURN(
      const domain::TopicLinks links,
      domain::LinkTopics(heard.tallies, heard.labels, *stop_list, &splitter, arguments));
  pb::ListTopicLinksResponse response;
  response.set_total_links(static_cast<uint32_t>(links.links.size()));
  response.set_complete(links.complete);
  RankedRows rows(page, most);
  for (const domain::TopicLink& link : links.links) {
    if (!rows.Take()) continue;
    Show(link, response.add_links());
    rows.Took(response.links().rbegin()->ByteSizeLong());
  }
  response.set_next_page_token(rows.Next());
  if (page != nullptr && page->first() > 0) return response;
  for (const domain::LeftOut& left_out : links.left_out) {
    pb::LeftOut& shown = *response.add_left_out();
    shown.set_name(left_out.name);
    *shown.mutable_why_sentence() = left_out.why;
    shown.set_why(domain::InEnglish(left_out.why));
  }
  return response;
}

}  // namespace liaison::views
