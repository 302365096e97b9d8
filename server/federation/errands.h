// What is done with a peer besides pulling: its heads are cosigned, and it is asked for evidence.
#ifndef LIAISON_SERVER_FEDERATION_ERRANDS_H_
#define LIAISON_SERVER_FEDERATION_ERRANDS_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/federation/backoff.h"
#include "server/federation/cosigning.h"
#include "server/federation/entry.h"
#include "server/federation/evidence.h"
#include "server/federation/policy.h"
#include "server/federation/standings.h"

namespace liaison::federation {

// Errands of one peer, on a thread of their own: no lane waits for them, and what goes wrong with
// them is reported and tried again. The peer is to blame for one thing alone: evidence that proves
// nothing. Thread-safe.
class Errands {
 public:
  struct Options {
    std::string peer;
    const Policy* policy;  // all of these outlive it
    Entry* entry;
    Standings* standings;
    PeerLine* line;
    Cosign cosign;  // null: this hub is no witness
    // The origin's registry, as far as a lane has proven it; never null.
    std::function<std::shared_ptr<const OriginRegistry>(const std::string& origin)> registry_of;
    std::function<absl::Time()> now;
    std::function<double()> roll;
    std::function<void(const std::string& what)> report;
    absl::Duration pause;    // between two looks whether there is something to do
    std::string own_origin;  // this hub's log: empty, or the peer is asked for its newest head
    // Hears what came: anything at all.
    std::function<void(const std::string& note, const std::string& peer)> on_own_head = nullptr;
  };
  explicit Errands(Options options) : options_(std::move(options)) {}
  // REQUIRES: the line is cancelled, where it was started.
  ~Errands();

  void Start();
  // Nothing is begun or told any more. Does not wait.
  void Stop();
  // That head is settled on. Of several the newest is cosigned. Does not wait.
  void Offer(const SettledHead& head);
  // What is due, once; Start calls it again and again.
  void RunOnce();

 private:
  void Run();
  void CosignWhatIsOffered(absl::Time now);
  void AskForEvidence(absl::Time now);
  void Take(const pb::OriginEvidence& told, absl::Time now);
  void Report(absl::string_view what, const absl::Status& status);
  bool Stopping() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopping_; }

  const Options options_;
  // Of whoever runs them.
  std::optional<SettledHead> cosigned_;
  Backoff backoff_;
  absl::Time asked_ = absl::InfinitePast();
  std::map<std::string, absl::Status> reported_;

  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<SettledHead> offered_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_ERRANDS_H_
