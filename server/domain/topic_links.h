// Which topics belong together: raised by the same independent organisations more often than chance
// has it, with the evidence, and why it is no coincidence.
#ifndef LIAISON_SERVER_DOMAIN_TOPIC_LINKS_H_
#define LIAISON_SERVER_DOMAIN_TOPIC_LINKS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/radar.h"
#include "server/domain/sentences.h"
#include "server/domain/stop_list.h"
#include "server/domain/words.h"

namespace liaison::domain {

// Pairs of topics that are looked at; of more than these the rarer topics' come first.
inline constexpr size_t kMaxLinkedPairs = 200'000;

struct TopicLinkArguments {
  // So many independent organisations raise both, at least. From 1.
  size_t fewest_organisations = 3;
  // How likely as many would raise both, if each had raised its topics at random; at most. Above 0,
  // at most 1.
  double most_chance = 0.01;
  // Whoever raises more topics than this says nothing about any two of them. From 2.
  size_t most_topics = 12;
};

struct LinkEvidence {
  std::string organisation;
  std::string region;  // column
  // The first few of each.
  std::vector<uint64_t> together;  // events that name both
  std::vector<uint64_t> of_first;  // of the others, those that name the first
  std::vector<uint64_t> of_second;
};

struct TopicLink {
  std::string first;  // in order of their names
  std::string second;
  // Normalised pointwise mutual information over organisations: 0 as chance has it, 1 where nobody
  // raises one without the other.
  double strength = 0;
  double chance = 0;    // that as many or more raise both
  double expected = 0;  // how many would, by chance
  size_t both = 0;      // independent organisations
  size_t together = 0;  // of them, in one and the same event
  size_t raise_first = 0;
  size_t raise_second = 0;
  size_t of = 0;  // organisations that raise anything
  std::vector<LinkEvidence> evidence;
};

// What is not linked, and why.
struct LeftOut {
  std::string name;  // a topic, or an organisation
  igf::liaison::v1::Sentence why;
};

struct TopicLinks {
  std::vector<TopicLink> links;  // the least likely by chance first
  std::vector<LeftOut> left_out;
  bool complete = true;  // false: there were more than kMaxLinkedPairs
};

// Links between the topics of one window. `labels` are the topics' words; a topic whose words all
// stand in the stop list is linked to nothing. Without a label the code itself is looked at.
// Individuals link nothing: nobody knows which of them are one. The same arguments give the same
// links.
//
// FIELD_INVALID for an argument out of its bounds.
absl::StatusOr<TopicLinks> LinkTopics(const Tallies& tallies,
                                      const std::map<std::string, std::string>& labels,
                                      const StopList& stop_list, WordSplitter* splitter,
                                      const TopicLinkArguments& arguments);

// Why this is no coincidence.
std::vector<igf::liaison::v1::Sentence> Explain(const TopicLink& link);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_TOPIC_LINKS_H_
