// Refusals that wait.
#ifndef LIAISON_SERVER_RPC_HELD_REFUSALS_H_
#define LIAISON_SERVER_RPC_HELD_REFUSALS_H_

#include <deque>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/stream_registry.h"

namespace liaison::rpc {

// A HeldRefusals keeps answers back for kRefusalHold: whoever asks for more than their share and
// heeds no answer would otherwise have the hub say no as fast as it can. At most kMaxHeldRefusals
// wait; what comes beyond is said at once. Ticked by the registry of streams. Thread-safe.
class HeldRefusals : public OpenStream {
 public:
  // `refuse` runs on the thread that ticks or drains, or before this returns. It must not wait.
  void Hold(std::function<void()> refuse, absl::Time now);

  void Tick(absl::Time now) override;
  // From here on nothing is held.
  void Drain() override;

 private:
  absl::Mutex mu_;
  // When each is due, in order.
  std::deque<std::pair<absl::Time, std::function<void()>>> held_ ABSL_GUARDED_BY(mu_);
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_HELD_REFUSALS_H_
