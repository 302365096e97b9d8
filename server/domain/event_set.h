// Sequences of events that stand behind a number.
#ifndef LIAISON_SERVER_DOMAIN_EVENT_SET_H_
#define LIAISON_SERVER_DOMAIN_EVENT_SET_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/container/inlined_vector.h"
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
  uint64_t Last() const;  // 0 where it is empty
  // Ascending; at most so many.
  std::vector<uint64_t> First(size_t limit = std::numeric_limits<size_t>::max()) const;

  EventSet And(const EventSet& other) const;
  EventSet Without(const EventSet& other) const;

 private:
  absl::InlinedVector<uint64_t, 2> own_;  // ascending
  // None is empty, none shares anything; mostly there is one.
  absl::InlinedVector<absl::Span<const uint64_t>, 1> lent_;
};

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_EVENT_SET_H_
