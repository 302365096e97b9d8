#include "server/federation/lane_puller.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/federation/evidence.h"
#include "server/federation/limits.h"
#include "server/federation/told.h"
#include "storage/tree/proofs.h"

namespace liaison::federation {
namespace {

rows::Cause CauseOf(Why why) {
  switch (why) {
    case Why::kTooLarge:
    case Why::kUnreadable:
    case Why::kSequenceDisagrees:
    case Why::kRegistryBehind:
      return rows::CAUSE_MALFORMED;
    case Why::kUnproven:
      return rows::CAUSE_UNPROVEN;
    default:
      return rows::CAUSE_BYTES_DISAGREE;
  }
}

size_t CountItems(const Batch& batch) {
  size_t count = batch.late.size();
  for (const Piece& piece : batch.pieces) count += piece.items.size();
  return count;
}

}  // namespace

LanePuller::LanePuller(const Rooms& rooms, std::string peer, const std::string& origin)
    : rooms_(rooms),
      peer_(std::move(peer)),
      origin_(*ParseOrigin(origin)),
      key_(rooms.policy->origins().find(origin)->second.key),
      registry_key_(RegistryKeyOf(key_)),
      row_key_(LaneRowKey(peer_, rooms.replica->kept_as())),
      lane_(origin) {}

absl::Status LanePuller::Open() {
  LIAISON_RETURN_IF_ERROR(OpenRegistry());
  LIAISON_ASSIGN_OR_RETURN(kept_, rooms_.entry->Find(row_key_));
  if (!kept_) return absl::OkStatus();
  rows::Lane row;
  if (!row.ParseFromString(*kept_) || row.origin() != origin()) {
    return absl::DataLossError(
        absl::StrCat("the cursor of the lane of ", origin(), " from ", peer_, " is none"));
  }
  LIAISON_ASSIGN_OR_RETURN(lane_, Lane::FromRow(std::move(row)));
  Show(lane_);
  ShowWhole(lane_);
  return absl::OkStatus();
}

absl::Status LanePuller::OpenRegistry() {
  const std::shared_ptr<const Replica::Registry> kept = rooms_.replica->registry();
  if (kept->head.note.empty()) return absl::OkStatus();
  registry_head_ = kept->head.note;
  LIAISON_RETURN_IF_ERROR(registry_.Extend(kept->entries, kept->head));
  ShowRegistry();
  return absl::OkStatus();
}

void LanePuller::ShowWhole(const Lane& lane) {
  // To be compared with what other lanes of the origin are shown.
  if (const auto head = OpenHead(key_, lane.ToRow().head_note()); head.ok()) {
    rooms_.replica->Contradiction(*head);
  }
  if (lane.whole_note().empty()) return;
  const absl::StatusOr<Head> whole = OpenHead(key_, lane.whole_note());
  if (whole.ok()) rooms_.replica->SetWhole(*whole);
}

pb::PullLaneRequest LanePuller::Request() const {
  pb::PullLaneRequest request;
  request.set_origin(origin());
  request.set_settled(lane_.settled());
  request.set_head_size(lane_.head_size());
  request.set_registry_size(registry_.size() + entries_.size());
  request.set_max_items(kMaxBatchItems);
  request.set_max_bytes(kMaxBatchBytes);
  LateCursor late = lane_.late();
  request.set_late_after(late.through);
  request.set_late_mark(std::move(late.mark));
  // Whoever is served from what came here stands at a head of before, and it must be proven there.
  request.set_split_at(lane_.began_anew_at());
  request.set_head_note(lane_.ToRow().head_note());
  request.set_bare_leaves(true);
  return request;
}

absl::StatusOr<Next> LanePuller::Take(absl::Time now) {
  absl::StatusOr<Next> next = Ask(now);
  // Nothing enters here, however well the peer answers.
  if (!next.ok() && record::ReasonOf(next.status()) != record::Reason::kShuttingDown) {
    trouble_ = Told(next.status().message(), kMaxRemarkSizeBytes);
  }
  absl::MutexLock lock(&mu_);
  shown_trouble_ = trouble_;
  return next;
}

absl::StatusOr<Next> LanePuller::Ask(absl::Time now) {
  if (rooms_.line->HasNewWay()) rooms_.standings->HasNewWay(peer_);
  if (!rooms_.standings->MayPull(peer_, origin(), now) &&
      !rooms_.standings->TakeProbe(peer_, origin(), now)) {
    return Next::kNotNow;
  }
  absl::StatusOr<pb::PullLaneResponse> response = rooms_.line->PullLane(Request());
  if (!response.ok()) {
    const absl::Status& why = response.status();
    trouble_ = absl::StrCat(HasRefused(why) ? "" : "it does not answer: ",
                            WhyNotAnswered(why, kMaxRemarkSizeBytes));
    rooms_.standings->Missed(peer_, WhyNotAnswered(why, kMaxWhySizeBytes),
                             record::RetryDelayOf(why), now);
    return Next::kNotNow;
  }
  if (response->head().empty()) return TakeNothing(response->nothing_because(), now);
  trouble_ = Told(response->nothing_because(), kMaxRemarkSizeBytes);
  const uint64_t cosign_since = response->cosign_since();
  answer_size_bytes_ = response->ByteSizeLong();
  absl::StatusOr<Pulled> pulled = ReadPulled(*std::move(response));
  if (!pulled.ok()) {
    rooms_.standings->FaultOfPeer(peer_, rows::CAUSE_MALFORMED, pulled.status().message(), now);
    return Next::kNotNow;
  }
  absl::StatusOr<Head> head = OpenHead(key_, pulled->head);
  if (!head.ok()) {
    rooms_.standings->FaultOfPeer(peer_, rows::CAUSE_UNPROVEN, head.status().message(), now);
    return Next::kNotNow;
  }
  if (const std::optional<Head> other = rooms_.replica->Contradiction(*head)) {
    return TwoHistories(absl::StrCat("two roots were signed at ", head->size), other->note,
                        head->note, now);
  }
  pulled->batch.head = *std::move(head);
  // Who cannot prove what comes next could not prove a new beginning under that head either. Where
  // nothing comes next, there is another reason why that head is an old one.
  const bool can_prove = trouble_.empty() || lane_.settled() >= pulled->batch.head.size;
  lane_.NoteRules(pulled->rules, rooms_.policy->ReceiveRules(origin()));
  if (!knows_rules_ || lane_.owes_beginning()) {
    knows_rules_ = true;
    Show(lane_);
  }
  LIAISON_ASSIGN_OR_RETURN(const bool anew, BeginsAnew(pulled->batch, can_prove, now));
  if (anew) return Next::kMore;
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Next> next, TakeRegistry(&*pulled, now));
  if (next) return *next;
  absl::StatusOr<Next> taken = TakeBatch(std::move(pulled->batch), pulled->late, now);
  if (taken.ok() && *taken == Next::kLater && cosign_since > 0 && rooms_.settled != nullptr) {
    rooms_.settled({origin(), lane_.head_size(), lane_.ToRow().head_note(), cosign_since});
  }
  return taken;
}

