#include "proto/record/leaf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "testdata.h"

namespace liaison::record {
namespace {

constexpr LeafKind kKinds[] = {LeafKind::kSigned, LeafKind::kAttested, LeafKind::kRelayed,
                               LeafKind::kRedaction, LeafKind::kRules};

size_t SizeOf(LeafKind kind) {
  switch (kind) {
    case LeafKind::kSigned:
    case LeafKind::kAttested:
      return 154;
    case LeafKind::kRelayed:
      return 242;
    case LeafKind::kRedaction:
      return 166;
    case LeafKind::kRules:
      return 158;
  }
  return 0;
}

// Leaves in which no two fields have a byte in common by accident.
class LeafTest : public testing::Test {
 protected:
  LeafTest() : seed_(std::random_device{}()), random_(seed_) {
    RecordProperty("seed", std::to_string(seed_));
  }

  template <typename Integer>
  Integer Any() {
    return static_cast<Integer>(random_());
  }
  Hash AnyHash() { return Sha256Of(std::to_string(random_())); }
  std::array<uint8_t, 64> AnySignature() {
    std::array<uint8_t, 64> signature;
    for (uint8_t& byte : signature) byte = Any<uint8_t>();
    return signature;
  }
  Leaf AnyLeaf(LeafKind kind) {
    Leaf leaf;
    leaf.kind = kind;
    leaf.sequence = Any<uint64_t>();
    leaf.hub_time_us = Any<int64_t>();
    leaf.registry_size = Any<uint64_t>();
    leaf.digest = AnyHash();
    leaf.key_hash = AnyHash();
    leaf.signature = AnySignature();
    if (kind == LeafKind::kRelayed) {
      leaf.relayed = RelayedFrom{AnyHash(), Uuid::Random(), Any<uint64_t>(), AnyHash()};
    }
    if (kind == LeafKind::kRedaction) {
      leaf.redaction = RedactedSection{Any<uint64_t>(), Any<uint16_t>(), Any<uint16_t>()};
    }
    if (kind == LeafKind::kRules) leaf.rules_version = Any<uint32_t>();
    return leaf;
  }
  RegistryLeaf AnyRegistryLeaf() {
    return {RegistryLeafKind::kKey, Any<uint64_t>(), Any<uint64_t>(), AnyHash(), AnyHash(),
            AnySignature()};
  }

  const uint64_t seed_;
  std::mt19937_64 random_;
};

void ExpectSame(const Leaf& a, const Leaf& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.hub_time_us, b.hub_time_us);
  EXPECT_EQ(a.registry_size, b.registry_size);
  EXPECT_EQ(a.digest, b.digest);
  EXPECT_EQ(a.key_hash, b.key_hash);
  EXPECT_EQ(a.signature, b.signature);
  ASSERT_EQ(a.relayed.has_value(), b.relayed.has_value());
  if (a.relayed) {
    EXPECT_EQ(a.relayed->origin_name_hash, b.relayed->origin_name_hash);
    EXPECT_EQ(a.relayed->log_id, b.relayed->log_id);
    EXPECT_EQ(a.relayed->sequence, b.relayed->sequence);
    EXPECT_EQ(a.relayed->leaf_hash, b.relayed->leaf_hash);
  }
  ASSERT_EQ(a.redaction.has_value(), b.redaction.has_value());
  if (a.redaction) {
    EXPECT_EQ(a.redaction->target_sequence, b.redaction->target_sequence);
    EXPECT_EQ(a.redaction->section, b.redaction->section);
    EXPECT_EQ(a.redaction->reason, b.redaction->reason);
  }
  EXPECT_EQ(a.rules_version, b.rules_version);
}

TEST_F(LeafTest, EveryKindComesBackAsItWas) {
  for (LeafKind kind : kKinds) {
    for (int round = 0; round < 100; ++round) {
      const Leaf leaf = AnyLeaf(kind);
      const std::string bytes = EncodeLeaf(leaf);
      EXPECT_EQ(bytes.size(), SizeOf(kind));
      const auto decoded = DecodeLeaf(bytes);
      ASSERT_TRUE(decoded.ok()) << decoded.status() << " seed " << seed_;
      ExpectSame(*decoded, leaf);
      EXPECT_EQ(EncodeLeaf(*decoded), bytes) << "seed " << seed_;
    }
  }
}

TEST_F(LeafTest, IntegersAreBigEndian) {
  Leaf leaf = AnyLeaf(LeafKind::kRedaction);
  leaf.sequence = 0x0102030405060708;
  leaf.hub_time_us = -2;
  leaf.registry_size = 9;
  leaf.redaction = RedactedSection{0x1112131415161718, 0x2122, 0x3132};
  const std::string bytes = EncodeLeaf(leaf);
  EXPECT_EQ(ToHex(bytes.substr(0, 26)),
            "01"
            "04"
            "0102030405060708"
            "fffffffffffffffe"
            "0000000000000009");
  EXPECT_EQ(bytes.substr(26, 32), leaf.digest.bytes());
  EXPECT_EQ(bytes.substr(58, 32), leaf.key_hash.bytes());
  EXPECT_EQ(static_cast<uint8_t>(bytes[90]), leaf.signature[0]);
  EXPECT_EQ(ToHex(bytes.substr(154)),
            "1112131415161718"
            "2122"
            "3132");
}

TEST_F(LeafTest, RefusesEveryOtherLength) {
  for (LeafKind kind : kKinds) {
    const std::string bytes = EncodeLeaf(AnyLeaf(kind));
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_EQ(DecodeLeaf(bytes.substr(0, size)).status().code(), absl::StatusCode::kDataLoss);
    }
    for (size_t longer : {1, 4, 8, 12, 88}) {
      EXPECT_EQ(DecodeLeaf(bytes + std::string(longer, '\0')).status().code(),
                absl::StatusCode::kDataLoss);
    }
  }
}

