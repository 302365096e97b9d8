#include "client/cli/conviction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "absl/strings/str_cat.h"
#include "client/cli/evidence.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/checkpoint.h"
#include "proto/record/leaf.h"
#include "proto/record/pae.h"
#include "proto/record/proof.h"
#include "proto/record/signature.h"

namespace liaison::cli {
namespace {

using ::testing::HasSubstr;
namespace v1 = ::igf::liaison::v1;

constexpr char kOrigin[] = "hub.example/fictional/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01";

// A fictional log that signs whatever a test wants signed.
class ConvictionTest : public ::testing::Test {
 protected:
  static std::string Note(const record::NoteSigner& key, uint64_t size, const record::Hash& root) {
    const std::string text = record::FormatCheckpoint({key.verifier().name(), size, root, {}});
    return absl::StrCat(text, "\n", key.Sign(text));
  }
  v1::OriginEvidence TwoHeads(const record::NoteSigner& key) const {
    v1::OriginEvidence evidence;
    evidence.add_notes(Note(key, 7, record::Sha256Of("one")));
    evidence.add_notes(Note(key, 7, record::Sha256Of("other")));
    return evidence;
  }
  // Entry 2 of 3, in the author's name, signed by `by`.
  v1::OriginEvidence Unsigned(const record::SigningKey& by) const {
    v1::EventHeader header;
    header.set_author("org/fictional-a");
    record::Leaf leaf;
    leaf.kind = record::LeafKind::kSigned;
    leaf.sequence = 2;
    leaf.key_hash = record::KeyHash(author_.public_key());
    leaf.digest = record::EventDigest(header.SerializeAsString());
    const std::string signature = by.Sign(record::kEventHeaderType, header.SerializeAsString());
    std::memcpy(leaf.signature.data(), signature.data(), leaf.signature.size());
    v1::OriginEvidence evidence;
    evidence.set_header(header.SerializeAsString());
    evidence.set_leaf(record::EncodeLeaf(leaf));
    evidence.set_public_key(author_.public_key());
    const record::Hash first = record::Sha256Of("first"), third = record::Sha256Of("third");
    evidence.add_proof(std::string(first.bytes()));
    evidence.add_proof(std::string(third.bytes()));
    evidence.add_notes(
        Note(log_, 3, record::RootOf({first, record::LeafHash(evidence.leaf()), third})));
    return evidence;
  }
  bool Holds(const v1::OriginEvidence& evidence) const {
    return CheckConviction(evidence, log_.verifier()).ok();
  }

  const record::NoteSigner log_ =
      record::NoteSigner::Generate(kOrigin, record::NoteKeyType::kEd25519);
  const record::SigningKey author_ = record::SigningKey::Generate();
  const record::SigningKey stranger_ = record::SigningKey::Generate();
};

TEST_F(ConvictionTest, TwoHeadsOfOneSizeSayWhichTree) {
  const auto of_log = CheckConviction(TwoHeads(log_), log_.verifier());
  ASSERT_TRUE(of_log.ok()) << of_log.status();
  EXPECT_THAT(*of_log, HasSubstr("log with 7 entries"));
  const auto of_registry =
      CheckConviction(TwoHeads(log_.WithName(absl::StrCat(kOrigin, "/registry"))), log_.verifier());
  ASSERT_TRUE(of_registry.ok()) << of_registry.status();
  EXPECT_THAT(*of_registry, HasSubstr("registry with 7 entries"));
}

TEST_F(ConvictionTest, TwoHeadsThatCanBothBeTrueProveNothing) {
  v1::OriginEvidence same = TwoHeads(log_);
  same.set_notes(1, same.notes(0));
  EXPECT_FALSE(Holds(same));
  v1::OriginEvidence grown = TwoHeads(log_);
  grown.set_notes(1, Note(log_, 8, record::Sha256Of("other")));
  EXPECT_FALSE(Holds(grown)) << "without a proof between them it may be one history";
}

TEST_F(ConvictionTest, WhatAnotherKeyHasSignedProvesNothing) {
  const auto other = record::NoteSigner::Generate(kOrigin, record::NoteKeyType::kEd25519);
  EXPECT_FALSE(Holds(TwoHeads(other)));
  v1::OriginEvidence half = TwoHeads(log_);
  half.set_notes(1, TwoHeads(other).notes(1));
  EXPECT_FALSE(Holds(half)) << "whoever shows it could have made the other half";
  half.set_notes(1, TwoHeads(log_.WithName("hub.example/another")).notes(1));
  EXPECT_FALSE(Holds(half));
  EXPECT_FALSE(Holds(v1::OriginEvidence()));
}

TEST_F(ConvictionTest, AnEntryThatItsAuthorHasNotSignedConvicts) {
  const auto proves = CheckConviction(Unsigned(stranger_), log_.verifier());
  ASSERT_TRUE(proves.ok()) << proves.status();
  EXPECT_THAT(*proves, HasSubstr("entry 2, in the name of org/fictional-a"));
  EXPECT_FALSE(Holds(Unsigned(author_))) << "signed as it should be, nobody is convicted";
}

// Each byte that matters, turned over by whoever wants to blame an honest log.
TEST_F(ConvictionTest, NothingInItCanBeChanged) {
  const v1::OriginEvidence good = Unsigned(stranger_);
  const auto with = [&good](const std::function<void(v1::OriginEvidence*)>& change) {
    v1::OriginEvidence changed = good;
    change(&changed);
    return changed;
  };
  const auto flip = [](std::string* bytes) { bytes->back() ^= 1; };
  EXPECT_TRUE(Holds(good));
  EXPECT_FALSE(Holds(with([&](v1::OriginEvidence* e) { flip(e->mutable_leaf()); })));
  EXPECT_FALSE(Holds(with([&](v1::OriginEvidence* e) { flip(e->mutable_header()); })));
  EXPECT_FALSE(Holds(with([&](v1::OriginEvidence* e) { flip(e->mutable_proof(1)); })));
  EXPECT_FALSE(Holds(with([&](v1::OriginEvidence* e) { e->mutable_proof()->Clear(); })));
  EXPECT_FALSE(Holds(with([&](v1::OriginEvidence* e) { e->mutable_proof(0)->pop_back(); })));
  EXPECT_FALSE(Holds(with([&](v1::OriginEvidence* e) {
    e->set_public_key(stranger_.public_key());
  }))) << "a key that is not the leaf's";
  EXPECT_FALSE(Holds(with([&](v1::OriginEvidence* e) { e->clear_public_key(); })));
  EXPECT_FALSE(Holds(with([&](v1::OriginEvidence* e) {
    e->set_notes(0, Note(log_, 3, record::Sha256Of("another root")));
  })));
}

TEST_F(ConvictionTest, TwoHeadsBecomeAFileThatAnybodyChecks) {
  const auto text = FormatTwoHeads(TwoHeads(log_), log_.verifier());
  ASSERT_TRUE(text.ok()) << text.status();
  const auto parsed = ParseEvidence(*text);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(CheckEvidence(*parsed, log_.verifier()).ok());
  EXPECT_FALSE(FormatTwoHeads(Unsigned(stranger_), log_.verifier()).ok());
}

}  // namespace
}  // namespace liaison::cli
