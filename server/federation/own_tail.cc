#include "server/federation/own_tail.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "proto/record/commitment.h"
#include "proto/record/errors.h"
#include "proto/record/foreign.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "server/federation/limits.h"
#include "server/federation/told.h"
#include "storage/tree/proofs.h"

namespace liaison::federation {
namespace {

// An answer, and no trouble of the line: the peer has nothing of this log.
bool HasNothing(const absl::Status& status) {
  return record::ReasonOf(status) == record::Reason::kNotFound;
}

storage::StoredEvent ToStored(const Item& item) {
  storage::StoredEvent event{item.sequence, item.leaf, item.header, {}};
  for (const ItemSection& section : item.sections) {
    const bool here = section.presence == Presence::kHere;
    event.sections.push_back({static_cast<uint16_t>(section.kind), here ? section.salt : "",
                              here ? section.data : "", false, !here});
  }
  return event;
}

// That the header is the leaf's, and each section the header's. What the leaf says of itself is
// proven, or will be.
bool SaysOneThing(const record::Leaf& leaf, const storage::StoredEvent& event) {
  pb::EventHeader header;
  if (leaf.sequence != event.sequence || record::EventDigest(event.header) != leaf.digest ||
      !header.ParseFromString(event.header) ||
      static_cast<size_t>(header.commitments_size()) != event.sections.size()) {
    return false;
  }
  for (size_t i = 0; i < event.sections.size(); ++i) {
    const storage::StoredSection& section = event.sections[i];
    const pb::SectionCommitment& said = header.commitments(static_cast<int>(i));
    if (said.kind() != section.kind) return false;
    if (section.withheld || section.erased) continue;
    if (section.salt.size() != record::kSaltSizeBytes ||
        record::Commitment(section.kind, section.salt, section.data).bytes() != said.commitment()) {
      return false;
    }
  }
  return true;
}

}  // namespace

OwnTail::OwnTail(const storage::EventLog* log, const transparency::LogTree* tree,
                 record::NoteVerifier key, const Policy* policy)
    : log_(*log),
      tree_(*tree),
      key_(std::move(key)),
      policy_(policy),
      size_(log->head().sequence) {}

absl::Status OwnTail::Ask(const std::string& peer, PeerLine* line,
                          const std::function<void(uint64_t done, uint64_t of)>& progress) {
  Standing standing;
  standing.settled = size_;
  standing.registry_size = log_.head().registry_size;
  while (true) {
    pb::PullLaneRequest request;
    request.set_origin(key_.name());
    request.set_settled(standing.settled);
    request.set_registry_size(standing.registry_size);
    // All that is there now comes in its place.
    request.set_late_after(std::numeric_limits<uint64_t>::max());
    request.set_max_items(kMaxBatchItems);
    request.set_max_bytes(kMaxBatchBytes);
    request.set_give_back(true);
    absl::StatusOr<pb::PullLaneResponse> response = line->PullLane(request);
    if (HasNothing(response.status())) {
      Remark(peer, "it has nothing of this log");
      return absl::OkStatus();
    }
    // Whatever it calls its trouble, that is no finding about this log.
    if (!response.ok()) return absl::UnavailableError(response.status().message());
    absl::StatusOr<Pulled> pulled = ReadPulled(*std::move(response));
    if (!pulled.ok()) {
      Remark(peer, pulled.status().message());
      return absl::OkStatus();
    }
    if (pulled->head.empty()) {
      return absl::UnavailableError("it has not dealt with anything of this log to the end yet");
    }
    LIAISON_ASSIGN_OR_RETURN(const bool goes_on, TakeAnswer(peer, *std::move(pulled), &standing));
    if (!goes_on) return absl::OkStatus();
    progress(standing.settled, heads_.empty() ? standing.settled : heads_.rbegin()->first);
  }
}

absl::StatusOr<bool> OwnTail::TakeAnswer(const std::string& peer, Pulled pulled,
                                         Standing* standing) {
  absl::StatusOr<Head> head = OpenHead(key_, pulled.head);
  if (!head.ok()) {
    Remark(peer, absl::StrCat("no checkpoint of this log: ", head.status().message()));
    return false;
  }
  LIAISON_RETURN_IF_ERROR(TakeHead(*head));
  if (head->size <= standing->settled) return false;
  if (pulled.batch.pieces.empty()) {
    // The registry comes first; the entries stand in the log as well, where they are proven.
    standing->registry_size += pulled.registry.size();
    const absl::StatusOr<Head> registry = OpenHead(RegistryKeyOf(key_), pulled.registry_head);
    const bool grows = registry.ok() && standing->registry_size <= registry->size;
    if (grows && !pulled.registry.empty()) return true;
    if (standing->settled > size_) return false;  // from here on it was shown nothing
    Remark(peer, absl::StrCat("it shows a checkpoint of ", head->size, " events, and not one"));
    return false;
  }
  LIAISON_ASSIGN_OR_RETURN(std::optional<record::PartialTree> tree,
                           Prove(*head, pulled.batch, *standing));
  if (!tree) {
    heads_[head->size].failed = true;
    Remark(peer, absl::StrCat("what it has does not lead from the copy to the checkpoint of ",
                              head->size));
    return false;
  }
  for (const Piece& piece : pulled.batch.pieces) {
    for (const Item& item : piece.items) {
      if (const absl::Status taken = TakeItem(item); !taken.ok()) {
        if (absl::IsOutOfRange(taken)) return taken;
        Remark(peer, taken.message());
      }
    }
  }
  const uint64_t before = standing->settled;
  standing->settled = std::max(before, pulled.batch.pieces.back().last);
  standing->tree = std::move(tree);
  return standing->settled > before && standing->settled < head->size;
}

absl::Status OwnTail::Contradiction(const Head& head, const std::string& other,
                                    absl::string_view what) {
  evidence_ = {head.note};
  if (!other.empty()) evidence_.push_back(other);
  return absl::DataLossError(absl::StrCat("this log's key has signed a checkpoint of ", head.size,
                                          " events that contradicts ", what,
                                          ": the log has two histories"));
}

absl::Status OwnTail::TakeHead(const Head& head) {
  const auto known = heads_.find(head.size);
  if (known != heads_.end()) {
    if (known->second.root == head.root) return absl::OkStatus();
    return Contradiction(head, known->second.note, "another one of as many");
  }
  if (head.size <= size_) {
    LIAISON_ASSIGN_OR_RETURN(const record::Hash here, log_.RootAt(head.size));
    if (here != head.root) return Contradiction(head, "", "what was restored");
  }
  heads_[head.size] = {head.root, head.note, head.size <= size_, false};
  return absl::OkStatus();
}

absl::StatusOr<std::vector<record::Hash>> OwnTail::CoverBefore(uint64_t end,
                                                               const Standing& standing) const {
  if (end <= size_) return storage::SubtreeHashes(tree_, record::CoverOf(0, end));
  if (!standing.tree) return absl::NotFoundError("nothing of it is proven");
  return standing.tree->HashesOf(0, end);
}

// nullopt where it does not lead there.
absl::StatusOr<std::optional<record::PartialTree>> OwnTail::Prove(const Head& head,
                                                                  const Batch& batch,
                                                                  const Standing& standing) {
  const std::optional<record::PartialTree> unproven;
  const uint64_t first = batch.pieces.front().first;
  if (first == 0 || first > standing.settled + 1) return unproven;
  const std::vector<record::Stretch> pieces = StretchesOf(batch);
  if (pieces.empty() || pieces.back().end > head.size) return unproven;
  std::vector<record::Stretch> stretches;
  if (first > 1) {
    absl::StatusOr<std::vector<record::Hash>> cover = CoverBefore(first - 1, standing);
    if (absl::IsNotFound(cover.status())) return unproven;
    LIAISON_RETURN_IF_ERROR(cover.status());
    stretches.push_back({0, first - 1, false, *std::move(cover)});
  }
  stretches.insert(stretches.end(), pieces.begin(), pieces.end());
  const uint64_t end = pieces.back().end;
  if (end < head.size) stretches.push_back({end, head.size, false, batch.rest});
  absl::StatusOr<record::PartialTree> tree = record::PartialTree::Of(stretches);
  if (!tree.ok() || tree->root() != head.root) return unproven;
  // A withheld range may have begun within the copy: then this says nothing of the copy's end.
  const absl::StatusOr<std::vector<record::Hash>> copied = tree->HashesOf(0, size_);
  if (copied.ok()) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<record::Hash> here,
                             storage::SubtreeHashes(tree_, record::CoverOf(0, size_)));
    if (*copied != here) return unproven;
    heads_[head.size].proven = true;
  }
  return std::optional<record::PartialTree>(*std::move(tree));
}

