// Opens the log kept in RocksDB.
#ifndef LIAISON_STORAGE_ROCKS_OPEN_H_
#define LIAISON_STORAGE_ROCKS_OPEN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/backup.h"

namespace liaison::storage {

struct OpenOptions {
  std::string data_dir;  // created where missing; one process at a time
  size_t block_cache_size_bytes = 64 << 20;
  size_t write_buffer_size_bytes = 64 << 20;  // of all column families together
  // Append takes nothing while the disk has less room than this: what is written in the background,
  // and what an operator needs to make room, still fits.
  uint64_t reserve_size_bytes = 128 << 20;
  // The operator's word that nothing is missing from a log whose head file is: it is made anew.
  bool accept_missing_head_file = false;
};

// Opens the log, or creates an empty one.
//
// FAILED_PRECONDITION where another process has it open, a newer version wrote it, or a restore
// into the folder was cut short; DATA_LOSS where the recovered head is lower than the head file
// says, or has another root, or the head file is gone: acknowledged events are or may be missing,
// and the hub must not go on as if nothing had happened. The message says what was found and what
// to do.
absl::StatusOr<std::unique_ptr<LogOnDisk>> OpenEventLog(const OpenOptions& options);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_OPEN_H_
