// Rows of a tree, from a column family.
#ifndef LIAISON_STORAGE_ROCKS_TREE_ROWS_H_
#define LIAISON_STORAGE_ROCKS_TREE_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "storage/format/keys.h"
#include "storage/rocks/database.h"
#include "storage/tree/node_reader.h"

namespace liaison::storage {

// TreeRows reads one of the two trees. Thread-safe. The database must outlive it.
class TreeRows final : public NodeReader {
 public:
  TreeRows(const Database& database, Family family) : database_(database), family_(family) {}

  absl::Status ReadRows(absl::Span<const uint64_t> indexes,
                        std::vector<std::string>* rows) const override;

 private:
  const Database& database_;
  const Family family_;
};

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_TREE_ROWS_H_
