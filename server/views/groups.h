// Near-duplicates that a person has put together.
#ifndef LIAISON_SERVER_VIEWS_GROUPS_H_
#define LIAISON_SERVER_VIEWS_GROUPS_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "igf/liaison/v1/sentence.pb.h"
#include "server/views/reading.h"

namespace liaison::views {

struct Group {
  Index root = 0;              // of the Grouping's chain
  std::vector<Index> members;  // roots of inputs that the caller may read, ascending
};

// Whose words the others of a group are.
struct GroupedAuthors {
  // Whose words they are, and who wrote them down where somebody else did.
  std::set<std::pair<std::string, std::string>> organisations;
  // Inputs of people who speak for themselves, by who wrote them down.
  std::map<std::string, std::set<Index>> individuals;

  // `org/a`, `org/b (recorded by org/c)`, `3 individuals (recorded by org/c)`.
  std::vector<pb::Sentence> Names() const;
};

// Adds the authors of its other members; those that are taken back are left out, and the
// contributor's own.
void AddGroupedWith(const Reading& reading, const Group& group, Index input,
                    GroupedAuthors* others);

// `org/a, org/b and 3 more`, of one group; nothing for nobody.
std::vector<pb::Sentence> SomeGroupedWith(const Reading& reading, const Group& group, Index input);

// Those that hold the input now: by their latest version, and not dissolved.
std::vector<Group> GroupsOf(const Reading& reading, Index input);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_GROUPS_H_
