#include "server/views/cells.h"

#include "server/views/sorted_list.h"

namespace liaison::views {

template <typename Change>
void Cells::ForEach(const Counted& counted, const Change& change) {
  CellKey key{counted.cycle, kAnyTopic, counted.voice, false, counted.disposed};
  change(At(key));
  key.disposed = false;
  key.asks_action = counted.asks_action;
  for (uint32_t topic : counted.topics) {
    key.topic = topic;
    change(At(key));
  }
}

void Cells::Move(Index root, const std::optional<Counted>& before, const Counted& now) {
  const uint64_t sequence = uint64_t{root} + 1;
  if (before && before->how == Counted::How::kInCells) {
    ForEach(*before, [sequence](Cell* cell) { Erase(sequence, &cell->sequences); });
  }
  if (before && before->how == Counted::How::kByReader) Erase(root, &by_reader_);
  if (now.how == Counted::How::kInCells) {
    ForEach(now, [sequence](Cell* cell) { Insert(sequence, &cell->sequences); });
  }
  if (now.how == Counted::How::kByReader) Insert(root, &by_reader_);
}

Cell* Cells::At(const CellKey& key) {
  const auto [it, fresh] = cells_.try_emplace(key);
  Cell* const cell = &it->second;
  if (fresh) {
    cell->key = key;
    OfCycle& cycle = cycles_[key.cycle];
    (key.topic == kAnyTopic ? cycle.any_topic : cycle.by_topic[key.topic]).push_back(cell);
  }
  return cell;
}

}  // namespace liaison::views
