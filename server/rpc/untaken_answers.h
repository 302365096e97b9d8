// How much memory is in answers that nobody has taken yet.
#ifndef LIAISON_SERVER_RPC_UNTAKEN_ANSWERS_H_
#define LIAISON_SERVER_RPC_UNTAKEN_ANSWERS_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/limits.h"
#include "server/rpc/quota_book.h"
#include "server/rpc/stream_registry.h"

namespace liaison::rpc {

struct UntakenOptions {
  absl::Duration patience;  // an answer that is not taken for so long is given up
  size_t max_size_bytes_of_one = kMaxUntakenBytesOfOne;  // payer
  size_t max_size_bytes = kMaxUntakenBytes;
  // Of a clock that is never set; the steady one where null.
  std::function<absl::Duration()> elapsed = nullptr;
};

// An UntakenAnswers counts what unary calls have answered until gRPC has sent it: a reader who
// takes nothing leaves it in memory. A payer who has as much as it may is asked to take that first,
// and what is not taken for long is given up. Of what there is in all a payer has as much as is
// free at most, so that some is left for whoever has nothing. Beyond comes what was on its way to
// be answered when there was no room yet: one for each worker, and what the desk and the sequencer
// answer from threads of their own, as much as may wait for them. Ticked by the registry of
// streams. Thread-safe. Knows no gRPC.
class UntakenAnswers : public OpenStream {
 public:
  // What a call has answered.
  class Answer {
   public:
    virtual ~Answer() = default;
    // What breaks it off, and may run when the answer has gone. Must neither wait nor call back.
    virtual std::function<void()> Break() = 0;
  };

  explicit UntakenAnswers(UntakenOptions options);

  // Whether somebody may have no room: to be asked before CheckRoom, for it takes no lock.
  bool IsScarce() const { return size_bytes_.load(std::memory_order_relaxed) >= scarce_; }
  // QUOTA_EXCEEDED where the payer, or nullopt for whoever has no share to keep to, has to wait.
  absl::Status CheckRoom(const std::optional<Payer>& payer) const;
  // It is on its way, be there room or not.
  void Sent(Answer* answer, const std::optional<Payer>& payer, size_t size_bytes);
  // It is on its way no more. To be called of each before it goes, sent or not.
  void Done(Answer* answer);

  // With kUntakenCallBytes for each.
  size_t size_bytes() const { return size_bytes_.load(std::memory_order_relaxed); }

  void Tick(absl::Time now) override;
  // From here on nothing is given up, for gRPC ends it all.
  void Drain() override;

 private:
  using Payers = std::map<std::pair<Payer::Sort, std::string>, size_t>;
  struct Sending {
    Payers::iterator payer;  // the end: nobody's
    size_t size_bytes = 0;
    absl::Duration since;
    bool given_up = false;
  };

  const UntakenOptions options_;
  const std::function<absl::Duration()> elapsed_;
  const size_t scarce_;
  absl::Mutex ticking_ ABSL_ACQUIRED_BEFORE(mu_);  // held while answers are broken off
  mutable absl::Mutex mu_;
  Payers payers_ ABSL_GUARDED_BY(mu_);  // who has any
  absl::flat_hash_map<Answer*, Sending> sending_ ABSL_GUARDED_BY(mu_);
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  std::atomic<size_t> size_bytes_ = 0;  // of all; written with mu_
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_UNTAKEN_ANSWERS_H_
