#include "storage/tree/proofs.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "absl/strings/escaping.h"
#include "proto/record/proof.h"
#include "tests/unit/storage/tree/memory_rows.h"

namespace liaison::storage {
namespace {

using Json = nlohmann::json;

Json Testdata(const std::string& name) {
  std::ifstream file(std::string(LIAISON_SOURCE_DIR "/tests/unit/storage/testdata/") + name);
  EXPECT_TRUE(file.good()) << name;
  return Json::parse(file);
}

record::Hash FromBase64(const std::string& text) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(text, &bytes));
  return record::Hash::FromBytes(bytes);
}

std::vector<record::Hash> FromBase64List(const Json& list) {
  std::vector<record::Hash> hashes;
  for (const Json& text : list) hashes.push_back(FromBase64(text));
  return hashes;
}

std::vector<std::string> Hex(const std::vector<record::Hash>& hashes) {
  std::vector<std::string> hex;
  for (const record::Hash& hash : hashes) hex.push_back(hash.ToHex());
  return hex;
}

// The tree of eight leaves that certificate transparency has used from its first day.
class ReferenceTree : public ::testing::Test {
 protected:
  ReferenceTree() : data_(Testdata("rfc6962-reference-tree-8.json")) {
    for (const std::string input : data_["leaf_inputs_hex"]) {
      tree_.Append(record::LeafHash(absl::HexStringToBytes(input)));
    }
  }

  const Json data_;
  MemoryRows tree_;
};

TEST_F(ReferenceTree, RootsAgree) {
  for (uint64_t size = 0; size <= 8; ++size) {
    EXPECT_EQ(RootOfSize(tree_, size)->ToHex(), data_["root_hash_by_size_hex"][size]) << size;
  }
}

TEST_F(ReferenceTree, ProofsAgree) {
  ASSERT_FALSE(data_["inclusion"].empty());
  for (const Json& proof : data_["inclusion"]) {
    EXPECT_EQ(Hex(InclusionProof(tree_, proof["leaf_index"], proof["tree_size"]).value()),
              proof["path"])
        << proof;
  }
  ASSERT_FALSE(data_["consistency"].empty());
  for (const Json& proof : data_["consistency"]) {
    EXPECT_EQ(Hex(ConsistencyProof(tree_, proof["size1"], proof["size2"]).value()), proof["proof"])
        << proof;
  }
}

TEST_F(ReferenceTree, TransparencyDevsProofsAgree) {
  for (int i = 0; i < 5; ++i) {
    const Json inclusion = Testdata("merkle/inclusion/" + std::to_string(i) + "/happy-path.json");
    EXPECT_EQ(InclusionProof(tree_, inclusion["leafIdx"], inclusion["treeSize"]).value(),
              FromBase64List(inclusion["proof"]));
    EXPECT_EQ(RootOfSize(tree_, inclusion["treeSize"]).value(), FromBase64(inclusion["root"]));
    const Json consistency =
        Testdata("merkle/consistency/" + std::to_string(i) + "/happy-path.json");
    EXPECT_EQ(ConsistencyProof(tree_, consistency["size1"], consistency["size2"]).value(),
              FromBase64List(consistency["proof"]));
  }
}

// --- every size of a larger tree
// -------------------------------------------------------------------

constexpr int kLeaves = 300;        // past a power of two, so that the right edge has gaps
constexpr uint64_t kEveryBit = 64;  // up to this size each bit of each proof is tried

class LargerTree : public ::testing::Test {
 protected:
  LargerTree() {
    tree_.AppendLeaves(kLeaves);
    for (size_t size = 0; size <= kLeaves; ++size) {
      roots_.push_back(record::RootOf(absl::MakeConstSpan(tree_.leaf_hashes()).subspan(0, size)));
    }
  }

  record::Hash Root(uint64_t size) const { return roots_[size]; }

