// Keeps the redactions beside the backups.
#ifndef LIAISON_SERVER_BACKUP_REDACTION_KEEPER_H_
#define LIAISON_SERVER_BACKUP_REDACTION_KEEPER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "storage/backup.h"

namespace liaison::backup {

// A RedactionKeeper copies every redaction of the log to the folder of its backups, within moments,
// on a thread of its own: a folder that fails or hangs holds up no publishing. After a start it
// makes up for what the last process may have left.
class RedactionKeeper {
 public:
  struct Options {
    std::string folder;
    // Grows when something was erased. Asked many times a second.
    std::function<uint64_t()> erasures;
    // Told when the keeping fails and when it goes again, and not each time in between.
    std::function<void(const absl::Status&)> on_change;
  };
  // `log` must outlive the keeper.
  RedactionKeeper(storage::LogOnDisk* log, Options options);
  // Keeps what there is, once, and ends.
  ~RedactionKeeper();

 private:
  void Run();
  // Waits for the interval. False once the keeper is to end.
  bool Wait();
  void Keep();

  storage::LogOnDisk* const log_;
  const Options options_;

  // The thread's own.
  uint64_t kept_through_ = 0;
  absl::Status status_;

  absl::Mutex mu_;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace liaison::backup

#endif  // LIAISON_SERVER_BACKUP_REDACTION_KEEPER_H_
