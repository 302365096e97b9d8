#include "server/views/carry_overs.h"

#include <optional>

namespace liaison::views {

CarryOvers CarryOversOf(const Reading& reading, absl::string_view cycle) {
  CarryOvers found;
  for (Index index : reading.OfType(pb::EVENT_TYPE_CARRY_OVER)) {
    const pb::EventHeader& header = reading.Header(index);
    const bool in = header.carry_over().to_cycle() == cycle;
    const bool out = header.carry_over().from_cycle() == cycle;
    if ((!in && !out) || reading.Retracted(index)) continue;
    for (const pb::Reference& reference : header.references()) {
      if (reference.relation() != pb::RELATION_CARRIES_OVER) continue;
      const std::optional<Index> item = reading.FindQuietly(reference.digest());
      if (!item || !reading.May(reading.RootOf(*item))) continue;
      const Index root = reading.RootOf(*item);
      if (out) {
        found.out.insert(root);
      } else {
        found.into.try_emplace(root, index);  // said again, it comes no second time
        found.out.erase(root);
      }
    }
  }
  return found;
}

}  // namespace liaison::views
