#include "server/transparency/proofs.h"

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "proto/record/proof.h"
#include "storage/tree/proofs.h"

namespace liaison::transparency {
namespace {

// What the caller asked for is good, so the fault is in what is stored.
absl::Status AsDataLoss(const absl::Status& verified) {
  if (verified.ok()) return verified;
  return absl::DataLossError(
      absl::StrCat("what is stored of the tree contradicts itself: ", verified.message()));
}

absl::StatusOr<record::Hash> LeafHashIn(const std::string& row, uint64_t index) {
  if (row.size() < record::kHashSizeBytes) {
    return absl::DataLossError(absl::StrCat("row ", index, " of the tree is too short"));
  }
  return record::Hash::FromBytes(absl::string_view(row).substr(0, record::kHashSizeBytes));
}

}  // namespace

uint64_t LogTree::size() const {
  const storage::Head head = log_.head();
  return tree_ == storage::Tree::kLog ? head.sequence : head.registry_size;
}

absl::Status LogTree::ReadRows(absl::Span<const uint64_t> indexes,
                               std::vector<std::string>* rows) const {
  return trees_.ReadTreeRows(tree_, indexes, rows);
}

absl::StatusOr<TreeHead> HeadAt(const LogTree& tree, uint64_t size) {
  LIAISON_ASSIGN_OR_RETURN(const record::Hash root, storage::RootOfSize(tree, size));
  return TreeHead{size, root};
}

absl::StatusOr<Inclusion> ProveInclusion(const LogTree& tree, uint64_t index,
                                         const TreeHead& head) {
  Inclusion proof;
  LIAISON_ASSIGN_OR_RETURN(proof.hashes, storage::InclusionProof(tree, index, head.size));
  LIAISON_ASSIGN_OR_RETURN(const std::vector<record::Hash> leaf,
                           LeafHashes(tree, index, index + 1));
  proof.leaf_hash = leaf.front();
  LIAISON_RETURN_IF_ERROR(AsDataLoss(
      record::VerifyInclusion(index, head.size, proof.leaf_hash, proof.hashes, head.root)));
  return proof;
}

absl::StatusOr<std::vector<record::Hash>> ProveConsistency(const LogTree& tree,
                                                           const TreeHead& older,
                                                           const TreeHead& newer) {
  LIAISON_ASSIGN_OR_RETURN(std::vector<record::Hash> hashes,
                           storage::ConsistencyProof(tree, older.size, newer.size));
  LIAISON_RETURN_IF_ERROR(AsDataLoss(
      record::VerifyConsistency(older.size, newer.size, older.root, newer.root, hashes)));
  return hashes;
}

absl::StatusOr<std::vector<record::Hash>> LeafHashes(const LogTree& tree, uint64_t begin,
                                                     uint64_t end) {
  std::vector<uint64_t> indexes;
  indexes.reserve(end - begin);
  for (uint64_t index = begin; index < end; ++index) indexes.push_back(index);
  std::vector<std::string> rows;
  LIAISON_RETURN_IF_ERROR(tree.ReadRows(indexes, &rows));
  std::vector<record::Hash> hashes;
  hashes.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    LIAISON_ASSIGN_OR_RETURN(const record::Hash hash, LeafHashIn(rows[i], indexes[i]));
    hashes.push_back(hash);
  }
  return hashes;
}

}  // namespace liaison::transparency
