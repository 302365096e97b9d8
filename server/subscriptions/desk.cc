#include "server/subscriptions/desk.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/errors.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/uuid.h"
#include "server/subscriptions/ack_token.h"
#include "server/subscriptions/book.h"
#include "server/subscriptions/kept.h"
#include "server/subscriptions/limits.h"

namespace liaison::subscriptions {
namespace {

using google::protobuf::util::TimeUtil;
using record::Error;
using record::Reason;

// What a pull hands over to; gone with its first word.
class PullConsumer final : public Consumer {
 public:
  PullConsumer(std::function<std::optional<auth::Principal>()> who,
               Desk::Done<std::vector<Delivery>> done)
      : who_(std::move(who)), done_(std::move(done)) {}
  void Deliver(std::vector<Delivery> deliveries) override { done_(std::move(deliveries)); }
  size_t Room() override { return kMaxHandOutSizeBytes; }
  void End(const absl::Status& why) override { done_(why); }
  std::optional<auth::Principal> Renew() override { return who_(); }

 private:
  const std::function<std::optional<auth::Principal>()> who_;
  const Desk::Done<std::vector<Delivery>> done_;
};

absl::Status NoSuch(const Name& name) {
  return Error(Reason::kNotFound,
               absl::StrCat("there is no subscription ", name.name, " of ", name.owner))
      .Field("name", "one that `liaison durable list` shows");
}

// What a caller can make of a write that failed.
absl::Status ComeAgain(const absl::Status& why) {
  if (record::ReasonOf(why)) return why;
  return Error(Reason::kLogWriteFailed,
               absl::StrCat("the subscription changed elsewhere or could not be written (",
                            why.message(), "); come again"))
      .RetryAfter(absl::Seconds(1));
}

absl::Status Replaced(const std::string& member) {
  return record::FieldInvalid(
      "start.member",
      absl::StrCat("another stream came as ", member, ": give each process a name of its own"));
}

pb::Position At(const std::string& log_id, uint64_t sequence) {
  pb::Position position;
  position.set_log_id(record::Uuid::FromBytes(log_id).ToString());
  position.set_sequence(sequence);
  return position;
}

}  // namespace

std::shared_ptr<Desk> Desk::Make(DeskOptions options) {
  return std::shared_ptr<Desk>(new Desk(std::move(options)));
}

Desk::~Desk() {
  for (const auto& [key, kept] : kept_) kept->Unpark(options_.tail);
}

absl::StatusOr<Desk::KeptPtr> Desk::Find(const Name& name) {
  const std::string key = HeadKey(name.owner, name.name);
  if (auto it = kept_.find(key); it != kept_.end()) return it->second;
  LIAISON_ASSIGN_OR_RETURN(std::optional<State> state,
                           LoadState(*options_.log, name.owner, name.name));
  if (!state) return NoSuch(name);
  auto kept = std::make_shared<Kept>();
  kept->state = *std::move(state);
  kept->scanned = kept->state.head.position();
  kept->last_epoch = kept->state.head.last_epoch();
  const int64_t boot_us = options_.boot_us();
  kept->schedule.Advance(options_.now_us(), boot_us);
  kept->schedule.Reset(kept->state, boot_us + LeaseUs(kept->state.head.settings()));
  kept->wake = [desk = weak_from_this(), weak = std::weak_ptr<Kept>(kept)] {
    const std::shared_ptr<Desk> self = desk.lock();
    const KeptPtr woken = weak.lock();
    if (self == nullptr || woken == nullptr) return;
    self->Post([self, woken] {
      woken->parked = false;
      self->Pump(woken);
    });
  };
  kept_[key] = kept;
  return kept;
}

absl::Status Desk::CheckPosition(const Kept& kept) const {
  const rows::Subscription& head = kept.state.head;
  const record::Uuid log_id = options_.log->log_id();
  const uint64_t end = options_.tail->head();
  const uint64_t begin = options_.log->earliest() - 1;
  // What to say of the place where it is, as far as there is one: a seek voids what is out, so that
  // comes again. Another place may be the right one, and nobody here knows.
  const uint64_t settled =
      kept.state.entries.empty() ? kept.scanned : kept.state.entries.begin()->first - 1;
  const std::string way_out = absl::StrCat(
      "; nothing is delivered until you say where to go on: `liaison durable seek ", head.name(),
      " --after ", std::max(begin, std::min(settled, end)), "`, or --since, --live or --beginning");
  if (head.log_id() != log_id.bytes()) {
    return Error(Reason::kLogIncarnationChanged,
                 absl::StrCat("this hub's log was recreated, or restored from a backup, since",
                              way_out))
        .With("log_id", log_id.ToString())
        .With("head", end);
  }
  if (kept.scanned > end) {
    return Error(Reason::kPositionAheadOfLog, absl::StrCat("the subscription is at ", kept.scanned,
                                                           ", and the log ends at ", end, way_out))
        .With("sequence", kept.scanned)
        .With("head", end);
  }
  if (settled < begin) {
    return Error(Reason::kPositionExpired,
                 absl::StrCat("the subscription is at ", settled, ", and the log begins at ",
                              begin + 1, " now", way_out))
        .With("sequence", settled)
        .With("earliest", begin + 1);
  }
  return absl::OkStatus();
}

pb::Subscription Desk::Show(const Kept& kept) const {
  const rows::Subscription& head = kept.state.head;
  pb::Subscription shown;
  shown.set_name(head.name());
  shown.set_owner(head.owner());
  shown.set_filter(head.filter());
  shown.set_order(head.order());
  *shown.mutable_settings() = head.settings();
  shown.set_generation(head.generation());
  *shown.mutable_create_time() = TimeUtil::MicrosecondsToTimestamp(head.created_us());
  *shown.mutable_position() = At(head.log_id(), kept.scanned);
  pb::SubscriptionStats& stats = *shown.mutable_stats();
  const storage::Head end = options_.log->head();
  stats.set_backlog(end.sequence > kept.scanned ? end.sequence - kept.scanned : 0);
  stats.set_outstanding(static_cast<uint32_t>(kept.schedule.out()));
  stats.set_waiting(static_cast<uint32_t>(kept.schedule.waiting()));
  stats.set_dead_letters(static_cast<uint32_t>(kept.state.dead_letters.size()));
  stats.set_members(static_cast<uint32_t>(kept.members.size()));
  uint64_t first = kept.scanned < end.sequence ? kept.scanned + 1 : 0;
  if (!kept.state.entries.empty()) first = kept.state.entries.begin()->first;
  const auto event = first == 0 || first > end.sequence
                         ? absl::StatusOr<storage::StoredEvent>(absl::NotFoundError(""))
                         : options_.log->ReadHeader(first);
  const auto leaf =
      event.ok() ? record::DecodeLeaf(event->leaf) : absl::StatusOr<record::Leaf>(event.status());
  if (first > 0) {
    *stats.mutable_oldest_unacked() = At(head.log_id(), first);
    if (leaf.ok()) {
      *stats.mutable_oldest_unacked_time() = TimeUtil::MicrosecondsToTimestamp(leaf->hub_time_us);
    }
  }
  *stats.mutable_lag() =
      TimeUtil::MicrosecondsToDuration(leaf.ok() ? end.hub_time_us - leaf->hub_time_us : 0);
  return shown;
}

// --- what is written
// ------------------------------------------------------------------------------

void Desk::Propose(sequencer::ControlChange change, std::function<void(absl::Status)> then) {
  sequencer::Proposal proposal;
  proposal.size_bytes = change.key.size() + change.value.value_or("").size();
  for (const sequencer::ControlChange::Row& row : change.also) {
    proposal.size_bytes += row.key.size() + row.value.value_or("").size();
  }
  proposal.control = std::move(change);
  auto shared = std::make_shared<std::function<void(absl::Status)>>(std::move(then));
  proposal.done = [self = shared_from_this(), shared](const sequencer::Answers& answers) {
    absl::Status status = answers.empty() ? absl::OkStatus() : answers.front().status();
    self->Post([self, shared, status = std::move(status)] { (*shared)(status); });
  };
  absl::Status proposed = options_.proposals->Propose(std::move(proposal));
  if (proposed.ok()) return;
  // Later, as every other answer: nobody expects it within the call.
  Post([shared, proposed] { (*shared)(proposed); });
}

void Desk::Commit(const KeptPtr& kept, const Change& change,
                  std::function<void(absl::Status)> then) {
  Propose(ToControl(kept->state, change),
          [this, self = shared_from_this(), kept, then = std::move(then)](absl::Status status) {
            --kept->in_flight;
            if (!status.ok()) Break(kept, status);
            then(status.ok() ? status : ComeAgain(status));
          });
  ++kept->in_flight;
  const bool sought = change.head.generation() != kept->state.head.generation();
  Apply(change, &kept->state);
  kept->schedule.Follow(change);
  if (!sought) return;
  kept->cursor.reset();
  kept->scanned = kept->state.head.position();
}

void Desk::Break(const KeptPtr& kept, const absl::Status& why) {
  if (std::exchange(kept->gone, true)) return;
  Retire(kept);
  auto members = std::move(kept->members);
  kept->members.clear();
  for (auto& member : members) member.second.consumer->End(ComeAgain(why));
}

void Desk::Retire(const KeptPtr& kept) {
  kept->gone = true;
  const rows::Subscription& head = kept->state.head;
  auto it = kept_.find(HeadKey(head.owner(), head.name()));
  if (it != kept_.end() && it->second == kept) kept_.erase(it);
  kept->Unpark(options_.tail);
}

// --- the calls
// ------------------------------------------------------------------------------------

void Desk::CountOwner(const std::string& owner, size_t* count) {
  auto [it, is_new] = per_owner_.try_emplace(owner, 0);
  if (is_new) {
    const auto heads = ListHeads(*options_.log, owner, "", kMaxPerOwner);
    it->second = heads.ok() ? heads->size() : 0;
  }
  *count = it->second;
}

// The one that there is, where it is what was asked for.
absl::StatusOr<pb::Subscription> Desk::ShowSame(const Kept& there,
                                                const rows::Subscription& asked) const {
  const rows::Subscription& head = there.state.head;
  if (head.filter() == asked.filter() && head.order() == asked.order()) return Show(there);
  return record::FieldInvalid(
      "name", absl::StrCat("taken by a subscription with another filter or order; take another "
                           "name, or delete ",
                           head.name(), " first"));
}

void Desk::Create(rows::Subscription head, Done<pb::Subscription> done) {
  Post([self = shared_from_this(), head = std::move(head), done = std::move(done)]() mutable {
    const Name name{head.owner(), head.name()};
    // A retry whose first answer was lost gets it again.
    if (const auto there = self->Find(name); there.ok()) return done(self->ShowSame(**there, head));
    size_t count = 0;
    self->CountOwner(head.owner(), &count);
    if (count >= kMaxPerOwner) {
      return done(absl::Status(
          Error(Reason::kTooManyStreams,
                absl::StrCat(head.owner(), " has ", count, " subscriptions; delete one first"))));
    }
    head.set_uid(std::string(record::Uuid::Random().bytes()));
    head.set_log_id(std::string(self->options_.log->log_id().bytes()));
    head.set_generation(1);
    head.set_created_us(self->options_.now_us());
    ++self->per_owner_[name.owner];
    self->Propose(CreateControl(head), [self, name, head, done](const absl::Status& status) {
      if (!status.ok()) --self->per_owner_[name.owner];
      // Of two who ask for it at once, one is the first.
      if (!status.ok() && !absl::IsAborted(status)) return done(ComeAgain(status));
      const auto kept = self->Find(name);
      done(kept.ok() ? self->ShowSame(**kept, head) : kept.status());
    });
  });
}

void Desk::Get(Name name, Done<pb::Subscription> done) {
  Post([self = shared_from_this(), name = std::move(name), done = std::move(done)] {
    const auto kept = self->Find(name);
    done(kept.ok() ? absl::StatusOr<pb::Subscription>(self->Show(**kept)) : kept.status());
  });
}

void Desk::List(std::string owner, std::string after, size_t limit,
                Done<std::vector<pb::Subscription>> done) {
  Post([self = shared_from_this(), owner = std::move(owner), after = std::move(after), limit,
        done = std::move(done)] {
    const auto heads = ListHeads(*self->options_.log, owner, after, limit);
    if (!heads.ok()) return done(heads.status());
    std::vector<pb::Subscription> shown;
    for (const rows::Subscription& head : *heads) {
      const auto kept = self->Find({owner, head.name()});
      if (kept.ok()) shown.push_back(self->Show(**kept));
    }
    done(std::move(shown));
  });
}

void Desk::Update(Name name, pb::SubscriptionSettings settings, Done<pb::Subscription> done) {
  Post([self = shared_from_this(), name = std::move(name), settings = std::move(settings),
        done = std::move(done)] {
    const auto found = self->Find(name);
    if (!found.ok()) return done(found.status());
    const KeptPtr& kept = *found;
    self->Commit(kept, SetSettings(kept->state, settings), [self, kept, done](absl::Status status) {
      done(status.ok() ? absl::StatusOr<pb::Subscription>(self->Show(*kept)) : status);
      self->Pump(kept);
    });
  });
}

void Desk::Delete(Name name, Done<bool> done) {
  Post([self = shared_from_this(), name = std::move(name), done = std::move(done)] {
    const auto found = self->Find(name);
    if (!found.ok()) return done(found.status());
    const KeptPtr& kept = *found;
    self->Propose(DeleteControl(kept->state), [self, kept, name, done](const absl::Status& status) {
      // An owner that nobody has counted yet is counted when it is asked for.
      auto count = self->per_owner_.find(name.owner);
      if (status.ok() && count != self->per_owner_.end() && count->second > 0) --count->second;
      self->Break(kept, status.ok() ? NoSuch(name) : status);
      done(status.ok() ? absl::StatusOr<bool>(true) : ComeAgain(status));
    });
  });
}

void Desk::Seek(Name name, uint64_t position, Done<pb::SeekResponse> done) {
  Post([self = shared_from_this(), name = std::move(name), position, done = std::move(done)] {
    const auto found = self->Find(name);
    if (!found.ok()) return done(found.status());
    const KeptPtr& kept = *found;
    const std::string log_id(self->options_.log->log_id().bytes());
    self->Commit(kept, SeekTo(kept->state, log_id, position),
                 [self, kept, position, log_id, done](const absl::Status& status) {
                   if (!status.ok()) return done(status);
                   pb::SeekResponse response;
                   *response.mutable_position() = At(log_id, position);
                   response.set_generation(kept->state.head.generation());
                   const uint64_t head = self->options_.tail->head();
                   response.set_backlog(head > position ? head - position : 0);
                   done(std::move(response));
                   self->Pump(kept);
                 });
  });
}

// --- members
// --------------------------------------------------------------------------------------

void Desk::Attach(Name name, std::string member, uint64_t claimed_epoch,
                  std::vector<std::string> held, std::shared_ptr<Consumer> consumer,
                  Done<JoinedAs> done) {
  Post([self = shared_from_this(), name = std::move(name), member = std::move(member),
        claimed_epoch, held = std::move(held), consumer = std::move(consumer),
        done = std::move(done)] {
    const auto found = self->Find(name);
    if (!found.ok()) return done(found.status());
    const KeptPtr& kept = *found;
    if (absl::Status position = self->CheckPosition(*kept); !position.ok()) return done(position);
    uint64_t epoch = 0;
    const Change change = Join(kept->state, member, claimed_epoch,
                               self->ToClaims(*kept, held, pb::SETTLE_ACTION_EXTEND),
                               ++kept->last_epoch, self->options_.now_us(), &epoch);
    // Whoever comes in its place is it now: the stream from before, perhaps not yet known to be
    // dead, is no member any more.
    for (const rows::Member& known : kept->state.head.members()) {
      auto old = kept->members.find(known.epoch());
      if (known.name() != member || old == kept->members.end()) continue;
      const std::shared_ptr<Consumer> replaced = old->second.consumer;
      kept->members.erase(old);
      replaced->End(Replaced(member));
      break;
    }
    self->Commit(kept, change,
                 [self, kept, member, epoch, consumer, done](const absl::Status& status) {
                   if (!status.ok()) return done(status);
                   if (kept->gone)
                     return done(ComeAgain(absl::AbortedError("it was taken from under you")));
                   // Another has come in its place while this was on its way.
                   for (const rows::Member& known : kept->state.head.members()) {
                     if (known.name() == member && known.epoch() != epoch)
                       return done(Replaced(member));
                   }
                   // Or both claimed the same epoch.
                   if (auto old = kept->members.find(epoch); old != kept->members.end()) {
                     old->second.consumer->End(Replaced(member));
                     kept->members.erase(old);
                   }
                   kept->members[epoch].consumer = consumer;
                   done(JoinedAs{epoch, kept->state.head.generation(),
                                 LeaseUs(kept->state.head.settings()), kept->scanned});
                   self->Pump(kept);
                 });
  });
}

void Desk::Grant(Name name, std::shared_ptr<Consumer> consumer, uint64_t messages,
                 uint64_t size_bytes) {
  Post([self = shared_from_this(), name = std::move(name), consumer = std::move(consumer), messages,
        size_bytes] {
    const auto found = self->Find(name);
    if (!found.ok()) return;
    for (auto& [epoch, member] : (*found)->members) {
      if (member.consumer != consumer) continue;
      member.messages =
          std::min(kMaxCreditMessages, member.messages + std::min(messages, kMaxCreditMessages));
      member.size_bytes = std::min(kMaxCreditSizeBytes,
                                   member.size_bytes + std::min(size_bytes, kMaxCreditSizeBytes));
    }
    self->PumpSoon(*found);
  });
}

void Desk::Began(Name name, std::vector<std::string> ack_tokens) {
  Post([self = shared_from_this(), name = std::move(name), tokens = std::move(ack_tokens)] {
    const auto found = self->Find(name);
    if (!found.ok()) return;
    Kept& kept = **found;
    const int64_t end_us = self->options_.boot_us() + LeaseUs(kept.state.head.settings());
    for (const Claim& claim : self->ToClaims(kept, tokens, pb::SETTLE_ACTION_EXTEND)) {
      if (Judge(kept.state, claim) != pb::SETTLE_RESULT_OK) continue;
      kept.schedule.Began(claim.sequence, claim.epoch, end_us);
    }
    self->PumpSoon(*found);
  });
}

void Desk::Detach(Name name, std::shared_ptr<Consumer> consumer, std::vector<std::string> unwritten,
                  bool in_order) {
  Post([self = shared_from_this(), name = std::move(name), consumer = std::move(consumer),
        unwritten = std::move(unwritten), in_order] {
    const auto found = self->Find(name);
    if (!found.ok()) return;
    const KeptPtr& kept = *found;
    self->ReleaseNow(kept, unwritten);
    for (auto it = kept->members.begin(); it != kept->members.end(); ++it) {
      if (it->second.consumer != consumer) continue;
      const uint64_t epoch = it->first;
      kept->members.erase(it);
      if (in_order) {
        self->Commit(kept, Leave(kept->state, epoch, self->options_.now_us()),
                     [](const absl::Status&) {});
      }
      break;
    }
    if (kept->members.empty()) kept->cursor.reset();
    self->PumpSoon(kept);
  });
}

std::vector<Claim> Desk::ToClaims(const Kept& kept, const std::vector<std::string>& tokens,
                                  pb::SettleAction action) const {
  std::vector<Claim> claims;
  claims.reserve(tokens.size());
  for (const std::string& text : tokens) {
    const auto token = ReadAckToken(options_.log->token_secret(), kept.state.head.uid(), text);
    if (!token) continue;
    Claim claim;
    claim.generation = token->generation;
    claim.sequence = token->sequence;
    claim.delivery = token->delivery;
    claim.epoch = token->epoch;
    claim.action = action;
    claims.push_back(std::move(claim));
  }
  return claims;
}

void Desk::Release(Name name, std::vector<std::string> ack_tokens) {
  Post([self = shared_from_this(), name = std::move(name), tokens = std::move(ack_tokens)] {
    const auto found = self->Find(name);
    if (!found.ok()) return;
    self->ReleaseNow(*found, tokens);
    self->PumpSoon(*found);
  });
}

void Desk::ReleaseNow(const KeptPtr& kept, const std::vector<std::string>& tokens) {
  if (tokens.empty()) return;
  std::vector<pb::SettleResult> results;
  const Change change = subscriptions::Settle(
      kept->state, ToClaims(*kept, tokens, pb::SETTLE_ACTION_RELEASE), options_.now_us(), &results);
  if (!change.entries.empty()) Commit(kept, change, [](const absl::Status&) {});
}

void Desk::Pull(Name name, std::function<std::optional<auth::Principal>()> who, uint64_t messages,
                int64_t wait_us, Done<std::vector<Delivery>> done) {
  Post([self = shared_from_this(), name = std::move(name), who = std::move(who), messages, wait_us,
        done = std::move(done)] {
    const auto found = self->Find(name);
    if (!found.ok()) return done(found.status());
    const KeptPtr& kept = *found;
    if (absl::Status position = self->CheckPosition(*kept); !position.ok()) return done(position);
    self->ExpireLeases(kept);
    Member& member = kept->members[++kept->last_epoch];
    member.consumer = std::make_shared<PullConsumer>(who, done);
    member.messages = messages;
    member.size_bytes = kMaxHandOutSizeBytes;
    member.pulls = true;
    member.until_us = self->options_.boot_us() + wait_us;
    self->Pump(kept);
  });
}

void Desk::Settle(Name name, std::vector<pb::Settlement> settlements,
                  Done<std::vector<pb::SettleResult>> done) {
  Post([self = shared_from_this(), name = std::move(name), settlements = std::move(settlements),
        done = std::move(done)] {
    const auto found = self->Find(name);
    if (!found.ok()) return done(found.status());
    const KeptPtr& kept = *found;
    self->ExpireLeases(kept);
    std::vector<pb::SettleResult> results(settlements.size(), pb::SETTLE_RESULT_INVALID);
    std::vector<Claim> claims;
    std::vector<size_t> places;
    for (size_t i = 0; i < settlements.size(); ++i) {
      const pb::Settlement& said = settlements[i];
      std::vector<Claim> one = self->ToClaims(*kept, {said.ack_token()}, said.action());
      if (one.empty()) continue;
      if (said.has_delay()) one[0].delay_us = TimeUtil::DurationToMicroseconds(said.delay());
      one[0].reason = said.reason();
      claims.push_back(std::move(one[0]));
      places.push_back(i);
    }
    std::vector<pb::SettleResult> judged;
    const Change change =
        subscriptions::Settle(kept->state, claims, self->options_.now_us(), &judged);
    for (size_t i = 0; i < claims.size(); ++i) {
      results[places[i]] = judged[i];
      if (claims[i].action != pb::SETTLE_ACTION_EXTEND || judged[i] != pb::SETTLE_RESULT_OK)
        continue;
      kept->schedule.Began(claims[i].sequence, claims[i].epoch,
                           self->options_.boot_us() + LeaseUs(kept->state.head.settings()));
    }
    if (change.entries.empty()) return done(std::move(results));
    self->Commit(kept, change,
                 [self, kept, results = std::move(results), done](const absl::Status& status) {
                   if (!status.ok()) return done(status);
                   done(results);
                 });
    self->PumpSoon(kept);
  });
}

// --- dead letters
// ---------------------------------------------------------------------------------

absl::StatusOr<std::vector<Laid>> Desk::ReadLetters(const Kept& kept,
                                                    const std::vector<uint64_t>& sequences) const {
  std::vector<Laid> laid;
  laid.reserve(sequences.size());
  for (uint64_t sequence : sequences) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<rows::DeadLetter> letter,
                             ReadDeadLetter(*options_.log, kept.state.head.uid(), sequence));
    // One that is on its way to disk is not there yet.
    if (letter) laid.push_back({sequence, *letter});
  }
  return laid;
}

