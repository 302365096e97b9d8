#include "server/domain/directory.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace liaison::domain {

bool Directory::KnowsTopic(absl::string_view topic) const {
  if (schemes_.empty() || topic == "unspecified") return true;
  const size_t colon = topic.find(':');
  const bool core = colon == absl::string_view::npos;
  const auto scheme = schemes_.find(core ? absl::string_view("core") : topic.substr(0, colon));
  if (scheme == schemes_.end()) return false;
  const absl::string_view code = core ? topic : topic.substr(colon + 1);
  return scheme->second.find(code) != scheme->second.end();
}

const pb::CycleFacts* Directory::FindCycle(absl::string_view cycle) const {
  auto it = cycles_.find(cycle);
  return it == cycles_.end() ? nullptr : &it->second;
}

const pb::AudienceFacts* Directory::FindAudience(absl::string_view audience) const {
  auto it = audiences_.find(audience);
  return it == audiences_.end() ? nullptr : &it->second;
}

uint32_t Directory::LatestVersion(absl::string_view group) const {
  auto it = versions_.find(group);
  return it == versions_.end() ? 0 : it->second;
}

std::vector<std::string> Directory::GroupsOf(absl::string_view organisation) const {
  std::set<std::string> groups;
  while (true) {
    if (auto it = groups_.find(organisation); it != groups_.end()) {
      groups.insert(it->second.begin(), it->second.end());
    }
    const size_t slash = organisation.rfind('/');
    if (slash == absl::string_view::npos) return {groups.begin(), groups.end()};
    organisation = organisation.substr(0, slash);
  }
}

bool Directory::Has(pb::EventType type) {
  return type == pb::EVENT_TYPE_TOPIC_SCHEME || type == pb::EVENT_TYPE_CYCLE ||
         type == pb::EVENT_TYPE_AUDIENCE;
}

void Directory::Apply(const pb::EventHeader& header) {
  if (header.type() == pb::EVENT_TYPE_TOPIC_SCHEME) {
    const pb::TopicSchemeFacts& facts = header.topic_scheme();
    schemes_[facts.scheme()] = {facts.codes().begin(), facts.codes().end()};
  } else if (header.type() == pb::EVENT_TYPE_CYCLE) {
    cycles_[header.cycle_facts().cycle_id()] = header.cycle_facts();
  } else {
    const pb::AudienceFacts& facts = header.audience_facts();
    const std::string audience = absl::StrCat(facts.group(), "@", facts.version());
    audiences_[audience] = facts;
    for (const std::string& member : facts.members()) groups_[member].insert(audience);
    uint32_t& latest = versions_[facts.group()];
    latest = std::max(latest, facts.version());
  }
}

}  // namespace liaison::domain
