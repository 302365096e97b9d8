#include "proto/record/proof.h"

#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"

namespace liaison::record {
namespace {

// The walk from a leaf or subtree up to the root that both verifications share: fn and sn of
// RFC 9162 are `index_` and `last_`.
class Climb {
 public:
  Climb(uint64_t index, uint64_t last) : index_(index), last_(last) {}

  bool at_root() const { return last_ == 0; }
  // True iff the next sibling stands to the left.
  bool sibling_is_left() const { return (index_ & 1) == 1 || index_ == last_; }
  // One sibling further. REQUIRES: !at_root().
  void Ascend() {
    if (sibling_is_left()) {
      // At the right edge of a tree that is not full, levels without a sibling are passed over.
      while ((index_ & 1) == 0 && index_ != 0) Shift();
    }
    Shift();
  }
  // Up to the subtree that the older tree's last leaf completes.
  void SkipCompleted() {
    while ((index_ & 1) == 1) Shift();
  }

 private:
  void Shift() {
    index_ >>= 1;
    last_ >>= 1;
  }

  uint64_t index_;
  uint64_t last_;
};

absl::Status WrongLength(size_t size) {
  return absl::InvalidArgumentError(
      absl::StrCat("the proof has the wrong number of hashes: ", size));
}

}  // namespace

absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Hash& leaf_hash,
                             absl::Span<const Hash> proof, const Hash& root) {
  if (index >= size) {
    return absl::InvalidArgumentError(
        absl::StrCat("index ", index, " lies outside a tree of ", size, " leaves"));
  }
  Climb climb(index, size - 1);
  Hash hash = leaf_hash;
  for (const Hash& sibling : proof) {
    if (climb.at_root()) return WrongLength(proof.size());
    hash = climb.sibling_is_left() ? NodeHash(sibling, hash) : NodeHash(hash, sibling);
    climb.Ascend();
  }
  if (!climb.at_root()) return WrongLength(proof.size());
  if (hash != root) return absl::InvalidArgumentError("the proof leads to another root");
  return absl::OkStatus();
}

absl::Status VerifyConsistency(uint64_t size1, uint64_t size2, const Hash& root1, const Hash& root2,
                               absl::Span<const Hash> proof) {
  if (size1 > size2) {
    return absl::InvalidArgumentError(
        absl::StrCat("a tree of ", size1, " leaves cannot be a prefix of ", size2));
  }
  if (size1 == 0 && root1 != EmptyRoot()) {
    return absl::InvalidArgumentError("the first root is not that of the empty tree");
  }
  if (size1 == size2 && root1 != root2) {
    return absl::InvalidArgumentError("two roots of one size");
  }
  if (size1 == 0 || size1 == size2) {
    return proof.empty() ? absl::OkStatus() : WrongLength(proof.size());
  }
  // Where the older tree is full its root is the proof's first hash, which then is left out.
  const bool older_is_full = absl::has_single_bit(size1);
  if (!older_is_full && proof.empty()) return WrongLength(proof.size());
  Hash older = older_is_full ? root1 : proof[0];
  Hash newer = older;
  if (!older_is_full) proof.remove_prefix(1);

  Climb climb(size1 - 1, size2 - 1);
  climb.SkipCompleted();
  for (const Hash& sibling : proof) {
    if (climb.at_root()) return WrongLength(proof.size());
    if (climb.sibling_is_left()) {
      older = NodeHash(sibling, older);
      newer = NodeHash(sibling, newer);
    } else {
      newer = NodeHash(newer, sibling);
    }
    climb.Ascend();
  }
  if (!climb.at_root()) return WrongLength(proof.size());
  if (older != root1) return absl::InvalidArgumentError("the proof leads to another first root");
  if (newer != root2) return absl::InvalidArgumentError("the proof leads to another second root");
  return absl::OkStatus();
}

Hash RootOf(absl::Span<const Hash> leaf_hashes) {
  if (leaf_hashes.empty()) return EmptyRoot();
  if (leaf_hashes.size() == 1) return leaf_hashes[0];
  const size_t left = absl::bit_ceil(leaf_hashes.size()) / 2;
  return NodeHash(RootOf(leaf_hashes.first(left)), RootOf(leaf_hashes.subspan(left)));
}

}  // namespace liaison::record
