// Who reads what: hundreds of inputs shared over the members of the MAG.
#ifndef LIAISON_SERVER_DOMAIN_READING_PLAN_H_
#define LIAISON_SERVER_DOMAIN_READING_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace liaison::domain {

struct ReadingInput {
  std::string id;
  uint64_t words = 0;
  // Somebody has said what becomes of it. It keeps its readers, so that shares stay as they are,
  // but is unread work of nobody any more, and lacks nobody.
  bool done = false;
};

struct Reader {
  std::string seat;
  std::set<std::string> conflicts;  // ids of inputs that this member declared a conflict about
  std::set<std::string> read;       // ids of inputs that this member has read
};

struct ReadingPlanArguments {
  size_t readers_per_input = 2;
  uint64_t words_per_minute = 200;
};

// What one member is to read.
struct ReadingShare {
  std::string seat;
  std::vector<std::string> inputs;  // in the order they were given; read or not
  std::vector<std::string> unread;  // of these; what is done is not among them
  uint64_t minutes_left = 0;        // for the unread ones, rounded up
};

// An input for which there are too few readers without a conflict.
struct ReadingShortfall {
  std::string input;
  size_t wanted = 0;
  size_t found = 0;
};

struct ReadingPlan {
  std::vector<ReadingShare> shares;          // one for each member, in the order they were given
  std::vector<ReadingShortfall> shortfalls;  // empty where the plan is complete
  size_t largest_share = 0;
};

// Shares the inputs over the members: `readers_per_input` different members for each, none of them
// with a conflict about it. Whoever has read an input is one of its readers. No plan with those
// readers has a smaller largest share, and the same arguments give the same plan. Where an input
// cannot have as many readers as wanted it gets all there are, and a shortfall says so.
//
// FIELD_INVALID without readers per input or words per minute, and for an id that comes twice.
absl::StatusOr<ReadingPlan> PlanReading(const std::vector<ReadingInput>& inputs,
                                        const std::vector<Reader>& members,
                                        const ReadingPlanArguments& arguments);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_READING_PLAN_H_