TEST_F(LeafTest, RefusesUnknownVersionsAndKinds) {
  const std::string bytes = EncodeLeaf(AnyLeaf(LeafKind::kSigned));
  for (int value = 0; value < 256; ++value) {
    std::string version = bytes;
    version[0] = static_cast<char>(value);
    EXPECT_EQ(DecodeLeaf(version).ok(), value == 1) << value;
    std::string kind = bytes;
    kind[1] = static_cast<char>(value);
    EXPECT_EQ(DecodeLeaf(kind).ok(), value == 1 || value == 2) << value;
  }
}

TEST_F(LeafTest, APartThatTheKindDoesNotHaveIsABug) {
  Leaf leaf = AnyLeaf(LeafKind::kSigned);
  leaf.rules_version = 1;
  EXPECT_DEATH(EncodeLeaf(leaf), "parts");
  leaf = AnyLeaf(LeafKind::kRelayed);
  leaf.relayed.reset();
  EXPECT_DEATH(EncodeLeaf(leaf), "parts");
}

TEST_F(LeafTest, AttestedIsWhatHasNoKey) {
  Leaf leaf = AnyLeaf(LeafKind::kRules);
  EXPECT_FALSE(leaf.attested());
  leaf.key_hash = Hash();
  EXPECT_TRUE(leaf.attested());
}

TEST_F(LeafTest, RegistryLeafComesBackAsItWas) {
  for (RegistryLeafKind kind : {RegistryLeafKind::kOrganisation, RegistryLeafKind::kKey}) {
    RegistryLeaf leaf = AnyRegistryLeaf();
    leaf.kind = kind;
    const std::string bytes = EncodeRegistryLeaf(leaf);
    EXPECT_EQ(bytes.size(), 146u);
    const auto decoded = DecodeRegistryLeaf(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(decoded->kind, leaf.kind);
    EXPECT_EQ(decoded->index, leaf.index);
    EXPECT_EQ(decoded->sequence, leaf.sequence);
    EXPECT_EQ(decoded->digest, leaf.digest);
    EXPECT_EQ(decoded->key_hash, leaf.key_hash);
    EXPECT_EQ(decoded->signature, leaf.signature);
  }
}

TEST_F(LeafTest, RegistryLeafRefusesWhatItIsNot) {
  const std::string bytes = EncodeRegistryLeaf(AnyRegistryLeaf());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(DecodeRegistryLeaf(bytes.substr(0, size)).status().code(),
              absl::StatusCode::kDataLoss);
  }
  EXPECT_FALSE(DecodeRegistryLeaf(bytes + "x").ok());
  for (int value = 0; value < 256; ++value) {
    std::string kind = bytes;
    kind[1] = static_cast<char>(value);
    EXPECT_EQ(DecodeRegistryLeaf(kind).ok(), value == 1 || value == 2) << value;
    std::string version = bytes;
    version[0] = static_cast<char>(value);
    EXPECT_EQ(DecodeRegistryLeaf(version).ok(), value == 1) << value;
  }
}

}  // namespace
}  // namespace liaison::record
