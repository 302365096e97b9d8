#include "proto/record/foreign.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "proto/record/proof.h"
#include "proto/record/signed_note.h"

namespace liaison::record {
namespace {

constexpr char kOrigin[] = "hub.example/regional/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01";

class ForeignTest : public ::testing::Test {
 protected:
  ForeignTest() {
    std::vector<Hash> hashes;
    for (uint64_t sequence = 1; sequence <= 3; ++sequence) {
      Leaf leaf;
      leaf.sequence = sequence;
      leaf.digest = Sha256Of(absl::StrCat("event ", sequence));
      evidence_.leaf = EncodeLeaf(leaf);
      hashes.push_back(LeafHash(evidence_.leaf));
      relayed_.digest = leaf.digest;
    }
    evidence_.proof.index = 2;
    evidence_.proof.hashes = {RootOf({hashes[0], hashes[1]})};
    const NoteSigner key = NoteSigner::Generate(kOrigin, NoteKeyType::kEd25519);
    const std::string text = FormatCheckpoint({kOrigin, 3, RootOf(hashes), {}});
    evidence_.proof.checkpoint = absl::StrCat(text, "\n", key.Sign(text));
    relayed_.kind = LeafKind::kRelayed;
    relayed_.sequence = 77;
    relayed_.relayed = RelayedFrom{Sha256Of(kOrigin), Uuid::Random(), 3, LeafHash(evidence_.leaf)};
  }

  Leaf relayed_;
  Evidence evidence_;
};

TEST_F(ForeignTest, IsReadAsItWasWritten) {
  const std::string bytes = EncodeForeign(evidence_);
  const auto read = DecodeForeign(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EncodeForeign(*read), bytes);
  EXPECT_TRUE(CheckForeign(relayed_, *read).ok()) << CheckForeign(relayed_, *read);
  EXPECT_EQ(*OriginIn(bytes), kOrigin);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto cut = DecodeForeign(bytes.substr(0, size));
    EXPECT_FALSE(cut.ok() && CheckForeign(relayed_, *cut).ok() && EncodeForeign(*cut) == bytes);
  }
}

TEST_F(ForeignTest, IsOfOneEventAlone) {
  const auto wrong = [this](const Leaf& leaf) { EXPECT_FALSE(CheckForeign(leaf, evidence_).ok()); };
  Leaf leaf = relayed_;
  leaf.digest = Sha256Of("another");
  wrong(leaf);
  leaf = relayed_;
  leaf.key_hash = Sha256Of("another");
  wrong(leaf);
  leaf = relayed_;
  leaf.signature[0] = 1;
  wrong(leaf);
  leaf = relayed_;
  leaf.relayed->sequence = 2;
  wrong(leaf);
  leaf = relayed_;
  leaf.relayed->leaf_hash = Sha256Of("another");
  wrong(leaf);
  leaf = relayed_;
  leaf.relayed->origin_name_hash = Sha256Of("another");
  wrong(leaf);
  evidence_.proof.hashes[0] = Sha256Of("another");
  wrong(relayed_);
}

}  // namespace
}  // namespace liaison::record
