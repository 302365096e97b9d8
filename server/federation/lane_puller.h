// Pulls one origin's log from one peer, a batch at a time.
#ifndef LIAISON_SERVER_FEDERATION_LANE_PULLER_H_
#define LIAISON_SERVER_FEDERATION_LANE_PULLER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "igf/liaison/v1/transparency_service.pb.h"
#include "igf/liaison/v1/witness_service.pb.h"
#include "server/federation/budget.h"
#include "server/federation/entry.h"
#include "server/federation/lane.h"
#include "server/federation/origin.h"
#include "server/federation/origin_registry.h"
#include "server/federation/policy.h"
#include "server/federation/replica.h"
#include "server/federation/standings.h"
#include "server/federation/wire.h"

namespace liaison::federation {

// The line to a peer. Thread-safe.
class PeerLine {
 public:
  virtual ~PeerLine() = default;
  virtual absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest& request) = 0;
  // Errands; UNIMPLEMENTED on a line that runs none.
  virtual absl::StatusOr<pb::GetEvidenceResponse> GetEvidence(const pb::GetEvidenceRequest&) {
    return absl::UnimplementedError("no errands on this line");
  }
  virtual absl::StatusOr<pb::GetConsistencyProofResponse> GetConsistencyProof(
      const pb::GetConsistencyProofRequest&) {
    return absl::UnimplementedError("no errands on this line");
  }
  virtual absl::StatusOr<pb::AddCosignaturesResponse> AddCosignatures(
      const pb::AddCosignaturesRequest&) {
    return absl::UnimplementedError("no errands on this line");
  }
  // True once where this hub shows the peer something else from here on: whom it refused it may let
  // in by now.
  virtual bool HasNewWay() { return false; }
  // What a person should mend although calls are answered; empty: nothing.
  virtual std::string Warning() { return ""; }
  // Ends the calls under way, and those to come.
  virtual void Cancel() = 0;
};

// A head that everything behind is dealt with of.
struct SettledHead {
  std::string origin;
  uint64_t size = 0;
  std::string note;
  uint64_t cosign_since = 0;  // as the peer asks for it
};

enum class Next {
  kMore,    // there is more already
  kLater,   // all that there is was taken
  kNotNow,  // peer or origin is left alone, or could not be reached
};

// A LanePuller asks, has everything proven and judged, and hands what is accepted on together with
// the cursor that stands behind it: a crash in between repeats a batch, and nothing else. Take and
// Open have one caller at a time.
class LanePuller {
 public:
  // All of them outlive it.
  struct Rooms {
    const Policy* policy;
    Entry* entry;
    Standings* standings;
    PeerLine* line;
    Replica* replica;  // of the origin
    // How far the lane of the hub whose log it is has come, see passed(); null: that is not asked,
    // or is the peer.
    std::function<uint64_t()> passed_by_its_hub = nullptr;
    bool is_origin = false;  // the peer is that hub
    // Hears of each head of the peer's own log that the lane has settled on; must not wait.
    std::function<void(const SettledHead& head)> settled = nullptr;
    BackfillBudget* backfill = nullptr;  // null: catching up waits for nobody
  };
  // REQUIRES: the policy has both.
  LanePuller(const Rooms& rooms, std::string peer, const std::string& origin);

  // Where it stood. DATA_LOSS where the cursor contradicts itself.
  absl::Status Open();
  // One batch, at most. An error is this hub's own trouble: nothing was taken, and nobody blamed.
  absl::StatusOr<Next> Take(absl::Time now);

  const std::string& peer() const { return peer_; }
  const std::string& origin() const { return origin_.name; }
  // How far it is. Thread-safe.
  rows::Lane row() const;
  std::optional<Gap> gap() const;
  // Up to where all that the peer shows by the rules of today is here: 0 until it has said that
  // they are those of before. Thread-safe.
  uint64_t passed() const;
  // Why nobody knows how far behind it is, or nothing enters: for a person; empty: all is well.
  // Thread-safe.
  std::string trouble() const;
  // The origin's, as far as it was proven. Thread-safe.
  std::shared_ptr<const OriginRegistry> registry() const;

