// Decisions: where they stand, on what they rest, what they lack.
#ifndef LIAISON_SERVER_VIEWS_DECISIONS_H_
#define LIAISON_SERVER_VIEWS_DECISIONS_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/views/reading.h"

namespace liaison::views {

// The current position on something of an organisation, or of an individual.
struct CurrentPosition {
  Index event = 0;
  std::string organisation;  // empty: an individual's
  std::string key;           // of pages: by organisation, individuals last
};

// What a decision has come to.
struct DecisionNow {
  Index decision = 0;
  pb::DecisionFacts facts;       // all that its versions say together
  std::set<std::string> cycles;  // its own, and those it was carried into
  std::optional<Index> outcome;  // the last that was not taken back since
};
DecisionNow NowOf(const Reading& reading, Index decision);
// Decisions of the cycle, or carried into it; all where it is empty.
std::vector<DecisionNow> DecisionsNow(const Reading& reading, absl::string_view cycle);
pb::DecisionState StateOf(const Reading& reading, Index decision);
// All that its versions say together.
pb::DecisionFacts FactsOf(const Reading& reading, Index decision);
// By organisation, then those of individuals, each chain one; those that were withdrawn or taken
// back are left out.
std::vector<CurrentPosition> Positions(const Reading& reading, Index target);
// The latest of that type that reports on the decision. Where the last outcome was taken back there
// is none, whatever it had corrected.
std::optional<Index> LatestReport(const Reading& reading, Index decision, pb::EventType type);
// Inputs and groupings that any version considers, and what is in those groupings.
std::set<Index> Considered(const Reading& reading, Index decision);
// The same the other way round: decisions that are not taken back.
std::set<Index> ConsideredBy(const Reading& reading, Index input);
// By the names that a refusal has for them; nothing once it is adopted. Objections that the caller
// may not read are none.
std::vector<std::string> MissingForAdoption(const Reading& reading, const DecisionNow& now);
// The version that says why the decision stands where it does: it was adopted, deferred, declined
// or withdrawn for those reasons. nullopt before that, and where none were given.
absl::StatusOr<std::optional<Index>> VersionWithReasons(const Reading& reading, Index decision);
// Brief: without the lists of inputs, positions and versions.
absl::StatusOr<pb::DecisionView> ToProto(const Reading& reading, const DecisionNow& now,
                                         bool brief = false);

// Adopted and not done.
bool IsBeingDone(pb::DecisionState state);
bool IsUnfinished(pb::DecisionState state);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_DECISIONS_H_
