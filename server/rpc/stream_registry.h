// The streams that are open, so that somebody looks after them.
#ifndef LIAISON_SERVER_RPC_STREAM_REGISTRY_H_
#define LIAISON_SERVER_RPC_STREAM_REGISTRY_H_

#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/quota_book.h"

namespace liaison::rpc {

// A stream that wants to be looked after. Both calls come from the registry's thread or from Drain,
// possibly after the stream has ended: it must not touch gRPC then.
class OpenStream {
 public:
  virtual ~OpenStream() = default;
  // Time passes: send a heartbeat, give up on a reader that takes nothing.
  virtual void Tick(absl::Time now) = 0;
  // The hub is going: end in order.
  virtual void Drain() = 0;
};

// A StreamRegistry knows the open streams, bounds their number and ticks them. Thread-safe. Knows
// no gRPC.
class StreamRegistry {
 public:
  StreamRegistry();
  ~StreamRegistry();

  // RESOURCE_EXHAUSTED when too many are open; UNAVAILABLE while draining. `seat` is given back
  // when it is removed, or not taken.
  absl::Status Add(std::shared_ptr<OpenStream> stream, QuotaBook::Seat seat = {});
  void Remove(OpenStream* stream);
  // Asks every stream to end, and refuses new ones.
  void Drain();

 private:
  struct Entry {
    std::shared_ptr<OpenStream> stream;
    QuotaBook::Seat seat;
  };

  void Run();

  absl::Mutex mu_;
  absl::flat_hash_map<OpenStream*, Entry> streams_ ABSL_GUARDED_BY(mu_);
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_STREAM_REGISTRY_H_