absl::StatusOr<bool> LanePuller::BeginsAnew(const Batch& batch, bool can_prove, absl::Time now) {
  if (!can_prove) return false;
  bool goes_back = false;
  if (lane_.owes_beginning() && now >= may_rewind_) {
    // Who changes its rules all the time is not followed all the time.
    may_rewind_ = now + kRewindPause;
  } else {
    // From there on it has to prove that its heads go on from the one that is known.
    if (!lane_.StandsOn(batch.head) && batch.consistency.empty()) return false;
    LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> missing, MissingOfWhatWasLeft());
    if (!missing || now < may_take_left_) return false;
    may_take_left_ = now + kLeftPause;
    goes_back = GoesBackBefore(*missing);
  }
  if (!goes_back) lane_.BeginAnew();
  left_and_came_ = 0;
  Show(lane_);
  return true;
}

Next LanePuller::TakeNothing(const std::string& because, absl::Time now) {
  if (rooms_.is_origin || because.empty()) {
    const std::string why = rooms_.is_origin ? "an answer without a checkpoint of its own log"
                                             : "an answer with neither a checkpoint nor a reason";
    trouble_ = why;
    rooms_.standings->Missed(peer_, why, std::nullopt, now);
    return Next::kNotNow;
  }
  // It relays the origin: the line is good.
  trouble_ = Told(because, kMaxRemarkSizeBytes);
  rooms_.standings->Reached(peer_, now);
  return Next::kLater;
}

