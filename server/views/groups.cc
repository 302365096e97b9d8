#include "server/views/groups.h"

#include <algorithm>
#include <set>

namespace liaison::views {

std::vector<Group> GroupsOf(const Reading& reading, Index input) {
  const Index root = reading.RootOf(input);
  std::set<Index> chains;
  for (Index index : reading.Naming(root, pb::RELATION_GROUPS)) {
    if (reading.TypeOf(index) == pb::EVENT_TYPE_GROUPING) chains.insert(reading.RootOf(index));
  }
  std::vector<Group> groups;
  for (Index chain : chains) {
    const Index latest = reading.Latest(chain);
    if (!reading.May(latest)) continue;
    const pb::EventHeader& header = reading.Header(latest);
    if (header.grouping().action() == pb::GROUPING_ACTION_DISSOLVE) continue;
    std::set<Index> members;
    for (const pb::Reference& reference : header.references()) {
      if (reference.relation() != pb::RELATION_GROUPS) continue;
      const auto member = reading.FindQuietly(reference.digest());
      if (member) members.insert(reading.RootOf(*member));
    }
    if (members.count(root) == 0) continue;
    groups.push_back({chain, {members.begin(), members.end()}});
  }
  return groups;
}

}  // namespace liaison::views
