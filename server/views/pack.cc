#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/macros.h"
#include "server/domain/excerpt.h"
#include "server/domain/sentences.h"
#include "server/views/calendar.h"
#include "server/views/decisions.h"
#include "server/views/groups.h"
#include "server/views/heard.h"
#include "server/views/in_turn.h"
#include "server/views/limits.h"
#include "server/views/views.h"
#include "server/views/window.h"
#include "server/views/wording.h"

namespace liaison::views {
namespace {

constexpr size_t kExcerptCharacters = 400;

InTurn InputsOn(const Reading& reading, const Heard& heard, const std::string& topic,
                const std::shared_ptr<WhoseTurn>& whose) {
  const std::vector<std::string> names = heard.exact.NamesOf(topic);
  InTurn inputs(whose);
  for (const Cell* cell : CellsOn(reading, heard.scope, names)) {
    inputs.Add(reading.VoiceAt(cell->key.voice), Within(heard.scope, *cell));
  }
  for (Index root : InputsByReaderOn(reading, heard.scope, names)) {
    inputs.AddOne(reading.LatestVoiceOf(root), Reading::SequenceOf(root));
  }
  return inputs;
}

// The input, and with it all that a person has put together with it: these are `shown` too.
absl::Status Show(const Reading& reading, Index input, std::set<Index>* shown,
                  pb::PackInput* on_page) {
  LIAISON_ASSIGN_OR_RETURN(*on_page->mutable_event(), reading.Summary(input));
  on_page->set_contributor(reading.ContributorOf(input));
  LIAISON_ASSIGN_OR_RETURN(const Wording wording, WordingOf(reading, input));
  LIAISON_ASSIGN_OR_RETURN(*on_page->mutable_excerpt(),
                           domain::Excerpt(wording.text, kExcerptCharacters));
  shown->insert(input);
  GroupedAuthors others;
  for (const Group& group : GroupsOf(reading, input)) {
    shown->insert(group.members.begin(), group.members.end());
    AddGroupedWith(reading, group, input, &others);
  }
  for (pb::Sentence& other : others.Names()) {
    on_page->add_also_by(domain::InEnglish(other));
    *on_page->add_also_by_sentences() = std::move(other);
  }
  return absl::OkStatus();
}

// What the pages are made of, each view asked once.
struct Material {
  std::map<std::string, pb::TopicGap> gaps;
  std::vector<pb::TopicLink> links;
  std::map<std::string, std::vector<const DecisionNow*>> decisions;  // by topic
  size_t inputs = 0;                                                 // on a page
  std::shared_ptr<WhoseTurn> whose;                                  // is it
};

absl::StatusOr<Material> MaterialOf(const Reading& reading, const Heard& heard,
                                    const pb::GetRadarResponse& radar) {
  Material material;
  std::set<std::string> topics;
  for (const pb::RadarTopic& topic : radar.topics()) topics.insert(topic.topic());
  LIAISON_ASSIGN_OR_RETURN(material.gaps, GapsOf(reading, heard, topics));
  pb::ListTopicLinksRequest links;
  links.set_max_links(kMaxTopics);
  LIAISON_ASSIGN_OR_RETURN(const pb::ListTopicLinksResponse linked, ListTopicLinks(heard, links));
  material.links = {linked.links().begin(), linked.links().end()};
  for (const DecisionNow& one : heard.decisions) {
    if (!heard.scope.cycle.empty() && one.cycles.count(heard.scope.cycle) == 0) continue;
    for (const std::string& topic : heard.TopicsOf(reading, one.decision)) {
      material.decisions[topic].push_back(&one);
    }
  }
  return material;
}

absl::Status Fill(const Reading& reading, const Heard& heard, const Material& material,
                  pb::PackPage* page) {
  const std::string& topic = page->topic().topic();
  if (auto gap = material.gaps.find(topic); gap != material.gaps.end()) {
    *page->mutable_gap() = gap->second;
  }
  InTurn inputs = InputsOn(reading, heard, topic, material.whose);
  std::set<Index> shown;
  while (!inputs.empty() && static_cast<size_t>(page->inputs_size()) < material.inputs) {
    const auto input = static_cast<Index>(inputs.Take() - 1);
    if (shown.count(input) > 0) continue;
    LIAISON_RETURN_IF_ERROR(Show(reading, input, &shown, page->add_inputs()));
  }
  if (auto on = material.decisions.find(topic); on != material.decisions.end()) {
    // The newest where there are too many.
    const size_t first = on->second.size() - std::min<size_t>(on->second.size(), kUsualRows);
    for (size_t i = first; i < on->second.size(); ++i) {
      LIAISON_ASSIGN_OR_RETURN(*page->add_decisions(),
                               ToProto(reading, *on->second[i], /*brief=*/true));
    }
  }
  for (const pb::TopicLink& link : material.links) {
    if (link.first() == topic || link.second() == topic) *page->add_links() = link;
  }
  return absl::OkStatus();
}

pb::Sentence TitleOf(const std::string& cycle, uint64_t pages) {
  if (cycle.empty()) return domain::Say("pack.title").With("n", pages);
  return domain::Say("pack.title_cycle").With("cycle", cycle).With("n", pages);
}

}  // namespace

absl::StatusOr<pb::GetMeetingPackResponse> GetMeetingPack(
    const Reading& reading, const pb::GetMeetingPackRequest& request) {
  pb::GetRadarRequest radar;
  if (request.has_weights()) *radar.mutable_weights() = request.weights();
  LIAISON_ASSIGN_OR_RETURN(const size_t pages,
                           AtMost(request.max_topics(), kUsualPages, kMaxPages, "max_topics"));
  radar.set_max_topics(static_cast<uint32_t>(pages));
  LIAISON_ASSIGN_OR_RETURN(const size_t inputs, AtMost(request.inputs_per_topic(), kUsualPages,
                                                       kMaxPages, "inputs_per_topic"));
  LIAISON_ASSIGN_OR_RETURN(const Heard heard, HeardIn(reading, request.window()));
  LIAISON_ASSIGN_OR_RETURN(pb::GetRadarResponse topics, GetRadar(reading, heard, radar));
  LIAISON_ASSIGN_OR_RETURN(Material material, MaterialOf(reading, heard, topics));
  material.inputs = inputs;
  material.whose = std::make_shared<WhoseTurn>(reading);

  pb::GetMeetingPackResponse response;
  for (pb::RadarTopic& topic : *topics.mutable_topics()) {
    pb::PackPage& page = *response.add_pages();
    *page.mutable_topic() = std::move(topic);
    LIAISON_RETURN_IF_ERROR(Fill(reading, heard, material, &page));
  }
  *response.mutable_title_sentence() =
      TitleOf(heard.scope.cycle, static_cast<uint64_t>(response.pages_size()));
  response.set_title(domain::InEnglish(response.title_sentence()));
  pb::GetRepresentationRequest representation;
  *representation.mutable_window() = topics.window();
  LIAISON_ASSIGN_OR_RETURN(*response.mutable_representation(),
                           GetRepresentation(reading, representation));
  // Views have no clock, and the time of the newest event is that of one which may be hidden.
  if (const auto today = ParseDay(reading.caller().today)) {
    *response.mutable_made_at() = google::protobuf::util::TimeUtil::SecondsToTimestamp(
        absl::ToUnixSeconds(absl::FromCivil(*today, absl::UTCTimeZone())));
  }
  response.set_as_of_sequence(reading.Head());
  return response;
}

}  // namespace liaison::views
