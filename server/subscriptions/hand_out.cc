// How events get to members: what is ready again, then what the cursor finds; into the order; and
// when that is on disk, out.

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/auth/principal.h"
#include "server/fanout/header_view.h"
#include "server/fanout/origin_of.h"
#include "server/subscriptions/ack_token.h"
#include "server/subscriptions/desk.h"
#include "server/subscriptions/kept.h"
#include "server/subscriptions/limits.h"

namespace liaison::subscriptions {
namespace {

using fanout::Chunk;
using fanout::Frame;

uint64_t KeyOf(pb::DeliveryOrder order, const Chunk& chunk, const Chunk::Entry& entry) {
  const absl::string_view header_bytes = chunk.header(entry);
  std::string text;
  if (order == pb::DELIVERY_ORDER_AUTHOR) {
    text = std::string(fanout::ReadableOf(chunk, entry).author);
  } else if (order == pb::DELIVERY_ORDER_TOPIC) {
    pb::EventHeader header;
    if (header.ParseFromArray(header_bytes.data(), static_cast<int>(header_bytes.size())) &&
        header.topics_size() > 0) {
      text = header.topics(0);
    }
  }
  if (text.empty()) return 0;
  // FNV-1a: the same for ever, since it is remembered.
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return std::max<uint64_t>(hash, 1);
}

// The event as a chunk of its own, or within that of the tail.
absl::StatusOr<std::shared_ptr<const Chunk>> ReadOne(const DeskOptions& options,
                                                     uint64_t sequence) {
  if (auto chunk = options.tail->Find(sequence - 1); chunk != nullptr) return chunk;
  LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event, options.log->Read(sequence));
  auto chunk = std::make_shared<Chunk>();
  chunk->first = sequence;
  LIAISON_ASSIGN_OR_RETURN(const std::string origin,
                           fanout::OriginOf(*options.log, sequence, event.leaf));
  LIAISON_RETURN_IF_ERROR(
      AppendEvent(sequence, event.leaf, event.header, event.sections, origin, chunk.get()));
  return std::shared_ptr<const Chunk>(std::move(chunk));
}

const Chunk::Entry* EntryOf(const Chunk& chunk, uint64_t sequence) {
  auto it = std::partition_point(chunk.entries.begin(), chunk.entries.end(),
                                 [&](const Chunk::Entry& e) { return e.sequence < sequence; });
  return it == chunk.entries.end() || it->sequence != sequence ? nullptr : &*it;
}

// Of the round, to that member.
void Add(const DeskOptions& options, Kept* kept, const Chunk& chunk, const Chunk::Entry& entry,
         uint64_t epoch, uint32_t delivery, uint32_t attempt, Round* round) {
  Delivery out;
  out.sequence = entry.sequence;
  out.event_field = chunk.bytes.substr(entry.begin, entry.end - entry.begin);
  out.attempt = attempt;
  out.ack_token = MakeAckToken(options.log->token_secret(), kept->state.head.uid(),
                               {kept->state.head.generation(), entry.sequence, delivery, epoch});
  Member& member = kept->members[epoch];
  --member.messages;
  member.size_bytes -= std::min<uint64_t>(member.size_bytes, out.event_field.size());
  member.room_size_bytes -= std::min(member.room_size_bytes, out.event_field.size());
  kept->last_served = epoch;
  ++round->count;
  round->size_bytes += out.event_field.size();
  round->deliveries[epoch].push_back(std::move(out));
}

void Note(uint64_t key, uint64_t epoch, Round* round) {
  if (key == 0) return;
  round->keys.insert(key);
  if (epoch != 0) round->shards[key % kShards] = epoch;
}

size_t RoomIn(const Kept& kept, const Round& round) {
  const size_t most = MaxOutstanding(kept.state.head.settings());
  const size_t out = kept.schedule.out() + round.count;
  if (round.size_bytes >= kMaxHandOutSizeBytes || round.count >= kMaxHandOut) return 0;
  return most > out ? std::min(most - out, kMaxHandOut - round.count) : 0;
}

bool IsRemembered(const State& state, uint64_t epoch) {
  return std::any_of(state.head.members().begin(), state.head.members().end(),
                     [&](const rows::Member& member) { return member.epoch() == epoch; });
}

}  // namespace

