// What the secretariat took along from one cycle into another.
#ifndef LIAISON_SERVER_VIEWS_CARRY_OVERS_H_
#define LIAISON_SERVER_VIEWS_CARRY_OVERS_H_

#include <map>
#include <set>

#include "absl/strings/string_view.h"
#include "server/views/reading.h"

namespace liaison::views {

// By the roots of what was carried. What came into a cycle and went on is in both.
struct CarryOvers {
  std::map<Index, Index> into;  // with the event that brought it
  std::set<Index> out;
};

CarryOvers CarryOversOf(const Reading& reading, absl::string_view cycle);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_CARRY_OVERS_H_