absl::StatusOr<std::optional<Next>> LanePuller::TakeRegistry(Pulled* pulled, absl::Time now) {
  const absl::StatusOr<Head> head = OpenHead(registry_key_, pulled->registry_head);
  if (!head.ok()) {
    rooms_.standings->FaultOfPeer(peer_, rows::CAUSE_UNPROVEN, head.status().message(), now);
    return std::make_optional(Next::kNotNow);
  }
  // An older one than what is proven here already: whatever needs it is proven too.
  if (head->size < registry_.size()) return std::optional<Next>();
  const bool stands = head->size == registry_.size();
  if (head->size > kMaxRegistryEntries) {
    rooms_.standings->FaultOfPeer(peer_, rows::CAUSE_OVER_BUDGET,
                                  absl::StrCat("a registry of ", head->size, " entries"), now);
    return std::make_optional(Next::kNotNow);
  }
  for (RegistryEntry& entry : pulled->registry) entries_.push_back(std::move(entry));
  if (registry_.size() + entries_.size() < head->size) {
    if (!pulled->registry.empty()) return std::make_optional(Next::kMore);
    rooms_.standings->FaultOfPeer(peer_, rows::CAUSE_MALFORMED,
                                  "the registry ends before its checkpoint", now);
    return std::make_optional(Next::kNotNow);
  }
  const absl::Status extended = registry_.Extend(entries_, *head);
  const std::vector<RegistryEntry> came = std::exchange(entries_, {});
  const bool grew = !came.empty();
  if (extended.ok()) {
    registry_head_ = head->note;
    if (grew) ShowRegistry();
    LIAISON_RETURN_IF_ERROR(rooms_.replica->AddRegistry(head->size - came.size(), came, *head));
    return std::optional<Next>();
  }
  if (stands && !grew) {
    return std::make_optional(
        TwoHistories(absl::StrCat("two registries were signed at ", head->size), registry_head_,
                     head->note, now));
  }
  rooms_.standings->FaultOfPeer(peer_, rows::CAUSE_UNPROVEN, extended.message(), now);
  return std::make_optional(Next::kNotNow);
}

absl::StatusOr<Next> LanePuller::TakeBatch(Batch batch, const LateCursor& late, absl::Time now) {
  if (CountItems(batch) > kMaxBatchItems) {
    rooms_.standings->FaultOfPeer(peer_, rows::CAUSE_OVER_BUDGET,
                                  absl::StrCat(CountItems(batch), " items at once"), now);
    return Next::kNotNow;
  }
  const Proof proof = lane_.Prove(&batch);
  std::optional<BackfillBudget::Turn> turn;
  const bool brings = proof.outcome == Outcome::kProven ||
                      (proof.outcome == Outcome::kNothingNew && !batch.late.empty());
  if (brings && rooms_.backfill != nullptr && IsBackfill(batch, now)) {
    turn = rooms_.backfill->Enter(CountItems(batch), answer_size_bytes_);
    if (!turn) return Next::kNotNow;
  }
  switch (proof.outcome) {
    case Outcome::kProven:
      return Settle(std::move(batch), &*proof.tree, late, now);
    case Outcome::kNothingNew:
      if (batch.head.size < lane_.head_size()) {
        const std::string back =
            absl::StrCat("its log has gone back from ", lane_.head_size(), " events to ",
                         batch.head.size, ": was it put back to an earlier copy?");
        trouble_ = back;
        // A relay may only have lost the line by which it came so far.
        if (!rooms_.is_origin) {
          // Without both marks nobody sees that its own log was put back. The number goes back with
          // it now: by the time it is as far again, others stand under it.
          const bool is_unmarked = late.mark.empty() || lane_.late().mark.empty();
          if (is_unmarked && late.through < lane_.late().through) lane_.SettleLate({}, {}, late);
          rooms_.standings->Reached(peer_, now);
          return Next::kLater;
        }
        rooms_.standings->Missed(peer_, back, std::nullopt, now);
        return Next::kNotNow;
      }
      if (lane_.StandsOn(batch.head)) {
        batch.pieces.clear();
        if (!batch.late.empty()) return Settle(std::move(batch), nullptr, late, now);
        lane_.SettleLate({}, {}, late);  // kept with the next that is worth a write
      }
      rooms_.standings->Reached(peer_, now);
      return Next::kLater;
    case Outcome::kGap:
      Show(lane_);
      rooms_.standings->Missed(peer_, proof.why, std::nullopt, now);
      return Next::kNotNow;
    case Outcome::kUnproven:
      rooms_.standings->FaultOfPeer(peer_, rows::CAUSE_UNPROVEN, proof.why, now);
      return Next::kNotNow;
    case Outcome::kTwoHistories:
      break;
  }
  return TwoHistories(proof.why, lane_.ToRow().head_note(), batch.head.note, now);
}

