// The topic radar: which topics are raised by many who are independent of each other, in many
// places, and what stands behind each number.
//
// What counts is independent organisations, never messages: an organisation with 10,000 signals
// counts once, seats count as the organisation they are of, and of organisations of one kind in one
// region each further one counts less. Individuals are counted apart and lift nothing, and so is
// what is said in names that are not registered.
#ifndef LIAISON_SERVER_DOMAIN_RADAR_H_
#define LIAISON_SERVER_DOMAIN_RADAR_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "igf/liaison/v1/bodies.pb.h"
#include "igf/liaison/v1/types.pb.h"
#include "server/domain/event_set.h"
#include "server/domain/sentences.h"

namespace liaison::domain {

// Whose words an event is, not who wrote them down.
struct Contributor {
  // `org/eurodig`, or one of its seats; empty for an individual.
  std::string organisation;
  igf::liaison::v1::OrganisationKind kind = igf::liaison::v1::ORGANISATION_KIND_UNSPECIFIED;
  igf::liaison::v1::StakeholderGroup group = igf::liaison::v1::STAKEHOLDER_GROUP_UNSPECIFIED;
  igf::liaison::v1::Region region = igf::liaison::v1::REGION_UNSPECIFIED;
  // False: a name that no organisation bears now. Anybody can think of names, as many as they like.
  bool is_registered = true;
};

// A Speaker is the independent organisation that a contributor speaks as, or an individual, with
// what is known of it. Cheap to copy; thread-safe.
class Speaker {
 public:
  Speaker(Contributor contributor);  // NOLINT(google-explicit-constructor): it is one
  const Contributor& operator*() const { return *as_; }
  const Contributor* operator->() const { return as_.get(); }
  // True iff one is a copy of the other, or of what it is a copy of.
  bool SameAs(const Speaker& other) const { return as_ == other.as_; }

 private:
  std::shared_ptr<const Contributor> as_;
};

// A signal or a report on a topic.
struct Contribution {
  uint64_t sequence = 0;
  Speaker contributor;
  bool action_requested = false;
};

// Somebody's current position on a signal or report on a topic.
struct PositionOnTopic {
  uint64_t sequence = 0;
  Speaker contributor;
  igf::liaison::v1::PositionKind kind = igf::liaison::v1::POSITION_KIND_UNSPECIFIED;
  // The organisation whose words it is on, and the one that these count for, names that outlive
  // this: who agrees with themselves supports nothing.
  absl::string_view on_words_of;
  absl::string_view on_words_for;
};

// What one organisation said on one topic, or the individuals of one group and region.
struct Voice {
  explicit Voice(Speaker speaker) : contributor(std::move(speaker)) {}

  Speaker contributor;  // as the latest of its events has it
  EventSet raised;
  EventSet asked_action;  // of those raised
  EventSet supports;
  EventSet reserves;
  EventSet objects;

  uint64_t Latest() const;  // of all its events
};

// A TopicTally is all that was said on one topic in one window. It does not depend on the order in
// which it came, and adding an event again changes nothing. Tallies of several audiences are united
// by Merge. Not thread-safe.
class TopicTally {
 public:
  void Add(const Contribution& contribution);
  void Add(const PositionOnTopic& position);
  // Many signals and reports of one contributor; see EventSet::Lend. All of these cost least where
  // contributors come in order of their names, and are no more than was reserved for.
  void Lend(const Speaker& contributor, absl::Span<const uint64_t> sequences,
            bool action_requested);
  void Merge(const TopicTally& other);
  void Reserve(size_t organisations) { organisations_.reserve(organisations); }

  bool empty() const {
    return organisations_.empty() && individuals_.empty() && unregistered_.empty();
  }
  // Independent ones that are registered, in order of their names.
  absl::Span<const Voice> organisations() const { return organisations_; }
  // nullptr for one that said nothing.
  const Voice* Find(absl::string_view organisation) const;
  // By group and region: what a person said twice is not known to be by one person.
  const std::map<std::pair<int, int>, Voice>& individuals() const { return individuals_; }
  // By name.
  const std::map<std::string, Voice>& unregistered() const { return unregistered_; }

 private:
  template <typename Latest>
  Voice* VoiceOf(const Speaker& contributor, const Latest& latest);

