// Decide and Apply, through a hub that commits: what enters, what is there already, what is
// refused.

#include "server/domain/decide.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "proto/record/pae.h"
#include "proto/record/signature.h"
#include "tests/support/test_hub.h"

namespace liaison {
namespace {

using record::Reason;
using record::ReasonOf;
using testing::Item;
using testing::KeyDraft;
using testing::RedactionDraft;
using testing::Signal;
using testing::Signed;
using testing::TestHub;
namespace pb = ::igf::liaison::v1;

TEST(DecideTest, TheSameDraftAgainHasOneEffect) {
  TestHub hub;
  const pb::Draft draft = Signal("fictional sample");
  auto first = hub.Publish(draft);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(first->duplicate);
  auto again = hub.Publish(draft);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->leaf.sequence, first->leaf.sequence);
  EXPECT_EQ(again->leaf_hash, first->leaf_hash);
  EXPECT_EQ(again->header_bytes, first->header_bytes);
  EXPECT_EQ(hub.log().head().sequence, first->leaf.sequence);
}

TEST(DecideTest, TheSameDraftAfterARestartStillHasOneEffect) {
  TestHub hub;
  const pb::Draft draft = Signal("fictional sample");
  auto first = hub.Publish(draft);
  hub.Restart();
  auto again = hub.Publish(draft);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->leaf_hash, first->leaf_hash);
}

TEST(DecideTest, OtherContentUnderTheSameIdNamesTheOriginal) {
  TestHub hub;
  pb::Draft draft = Signal("fictional sample");
  auto first = hub.Publish(draft);
  draft.mutable_topic_signal()->set_title("fictional sample, changed");
  auto other = hub.Publish(draft);
  EXPECT_EQ(other.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(other.status()), Reason::kEventIdReused);
  EXPECT_EQ(record::MetadataOf(other.status(), "digest"), first->leaf.digest.ToHex());
}

TEST(DecideTest, TheSameIdOfAnotherAuthorIsAnotherEvent) {
  TestHub hub;
  pb::Draft draft = Signal("fictional sample", "org/apnic");
  ASSERT_TRUE(hub.Publish(draft).ok());
  draft.set_author("org/lacnic");
  auto other = hub.Publish(draft);
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_FALSE(other->duplicate);
}

TEST(DecideTest, AfterAnErasureTheRetryIsToldSo) {
  TestHub hub;
  const pb::Draft draft = Signal("fictional sample");
  auto first = hub.Publish(draft);
  ASSERT_TRUE(
      hub.Publish(RedactionDraft("org/apnic", first->leaf.digest, pb::SECTION_KIND_CONTENT)).ok());
  auto again = hub.Publish(draft);
  EXPECT_EQ(again.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(again.status()), Reason::kSectionErased);
  EXPECT_EQ(record::MetadataOf(again.status(), "sequence"), std::to_string(first->leaf.sequence));
  EXPECT_EQ(record::MetadataOf(again.status(), "leaf_hash"), first->leaf_hash.ToHex());
}

TEST(DecideTest, AnErasedSectionIsGoneFromTheLogAndItsRecordStays) {
  TestHub hub;
  auto first = hub.Publish(Signal("fictional sample"));
  auto redaction =
      hub.Publish(RedactionDraft("org/apnic", first->leaf.digest, pb::SECTION_KIND_CONTENT));
  ASSERT_TRUE(redaction.ok()) << redaction.status();
  EXPECT_EQ(redaction->leaf.kind, record::LeafKind::kRedaction);
  EXPECT_EQ(redaction->leaf.redaction->target_sequence, first->leaf.sequence);
  auto stored = hub.log().Read(first->leaf.sequence);
  ASSERT_TRUE(stored.ok());
  ASSERT_EQ(stored->sections.size(), 1u);
  EXPECT_TRUE(stored->sections[0].erased);
  EXPECT_EQ(stored->sections[0].data, "");
  EXPECT_EQ(record::LeafHash(stored->leaf), first->leaf_hash);
}

TEST(DecideTest, NobodyErasesTheWordsOfOthers) {
  TestHub hub;
  auto first = hub.Publish(Signal("fictional sample", "org/apnic"));
  auto refused =
      hub.Publish(RedactionDraft("org/lacnic", first->leaf.digest, pb::SECTION_KIND_CONTENT));
  EXPECT_EQ(ReasonOf(refused.status()), Reason::kNotPermitted);
  EXPECT_FALSE(hub.log().Read(first->leaf.sequence)->sections[0].erased);
}

TEST(DecideTest, TheSecretariatMayErase) {
  TestHub hub;
  ASSERT_TRUE(hub.Publish(testing::OrganisationDraft("org/igf-secretariat",
                                                     pb::ORGANISATION_KIND_SECRETARIAT))
                  .ok());
  auto first = hub.Publish(Signal("fictional sample", "org/apnic"));
  EXPECT_TRUE(hub.Publish(RedactionDraft("org/igf-secretariat", first->leaf.digest,
                                         pb::SECTION_KIND_CONTENT))
                  .ok());
}

