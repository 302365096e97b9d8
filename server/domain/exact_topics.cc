#include "server/domain/exact_topics.h"

#include <algorithm>
#include <set>

namespace liaison::domain {

namespace pb = ::igf::liaison::v1;

ExactTopics::ExactTopics(absl::Span<const CodeMapping> crosswalk) {
  std::map<std::string, std::set<std::string>> neighbours;
  std::set<std::string> left_from;  // a mapping leads away from these
  for (const CodeMapping& mapping : crosswalk) {
    if (mapping.match != pb::CODE_MATCH_EXACT || mapping.from == mapping.to) continue;
    neighbours[mapping.from].insert(mapping.to);
    neighbours[mapping.to].insert(mapping.from);
    left_from.insert(mapping.from);
  }
  for (const auto& [start, unused] : neighbours) {
    if (name_of_.count(start) > 0) continue;
    std::set<std::string> together = {start};
    std::vector<std::string> to_visit = {start};
    while (!to_visit.empty()) {
      const std::string topic = to_visit.back();
      to_visit.pop_back();
      for (const std::string& next : neighbours[topic]) {
        if (together.insert(next).second) to_visit.push_back(next);
      }
    }
    const auto end = std::find_if(together.begin(), together.end(), [&](const std::string& topic) {
      return left_from.count(topic) == 0;
    });
    const std::string& name = end == together.end() ? *together.begin() : *end;
    for (const std::string& topic : together) name_of_[topic] = name;
    names_[name] = {together.begin(), together.end()};
  }
}

const std::string& ExactTopics::NameOf(const std::string& topic) const {
  const auto at = name_of_.find(topic);
  return at == name_of_.end() ? topic : at->second;
}

std::vector<std::string> ExactTopics::NamesOf(const std::string& topic) const {
  const auto at = names_.find(NameOf(topic));
  return at == names_.end() ? std::vector<std::string>{topic} : at->second;
}

std::vector<CodeMapping> ExactTopics::Others(absl::Span<const CodeMapping> crosswalk) const {
  std::vector<CodeMapping> others;
  for (const CodeMapping& mapping : crosswalk) {
    if (mapping.match == pb::CODE_MATCH_EXACT) continue;
    others.push_back({NameOf(mapping.from), NameOf(mapping.to), mapping.match});
  }
  return others;
}

}  // namespace liaison::domain
