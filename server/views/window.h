// Which inputs a question is about.
#ifndef LIAISON_SERVER_VIEWS_WINDOW_H_
#define LIAISON_SERVER_VIEWS_WINDOW_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "igf/liaison/v1/radar_service.pb.h"
#include "server/domain/exact_topics.h"
#include "server/domain/radar.h"
#include "server/views/reading.h"

namespace liaison::views {

// A Window that has been found valid.
struct Scope {
  std::string cycle;     // empty: of any
  Index begin = 0;       // the first event of it
  Index end = 0;         // the first beyond it
  bool bounded = false;  // by days, or by what the reading is held to; else it is everything
  pb::Window window;     // as it is shown
};

// Without cycle and days: the open cycle that today is in, or that began last, or everything where
// there is none.
// FIELD_INVALID, naming window.cycle or the day, for what is none.
absl::StatusOr<Scope> ScopeOf(const Reading& reading, const pb::Window& window);
// All of a cycle.
Scope ScopeOfCycle(const Reading& reading, const std::string& cycle);

// The cell's inputs of that time.
absl::Span<const uint64_t> Within(const Scope& scope, const Cell& cell);
// True iff the input, by its root, is of the cycle and the time, as the caller sees it.
bool Within(const Reading& reading, const Scope& scope, Index root);

// Of the cells' inputs of that time those after `after`, at most the first so many of all,
// ascending.
std::vector<uint64_t> FirstOf(const Scope& scope, const CellList& cells, uint64_t after,
                              size_t most);

// The cells of a topic with these names, and its inputs of that time that are in none.
CellList CellsOn(const Reading& reading, const Scope& scope, const std::vector<std::string>& names);
std::vector<Index> InputsByReaderOn(const Reading& reading, const Scope& scope,
                                    const std::vector<std::string>& names);

// For whom it counts where topics and voices are counted: whose words they are. Words that a
// partner writes down for another organisation count as the partner's own, or one could speak in
// ten names; the secretariat writes them down for those who never enrol. Empty: an individual.
const std::string& CountsFor(const Reading& reading, const Voice& voice);
// Now, and not retired: itself, or the organisation that it is a desk of.
bool IsRegistered(const Reading& reading, const std::string& organisation);
// The same with what the registry has of them now.
domain::Contributor ContributorOf(const Reading& reading, const Voice& voice);

// What was said on each topic, by its one name: signals, reports and current positions on them.
// What it lends lives as long as the reading.
enum class OnTopics { kInputsAndPositions, kInputs };
domain::Tallies TalliesOf(const Reading& reading, const Scope& scope,
                          const domain::ExactTopics& exact,
                          OnTopics what = OnTopics::kInputsAndPositions);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_WINDOW_H_
