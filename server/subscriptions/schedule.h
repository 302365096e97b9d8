// What is out until when, and what may go out next.
#ifndef LIAISON_SERVER_SUBSCRIPTIONS_SCHEDULE_H_
#define LIAISON_SERVER_SUBSCRIPTIONS_SCHEDULE_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "server/subscriptions/state.h"

namespace liaison::subscriptions {

// A Schedule follows the entries of one subscription. It remembers nothing that could not be made
// again from them, but for when each lease ends: after a restart all of them begin anew, so that
// nobody gets what another may still be busy with. Pure: times are told. Not thread-safe.
//
// Both end by a clock that nobody sets. Of a wait UTC is remembered: that says how long it lasts,
// when it is heard of.
class Schedule {
 public:
  // The state as it was read; leases end at `lease_end_us`.
  void Reset(const State& state, int64_t lease_end_us);
  // The change has been applied. A lease that it gives has not begun: it does not end.
  void Follow(const Change& change);

  // The delivery has been written: its lease ends then.
  void Began(uint64_t sequence, uint64_t epoch, int64_t lease_end_us);

  // What time it is, by either clock.
  void Advance(int64_t now_us, int64_t boot_us);
  // The leases that are over.
  std::vector<uint64_t> Over() const;

  // May go out, in order of position: nobody has it, its wait is over, it is the first of its key,
  // and nothing of that key is out.
  const absl::btree_set<uint64_t>& ready() const { return ready_; }
  // Something of that key is not settled: what comes after has to wait. Never of key 0.
  bool IsBusy(uint64_t key) const { return key != 0 && keys_.contains(key); }
  // Of an entry; 0: none.
  uint64_t KeyOf(uint64_t sequence) const;
  size_t out() const { return out_; }
  size_t waiting() const { return items_.size() - out_; }

  // The epoch that the shard of that key is at, as long as anything of it is out; 0: at none. Pulls
  // count as members while they hold something.
  uint64_t HolderOf(uint64_t key) const;

 private:
  struct Item {
    uint64_t key = 0;
    uint64_t epoch = 0;
    int64_t due_us = 0;  // end of the lease or of the wait, by the boot clock
  };
  using Due = absl::btree_set<std::pair<int64_t, uint64_t>>;

  void Set(uint64_t sequence, const rows::Entry& entry, int64_t lease_end_us);
  void Erase(uint64_t sequence);
  void Place(uint64_t sequence, const Item& item);
  void Unplace(uint64_t sequence, const Item& item);
  void Refresh(uint64_t key);
  int64_t EndOfWait(int64_t not_before_us) const;

  int64_t now_us_ = 0;
  int64_t boot_us_ = 0;
  absl::flat_hash_map<uint64_t, Item> items_;
  struct Key {
    absl::btree_set<uint64_t> sequences;
    size_t out = 0;
    uint64_t ready = 0;  // that one of them; 0: none
  };
  absl::flat_hash_map<uint64_t, Key> keys_;
  absl::btree_set<uint64_t> ready_;
  Due waits_;
  Due leases_;
  struct Holder {
    uint64_t epoch = 0;
    size_t out = 0;
  };
  absl::flat_hash_map<uint64_t, Holder> shards_;
  size_t out_ = 0;
};

// Whose the shard of that key is among the members: the same as long as they are the same, and few
// move when one comes or goes. 0 where there are none.
uint64_t MemberFor(uint64_t key, absl::Span<const uint64_t> epochs);

}  // namespace liaison::subscriptions

#endif  // LIAISON_SERVER_SUBSCRIPTIONS_SCHEDULE_H_
