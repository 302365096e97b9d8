// Pulls every lane that the policy names, each on a thread of its own.
#ifndef LIAISON_SERVER_FEDERATION_PULLER_H_
#define LIAISON_SERVER_FEDERATION_PULLER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/federation/budget.h"
#include "server/federation/entry.h"
#include "server/federation/errands.h"
#include "server/federation/lane_puller.h"
#include "server/federation/policy.h"
#include "server/federation/profile_watch.h"
#include "server/federation/standings.h"

namespace liaison::federation {

// How it stands with one peer, for a person.
struct LaneStatus {
  std::string origin;
  Standings::OriginStanding standing;
  rows::Lane lane;
  std::optional<Gap> gap;
  std::string trouble;  // see LanePuller::trouble
};
struct PeerStatus {
  std::string peer;
  Standings::PeerStanding standing;
  std::vector<LaneStatus> lanes;
  // What somebody has to do, though all may be well so far.
  std::string warning;
};

// FIELD_INVALID where the origin is the hub's own log: what it lost would come back as another's.
absl::Status CheckNotOwn(const std::string& peer, const std::string& origin,
                         const std::string& own_origin);

// A Puller keeps one batch in flight for each lane, so that no lane waits for another. Thread-safe.
class Puller {
 public:
  struct Options {
    const Policy* policy = nullptr;  // these three outlive it
    Entry* entry;
    Replicas* replicas;
    std::function<absl::StatusOr<std::unique_ptr<PeerLine>>(const PeerPolicy& peer)> dial;
    // To a peer without an address, or whose address fails (see Detour), by its name; where it is
    // null nothing is pulled so.
    std::function<std::unique_ptr<PeerLine>(const std::string& peer)> attached = nullptr;
    std::string own_origin;                      // which is pulled from nobody
    CertificateEndOf certificate_end = nullptr;  // null: nobody looks; of an Exchange
    std::function<absl::Time()> now;
    std::function<double()> roll;                         // uniformly from [0, 1); thread-safe
    std::function<void(const std::string& what)> report;  // what the operator should know
    absl::Duration pause;  // between two calls where all was taken, and two looks where none may be
    Cosign cosign = nullptr;  // this hub as a witness; null: it is none
    // What the policy says and cannot be done stops the start; or that alone is left out.
    bool strict = true;
    // Hears of checkpoints that peers have of this hub's own log, as they came; may wait for the
    // disk.
    std::function<void(const std::string& note, const std::string& peer)> on_own_head = nullptr;
  };
  // Where `strict`: RESOURCE_EXHAUSTED where there are too many lanes, FIELD_INVALID where one is
  // this hub's own log, and whatever `dial` says.
  static absl::StatusOr<std::unique_ptr<Puller>> Start(Options options);
  ~Puller() { Stop(); }

  // Ends the calls under way, for good; what was judged is entered or comes again. Who is blocked
  // stays so.
  void Stop();
  // What is left out, and why; OK where all is pulled. A lane whose rows contradict themselves
  // stands alone, and is told here.
  const absl::Status& trouble() const { return trouble_; }
  std::vector<PeerStatus> status() const;
  Standings& standings() { return standings_; }

  // The peer has called here: where it is left alone for not answering, it is tried once. Does not
  // wait.
  void Called(const std::string& peer);
  // The peer says that it has something new: the pauses of its lanes end, though not that for not
  // answering, and not more often than kHintPause. Does not wait.
  void Hinted(const std::string& peer);

 private:
  // What a peer said by itself, which is not believed.
  struct Heard {
    uint64_t hints = 0;
    bool called = false;
  };

  explicit Puller(Options options);
  // Not null iff this peer relays the origin, and the hub whose log it is is a peer as well: see
  // LanePuller::Rooms. Good once all lanes are there.
  std::function<uint64_t()> PassedByItsHub(const std::string& peer,
                                           const std::string& origin) const;
  absl::Status AddLanes();
  absl::StatusOr<std::unique_ptr<PeerLine>> OpenLine(const std::string& name,
                                                     const PeerPolicy& peer);
  absl::Status AddPeer(const std::string& name, const PeerPolicy& peer);
  // REQUIRES: there is a line to the peer.
  absl::Status AddLane(const std::string& peer, const std::string& origin, Errands* errands);
  // Whoever may have a log from here has what is here of it, and what takes that back, also where
  // no peer is asked for it any more.
  void OpenUnasked();
  // As strictly as it was asked for.
  absl::Status LeaveOut(absl::string_view what, const absl::Status& why);
  void Tell(absl::string_view what, const absl::Status& why);
  Errands* AddErrands(const std::string& peer, PeerLine* line);
  void Run(LanePuller* lane);
  // As Replicas::SetDeaf has it. Nothing of what a person has written about it.
  std::string WhyDeaf(const std::string& origin) const;
  // How many hints there were when it begins.
  uint64_t BeginToAsk(const std::string& peer, absl::Time now);
  // Until the lane is to be asked again. False: it is to end.
  bool Rest(const std::string& peer, uint64_t hints, absl::Time asked);
  bool Stopping() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopping_; }

  const Options options_;
  absl::Status trouble_;  // does not change once it runs
  Standings standings_;
  BackfillBudget backfill_;
  std::map<std::string, std::unique_ptr<PeerLine>> lines_;  // by peer
  std::vector<std::unique_ptr<LanePuller>> lanes_;
  std::vector<std::unique_ptr<Errands>> errands_;
  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::map<std::string, Heard> heard_ ABSL_GUARDED_BY(mu_);  // by peer that is pulled from
  std::vector<std::thread> threads_;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_PULLER_H_
