#include "server/federation/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "fake_entry.h"
#include "fictional_origin.h"

namespace liaison::federation {
namespace {

using testing::FictionalOrigin;
using ::testing::HasSubstr;
using testing::kAuthor;
using testing::kOtherAuthor;

constexpr char kPolicy[] = R"(
[peer.south]
organisation = "org/fictional-south"
[[peer.south.send]]
name = "public"
audiences = ["regional/public"]
topics = "*"
types = "*"
authors = "*"
[origin."$origin"]
vkey = "$vkey"
)";

class EvidenceTest : public ::testing::Test {
 protected:
  EvidenceTest() {
    hub_.AddKey(kAuthor);
    hub_.AddKey(kOtherAuthor);
    for (int i = 0; i < 5; ++i) hub_.Signed(FictionalOrigin::Signal());
    policy_ = *Policy::Parse(absl::StrReplaceAll(
        kPolicy, {{"$origin", hub_.origin.name}, {"$vkey", hub_.log_key.verifier().ToString()}}));
  }
  Opinion Judge(const rows::Evidence& evidence) const {
    return JudgeEvidence(hub_.origin.name, evidence, hub_.Replicated(), policy_);
  }
  static rows::Evidence Heads(const Head& one, const Head& other) {
    rows::Evidence evidence;
    evidence.add_notes(one.note);
    evidence.add_notes(other.note);
    return evidence;
  }
  rows::Evidence EventOf(const Item& item) const {
    const Item proven = hub_.Proven(item);
    rows::Evidence evidence;
    evidence.add_notes(hub_.head().note);
    evidence.set_leaf(proven.leaf);
    evidence.set_header(proven.header);
    for (const record::Hash& hash : proven.proof) evidence.add_proof(std::string(hash.bytes()));
    return evidence;
  }
  // Another history of the same hub, of the same length.
  std::unique_ptr<FictionalOrigin> Other() const {
    auto other = std::make_unique<FictionalOrigin>(hub_.origin.name, hub_.log_key.ToSecret());
    other->AddKey(kOtherAuthor);
    other->AddKey(kAuthor);
    for (int i = 0; i < 5; ++i) other->Signed(FictionalOrigin::Signal());
    return other;
  }