uint64_t ChooseMember(const Kept& kept, const Round& round, uint64_t key) {
  std::vector<uint64_t> streams;
  std::vector<uint64_t> open;  // with credit, in turn
  for (const auto& [epoch, member] : kept.members) {
    if (!member.pulls) streams.push_back(epoch);
    if (member.has_credit()) open.push_back(epoch);
  }
  if (open.empty()) return 0;
  auto next = std::upper_bound(open.begin(), open.end(), kept.last_served);
  const uint64_t in_turn = next == open.end() ? open.front() : *next;
  if (key == 0) return in_turn;
  auto in_round = round.shards.find(key % kShards);
  const uint64_t holder =
      in_round == round.shards.end() ? kept.schedule.HolderOf(key) : in_round->second;
  // Without streams whoever pulls gets what nobody who may still be streaming holds.
  if (streams.empty()) {
    return holder != 0 && IsRemembered(kept.state, holder) ? 0 : in_turn;
  }
  const uint64_t wanted = MemberFor(key, streams);
  if (holder != 0 && holder != wanted) return 0;
  return kept.members.find(wanted)->second.has_credit() ? wanted : 0;
}

void Desk::PumpSoon(const KeptPtr& kept) {
  if (std::exchange(kept->pump_posted, true)) return;
  Post([self = shared_from_this(), kept] {
    kept->pump_posted = false;
    self->Pump(kept);
  });
}

void Desk::Pump(const KeptPtr& kept) {
  if (kept->gone || kept->handing_out) return;
  kept->schedule.Advance(options_.now_us(), options_.boot_us());
  DropAbandonedPulls(kept);
  for (auto& member : kept->members) {
    member.second.room_size_bytes = member.second.consumer->Room();
  }
  Round round;
  // Nobody who may read, nothing that is looked at: what is passed over would be lost.
  const std::optional<auth::Principal> principal =
      kept->HasCredit() ? kept->Principal() : std::nullopt;
  if (principal) {
    absl::Status gathered = GatherReady(*principal, kept.get(), &round);
    if (gathered.ok()) gathered = GatherNew(*principal, kept.get(), &round);
    if (!gathered.ok()) return Break(kept, gathered);
  }
  const bool keeps = kept->scanned >= kept->state.head.position() + kKeepEvery;
  if (round.taken.empty() && round.again.empty() && round.dropped.empty() && !keeps) {
    if (round.more) return PumpSoon(kept);
    return EndPulls(kept);
  }
  HandOutRound(kept, std::move(round));
}

absl::Status Desk::GatherReady(const auth::Principal& principal, Kept* kept, Round* round) {
  for (uint64_t sequence : kept->schedule.ready()) {
    if (RoomIn(*kept, *round) == 0 || !kept->HasCredit()) break;
    const uint64_t key = kept->schedule.KeyOf(sequence);
    const uint64_t epoch = ChooseMember(*kept, *round, key);
    if (epoch == 0) continue;
    LIAISON_ASSIGN_OR_RETURN(const std::shared_ptr<const Chunk> chunk, ReadOne(options_, sequence));
    const Chunk::Entry* entry = EntryOf(*chunk, sequence);
    if (entry == nullptr) return absl::DataLossError("an event is not where it was");
    if (!entry->open_to_all && !auth::MayRead(principal, fanout::ReadableOf(*chunk, *entry))) {
      round->dropped.push_back(sequence);
      continue;
    }
    const rows::Entry& there = kept->state.entries.find(sequence)->second;
    Add(options_, kept, *chunk, *entry, epoch, there.deliveries() + 1, there.attempts() + 1, round);
    Note(key, epoch, round);
    round->again.push_back({sequence, epoch});
  }
  return absl::OkStatus();
}