bool LanePuller::IsBackfill(const Batch& batch, absl::Time now) {
  return batch.head.size > lane_.settled() + kMostLiveItems ||
         !live_.TryTake(static_cast<double>(CountItems(batch)), now);
}

absl::StatusOr<LanePuller::Judged> LanePuller::Judge(const Batch& batch) const {
  const std::shared_ptr<const domain::Registry> ours = rooms_.entry->registry();
  std::map<record::Hash, const pb::EventHeader*> accepted;  // of this batch, so far
  const auto knows = [&](const record::Hash& digest) -> absl::StatusOr<bool> {
    return accepted.count(digest) > 0 ? absl::StatusOr<bool>(true) : rooms_.entry->Knows(digest);
  };
  const auto behind = [&](const pb::EventHeader& header) -> absl::StatusOr<Behind> {
    LIAISON_ASSIGN_OR_RETURN(Behind found, rooms_.entry->WhatIsBehind(origin(), header));
    for (const record::Hash& digest : FollowedBy(header)) {
      const auto one = accepted.find(digest);
      if (one == accepted.end()) continue;
      found.goes = true;
      if (one->second->audience() != header.audience()) continue;
      found.went = true;
      found.of_author = found.of_author || one->second->author() == header.author();
    }
    return found;
  };
  const Bench bench{&origin_, &batch.head, &registry_, ours.get(), rooms_.policy, knows, behind};
  // Neither grows: what was accepted points into them.
  Judged judged;
  judged.late.reserve(batch.late.size());
  judged.items.reserve(CountItems(batch) - batch.late.size());
  const auto judge = [&](const Item& item, std::vector<Judgement>* into) -> absl::Status {
    LIAISON_ASSIGN_OR_RETURN(into->emplace_back(), VerifyItem(item, bench));
    LeaveToItsHub(item, &into->back());
    if (into->back().verdict == Verdict::kAccepted) {
      accepted.emplace(into->back().leaf.digest, &into->back().header);
    }
    return absl::OkStatus();
  };
  for (const Item& item : batch.late) LIAISON_RETURN_IF_ERROR(judge(item, &judged.late));
  for (const Piece& piece : batch.pieces) {
    for (const Item& item : piece.items) LIAISON_RETURN_IF_ERROR(judge(item, &judged.items));
  }
  return judged;
}

void LanePuller::LeaveToItsHub(const Item& item, Judgement* judgement) const {
  if (judgement->verdict != Verdict::kAccepted || rooms_.passed_by_its_hub == nullptr) return;
  for (const ItemSection& section : item.sections) {
    if (section.kind != pb::SECTION_KIND_CONTENT || section.presence == Presence::kHere) continue;
    // What that hub had shown would be here already.
    if (rooms_.passed_by_its_hub() >= item.sequence) return;
    judgement->verdict = Verdict::kWithheld;
    judgement->why = Why::kLeftToItsHub;
    judgement->detail.clear();
  }
}

bool LanePuller::GoesBackBefore(uint64_t sequence) {
  if (sequence < 2) return false;
  const ForeignTree tree(rooms_.entry, rooms_.replica->kept_as());
  const auto before = storage::SubtreeHashes(tree, record::CoverOf(0, sequence - 1));
  const auto behind = storage::SubtreeHashes(tree, record::CoverOf(sequence - 1, lane_.settled()));
  return before.ok() && behind.ok() && lane_.GoBackTo(sequence - 1, *before, *behind);
}

