// How a log goes on that is restored from a backup, where other hubs may have seen more of it.
#ifndef LIAISON_SERVER_RECOVERY_RECOVER_H_
#define LIAISON_SERVER_RECOVERY_RECOVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "server/backup/offline.h"
#include "server/federation/lane_puller.h"
#include "server/federation/policy.h"
#include "storage/backup.h"

namespace liaison::recovery {

struct Options {
  const federation::Policy* policy = nullptr;  // null: nobody is asked
  std::set<std::string> without;               // peers that are not asked
  std::string keys_dir;                        // empty: the log's key is not known
  std::string evidence_file;                   // made where the log has two histories
  std::function<absl::StatusOr<std::unique_ptr<federation::PeerLine>>(
      const federation::PeerPolicy& peer)>
      dial;
  std::function<void(const std::string& what)> note;  // what a person who waits wants to know
  std::function<void()> pause;  // before whoever did not answer is asked again
  std::function<int64_t()> now_us;
  storage::BackupObserver observer = [](const storage::BackupProgress&) {};
};

// Asks the peers for what they have of the log behind the backup: each of them once, and who did
// not answer until all of it is there. Then the log goes on as the one that it was, if every event
// up to the last checkpoint that was ever signed is there, and as a new one that quotes the last
// known checkpoint if not. That checkpoint is the one in the record beside the log's key: where it
// is lost, or older than what a peer shows, nobody knows what was signed last, and the log begins
// anew.
//
// REQUIRES: the restore was begun with same_log. FAILED_PRECONDITION where the key or all peers are
// missing; DATA_LOSS, with both checkpoints in the evidence file, where the log has two histories,
// or a peer shows a checkpoint to which nothing leads from the backup.
absl::StatusOr<backup::Continuation> GoOn(const Options& options, storage::Restore* restore);

}  // namespace liaison::recovery

#endif  // LIAISON_SERVER_RECOVERY_RECOVER_H_
