#include "storage/format/proposal.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/escaping.h"
#include "storage/format/stored.h"

namespace liaison::storage {
namespace {

ProposedItem Item(std::string header, std::string signature,
                  std::vector<ProposedSection> sections) {
  return {std::move(header), std::move(signature), std::move(sections)};
}

ProposedSection Section(uint16_t kind, std::string data) {
  return {kind, std::string(32, 'S'), std::move(data)};
}

Proposal Example() {
  Proposal proposal;
  proposal.id.node = record::Uuid::FromBytes("0123456789abcdef");
  proposal.id.boot = 2;
  proposal.id.counter = 0x0304;
  proposal.hub_time_us = 0x0006'3a5b'0000'0001;
  proposal.atomic = true;
  proposal.checks.push_back({record::Hash::FromBytes(std::string(32, 'R')), std::nullopt});
  proposal.checks.push_back({record::Hash::FromBytes(std::string(32, 'Q')),
                             record::Hash::FromBytes(std::string(32, 'L'))});
  proposal.items.push_back(
      Item("HEADER", std::string(64, 'G'), {Section(1, "content"), Section(2, "")}));
  proposal.items.push_back(Item("H", "", {}));
  return proposal;
}

std::string Repeat(absl::string_view byte, int count) {
  std::string hex;
  for (int i = 0; i < count; ++i) hex.append(byte.data(), byte.size());
  return hex;
}

std::string ExampleHex() {
  return "01"                                // version
         "30313233343536373839616263646566"  // node
         "0000000000000002"                  // boot
         "0000000000000304"                  // counter
         "00063a5b00000001"                  // hub time
         "01"                                // atomic
         "0002"                              // checks
         + Repeat("52", 32) + "00"           //
         + Repeat("51", 32) + "01"           //
         + Repeat("4c", 32) +                //
         "0002"                              // items
         "00000006"
         "484541444552"  // header
         "40" +
         Repeat("47", 64) +  // signature
         "02"                // sections
         "0001" +
         Repeat("53", 32) +
         "00000007"
         "636f6e74656e74"  //
         "0002" +
         Repeat("53", 32) +
         "00000000"  //
         "00000001"
         "48"
         "00"
         "00";
}

// The bytes in ExampleHex are in streams and staging areas. They are not to be adapted to the code.
TEST(Proposal, IsFrozen) {
  const absl::StatusOr<std::string> bytes = EncodeProposal(Example());
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(absl::BytesToHexString(*bytes), ExampleHex());
}

TEST(Proposal, ComesBackAsItWas) {
  const absl::StatusOr<Proposal> decoded = DecodeProposal(absl::HexStringToBytes(ExampleHex()));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_TRUE(decoded->id == Example().id);
  EXPECT_EQ(decoded->hub_time_us, Example().hub_time_us);
  EXPECT_TRUE(decoded->atomic);
  ASSERT_EQ(decoded->checks.size(), 2u);
  EXPECT_EQ(decoded->checks[0].latest, std::nullopt);
  EXPECT_EQ(decoded->checks[1].latest->bytes(), std::string(32, 'L'));
  ASSERT_EQ(decoded->items.size(), 2u);
  EXPECT_EQ(decoded->items[0].header, "HEADER");
  EXPECT_EQ(decoded->items[0].signature, std::string(64, 'G'));
  ASSERT_EQ(decoded->items[0].sections.size(), 2u);
  EXPECT_EQ(decoded->items[0].sections[0].data, "content");
  EXPECT_EQ(decoded->items[0].sections[1].kind, 2);
  EXPECT_EQ(decoded->items[1].signature, "");
}

TEST(Proposal, EveryPrefixIsRefused) {
  const std::string bytes = absl::HexStringToBytes(ExampleHex());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeProposal(bytes.substr(0, size)).status())) << size;
  }
  EXPECT_TRUE(absl::IsDataLoss(DecodeProposal(bytes + '\0').status())) << "a byte too many";
}

