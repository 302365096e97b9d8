#include <map>
#include <queue>
#include <set>

#include "proto/record/macros.h"
#include "server/views/views.h"

namespace liaison::views {
namespace {

// One event names another. A disposition's inputs lead to it, and it leads to what they go into;
// everything else that is named came before what names it.
struct Edge {
  Index from = 0;  // the event that names
  Index to = 0;
  pb::TrailLink link;
  bool forward = false;  // `from` leads to `to`
};

std::vector<Edge> EdgesOf(const Reading& reading, Index index) {
  const pb::EventHeader& header = reading.Header(index);
  std::vector<Edge> edges;
  const auto add = [&](const std::string& digest, pb::Relation relation,
                       pb::DispositionKind disposition, bool forward) {
    const std::optional<Index> to = reading.FindQuietly(digest);
    if (!to) return;
    Edge edge{index, *to, {}, forward};
    edge.link.set_sequence(reading.SequenceOf(*to));
    edge.link.set_relation(relation);
    edge.link.set_disposition(disposition);
    edges.push_back(std::move(edge));
  };
  for (const pb::Reference& reference : header.references()) {
    add(reference.digest(), reference.relation(), pb::DISPOSITION_KIND_UNSPECIFIED, false);
  }
  for (const pb::DisposedInput& input : header.disposition().inputs()) {
    add(input.input(), pb::RELATION_UNSPECIFIED, input.kind(), false);
  }
  if (!header.disposition().into().empty()) {
    add(header.disposition().into(), pb::RELATION_UNSPECIFIED, pb::DISPOSITION_KIND_UNSPECIFIED,
        true);
  }
  for (const std::string& objection : header.decision().answered()) {
    add(objection, pb::RELATION_UNSPECIFIED, pb::DISPOSITION_KIND_UNSPECIFIED, false);
  }
  return edges;
}

// What one step leads to, or comes from. A chain is one thing: its versions go together.
std::set<Index> Step(const Reading& reading, Index index, bool forward) {
  std::set<Index> next;
  for (Index version : reading.Chain(index)) next.insert(version);
  for (const Edge& edge : EdgesOf(reading, index)) {
    if (edge.link.relation() == pb::RELATION_REVISES) continue;
    if (edge.forward == forward) next.insert(edge.to);
  }
  for (Index naming : reading.Naming(index)) {
    for (const Edge& edge : EdgesOf(reading, naming)) {
      if (reading.RootOf(edge.to) != reading.RootOf(index)) continue;
      if (edge.link.relation() == pb::RELATION_REVISES) continue;
      if (edge.forward != forward) next.insert(naming);
    }
  }
  next.erase(index);
  return next;
}

std::set<Index> Closure(const Reading& reading, Index start, bool forward) {
  std::set<Index> seen = {start};
  std::queue<Index> queue({start});
  while (!queue.empty()) {
    const Index index = queue.front();
    queue.pop();
    for (Index next : Step(reading, index, forward)) {
      if (seen.insert(next).second) queue.push(next);
    }
  }
  return seen;
}

}  // namespace

absl::StatusOr<pb::GetTrailResponse> GetTrail(const Reading& reading,
                                              const pb::GetTrailRequest& request,
                                              const PageArguments& page) {
  LIAISON_ASSIGN_OR_RETURN(const Index start, reading.FindKey(request));
  std::map<Index, pb::TrailDirection> directions;
  for (Index index : Closure(reading, start, true)) {
    directions[index] = pb::TRAIL_DIRECTION_LED_TO;
  }
  for (Index index : Closure(reading, start, false)) {
    directions[index] = pb::TRAIL_DIRECTION_CAME_FROM;
  }
  for (Index index : reading.Chain(start)) directions[index] = pb::TRAIL_DIRECTION_ITSELF;

  std::vector<std::pair<std::string, Index>> rows;
  rows.reserve(directions.size());
  for (const auto& [index, direction] : directions) {
    rows.emplace_back(KeyOf(reading.SequenceOf(index)), index);
  }
  pb::GetTrailResponse response;
  LIAISON_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                           TakePage(rows, page, response, [&](Index index) -> absl::Status {
                             pb::TrailEntry& entry = *response.add_entries();
                             LIAISON_ASSIGN_OR_RETURN(*entry.mutable_event(),
                                                      reading.SummaryOfVersion(index));
                             entry.mutable_event()->set_retracted(reading.Retracted(index));
                             entry.set_direction(directions[index]);
                             for (const Edge& edge : EdgesOf(reading, index)) {
                               if (directions.count(edge.to) > 0) *entry.add_links() = edge.link;
                             }
                             return absl::OkStatus();
                           }));
  return response;
}

}  // namespace liaison::views
