// By which rules what may be at a peer went there.
#ifndef LIAISON_SERVER_FEDERATION_FORMER_RULES_H_
#define LIAISON_SERVER_FEDERATION_FORMER_RULES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
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

namespace liaison::federation {

// FormerRules remembers, for each peer, all the rules by which events have gone there: what is
// taken back follows what went, also where a policy has been narrowed since. One row of control
// state for each set of rules, with how long this log was when they ended; where there are more
// than kMaxFormerRules of one peer, what ended first makes room. Thread-safe.
class FormerRules {
 public:
  // `entry` outlives it. `report` hears what cannot be kept, and what is forgotten.
  FormerRules(Entry* entry, std::function<void(const std::string&)> report)
      : entry_(*entry), report_(std::move(report)) {}

  // As they were kept. Once, before anything else.
  absl::Status Load();
  // Before the policy comes into force: from here on what its rules let go may have gone.
  absl::Status Open(const Policy& policy);
  // The policy is in force alone. All other rules let nothing go that comes after `head`, a
  // sequence of this log.
  void InForce(const Policy& policy, uint64_t head);

  // True iff some of the rules would have let the event go while they stood. `leaf`: this log's.
  bool LetGo(absl::string_view peer, const Described& event, const record::Leaf& leaf) const;
  // The same of those that have this hash, see Policy::SendRules; false where none do.
  bool LetGoBy(absl::string_view rules, absl::string_view peer, const Described& event) const;
  // True iff the origin was relayed to the peer at some time.
  bool Relayed(absl::string_view peer, absl::string_view origin) const;

 private:
  struct Kept {
    rows::FormerRules row;
    std::vector<PolicyRule> send;   // as they stand in it
    std::set<record::Hash> relays;  // hashes of their names
    bool is_kept = true;            // the row is on disk
  };
  using OfPeer = std::vector<Kept>;  // by the number of their row

  // Where they stand among those of their peer; behind the last where they do not.
  static Kept FromRow(rows::FormerRules row);
  static size_t Find(const rows::FormerRules& row, const OfPeer& of_peer);
  absl::Status Change(const std::string& peer, size_t number, rows::FormerRules row);

  Entry& entry_;
  const std::function<void(const std::string&)> report_;
  absl::Mutex writing_;  // whoever changes them; waits for the disk
  mutable absl::Mutex mu_ ABSL_ACQUIRED_AFTER(writing_);
  std::map<std::string, OfPeer, std::less<>> peers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_FORMER_RULES_H_