  // Every bit that is tried of a proof, flipped: every one up to kEveryBit, one of each hash
  // beyond.
  template <typename Verify>
  void ExpectEveryChangeRefused(std::vector<record::Hash> proof, uint64_t size,
                                const Verify& verify) {
    for (record::Hash& hash : proof) {
      for (int bit = 0; bit < 256; ++bit) {
        const int tried = size <= kEveryBit ? bit : static_cast<int>(random_() % 256);
        hash.data()[tried / 8] ^= static_cast<uint8_t>(1 << (tried % 8));
        ASSERT_FALSE(verify(proof).ok()) << "seed " << seed_ << ", bit " << tried;
        hash.data()[tried / 8] ^= static_cast<uint8_t>(1 << (tried % 8));
        if (size > kEveryBit) break;
      }
    }
  }

  const uint32_t seed_ = std::random_device()();
  std::mt19937 random_{seed_};
  std::vector<record::Hash> roots_;
  MemoryRows tree_;
};

TEST_F(LargerTree, EveryEarlierRootCanBeRead) {
  for (uint64_t size = 0; size <= kLeaves; ++size) {
    EXPECT_EQ(RootOfSize(tree_, size).value(), Root(size)) << size;
  }
}

TEST_F(LargerTree, ALoadedRangeGoesOnAsTheOriginal) {
  for (uint64_t size = 0; size < kLeaves; ++size) {
    record::CompactRange range = LoadCompactRange(tree_, size).value();
    std::string row;
    range.Append(tree_.leaf_hashes()[size], &row);
    EXPECT_EQ(row, tree_.row(size));
    EXPECT_EQ(range.size(), size + 1);
    EXPECT_EQ(range.Root(), Root(size + 1));
  }
}

TEST_F(LargerTree, EveryInclusionIsProven) {
  for (uint64_t size = 1; size <= kLeaves; ++size) {
    const record::Hash root = Root(size);
    for (uint64_t index = 0; index < size; ++index) {
      const auto proof = InclusionProof(tree_, index, size);
      ASSERT_TRUE(proof.ok()) << proof.status();
      const absl::Status verified =
          record::VerifyInclusion(index, size, tree_.leaf_hashes()[index], *proof, root);
      ASSERT_TRUE(verified.ok()) << index << " in " << size << ": " << verified;
      ExpectEveryChangeRefused(*proof, size, [&](const std::vector<record::Hash>& changed) {
        return record::VerifyInclusion(index, size, tree_.leaf_hashes()[index], changed, root);
      });
    }
  }
}

TEST_F(LargerTree, EveryConsistencyIsProven) {
  for (uint64_t size2 = 0; size2 <= kLeaves; ++size2) {
    for (uint64_t size1 = 0; size1 <= size2; ++size1) {
      const auto proof = ConsistencyProof(tree_, size1, size2);
      ASSERT_TRUE(proof.ok()) << proof.status();
      const absl::Status verified =
          record::VerifyConsistency(size1, size2, Root(size1), Root(size2), *proof);
      ASSERT_TRUE(verified.ok()) << size1 << " to " << size2 << ": " << verified;
      ExpectEveryChangeRefused(*proof, size2, [&](const std::vector<record::Hash>& changed) {
        return record::VerifyConsistency(size1, size2, Root(size1), Root(size2), changed);
      });
    }
  }
}

TEST_F(LargerTree, WhatIsNotThereIsOutOfRange) {
  EXPECT_TRUE(absl::IsOutOfRange(InclusionProof(tree_, 5, 5).status()));
  EXPECT_TRUE(absl::IsOutOfRange(InclusionProof(tree_, 0, 0).status()));
  EXPECT_TRUE(absl::IsOutOfRange(ConsistencyProof(tree_, 6, 5).status()));
}

TEST_F(LargerTree, ADamagedRowIsDataLoss) {
  tree_.CutRow(63);
  EXPECT_TRUE(absl::IsDataLoss(RootOfSize(tree_, 64).status()));
  EXPECT_TRUE(absl::IsDataLoss(RootOfSize(tree_, kLeaves + 1).status()));
}

}  // namespace
}  // namespace liaison::storage
