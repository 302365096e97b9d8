// How far a peer, or an origin, is trusted at the moment.
#ifndef LIAISON_SERVER_FEDERATION_PEER_STATE_H_
#define LIAISON_SERVER_FEDERATION_PEER_STATE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/federation/rows.pb.h"

namespace liaison::federation {

// So many calls in a row that nobody answered make a peer degraded.
inline constexpr uint32_t kMissedCalls = 3;
inline constexpr absl::Duration kFirstSuspension = absl::Minutes(1);
inline constexpr absl::Duration kLongestSuspension = absl::Hours(1);
// After so long without one an overrun is a first one again.
inline constexpr absl::Duration kOverrunMemory = absl::Hours(24);

// True iff what it led to ends by a person's word alone: bytes that no honest program makes.
bool NeedsAPerson(rows::Cause cause);

// A PeerState is active (all well), degraded (tried less), quarantined (nothing is taken), or
// blocked by a person. Budgets that are overrun and bytes that do not parse suspend for a while;
// what is forged waits for a person; nothing milder ever takes the place of either. Not
// thread-safe.
class PeerState {
 public:
  PeerState() = default;
  // As it was kept.
  explicit PeerState(rows::PeerState row) : row_(std::move(row)) {}

  rows::State StateAt(absl::Time now) const;
  bool MayPull(absl::Time now) const;
  rows::Cause cause() const { return row_.cause(); }
  const std::string& why() const { return row_.why(); }

  // Nobody answered; somebody did.
  void Missed(absl::Time now, absl::string_view why);
  void Reached(absl::Time now);
  // REQUIRES: neither unspecified, unreachable nor operator.
  void Fault(rows::Cause cause, absl::string_view why, absl::Time now);

  // By hand; INVALID_ARGUMENT without a name or a reason.
  absl::Status Block(absl::string_view by, absl::string_view why, absl::Time now);
  absl::Status Release(absl::string_view by, absl::string_view why, absl::Time now);

  const rows::PeerState& ToRow() const { return row_; }

 private:
  void Set(rows::State state, rows::Cause cause, absl::string_view why, absl::Time now);

  rows::PeerState row_;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_PEER_STATE_H_
