#include "server/federation/verify_item.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "absl/strings/str_replace.h"
#include "fictional_origin.h"
#include "proto/record/limits.h"

namespace liaison::federation {
namespace {

using testing::FictionalOrigin;
using testing::kAuthor;
using testing::kOtherAuthor;

constexpr char kPolicy[] = R"(
[origin."$origin"]
vkey = "$vkey"
[[origin."$origin".receive]]
name = "named"
audiences = ["regional/public"]
topics = "*"
types = "*"
authors = ["org/named"]
[[origin."$origin".receive]]
name = "their public record"
audiences = ["regional/public", "regional/partners"]
topics = ["igf-call-2024/25:"]
types = ["topic-signal"]
authors = "*"
)";

class VerifyItemTest : public ::testing::Test {
 protected:
  VerifyItemTest() {
    hub_.AddKey(kAuthor);
    hub_.AddKey("org/named");
    policy_ = *Policy::Parse(absl::StrReplaceAll(
        kPolicy, {{"$origin", hub_.origin.name}, {"$vkey", hub_.log_key.verifier().ToString()}}));
  }

  // In the log as it is by now, with the proof of it.
  Judgement Judge(const Item& item) { return JudgeAsIs(hub_.Proven(item)); }
  Judgement JudgeAsIs(const Item& item) {
    const Head head = hub_.head();
    const OriginRegistry theirs = hub_.Replicated();
    const Bench bench{&hub_.origin,
                      &head,
                      &theirs,
                      &ours_,
                      &policy_,
                      [this](const record::Hash& digest) -> absl::StatusOr<bool> {
                        return known_.count(digest) > 0;
                      },
                      [this](const pb::EventHeader&) -> absl::StatusOr<bool> { return follows_; }};
    auto judgement = VerifyItem(item, bench);
    EXPECT_TRUE(judgement.ok()) << judgement.status();
    return *judgement;
  }
  void Rejected(const Judgement& judgement, Why why, Blame blame) {
    EXPECT_EQ(judgement.verdict, Verdict::kRejected) << judgement.detail;
    EXPECT_EQ(NameOf(judgement.why), NameOf(why)) << judgement.detail;
    EXPECT_EQ(judgement.blame, blame) << judgement.detail;
    EXPECT_EQ(judgement.final(), blame != Blame::kPeer);
  }
  void Accepted(const Judgement& judgement) {
    EXPECT_EQ(judgement.verdict, Verdict::kAccepted)
        << NameOf(judgement.why) << ": " << judgement.detail;
    EXPECT_TRUE(judgement.final());
  }
  // That organisation stands in our own registry, with this key.
  void WeHave(const std::string& organisation, const std::string& public_key = "") {
    pb::EventHeader header;
    header.set_type(pb::EVENT_TYPE_ORGANISATION);
    header.mutable_organisation()->set_organisation(organisation);
    ours_.Apply(header);
    if (public_key.empty()) return;
    header.set_type(pb::EVENT_TYPE_KEY);
    header.mutable_key()->set_organisation(organisation);
    header.mutable_key()->set_action(pb::KEY_ACTION_ADD);
    header.mutable_key()->set_public_key(public_key);
    ours_.Apply(header);
  }

