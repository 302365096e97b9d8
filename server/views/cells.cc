#include "server/views/cells.h"

#include <algorithm>

namespace liaison::views {
namespace {

template <typename Number>
void Insert(Number number, std::vector<Number>* list) {
  auto at = list->end();
  // What comes is nearly always the greatest.
  if (!list->empty() && list->back() >= number) {
    at = std::lower_bound(list->begin(), list->end(), number);
    if (*at == number) return;
  }
  list->insert(at, number);
}

template <typename Number>
void Erase(Number number, std::vector<Number>* list) {
  const auto at = std::lower_bound(list->begin(), list->end(), number);
  if (at != list->end() && *at == number) list->erase(at);
}

}  // namespace

void Cells::Move(Index root, const std::optional<Counted>& before, const Counted& now) {
  const uint64_t sequence = uint64_t{root} + 1;
  if (before && before->how == Counted::How::kInCell) {
    Erase(sequence, &At(before->key)->sequences);
  }
  if (before && before->how == Counted::How::kByReader) Erase(root, &by_reader_);
  if (now.how == Counted::How::kInCell) Insert(sequence, &At(now.key)->sequences);
  if (now.how == Counted::How::kByReader) Insert(root, &by_reader_);
}

Cell* Cells::At(const CellKey& key) {
  const auto [it, fresh] = cells_.try_emplace(key);
  Cell* const cell = &it->second;
  if (fresh) {
    cell->key = key;
    all_.push_back(cell);
    of_cycle_[key.cycle].push_back(cell);
  }
  return cell;
}

const std::vector<const Cell*>& Cells::OfCycle(uint32_t cycle) const {
  static const auto& none = *new std::vector<const Cell*>();
  auto it = of_cycle_.find(cycle);
  return it == of_cycle_.end() ? none : it->second;
}

}  // namespace liaison::views
