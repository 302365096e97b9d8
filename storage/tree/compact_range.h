// The right edge of a growing tree.
#ifndef LIAISON_STORAGE_TREE_COMPACT_RANGE_H_
#define LIAISON_STORAGE_TREE_COMPACT_RANGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/record/hash.h"

namespace liaison::storage {

// A CompactRange is what must be known of a tree to append to it: the roots of its perfect
// subtrees, one for each bit of its size, largest first. Value type.
class CompactRange {
 public:
  // Of the empty tree.
  CompactRange() = default;
  // REQUIRES: as many roots as `size` has bits set, largest subtree first.
  CompactRange(uint64_t size, std::vector<record::Hash> roots);

  uint64_t size() const { return size_; }
  // Appends a leaf to the tree and the leaf's row (see NodeReader) to `row`.
  void Append(const record::Hash& leaf_hash, std::string* row);
  // Of the whole tree: one hash for each subtree but the first.
  record::Hash Root() const;

 private:
  uint64_t size_ = 0;
  std::vector<record::Hash> roots_;
};

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_TREE_COMPACT_RANGE_H_
