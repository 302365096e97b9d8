#include "storage/rocks/tree_rows.h"

#include "absl/strings/str_cat.h"
#include "storage/rocks/status.h"

namespace liaison::storage {

absl::Status TreeRows::ReadRows(absl::Span<const uint64_t> indexes,
                                std::vector<std::string>* rows) const {
  rows->assign(indexes.size(), std::string());
  if (indexes.empty()) return absl::OkStatus();
  std::vector<std::string> numbers;
  numbers.reserve(indexes.size());
  std::vector<rocksdb::Slice> keys;
  for (uint64_t index : indexes) {
    numbers.push_back(NumberKey(index));
    keys.emplace_back(numbers.back());
  }
  std::vector<rocksdb::PinnableSlice> values(indexes.size());
  std::vector<rocksdb::Status> statuses(indexes.size());
  database_.rocks()->MultiGet(rocksdb::ReadOptions(), database_.family(family_), keys.size(),
                              keys.data(), values.data(), statuses.data());
  for (size_t i = 0; i < indexes.size(); ++i) {
    if (statuses[i].IsNotFound()) {
      return absl::DataLossError(absl::StrCat("row ", indexes[i], " of the tree is missing"));
    }
    if (!statuses[i].ok()) return FromRocks(statuses[i], "cannot read the tree");
    (*rows)[i].assign(values[i].data(), values[i].size());
  }
  return absl::OkStatus();
}

}  // namespace liaison::storage