  FictionalOrigin hub_;
  domain::Registry ours_;
  Policy policy_;
  std::set<record::Hash> known_;
  bool follows_ = false;
};

TEST_F(VerifyItemTest, TakesWhatItsAuthorSignedAndItsOriginHas) {
  const Item item = hub_.Signed(FictionalOrigin::Signal());
  const Judgement judgement = Judge(item);
  Accepted(judgement);
  EXPECT_EQ(judgement.leaf_hash, hub_.leaves[item.sequence - 1]);
  EXPECT_EQ(judgement.header.author(), kAuthor);
  EXPECT_EQ(judgement.detail, "receive \"their public record\"");
  Accepted(Judge(hub_.Attested(FictionalOrigin::Signal(kOtherAuthor))));
}

// Synapse CVE-2018-16515 looked at who brought it, not at who said it.
TEST_F(VerifyItemTest, ASignatureByARelayIsNotTheAuthors) {
  const record::SigningKey relay = record::SigningKey::Generate();
  Rejected(Judge(hub_.Signed(FictionalOrigin::Signal(), relay)), Why::kKeyNotInForce,
           Blame::kOrigin);
  // A key that is in force, of somebody else.
  Rejected(Judge(hub_.Signed(FictionalOrigin::Signal(), hub_.key("org/named"))),
           Why::kKeyNotInForce, Blame::kOrigin);
  // The author's key is named, and somebody else's was used.
  pb::SignedEvent event = record::BuildEvent(FictionalOrigin::Signal(), &hub_.key(kAuthor),
                                             absl::UnixEpoch(), testing::SaltOf);
  event.set_signature(relay.Sign(record::kEventHeaderType, event.header()));
  Rejected(Judge(hub_.Enter(event)), Why::kSignatureWrong, Blame::kOrigin);
}

TEST_F(VerifyItemTest, AKeyIsJudgedAtTheRegistrySizeInTheLeaf) {
  const Item before = hub_.Signed(FictionalOrigin::Signal());
  hub_.RevokeKey(kAuthor);
  const Item after = hub_.Signed(FictionalOrigin::Signal());
  Accepted(Judge(before));
  Rejected(Judge(after), Why::kKeyNotInForce, Blame::kOrigin);
}

TEST_F(VerifyItemTest, ARegistryThatWasNotSentIsAsked) {
  record::Leaf leaf = *record::DecodeLeaf(hub_.Signed(FictionalOrigin::Signal()).leaf);
  leaf.sequence = hub_.leaves.size() + 1;
  leaf.registry_size = 100;
  pb::SignedEvent event;
  event.set_header(hub_.items.back().header);
  Item item = hub_.EnterLeaf(record::EncodeLeaf(leaf), event);
  item.sections = hub_.items[item.sequence - 2].sections;
  Rejected(Judge(item), Why::kRegistryBehind, Blame::kPeer);
}

// Mastodon CVE-2024-23832: whoever brings a key along says who anybody is.
TEST_F(VerifyItemTest, OfOursNobodySpeaksByAForeignKey) {
  WeHave(kAuthor);
  Rejected(Judge(hub_.Signed(FictionalOrigin::Signal())), Why::kAuthorIsOurs, Blame::kNobody);
  Rejected(Judge(hub_.Attested(FictionalOrigin::Signal())), Why::kAuthorIsOurs, Blame::kNobody);
  Rejected(Judge(hub_.Attested(FictionalOrigin::Signal(std::string(kAuthor) + "/seat-1"))),
           Why::kAuthorIsOurs, Blame::kNobody);
  WeHave(kAuthor, hub_.key(kAuthor).public_key());
  Accepted(Judge(hub_.Signed(FictionalOrigin::Signal())));
  // Or where a rule says that this hub is theirs as well.
  WeHave("org/named");
  Accepted(Judge(hub_.Signed(FictionalOrigin::Signal("org/named"))));
  Accepted(Judge(hub_.Attested(FictionalOrigin::Signal("org/named"))));
}

TEST_F(VerifyItemTest, OneTruthAboutTheSequence) {
  hub_.Signed(FictionalOrigin::Signal());
  Item item = hub_.Proven(hub_.Signed(FictionalOrigin::Signal()));
  ++item.sequence;
  Rejected(JudgeAsIs(item), Why::kSequenceDisagrees, Blame::kPeer);
  item.sequence = 0;
  Rejected(JudgeAsIs(item), Why::kSequenceDisagrees, Blame::kPeer);
}

TEST_F(VerifyItemTest, WhatTheOriginDoesNotHaveIsThePeersDoing) {
  Item item = hub_.Proven(hub_.Signed(FictionalOrigin::Signal()));
  FictionalOrigin other;
  other.AddKey(kAuthor);
  other.AddKey("org/named");
  Item foreign = other.Signed(FictionalOrigin::Signal());
  foreign.proof = item.proof;
  Rejected(JudgeAsIs(foreign), Why::kUnproven, Blame::kPeer);
  item.proof.clear();
  Rejected(JudgeAsIs(item), Why::kUnproven, Blame::kPeer);
}

TEST_F(VerifyItemTest, AnotherHeaderOrBodyIsThePeersDoing) {
  const Item first = hub_.Proven(hub_.Signed(FictionalOrigin::Signal()));
  const Item second = hub_.Proven(hub_.Signed(FictionalOrigin::Signal()));
  Item item = second;
  item.header = first.header;
  Rejected(Judge(item), Why::kHeaderDisagrees, Blame::kPeer);
  item = second;
  item.sections[0].data += " ";
  Rejected(Judge(item), Why::kSectionDisagrees, Blame::kPeer);
  item = second;
  item.sections[0].salt[0] ^= 1;
  Rejected(Judge(item), Why::kSectionDisagrees, Blame::kPeer);
  item = second;
  item.sections.pop_back();
  Rejected(Judge(item), Why::kSectionDisagrees, Blame::kPeer);
  item = second;
  std::swap(item.sections[0], item.sections[1]);
  Rejected(Judge(item), Why::kSectionDisagrees, Blame::kPeer);
  item = second;
  item.sections[0].presence = Presence::kErased;
  Rejected(Judge(item), Why::kSectionDisagrees, Blame::kPeer);
}

// Mastodon CVE-2026-46349 verified another form than it used. Protobuf has many for one message.
TEST_F(VerifyItemTest, ReencodedBytesAreOtherBytes) {
  const Item item = hub_.Proven(hub_.Signed(FictionalOrigin::Signal()));
  pb::EventHeader header;
  ASSERT_TRUE(header.ParseFromString(item.header));
  const std::string same_meaning[] = {
      item.header + "\x0a" + static_cast<char>(header.author().size()) + header.author(),  // twice
      item.header + std::string("\xfa\x7f\x01x", 4),  // an unknown field
  };
  for (const std::string& bytes : same_meaning) {
    pb::EventHeader other;
    ASSERT_TRUE(other.ParseFromString(bytes));
    ASSERT_EQ(other.author(), header.author());
    Item changed = item;
    changed.header = bytes;
    Rejected(JudgeAsIs(changed), Why::kHeaderDisagrees, Blame::kPeer);
  }
}

TEST_F(VerifyItemTest, EveryFlippedBitIsRefused) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const Item item = hub_.Proven(hub_.Signed(FictionalOrigin::Signal()));
  Accepted(JudgeAsIs(item));
  const auto flip = [&random](std::string* bytes) {
    (*bytes)[random() % bytes->size()] ^= 1 << random() % 8;
  };
  for (int round = 0; round < 300; ++round) {
    Item changed = item;
    flip(&changed.leaf);
    EXPECT_EQ(JudgeAsIs(changed).verdict, Verdict::kRejected);
    changed = item;
    flip(&changed.header);
    EXPECT_EQ(JudgeAsIs(changed).verdict, Verdict::kRejected);
    changed = item;
    flip(&changed.sections[random() % 2].data);
    EXPECT_EQ(JudgeAsIs(changed).verdict, Verdict::kRejected);
    changed = item;
    changed.proof[random() % item.proof.size()].data()[random() % 32] ^= 1 << random() % 8;
    EXPECT_EQ(JudgeAsIs(changed).verdict, Verdict::kRejected);
  }
}

