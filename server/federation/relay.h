// What a peer is served of other hubs' logs.
#ifndef LIAISON_SERVER_FEDERATION_RELAY_H_
#define LIAISON_SERVER_FEDERATION_RELAY_H_

#include <limits>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "proto/record/partial_tree.h"
#include "server/federation/entry.h"
#include "server/federation/pieces.h"
#include "server/federation/policy.h"
#include "server/federation/receipts.h"
#include "server/federation/replica.h"
#include "server/federation/source.h"
#include "storage/event_log.h"

namespace liaison::federation {

// A Relay serves the lanes of other origins from what came here: their leaves, their checkpoints,
// nothing of its own. It shows no more than the policy lets go, and proves as much as was proven to
// it: what stayed before it stays, as the same hashes. What comes here after a peer has gone past
// it is served as late. Thread-safe.
class Relay {
 public:
  // All of them are thread-safe and outlive it.
  struct Rooms {
    const storage::EventLog* log;
    const Source* source;  // its rules, by the policy that is in force at the moment
    const Replicas* replicas;
    const Entry* entry;
  };
  explicit Relay(const Rooms& rooms) : rooms_(rooms) {}

  // The next batch for the peer. NOT_FOUND unless the policy lets it have that origin from here, or
  // has done so: then it hears what is taken back of it.
  absl::StatusOr<pb::PullLaneResponse> Serve(absl::string_view peer,
                                             const pb::PullLaneRequest& request) const;
  // By which rules it is served to the peer: others have another name.
  std::string rules(absl::string_view peer, absl::string_view origin) const;
  // How far the caller has dealt with what is late by this very log, as it is; 0 where its cursor
  // is of another one, or of what this one was before it was put back.
  uint64_t LateAfter(const pb::PullLaneRequest& request) const;
  // How much of that origin's can be served at the moment.
  Reach reach(absl::string_view origin) const;

 private:
  // What stands here of one event of the origin's.
  struct Held {
    std::string leaf;            // the origin's
    storage::StoredEvent event;  // without its sections
  };
  // nullopt: it did not come, or not from that origin.
  absl::StatusOr<std::optional<Held>> Find(const Origin& origin, uint64_t sequence,
                                           const std::string& digest) const;
  // What stands at `here`, with the origin's leaf that came with it.
  absl::StatusOr<std::optional<Held>> HeldAt(const Origin& origin, uint64_t sequence, uint64_t here,
                                             std::string leaf) const;
  // One question, and what its answer leads to.
  struct Asked {
    absl::string_view peer;
    const pb::PullLaneRequest& request;
    const Origin& origin;
    const std::string& kept_as;  // see Replica
    const Head& head;
    bool gives_back;  // it is the caller's own log, which it has lost
  };
  // One event of whatever origin, as something that came late.
  struct Late {
    std::optional<pb::LaneItem> item;  // nullopt: it is nothing for that lane
    bool waits = false;                // it cannot be proven yet
  };
  // nullopt: the policy keeps it.
  absl::StatusOr<std::optional<pb::LaneItem>> ItemFor(absl::string_view peer, const Origin& origin,
                                                      uint64_t sequence, Held held) const;
  absl::Status AddItems(const Asked& asked, pb::PullLaneResponse* response) const;
  // Behind what the peer has settled, with what proves it; nothing where that cannot be yet. `room`
  // is what is left of the answer.
  absl::Status AddProven(const Asked& asked, const Pieces& room,
                         pb::PullLaneResponse* response) const;
  // A subtree that is passed on unopened: what is in it is to come as late.
  struct Closed {
    record::Subtree subtree;
    // The first of this log that stands in there; none does where it is this.
    uint64_t first_here = std::numeric_limits<uint64_t>::max();
  };
  static const Closed* ClosedAround(absl::Span<const Closed> closed, uint64_t index);
  // Looks it through, once.
  absl::StatusOr<Closed> Close(const Asked& asked, record::Subtree subtree) const;
  absl::Status AddPieces(const Asked& asked, absl::Span<const Closed> closed, Pieces* pieces,
                         pb::PullLaneResponse* response) const;
  // A leaf that came alone, with its event; `hashes` are those of the place. nullopt: it was not
  // kept, or the event is not here, or stays.
  absl::StatusOr<std::optional<pb::LaneItem>> GiveBack(const Asked& asked, uint64_t index,
                                                       absl::string_view hashes) const;
  // What came here behind `after`, of this hub's log.
  absl::Status AddLate(const Asked& asked, uint64_t after, Pieces* pieces,
                       pb::PullLaneResponse* response) const;
  absl::Status NotRelayed(const std::string& origin) const;
  absl::StatusOr<Late> LateItem(const Asked& asked, uint64_t here,
                                absl::string_view evidence) const;
  // The rows to which an event's evidence leads. nullopt: the key that is pinned did not sign that.
  absl::StatusOr<std::optional<Replica::Rows>> RowsOf(const Asked& asked,
                                                      const record::Evidence& foreign) const;

  const Rooms rooms_;
};

// What the peer is served, by whichever line it asks: this hub's own lane, or one that it relays;
// with a receipt for what it says to have. `relay` may be null: there are no lanes but the own one.
absl::StatusOr<pb::PullLaneResponse> ServeLane(const Source& source, const Relay* relay,
                                               Receipts* receipts, const std::string& peer,
                                               const pb::PullLaneRequest& request, absl::Time now);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_RELAY_H_