void Desk::ListDeadLetters(Name name, uint64_t after, size_t limit,
                           Done<std::vector<pb::DeadLetter>> done) {
  Post([self = shared_from_this(), name = std::move(name), after, limit, done = std::move(done)] {
    const auto found = self->Find(name);
    if (!found.ok()) return done(found.status());
    const Kept& kept = **found;
    // As many as are asked for: a page that is short for those on their way to disk would look
    // like the last one.
    std::vector<Laid> letters;
    const auto& dead = kept.state.dead_letters;
    for (auto it = dead.upper_bound(after); it != dead.end() && letters.size() < limit;) {
      std::vector<uint64_t> sequences;
      for (; it != dead.end() && letters.size() + sequences.size() < limit; ++it) {
        sequences.push_back(*it);
      }
      auto some = self->ReadLetters(kept, sequences);
      if (!some.ok()) return done(some.status());
      std::move(some->begin(), some->end(), std::back_inserter(letters));
    }
    std::vector<pb::DeadLetter> shown;
    for (const Laid& laid : letters) {
      pb::DeadLetter& letter = shown.emplace_back();
      const auto time = [](int64_t us) { return TimeUtil::MicrosecondsToTimestamp(us); };
      *letter.mutable_position() = At(kept.state.head.log_id(), laid.sequence);
      letter.set_attempts(laid.letter.attempts());
      letter.set_reason(laid.letter.reason());
      *letter.mutable_first_delivery_time() = time(laid.letter.first_us());
      *letter.mutable_last_delivery_time() = time(laid.letter.last_us());
      *letter.mutable_time() = time(laid.letter.dead_us());
      letter.set_generation(laid.letter.generation());
    }
    done(std::move(shown));
  });
}