TEST_F(VerifyItemTest, WhatIsKnownIsADuplicateWhereverItCameFrom) {
  const Item item = hub_.Signed(FictionalOrigin::Signal());
  known_.insert(record::EventDigest(item.header));
  const Judgement judgement = Judge(item);
  EXPECT_EQ(judgement.verdict, Verdict::kDuplicate);
  EXPECT_TRUE(judgement.final());
  // A replay under another sequence is no leaf of the origin's.
  Item replayed = hub_.Proven(item);
  replayed.sequence = 1;
  EXPECT_EQ(JudgeAsIs(replayed).verdict, Verdict::kRejected);
}

TEST_F(VerifyItemTest, SizesAreLookedAtFirst) {
  const Item item = hub_.Proven(hub_.Signed(FictionalOrigin::Signal()));
  Item large = item;
  large.header = std::string(record::kMaxHeaderSizeBytes + 1, 'x');
  Rejected(JudgeAsIs(large), Why::kTooLarge, Blame::kPeer);
  large = item;
  large.leaf = std::string(243, '\x01');
  Rejected(JudgeAsIs(large), Why::kTooLarge, Blame::kPeer);
  large = item;
  large.sections[0].data = std::string(record::kMaxEventSizeBytes + 100, 'x');
  Rejected(JudgeAsIs(large), Why::kTooLarge, Blame::kPeer);
  large = item;
  large.sections[1].data = std::string(record::kMaxPersonalSizeBytes + 1, 'x');
  Rejected(JudgeAsIs(large), Why::kTooLarge, Blame::kPeer);
  large = item;
  large.sections.resize(4, item.sections[0]);
  Rejected(JudgeAsIs(large), Why::kTooLarge, Blame::kPeer);
  large = item;
  large.proof.resize(64);
  Rejected(JudgeAsIs(large), Why::kTooLarge, Blame::kPeer);
}

