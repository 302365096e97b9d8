// Trees of which not every leaf is known: what is withheld stands there as the hashes of subtrees,
// so that nothing can be left out between what is shown.
#ifndef LIAISON_PROTO_RECORD_PARTIAL_TREE_H_
#define LIAISON_PROTO_RECORD_PARTIAL_TREE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/record/hash.h"

namespace liaison::record {

// The perfect subtree over leaves [index << level, (index + 1) << level).
struct Subtree {
  int level = 0;
  uint64_t index = 0;

  uint64_t begin() const { return index << level; }
  uint64_t end() const { return (index + 1) << level; }
  friend bool operator==(const Subtree& a, const Subtree& b) {
    return a.level == b.level && a.index == b.index;
  }
};

// The fewest subtrees that leaves [begin, end) are made of, from left to right; at most two of each
// level. Each is a node of every tree of at least `end` leaves. Thread-safe.
// REQUIRES: begin <= end <= 2^63.
std::vector<Subtree> CoverOf(uint64_t begin, uint64_t end);

// Leaves [begin, end) as somebody tells of them.
struct Stretch {
  uint64_t begin = 0;
  uint64_t end = 0;
  bool opened = false;       // the hashes are those of the leaves; else of CoverOf(begin, end)
  std::vector<Hash> hashes;  // from left to right
};

// A PartialTree is a tree put together from stretches. Whoever knows its root, from a checkpoint
// say, knows from it that each stretch is what it says and that there is nothing between them.
// Value type; thread-safe.
class PartialTree {
 public:
  // INVALID_ARGUMENT unless the stretches follow each other from leaf 0 without gap or overlap,
  // none is empty, each has as many hashes as it must, and there are at most 2^63 leaves.
  static absl::StatusOr<PartialTree> Of(absl::Span<const Stretch> stretches);

  uint64_t size() const { return nodes_.empty() ? 0 : nodes_.back().end; }
  // That of the empty tree where there are no stretches.
  Hash root() const { return nodes_.empty() ? EmptyRoot() : nodes_.back().hash; }
  // The proof that VerifyInclusion takes. NOT_FOUND where the leaf is not there, or its hash within
  // a subtree of which no more is known.
  absl::StatusOr<std::vector<Hash>> ProofOf(uint64_t index) const;
  // Those of CoverOf(begin, end). NOT_FOUND likewise.
  absl::StatusOr<std::vector<Hash>> HashesOf(uint64_t begin, uint64_t end) const;

 private:
  static constexpr size_t kNone = ~size_t{0};
  struct Node {
    uint64_t begin;
    uint64_t end;
    Hash hash;
    size_t left = kNone;
    size_t right = kNone;
  };

  PartialTree() = default;
  // Makes the node over [begin, end) of what is known, from `*next` on. Its place among the nodes.
  size_t Build(uint64_t begin, uint64_t end, absl::Span<const Node> known, size_t* next);
  // nullptr where there is no such node.
  const Node* Find(uint64_t begin, uint64_t end) const;

  std::vector<Node> nodes_;  // children before their parents: the root is the last
};

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_PARTIAL_TREE_H_
