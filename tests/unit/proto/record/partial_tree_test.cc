#include "proto/record/partial_tree.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/numeric/bits.h"
#include "proto/record/proof.h"

namespace liaison::record {
namespace {

std::vector<Hash> Leaves(size_t count) {
  std::vector<Hash> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(LeafHash(std::to_string(i)));
  return leaves;
}

// By the recursive definition, of the leaves themselves: nothing in common with what is tested.
Stretch Withheld(const std::vector<Hash>& leaves, size_t begin, size_t end) {
  Stretch stretch{begin, end, false, {}};
  for (const Subtree& subtree : CoverOf(begin, end)) {
    stretch.hashes.push_back(RootOf(
        absl::MakeConstSpan(leaves).subspan(subtree.begin(), subtree.end() - subtree.begin())));
  }
  return stretch;
}

Stretch Opened(const std::vector<Hash>& leaves, size_t begin, size_t end) {
  return {begin, end, true, {leaves.begin() + begin, leaves.begin() + end}};
}

// Cut at random, each piece opened or withheld.
std::vector<Stretch> InPieces(const std::vector<Hash>& leaves, std::mt19937_64& random) {
  std::vector<Stretch> pieces;
  for (size_t begin = 0; begin < leaves.size();) {
    const size_t end = begin + 1 + random() % (leaves.size() - begin);
    pieces.push_back(random() % 2 == 0 ? Opened(leaves, begin, end) : Withheld(leaves, begin, end));
    begin = end;
  }
  return pieces;
}

TEST(PartialTree, ACoverIsWholeInOrderAndSmall) {
  for (uint64_t end = 0; end <= 130; ++end) {
    for (uint64_t begin = 0; begin <= end; ++begin) {
      const std::vector<Subtree> cover = CoverOf(begin, end);
      uint64_t at = begin;
      for (const Subtree& subtree : cover) {
        EXPECT_EQ(subtree.begin(), at);
        at = subtree.end();
      }
      EXPECT_EQ(at, end);
      EXPECT_LE(cover.size(), 2u * absl::bit_width(end - begin)) << begin << " to " << end;
      // Maximal: no two of them are the children of one node.
      for (size_t i = 1; i < cover.size(); ++i) {
        const bool siblings =
            cover[i - 1].level == cover[i].level && cover[i - 1].index / 2 == cover[i].index / 2;
        EXPECT_FALSE(siblings) << begin << " to " << end;
      }
    }
  }
  EXPECT_EQ(CoverOf(1, uint64_t{1} << 63).size(), 63u);
  EXPECT_EQ(CoverOf(0, uint64_t{1} << 63), (std::vector<Subtree>{{63, 0}}));
}

TEST(PartialTree, EveryRangeWithheldFromEverySmallTree) {
  for (size_t size = 1; size <= 64; ++size) {
    const std::vector<Hash> leaves = Leaves(size);
    const Hash root = RootOf(leaves);
    for (size_t begin = 0; begin < size; ++begin) {
      for (size_t end = begin + 1; end <= size; ++end) {
        std::vector<Stretch> stretches;
        if (begin > 0) stretches.push_back(Opened(leaves, 0, begin));
        stretches.push_back(Withheld(leaves, begin, end));
        if (end < size) stretches.push_back(Opened(leaves, end, size));
        const auto tree = PartialTree::Of(stretches);
        ASSERT_TRUE(tree.ok()) << tree.status();
        ASSERT_EQ(tree->root(), root) << size << ": " << begin << " to " << end;
      }
    }
  }
}

TEST(PartialTree, AnyPiecesOfAnyTreeProveTheirLeaves) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    const std::vector<Hash> leaves = Leaves(1 + random() % 300);
    const std::vector<Stretch> pieces = InPieces(leaves, random);
    const auto tree = PartialTree::Of(pieces);
    ASSERT_TRUE(tree.ok()) << tree.status();
    ASSERT_EQ(tree->size(), leaves.size());
    ASSERT_EQ(tree->root(), RootOf(leaves));
    for (const Stretch& piece : pieces) {
      // What was told comes back, and everything before it: so a cursor goes on.
      EXPECT_EQ(*tree->HashesOf(piece.begin, piece.end),
                Withheld(leaves, piece.begin, piece.end).hashes);
      EXPECT_EQ(*tree->HashesOf(0, piece.end), Withheld(leaves, 0, piece.end).hashes);
      for (uint64_t index = piece.begin; index < piece.end; ++index) {
        const auto proof = tree->ProofOf(index);
        if (piece.opened) {
          ASSERT_TRUE(proof.ok()) << proof.status();
        }
        if (!proof.ok()) continue;
        ASSERT_TRUE(
            VerifyInclusion(index, leaves.size(), leaves[index], *proof, tree->root()).ok());
      }
    }
  }
}

