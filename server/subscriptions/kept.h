// One subscription in memory. The desk's own business.
#ifndef LIAISON_SERVER_SUBSCRIPTIONS_KEPT_H_
#define LIAISON_SERVER_SUBSCRIPTIONS_KEPT_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "server/fanout/cursor.h"
#include "server/fanout/tail.h"
#include "server/subscriptions/consumer.h"
#include "server/subscriptions/schedule.h"
#include "server/subscriptions/state.h"

namespace liaison::subscriptions {

struct Member {
  std::shared_ptr<Consumer> consumer;
  uint64_t messages = 0;  // credit
  uint64_t size_bytes = 0;
  size_t room_size_bytes = 0;  // of this turn
  bool pulls = false;          // and goes with what it gets
  int64_t until_us = 0;        // of a pull, by the boot clock
  bool has_credit() const { return messages > 0 && size_bytes > 0 && room_size_bytes > 0; }
};

// Belongs to the desk's thread, but for Wake.
struct Kept final : public fanout::Waiter, public std::enable_shared_from_this<Kept> {
  // There is more in the log.
  void Wake() override {
    const std::shared_ptr<Kept> keep = std::move(in_tail);
    wake();
  }
  // True iff it lies in the tail now, which has a share in it until it wakes it.
  bool Park(fanout::Tail* tail) {
    in_tail = shared_from_this();
    parked = tail->Park(this, scanned);
    if (!parked) in_tail.reset();
    return parked;
  }
  void Unpark(fanout::Tail* tail) {
    if (!parked || !tail->Unpark(this)) return;
    parked = false;
    in_tail.reset();
  }
  bool HasCredit() const {
    return std::any_of(members.begin(), members.end(),
                       [](const auto& member) { return member.second.has_credit(); });
  }

  // Events that may go out at most; of what is read beyond it each would be an entry that waits.
  uint64_t Credit() const {
    uint64_t messages = 0;
    for (const auto& member : members) {
      if (member.second.has_credit()) messages += member.second.messages;
    }
    return messages;
  }

  // As whom events are read: any member's, since rights are the organisation's.
  std::optional<auth::Principal> Principal() const {
    for (const auto& member : members) {
      if (auto principal = member.second.consumer->Renew(); principal) return principal;
    }
    return std::nullopt;
  }

  State state;
  Schedule schedule;
  uint64_t last_epoch = 0;                    // given out, perhaps not yet remembered
  absl::btree_map<uint64_t, Member> members;  // live ones, by epoch
  uint64_t last_served = 0;                   // epoch, for taking turns
  std::optional<fanout::Cursor> cursor;       // while there are members, or it rests
  uint64_t scanned = 0;                       // as far as the cursor has looked
  bool handing_out = false;                   // a round is on its way to disk
  int in_flight = 0;                          // changes that are
  bool pump_posted = false;
  bool parked = false;            // in the tail, or its Wake is on the way
  std::shared_ptr<Kept> in_tail;  // the tail's, while it lies there
  bool gone = false;              // deleted, or to be read anew
  bool idle = false;              // since the last tick
  bool resting = false;           // among those that keep their cursor without a member
  std::function<void()> wake;
};

// What one turn hands out.
struct Round {
  std::vector<Taken> taken;
  std::vector<Again> again;
  std::vector<uint64_t> dropped;  // not for this subscription any more
  absl::btree_map<uint64_t, std::vector<Delivery>> deliveries;  // by epoch
  absl::flat_hash_set<uint64_t> keys;                           // that are in it
  absl::flat_hash_map<uint64_t, uint64_t> shards;               // and whose they are
  size_t count = 0;
  size_t size_bytes = 0;
  bool more = false;  // another turn at once
};

// Whom an event of that key goes to; 0: nobody can take it now. Within a shard one member at a
// time, so that what it holds is drained before another gets any.
uint64_t ChooseMember(const Kept& kept, const Round& round, uint64_t key);

}  // namespace liaison::subscriptions

#endif  // LIAISON_SERVER_SUBSCRIPTIONS_KEPT_H_
