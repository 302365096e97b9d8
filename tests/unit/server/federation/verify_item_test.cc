#include "server/federation/verify_item.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "fictional_origin.h"
#include "proto/record/commitment.h"
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
                      [this](const pb::EventHeader&) -> absl::StatusOr<Behind> { return behind_; }};
    auto judgement = VerifyItem(item, bench);
    EXPECT_TRUE(judgement.ok()) << judgement.status();
    return *judgement;
  }
  void Rejected(const Judgement& judgement, Why why, Blame blame) {
    EXPECT_EQ(judgement.verdict, Verdict::kRejected) << judgement.detail;
    EXPECT_EQ(std::string(NameOf(judgement.why)), std::string(NameOf(why))) << judgement.detail;
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
  Behind behind_;
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
  // Whoever signed it: what is not wanted is no reject.
  const record::SigningKey relay = record::SigningKey::Generate();
  EXPECT_EQ(Judge(hub_.Signed(draft, relay)).why, Why::kNotTaken);
}

TEST_F(VerifyItemTest, ARetractionIsTakenWhereWhatItRetractsWas) {
  pb::Draft draft = FictionalOrigin::Signal();
  draft.mutable_retraction()->set_reason("a fictional reason");
  const Item item = hub_.Signed(draft);
  EXPECT_EQ(Judge(item).verdict, Verdict::kWithheld);
  behind_.goes = true;
  Accepted(Judge(item));
}