TEST(PartialTree, EveryFlippedBitIsAnotherRoot) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (size_t size : {1, 2, 7, 8, 37, 64}) {
    const std::vector<Hash> leaves = Leaves(size);
    const Hash root = RootOf(leaves);
    std::vector<Stretch> pieces = InPieces(leaves, random);
    for (Stretch& piece : pieces) {
      for (Hash& hash : piece.hashes) {
        for (int bit = 0; bit < 256; ++bit) {
          hash.data()[bit / 8] ^= 1 << bit % 8;
          ASSERT_NE(PartialTree::Of(pieces)->root(), root) << size << ", bit " << bit;
          hash.data()[bit / 8] ^= 1 << bit % 8;
        }
      }
    }
    ASSERT_EQ(PartialTree::Of(pieces)->root(), root);
  }
}

// A leaf left out between two others is no tree of any size that has that root.
TEST(PartialTree, NothingIsLeftOut) {
  const std::vector<Hash> leaves = Leaves(20);
  for (size_t missing = 0; missing < leaves.size(); ++missing) {
    std::vector<Hash> others = leaves;
    others.erase(others.begin() + missing);
    EXPECT_NE(PartialTree::Of({Opened(others, 0, others.size())})->root(), RootOf(leaves));
  }
}

TEST(PartialTree, StretchesFollowEachOther) {
  const std::vector<Hash> leaves = Leaves(20);
  const auto refused = [](const std::vector<Stretch>& stretches) {
    return PartialTree::Of(stretches).status().code() == absl::StatusCode::kInvalidArgument;
  };
  ASSERT_FALSE(refused({Opened(leaves, 0, 8), Withheld(leaves, 8, 20)}));
  EXPECT_TRUE(refused({Opened(leaves, 1, 8)})) << "begins late";
  EXPECT_TRUE(refused({Opened(leaves, 0, 8), Withheld(leaves, 9, 20)})) << "a gap";
  EXPECT_TRUE(refused({Opened(leaves, 0, 8), Withheld(leaves, 7, 20)})) << "twice";
  EXPECT_TRUE(refused({Withheld(leaves, 8, 20), Opened(leaves, 0, 8)})) << "the wrong way round";
  EXPECT_TRUE(refused({Opened(leaves, 0, 8), {8, 8, true, {}}})) << "empty";
  EXPECT_TRUE(refused({{0, ~uint64_t{0}, false, {}}})) << "no such tree";
  EXPECT_TRUE(refused({{5, 2, true, {}}})) << "backwards";
  for (bool opened : {true, false}) {
    Stretch stretch = opened ? Opened(leaves, 0, 7) : Withheld(leaves, 0, 7);
    stretch.hashes.push_back(Hash());
    EXPECT_TRUE(refused({stretch})) << "one hash too many";
    stretch.hashes.resize(stretch.hashes.size() - 2);
    EXPECT_TRUE(refused({stretch})) << "one too few";
  }
  // A claim of 2^62 leaves costs nothing.
  EXPECT_TRUE(refused({{0, uint64_t{1} << 62, true, leaves}}));
}

TEST(PartialTree, WhatIsWithheldStaysUnknown) {
  const std::vector<Hash> leaves = Leaves(20);
  const auto tree = PartialTree::Of({Opened(leaves, 0, 8), Withheld(leaves, 8, 20)});
  ASSERT_TRUE(tree.ok());
  EXPECT_TRUE(tree->ProofOf(7).ok());
  EXPECT_EQ(tree->ProofOf(8).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(tree->ProofOf(20).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(tree->HashesOf(0, 10).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(tree->HashesOf(0, 21).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(tree->HashesOf(3, 3)->empty());
}

TEST(PartialTree, NoStretchesAreTheEmptyTree) {
  const auto tree = PartialTree::Of({});
  ASSERT_TRUE(tree.ok());
  EXPECT_EQ(tree->size(), 0u);
  EXPECT_EQ(tree->root(), EmptyRoot());
  EXPECT_FALSE(tree->ProofOf(0).ok());
}

}  // namespace
}  // namespace liaison::record
