// Where views that are watched are made again.
#ifndef LIAISON_SERVER_RPC_WATCH_DESK_H_
#define LIAISON_SERVER_RPC_WATCH_DESK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/worker_pool.h"

namespace liaison::rpc {

// A WatchDesk bounds the number of watchers and has a thread of its own for them, so that calls do
// not wait behind views that are being made again. Thread-safe. Knows no gRPC.
//
// A watcher has at most one task here at a time.
class WatchDesk {
 public:
  WatchDesk(int max_watchers, int threads) : max_watchers_(max_watchers), pool_(threads) {}

  // A Seat is given back when it goes. The desk must outlive it.
  class Seat {
   public:
    explicit Seat(WatchDesk* desk) : desk_(desk) {}
    ~Seat() { desk_->Leave(); }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

   private:
    WatchDesk* const desk_;
  };
  // RESOURCE_EXHAUSTED, TOO_MANY_STREAMS, when too many watch.
  absl::StatusOr<std::unique_ptr<Seat>> Take();

  void Post(std::function<void()> task) { pool_.Post(std::move(task)); }

 private:
  void Leave();

  const int max_watchers_;
  absl::Mutex mu_;
  int watchers_ ABSL_GUARDED_BY(mu_) = 0;
  WorkerPool pool_;
};

// When a watched view is made again. Not thread-safe.
class WatchPace {
 public:
  // It has been made, of the log up to `as_of`, from `began` to `ended`.
  void Made(uint64_t as_of, absl::Time began, absl::Time ended);
  // The log has grown, or the day is another, and it has rested for long enough.
  bool IsDue(uint64_t head, absl::Time now) const;

 private:
  uint64_t as_of_ = 0;
  absl::Time ended_ = absl::InfinitePast();
  absl::Duration rest_;
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_WATCH_DESK_H_