TEST(DecideTest, ARedactionDoesNotTellThatAHiddenEventExists) {
  TestHub hub;
  pb::Draft hidden = Signal("fictional sample", "org/apnic");
  hidden.set_audience("igf/mag");
  auto first = hub.Publish(hidden);
  auto of_hidden =
      hub.Publish(RedactionDraft("org/lacnic", first->leaf.digest, pb::SECTION_KIND_CONTENT));
  auto of_nothing = hub.Publish(
      RedactionDraft("org/lacnic", record::Sha256Of("nothing"), pb::SECTION_KIND_CONTENT));
  EXPECT_EQ(ReasonOf(of_hidden.status()), Reason::kTargetUnknown);
  EXPECT_EQ(of_hidden.status().message(), of_nothing.status().message());
}

TEST(DecideTest, WhoSeesTheWordsSeesThatTheyWereErased) {
  TestHub hub;
  auto first = hub.Publish(Signal("fictional sample", "org/apnic"));
  pb::Draft hidden = RedactionDraft("org/apnic", first->leaf.digest, pb::SECTION_KIND_CONTENT);
  hidden.set_audience("igf/mag");
  const auto refused = hub.Publish(hidden);
  EXPECT_EQ(ReasonOf(refused.status()), Reason::kFieldInvalid);
  EXPECT_FALSE(hub.log().Read(first->leaf.sequence)->sections[0].erased);
}

class SignedTest : public ::testing::Test {
 protected:
  TestHub hub_;
  record::SigningKey key_ = record::SigningKey::Generate();
};

TEST_F(SignedTest, AKeySignsOnceItIsInTheRegistry) {
  pb::PublishItem item = Signed(Signal("fictional sample"), key_);
  EXPECT_EQ(ReasonOf(hub_.Publish(item).status()), Reason::kKeyUnknown);
  ASSERT_TRUE(hub_.Publish(KeyDraft("org/apnic", pb::KEY_ACTION_ADD, key_)).ok());
  auto receipt = hub_.Publish(item);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->leaf.kind, record::LeafKind::kSigned);
  EXPECT_FALSE(receipt->leaf.attested());
  EXPECT_EQ(receipt->leaf.registry_size, 1u);
}

TEST_F(SignedTest, AKeySpeaksForItsOwnOrganisationOnly) {
  ASSERT_TRUE(hub_.Publish(KeyDraft("org/apnic", pb::KEY_ACTION_ADD, key_)).ok());
  auto other = hub_.Publish(Signed(Signal("fictional sample", "org/lacnic"), key_));
  EXPECT_EQ(ReasonOf(other.status()), Reason::kKeyUnknown);
}

TEST_F(SignedTest, AfterARevocationOnlyTheRetryIsAnswered) {
  ASSERT_TRUE(hub_.Publish(KeyDraft("org/apnic", pb::KEY_ACTION_ADD, key_)).ok());
  const pb::PublishItem item = Signed(Signal("fictional sample"), key_);
  auto receipt = hub_.Publish(item);
  ASSERT_TRUE(hub_.Publish(KeyDraft("org/apnic", pb::KEY_ACTION_REVOKE, key_)).ok());
  auto retry = hub_.Publish(item);
  ASSERT_TRUE(retry.ok()) << retry.status();
  EXPECT_TRUE(retry->duplicate);
  EXPECT_EQ(retry->leaf_hash, receipt->leaf_hash);
  EXPECT_EQ(ReasonOf(hub_.Publish(Signed(Signal("fictional sample"), key_)).status()),
            Reason::kKeyNotValid);
}

TEST_F(SignedTest, ARevokedKeyDoesNotComeBack) {
  ASSERT_TRUE(hub_.Publish(KeyDraft("org/apnic", pb::KEY_ACTION_ADD, key_)).ok());
  ASSERT_TRUE(hub_.Publish(KeyDraft("org/apnic", pb::KEY_ACTION_REVOKE, key_)).ok());
  EXPECT_EQ(ReasonOf(hub_.Publish(KeyDraft("org/apnic", pb::KEY_ACTION_ADD, key_)).status()),
            Reason::kKeyUnacceptable);
  hub_.Restart();
  EXPECT_EQ(ReasonOf(hub_.Publish(Signed(Signal("fictional sample"), key_)).status()),
            Reason::kKeyNotValid);
}

TEST_F(SignedTest, NobodyRevokesTheKeyOfOthers) {
  ASSERT_TRUE(hub_.Publish(KeyDraft("org/apnic", pb::KEY_ACTION_ADD, key_)).ok());
  EXPECT_EQ(ReasonOf(hub_.Publish(KeyDraft("org/lacnic", pb::KEY_ACTION_REVOKE, key_)).status()),
            Reason::kKeyUnknown);
  pb::Draft for_another = KeyDraft("org/apnic", pb::KEY_ACTION_REVOKE, key_);
  for_another.set_author("org/lacnic");
  EXPECT_EQ(ReasonOf(hub_.Publish(for_another).status()), Reason::kNotPermitted);
  EXPECT_TRUE(hub_.Publish(Signed(Signal("fictional sample"), key_)).ok());
}