// One proposal has one encoding: what is accepted encodes to the very bytes it came from.
TEST(Proposal, WhateverBitFlipsWhatIsAcceptedIsCanonical) {
  const std::string bytes = absl::HexStringToBytes(ExampleHex());
  int accepted = 0;
  for (size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string damaged = bytes;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ 1 << (i % 8));
    const absl::StatusOr<Proposal> decoded = DecodeProposal(damaged);
    if (!decoded.ok()) {
      EXPECT_TRUE(absl::IsDataLoss(decoded.status())) << decoded.status();
      continue;
    }
    ++accepted;
    const absl::StatusOr<std::string> again = EncodeProposal(*decoded);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, damaged) << "bit " << i;
  }
  EXPECT_GT(accepted, 0) << "bits of text, at least";
}

TEST(Proposal, RandomBytesAreRefusedQuietly) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(random() % 200, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (!bytes.empty()) bytes[0] = 1;
    EXPECT_FALSE(DecodeProposal(bytes).ok());
  }
}

// --- limits
// ----------------------------------------------------------------------------------------

void ExpectRefused(const Proposal& proposal, absl::string_view why) {
  EXPECT_TRUE(absl::IsInvalidArgument(EncodeProposal(proposal).status())) << why;
}

TEST(Proposal, LimitsHold) {
  Proposal proposal = Example();
  proposal.items[0].header = std::string(record::kMaxHeaderSizeBytes, 'h');
  EXPECT_TRUE(DecodeProposal(EncodeProposal(proposal).value()).ok());
  proposal.items[0].header += 'h';
  ExpectRefused(proposal, "header");

  proposal = Example();
  proposal.items[0].sections[0].data = std::string(record::kMaxEventSizeBytes - 6, 'x');
  EXPECT_TRUE(DecodeProposal(EncodeProposal(proposal).value()).ok());
  proposal.items[0].sections[1].data = "x";
  ExpectRefused(proposal, "event");

  proposal = Example();
  proposal.items.resize(record::kMaxBatchItems, proposal.items[1]);
  EXPECT_TRUE(DecodeProposal(EncodeProposal(proposal).value()).ok());
  proposal.items.push_back(proposal.items[1]);
  ExpectRefused(proposal, "items");

  proposal = Example();
  proposal.checks.resize(record::kMaxChecks, proposal.checks[0]);
  EXPECT_TRUE(DecodeProposal(EncodeProposal(proposal).value()).ok());
  proposal.checks.push_back(proposal.checks[0]);
  ExpectRefused(proposal, "checks");

  proposal = Example();
  proposal.items[1].sections.clear();
  for (uint16_t kind = 0; kind <= kMaxSections; ++kind) {
    proposal.items[1].sections.push_back(Section(kind, "x"));
  }
  ExpectRefused(proposal, "sections");

  proposal = Example();
  proposal.items.assign(4, Item("h", "", {Section(1, std::string(1000 << 10, 'x'))}));
  ExpectRefused(proposal, "batch");
}

TEST(Proposal, ShapesHold) {
  Proposal proposal = Example();
  proposal.items.clear();
  ExpectRefused(proposal, "no items");

  proposal = Example();
  proposal.hub_time_us = -1;
  ExpectRefused(proposal, "time");

  proposal = Example();
  proposal.items[0].signature.pop_back();
  ExpectRefused(proposal, "signature");

  proposal = Example();
  proposal.items[0].sections[0].salt.pop_back();
  ExpectRefused(proposal, "salt");

  proposal = Example();
  proposal.items[0].sections[1].kind = 1;
  ExpectRefused(proposal, "order of sections");

  proposal = Example();
  proposal.items[0].header.clear();
  ExpectRefused(proposal, "no header");
}

TEST(Proposal, AnUnknownVersionSaysSo) {
  std::string bytes = absl::HexStringToBytes(ExampleHex());
  bytes[0] = 2;
  const absl::Status status = DecodeProposal(bytes).status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_NE(status.message().find("unknown version 2"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace liaison::storage
