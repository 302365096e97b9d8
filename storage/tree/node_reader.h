// Where the nodes of a tree are kept.
//
// Row n holds the hash of leaf n followed by the root of each perfect subtree that leaf n
// completes, smallest first: 32 * (1 + trailing ones of n) bytes. A node never changes once it is
// there, so rows are only ever added, and every earlier tree can still be read.
#ifndef LIAISON_STORAGE_TREE_NODE_READER_H_
#define LIAISON_STORAGE_TREE_NODE_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "proto/record/hash.h"

namespace liaison::storage {

// Root of the perfect subtree over leaves [index << level, (index + 1) << level).
struct Node {
  int level = 0;
  uint64_t index = 0;

  friend bool operator==(const Node& a, const Node& b) {
    return a.level == b.level && a.index == b.index;
  }
};

// The leaf that completes the node: the row it stands in.
inline uint64_t RowOf(const Node& node) { return ((node.index + 1) << node.level) - 1; }
inline size_t OffsetInRow(const Node& node) {
  return record::kHashSizeBytes * static_cast<size_t>(node.level);
}

// A NodeReader yields rows of one tree. Thread-safe.
class NodeReader {
 public:
  virtual ~NodeReader() = default;
  // Sets `rows` to the bytes of each row asked for, in that order. DATA_LOSS where one is missing.
  virtual absl::Status ReadRows(absl::Span<const uint64_t> indexes,
                                std::vector<std::string>* rows) const = 0;
};

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_TREE_NODE_READER_H_
