// The life of one durable subscription.
#ifndef LIAISON_SERVER_SUBSCRIPTIONS_STATE_H_
#define LIAISON_SERVER_SUBSCRIPTIONS_STATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/subscription_service.pb.h"
#include "server/subscriptions/rows.pb.h"

namespace liaison::subscriptions {

namespace pb = ::igf::liaison::v1;

// What is remembered. Equal to what its rows say, at every revision.
struct State {
  rows::Subscription head;
  absl::btree_map<uint64_t, rows::Entry> entries;  // by sequence
  absl::btree_set<uint64_t> dead_letters;          // their sequences
};

// What a decision changes: all of it, or nothing. nullopt deletes.
struct Change {
  rows::Subscription head;
  absl::btree_map<uint64_t, std::optional<rows::Entry>> entries;
  absl::btree_map<uint64_t, std::optional<rows::DeadLetter>> dead_letters;
};

// The decisions. Pure: times come with what is decided about. None of them fails: what cannot be is
// left as it is, and said.

// An event that is read for the first time.
struct Taken {
  uint64_t sequence = 0;
  uint64_t key = 0;
  uint64_t epoch = 0;  // who gets it; 0: nobody yet
};
// One that goes out again.
struct Again {
  uint64_t sequence = 0;
  uint64_t epoch = 0;
};
// Everything up to `through` has been looked at; `taken` are those that are wanted, after the
// position so far. REQUIRES: `again` have entries that nobody has.
Change HandOut(const State& state, uint64_t through, const std::vector<Taken>& taken,
               const std::vector<Again>& again, int64_t now_us);

// A member goes in order, and holds nothing any more.
Change Leave(const State& state, uint64_t epoch, int64_t now_us);

// What a holder says of a delivery.
struct Claim {
  uint32_t generation = 0;
  uint64_t sequence = 0;
  uint32_t delivery = 0;  // of the entry's, which one it was
  uint64_t epoch = 0;
  pb::SettleAction action = pb::SETTLE_ACTION_UNSPECIFIED;
  std::optional<int64_t> delay_us;  // of RETRY
  std::string reason;
};
// A member comes. With the epoch that it has, it keeps what it says that it holds, and what else it
// was sent never arrived: that does not count. Otherwise it gets `new_epoch`, and what it held is
// nobody's. `epoch`: which of the two. REQUIRES: new_epoch is new.
Change Join(const State& state, absl::string_view member, uint64_t claimed_epoch,
            const std::vector<Claim>& held, uint64_t new_epoch, int64_t now_us, uint64_t* epoch);
// OK where it counts. Of those that do not, nothing changes.
pb::SettleResult Judge(const State& state, const Claim& claim);
// Extending changes nothing that is remembered.
Change Settle(const State& state, const std::vector<Claim>& claims, int64_t now_us,
              std::vector<pb::SettleResult>* results);
// The leases of these are over: they are nobody's, or dead.
Change Expire(const State& state, const std::vector<uint64_t>& sequences, int64_t now_us);
// They are not for this subscription any more.
Change Drop(const State& state, const std::vector<uint64_t>& sequences);

// Everything out or waiting is void; dead letters stay.
Change SeekTo(const State& state, absl::string_view log_id, uint64_t position);
Change SetSettings(const State& state, const pb::SubscriptionSettings& settings);

struct Laid {
  uint64_t sequence = 0;
  rows::DeadLetter letter;
};
// They go out again, with no attempt counted; a token from before settles none of them. REQUIRES:
// they are dead letters. One that has an entry as well, since the subscription sought back, goes
// out once.
Change Replay(const State& state, const std::vector<Laid>& letters);
Change Discard(const State& state, const std::vector<Laid>& letters);

// What comes of it. REQUIRES: decided about this very state.
void Apply(const Change& change, State* state);

// What the settings mean where they say nothing.
int64_t LeaseUs(const pb::SubscriptionSettings& settings);
uint32_t MaxOutstanding(const pb::SubscriptionSettings& settings);
// 0: no end.
uint32_t MaxAttempts(const pb::SubscriptionSettings& settings);
// The wait after so many attempts.
int64_t RetryDelayUs(const pb::SubscriptionSettings& settings, uint32_t attempts);

}  // namespace liaison::subscriptions

#endif  // LIAISON_SERVER_SUBSCRIPTIONS_STATE_H_
