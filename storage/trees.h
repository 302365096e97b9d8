// The two Merkle trees of a log, for whoever proves and signs.
#ifndef LIAISON_STORAGE_TREES_H_
#define LIAISON_STORAGE_TREES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace liaison::storage {

class LogOnDisk;

enum class Tree { kLog, kRegistry };

// A TreeStore yields the rows of a log's trees (tree/node_reader.h). Thread-safe.
class TreeStore {
 public:
  virtual ~TreeStore() = default;
  // Sets `rows` to the rows of these leaves, in that order. OUT_OF_RANGE beyond the tree as it is,
  // DATA_LOSS where one is missing.
  virtual absl::Status ReadTreeRows(Tree tree, absl::Span<const uint64_t> indexes,
                                    std::vector<std::string>* rows) const = 0;
};

// Of a log that OpenEventLog has opened; it lives as long as that.
const TreeStore& TreesOf(const LogOnDisk& log);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_TREES_H_
