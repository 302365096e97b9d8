// What the views of one window have in common.
#ifndef LIAISON_SERVER_VIEWS_HEARD_H_
#define LIAISON_SERVER_VIEWS_HEARD_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "igf/liaison/v1/radar_service.pb.h"
#include "server/domain/exact_topics.h"
#include "server/domain/radar.h"
#include "server/views/decisions.h"
#include "server/views/ranking_page.h"
#include "server/views/reading.h"
#include "server/views/window.h"

namespace liaison::views {

// Heard is what was said in a window, counted once for all who show it.
struct Heard {
  Scope scope;
  std::vector<domain::CodeMapping> crosswalk;
  domain::ExactTopics exact;
  domain::Tallies tallies;             // by ExactTopics::NameOf
  std::vector<DecisionNow> decisions;  // of all cycles
  std::map<std::string, std::string> labels;

  // The topics of the event's latest version, each by its one name, once.
  std::set<std::string> TopicsOf(const Reading& reading, Index root) const;
};

// FIELD_INVALID as ScopeOf has it.
absl::StatusOr<Heard> HeardIn(const Reading& reading, const pb::Window& window,
                              OnTopics what = OnTopics::kInputsAndPositions);

// The views of views.h that are made of it: that page, or the first rows, which no others follow.
// `heard` has positions.
absl::StatusOr<pb::GetRadarResponse> GetRadar(const Reading& reading, const Heard& heard,
                                              const pb::GetRadarRequest& request,
                                              const RankingPage* page = nullptr);
absl::StatusOr<pb::ListGapsResponse> ListGaps(const Reading& reading, const Heard& heard,
                                              const pb::ListGapsRequest& request,
                                              const RankingPage* page = nullptr);
// The same of these topics alone.
absl::StatusOr<std::map<std::string, pb::TopicGap>> GapsOf(const Reading& reading,
                                                           const Heard& heard,
                                                           const std::set<std::string>& topics);
// Without positions will do.
absl::StatusOr<pb::ListTopicLinksResponse> ListTopicLinks(const Heard& heard,
                                                          const pb::ListTopicLinksRequest& request,
                                                          const RankingPage* page = nullptr);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_HEARD_H_
