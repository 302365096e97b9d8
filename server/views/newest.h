// The newest of many ascending lists, at the cost of what is taken.
#ifndef LIAISON_SERVER_VIEWS_NEWEST_H_
#define LIAISON_SERVER_VIEWS_NEWEST_H_

#include <cstddef>
#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace liaison::views {

// At most `most`, newest first. Runs are of sequences, ascending; none is in two of them.
inline std::vector<uint64_t> Newest(std::vector<absl::Span<const uint64_t>> runs, size_t most) {
  std::priority_queue<std::pair<uint64_t, size_t>> next;  // the newest that is left of each run
  for (size_t run = 0; run < runs.size(); ++run) {
    if (!runs[run].empty()) next.emplace(runs[run].back(), run);
  }
  std::vector<uint64_t> newest;
  while (!next.empty() && newest.size() < most) {
    const auto [sequence, run] = next.top();
    next.pop();
    newest.push_back(sequence);
    runs[run].remove_suffix(1);
    if (!runs[run].empty()) next.emplace(runs[run].back(), run);
  }
  return newest;
}

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_NEWEST_H_
