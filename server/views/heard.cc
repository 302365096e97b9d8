#include "server/views/heard.h"

#include <utility>

#include "proto/record/macros.h"
#include "server/views/topics.h"

namespace liaison::views {

absl::StatusOr<Heard> HeardIn(const Reading& reading, const pb::Window& window, OnTopics what) {
  LIAISON_ASSIGN_OR_RETURN(Scope scope, ScopeOf(reading, window));
  LIAISON_ASSIGN_OR_RETURN(auto labels, TopicLabels(reading));
  std::vector<domain::CodeMapping> crosswalk = Crosswalk(reading);
  domain::ExactTopics exact(crosswalk);
  domain::Tallies tallies = TalliesOf(reading, scope, exact, what);
  std::vector<DecisionNow> decisions;
  if (what == OnTopics::kInputsAndPositions) decisions = DecisionsNow(reading, "");
  return Heard{std::move(scope),   std::move(crosswalk), std::move(exact),
               std::move(tallies), std::move(decisions), std::move(labels)};
}

std::set<std::string> Heard::TopicsOf(const Reading& reading, Index root) const {
  std::set<std::string> names;
  for (uint32_t topic : reading.TopicsOf(reading.Latest(root))) {
    names.insert(exact.NameOf(reading.NameAt(topic)));
  }
  return names;
}

}  // namespace liaison::views
