#include "server/views/groups.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

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

std::set<std::string> GroupedWith(const Reading& reading, const Group& group, Index input) {
  const std::string own = reading.ContributorOf(input);
  std::set<std::string> others;
  for (Index member : group.members) {
    if (member == input || reading.Retracted(member)) continue;
    const std::string other = reading.ContributorOf(member);
    if (other.empty()) {
      others.insert("an individual");
    } else if (other != own) {
      others.insert(other);
    }
  }
  return others;
}

std::string WithText(const std::set<std::string>& others) {
  constexpr size_t kNamed = 10;
  std::vector<std::string> named;
  for (const std::string& other : others) {
    if (named.size() < kNamed) named.push_back(other);
  }
  if (named.empty()) return "";
  const size_t more = others.size() - named.size();
  return absl::StrCat(" with ", absl::StrJoin(named, ", "),
                      more == 0 ? "" : absl::StrCat(" and ", more, " more"));
}

}  // namespace liaison::views
