// The oldest of many ascending lists, at the cost of what is taken.
#ifndef LIAISON_SERVER_VIEWS_OLDEST_H_
#define LIAISON_SERVER_VIEWS_OLDEST_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace liaison::views {

// At most `most`, oldest first. What is in several runs is taken once.
inline std::vector<uint64_t> Oldest(std::vector<absl::Span<const uint64_t>> runs, size_t most) {
  using Next = std::pair<uint64_t, size_t>;  // the oldest that is left of each run
  std::priority_queue<Next, std::vector<Next>, std::greater<>> next;
  for (size_t run = 0; run < runs.size(); ++run) {
    if (!runs[run].empty()) next.emplace(runs[run].front(), run);
  }
  std::vector<uint64_t> oldest;
  while (!next.empty()) {
    const auto [sequence, run] = next.top();
    next.pop();
    if (oldest.empty() || oldest.back() != sequence) {
      if (oldest.size() == most) break;
      oldest.push_back(sequence);
    }
    runs[run].remove_prefix(1);
    if (!runs[run].empty()) next.emplace(runs[run].front(), run);
  }
  return oldest;
}

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_OLDEST_H_
