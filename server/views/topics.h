// What topics are called, and which codes of one scheme are which of another.
#ifndef LIAISON_SERVER_VIEWS_TOPICS_H_
#define LIAISON_SERVER_VIEWS_TOPICS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/radar.h"
#include "server/domain/stop_list.h"
#include "server/views/reading.h"

namespace liaison::views {

// By topic, `SCHEME:CODE`, of the latest version of each scheme. Schemes whose words are erased
// have none.
absl::StatusOr<std::map<std::string, std::string>> TopicLabels(const Reading& reading);
// Of the latest crosswalk between each two schemes.
std::vector<domain::CodeMapping> Crosswalk(const Reading& reading);
// FIELD_INVALID, naming the field, for a topic that no scheme has or had.
absl::Status CheckTopic(const Reading& reading, absl::string_view topic, absl::string_view field);
// Made once. INTERNAL where ICU lacks its data.
absl::StatusOr<const domain::StopList*> UsualStopList();

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_TOPICS_H_
