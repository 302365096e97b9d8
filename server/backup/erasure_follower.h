// What an erasure asks for beside the log.
#ifndef LIAISON_SERVER_BACKUP_ERASURE_FOLLOWER_H_
#define LIAISON_SERVER_BACKUP_ERASURE_FOLLOWER_H_

#include <cstdint>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace liaison::backup {

// An ErasureFollower does one thing within moments of every erasure, on a thread of its own: a disk
// that fails or hangs there holds up no publishing. After a start it makes up for what the last
// process may have left.
class ErasureFollower {
 public:
  struct Options {
    // Grows when something was erased. Asked many times a second.
    std::function<uint64_t()> erasures;
    // Does it for the redactions after this sequence; returns up to which it is done. One call at a
    // time; one that failed is made again, once a second.
    std::function<absl::StatusOr<uint64_t>(uint64_t after)> follow;
    // Told when it fails and when it goes again, and not each time in between.
    std::function<void(const absl::Status&)> on_change;
  };
  explicit ErasureFollower(Options options);
  // Follows what there is, once, and ends.
  ~ErasureFollower();

 private:
  void Run();
  // Waits for the interval. False once the follower is to end.
  bool Wait();
  void Follow();

  const Options options_;

  // The thread's own.
  uint64_t through_ = 0;
  absl::Status status_;

  absl::Mutex mu_;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace liaison::backup

#endif  // LIAISON_SERVER_BACKUP_ERASURE_FOLLOWER_H_
