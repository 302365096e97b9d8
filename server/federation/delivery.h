// Whether an event of this hub's has come to a peer, and why not: in words for a person.
#ifndef LIAISON_SERVER_FEDERATION_DELIVERY_H_
#define LIAISON_SERVER_FEDERATION_DELIVERY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "server/federation/policy.h"
#include "server/federation/rows.pb.h"
#include "server/federation/standings.h"

namespace liaison::federation {

// The event, in the lane that it goes by.
struct Sent {
  std::string origin;
  uint64_t sequence = 0;        // in the origin's log
  uint64_t local = 0;           // in this one, where it was relayed; it may have come here late
  uint64_t signed_through = 0;  // of that log: what no checkpoint covers does not go yet
  // Where it stands in the registry that goes there: this hub's to every peer, another one's with
  // its log.
  std::optional<uint64_t> registry_index;
  // It changes or takes back what was said in the log that this one goes on from, by another key:
  // whoever has that from there changes nothing of it.
  bool about_former_log = false;
};

// What is known of it and one peer.
struct AtPeer {
  std::string peer;
  std::string organisation;  // as which it calls here
  Ruling ruling;             // by the policy as it is now
  std::optional<rows::Receipt> receipt;
  Standings::PeerStanding standing;
  bool went = false;            // what the ruling keeps, by rules that stand no more
  uint64_t went_through = 0;    // how far it was, by its own word, by rules that let it go
  bool by_other_rules = false;  // the receipt is of rules that kept it
};

// Confirmed is what the peer has said to be: nobody here can see what it did with it. Thread-safe.
pb::PeerDelivery TellDelivery(const Sent& sent, const AtPeer& at, absl::Time now);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_DELIVERY_H_
