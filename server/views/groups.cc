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

void AddGroupedWith(const Reading& reading, const Group& group, Index input,
                    GroupedAuthors* others) {
  const std::string own = reading.ContributorOf(input);
  for (Index member : group.members) {
    if (member == input || reading.Retracted(member)) continue;
    const Voice& voice = reading.LatestVoiceOf(member);
    if (voice.contributor.empty()) {
      others->individuals[voice.author].insert(member);
    } else if (voice.contributor != own) {
      others->organisations.insert(
          voice.contributor == voice.author
              ? voice.contributor
              : absl::StrCat(voice.contributor, " (recorded by ", voice.author, ")"));
    }
  }
}

std::vector<std::string> GroupedAuthors::Names() const {
  std::vector<std::string> names(organisations.begin(), organisations.end());
  for (const auto& [recorder, inputs] : individuals) {
    names.push_back(absl::StrCat(
        inputs.size() == 1 ? "an individual" : absl::StrCat(inputs.size(), " individuals"),
        " (recorded by ", recorder, ")"));
  }
  return names;
}

std::set<std::string> GroupedWith(const Reading& reading, const Group& group, Index input) {
  GroupedAuthors others;
  AddGroupedWith(reading, group, input, &others);
  const std::vector<std::string> names = others.Names();
  return {names.begin(), names.end()};
}

std::string WithText(const Reading& reading, const Group& group, Index input) {
  constexpr size_t kNamed = 10;
  GroupedAuthors others;
  AddGroupedWith(reading, group, input, &others);
  std::vector<std::string> named = others.Names();
  if (named.empty()) return "";
  const size_t more = named.size() - std::min(named.size(), kNamed);
  named.resize(named.size() - more);
  return absl::StrCat(" with ", absl::StrJoin(named, ", "),
                      more == 0 ? "" : absl::StrCat(" and ", more, " more"));
}

}  // namespace liaison::views
