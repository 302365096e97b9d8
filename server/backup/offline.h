// What is done with backups while no hub runs: the commands `liaisond verify-backup` and
// `liaisond restore`.
//
// They write JSON, one line each, to standard output: {"progress":...} where that is asked for, and
// at the end what was found or {"error":...}. `liaison admin` shows it to people. The exit codes
// are those of `liaison`.
#ifndef LIAISON_SERVER_BACKUP_OFFLINE_H_
#define LIAISON_SERVER_BACKUP_OFFLINE_H_

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"

namespace liaison::backup {

struct OfflineOptions {
  std::string folder;
  uint32_t number = 0;   // 0: the newest
  std::string data_dir;  // of restore
  bool progress = false;
  // Verifies the audit log that is kept beside the backups and, where a folder is named, puts a
  // copy there. How many entries it has; NOT_FOUND where none is kept. May be null.
  std::function<absl::StatusOr<uint64_t>(const std::string& data_dir)> audit = nullptr;
};

// Each returns the exit code.
int VerifyOffline(const OfflineOptions& options, std::ostream* out);
int RestoreOffline(const OfflineOptions& options, std::ostream* out);

}  // namespace liaison::backup

#endif  // LIAISON_SERVER_BACKUP_OFFLINE_H_
