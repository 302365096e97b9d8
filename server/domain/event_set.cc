#include "server/domain/event_set.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace liaison::domain {
namespace {

struct ByPlace {
  bool operator()(absl::Span<const uint64_t> a, absl::Span<const uint64_t> b) const {
    return std::less<>()(a.data(), b.data());
  }
};

}  // namespace

void EventSet::Add(uint64_t sequence) {
  if (own_.empty() || own_.back() < sequence) {
    own_.push_back(sequence);
    return;
  }
  const auto at = std::lower_bound(own_.begin(), own_.end(), sequence);
  if (*at != sequence) own_.insert(at, sequence);
}

void EventSet::Lend(absl::Span<const uint64_t> run) {
  if (run.empty()) return;
  const auto at = std::lower_bound(lent_.begin(), lent_.end(), run, ByPlace());
  if (at == lent_.end() || at->data() != run.data()) lent_.insert(at, run);
}

void EventSet::Merge(const EventSet& other) {
  for (uint64_t sequence : other.own_) Add(sequence);
  for (absl::Span<const uint64_t> run : other.lent_) Lend(run);
}

size_t EventSet::size() const {
  size_t size = own_.size();
  for (absl::Span<const uint64_t> run : lent_) size += run.size();
  return size;
}

std::vector<uint64_t> EventSet::First(size_t limit) const {
  const auto take = [limit](absl::Span<const uint64_t> run) {
    return run.subspan(0, std::min(limit, run.size()));
  };
  std::vector<uint64_t> first;
  for (uint64_t sequence : take(own_)) first.push_back(sequence);
  for (absl::Span<const uint64_t> run : lent_) {
    for (uint64_t sequence : take(run)) first.push_back(sequence);
  }
  std::sort(first.begin(), first.end());
  if (first.size() > limit) first.resize(limit);
  return first;
}

EventSet EventSet::And(const EventSet& other) const {
  EventSet both;
  std::set_intersection(own_.begin(), own_.end(), other.own_.begin(), other.own_.end(),
                        std::back_inserter(both.own_));
  std::set_intersection(lent_.begin(), lent_.end(), other.lent_.begin(), other.lent_.end(),
                        std::back_inserter(both.lent_), ByPlace());
  return both;
}

EventSet EventSet::Without(const EventSet& other) const {
  EventSet rest;
  std::set_difference(own_.begin(), own_.end(), other.own_.begin(), other.own_.end(),
                      std::back_inserter(rest.own_));
  std::set_difference(lent_.begin(), lent_.end(), other.lent_.begin(), other.lent_.end(),
                      std::back_inserter(rest.lent_), ByPlace());
  return rest;
}

}  // namespace liaison::domain