 private:
  absl::Status OpenRegistry();
  absl::StatusOr<Next> Ask(absl::Time now);
  // What others may have of it.
  void ShowWhole(const Lane& lane);
  pb::PullLaneRequest Request() const;
  // The answer without a checkpoint.
  Next TakeNothing(const std::string& because, absl::Time now);
  // The registry grows by what came. What comes next, unless the batch does: where not all of it is
  // there yet, or somebody is at fault.
  absl::StatusOr<std::optional<Next>> TakeRegistry(Pulled* pulled, absl::Time now);
  absl::StatusOr<Next> TakeBatch(Batch batch, const LateCursor& late, absl::Time now);
  bool IsBackfill(const Batch& batch, absl::Time now);
  struct Judged {
    std::vector<Judgement> late;
    std::vector<Judgement> items;
  };
  absl::StatusOr<Judged> Judge(const Batch& batch) const;
  // An event that a relay brings without its words is left to the hub whose log it is, until that
  // has gone past it and not shown it: what is once in the log is not filled in, and a relay may
  // say what it likes of words that it did not have.
  void LeaveToItsHub(const Item& item, Judgement* judgement) const;
  // Where that hub has gone past all that was left to it, or is asked no more, and not all of it
  // came: the first that did not, 0 where it is not known which that is. The lane has to go back.
  absl::StatusOr<std::optional<uint64_t>> MissingOfWhatWasLeft();
  // To just before that sequence, so that only what is behind it is gone through once more. False
  // where what was shown here does not lead there.
  bool GoesBackBefore(uint64_t sequence);
  // Begins anew where that is due, and the peer can prove what it shows then.
  absl::StatusOr<bool> BeginsAnew(const Batch& batch, bool can_prove, absl::Time now);
  // Enters what is accepted, with the cursor behind it. `tree` is null where only late ones came.
  absl::StatusOr<Next> Settle(Batch batch, const record::PartialTree* tree, const LateCursor& late,
                              absl::Time now);
  absl::Status Enter(const Batch& batch, const record::PartialTree* tree, const Judged& judged,
                     size_t taken, bool with_late, const Lane& moved);
  // To be kept, so that whose log it is can have them back.
  std::vector<KeptRow> LeavesAlone(const Batch& batch, const Judged& judged, size_t taken) const;
  void Blame(const Item& item, const Judgement& judgement, const Head& head, absl::Time now);
  // The origin signed both notes, and one contradicts the other.
  Next TwoHistories(absl::string_view why, const std::string& one, const std::string& other,
                    absl::Time now);
  // See federation::Convict.
  void Convict(rows::Cause cause, rows::Evidence evidence, absl::Time now);
  void ShowRegistry();
  void Show(const Lane& lane);

  const Rooms rooms_;
  const std::string peer_;
  const Origin origin_;
  const record::NoteVerifier key_;
  const record::NoteVerifier registry_key_;
  const std::string row_key_;

  Lane lane_;
  std::optional<std::string> kept_;  // the row of `lane_`
  OriginRegistry registry_;
  std::vector<RegistryEntry> entries_;  // behind it, as long as some are missing
  std::string registry_head_;           // the newest that was believed: evidence
  absl::Time may_rewind_ = absl::InfinitePast();
  absl::Time may_take_left_ = absl::InfinitePast();
  bool knows_rules_ = false;      // since it was opened
  uint64_t left_and_came_ = 0;    // so many were left when all of them had come
  size_t answer_size_bytes_ = 0;  // of the last one
  std::string trouble_ = "it has not answered yet";
  Allowance live_{kLiveItemsPerSecond, kMostLiveItems};

  mutable absl::Mutex mu_;
  rows::Lane shown_ ABSL_GUARDED_BY(mu_);
  std::optional<Gap> shown_gap_ ABSL_GUARDED_BY(mu_);
  uint64_t shown_passed_ ABSL_GUARDED_BY(mu_) = 0;
  std::string shown_trouble_ ABSL_GUARDED_BY(mu_) = trouble_;
  std::shared_ptr<const OriginRegistry> shown_registry_ ABSL_GUARDED_BY(mu_) =
      std::make_shared<const OriginRegistry>();
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_LANE_PULLER_H_
