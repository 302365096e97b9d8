#include "server/subscriptions/schedule.h"

#include <limits>

#include "server/subscriptions/limits.h"

namespace liaison::subscriptions {
namespace {

constexpr int64_t kNotBegun = std::numeric_limits<int64_t>::max();

uint64_t ShardOf(uint64_t key) { return key % kShards; }

// splitmix64: the same on every machine.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

void Schedule::Reset(const State& state, int64_t lease_end_us) {
  const int64_t now_us = now_us_;
  const int64_t boot_us = boot_us_;
  *this = Schedule();
  now_us_ = now_us;
  boot_us_ = boot_us;
  for (const auto& [sequence, entry] : state.entries) Set(sequence, entry, lease_end_us);
}

void Schedule::Follow(const Change& change) {
  for (const auto& [sequence, entry] : change.entries) {
    if (entry) {
      Set(sequence, *entry, kNotBegun);
    } else {
      Erase(sequence);
    }
  }
}

void Schedule::Began(uint64_t sequence, uint64_t epoch, int64_t lease_end_us) {
  auto it = items_.find(sequence);
  if (it == items_.end() || epoch == 0 || it->second.epoch != epoch) return;
  leases_.erase({it->second.due_us, sequence});
  it->second.due_us = lease_end_us;
  leases_.insert({lease_end_us, sequence});
}

void Schedule::Advance(int64_t now_us, int64_t boot_us) {
  now_us_ = now_us;
  boot_us_ = boot_us;
  while (!waits_.empty() && waits_.begin()->first <= boot_us) {
    const uint64_t sequence = waits_.begin()->second;
    waits_.erase(waits_.begin());
    Place(sequence, items_[sequence]);
  }
}

std::vector<uint64_t> Schedule::Over() const {
  std::vector<uint64_t> over;
  for (const auto& [end_us, sequence] : leases_) {
    if (end_us > boot_us_) break;
    over.push_back(sequence);
  }
  return over;
}

uint64_t Schedule::KeyOf(uint64_t sequence) const {
  auto it = items_.find(sequence);
  return it == items_.end() ? 0 : it->second.key;
}

uint64_t Schedule::HolderOf(uint64_t key) const {
  auto it = shards_.find(ShardOf(key));
  return it == shards_.end() ? 0 : it->second.epoch;
}

void Schedule::Set(uint64_t sequence, const rows::Entry& entry, int64_t lease_end_us) {
  auto [it, is_new] = items_.try_emplace(sequence);
  if (!is_new) Unplace(sequence, it->second);
  const int64_t due_us = entry.epoch() > 0 ? lease_end_us : EndOfWait(entry.not_before_us());
  it->second = Item{entry.key(), entry.epoch(), due_us};
  const Item item = it->second;
  if (item.key != 0) keys_[item.key].sequences.insert(sequence);
  Place(sequence, item);
}

void Schedule::Erase(uint64_t sequence) {
  auto it = items_.find(sequence);
  if (it == items_.end()) return;
  const Item item = it->second;
  Unplace(sequence, item);
  items_.erase(it);
  if (item.key == 0) return;
  keys_[item.key].sequences.erase(sequence);
  Refresh(item.key);
}

void Schedule::Place(uint64_t sequence, const Item& item) {
  if (item.epoch > 0) {
    ++out_;
    leases_.insert({item.due_us, sequence});
    if (item.key != 0) {
      ++keys_[item.key].out;
      Holder& holder = shards_[ShardOf(item.key)];
      holder.epoch = item.epoch;
      ++holder.out;
    }
  } else if (item.due_us > boot_us_) {
    waits_.insert({item.due_us, sequence});
  } else if (item.key == 0) {
    ready_.insert(sequence);
  }
  Refresh(item.key);
}

void Schedule::Unplace(uint64_t sequence, const Item& item) {
  if (item.key == 0) ready_.erase(sequence);
  waits_.erase({item.due_us, sequence});
  if (item.epoch == 0) return;
  --out_;
  leases_.erase({item.due_us, sequence});
  if (item.key == 0) return;
  --keys_[item.key].out;
  auto shard = shards_.find(ShardOf(item.key));
  if (--shard->second.out == 0) shards_.erase(shard);
}

// One that is longer than any was asked for while the clock was ahead: it is over.
int64_t Schedule::EndOfWait(int64_t not_before_us) const {
  const int64_t wait_us = not_before_us - now_us_;
  const bool may_be = wait_us > 0 && wait_us <= absl::ToInt64Microseconds(kMaxRetryDelay);
  return may_be ? boot_us_ + wait_us : 0;
}

// Which of the key's may go out, after anything about it has changed.
void Schedule::Refresh(uint64_t key) {
  auto it = keys_.find(key);
  if (key == 0 || it == keys_.end()) return;
  Key& of_key = it->second;
  if (of_key.ready != 0) ready_.erase(of_key.ready);
  of_key.ready = 0;
  if (of_key.sequences.empty()) {
    keys_.erase(it);
    return;
  }
  const uint64_t first = *of_key.sequences.begin();
  if (of_key.out > 0 || items_[first].due_us > boot_us_) return;
  of_key.ready = first;
  ready_.insert(first);
}

uint64_t MemberFor(uint64_t key, absl::Span<const uint64_t> epochs) {
  uint64_t chosen = 0;
  uint64_t best = 0;
  for (uint64_t epoch : epochs) {
    const uint64_t weight = Mix(ShardOf(key) ^ Mix(epoch));
    if (chosen != 0 && weight <= best) continue;
    best = weight;
    chosen = epoch;
  }
  return chosen;
}

}  // namespace liaison::subscriptions
