#include "proto/record/partial_tree.h"

#include <algorithm>

#include "absl/numeric/bits.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "proto/record/openssl.h"

namespace liaison::record {
namespace {

constexpr uint64_t kMaxSize = uint64_t{1} << 63;

// Where RFC 6962 splits [begin, end): the largest power of two smaller than its width. Within a
// tree `begin` is a multiple of it. REQUIRES: at least two leaves.
uint64_t MiddleOf(uint64_t begin, uint64_t end) {
  return begin + (uint64_t{1} << (absl::bit_width(end - begin - 1) - 1));
}

absl::Status CheckStretch(const Stretch& stretch, uint64_t begin) {
  const auto wrong = [&](const auto&... what) {
    return absl::InvalidArgumentError(
        absl::StrCat("the stretch of leaves ", stretch.begin, " to ", stretch.end, what...));
  };
  if (stretch.begin != begin) return wrong(" does not follow ", begin);
  if (stretch.end <= stretch.begin || stretch.end > kMaxSize) return wrong(" has no such end");
  const uint64_t hashes =
      stretch.opened ? stretch.end - stretch.begin : CoverOf(stretch.begin, stretch.end).size();
  if (stretch.hashes.size() != hashes) {
    return wrong(" has ", stretch.hashes.size(), " hashes instead of ", hashes);
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Subtree> CoverOf(uint64_t begin, uint64_t end) {
  Require(begin <= end && end <= kMaxSize, "CoverOf: no such leaves");
  std::vector<Subtree> cover;
  while (begin < end) {
    // As wide as its place allows, and as what is left.
    const int fits = absl::bit_width(end - begin) - 1;
    const int level = begin == 0 ? fits : std::min(fits, absl::countr_zero(begin));
    cover.push_back({level, begin >> level});
    begin += uint64_t{1} << level;
  }
  return cover;
}

absl::StatusOr<PartialTree> PartialTree::Of(absl::Span<const Stretch> stretches) {
  std::vector<Node> known;
  uint64_t size = 0;
  for (const Stretch& stretch : stretches) {
    LIAISON_RETURN_IF_ERROR(CheckStretch(stretch, size));
    size = stretch.end;
    if (stretch.opened) {
      for (size_t i = 0; i < stretch.hashes.size(); ++i) {
        known.push_back({stretch.begin + i, stretch.begin + i + 1, stretch.hashes[i]});
      }
      continue;
    }
    const std::vector<Subtree> cover = CoverOf(stretch.begin, stretch.end);
    for (size_t i = 0; i < cover.size(); ++i) {
      known.push_back({cover[i].begin(), cover[i].end(), stretch.hashes[i]});
    }
  }
  PartialTree tree;
  if (size == 0) return tree;
  tree.nodes_.reserve(2 * known.size());
  size_t next = 0;
  tree.Build(0, size, known, &next);
  return tree;
}

size_t PartialTree::Build(uint64_t begin, uint64_t end, absl::Span<const Node> known,
                          size_t* next) {
  if (known[*next].end == end) {
    nodes_.push_back(known[(*next)++]);
    return nodes_.size() - 1;
  }
  const uint64_t middle = MiddleOf(begin, end);
  const size_t left = Build(begin, middle, known, next);
  const size_t right = Build(middle, end, known, next);
  nodes_.push_back({begin, end, NodeHash(nodes_[left].hash, nodes_[right].hash), left, right});
  return nodes_.size() - 1;
}

const PartialTree::Node* PartialTree::Find(uint64_t begin, uint64_t end) const {
  if (nodes_.empty()) return nullptr;
  const Node* node = &nodes_.back();
  while (node->begin != begin || node->end != end) {
    if (node->left == kNone) return nullptr;
    node = &nodes_[begin < nodes_[node->left].end ? node->left : node->right];
  }
  return node;
}

absl::StatusOr<std::vector<Hash>> PartialTree::ProofOf(uint64_t index) const {
  if (index >= size()) return absl::NotFoundError(absl::StrCat("there is no leaf ", index));
  std::vector<Hash> proof;
  const Node* node = &nodes_.back();
  while (node->left != kNone) {
    const bool is_left = index < nodes_[node->left].end;
    proof.push_back(nodes_[is_left ? node->right : node->left].hash);
    node = &nodes_[is_left ? node->left : node->right];
  }
  if (node->end - node->begin != 1) {
    return absl::NotFoundError(absl::StrCat("leaf ", index, " is withheld with those beside it"));
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

absl::StatusOr<std::vector<Hash>> PartialTree::HashesOf(uint64_t begin, uint64_t end) const {
  if (begin > end || end > size()) {
    return absl::NotFoundError(absl::StrCat("there are no leaves ", begin, " to ", end));
  }
  std::vector<Hash> hashes;
  for (const Subtree& subtree : CoverOf(begin, end)) {
    const Node* node = Find(subtree.begin(), subtree.end());
    if (node == nullptr) {
      return absl::NotFoundError(absl::StrCat("leaves ", subtree.begin(), " to ", subtree.end(),
                                              " are withheld with those beside them"));
    }
    hashes.push_back(node->hash);
  }
  return hashes;
}

}  // namespace liaison::record
