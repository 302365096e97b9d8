// Cycles as they stand.
#ifndef LIAISON_SERVER_VIEWS_CYCLES_H_
#define LIAISON_SERVER_VIEWS_CYCLES_H_

#include <string>

#include "server/views/reading.h"

namespace liaison::views {

// FIELD_INVALID for a cycle that nobody has opened and in which nobody said anything: a slip of the
// pen is no empty list.
absl::Status CheckCycle(const Reading& reading, absl::string_view cycle,
                        absl::string_view field = "cycle");
// Its latest version; nullptr where there is none. Lives as long as the reading.
const pb::CycleFacts* FindCycle(const Reading& reading, absl::string_view cycle);
// The last before it in order of name; empty where there is none.
std::string CycleBefore(const Reading& reading, absl::string_view cycle);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_CYCLES_H_
