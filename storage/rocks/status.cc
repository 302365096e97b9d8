#include "storage/rocks/status.h"

#include "absl/strings/str_cat.h"

namespace liaison::storage {

absl::Status FromRocks(const rocksdb::Status& status, absl::string_view what) {
  const std::string message = absl::StrCat(what, ": ", status.ToString());
  if (status.IsCorruption()) return absl::DataLossError(message);
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
  if (status.IsPathNotFound()) return absl::NotFoundError(message);
  return absl::InternalError(message);
}

}  // namespace liaison::storage
