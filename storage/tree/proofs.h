// Roots and proofs of RFC 6962, section 2.1, for any size the tree ever had.
//
// Each reads its rows in one go: at most 2 * log2(size) of them.
#ifndef LIAISON_STORAGE_TREE_PROOFS_H_
#define LIAISON_STORAGE_TREE_PROOFS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/record/compact_range.h"
#include "proto/record/hash.h"
#include "proto/record/partial_tree.h"
#include "storage/tree/node_reader.h"

namespace liaison::storage {

// Thread-safe, all of them. REQUIRES: the reader has the rows of `size` leaves, and the size is
// below 2^63. Errors are the reader's, or DATA_LOSS where a row is too short.

// To append on from `size` leaves.
absl::StatusOr<record::CompactRange> LoadCompactRange(const NodeReader& reader, uint64_t size);

absl::StatusOr<record::Hash> RootOfSize(const NodeReader& reader, uint64_t size);

// PATH(index, D[size]), the leaf's sibling first. OUT_OF_RANGE unless index < size.
absl::StatusOr<std::vector<record::Hash>> InclusionProof(const NodeReader& reader, uint64_t index,
                                                         uint64_t size);

// PROOF(size1, D[size2]); empty where size1 is 0 or size2. OUT_OF_RANGE unless size1 <= size2.
absl::StatusOr<std::vector<record::Hash>> ConsistencyProof(const NodeReader& reader, uint64_t size1,
                                                           uint64_t size2);

// Of these subtrees, each of which stands in the tree as it is.
absl::StatusOr<std::vector<record::Hash>> SubtreeHashes(
    const NodeReader& reader, const std::vector<record::Subtree>& subtrees);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_TREE_PROOFS_H_
