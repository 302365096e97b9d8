// Inputs, sorted by what counts of them.
#ifndef LIAISON_SERVER_VIEWS_CELLS_H_
#define LIAISON_SERVER_VIEWS_CELLS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"

namespace liaison::views {

// Place of an event in the ledger: sequence - 1.
using Index = uint32_t;

// What counts of an input: the numbers are the ledger's.
struct CellKey {
  uint32_t cycle = 0;
  uint32_t voice = 0;
  uint32_t topics = 0;
  bool asks_action = false;

  friend bool operator==(const CellKey& a, const CellKey& b) {
    return a.cycle == b.cycle && a.voice == b.voice && a.topics == b.topics &&
           a.asks_action == b.asks_action;
  }
  template <typename H>
  friend H AbslHashValue(H h, const CellKey& key) {
    return H::combine(std::move(h), key.cycle, key.voice, key.topics, key.asks_action);
  }
};

struct Cell {
  CellKey key;
  std::vector<uint64_t> sequences;  // of the roots, ascending
};

// What a chain is to everybody who may read its root.
struct Counted {
  enum class How {
    kInCell,
    kNot,       // retracted
    kByReader,  // not one and the same: versions or a retraction that not all of them may read
  };
  How how = How::kInCell;
  CellKey key;
};

// Cells hold every input under what counts of it, so that whoever counts looks at a cell instead of
// at each of its inputs. All inputs of a cell have one author and one audience: a reader may read
// all of them or none. Thread-compatible.
class Cells {
 public:
  // The chain counted as `before`, if it was there, and counts as `now`.
  void Move(Index root, const std::optional<Counted>& before, const Counted& now);

  // Some may be empty. References stay valid.
  const std::vector<const Cell*>& all() const { return all_; }
  const std::vector<const Cell*>& OfCycle(uint32_t cycle) const;
  // Chains whose readers do not all see the same of them, ascending.
  const std::vector<Index>& by_reader() const { return by_reader_; }

 private:
  Cell* At(const CellKey& key);

  absl::node_hash_map<CellKey, Cell> cells_;
  std::vector<const Cell*> all_;
  absl::flat_hash_map<uint32_t, std::vector<const Cell*>> of_cycle_;
  std::vector<Index> by_reader_;
};

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_CELLS_H_
