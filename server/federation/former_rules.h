// By which rules what may be at a peer went there.
#ifndef LIAISON_SERVER_FEDERATION_FORMER_RULES_H_
#define LIAISON_SERVER_FEDERATION_FORMER_RULES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "proto/record/hash.h"
#include "proto/record/leaf.h"
#include "server/federation/entry.h"
#include "server/federation/policy.h"
#include "server/federation/rows.pb.h"
#include "storage/event_log.h"

namespace liaison::federation {

// FormerRules remembers, for each peer, all the rules by which events have gone there. A peer is
// who it is (Policy::WhoIs), whatever the policy has called it. What is taken back follows what
// went, also where a policy has been narrowed since. One row of control state for each set of
// rules, with how long this log was when they ended; where there are more than kMaxFormerRules of
// one peer, the two that ended first become one, by which everything may have gone. Thread-safe.
class FormerRules {
 public:
  // `entry` outlives it. `report` hears what cannot be kept, and what is told apart no more.
  FormerRules(Entry* entry, std::function<void(const std::string&)> report)
      : entry_(*entry), report_(std::move(report)) {}

  // What a restore leaves in the log: whatever is in it may be at every peer, by rules that are
  // lost with what was behind the backup.
  static storage::Row AfterRestore(uint64_t head);

  // As they were kept. Once, before anything else.
  absl::Status Load();
  // Before `next` comes in the place of `before`: who was known by their address alone, and is
  // somebody else by that, has what went there all the same. Where `next` does not come after all
  // that stays: too much is taken back rather than too little.
  absl::Status Carry(const Policy& before, const Policy& next);
  // Before the policy comes into force: from here on what its rules let go may have gone.
  absl::Status Open(const Policy& policy);
  // The policy is in force alone. All other rules let nothing go that comes after `head`, a
  // sequence of this log.
  void InForce(const Policy& policy, uint64_t head);

  // True iff some of the rules would have let the event go while they stood. `leaf`: this log's.
  bool LetGo(absl::string_view who, const Described& event, const record::Leaf& leaf) const;
  // The same of those that have this hash, see Policy::SendRules; false where none do.
  bool LetGoBy(absl::string_view rules, absl::string_view who, const Described& event) const;
  // True iff the origin was relayed to the peer at some time.
  bool Relayed(absl::string_view who, absl::string_view origin) const;

 private:
  struct Kept {
    rows::FormerRules row;
    std::vector<PolicyRule> send;   // as they stand in it
    std::set<record::Hash> relays;  // hashes of their names
    bool is_kept = true;            // the row is on disk
  };
  using OfPeer = std::vector<Kept>;  // by the number of their row

  static Kept FromRow(rows::FormerRules row);
  // Where rules of their peer are to be kept, and how they stand there if they do; where there is
  // no room it is made. `name`: what the policy calls the peer.
  struct Place {
    size_t number;
    std::optional<Kept> there;
  };
  absl::StatusOr<Place> PlaceFor(const rows::FormerRules& row, const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_);
  // The two that ended first. REQUIRES: that many have ended.
  static std::pair<size_t, size_t> FirstEnded(const OfPeer& of_peer);
  // True iff some set of rules of that peer is so.
  bool Any(absl::string_view who, const std::function<bool(const Kept& kept)>& holds) const;
  // For each peer of the policy.
  absl::Status AddRestored(const Policy& policy) ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_);
  absl::Status Change(size_t number, rows::FormerRules row);

  Entry& entry_;
  const std::function<void(const std::string&)> report_;
  absl::Mutex writing_;  // whoever changes them; waits for the disk
  uint64_t restored_through_ ABSL_GUARDED_BY(writing_) = 0;  // 0: it is all in the rows
  mutable absl::Mutex mu_ ABSL_ACQUIRED_AFTER(writing_);
  std::map<std::string, OfPeer, std::less<>> peers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_FORMER_RULES_H_
