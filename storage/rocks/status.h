// The one crossing from RocksDB's errors and strings to ours.
#ifndef LIAISON_STORAGE_ROCKS_STATUS_H_
#define LIAISON_STORAGE_ROCKS_STATUS_H_

#include <rocksdb/slice.h>
#include <rocksdb/status.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace liaison::storage {

// DATA_LOSS for corruption, RESOURCE_EXHAUSTED for a full disk, NOT_FOUND for a file that is not
// there, INTERNAL for the rest; `what` says what was being done. REQUIRES: !status.ok().
absl::Status FromRocks(const rocksdb::Status& status, absl::string_view what);

inline rocksdb::Slice ToSlice(absl::string_view view) { return {view.data(), view.size()}; }
inline absl::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_STATUS_H_