absl::StatusOr<std::optional<uint64_t>> LanePuller::MissingOfWhatWasLeft() {
  const Lane::Left left = lane_.LeftToItsHub();
  if (left.count == left_and_came_) return std::optional<uint64_t>();
  // It may be a peer no longer.
  if (rooms_.passed_by_its_hub != nullptr && rooms_.passed_by_its_hub() < left.through) {
    return std::optional<uint64_t>();
  }
  if (left.sequences.size() < left.count) return std::make_optional<uint64_t>(0);
  std::optional<uint64_t> first;
  for (const uint64_t sequence : left.sequences) {
    LIAISON_ASSIGN_OR_RETURN(
        const std::optional<std::string> kept,
        rooms_.entry->Find(TreeRowKey(rooms_.replica->kept_as(), sequence - 1)));
    rows::TreeRow row;
    if (kept && row.ParseFromString(*kept) && !row.digest().empty()) continue;
    first = std::min(first.value_or(sequence), sequence);
  }
  if (!first) left_and_came_ = left.count;
  return first;
}

absl::StatusOr<Next> LanePuller::Settle(Batch batch, const record::PartialTree* tree,
                                        const LateCursor& late, absl::Time now) {
  LIAISON_ASSIGN_OR_RETURN(const Judged judged, Judge(batch));
  // What is not kept did not happen.
  Lane moved = lane_;
  const size_t taken = tree == nullptr ? 0 : moved.Settle(batch, *tree, judged.items);
  const bool good = std::all_of(judged.late.begin(), judged.late.end(),
                                [](const Judgement& judgement) { return judgement.final(); });
  if (good) {
    moved.SettleLate(batch.late, judged.late, taken == judged.items.size() ? late : lane_.late());
  }
  // Whom a person has blocked meanwhile brings nothing in any more.
  if (rooms_.standings->IsBlocked(peer_) || rooms_.standings->IsBlocked(origin())) {
    return Next::kNotNow;
  }
  const absl::Status entered = Enter(batch, tree, judged, taken, good, moved);
  if (absl::IsAlreadyExists(entered)) {
    const std::optional<Head> whole = rooms_.replica->whole();
    return TwoHistories(entered.message(), whole ? whole->note : "", batch.head.note, now);
  }
  LIAISON_RETURN_IF_ERROR(entered);
  // Who gives crumbs is asked no sooner than who has nothing: each of them is a write here.
  const bool worth = moved.settled() - lane_.settled() >= kLeastWorthItems ||
                     answer_size_bytes_ >= kLeastWorthBytes;
  lane_ = std::move(moved);
  Show(lane_);
  rooms_.standings->Reached(peer_, now);
  for (size_t i = 0; i < batch.late.size(); ++i) {
    Blame(batch.late[i], judged.late[i], batch.head, now);
  }
  size_t at = 0;
  for (const Piece& piece : batch.pieces) {
    for (const Item& item : piece.items) {
      // The one that left a gap is the last that was looked at.
      if (at <= taken) Blame(item, judged.items[at], batch.head, now);
      ++at;
    }
  }
  if (!rooms_.standings->MayPull(peer_, origin(), now)) return Next::kNotNow;
  return lane_.settled() < lane_.head_size() && worth ? Next::kMore : Next::kLater;
}

absl::Status LanePuller::Enter(const Batch& batch, const record::PartialTree* tree,
                               const Judged& judged, size_t taken, bool with_late,
                               const Lane& moved) {
  Arrival arrival{peer_, origin(), batch.head, {}, moved.ToRow().SerializeAsString(),
                  {},    kept_,    row_key_};
  for (size_t i = 0; with_late && i < batch.late.size(); ++i) {
    if (judged.late[i].verdict != Verdict::kAccepted) continue;
    arrival.items.push_back({batch.late[i], judged.late[i]});
  }
  size_t at = 0;
  for (const Piece& piece : batch.pieces) {
    for (const Item& item : piece.items) {
      const size_t index = at++;
      if (index >= taken || judged.items[index].verdict != Verdict::kAccepted) continue;
      arrival.items.push_back({item, judged.items[index]});
    }
  }
  std::vector<KeptRow> leaves = LeavesAlone(batch, judged, taken);
  const std::string row = arrival.cursor;
  absl::MutexLock settling(&rooms_.replica->settling());
  absl::Span<const Judgement> late;
  if (with_late) late = judged.late;
  LIAISON_ASSIGN_OR_RETURN(
      arrival.also, rooms_.replica->TreeRows({&batch, tree, judged.items, late, moved.settled()}));
  for (KeptRow& leaf : leaves) arrival.also.push_back(std::move(leaf));
  LIAISON_RETURN_IF_ERROR(rooms_.entry->Commit(std::move(arrival)));
  kept_ = row;
  ShowWhole(moved);
  return absl::OkStatus();
}

