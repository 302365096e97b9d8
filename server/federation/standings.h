// How far each peer and each origin is trusted at the moment, kept over restarts.
#ifndef LIAISON_SERVER_FEDERATION_STANDINGS_H_
#define LIAISON_SERVER_FEDERATION_STANDINGS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/federation/backoff.h"
#include "server/federation/entry.h"
#include "server/federation/peer_state.h"
#include "server/federation/policy.h"

namespace liaison::federation {

// Nothing is served to whom a person has blocked.
absl::Status BlockedHere();

// Standings say who may be asked now, by what they did before. What changes is kept before the call
// returns; what cannot be kept is reported, and counts all the same. Thread-safe.
class Standings {
 public:
  struct Options {
    Entry* entry;                  // outlives it
    std::function<double()> roll;  // uniformly from [0, 1); thread-safe
    std::function<void(const std::string&)> report;
    std::function<absl::Time()> now;  // as of all that is asked here
  };
  explicit Standings(Options options) : options_(std::move(options)) {}
  // From here on nobody is missed: whoever does not answer was hung up on.
  void HangUp();

  // As they were kept, of all that the policy names. Once, before anything else. Whose row cannot
  // be read might have been blocked: it is, until a person releases it, and the error says so.
  absl::Status Load(const Policy& policy, absl::Time now);

  // True iff neither of them is left alone at the moment.
  bool MayPull(const std::string& peer, const std::string& origin, absl::Time now) const;

  // Somebody answered; nobody did, or not what was asked at `now`: of several calls that were under
  // way together one counts. `asked` is how long they wish to be left.
  void Reached(const std::string& peer, absl::Time now);
  void Missed(const std::string& peer, absl::string_view why, std::optional<absl::Duration> asked,
              absl::Time now);
  // They have called here: where they are left alone for not answering, see Backoff::Called.
  void Called(const std::string& peer, absl::Time now);
  // True once after that, where only the pause stands against it.
  bool TakeProbe(const std::string& peer, const std::string& origin, absl::Time now);
  // This hub shows them something else from here on: the pause for not answering ends.
  void HasNewWay(const std::string& peer);
  // See PeerState::Fault.
  void FaultOfPeer(const std::string& peer, rows::Cause cause, absl::string_view why,
                   absl::Time now);
  void FaultOfOrigin(const std::string& origin, rows::Cause cause, absl::string_view why,
                     absl::Time now);

  // By hand, see PeerState; kept, or nothing has changed. NOT_FOUND for whom the policy does not
  // name; TRANSITION_NOT_ALLOWED where it is so already. Whoever is released is asked at once.
  absl::Status Block(const std::string& peer_or_origin, absl::string_view by, absl::string_view why,
                     absl::Time now);
  absl::Status Release(const std::string& peer_or_origin, absl::string_view by,
                       absl::string_view why, absl::Time now);
  bool Knows(const std::string& peer) const;
  // True iff a person has blocked it.
  bool IsBlocked(const std::string& peer_or_origin) const;

  // Of a person.
  struct PeerStanding {
    rows::State state;
    rows::PeerRow row;
    bool reached = false;  // since the start
  };
  PeerStanding OfPeer(const std::string& peer, absl::Time now) const;
  struct OriginStanding {
    rows::State state;
    rows::PeerState row;
  };
  OriginStanding OfOrigin(const std::string& origin, absl::Time now) const;

 private:
  struct Peer {
    PeerState state;
    Backoff backoff;
    absl::Time last_contact = absl::UnixEpoch();
    bool may_probe = false;  // not kept: one that was not used is lost with the process
    absl::Time missed = absl::UnixEpoch();  // when that was heard last; not kept
    bool reached = false;                   // not kept

    rows::PeerRow ToRow() const;
    rows::PeerRow ToRowWithoutContact() const {
      rows::PeerRow row = ToRow();
      row.clear_last_contact_us();
      return row;
    }
  };

  // Keeps what `change` changed.
  void ChangePeer(const std::string& peer, const std::function<void(Peer*)>& change)
      ABSL_LOCKS_EXCLUDED(mu_);
  void KeepRow(const std::string& key, const std::string& row);
  // What `change` makes of the state of a peer or an origin, once it is kept.
  using Change = std::function<absl::Status(PeerState*)>;
  absl::Status ByHand(const std::string& peer_or_origin, const Change& change)
      ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  absl::Mutex keep_mu_;  // who holds it writes: the row that is newest stays
  mutable absl::Mutex mu_ ABSL_ACQUIRED_AFTER(keep_mu_);
  std::map<std::string, Peer> peers_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, PeerState> origins_ ABSL_GUARDED_BY(mu_);
  bool hung_up_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_STANDINGS_H_
