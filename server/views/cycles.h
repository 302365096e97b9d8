// Cycles as they stand.
#ifndef LIAISON_SERVER_VIEWS_CYCLES_H_
#define LIAISON_SERVER_VIEWS_CYCLES_H_

#include <functional>
#include <map>
#include <string>

#include "server/views/reading.h"

namespace liaison::views {

// FIELD_INVALID for a cycle that nobody has opened and in which nobody said anything: a slip of the
// pen is no empty list.
absl::Status CheckCycle(const Reading& reading, absl::string_view cycle,
                        absl::string_view field = "cycle");
// Its latest version; nullptr where there is none. Lives as long as the reading.
const pb::CycleFacts* FindCycle(const Reading& reading, absl::string_view cycle);
// In their latest versions, by name. They live as long as the reading.
using Cycles = std::map<std::string, const pb::CycleFacts*, std::less<>>;
Cycles CyclesOf(const Reading& reading);
// The first day of its first phase; empty where it has none.
std::string BeginOf(const pb::CycleFacts& cycle);
// Of those that began earlier the one that began last; of those that have no phases the last in
// order of name. Empty where there is none.
std::string CycleBefore(const Reading& reading, absl::string_view cycle);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_CYCLES_H_
