#include "server/subscriptions/state.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "server/subscriptions/limits.h"

namespace liaison::subscriptions {
namespace {

int64_t Us(const google::protobuf::Duration& duration) {
  return duration.seconds() * 1'000'000 + duration.nanos() / 1000;
}

Change Begin(const State& state) {
  Change change;
  change.head = state.head;
  change.head.set_revision(state.head.revision() + 1);
  return change;
}

bool Exhausted(const rows::Subscription& head, const rows::Entry& entry) {
  const uint32_t most = MaxAttempts(head.settings());
  return most > 0 && entry.attempts() >= most;
}

// Out of the way, and remembered by its position. False where there is no room for one more.
bool LayAside(const State& state, uint64_t sequence, const rows::Entry& entry, int64_t now_us,
              Change* change) {
  // Those of this change are new, but for a few of an earlier generation: never too many.
  if (state.dead_letters.size() + change->dead_letters.size() >= kMaxDeadLetters) return false;
  rows::DeadLetter letter;
  letter.set_attempts(entry.attempts());
  letter.set_reason(entry.reason());
  letter.set_first_us(entry.first_us());
  letter.set_last_us(entry.last_us());
  letter.set_dead_us(now_us);
  letter.set_generation(change->head.generation());
  letter.set_key(entry.key());
  change->entries[sequence] = std::nullopt;
  change->dead_letters[sequence] = std::move(letter);
  return true;
}

// Nobody's, until `not_before_us`; or dead, where it has failed often enough.
void GiveBack(const State& state, uint64_t sequence, rows::Entry entry, int64_t not_before_us,
              int64_t now_us, Change* change) {
  entry.set_epoch(0);
  entry.set_not_before_us(not_before_us);
  if (Exhausted(change->head, entry)) {
    if (LayAside(state, sequence, entry, now_us, change)) return;
    entry.set_not_before_us(
        std::max(not_before_us, now_us + RetryDelayUs(change->head.settings(), kMaxMaxAttempts)));
  }
  change->entries[sequence] = std::move(entry);
}

void Deliver(uint64_t epoch, int64_t now_us, rows::Entry* entry) {
  entry->set_epoch(epoch);
  entry->set_attempts(entry->attempts() + 1);
  entry->set_deliveries(entry->deliveries() + 1);
  entry->set_not_before_us(0);
  if (entry->first_us() == 0) entry->set_first_us(now_us);
  entry->set_last_us(now_us);
}

void Forget(uint64_t epoch, rows::Subscription* head) {
  auto* members = head->mutable_members();
  for (int i = 0; i < members->size(); ++i) {
    if (members->Get(i).epoch() != epoch) continue;
    members->DeleteSubrange(i, 1);
    return;
  }
}

// What is held in that epoch is nobody's.
void GiveBackAllOf(const State& state, uint64_t epoch, int64_t now_us, Change* change) {
  for (const auto& [sequence, entry] : state.entries) {
    if (entry.epoch() != epoch) continue;
    rows::Entry back = entry;
    if (back.reason().empty()) back.set_reason("its holder left it");
    GiveBack(state, sequence, std::move(back), 0, now_us, change);
  }
}

// What went out in that epoch and never arrived.
void TakeBackUnheld(const State& state, uint64_t epoch, const std::vector<Claim>& held,
                    Change* change) {
  absl::btree_set<uint64_t> holds;
  for (const Claim& claim : held) {
    if (Judge(state, claim) == pb::SETTLE_RESULT_OK) holds.insert(claim.sequence);
  }
  for (const auto& [sequence, entry] : state.entries) {
    if (entry.epoch() != epoch || holds.contains(sequence)) continue;
    rows::Entry back = entry;
    back.set_epoch(0);
    back.set_attempts(entry.attempts() - 1);
    change->entries[sequence] = std::move(back);
  }
}

void SettleOne(const State& state, const Claim& claim, const rows::Entry& entry, int64_t now_us,
               Change* change) {
  rows::Entry changed = entry;
  switch (claim.action) {
    case pb::SETTLE_ACTION_ACK:
    case pb::SETTLE_ACTION_SKIP:
      change->entries[claim.sequence] = std::nullopt;
      return;
    case pb::SETTLE_ACTION_RETRY: {
      changed.set_reason(claim.reason);
      const int64_t delay_us = claim.delay_us
                                   ? *claim.delay_us
                                   : RetryDelayUs(change->head.settings(), entry.attempts());
      return GiveBack(state, claim.sequence, std::move(changed), now_us + delay_us, now_us, change);
    }
    case pb::SETTLE_ACTION_DEAD_LETTER:
      changed.set_reason(claim.reason);
      if (LayAside(state, claim.sequence, changed, now_us, change)) return;
      return GiveBack(state, claim.sequence, std::move(changed),
                      now_us + RetryDelayUs(change->head.settings(), kMaxMaxAttempts), now_us,
                      change);
    case pb::SETTLE_ACTION_RELEASE:
      changed.set_epoch(0);
      changed.set_attempts(entry.attempts() - 1);
      change->entries[claim.sequence] = std::move(changed);
      return;
    default:
      return;
  }
}

}  // namespace

Change HandOut(const State& state, uint64_t through, const std::vector<Taken>& taken,
               const std::vector<Again>& again, int64_t now_us) {
  Change change = Begin(state);
  change.head.set_position(std::max(through, state.head.position()));
  const auto seen = [&](uint64_t epoch) {
    change.head.set_last_epoch(std::max(change.head.last_epoch(), epoch));
  };
  for (const Taken& one : taken) {
    rows::Entry entry;
    entry.set_key(one.key);
    if (one.epoch > 0) Deliver(one.epoch, now_us, &entry);
    seen(one.epoch);
    change.entries[one.sequence] = std::move(entry);
  }
  for (const Again& one : again) {
    auto it = state.entries.find(one.sequence);
    if (it == state.entries.end() || it->second.epoch() != 0) continue;
    rows::Entry entry = it->second;
    Deliver(one.epoch, now_us, &entry);
    seen(one.epoch);
    change.entries[one.sequence] = std::move(entry);
  }
  return change;
}

Change Join(const State& state, absl::string_view member, uint64_t claimed_epoch,
            const std::vector<Claim>& held, uint64_t new_epoch, int64_t now_us, uint64_t* epoch) {
  Change change = Begin(state);
  for (const rows::Member& known : state.head.members()) {
    if (known.name() != member) continue;
    if (claimed_epoch > 0 && known.epoch() == claimed_epoch) {
      *epoch = claimed_epoch;
      TakeBackUnheld(state, claimed_epoch, held, &change);
      return change;
    }
    GiveBackAllOf(state, known.epoch(), now_us, &change);
    Forget(known.epoch(), &change.head);
    break;
  }
  *epoch = new_epoch;
  change.head.set_last_epoch(std::max(state.head.last_epoch(), new_epoch));
  // Of those that are forgotten the leases run out.
  while (change.head.members_size() >= kMaxMembers) {
    change.head.mutable_members()->DeleteSubrange(0, 1);
  }
  rows::Member* joined = change.head.add_members();
  joined->set_name(std::string(member));
  joined->set_epoch(*epoch);
  return change;
}

Change Leave(const State& state, uint64_t epoch, int64_t now_us) {
  Change change = Begin(state);
  GiveBackAllOf(state, epoch, now_us, &change);
  Forget(epoch, &change.head);
  return change;
}

pb::SettleResult Judge(const State& state, const Claim& claim) {
  if (claim.generation != state.head.generation()) return pb::SETTLE_RESULT_SUPERSEDED;
  // Never delivered: it is of a log that was put back to an earlier copy since.
  if (claim.sequence > state.head.position()) return pb::SETTLE_RESULT_INVALID;
  auto it = state.entries.find(claim.sequence);
  if (it == state.entries.end()) return pb::SETTLE_RESULT_ALREADY_SETTLED;
  const rows::Entry& entry = it->second;
  if (entry.epoch() == claim.epoch && entry.deliveries() == claim.delivery) {
    return pb::SETTLE_RESULT_OK;
  }
  // Nobody has it, and nobody had it since.
  if (entry.epoch() == 0 && entry.deliveries() == claim.delivery) return pb::SETTLE_RESULT_EXPIRED;
  return pb::SETTLE_RESULT_SUPERSEDED;
}

Change Settle(const State& state, const std::vector<Claim>& claims, int64_t now_us,
              std::vector<pb::SettleResult>* results) {
  Change change = Begin(state);
  results->clear();
  results->reserve(claims.size());
  for (const Claim& claim : claims) {
    pb::SettleResult result = Judge(state, claim);
    // The same delivery twice in one call: the first word counts.
    if (result == pb::SETTLE_RESULT_OK && change.entries.contains(claim.sequence)) {
      result = pb::SETTLE_RESULT_ALREADY_SETTLED;
    }
    results->push_back(result);
    if (result != pb::SETTLE_RESULT_OK) continue;
    SettleOne(state, claim, state.entries.find(claim.sequence)->second, now_us, &change);
  }
  return change;
}

Change Expire(const State& state, const std::vector<uint64_t>& sequences, int64_t now_us) {
  Change change = Begin(state);
  for (uint64_t sequence : sequences) {
    auto it = state.entries.find(sequence);
    if (it == state.entries.end() || it->second.epoch() == 0) continue;
    rows::Entry entry = it->second;
    if (entry.reason().empty()) entry.set_reason("not settled within its lease");
    GiveBack(state, sequence, std::move(entry), 0, now_us, &change);
  }
  return change;
}

Change Drop(const State& state, const std::vector<uint64_t>& sequences) {
  Change change = Begin(state);
  for (uint64_t sequence : sequences) change.entries[sequence] = std::nullopt;
  return change;
}

Change SeekTo(const State& state, absl::string_view log_id, uint64_t position) {
  Change change = Begin(state);
  change.head.set_generation(state.head.generation() + 1);
  change.head.set_log_id(std::string(log_id));
  change.head.set_position(position);
  for (const auto& entry : state.entries) change.entries[entry.first] = std::nullopt;
  return change;
}

Change SetSettings(const State& state, const pb::SubscriptionSettings& settings) {
  Change change = Begin(state);
  *change.head.mutable_settings() = settings;
  return change;
}

Change Replay(const State& state, const std::vector<Laid>& letters) {
  Change change = Discard(state, letters);
  for (const Laid& laid : letters) {
    // Before the position it is missing from what is delivered; behind it, it comes by itself.
    if (laid.sequence > state.head.position() || state.entries.contains(laid.sequence)) continue;
    rows::Entry entry;
    entry.set_key(laid.letter.key());
    // More than it was ever delivered: each delivery was a change of its own. So no token from
    // before is one of those to come.
    entry.set_deliveries(static_cast<uint32_t>(change.head.revision()));
    change.entries[laid.sequence] = std::move(entry);
  }
  return change;
}

Change Discard(const State& state, const std::vector<Laid>& letters) {
  Change change = Begin(state);
  for (const Laid& laid : letters) change.dead_letters[laid.sequence] = std::nullopt;
  return change;
}

void Apply(const Change& change, State* state) {
  state->head = change.head;
  for (const auto& [sequence, entry] : change.entries) {
    if (entry) {
      state->entries[sequence] = *entry;
    } else {
      state->entries.erase(sequence);
    }
  }
  for (const auto& [sequence, letter] : change.dead_letters) {
    if (letter) {
      state->dead_letters.insert(sequence);
    } else {
      state->dead_letters.erase(sequence);
    }
  }
}

int64_t LeaseUs(const pb::SubscriptionSettings& settings) {
  return settings.has_lease() ? Us(settings.lease()) : absl::ToInt64Microseconds(kDefaultLease);
}

uint32_t MaxOutstanding(const pb::SubscriptionSettings& settings) {
  return settings.max_outstanding() == 0 ? kDefaultMaxOutstanding : settings.max_outstanding();
}

uint32_t MaxAttempts(const pb::SubscriptionSettings& settings) {
  if (settings.unlimited_attempts()) return 0;
  return settings.max_attempts() == 0 ? kDefaultMaxAttempts : settings.max_attempts();
}

int64_t RetryDelayUs(const pb::SubscriptionSettings& settings, uint32_t attempts) {
  const int64_t least = settings.has_min_retry_delay()
                            ? Us(settings.min_retry_delay())
                            : absl::ToInt64Microseconds(kDefaultMinRetryDelay);
  const int64_t most = std::max(least, settings.has_max_retry_delay()
                                           ? Us(settings.max_retry_delay())
                                           : absl::ToInt64Microseconds(kDefaultMaxRetryDelay));
  int64_t delay = least;
  for (uint32_t i = 1; i < attempts && delay < most; ++i) delay = std::max<int64_t>(delay, 1) * 2;
  return std::min(delay, most);
}

}  // namespace liaison::subscriptions