absl::Status OwnTail::TakeItem(const Item& item) {
  if (item.sequence <= size_) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(item.leaf));
  Part part{leaf, ToStored(item)};
  if (!SaysOneThing(part.leaf, part.event)) {
    return absl::DataLossError(absl::StrCat("event ", item.sequence, " is not what its leaf says"));
  }
  if (part.leaf.relayed) {
    LIAISON_ASSIGN_OR_RETURN(part.evidence, CheckRelayed(part.leaf, item.evidence));
  }
  if (kept_bytes_ + SizeOf(part) > kMaxOwnTailBytes) {
    return absl::OutOfRangeError(absl::StrCat("the log went on for more than ",
                                              kMaxOwnTailBytes >> 20,
                                              " MiB behind this backup: take a newer one"));
  }
  TakePart(std::move(part));
  return absl::OkStatus();
}

absl::StatusOr<std::string> OwnTail::CheckRelayed(const record::Leaf& leaf,
                                                  absl::string_view bytes) const {
  const auto wrong = [&leaf](absl::string_view what) {
    return absl::DataLossError(absl::StrCat("event ", leaf.sequence, ", of another hub: ", what));
  };
  absl::StatusOr<record::Evidence> evidence = record::DecodeForeign(bytes);
  if (!evidence.ok()) return wrong(evidence.status().message());
  if (const absl::Status fits = record::CheckForeign(leaf, *evidence); !fits.ok()) {
    return wrong(fits.message());
  }
  const absl::StatusOr<std::string> origin = record::OriginIn(bytes);
  if (!origin.ok()) return wrong(origin.status().message());
  if (policy_ == nullptr || policy_->origins().count(*origin) == 0) {
    return wrong(absl::StrCat("the policy has no origin ", *origin));
  }
  const absl::Status signed_by_it =
      OpenHead(policy_->origins().find(*origin)->second.key, evidence->proof.checkpoint).status();
  if (!signed_by_it.ok()) return wrong(signed_by_it.message());
  evidence->proof.extra.reset();  // whatever the peer wrote there, for nothing covers it
  return record::EncodeForeign(*evidence);
}

