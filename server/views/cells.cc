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
  OfCycle& cycle = cycles_[key.cycle];
  CellRow& row = key.topic == kAnyTopic ? cycle.any_topic : cycle.by_topic[key.topic];
  const auto [it, fresh] = places_.try_emplace(key, static_cast<uint32_t>(row.size()));
  if (fresh) row.push_back({key, {}});
  return &row[it->second];
}

}  // namespace liaison::views
