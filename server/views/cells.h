// Inputs, sorted by what counts of them.
#ifndef LIAISON_SERVER_VIEWS_CELLS_H_
#define LIAISON_SERVER_VIEWS_CELLS_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"

namespace liaison::views {

// Place of an event in the ledger: sequence - 1.
using Index = uint32_t;

// A cell that holds inputs whatever their topics.
inline constexpr uint32_t kAnyTopic = std::numeric_limits<uint32_t>::max();

// What all inputs of a cell have in common: the numbers are the ledger's.
struct CellKey {
  uint32_t cycle = 0;
  uint32_t topic = kAnyTopic;
  uint32_t voice = 0;
  bool asks_action = false;  // by topic only
  bool disposed = false;     // of any topic only

  friend bool operator==(const CellKey& a, const CellKey& b) {
    return a.cycle == b.cycle && a.topic == b.topic && a.voice == b.voice &&
           a.asks_action == b.asks_action && a.disposed == b.disposed;
  }
  template <typename H>
  friend H AbslHashValue(H h, const CellKey& key) {
    return H::combine(std::move(h), key.cycle, key.topic, key.voice, key.asks_action, key.disposed);
  }
};

struct Cell {
  CellKey key;
  std::vector<uint64_t> sequences;  // of the roots, ascending
};

// What a chain is to everybody who may read its root.
struct Counted {
  enum class How {
    kInCells,
    kNot,       // retracted
    kByReader,  // not one and the same: something that not all of them may read changes it, or it
                // was carried over, so that it is of several cycles
  };
  How how = How::kInCells;
  uint32_t cycle = 0;
  uint32_t voice = 0;
  absl::Span<const uint32_t> topics;  // lives as long as the cells
  bool asks_action = false;
  bool disposed = false;
};

// Side by side, so that looking at all of them is quick.
using CellRow = std::vector<Cell>;
using CellList = std::vector<const Cell*>;

// Cells hold every input under what counts of it, once for each of its topics and once for all, so
// that whoever counts looks at a cell instead of at each of its inputs. All inputs of a cell have
// one author and one audience: a reader may read all of them or none. Thread-compatible.
class Cells {
 public:
  struct OfCycle {
    CellRow any_topic;
    absl::flat_hash_map<uint32_t, CellRow> by_topic;
  };

  // The chain counted as `before`, if it was there, and counts as `now`.
  void Move(Index root, const std::optional<Counted>& before, const Counted& now);

  // Some cells may be empty.
  const absl::flat_hash_map<uint32_t, OfCycle>& cycles() const { return cycles_; }
  // Chains whose readers do not all see the same of them, ascending.
  const std::vector<Index>& by_reader() const { return by_reader_; }

 private:
  // All cells that it is in.
  template <typename Change>
  void ForEach(const Counted& counted, const Change& change);
  Cell* At(const CellKey& key);

  absl::flat_hash_map<CellKey, uint32_t> places_;  // in their rows
  absl::flat_hash_map<uint32_t, OfCycle> cycles_;
  std::vector<Index> by_reader_;
};

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_CELLS_H_