std::vector<KeptRow> LanePuller::LeavesAlone(const Batch& batch, const Judged& judged,
                                             size_t taken) const {
  std::vector<KeptRow> rows;
  size_t at = 0;
  for (const Piece& piece : batch.pieces) {
    for (const Item& item : piece.items) {
      const size_t index = at++;
      if (index >= taken || judged.items[index].verdict != Verdict::kElsewhere) continue;
      // A lane that begins anew comes by old ones, which are not to take the place of new ones.
      if (item.sequence + kMaxTailLeaves <= batch.head.size) continue;
      rows.push_back({TailRowKey(rooms_.replica->kept_as(), item.sequence - 1), item.leaf});
    }
  }
  return rows;
}

void LanePuller::Blame(const Item& item, const Judgement& judgement, const Head& head,
                       absl::Time now) {
  if (judgement.verdict != Verdict::kRejected) return;
  const std::string what =
      absl::StrCat("item ", item.sequence, ": ", NameOf(judgement.why), ", ", judgement.detail);
  if (judgement.blame == Blame::kPeer) {
    rooms_.standings->FaultOfPeer(peer_, CauseOf(judgement.why), what, now);
  }
  // Other faults of the origin's are for ever and rejected one by one. This one says that its
  // checkpoints cover what nobody signed. The first is enough.
  if (judgement.why != Why::kSignatureWrong) return;
  if (!rooms_.standings->MayPull(peer_, origin(), now)) return;
  rows::Evidence evidence;
  evidence.set_why(Told(what, kMaxWhySizeBytes));
  evidence.add_notes(head.note);
  evidence.set_leaf(item.leaf);
  evidence.set_header(item.header);
  for (const record::Hash& hash : item.proof) evidence.add_proof(std::string(hash.bytes()));
  AddPublicKey(registry_, &evidence);
  Convict(rows::CAUSE_SIGNATURE_WRONG, std::move(evidence), now);
}

Next LanePuller::TwoHistories(absl::string_view why, const std::string& one,
                              const std::string& other, absl::Time now) {
  rows::Evidence evidence;
  evidence.set_why(std::string(why));
  for (const std::string& note : {one, other}) {
    if (!note.empty()) evidence.add_notes(note);
  }
  Convict(rows::CAUSE_TWO_HISTORIES, std::move(evidence), now);
  return Next::kNotNow;
}

void LanePuller::Convict(rows::Cause cause, rows::Evidence evidence, absl::Time now) {
  evidence.set_shown_by(peer_);
  federation::Convict(origin(), cause, std::move(evidence), rooms_.entry, rooms_.standings, now);
}

void LanePuller::ShowRegistry() {
  auto shown = std::make_shared<const OriginRegistry>(registry_);
  absl::MutexLock lock(&mu_);
  shown_registry_ = std::move(shown);
}

std::shared_ptr<const OriginRegistry> LanePuller::registry() const {
  absl::MutexLock lock(&mu_);
  return shown_registry_;
}

void LanePuller::Show(const Lane& lane) {
  absl::MutexLock lock(&mu_);
  shown_ = lane.ToRow();
  shown_gap_ = lane.gap();
  shown_passed_ = knows_rules_ && !lane.owes_beginning() ? lane.settled() : 0;
}

uint64_t LanePuller::passed() const {
  absl::MutexLock lock(&mu_);
  return shown_passed_;
}

rows::Lane LanePuller::row() const {
  absl::MutexLock lock(&mu_);
  return shown_;
}

std::string LanePuller::trouble() const {
  absl::MutexLock lock(&mu_);
  return shown_trouble_;
}

std::optional<Gap> LanePuller::gap() const {
  absl::MutexLock lock(&mu_);
  return shown_gap_;
}

}  // namespace liaison::federation
