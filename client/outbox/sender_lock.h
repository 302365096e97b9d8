// One process sends from an outbox at a time.
#ifndef LIAISON_CLIENT_OUTBOX_SENDER_LOCK_H_
#define LIAISON_CLIENT_OUTBOX_SENDER_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace liaison::outbox {

// A SenderLock is held until it is destroyed or its process ends, however it ends. It stands beside
// the outbox in a file of its own, `FILE-sender`, which names the process: SQLite's locks on the
// outbox itself would be lost whenever a second descriptor of it is closed. Not thread-safe.
class SenderLock {
 public:
  // ABORTED, naming the process, where another one holds it for longer than `timeout`.
  static absl::StatusOr<std::unique_ptr<SenderLock>> Take(const std::string& outbox_file,
                                                          absl::Duration timeout);
  ~SenderLock();

 private:
  explicit SenderLock(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

}  // namespace liaison::outbox

#endif  // LIAISON_CLIENT_OUTBOX_SENDER_LOCK_H_
