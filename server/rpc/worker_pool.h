// Threads that may wait, for what gRPC's reactions may not do.
#ifndef LIAISON_SERVER_RPC_WORKER_POOL_H_
#define LIAISON_SERVER_RPC_WORKER_POOL_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace liaison::rpc {

// A WorkerPool runs tasks on a fixed number of threads, in the order they came. Thread-safe. Knows
// no gRPC.
//
// The queue's length is bounded by those who post: every call and stream has at most one task in it
// at a time, and their number is limited; so is the number of calls that a group answers.
class WorkerPool {
 public:
  explicit WorkerPool(int threads);
  // Runs what is queued, then ends.
  ~WorkerPool();

  void Post(std::function<void()> task);

 private:
  void Run();
  bool Ready() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return closed_ || !tasks_.empty(); }

  absl::Mutex mu_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_WORKER_POOL_H_
