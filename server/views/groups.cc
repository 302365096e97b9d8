#include "server/views/groups.h"

#include <algorithm>
#include <set>

#include "server/domain/sentences.h"

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
      others->organisations.emplace(voice.contributor,
                                    voice.contributor == voice.author ? "" : voice.author);
    }
  }
}

std::vector<pb::Sentence> GroupedAuthors::Names() const {
  std::vector<pb::Sentence> names;
  for (const auto& [organisation, recorder] : organisations) {
    names.push_back(
        recorder.empty()
            ? domain::AsItIs(organisation)
            : domain::Say("who.recorded").With("who", organisation).With("by", recorder));
  }
  for (const auto& [recorder, inputs] : individuals) {
    names.push_back(domain::Say("who.recorded")
                        .With("who", domain::Say("who.individuals").With("n", inputs.size()))
                        .With("by", recorder));
  }
  return names;
}

std::vector<pb::Sentence> SomeGroupedWith(const Reading& reading, const Group& group, Index input) {
  constexpr size_t kNamed = 10;
  GroupedAuthors others;
  AddGroupedWith(reading, group, input, &others);
  std::vector<pb::Sentence> named = others.Names();
  if (named.size() <= kNamed) return named;
  const uint64_t more = named.size() - kNamed;
  named.resize(kNamed);
  return {domain::Say("list.and_more").With("list", std::move(named)).With("n", more)};
}

}  // namespace liaison::views
