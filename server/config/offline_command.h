// The commands of liaisond that need no running hub: init, verify-backup and restore.
#ifndef LIAISON_SERVER_CONFIG_OFFLINE_COMMAND_H_
#define LIAISON_SERVER_CONFIG_OFFLINE_COMMAND_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace liaison::config {

struct OfflineCommand {
  enum class What { kVerify, kRestore, kInit, kScrub };
  What what = What::kVerify;
  std::string from;      // the folder of backups
  uint32_t number = 0;   // 0: the newest
  std::string data_dir;  // of kRestore, kInit and kScrub
  bool progress = false;
  std::string keys_dir;  // of kInit and kScrub; of kRestore that of the log's key
  // Of kRestore.
  std::string federation_policy;          // whose peers are asked for what is behind the backup
  std::vector<std::string> without_peer;  // of those
  bool without_peers = false;             // nobody is asked
  // Of kInit.
  std::string hub = "igf";
  std::vector<std::string> hosts = {"localhost"};
  int port = 7410;
  std::string administrator = "org/igf-secretariat";
  bool again = false;
  std::optional<std::string> print;  // help, instead of all that
};

// True iff the first word is one of these commands: the rest is for ParseOffline.
bool IsOffline(const std::vector<std::string>& args);

// INVALID_ARGUMENT where something is missing or unknown.
absl::StatusOr<OfflineCommand> ParseOffline(const std::vector<std::string>& args);

}  // namespace liaison::config

#endif  // LIAISON_SERVER_CONFIG_OFFLINE_COMMAND_H_
