// Near-duplicates that a person has put together.
#ifndef LIAISON_SERVER_VIEWS_GROUPS_H_
#define LIAISON_SERVER_VIEWS_GROUPS_H_

#include <vector>

#include "server/views/reading.h"

namespace liaison::views {

struct Group {
  Index root = 0;              // of the Grouping's chain
  std::vector<Index> members;  // roots of inputs that the caller may read, ascending
};

// Those that hold the input now: by their latest version, and not dissolved.
std::vector<Group> GroupsOf(const Reading& reading, Index input);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_GROUPS_H_
