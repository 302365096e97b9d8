// A tree's rows in memory, and leaves to fill it with.
#ifndef LIAISON_TESTS_UNIT_STORAGE_TREE_MEMORY_ROWS_H_
#define LIAISON_TESTS_UNIT_STORAGE_TREE_MEMORY_ROWS_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/compact_range.h"
#include "storage/tree/node_reader.h"

namespace liaison::storage {

class MemoryRows final : public NodeReader {
 public:
  void Append(const record::Hash& leaf_hash) {
    leaf_hashes_.push_back(leaf_hash);
    range_.Append(leaf_hash, &rows_.emplace_back());
  }
  void AppendLeaves(int count) {
    for (int i = 0; i < count; ++i) Append(record::LeafHash(absl::StrCat("leaf ", rows_.size())));
  }
  void CutRow(uint64_t index) { rows_[index].resize(rows_[index].size() - 1); }

  absl::Status ReadRows(absl::Span<const uint64_t> indexes,
                        std::vector<std::string>* rows) const override {
    rows->clear();
    for (uint64_t index : indexes) {
      if (index >= rows_.size()) return absl::DataLossError("no such row");
      rows->push_back(rows_[index]);
    }
    return absl::OkStatus();
  }

  const record::CompactRange& range() const { return range_; }
  const std::vector<record::Hash>& leaf_hashes() const { return leaf_hashes_; }
  const std::string& row(uint64_t index) const { return rows_[index]; }

 private:
  record::CompactRange range_;
  std::vector<record::Hash> leaf_hashes_;
  std::vector<std::string> rows_;
};

}  // namespace liaison::storage

#endif  // LIAISON_TESTS_UNIT_STORAGE_TREE_MEMORY_ROWS_H_