  std::vector<Voice> organisations_;  // in order of names
  std::map<std::pair<int, int>, Voice> individuals_;
  std::map<std::string, Voice> unregistered_;
};

using Tallies = std::map<std::string, TopicTally>;  // by topic

// `from` and `to` are topics with their schemes; `to` is wider than `from` where the match is
// BROADER. Many to many, and read in both directions.
struct CodeMapping {
  std::string from;
  std::string to;
  igf::liaison::v1::CodeMatch match = igf::liaison::v1::CODE_MATCH_UNSPECIFIED;
};

// A decision that is in progress.
struct ExistingWork {
  uint64_t sequence = 0;
  std::string owner;  // `org/...`; empty where nobody is named
  std::set<std::string> topics;
};

// What the parts of a score weigh against each other. A part with weight 0 is counted and shown.
struct RadarWeights {
  double organisations = 3;
  double regions = 3;
  double stakeholder_groups = 2;
  double nris = 3;
  double actions = 1;
  double support = 1;
  double change = 1;
  double breadth = 2;
  // By default neither speaks for or against a topic: work in progress may be a reason to join it
  // or to leave it alone, and who is not there has not said that it does not matter.
  double existing_work = 0;
  double missing_voices = 0;
};

struct RadarArguments {
  RadarWeights weights;
  // Topics that say nothing.
  std::set<std::string> stop_list = {"unspecified"};
  // So many topics, of these unless there are none, are told with what is behind their numbers, and
  // the next one after each; the others have scores and counts alone.
  size_t most_explained = std::numeric_limits<size_t>::max();
  size_t passed_over = 0;  // before these
  std::set<std::string> explained;
  // How many events are named for each voice behind a number; the number of all is told as well.
  size_t events_per_voice = std::numeric_limits<size_t>::max();
};

// Its tallies are not its own.
struct RadarInput {
  const Tallies* current = nullptr;
  // Without them nothing is compared, and the part `change` is 0.
  const Tallies* previous = nullptr;
  std::vector<CodeMapping> crosswalk;
  std::vector<ExistingWork> work;
};

// Those of a count that are counted as one thing.
struct Evidence {
  // A region or group by its column, `now` or `before`, where need be `, on what it is compared
  // with`, a topic; may be empty.
  std::string as;
  std::vector<std::string> organisations;  // the first few of them
  uint64_t total_organisations = 0;
  uint64_t events = 0;
  // Ascending, at most `events_per_voice` of each of them. None of who raised the topic: theirs
  // stand with the topic's contributors, once; but of a change those of both cycles.
  std::vector<uint64_t> sequences;
};

// One of those who raised a topic.
struct RaisedBy {
  Speaker contributor;
  uint64_t events = 0;
  std::vector<uint64_t> sequences;  // ascending, at most `events_per_voice` of them
};

enum class RadarPart {
  kOrganisations,
  kRegions,
  kStakeholderGroups,
  kNris,
  kActions,
  kSupport,
  kChange,
  kBreadth,
  kExistingWork,
  kMissingVoices,
};

struct RadarPartInfo {
  RadarPart part;
  absl::string_view name;  // `stakeholder_groups`, the field of RadarWeights
  SentenceCode meaning;    // what its count is
  double RadarWeights::*weight;
};

// In the order in which RadarTopic has them. Thread-safe.
absl::Span<const RadarPartInfo> RadarParts();

// One number of a topic.
struct RadarComponent {
  RadarPart part = RadarPart::kOrganisations;
  // As it is counted: organisations, regions, decisions; the change may be negative, breadth is the
  // normalised entropy itself.
  double count = 0;
  // The count as it weighs: of organisations of one kind in one region the first counts 1, each
  // further one less. The count itself where nothing is damped.
  double weighs_as = 0;
  double of_full = 0;  // 0 to 1: how much of its weight it brings
  double points = 0;   // of the score
  std::vector<Evidence> evidence;
};

// And of names that are not registered.
struct RadarIndividuals {
  uint64_t events = 0;
  uint64_t asked_action = 0;
  uint64_t supports = 0;
  std::map<std::string, uint64_t> by_stakeholder_group;  // by column
  std::map<std::string, uint64_t> by_region;
  std::vector<uint64_t> sequences;
  uint64_t unregistered_events = 0;  // of all
  uint64_t unregistered_names = 0;
};

struct RadarTopic {
  std::string topic;
  double score = 0;        // 0 to 100: the sum of the points
  bool explained = false;  // false: numbers alone, nothing that is behind them
  std::vector<RadarComponent> components;
  std::vector<RaisedBy> contributors;  // all of them
  uint64_t events = 0;                 // of organisations, positions not among them
  // Shown, and weighing nothing: an objection is a reason to talk.
  std::vector<Evidence> reserves;
  std::vector<Evidence> objects;
  RadarIndividuals individuals;
  std::vector<std::string> missing_groups;  // columns with no organisation
  std::vector<std::string> missing_regions;
  bool compared = false;                   // with the previous cycle
  std::vector<std::string> compared_with;  // topics of the previous cycle

  const RadarComponent& component(RadarPart part) const {
    return components[static_cast<size_t>(part)];
  }
};

// The topics, best first; topics with equal scores are in order of their names. The same input
// gives the same radar, in whatever order it came. An organisation more from a region that had none
// lowers no score, whatever the weights.
//
// FIELD_INVALID, naming the weight, for one that is negative or no finite number.
absl::StatusOr<std::vector<RadarTopic>> RankTopics(const RadarInput& input,
                                                   const RadarArguments& arguments);

// What `Evidence::as` says.
std::vector<igf::liaison::v1::Sentence> CountedAs(absl::string_view as);

// Why `a` stands above `b`, in plain sentences: the whole first, then what speaks for `a`, then
// what speaks for `b`, each the heaviest first; last what was not counted. REQUIRES: both are of
// one radar, `a` before `b`.
std::vector<igf::liaison::v1::Sentence> Explain(const RadarTopic& a, const RadarTopic& b);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_RADAR_H_
