#include "storage/format/postings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "absl/strings/escaping.h"

namespace liaison::storage {
namespace {

using std::string_literals::operator""s;
using Offsets = std::vector<uint16_t>;

Offsets FirstOffsets(size_t count) {
  Offsets offsets(count);
  std::iota(offsets.begin(), offsets.end(), uint16_t{0});
  return offsets;
}

// The bytes below are on disks. They are not to be adapted to the code.

TEST(Postings, AreFrozen) {
  EXPECT_EQ(absl::BytesToHexString(EncodePostings(Offsets{0, 1, 1023})), "010000000103ff");
  EXPECT_EQ(absl::BytesToHexString(EncodePostings(FirstOffsets(65))),
            "02"
            "ffffffffffffffff"
            "01" +
                std::string(2 * 119, '0'));
  EXPECT_EQ(PostingsKey("t7", 0x0102), "\0\2t7\0\0\0\0\0\0\1\2"s);
  EXPECT_EQ(kBlockSequences, 1024u);
}

TEST(Postings, SequencesFillBlocksFromOne) {
  EXPECT_EQ(BlockOf(1), 0u);
  EXPECT_EQ(BlockOf(1024), 0u);
  EXPECT_EQ(BlockOf(1025), 1u);
  EXPECT_EQ(OffsetInBlock(1), 0);
  EXPECT_EQ(OffsetInBlock(1024), 1023);
  EXPECT_EQ(SequenceAt(1, 0), 1025u);
  EXPECT_EQ(CompleteBlocksEnd(0), 0u);
  EXPECT_EQ(CompleteBlocksEnd(1023), 0u);
  EXPECT_EQ(CompleteBlocksEnd(1024), 1024u);
  EXPECT_EQ(CompleteBlocksEnd(2047), 1024u);
}

TEST(Postings, ComeBackAtEverySize) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (size_t count = 1; count <= kBlockSequences; ++count) {
    Offsets offsets = FirstOffsets(kBlockSequences);
    std::shuffle(offsets.begin(), offsets.end(), random);
    offsets.resize(count);
    std::sort(offsets.begin(), offsets.end());
    const std::string bytes = EncodePostings(offsets);
    EXPECT_LE(bytes.size(), 129u);
    const absl::StatusOr<Offsets> decoded = DecodePostings(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    ASSERT_EQ(*decoded, offsets);
  }
}

TEST(Postings, NoTermsKeysStartWithAnothers) {
  const std::string terms[] = {"", "\0"s, "a", "a\0"s, "ab", "\0\1a"s, std::string(32, '\xff')};
  for (const std::string& term : terms) {
    for (const std::string& other : terms) {
      if (term == other) continue;
      EXPECT_NE(PostingsKey(term, 0).compare(0, TermPrefix(other).size(), TermPrefix(other)), 0)
          << absl::CHexEscape(term) << " and " << absl::CHexEscape(other);
    }
  }
}

TEST(Postings, DamageIsRefused) {
  const auto refused = [](const std::string& hex) {
    return absl::IsDataLoss(DecodePostings(absl::HexStringToBytes(hex)).status());
  };
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("01")) << "no offsets";
  EXPECT_TRUE(refused("0100")) << "half an offset";
  EXPECT_TRUE(refused("0100010001")) << "twice the same";
  EXPECT_TRUE(refused("010400")) << "outside the block";
  EXPECT_TRUE(refused("0300")) << "unknown kind";
  EXPECT_TRUE(refused("02ff")) << "short bitmap";
  EXPECT_TRUE(refused("02" + std::string(256, '0'))) << "sparse bitmap";
  EXPECT_TRUE(refused("02" + std::string(258, 'f'))) << "long bitmap";
}

}  // namespace
}  // namespace liaison::storage