absl::Status OwnTail::Know(absl::string_view note) {
  LIAISON_ASSIGN_OR_RETURN(const Head head, OpenHead(key_, note));
  return TakeHead(head);
}

void OwnTail::Add(storage::StoredEvent event) {
  absl::StatusOr<record::Leaf> leaf = record::DecodeLeaf(event.leaf);
  if (!leaf.ok() || leaf->sequence <= size_ || leaf->relayed) return;
  event.sequence = leaf->sequence;
  for (storage::StoredSection& section : event.sections) {
    section.withheld = std::exchange(section.erased, false);
  }
  Part part{*std::move(leaf), std::move(event)};
  if (SaysOneThing(part.leaf, part.event)) TakePart(std::move(part));
}

size_t OwnTail::SizeOf(const Part& part) {
  size_t size = part.event.leaf.size() + part.event.header.size() + part.evidence.size();
  for (const storage::StoredSection& section : part.event.sections) size += section.data.size();
  return size;
}

// Sections that one peer was not let have, another may have been.
void OwnTail::TakePart(Part part) {
  if (part.leaf.redaction) {
    redacted_.insert({part.leaf.redaction->target_sequence, part.leaf.redaction->section});
  }
  const auto [place, is_new] = parts_.try_emplace(part.leaf.sequence, part);
  Part& there = place->second;
  if (!is_new) kept_bytes_ -= SizeOf(there);
  if (there.event.leaf != part.event.leaf) {
    there = std::move(part);  // the later one is proven: what was kept elsewhere comes first
  } else if (!is_new) {
    for (size_t i = 0; i < there.event.sections.size(); ++i) {
      if (there.event.sections[i].withheld) {
        there.event.sections[i] = std::move(part.event.sections[i]);
      }
    }
  }
  kept_bytes_ += SizeOf(there);
}

