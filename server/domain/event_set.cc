#include "server/domain/event_set.h"

#include <algorithm>
#include <iterator>

namespace liaison::domain {
void EventSet::Add(uint64_t sequence) {
  if (own_.empty() || own_.back() < sequence) {
    own_.push_back(sequence);
    return;
  }
  const auto at = std::lower_bound(own_.begin(), own_.end(), sequence);
  if (*at != sequence) own_.insert(at, sequence);
}

void EventSet::Lend(absl::Span<const uint64_t> run) {
  if (!run.empty()) lent_.push_back(run);
}

void EventSet::Merge(const EventSet& other) {
  if (empty()) {
    *this = other;
    return;
  }
  const std::vector<uint64_t> here = First();
  const std::vector<uint64_t> there = other.First();
  lent_.clear();
  own_.clear();
  std::set_union(here.begin(), here.end(), there.begin(), there.end(), std::back_inserter(own_));
}

size_t EventSet::size() const {
  size_t size = own_.size();
  for (absl::Span<const uint64_t> run : lent_) size += run.size();
  return size;
}

uint64_t EventSet::Last() const {
  uint64_t last = own_.empty() ? 0 : own_.back();
  for (absl::Span<const uint64_t> run : lent_) last = std::max(last, run.back());
  return last;
}

std::vector<uint64_t> EventSet::First(size_t limit) const {
  const auto take = [limit](absl::Span<const uint64_t> run) {
    return run.subspan(0, std::min(limit, run.size()));
  };
  std::vector<uint64_t> first;
  if (limit == 0) return first;
  for (uint64_t sequence : take(absl::MakeConstSpan(own_))) first.push_back(sequence);
  for (absl::Span<const uint64_t> run : lent_) {
    for (uint64_t sequence : take(run)) first.push_back(sequence);
  }
  std::sort(first.begin(), first.end());
  if (first.size() > limit) first.resize(limit);
  return first;
}

EventSet EventSet::And(const EventSet& other) const {
  const std::vector<uint64_t> here = First();
  const std::vector<uint64_t> there = other.First();
  EventSet both;
  std::set_intersection(here.begin(), here.end(), there.begin(), there.end(),
                        std::back_inserter(both.own_));
  return both;
}

EventSet EventSet::Without(const EventSet& other) const {
  const std::vector<uint64_t> here = First();
  const std::vector<uint64_t> there = other.First();
  EventSet rest;
  std::set_difference(here.begin(), here.end(), there.begin(), there.end(),
                      std::back_inserter(rest.own_));
  return rest;
}

}  // namespace liaison::domain
