#include "storage/rocks/open.h"

#include "storage/rocks/rocks_event_log.h"

namespace liaison::storage {

absl::StatusOr<std::unique_ptr<LogOnDisk>> OpenEventLog(const OpenOptions& options) {
  return RocksEventLog::Open(options, rocksdb::Env::Default());
}

}  // namespace liaison::storage
