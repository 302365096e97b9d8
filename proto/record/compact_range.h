// The right edge of a growing tree.
#ifndef LIAISON_PROTO_RECORD_COMPACT_RANGE_H_
#define LIAISON_PROTO_RECORD_COMPACT_RANGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/record/hash.h"

namespace liaison::record {

// A CompactRange is what must be known of a tree to append to it: the roots of its perfect
// subtrees, one for each bit of its size, largest first. Value type.
class CompactRange {
 public:
  // Of the empty tree.
  CompactRange() = default;
  // REQUIRES: as many roots as `size` has bits set, largest subtree first.
  CompactRange(uint64_t size, std::vector<Hash> roots);

  uint64_t size() const { return size_; }
  // Largest first.
  const std::vector<Hash>& roots() const { return roots_; }
  // Appends a leaf to the tree and the leaf's row (see storage/tree/node_reader.h) to `row`, unless
  // that is null.
  void Append(const Hash& leaf_hash, std::string* row = nullptr);
  // Of the whole tree: one hash for each subtree but the first.
  Hash Root() const;

 private:
  uint64_t size_ = 0;
  std::vector<Hash> roots_;
};

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_COMPACT_RANGE_H_
