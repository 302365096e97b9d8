// Sequences of events that stand behind a number.
#ifndef LIAISON_SERVER_DOMAIN_EVENT_SET_H_
#define LIAISON_SERVER_DOMAIN_EVENT_SET_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/types/span.h"

namespace liaison::domain {

// An EventSet holds sequences of its own, one by one, and runs of them that are lent to it, so that
// a hundred thousand events cost as little as one. Value type; copies share what is lent.
class EventSet {
 public:
  void Add(uint64_t sequence);
  // `run` is ascending, outlives the set, and has nothing in common with what is there already.
  void Lend(absl::Span<const uint64_t> run);
  // Whatever is in both counts once.
  void Merge(const EventSet& other);

  bool empty() const { return own_.empty() && lent_.empty(); }
  size_t size() const;
  // Ascending; at most so many.
  std::vector<uint64_t> First(size_t limit = std::numeric_limits<size_t>::max()) const;

  EventSet And(const EventSet& other) const;
  EventSet Without(const EventSet& other) const;

 private:
  std::vector<uint64_t> own_;                     // ascending
  std::vector<absl::Span<const uint64_t>> lent_;  // none is empty, none shares anything
};

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_EVENT_SET_H_
