// Whose pull is answered next.
#ifndef LIAISON_SERVER_RPC_PEER_TURNS_H_
#define LIAISON_SERVER_RPC_PEER_TURNS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/limits.h"
#include "server/rpc/stream_registry.h"

namespace liaison::rpc {

struct TurnOptions {
  absl::Duration patience;  // an answer that is not taken for so long is given up
  int threads = kTurnThreads;
  size_t max_under_way = kMaxPullsUnderWay;  // of one peer, each
  size_t max_waiting = kMaxPullsWaiting;
  // Of a clock that is never set; the steady one where null.
  std::function<absl::Duration()> elapsed = nullptr;
};

// A PeerTurns answers what peers pull on threads of its own, so that no other call waits behind
// them, and no peer behind the many calls of another. Of each peer one is answered at a time, in
// the order they came; then the peer rests for as long as its answer was worth, and few of its
// answers are on their way at once: one that nobody takes is in memory until then. Ticked by the
// registry of streams. Thread-safe. Knows no gRPC.
class PeerTurns : public OpenStream {
 public:
  // One that was asked. It is answered or refused, once, unless it is withdrawn.
  class Question {
   public:
    virtual ~Question() = default;
    // On a thread that may wait. How large the answer is. It may be gone as soon as it is answered.
    virtual size_t Answer() = 0;
    // Must not wait.
    virtual void Refuse(const absl::Status& why) = 0;
    // Nobody takes the answer: to be broken off. Must neither wait nor call back before it returns.
    virtual void GiveUp() = 0;
  };

  explicit PeerTurns(TurnOptions options);
  // What waits then is neither answered nor refused.
  ~PeerTurns() override;
  PeerTurns(const PeerTurns&) = delete;
  PeerTurns& operator=(const PeerTurns&) = delete;

  // It waits for its turn; QUOTA_EXCEEDED where too many do, SHUTTING_DOWN while draining. It may
  // be answered before this returns.
  absl::Status Ask(const std::string& peer, Question* question);
  // True iff it was waiting, and is the caller's own again.
  bool Withdraw(Question* question);
  // It is on its way no more. To be called of each question before it goes, if it asked or not.
  void Done(Question* question);

  void Tick(absl::Time now) override;
  // Who waits is refused.
  void Drain() override;

 private:
  struct Peer {
    std::deque<Question*> waiting;
    size_t under_way = 0;
    bool answering = false;
    absl::Duration due = -absl::InfiniteDuration();  // not before
  };
  struct UnderWay {
    std::string peer;
    absl::Duration since;
    bool given_up = false;
  };
  struct Turn {
    std::string peer;
    Question* question;
  };

  void Run();
  // Waits for one; nullopt: there will be none.
  std::optional<Turn> Take();
  void Rest(const std::string& peer, absl::Duration spent, size_t size_bytes);
  // Whose turn is next, be it due or not; the end: nobody's.
  std::map<std::string, Peer>::iterator Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const TurnOptions options_;
  const std::function<absl::Duration()> elapsed_;
  absl::Mutex mu_;
  std::map<std::string, Peer> peers_ ABSL_GUARDED_BY(mu_);  // those that are not as new
  absl::flat_hash_map<Question*, UnderWay> under_way_ ABSL_GUARDED_BY(mu_);
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t changes_ ABSL_GUARDED_BY(mu_) = 0;  // whatever may make it somebody's turn
  std::vector<std::thread> threads_;
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_PEER_TURNS_H_
