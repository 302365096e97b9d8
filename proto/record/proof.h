// Verification of RFC 9162 proofs: all that a reader needs to check a log offline.
#ifndef LIAISON_PROTO_RECORD_PROOF_H_
#define LIAISON_PROTO_RECORD_PROOF_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "proto/record/hash.h"

namespace liaison::record {

// Thread-safe, all of them.

// OK iff `proof` shows that `leaf_hash` stands at `index` in the tree of `size` leaves with `root`
// (RFC 9162, 2.1.3.2). INVALID_ARGUMENT otherwise, saying what is wrong.
absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Hash& leaf_hash,
                             absl::Span<const Hash> proof, const Hash& root);

// OK iff `proof` shows that the tree of `size1` leaves is a prefix of that of `size2`
// (RFC 9162, 2.1.4.2). Equal sizes: the proof is empty and the roots equal. Size 0: the proof is
// empty and the first root is that of the empty tree; nothing else is proven.
absl::Status VerifyConsistency(uint64_t size1, uint64_t size2, const Hash& root1, const Hash& root2,
                               absl::Span<const Hash> proof);

// The root over these leaf hashes, by the recursive definition of RFC 6962: for tests and tools.
Hash RootOf(absl::Span<const Hash> leaf_hashes);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_PROOF_H_