TEST_F(VerifyItemTest, NobodyGivesAwayAnothersAudience) {
  for (const char* forged : {"igf/public", "regional-2/public", "igf/regional"}) {
    pb::Draft draft = FictionalOrigin::Signal();
    draft.set_audience(forged);
    Rejected(Judge(hub_.Signed(draft)), Why::kAudienceForged, Blame::kOrigin);
  }
}

TEST_F(VerifyItemTest, OurPolicySaysWhatIsTaken) {
  pb::Draft draft = FictionalOrigin::Signal();
  draft.set_audience("regional/mag");
  const Judgement judgement = Judge(hub_.Signed(draft));
  EXPECT_EQ(judgement.verdict, Verdict::kWithheld);
  EXPECT_EQ(judgement.why, Why::kNotTaken);
  EXPECT_EQ(judgement.detail, "no rule of `receive` fits");
  EXPECT_TRUE(judgement.final());
}

TEST_F(VerifyItemTest, ARetractionIsTakenWhereWhatItRetractsWas) {
  pb::Draft draft = FictionalOrigin::Signal();
  draft.mutable_retraction()->set_reason("a fictional reason");
  const Item item = hub_.Signed(draft);
  EXPECT_EQ(Judge(item).verdict, Verdict::kWithheld);
  follows_ = true;
  Accepted(Judge(item));
}

TEST_F(VerifyItemTest, EventsOfOthersComeInTheirOwnLane) {
  const pb::SignedEvent event =
      record::BuildEvent(FictionalOrigin::Signal(), nullptr, absl::UnixEpoch(), testing::SaltOf);
  for (record::LeafKind kind : {record::LeafKind::kRelayed, record::LeafKind::kRules}) {
    const Judgement judgement = Judge(hub_.Enter(event, kind));
    EXPECT_EQ(judgement.verdict, Verdict::kWithheld);
    EXPECT_EQ(judgement.why, Why::kOtherLane);
  }
}

TEST_F(VerifyItemTest, LeafAndHeaderAreOfOneKind) {
  pb::Draft erasing = FictionalOrigin::Signal();
  erasing.mutable_redaction()->set_target_digest(std::string(32, 'd'));
  const pb::SignedEvent event =
      record::BuildEvent(erasing, nullptr, absl::UnixEpoch(), testing::SaltOf);
  record::Leaf leaf;
  leaf.sequence = hub_.leaves.size() + 1;
  leaf.registry_size = 2;
  leaf.digest = record::EventDigest(event.header());
  Rejected(Judge(hub_.EnterLeaf(record::EncodeLeaf(leaf), event)), Why::kShapeWrong,
           Blame::kOrigin);
  // A header that names a key, in a leaf that says the hub attested it.
  const pb::SignedEvent signed_event = record::BuildEvent(
      FictionalOrigin::Signal(), &hub_.key(kAuthor), absl::UnixEpoch(), testing::SaltOf);
  leaf.sequence = hub_.leaves.size() + 1;
  leaf.digest = record::EventDigest(signed_event.header());
  Rejected(Judge(hub_.EnterLeaf(record::EncodeLeaf(leaf), signed_event)), Why::kShapeWrong,
           Blame::kOrigin);
}

TEST_F(VerifyItemTest, SectionsMayStayBehind) {
  Item item = hub_.Signed(FictionalOrigin::Signal());
  ASSERT_EQ(item.sections.size(), 2u);
  for (Presence gone : {Presence::kErased, Presence::kStays}) {
    item.sections[1] = {pb::SECTION_KIND_PERSONAL, gone, "", ""};
    Accepted(Judge(item));
  }
}

TEST_F(VerifyItemTest, ALogThatCannotBeReadDecidesNothing) {
  const Head head = hub_.head();
  const OriginRegistry theirs = hub_.Replicated();
  const Item item = hub_.Proven(hub_.Signed(FictionalOrigin::Signal()));
  const Head now = hub_.head();
  Bench bench{
      &hub_.origin,
      &now,
      &theirs,
      &ours_,
      &policy_,
      [](const record::Hash&) -> absl::StatusOr<bool> { return absl::DataLossError("the disk"); },
      [](const pb::EventHeader&) -> absl::StatusOr<bool> { return false; }};
  EXPECT_EQ(VerifyItem(item, bench).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace liaison::federation