  FictionalOrigin hub_;
  Policy policy_;
};

TEST_F(EvidenceTest, TwoHeadsOfOneSizeConvict) {
  const std::unique_ptr<FictionalOrigin> other = Other();
  const Opinion judged = Judge(Heads(hub_.head(), other->head()));
  EXPECT_EQ(judged.finding, Finding::kGuilty);
  EXPECT_EQ(judged.cause, rows::CAUSE_TWO_HISTORIES);
  EXPECT_THAT(judged.why, HasSubstr("two roots at 7"));
  EXPECT_EQ(Judge(Heads(hub_.registry_head(), other->registry_head())).finding, Finding::kGuilty);
}

TEST_F(EvidenceTest, HeadsThatAgreeOrCannotBeComparedProveNothing) {
  const Head before = hub_.head();
  EXPECT_EQ(Judge(Heads(before, before)).finding, Finding::kNothing);
  hub_.Signed(FictionalOrigin::Signal());
  EXPECT_EQ(Judge(Heads(before, hub_.head())).finding, Finding::kNothing);
  EXPECT_EQ(Judge(Heads(hub_.head(), hub_.registry_head())).finding, Finding::kNothing);
}

// Whoever has no key of the origin's convicts nobody.
TEST_F(EvidenceTest, AnothersSignatureProvesNothing) {
  FictionalOrigin forger(hub_.origin.name);
  for (int i = 0; i < 7; ++i) forger.Attested(FictionalOrigin::Signal());
  EXPECT_EQ(Judge(Heads(hub_.head(), forger.head())).finding, Finding::kNothing);
  EXPECT_EQ(Judge(Heads(forger.head(), forger.head())).finding, Finding::kNothing);
  Head changed = Other()->head();
  for (size_t i = 0; i < changed.note.size(); i += 7) {
    Head flipped = changed;
    flipped.note[i] ^= 1;
    EXPECT_EQ(Judge(Heads(hub_.head(), flipped)).finding, Finding::kNothing) << i;
  }
}

TEST_F(EvidenceTest, AnEventThatItsAuthorDidNotSignConvicts) {
  const Item forged = hub_.Signed(FictionalOrigin::Signal(), hub_.key(kOtherAuthor));
  // BuildEvent names the key that signs: one that is the author's has to be claimed.
  const Opinion by_other = Judge(EventOf(forged));
  EXPECT_EQ(by_other.finding, Finding::kCannotTell) << "no key of the author's: not in force";

  Item item = hub_.items.back();
  record::Leaf leaf = *record::DecodeLeaf(hub_.Signed(FictionalOrigin::Signal()).leaf);
  leaf.signature[0] ^= 1;
  leaf.sequence = hub_.leaves.size() + 1;
  pb::SignedEvent event;
  event.set_header(hub_.items.back().header);
  item = hub_.EnterLeaf(record::EncodeLeaf(leaf), event);
  const Opinion judged = Judge(EventOf(item));
  EXPECT_EQ(judged.finding, Finding::kGuilty) << judged.why;
  EXPECT_EQ(judged.cause, rows::CAUSE_SIGNATURE_WRONG);
  EXPECT_THAT(judged.why, HasSubstr("signature-wrong"));
  const OriginRegistry none;
  EXPECT_EQ(JudgeEvidence(hub_.origin.name, EventOf(item), none, policy_).finding,
            Finding::kCannotTell)
      << "the registry has not come yet";
}

TEST_F(EvidenceTest, AnEventThatIsFineOrNotInTheLogProvesNothing) {
  const Item fine = hub_.Signed(FictionalOrigin::Signal());
  EXPECT_EQ(Judge(EventOf(fine)).finding, Finding::kNothing);
  FictionalOrigin elsewhere("hub.example/other/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a02");
  elsewhere.AddKey(kAuthor);
  const Item foreign = elsewhere.Signed(FictionalOrigin::Signal());
  rows::Evidence evidence = EventOf(fine);
  evidence.set_leaf(foreign.leaf);
  EXPECT_EQ(Judge(evidence).finding, Finding::kNothing);
  evidence = EventOf(fine);
  evidence.clear_proof();
  EXPECT_EQ(Judge(evidence).finding, Finding::kNothing);
}

TEST_F(EvidenceTest, RubbishProvesNothing) {
  rows::Evidence evidence;
  EXPECT_EQ(Judge(evidence).finding, Finding::kNothing);
  evidence.add_notes("");
  EXPECT_EQ(Judge(evidence).finding, Finding::kNothing);
  evidence.set_leaf("\x01");
  EXPECT_EQ(Judge(evidence).finding, Finding::kNothing);
  evidence = EventOf(hub_.items.back());
  evidence.add_proof("short");
  EXPECT_EQ(Judge(evidence).finding, Finding::kNothing);
}

TEST_F(EvidenceTest, OfAnOriginThatNobodyPinnedNothingCanBeTold) {
  EXPECT_EQ(JudgeEvidence("hub.example/other/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a02",
                          Heads(hub_.head(), Other()->head()), OriginRegistry(), policy_)
                .finding,
            Finding::kCannotTell);
}

TEST_F(EvidenceTest, AnEventsHeaderIsToldToWhomItMayGo) {
  pb::Draft draft = FictionalOrigin::Signal();
  EXPECT_TRUE(MayTell("south", EventOf(hub_.Signed(draft)), policy_));
  draft = FictionalOrigin::Signal();
  draft.set_audience("regional/partners");
  EXPECT_FALSE(MayTell("south", EventOf(hub_.Signed(draft)), policy_));
  EXPECT_TRUE(MayTell("south", Heads(hub_.head(), hub_.head()), policy_)) << "nothing but hashes";
}

// A peer that pins the same key would find that it proves nothing, and blame whoever told it.
TEST_F(EvidenceTest, WhatAKeySignedThatIsPinnedNoLongerIsNotTold) {
  testing::FakeEntry entry;
  const rows::Evidence evidence = Heads(hub_.head(), Other()->head());
  ASSERT_TRUE(entry.Keep(EvidenceRowKey(hub_.origin.name), evidence.SerializeAsString()).ok());
  pb::GetEvidenceRequest request;
  request.add_origins(hub_.origin.name);
  EXPECT_EQ(TellEvidence("south", request, policy_, entry, nullptr)->evidence_size(), 1);
  const FictionalOrigin renewed(hub_.origin.name);
  policy_ = *Policy::Parse(absl::StrReplaceAll(
      kPolicy, {{"$origin", hub_.origin.name}, {"$vkey", renewed.log_key.verifier().ToString()}}));
  EXPECT_EQ(TellEvidence("south", request, policy_, entry, nullptr)->evidence_size(), 0);
}

TEST_F(EvidenceTest, TravelsAsItIsKept) {
  rows::Evidence evidence = EventOf(hub_.items.back());
  evidence.set_why("theirs");
  const rows::Evidence back = ToRow(ToProto(hub_.origin.name, evidence));
  EXPECT_EQ(back.why(), "") << "in words of one's own";
  evidence.clear_why();
  EXPECT_EQ(back.SerializeAsString(), evidence.SerializeAsString());
}

}  // namespace
}  // namespace liaison::federation