void Desk::ReplayOrDiscard(const Name& name, std::vector<uint64_t> sequences, bool dry_run,
                           bool replay, const Done<DeadLetters>& done) {
  const auto found = Find(name);
  if (!found.ok()) return done(found.status());
  const KeptPtr& kept = *found;
  if (replay) {
    if (absl::Status position = CheckPosition(*kept); !position.ok()) return done(position);
  }
  const auto& dead = kept->state.dead_letters;
  size_t room = kMaxAtOnce;
  if (replay)
    room = std::min(room, kMaxEntries - std::min(kMaxEntries, kept->state.entries.size()));
  if (sequences.empty()) {
    sequences.assign(dead.begin(), dead.end());
  } else {
    std::sort(sequences.begin(), sequences.end());
    sequences.erase(std::unique(sequences.begin(), sequences.end()), sequences.end());
    sequences.erase(std::remove_if(sequences.begin(), sequences.end(),
                                   [&](uint64_t s) { return !dead.contains(s); }),
                    sequences.end());
  }
  if (sequences.size() > room) sequences.resize(room);
  const auto letters = ReadLetters(*kept, sequences);
  if (!letters.ok()) return done(letters.status());
  DeadLetters answer;
  for (const Laid& laid : *letters) answer.sequences.push_back(laid.sequence);
  answer.remaining = dead.size() - answer.sequences.size();
  if (dry_run || answer.sequences.empty()) return done(std::move(answer));
  Commit(kept,
         replay ? subscriptions::Replay(kept->state, *letters)
                : subscriptions::Discard(kept->state, *letters),
         [self = shared_from_this(), kept, answer, done](const absl::Status& status) {
           if (!status.ok()) return done(status);
           done(answer);
           self->Pump(kept);
         });
}

