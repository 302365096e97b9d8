#include "proto/record/hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/hash/hash_testing.h"
#include "testdata.h"

namespace liaison::record {
namespace {

// FIPS 180-2, appendix B.1 and B.2.
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kTwoBlocksText[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
constexpr char kTwoBlocks[] = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
constexpr char kEmpty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Hash, KnownAnswers) {
  EXPECT_EQ(Sha256Of("abc").ToHex(), kAbc);
  EXPECT_EQ(Sha256Of(kTwoBlocksText).ToHex(), kTwoBlocks);
  EXPECT_EQ(EmptyRoot().ToHex(), kEmpty);
}

TEST(Hash, LeavesAndNodesHaveTheirPrefixes) {
  const std::string leaf = "leaf";
  EXPECT_EQ(LeafHash(leaf), Sha256Of(std::string(1, '\0') + leaf));
  EXPECT_EQ(LeafHash(""), Sha256Of(std::string(1, '\0')));
  const Hash left = Sha256Of("left");
  const Hash right = Sha256Of("right");
  EXPECT_EQ(NodeHash(left, right),
            Sha256Of("\x01" + std::string(left.bytes()) + std::string(right.bytes())));
  EXPECT_NE(NodeHash(left, right), NodeHash(right, left));
}

TEST(Hash, ReferenceTree) {
  const Json tree = ReadTestdata("rfc6962-reference-tree-8.json");
  const Json& levels = tree["node_hashes_by_level_hex"];
  for (size_t i = 0; i < tree["leaf_inputs_hex"].size(); ++i) {
    const std::string input = FromHex(tree["leaf_inputs_hex"][i].get<std::string>());
    EXPECT_EQ(LeafHash(input).ToHex(), levels[0][i].get<std::string>());
  }
  for (size_t level = 1; level < levels.size(); ++level) {
    for (size_t i = 0; i < levels[level].size(); ++i) {
      const Hash left = *Hash::FromHex(levels[level - 1][2 * i].get<std::string>());
      const Hash right = *Hash::FromHex(levels[level - 1][2 * i + 1].get<std::string>());
      EXPECT_EQ(NodeHash(left, right).ToHex(), levels[level][i].get<std::string>());
    }
  }
}

TEST(Hash, ParsesExactlyThirtyTwoBytes) {
  const Hash hash = Sha256Of("abc");
  EXPECT_EQ(Hash::Parse(hash.bytes()).value(), hash);
  EXPECT_EQ(Hash::FromBytes(hash.bytes()), hash);
  for (size_t size : {0, 12, 31, 33, 64}) {
    EXPECT_EQ(Hash::Parse(std::string(size, 'x')).status().code(),
              absl::StatusCode::kInvalidArgument)
        << size;
  }
  EXPECT_DEATH(Hash::FromBytes("short"), "32 bytes");
}

TEST(Hash, HexInBothCases) {
  EXPECT_EQ(Hash::FromHex(kAbc).value(), Sha256Of("abc"));
  std::string upper = kAbc;
  for (char& c : upper) c = static_cast<char>(toupper(c));
  EXPECT_EQ(Hash::FromHex(upper).value(), Sha256Of("abc"));
  EXPECT_FALSE(Hash::FromHex("").ok());
  EXPECT_FALSE(Hash::FromHex(std::string(kAbc) + "00").ok());
  upper[10] = 'g';
  EXPECT_FALSE(Hash::FromHex(upper).ok());
}

TEST(Hash, IsAValue) {
  EXPECT_TRUE(Hash().is_zero());
  EXPECT_FALSE(Sha256Of("abc").is_zero());
  const Hash low = Hash::FromBytes(std::string(31, '\x7f') + '\x01');
  const Hash high = Hash::FromBytes("\x80" + std::string(31, '\0'));
  EXPECT_TRUE(low < high) << "bytes are unsigned";
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly({Hash(), low, high, Sha256Of("abc")}));
}

TEST(Sha256, HashesPiecesAndStartsOver) {
  Sha256 hasher;
  EXPECT_EQ(hasher.Update("a").Update("").Update("bc").Finish().ToHex(), kAbc);
  EXPECT_EQ(hasher.Update("abc").Finish().ToHex(), kAbc);
  EXPECT_EQ(hasher.Finish().ToHex(), kEmpty);
}

TEST(Sha256, FreeFunctionsDoNotDisturbAHasher) {
  Sha256 hasher;
  hasher.Update("a");
  EXPECT_EQ(Sha256Of("x"), Sha256Of("x"));
  EXPECT_EQ(hasher.Update("bc").Finish().ToHex(), kAbc);
}

TEST(Hash, ThreadsDoNotShareAContext) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 2000;
  std::vector<Hash> chains(kThreads);
  {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&chain = chains[t]] {
        for (int i = 0; i < kRounds; ++i) chain = NodeHash(chain, LeafHash(chain.bytes()));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_THAT(chains, testing::Each(chains[0]));
  EXPECT_FALSE(chains[0].is_zero());
}

}  // namespace
}  // namespace liaison::record
