#include "storage/tree/proofs.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"

namespace liaison::storage {
namespace {

// Leaves [begin, end): a subtree of RFC 6962, so begin is a multiple of every power of two that is
// smaller than its width.
struct Range {
  uint64_t begin;
  uint64_t end;
};

// The largest power of two smaller than n. REQUIRES: n > 1.
uint64_t Split(uint64_t n) { return std::bit_floor(n - 1); }

// The perfect subtrees that the range is made of, largest first.
std::vector<Node> NodesOf(Range range) {
  std::vector<Node> nodes;
  while (range.begin < range.end) {
    const int level = std::bit_width(range.end - range.begin) - 1;
    nodes.push_back({level, range.begin >> level});
    range.begin += uint64_t{1} << level;
  }
  return nodes;
}

absl::StatusOr<std::vector<record::Hash>> ReadNodes(const NodeReader& reader,
                                                    const std::vector<Node>& nodes) {
  std::vector<uint64_t> indexes;
  indexes.reserve(nodes.size());
  for (const Node& node : nodes) indexes.push_back(RowOf(node));
  std::vector<std::string> rows;
  LIAISON_RETURN_IF_ERROR(reader.ReadRows(indexes, &rows));
  std::vector<record::Hash> hashes;
  hashes.reserve(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const absl::string_view row = rows[i];
    if (row.size() < OffsetInRow(nodes[i]) + record::kHashSizeBytes) {
      return absl::DataLossError(absl::StrCat("row ", indexes[i], " of the tree is too short"));
    }
    hashes.push_back(
        record::Hash::FromBytes(row.substr(OffsetInRow(nodes[i]), record::kHashSizeBytes)));
  }
  return hashes;
}

// The hash of each range, all read at once.
absl::StatusOr<std::vector<record::Hash>> HashesOf(const NodeReader& reader,
                                                   const std::vector<Range>& ranges) {
  std::vector<Node> nodes;
  std::vector<size_t> ends;  // of each range in `nodes`
  for (const Range& range : ranges) {
    const std::vector<Node> parts = NodesOf(range);
    nodes.insert(nodes.end(), parts.begin(), parts.end());
    ends.push_back(nodes.size());
  }
  LIAISON_ASSIGN_OR_RETURN(const std::vector<record::Hash> parts, ReadNodes(reader, nodes));
  std::vector<record::Hash> hashes;
  size_t begin = 0;
  for (size_t end : ends) {
    record::Hash hash = parts[end - 1];
    for (size_t i = end - 1; i-- > begin;) hash = record::NodeHash(parts[i], hash);
    hashes.push_back(hash);
    begin = end;
  }
  return hashes;
}

}  // namespace

absl::StatusOr<record::CompactRange> LoadCompactRange(const NodeReader& reader, uint64_t size) {
  LIAISON_ASSIGN_OR_RETURN(std::vector<record::Hash> roots, ReadNodes(reader, NodesOf({0, size})));
  return record::CompactRange(size, std::move(roots));
}

absl::StatusOr<record::Hash> RootOfSize(const NodeReader& reader, uint64_t size) {
  LIAISON_ASSIGN_OR_RETURN(const record::CompactRange range, LoadCompactRange(reader, size));
  return range.Root();
}

absl::StatusOr<std::vector<record::Hash>> InclusionProof(const NodeReader& reader, uint64_t index,
                                                         uint64_t size) {
  if (index >= size) {
    return absl::OutOfRangeError(absl::StrCat("leaf ", index, " is not in a tree of ", size));
  }
  // From the root down to the leaf, noting the sibling passed by at each step.
  std::vector<Range> siblings;
  Range range{0, size};
  while (range.end - range.begin > 1) {
    const uint64_t middle = range.begin + Split(range.end - range.begin);
    if (index < middle) {
      siblings.push_back({middle, range.end});
      range.end = middle;
    } else {
      siblings.push_back({range.begin, middle});
      range.begin = middle;
    }
  }
  std::reverse(siblings.begin(), siblings.end());
  return HashesOf(reader, siblings);
}

absl::StatusOr<std::vector<record::Hash>> ConsistencyProof(const NodeReader& reader, uint64_t size1,
                                                           uint64_t size2) {
  if (size1 > size2) {
    return absl::OutOfRangeError(
        absl::StrCat("a tree of ", size1, " is no prefix of one of ", size2));
  }
  if (size1 == 0 || size1 == size2) return std::vector<record::Hash>();
  // From the root down to the subtree that ends where the first tree ends. While that subtree
  // begins at 0 it is the first tree itself, which the verifier has.
  std::vector<Range> parts;
  Range range{0, size2};
  while (range.end != size1) {
    const uint64_t middle = range.begin + Split(range.end - range.begin);
    if (size1 <= middle) {
      parts.push_back({middle, range.end});
      range.end = middle;
    } else {
      parts.push_back({range.begin, middle});
      range.begin = middle;
    }
  }
  if (range.begin != 0) parts.push_back(range);
  std::reverse(parts.begin(), parts.end());
  return HashesOf(reader, parts);
}

absl::StatusOr<std::vector<record::Hash>> SubtreeHashes(
    const NodeReader& reader, const std::vector<record::Subtree>& subtrees) {
  std::vector<Node> nodes;
  nodes.reserve(subtrees.size());
  for (const record::Subtree& subtree : subtrees) nodes.push_back({subtree.level, subtree.index});
  return ReadNodes(reader, nodes);
}

}  // namespace liaison::storage