absl::Status Desk::GatherNew(const auth::Principal& principal, Kept* kept, Round* round) {
  if (!kept->cursor) {
    fanout::CursorOptions options;
    options.principal = principal;
    options.renew = [kept, last = principal]() mutable {
      if (auto renewed = kept->Principal(); renewed) last = *std::move(renewed);
      return last;
    };
    LIAISON_ASSIGN_OR_RETURN(options.filter, fanout::Filter::Parse(kept->state.head.filter()));
    options.after = kept->scanned;
    kept->cursor.emplace(options_.log, options_.tail, std::move(options));
  }
  const pb::DeliveryOrder order = kept->state.head.order();
  for (int steps = 0; RoomIn(*kept, *round) > 0 && kept->HasCredit() &&
                      kept->state.entries.size() + round->taken.size() < kMaxEntries;) {
    if (++steps > kMaxStepsAtOnce) {
      round->more = true;
      break;
    }
    LIAISON_ASSIGN_OR_RETURN(
        const fanout::Step step,
        kept->cursor->Next(true, std::min<uint64_t>(RoomIn(*kept, *round), kept->Credit())));
    const auto* frame = std::get_if<Frame>(&step);
    if (frame == nullptr) {
      kept->scanned = kept->cursor->position();
      if (kept->parked) break;
      if (kept->Park(options_.tail)) break;
      continue;  // there is more by now
    }
    kept->scanned = frame->position;
    for (const Frame::Run& run : frame->runs) {
      for (const Chunk::Entry& entry : run.chunk->entries) {
        if (entry.begin < run.begin || entry.end > run.end) continue;
        const uint64_t key = KeyOf(order, *run.chunk, entry);
        const bool waits = kept->schedule.IsBusy(key) || round->keys.contains(key);
        const uint64_t epoch = waits ? 0 : ChooseMember(*kept, *round, key);
        if (epoch != 0) Add(options_, kept, *run.chunk, entry, epoch, 1, 1, round);
        Note(key, epoch, round);
        round->taken.push_back({entry.sequence, key, epoch});
      }
    }
  }
  return absl::OkStatus();
}

void Desk::HandOutRound(const KeptPtr& kept, Round round) {
  kept->handing_out = true;
  Change change = HandOut(kept->state, kept->scanned, round.taken, round.again, options_.now_us());
  for (uint64_t sequence : round.dropped) change.entries[sequence] = std::nullopt;
  auto shared = std::make_shared<Round>(std::move(round));
  Commit(kept, change, [this, kept, shared](const absl::Status& committed) {
    kept->handing_out = false;
    if (!committed.ok() || kept->gone) return;
    for (auto& [epoch, deliveries] : shared->deliveries) {
      auto member = kept->members.find(epoch);
      const bool abandoned = member != kept->members.end() && member->second.pulls &&
                             !member->second.consumer->Renew();
      if (member == kept->members.end() || abandoned) {
        // It went while this was on its way: it never went out.
        std::vector<std::string> tokens;
        for (Delivery& delivery : deliveries) tokens.push_back(std::move(delivery.ack_token));
        ReleaseNow(kept, tokens);
        continue;
      }
      const std::shared_ptr<Consumer> consumer = member->second.consumer;
      if (member->second.pulls) {
        kept->members.erase(member);
        BeginLeases(kept.get(), epoch, deliveries);
      }
      consumer->Deliver(std::move(deliveries));
    }
    Pump(kept);
  });
}

// Of what is on its way within this very call.
void Desk::BeginLeases(Kept* kept, uint64_t epoch, const std::vector<Delivery>& deliveries) {
  const int64_t end_us = options_.boot_us() + LeaseUs(kept->state.head.settings());
  for (const Delivery& delivery : deliveries) {
    kept->schedule.Began(delivery.sequence, epoch, end_us);
  }
}

// Nobody waits for them, or whoever does may not read any more: they take nothing from others.
void Desk::DropAbandonedPulls(const KeptPtr& kept) {
  std::vector<std::shared_ptr<Consumer>> abandoned;
  for (auto it = kept->members.begin(); it != kept->members.end();) {
    if (it->second.pulls && !it->second.consumer->Renew()) {
      abandoned.push_back(it->second.consumer);
      it = kept->members.erase(it);
    } else {
      ++it;
    }
  }
  for (const auto& consumer : abandoned) {
    consumer->End(record::Error(record::Reason::kCredentialInvalid,
                                "what you came in with is not valid any more"));
  }
}

void Desk::EndPulls(const KeptPtr& kept) {
  const int64_t boot_us = options_.boot_us();
  std::vector<std::shared_ptr<Consumer>> over;
  for (auto it = kept->members.begin(); it != kept->members.end();) {
    if (it->second.pulls && it->second.until_us <= boot_us) {
      over.push_back(it->second.consumer);
      it = kept->members.erase(it);
    } else {
      ++it;
    }
  }
  for (const auto& consumer : over) consumer->Deliver({});
  if (kept->members.empty()) LetRest(kept);
}

// What the cursor has read is there for whoever pulls again soon, but not of everybody.
void Desk::LetRest(const KeptPtr& kept) {
  if (!kept->cursor || std::exchange(kept->resting, true)) return;
  resting_.push_back(kept);
  if (resting_.size() <= kMaxResting) return;
  const KeptPtr oldest = resting_.front().lock();
  resting_.pop_front();
  if (oldest == nullptr) return;
  oldest->resting = false;
  if (oldest->members.empty()) oldest->cursor.reset();
}

}  // namespace liaison::subscriptions
