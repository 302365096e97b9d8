// Near-duplicates that a person has put together.
#ifndef LIAISON_SERVER_VIEWS_GROUPS_H_
#define LIAISON_SERVER_VIEWS_GROUPS_H_

#include <set>
#include <string>
#include <vector>

#include "server/views/reading.h"

namespace liaison::views {

struct Group {
  Index root = 0;              // of the Grouping's chain
  std::vector<Index> members;  // roots of inputs that the caller may read, ascending
};

// Whose words the others are, those that are taken back left out, and the contributor's own; `an
// individual` for whoever speaks for themselves.
std::set<std::string> GroupedWith(const Reading& reading, const Group& group, Index input);

// ` with org/a, org/b and 3 more`; empty for nobody.
std::string WithText(const std::set<std::string>& others);

// Those that hold the input now: by their latest version, and not dissolved.
std::vector<Group> GroupsOf(const Reading& reading, Index input);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_GROUPS_H_
