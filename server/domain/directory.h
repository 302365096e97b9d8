// What everybody's events refer to: topic schemes, cycles, audiences.
#ifndef LIAISON_SERVER_DOMAIN_DIRECTORY_H_
#define LIAISON_SERVER_DOMAIN_DIRECTORY_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"

namespace liaison::domain {

namespace pb = ::igf::liaison::v1;

// A Directory is what the TopicScheme, Cycle and Audience events so far say: small, for a hub has
// some hundred codes and one cycle a year. Value type; a copy handed to other threads is immutable.
class Directory {
 public:
  // True iff the topic stands in its scheme. While there is no scheme at all every topic does, and
  // `unspecified` always does.
  bool KnowsTopic(absl::string_view topic) const;
  bool HasCycles() const { return !cycles_.empty(); }
  // By name, closed ones too.
  const std::map<std::string, pb::CycleFacts, std::less<>>& cycles() const { return cycles_; }
  // nullptr where there is none.
  const pb::CycleFacts* FindCycle(absl::string_view cycle) const;
  const pb::AudienceFacts* FindAudience(absl::string_view audience) const;
  // The named groups, each in each of its versions, in which somebody is whom `organisation`
  // belongs to or is: `igf/wg-strategy@3`. In order.
  std::vector<std::string> GroupsOf(absl::string_view organisation) const;
  // The latest version of a group; 0 where there is none.
  uint32_t LatestVersion(absl::string_view group) const;

  static bool Has(pb::EventType type);
  // Takes in the facts of an event. REQUIRES: Has(header.type()).
  void Apply(const pb::EventHeader& header);

 private:
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> schemes_;
  std::map<std::string, pb::CycleFacts, std::less<>> cycles_;
  std::map<std::string, pb::AudienceFacts, std::less<>> audiences_;  // `igf/wg-strategy@3`
  std::map<std::string, uint32_t, std::less<>> versions_;
  std::map<std::string, std::set<std::string>, std::less<>> groups_;  // by member
};

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_DIRECTORY_H_
