#include "server/federation/lane.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/proof.h"
#include "server/federation/told.h"

namespace liaison::federation {
namespace {

using record::Hash;

std::vector<Hash> Unpacked(absl::string_view bytes) {
  std::vector<Hash> hashes;
  for (size_t at = 0; at < bytes.size(); at += record::kHashSizeBytes) {
    hashes.push_back(Hash::FromBytes(bytes.substr(at, record::kHashSizeBytes)));
  }
  return hashes;
}

std::string Packed(absl::Span<const Hash> hashes) {
  std::string bytes;
  for (const Hash& hash : hashes) absl::StrAppend(&bytes, hash.bytes());
  return bytes;
}

// Under which it is counted what was left to the hub whose log it is.
std::string LeftName() {
  return absl::StrCat(NameOf(Verdict::kWithheld), "/", NameOf(Why::kLeftToItsHub));
}

}  // namespace

std::vector<record::Stretch> StretchesOf(const Batch& batch) {
  std::vector<record::Stretch> stretches;
  uint64_t next = batch.pieces.front().first;
  size_t items = 0;
  for (const Piece& piece : batch.pieces) {
    const bool opened = !piece.items.empty();
    items += piece.items.size();
    if (piece.first != next || piece.last < piece.first || items > kMaxBatchItems ||
        (opened && piece.items.size() != piece.last - piece.first + 1) ||
        opened == !piece.withheld.empty()) {
      return {};
    }
    record::Stretch stretch{piece.first - 1, piece.last, opened, piece.withheld};
    for (const Item& item : piece.items) stretch.hashes.push_back(record::LeafHash(item.leaf));
    stretches.push_back(std::move(stretch));
    next = piece.last + 1;
  }
  return stretches;
}

absl::StatusOr<Lane> Lane::FromRow(rows::Lane row) {
  const uint64_t settled = row.settled();
  const bool fits =
      settled <= row.head_size() && row.head_size() < uint64_t{1} << 63 &&
      row.cover().size() == record::CoverOf(0, settled).size() * record::kHashSizeBytes &&
      row.head_root().size() == (row.head_size() == 0 ? 0 : record::kHashSizeBytes);
  if (!fits) return absl::DataLossError(absl::StrCat("the cursor of the lane of ", row.origin()));
  Lane lane(row.origin());
  lane.row_ = std::move(row);
  return lane;
}

std::optional<Proof> Lane::CheckHead(const Batch& batch) const {
  if (row_.head_size() == 0) return std::nullopt;
  const Hash known = Hash::FromBytes(row_.head_root());
  const Head& head = batch.head;
  if (head.size < row_.head_size()) {
    return Proof{Outcome::kNothingNew, absl::StrCat("a head of ", head.size), {}};
  }
  if (head.size == row_.head_size()) {
    if (head.root == known) return std::nullopt;
    return Proof{Outcome::kTwoHistories, absl::StrCat("two roots were signed at ", head.size), {}};
  }
  // Where all of the known head is settled, its leaves are what the batch is proven on.
  if (settled() == row_.head_size() && batch.consistency.empty()) return std::nullopt;
  const absl::Status grown =
      record::VerifyConsistency(row_.head_size(), head.size, known, head.root, batch.consistency);
  if (grown.ok()) return std::nullopt;
  return Proof{Outcome::kUnproven, absl::StrCat("not consistent: ", grown.message()), {}};
}

Proof Lane::Prove(Batch* batch) {
  if (std::optional<Proof> said = CheckHead(*batch)) return *std::move(said);
  if (batch->pieces.empty() || batch->pieces.front().first <= settled()) {
    return {Outcome::kNothingNew, "nothing behind what was settled", {}};
  }
  if (batch->pieces.front().first != settled() + 1) {
    gap_ = Gap{settled() + 1, batch->pieces.front().first - 1};
    return {Outcome::kGap, absl::StrCat("begins at ", batch->pieces.front().first), {}};
  }
  const std::vector<record::Stretch> pieces = StretchesOf(*batch);
  if (pieces.empty()) return {Outcome::kUnproven, "pieces that do not follow each other", {}};
  std::vector<record::Stretch> stretches;
  if (settled() > 0) stretches.push_back({0, settled(), false, Unpacked(row_.cover())});
  stretches.insert(stretches.end(), pieces.begin(), pieces.end());
  const uint64_t end = pieces.back().end;
  if (end > batch->head.size) return {Outcome::kUnproven, "goes beyond its head", {}};
  if (end < batch->head.size) stretches.push_back({end, batch->head.size, false, batch->rest});
  absl::StatusOr<record::PartialTree> tree = record::PartialTree::Of(stretches);
  if (!tree.ok()) return {Outcome::kUnproven, std::string(tree.status().message()), {}};
  if (tree->root() != batch->head.root) {
    return {
        Outcome::kUnproven, absl::StrCat("does not lead to the head of ", batch->head.size), {}};
  }
  for (Piece& piece : batch->pieces) {
    for (size_t i = 0; i < piece.items.size(); ++i) {
      piece.items[i].proof = *tree->ProofOf(piece.first - 1 + i);
    }
  }
  return {Outcome::kProven, "", *std::move(tree)};
}

size_t Lane::Settle(const Batch& batch, const record::PartialTree& tree,
                    absl::Span<const Judgement> judgements) {
  gap_.reset();
  uint64_t settled = row_.settled();
  size_t taken = 0;
  for (const Piece& piece : batch.pieces) {
    if (piece.items.empty()) {
      settled = piece.last;
      (*row_.mutable_counts())[std::string(kNotShown)] += piece.last - piece.first + 1;
      RememberPassed(piece.first, piece.last, kNotShown);
    }
    for (uint64_t sequence = piece.first; !gap_ && !piece.items.empty() && sequence <= piece.last;
         ++sequence) {
      const Judgement& judgement = judgements[taken];
      Remember(sequence, judgement);
      if (!judgement.final()) {
        gap_ = Gap{sequence, sequence};
        break;
      }
      settled = sequence;
      ++taken;
    }
    if (gap_) break;
  }
  row_.set_settled(settled);
  row_.set_cover(Packed(*tree.HashesOf(0, settled)));
  row_.set_head_size(batch.head.size);
  row_.set_head_root(std::string(batch.head.root.bytes()));
  row_.set_head_note(batch.head.note);
  if (settled == batch.head.size) row_.set_whole_note(batch.head.note);
  return taken;
}

void Lane::NoteRules(const std::string& their_rules, const std::string& our_rules) {
  const auto changed = [](const std::string& before, const std::string& after) {
    return !before.empty() && !after.empty() && before != after;
  };
  if (changed(row_.their_rules(), their_rules) || changed(row_.our_rules(), our_rules)) {
    row_.set_owes_beginning(row_.owes_beginning() || row_.settled() > 0);
  }
  if (!their_rules.empty()) row_.set_their_rules(their_rules);
  if (!our_rules.empty()) row_.set_our_rules(our_rules);
}

void Lane::BeginAnew() {
  row_.set_began_anew_at(std::max(row_.began_anew_at(), row_.head_size()));
  row_.set_settled(0);
  row_.clear_cover();
  row_.clear_passed();
  // All of it is judged once more, and counted then.
  row_.clear_counts();
  row_.clear_remarks();
  row_.clear_late_through();
  row_.clear_late_mark();
  row_.clear_owes_beginning();
  gap_.reset();
}

bool Lane::GoBackTo(uint64_t sequence, absl::Span<const Hash> before,
                    absl::Span<const Hash> behind) {
  if (sequence == 0 || sequence >= settled()) return false;
  const absl::StatusOr<record::PartialTree> tree =
      record::PartialTree::Of({{0, sequence, false, {before.begin(), before.end()}},
                               {sequence, settled(), false, {behind.begin(), behind.end()}}});
  if (!tree.ok()) return false;
  const absl::StatusOr<std::vector<Hash>> cover = tree->HashesOf(0, settled());
  if (!cover.ok() || Packed(*cover) != row_.cover()) return false;
  row_.set_began_anew_at(std::max(row_.began_anew_at(), row_.head_size()));
  row_.set_settled(sequence);
  row_.set_cover(Packed(before));
  ForgetBehind(sequence);
  gap_.reset();
  return true;
}

void Lane::ForgetBehind(uint64_t sequence) {
  auto& counts = *row_.mutable_counts();
  const auto take_back = [&counts](const std::string& name, uint64_t count) {
    const auto counted = counts.find(name);
    if (counted == counts.end()) return;
    counted->second -= std::min<uint64_t>(counted->second, count);
    if (counted->second == 0) counts.erase(counted);
  };
  const auto left = counts.find(LeftName());
  if (left != counts.end()) {
    const uint64_t count = left->second;
    take_back(std::string(NameOf(Verdict::kWithheld)), count);
    take_back(LeftName(), count);
  }
  // In no order: what came late was remembered behind newer ones.
  auto& passed = *row_.mutable_passed();
  for (rows::Passed& each : passed) {
    if (each.last() <= sequence) continue;
    take_back(each.verdict(), each.last() - std::max<uint64_t>(each.first() - 1, sequence));
    each.set_last(sequence);
  }
  passed.erase(std::remove_if(passed.begin(), passed.end(),
                              [](const rows::Passed& each) { return each.first() > each.last(); }),
               passed.end());
  auto& remarks = *row_.mutable_remarks();
  const auto is_over = [&](const rows::Remark& remark) {
    if (remark.reason() == NameOf(Why::kLeftToItsHub)) return true;  // taken back above
    if (remark.sequence() <= sequence) return false;
    take_back(remark.verdict(), 1);
    take_back(absl::StrCat(remark.verdict(), "/", remark.reason()), 1);
    return true;
  };
  remarks.erase(std::remove_if(remarks.begin(), remarks.end(), is_over), remarks.end());
}

Lane::Left Lane::LeftToItsHub() const {
  Left left;
  const auto count = row_.counts().find(LeftName());
  if (count == row_.counts().end()) return left;
  left.count = count->second;
  for (const rows::Remark& remark : row_.remarks()) {
    if (remark.reason() != NameOf(Why::kLeftToItsHub)) continue;
    left.sequences.push_back(remark.sequence());
    left.through = std::max<uint64_t>(left.through, remark.sequence());
  }
  if (left.sequences.size() < left.count) left.through = settled();
  return left;
}

bool Lane::StandsOn(const Head& head) const {
  return head.size == row_.head_size() && head.root.bytes() == row_.head_root();
}

void Lane::SettleLate(absl::Span<const Item> late, absl::Span<const Judgement> judgements,
                      const LateCursor& cursor) {
  for (size_t i = 0; i < late.size(); ++i) Remember(late[i].sequence, judgements[i]);
  row_.set_late_through(cursor.through);
  row_.set_late_mark(cursor.mark);
}

void Lane::RememberPassed(uint64_t first, uint64_t last, absl::string_view verdict) {
  auto& passed = *row_.mutable_passed();
  if (!passed.empty()) {
    rows::Passed& newest = passed[passed.size() - 1];
    if (newest.verdict() == verdict && newest.last() + 1 == first) return newest.set_last(last);
  }
  if (passed.size() == static_cast<int>(kMaxPassed)) passed.DeleteSubrange(0, 1);
  rows::Passed& next = *passed.Add();
  next.set_first(first);
  next.set_last(last);
  next.set_verdict(std::string(verdict));
}

void Lane::Remember(uint64_t sequence, const Judgement& judgement) {
  auto& counts = *row_.mutable_counts();
  ++counts[std::string(NameOf(judgement.verdict))];
  if (judgement.verdict == Verdict::kAccepted) return;
  if (judgement.verdict == Verdict::kDuplicate || judgement.verdict == Verdict::kElsewhere) {
    return RememberPassed(sequence, sequence, NameOf(judgement.verdict));
  }
  ++counts[absl::StrCat(NameOf(judgement.verdict), "/", NameOf(judgement.why))];
  if (row_.remarks_size() == static_cast<int>(kMaxRemarks)) {
    row_.mutable_remarks()->DeleteSubrange(0, 1);
  }
  rows::Remark& remark = *row_.add_remarks();
  remark.set_sequence(sequence);
  remark.set_verdict(std::string(NameOf(judgement.verdict)));
  remark.set_reason(std::string(NameOf(judgement.why)));
  remark.set_detail(Told(judgement.detail, kMaxRemarkSizeBytes));
}

}  // namespace liaison::federation