// By whatever rules that came, its readers hear what became of it.
TEST_F(VerifyItemTest, WhatIsHereIsTakenBackWhateverTheRulesSay) {
  pb::Draft draft = FictionalOrigin::Signal();
  draft.set_audience("regional/mag");  // of which no rule speaks
  draft.mutable_retraction()->set_reason("a fictional reason");
  const Item item = hub_.Signed(draft);
  behind_.goes = true;
  EXPECT_EQ(Judge(item).verdict, Verdict::kWithheld) << "for other readers than those";
  behind_.went = true;
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

TEST_F(VerifyItemTest, OfEventsOfOthersALeafMayComeAlone) {
  const pb::SignedEvent event =
      record::BuildEvent(FictionalOrigin::Signal(), nullptr, absl::UnixEpoch(), testing::SaltOf);
  const auto alone = [](Item item) {
    item.header.clear();
    item.sections.clear();
    return item;
  };
  const Item relayed = alone(hub_.Enter(event, record::LeafKind::kRelayed));
  const Item own = alone(hub_.Attested(FictionalOrigin::Signal()));
  const Judgement judgement = Judge(relayed);
  EXPECT_EQ(judgement.verdict, Verdict::kElsewhere);
  EXPECT_TRUE(judgement.final());
  Rejected(Judge(own), Why::kHeaderDisagrees, Blame::kPeer);
  Item moved = hub_.Proven(relayed);
  moved.proof.front() = record::LeafHash("another");
  Rejected(JudgeAsIs(moved), Why::kUnproven, Blame::kPeer);
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

TEST_F(VerifyItemTest, ALeafSaysOneThingAboutWhoSigned) {
  const pb::SignedEvent attested = record::BuildEvent(FictionalOrigin::Signal(kOtherAuthor),
                                                      nullptr, absl::UnixEpoch(), testing::SaltOf);
  record::Leaf leaf;
  leaf.digest = record::EventDigest(attested.header());
  leaf.registry_size = 2;
  const auto judge = [&] {
    leaf.sequence = hub_.leaves.size() + 1;
    return Judge(hub_.EnterLeaf(record::EncodeLeaf(leaf), attested));
  };
  Accepted(judge());
  leaf.kind = record::LeafKind::kSigned;
  Rejected(judge(), Why::kShapeWrong, Blame::kOrigin);
  leaf.kind = record::LeafKind::kAttested;
  leaf.signature[0] = 1;
  Rejected(judge(), Why::kShapeWrong, Blame::kOrigin);
  // Signed, in a leaf that says it is attested.
  const Item item = hub_.Signed(FictionalOrigin::Signal());
  leaf = *record::DecodeLeaf(item.leaf);
  leaf.kind = record::LeafKind::kAttested;
  leaf.sequence = hub_.leaves.size() + 1;
  pb::SignedEvent event;
  event.set_header(item.header);
  Rejected(Judge(hub_.EnterLeaf(record::EncodeLeaf(leaf), event)), Why::kShapeWrong,
           Blame::kOrigin);
}

// What C++ parses and others refuse, or see another field in, would make this log one that cannot
// be checked, for ever.
TEST_F(VerifyItemTest, AHeaderIsInTheFormThatAllReadAlike) {
  const auto with = [this](const std::string& more) {
    pb::SignedEvent event = record::BuildEvent(FictionalOrigin::Signal(kOtherAuthor), nullptr,
                                               absl::UnixEpoch(), testing::SaltOf);
    event.set_header(event.header() + more);
    return Judge(hub_.Enter(event));
  };
  Accepted(with(""));
  Accepted(with(std::string("\xfa\x7f\x01x", 4)));  // of a later version
  Rejected(with(std::string("\xf8\x3f\x80\x00", 4)), Why::kUnreadable, Blame::kOrigin);
  Rejected(with("\xfb\x3f\xfc\x3f"), Why::kUnreadable, Blame::kOrigin);  // a group
}

// Storage refuses these, and a hub whose log refuses a write stops all writing: whoever could get
// one in could stop every hub that pulls it, again and again.
TEST_F(VerifyItemTest, WhatTheLogWouldRefuseDoesNotComeNearIt) {
  const auto judge = [this](const std::function<void(pb::EventHeader*)>& change) {
    pb::SignedEvent event = record::BuildEvent(FictionalOrigin::Signal(kOtherAuthor), nullptr,
                                               absl::UnixEpoch(), testing::SaltOf);
    pb::EventHeader header;
    header.ParseFromString(event.header());
    change(&header);
    event.set_header(header.SerializeAsString());
    return Judge(hub_.Enter(event));
  };
  const std::function<void(pb::EventHeader*)> wrong[] = {
      [](pb::EventHeader* header) { header->mutable_commitments()->SwapElements(0, 1); },
      [](pb::EventHeader* header) { *header->add_commitments() = header->commitments(1); },
      [](pb::EventHeader* header) {
        header->mutable_commitments(0)->set_kind(static_cast<pb::SectionKind>(65537));
      },
      [](pb::EventHeader* header) { header->mutable_commitments(0)->set_commitment("short"); },
      [](pb::EventHeader* header) { header->clear_commitments(); },
      [](pb::EventHeader* header) { header->set_author(std::string(1100, 'a')); },
      [](pb::EventHeader* header) { header->set_cycle(std::string(1100, '1')); },
      [](pb::EventHeader* header) { header->set_language(std::string(1100, 'x')); },
      [](pb::EventHeader* header) { header->set_topics(0, std::string(1100, 'x')); },
      [](pb::EventHeader* header) {
        for (int i = 0; i < 600; ++i) header->add_topics(absl::StrCat("core-", i, ":a"));
      },
      [](pb::EventHeader* header) {
        header->add_references()->set_digest(std::string(2000, 'd'));
        header->mutable_references(0)->set_relation(pb::RELATION_REFERS_TO);
      },
      [](pb::EventHeader* header) {  // in the place of a fact
        header->add_references()->set_digest(std::string(32, 'd'));
      },
      [](pb::EventHeader* header) { header->set_event_id(std::string("a\0b", 3)); },
      [](pb::EventHeader* header) { header->add_addressees("a name\nof two lines"); },
      [](pb::EventHeader* header) { header->set_audience("regional/no group"); },
      [](pb::EventHeader* header) { header->mutable_recorded_for()->set_organisation("nobody"); },
      [](pb::EventHeader* header) { header->mutable_topic_signal()->set_requested_date("soon"); },
      [](pb::EventHeader* header) { header->mutable_decision()->set_priority(1); },
      [](pb::EventHeader* header) { header->clear_facts(); },
      [](pb::EventHeader* header) { header->mutable_authored_time()->set_seconds(INT64_MIN / 2); },
  };
  int number = 0;
  for (const auto& change : wrong) {
    SCOPED_TRACE(number++);
    const Judgement judgement = judge(change);
    EXPECT_EQ(judgement.verdict, Verdict::kRejected) << judgement.detail;
    EXPECT_EQ(NameOf(judgement.why), NameOf(Why::kShapeWrong)) << judgement.detail;
    EXPECT_TRUE(judgement.final());
  }
}

// Views read the words of many together: one that does not parse would fail them all.
TEST_F(VerifyItemTest, WhatCameIsReadableAndSaysWhatTheHeaderSays) {
  const auto judge = [this](const std::string& content, bool facts_differ) {
    pb::SignedEvent event = record::BuildEvent(FictionalOrigin::Signal(kOtherAuthor), nullptr,
                                               absl::UnixEpoch(), testing::SaltOf);
    pb::EventHeader header;
    header.ParseFromString(event.header());
    if (facts_differ) header.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
    if (!content.empty()) {
      event.mutable_sections(0)->set_data(content);
      header.mutable_commitments(0)->set_commitment(std::string(
          record::Commitment(pb::SECTION_KIND_CONTENT, event.sections(0).salt(), content).bytes()));
    }
    event.set_header(header.SerializeAsString());
    return Judge(hub_.Enter(event));
  };
  Accepted(judge("", false));
  Rejected(judge("\xff\xff\xff", false), Why::kShapeWrong, Blame::kOrigin);
  Rejected(judge("", true), Why::kShapeWrong, Blame::kOrigin);
}

// A key that was stolen, and withdrawn here, has no say in what it signed here before.
TEST_F(VerifyItemTest, AKeyThatWasWithdrawnHereChangesNothing) {
  WeHave("org/named", hub_.key("org/named").public_key());
  pb::Draft redaction = FictionalOrigin::Signal("org/named");
  redaction.mutable_redaction()->set_target_digest(std::string(32, 'd'));
  redaction.mutable_redaction()->set_section(pb::SECTION_KIND_CONTENT);
  redaction.mutable_redaction()->set_reason(pb::REDACTION_REASON_PERSONAL_DATA);
  Accepted(Judge(hub_.Signed(redaction)));
  pb::EventHeader revoke;
  revoke.set_type(pb::EVENT_TYPE_KEY);
  revoke.mutable_key()->set_organisation("org/named");
  revoke.mutable_key()->set_action(pb::KEY_ACTION_REVOKE);
  revoke.mutable_key()->set_public_key(hub_.key("org/named").public_key());
  ours_.Apply(revoke);
  redaction.set_event_id(record::Uuid::Random().ToString());
  Rejected(Judge(hub_.Signed(redaction)), Why::kAuthorIsOurs, Blame::kNobody);
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
      [](const pb::EventHeader&) -> absl::StatusOr<Behind> { return Behind(); }};
  EXPECT_EQ(VerifyItem(item, bench).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace liaison::federation