void Desk::Replay(Name name, std::vector<uint64_t> sequences, bool dry_run,
                  Done<DeadLetters> done) {
  Post([self = shared_from_this(), name = std::move(name), sequences = std::move(sequences),
        dry_run, done = std::move(done)] {
    self->ReplayOrDiscard(name, sequences, dry_run, /*replay=*/true, done);
  });
}

void Desk::Discard(Name name, std::vector<uint64_t> sequences, bool dry_run,
                   Done<DeadLetters> done) {
  Post([self = shared_from_this(), name = std::move(name), sequences = std::move(sequences),
        dry_run, done = std::move(done)] {
    self->ReplayOrDiscard(name, sequences, dry_run, /*replay=*/false, done);
  });
}

// --- time
// -----------------------------------------------------------------------------------------

void Desk::ExpireLeases(const KeptPtr& kept) {
  const int64_t now_us = options_.now_us();
  kept->schedule.Advance(now_us, options_.boot_us());
  const std::vector<uint64_t> over = kept->schedule.Over();
  if (over.empty() || kept->gone) return;
  Commit(kept, Expire(kept->state, over, now_us), [](const absl::Status&) {});
}

void Desk::Drain() {
  Post([self = shared_from_this()] {
    for (auto& [key, kept] : self->kept_) {
      for (auto& [epoch, member] : kept->members) member.until_us = 0;
      self->PumpSoon(kept);
    }
  });
}

void Desk::Tick() {
  if (tick_posted_.exchange(true)) return;
  Post([self = shared_from_this()] {
    self->tick_posted_ = false;
    std::vector<KeptPtr> all;
    all.reserve(self->kept_.size());
    for (const auto& [key, kept] : self->kept_) all.push_back(kept);
    for (const KeptPtr& kept : all) {
      self->ExpireLeases(kept);
      self->Pump(kept);
      const bool idle = kept->members.empty() && kept->schedule.out() == 0 && kept->in_flight == 0;
      // A tick later, so that whoever comes twice a second does not read it from disk each time.
      if (std::exchange(kept->idle, idle) && idle) self->Retire(kept);
    }
  });
}

}  // namespace liaison::subscriptions