TEST_F(SignedTest, NobodyAddsAKeyForOthers) {
  pb::Draft for_another = KeyDraft("org/apnic", pb::KEY_ACTION_ADD, key_);
  for_another.set_author("org/lacnic");
  EXPECT_EQ(ReasonOf(hub_.Publish(for_another).status()), Reason::kNotPermitted);
}

TEST_F(SignedTest, TheSecretariatAddsAndRevokesKeys) {
  ASSERT_TRUE(hub_.Publish(testing::OrganisationDraft("org/igf-secretariat",
                                                      pb::ORGANISATION_KIND_SECRETARIAT))
                  .ok());
  for (const pb::KeyAction action : {pb::KEY_ACTION_ADD, pb::KEY_ACTION_REVOKE}) {
    pb::Draft draft = KeyDraft("org/apnic", action, key_);
    draft.set_author("org/igf-secretariat");
    const auto receipt = hub_.Publish(draft);
    EXPECT_TRUE(receipt.ok()) << receipt.status();
  }
}

TEST_F(SignedTest, TheRegistryIsRebuiltAtStart) {
  ASSERT_TRUE(hub_.Publish(KeyDraft("org/apnic", pb::KEY_ACTION_ADD, key_)).ok());
  hub_.Restart();
  EXPECT_EQ(hub_.sequencer().registry()->size(), 1u);
  EXPECT_TRUE(hub_.Publish(Signed(Signal("fictional sample"), key_)).ok());
}

class ChecksTest : public ::testing::Test {
 protected:
  record::Hash Root() { return hub_.Publish(Signal("fictional sample"))->leaf.digest; }
  pb::Draft Revision(const record::Hash& root) {
    pb::Draft draft = Signal("fictional sample, revised");
    auto* reference = draft.add_references();
    reference->set_digest(std::string(root.bytes()));
    reference->set_relation(pb::RELATION_REVISES);
    return draft;
  }
  absl::Status PublishWith(domain::ChainCheck check, pb::Draft draft) {
    return hub_.PublishBatch({std::move(draft)}, true, {check}).front().status();
  }
  TestHub hub_;
};

TEST_F(ChecksTest, NobodyMovesTheChainOfOthers) {
  const record::Hash root = Root();
  pb::Draft by_another = Revision(root);
  by_another.set_author("org/lacnic");
  EXPECT_EQ(ReasonOf(hub_.Publish(by_another).status()), Reason::kNotPermitted);
  EXPECT_TRUE(PublishWith({root, root}, Revision(root)).ok());
}

TEST_F(ChecksTest, ARevisionDoesNotTellThatAHiddenEventExists) {
  pb::Draft hidden = Signal("fictional sample");
  hidden.set_audience("igf/mag");
  pb::Draft of_hidden = Revision(hub_.Publish(hidden)->leaf.digest);
  pb::Draft of_nothing = Revision(record::Sha256Of("nothing"));
  of_hidden.set_author("org/lacnic");
  of_nothing.set_author("org/lacnic");
  const absl::Status refused = hub_.Publish(of_hidden).status();
  EXPECT_EQ(ReasonOf(refused), Reason::kTargetUnknown);
  EXPECT_EQ(refused.message(), hub_.Publish(of_nothing).status().message());
}

TEST_F(ChecksTest, HoldWhileTheChainIsWhereTheAuthorSawIt) {
  const record::Hash root = Root();
  EXPECT_TRUE(PublishWith({root, root}, Revision(root)).ok());
  const absl::Status moved = PublishWith({root, root}, Revision(root));
  EXPECT_EQ(moved.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(moved), Reason::kChainMoved);
}

TEST_F(ChecksTest, NoneMeansThatTheLogKnowsNoSuchChain) {
  const record::Hash unknown = record::Sha256Of("nothing");
  EXPECT_TRUE(PublishWith({unknown, std::nullopt}, Signal("fictional sample")).ok());
  EXPECT_EQ(ReasonOf(PublishWith({Root(), std::nullopt}, Signal("fictional sample"))),
            Reason::kChainMoved);
}

TEST_F(ChecksTest, AllThatFailAreNamedAtOnce) {
  const record::Hash a = Root();
  const record::Hash b = Root();
  const auto answers = hub_.PublishBatch({Signal("fictional sample")}, true,
                                         {{a, std::nullopt}, {a, a}, {b, std::nullopt}});
  EXPECT_EQ(record::MetadataOf(answers.front().status(), "latest"),
            "0=" + a.ToHex() + ",2=" + b.ToHex());
}

TEST_F(ChecksTest, ARetryIsAnsweredThoughTheCheckNoLongerHolds) {
  const record::Hash root = Root();
  const pb::Draft revision = Revision(root);
  ASSERT_TRUE(PublishWith({root, root}, revision).ok());
  const auto retry = hub_.PublishBatch({revision}, true, {{root, root}});
  ASSERT_TRUE(retry.front().ok()) << retry.front().status();
  EXPECT_TRUE(retry.front()->duplicate);
}

}  // namespace
}  // namespace liaison
