#include "proto/record/proof.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "testdata.h"

namespace liaison::record {
namespace {

// nullopt unless all of it is 32 byte hashes: such a proof is refused before it is verified.
std::optional<std::vector<Hash>> Hashes(const Json& base64_list) {
  std::vector<Hash> hashes;
  if (base64_list.is_null()) return hashes;
  for (const Json& text : base64_list) {
    const auto hash = Hash::Parse(FromBase64(text.get<std::string>()));
    if (!hash.ok()) return std::nullopt;
    hashes.push_back(*hash);
  }
  return hashes;
}

std::vector<Hash> HexHashes(const Json& hex_list) {
  std::vector<Hash> hashes;
  for (const Json& text : hex_list) hashes.push_back(*Hash::FromHex(text.get<std::string>()));
  return hashes;
}

// PATH and SUBPROOF of RFC 6962, word for word: slow, and nothing in common with the verifier.
size_t SplitOf(size_t size) {
  size_t split = 1;
  while (2 * split < size) split *= 2;
  return split;
}

std::vector<Hash> Path(size_t index, absl::Span<const Hash> leaves) {
  if (leaves.size() == 1) return {};
  const size_t split = SplitOf(leaves.size());
  const auto left = leaves.first(split);
  const auto right = leaves.subspan(split);
  std::vector<Hash> path = index < split ? Path(index, left) : Path(index - split, right);
  path.push_back(index < split ? RootOf(right) : RootOf(left));
  return path;
}

std::vector<Hash> Subproof(size_t older, absl::Span<const Hash> leaves, bool known) {
  if (older == leaves.size()) {
    return known ? std::vector<Hash>() : std::vector<Hash>{RootOf(leaves)};
  }
  const size_t split = SplitOf(leaves.size());
  const auto left = leaves.first(split);
  const auto right = leaves.subspan(split);
  std::vector<Hash> proof =
      older <= split ? Subproof(older, left, known) : Subproof(older - split, right, false);
  proof.push_back(older <= split ? RootOf(right) : RootOf(left));
  return proof;
}

std::vector<Hash> Leaves(size_t count) {
  std::vector<Hash> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(LeafHash(std::to_string(i)));
  return leaves;
}

TEST(Proof, InclusionVectors) {
  int agreed = 0;
  const Json vectors = ReadTestdata("merkle/inclusion.json");
  for (const auto& [name, vector] : vectors.items()) {
    const auto leaf = Hash::Parse(FromBase64(vector["leafHash"].get<std::string>()));
    const auto root = Hash::Parse(FromBase64(vector["root"].get<std::string>()));
    const auto proof = Hashes(vector["proof"]);
    const bool accepted = leaf.ok() && root.ok() && proof &&
                          VerifyInclusion(vector["leafIdx"].get<uint64_t>(),
                                          vector["treeSize"].get<uint64_t>(), *leaf, *proof, *root)
                              .ok();
    EXPECT_EQ(accepted, !vector["wantErr"].get<bool>()) << name;
    if (accepted == !vector["wantErr"].get<bool>()) ++agreed;
  }
  EXPECT_EQ(agreed, 98);
}

TEST(Proof, ConsistencyVectors) {
  // Its "roots" have 12 bytes and it wants them taken; a root here has 32.
  const std::string kShortRoots = "additional/sizes-are-equal-one-and-proof-is-empty.json";
  int agreed = 0;
  const Json vectors = ReadTestdata("merkle/consistency.json");
  for (const auto& [name, vector] : vectors.items()) {
    const auto root1 = Hash::Parse(FromBase64(vector["root1"].get<std::string>()));
    const auto root2 = Hash::Parse(FromBase64(vector["root2"].get<std::string>()));
    const auto proof = Hashes(vector["proof"]);
    const bool accepted = root1.ok() && root2.ok() && proof &&
                          VerifyConsistency(vector["size1"].get<uint64_t>(),
                                            vector["size2"].get<uint64_t>(), *root1, *root2, *proof)
                              .ok();
    if (name == kShortRoots) {
      EXPECT_FALSE(accepted);
      EXPECT_FALSE(root1.ok());
      continue;
    }
    EXPECT_EQ(accepted, !vector["wantErr"].get<bool>()) << name;
    if (accepted == !vector["wantErr"].get<bool>()) ++agreed;
  }
  EXPECT_EQ(agreed, 97);
}

TEST(Proof, ReferenceTree) {
  const Json tree = ReadTestdata("rfc6962-reference-tree-8.json");
  const std::vector<Hash> leaves = HexHashes(tree["node_hashes_by_level_hex"][0]);
  const std::vector<Hash> roots = HexHashes(tree["root_hash_by_size_hex"]);
  ASSERT_EQ(roots.size(), 9u);
  for (size_t size = 0; size < roots.size(); ++size) {
    EXPECT_EQ(RootOf(absl::MakeSpan(leaves).first(size)), roots[size]) << size;
  }
  for (const Json& proof : tree["inclusion"]) {
    const auto index = proof["leaf_index"].get<uint64_t>();
    const auto size = proof["tree_size"].get<uint64_t>();
    EXPECT_TRUE(
        VerifyInclusion(index, size, leaves[index], HexHashes(proof["path"]), roots[size]).ok());
  }
  for (const Json& proof : tree["consistency"]) {
    const auto size1 = proof["size1"].get<uint64_t>();
    const auto size2 = proof["size2"].get<uint64_t>();
    EXPECT_TRUE(
        VerifyConsistency(size1, size2, roots[size1], roots[size2], HexHashes(proof["proof"]))
            .ok());
  }
}

TEST(Proof, EveryLeafOfEverySmallTree) {
  const std::vector<Hash> leaves = Leaves(70);
  for (size_t size = 1; size <= leaves.size(); ++size) {
    const auto tree = absl::MakeConstSpan(leaves).first(size);
    const Hash root = RootOf(tree);
    for (size_t index = 0; index < size; ++index) {
      const std::vector<Hash> path = Path(index, tree);
      EXPECT_TRUE(VerifyInclusion(index, size, leaves[index], path, root).ok());
      const size_t other = (index + 1) % size;
      if (other != index) {
        EXPECT_FALSE(VerifyInclusion(index, size, leaves[other], path, root).ok());
        EXPECT_FALSE(VerifyInclusion(other, size, leaves[index], path, root).ok());
      }
    }
    EXPECT_FALSE(VerifyInclusion(size, size, leaves[0], {}, root).ok()) << "outside the tree";
  }
}

TEST(Proof, EveryPrefixOfEverySmallTree) {
  const std::vector<Hash> leaves = Leaves(70);
  std::vector<Hash> roots;
  for (size_t size = 0; size <= leaves.size(); ++size) {
    roots.push_back(RootOf(absl::MakeConstSpan(leaves).first(size)));
  }
  for (size_t size2 = 1; size2 <= leaves.size(); ++size2) {
    for (size_t size1 = 1; size1 <= size2; ++size1) {
      const auto proof = Subproof(size1, absl::MakeConstSpan(leaves).first(size2), true);
      EXPECT_TRUE(VerifyConsistency(size1, size2, roots[size1], roots[size2], proof).ok());
      EXPECT_FALSE(VerifyConsistency(size1, size2, roots[size1 - 1], roots[size2], proof).ok());
      EXPECT_FALSE(VerifyConsistency(size1, size2, roots[size1], roots[size2 - 1], proof).ok());
    }
  }
}

TEST(Proof, AnyChangeIsNoticed) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const std::vector<Hash> leaves = Leaves(100);
  for (int round = 0; round < 500; ++round) {
    const size_t size2 = 2 + random() % (leaves.size() - 1);
    const size_t size1 = 1 + random() % (size2 - 1);
    const auto tree = absl::MakeConstSpan(leaves).first(size2);
    const Hash root1 = RootOf(tree.first(size1));
    const Hash root2 = RootOf(tree);
    std::vector<Hash> path = Path(size1, tree);
    std::vector<Hash> proof = Subproof(size1, tree, true);
    ASSERT_TRUE(VerifyInclusion(size1, size2, leaves[size1], path, root2).ok());
    ASSERT_TRUE(VerifyConsistency(size1, size2, root1, root2, proof).ok());
    std::vector<Hash>* changed[] = {&path, &proof};
    for (std::vector<Hash>* hashes : changed) {
      switch (random() % 3) {
        case 0:
          (*hashes)[random() % hashes->size()].data()[random() % 32] ^= 1 << random() % 8;
          break;
        case 1:
          hashes->erase(hashes->begin() + random() % hashes->size());
          break;
        default:
          hashes->insert(hashes->begin() + random() % (hashes->size() + 1), Hash());
      }
    }
    EXPECT_FALSE(VerifyInclusion(size1, size2, leaves[size1], path, root2).ok());
    EXPECT_FALSE(VerifyConsistency(size1, size2, root1, root2, proof).ok());
  }
}

TEST(Proof, EqualSizesNeedEqualRootsAndNothingElse) {
  const Hash a = Sha256Of("a");
  const Hash b = Sha256Of("b");
  EXPECT_TRUE(VerifyConsistency(3, 3, a, a, {}).ok());
  EXPECT_FALSE(VerifyConsistency(3, 3, a, b, {}).ok());
  EXPECT_FALSE(VerifyConsistency(3, 3, a, a, {a}).ok());
  EXPECT_FALSE(VerifyConsistency(4, 3, a, a, {}).ok());
}

TEST(Proof, TheEmptyTreeIsAPrefixOfEverything) {
  const Hash a = Sha256Of("a");
  EXPECT_TRUE(VerifyConsistency(0, 0, EmptyRoot(), EmptyRoot(), {}).ok());
  EXPECT_TRUE(VerifyConsistency(0, 3, EmptyRoot(), a, {}).ok());
  EXPECT_FALSE(VerifyConsistency(0, 3, a, a, {}).ok());
  EXPECT_FALSE(VerifyConsistency(0, 0, a, a, {}).ok());
  EXPECT_FALSE(VerifyConsistency(0, 3, EmptyRoot(), a, {a}).ok());
}

// A proof that climbs past the root of the size it claims would pass for a smaller tree.
TEST(Proof, AProofForLargerTreesIsNoneForSmallerOnes) {
  const std::vector<Hash> leaves = Leaves(8);
  const auto tree = absl::MakeConstSpan(leaves);
  const Hash root2 = RootOf(tree.first(2));
  ASSERT_TRUE(VerifyInclusion(1, 2, leaves[1], {leaves[0]}, root2).ok());
  EXPECT_FALSE(VerifyInclusion(0, 1, leaves[1], {leaves[0]}, root2).ok());
  const Hash root7 = RootOf(tree.first(7));
  const Hash root8 = RootOf(tree);
  const std::vector<Hash> proof = Subproof(7, tree, true);
  ASSERT_TRUE(VerifyConsistency(7, 8, root7, root8, proof).ok());
  EXPECT_FALSE(VerifyConsistency(3, 4, root7, root8, proof).ok());
}

TEST(Proof, HugeSizesEndTheWalk) {
  const std::vector<Hash> proof(1000);
  const uint64_t huge = ~uint64_t{0};
  EXPECT_FALSE(VerifyInclusion(huge - 1, huge, Hash(), proof, Hash()).ok());
  EXPECT_FALSE(VerifyInclusion(0, huge, Hash(), proof, Hash()).ok());
  EXPECT_FALSE(VerifyConsistency(huge - 1, huge, Hash(), Hash(), proof).ok());
  EXPECT_FALSE(VerifyConsistency(uint64_t{1} << 63, huge, Hash(), Hash(), {}).ok());
}

}  // namespace
}  // namespace liaison::record
