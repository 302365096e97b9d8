// What a peer is served of this hub's own log.
#ifndef LIAISON_SERVER_FEDERATION_SOURCE_H_
#define LIAISON_SERVER_FEDERATION_SOURCE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "proto/record/foreign.h"
#include "server/federation/former_rules.h"
#include "server/federation/policy.h"
#include "server/transparency/signer.h"
#include "storage/event_log.h"

namespace liaison::federation {

// Sizes of a log and of its registry.
struct Reach {
  uint64_t log = 0;
  uint64_t registry = 0;
};

// A Source lets go what the policy says, and proves that nothing else was left out: what stays is
// there as hashes of subtrees. The policy is asked by header alone, before a body is read.
// Thread-safe.
class Source {
 public:
  // All of them are thread-safe and outlive it. The signer is open, or nothing is served.
  Source(const storage::EventLog* log, const transparency::Signer* signer, const Policy* policy)
      : Source(log, signer,
               [policy] { return std::shared_ptr<const Policy>(policy, [](auto*) {}); }) {}
  // By the policy that is in force at the moment, which `policy` gives.
  Source(const storage::EventLog* log, const transparency::Signer* signer,
         std::function<std::shared_ptr<const Policy>()> policy)
      : log_(*log), signer_(*signer), policy_(std::move(policy)) {}

  const std::string& origin() const { return signer_.origin(); }
  // A snapshot: it stays what it is.
  std::shared_ptr<const Policy> policy() const { return policy_(); }
  // By which rules events went: what takes them back follows them. Outlives it. Before anything is
  // served.
  void Remember(const FormerRules* former) { former_ = former; }
  // Peers are asked to cosign its heads, anew what they cosigned before. Before anything is served.
  void AskForCosignatures(uint64_t since_s) { cosign_since_s_ = since_s; }

  // What is done with a checkpoint of this log that the peer shows; empty where it shows none. OK,
  // or DATA_LOSS where the log is not what was signed of it, as witness::HistoryWatch has it.
  // Before anything is served.
  using LookAtOwnHead = std::function<absl::Status(absl::string_view note, absl::string_view peer)>;
  void LookAtOwnHeads(LookAtOwnHead look) { look_ = std::move(look); }

  // The next batch for the peer. NOT_FOUND for another origin than this log; INTERNAL where this
  // hub signs nothing any more; READ_ONLY where its log was put back to an earlier copy, of which
  // nothing is shown: it may go on in another way than it did.
  absl::StatusOr<pb::PullLaneResponse> Serve(absl::string_view peer,
                                             const pb::PullLaneRequest& request) const;
  // Whether that event goes to the peer, what of it, and by which rule.
  absl::StatusOr<Ruling> RuleOn(absl::string_view peer,
                                const storage::EventLog::EventView& event) const {
    return RuleOn(peer, event, *policy_());
  }
  // The same, if that were the policy.
  absl::StatusOr<Ruling> RuleOn(absl::string_view peer, const storage::EventLog::EventView& event,
                                const Policy& policy) const;
  // The same by whichever lane: another hub's event goes by that of its origin, where the policy
  // relays it.
  absl::StatusOr<Ruling> RuleByItsLane(absl::string_view peer,
                                       const storage::EventLog::EventView& event,
                                       const Policy& policy) const;
  // True iff what is here of the origin came by that peer, or is its own: no leaf of that log is
  // news to it.
  absl::StatusOr<bool> CameBy(absl::string_view peer, const std::string& origin) const;
  // An event that is here, beside the leaf that another log has of it, and with what proves it at
  // its origin. nullopt where it is not here, does not go to the peer, or is not what the leaf
  // speaks of.
  absl::StatusOr<std::optional<pb::LaneItem>> GiveBack(absl::string_view peer,
                                                       std::string relayed_leaf) const;
  // How much of its log and of its registry can be served at the moment.
  Reach reach() const;
  // Of an event of anybody's, by its header.
  absl::StatusOr<Ruling> RuleOnHeader(absl::string_view peer, const pb::EventHeader& header) const {
    return RuleOnHeader(peer, header, *policy_());
  }
  // The same, if that were the policy.
  absl::StatusOr<Ruling> RuleOnHeader(absl::string_view peer, const pb::EventHeader& header,
                                      const Policy& policy) const;
  // Of another hub's event, by the lane of its origin: where that is not relayed, or no more, only
  // what is about something that went there.
  absl::StatusOr<Ruling> RuleOnRelayed(absl::string_view peer, absl::string_view origin,
                                       const pb::EventHeader& header, const Policy& policy) const;
  // True iff the origin's lane was served there once, and may have to be taken back.
  bool Relayed(absl::string_view peer, absl::string_view origin) const {
    return former_ != nullptr && former_->Relayed(policy_()->WhoIs(peer), origin);
  }

 private:
  // That the peer has nothing of this log which the log does not have.
  absl::Status CheckKnown(absl::string_view peer, const pb::PullLaneRequest& request) const;
  absl::Status AddRegistry(const pb::PullLaneRequest& request, uint64_t size,
                           pb::PullLaneResponse* response) const;
  absl::Status AddPieces(absl::string_view peer, const pb::PullLaneRequest& request,
                         uint64_t head_size, pb::PullLaneResponse* response) const;
  absl::StatusOr<pb::LaneItem> ItemOf(uint64_t sequence, const Ruling& ruling) const;
  // A lane that is pulled, or was once.
  struct KnownLane {
    std::string key;                    // of its row
    std::optional<std::string> origin;  // nullopt: the row does not say
  };
  // Who may have leaves alone, while one answer is put together.
  struct LeavesAlone {
    std::map<record::Hash, std::string> origins;  // that the policy knows, by hash of the name
    std::map<std::string, bool> came_by;          // by origin, as far as it was asked
    std::optional<std::vector<KnownLane>> lanes;  // once they were read, which is not cheap
  };
  // True iff another hub's event is no news to the peer, or may go there anyway.
  absl::StatusOr<bool> ShowsLeaf(absl::string_view peer, const storage::EventLog::EventView& event,
                                 const Policy& policy, LeavesAlone* known) const;
  absl::StatusOr<bool> CameBy(absl::string_view peer, const std::string& origin,
                              const Policy& policy, LeavesAlone* known) const;
  // All of them, or one more than are looked at.
  absl::StatusOr<std::vector<KnownLane>> Lanes() const;
  // What proves an event where it is from; nullopt: nothing that was signed covers it yet.
  absl::StatusOr<std::optional<record::Evidence>> EvidenceOf(
      const storage::StoredEvent& event) const;
  // Where nothing of its origin goes there any more.
  absl::StatusOr<Ruling> RuleOnWithdrawn(absl::string_view peer,
                                         const pb::EventHeader& header) const;
  // What of it goes by the rules of today, and what went. Without a policy nothing goes today.
  absl::StatusOr<Behind> WhatIsBehind(absl::string_view peer, const pb::EventHeader& header,
                                      const Policy* policy, int depth) const;

  const storage::EventLog& log_;
  const transparency::Signer& signer_;
  const std::function<std::shared_ptr<const Policy>()> policy_;
  const FormerRules* former_ = nullptr;  // null: only rules of today
  uint64_t cosign_since_s_ = 0;
  LookAtOwnHead look_ = nullptr;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_SOURCE_H_