bool OwnTail::IsWhole(const Part& part) const {
  // Words of others that do not come any more stay away, as they would have on another day.
  return part.leaf.relayed || HasAllWords(part);
}

bool OwnTail::HasAllWords(const Part& part) const {
  return std::all_of(
      part.event.sections.begin(), part.event.sections.end(),
      [&](const storage::StoredSection& section) {
        return !section.withheld || redacted_.count({part.leaf.sequence, section.kind}) > 0;
      });
}

std::optional<Head> OwnTail::newest() const {
  if (heads_.empty()) return std::nullopt;
  const auto& [size, head] = *heads_.rbegin();
  return Head{size, head.root, head.note};
}

std::optional<Head> OwnTail::doubtful() const {
  for (const auto& [size, head] : heads_) {
    if (head.failed && !head.proven) return Head{size, head.root, head.note};
  }
  return std::nullopt;
}

absl::Status OwnTail::CheckHeads(const storage::EventLog& recovered) {
  for (const auto& [size, head] : heads_) {
    if (size > recovered.head().sequence) continue;
    LIAISON_ASSIGN_OR_RETURN(const record::Hash here, recovered.RootAt(size));
    if (here != head.root) return Contradiction({size, head.root, head.note}, "", "what was had");
  }
  return absl::OkStatus();
}

std::vector<Gap> OwnTail::missing() const {
  std::vector<Gap> gaps;
  const uint64_t through = heads_.empty() ? size_ : heads_.rbegin()->first;
  const auto lacks = [&](uint64_t first, uint64_t last) {
    if (!gaps.empty() && gaps.back().last + 1 == first) {
      gaps.back().last = last;
    } else {
      gaps.push_back({first, last});
    }
  };
  uint64_t next = size_ + 1;
  for (const auto& [sequence, part] : parts_) {
    if (sequence > through) break;
    if (sequence > next) lacks(next, sequence - 1);
    if (!IsWhole(part)) lacks(sequence, sequence);
    next = sequence + 1;
  }
  if (next <= through) lacks(next, through);
  return gaps;
}

std::vector<storage::StoredEvent> OwnTail::events() const {
  std::vector<storage::StoredEvent> events;
  events.reserve(parts_.size());
  for (const auto& [sequence, part] : parts_) {
    storage::StoredEvent& event = events.emplace_back(part.event);
    for (storage::StoredSection& section : event.sections) {
      if (redacted_.count({sequence, section.kind}) == 0) continue;
      section = {section.kind, "", "", /*erased=*/true, /*withheld=*/false};
    }
  }
  return events;
}

size_t OwnTail::without_words() const {
  return std::count_if(parts_.begin(), parts_.end(), [this](const auto& each) {
    return each.second.leaf.relayed && !HasAllWords(each.second);
  });
}

std::map<uint64_t, std::string> OwnTail::evidence_of_relayed() const {
  std::map<uint64_t, std::string> evidence;
  for (const auto& [sequence, part] : parts_) {
    if (part.leaf.relayed) evidence.emplace(sequence, part.evidence);
  }
  return evidence;
}

void OwnTail::Remark(const std::string& peer, absl::string_view what) {
  remarks_.push_back(absl::StrCat(peer, ": ", Told(what, kMaxRemarkSizeBytes)));
}

}  // namespace liaison::federation
