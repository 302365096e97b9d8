#include "server/federation/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "proto/record/errors.h"
#include "server/federation/lane.h"
#include "server/federation/limits.h"
#include "server/federation/wire.h"
#include "shown_hub.h"

namespace liaison::federation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Signal;

// Fictional.
constexpr char kPolicy[] = R"(
[peer.regional]
organisation = "org/fictional-regional"

[[peer.regional.send]]
name = "not this author"
withhold = true
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = ["org/fictional-kept"]

[[peer.regional.send]]
name = "public signals"
audiences = ["igf/public"]
topics = "*"
types = ["topic-signal"]
authors = "*"

[peer.nothing]
organisation = "org/fictional-nothing"

[origin."$origin"]
vkey = "$vkey"

[[origin."$origin".receive]]
name = "all that is public"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = "*"
)";

// What the other side makes of what it is served, batch after batch.
class Reader {
 public:
  Reader(const Source* source, const Policy* policy, std::string peer)
      : source_(*source),
        policy_(*policy),
        peer_(std::move(peer)),
        origin_(*ParseOrigin(source->origin())),
        key_(policy->origins().find(source->origin())->second.key),
        lane_(source->origin()) {}

  pb::PullLaneRequest Request() const {
    pb::PullLaneRequest request;
    request.set_origin(origin_.name);
    request.set_settled(lane_.settled());
    request.set_head_size(lane_.head_size());
    request.set_registry_size(registry_.size());
    request.set_max_items(max_items);
    request.set_max_bytes(max_bytes);
    request.set_split_at(split_at);
    return request;
  }
  // Takes one batch. False where nothing is new.
  bool Take() {
    auto response = source_.Serve(peer_, Request());
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return false;
    last = *response;
    if (first.pieces().empty()) first = last;
    wire_bytes += response->ByteSizeLong();
    auto pulled = ReadPulled(*std::move(response));
    EXPECT_TRUE(pulled.ok()) << pulled.status();
    const auto registry_head = OpenHead(RegistryKeyOf(key_), pulled->registry_head);
    EXPECT_TRUE(registry_head.ok()) << registry_head.status();
    const absl::Status extended = registry_.Extend(pulled->registry, *registry_head);
    EXPECT_TRUE(extended.ok()) << extended;
    pulled->batch.head = *OpenHead(key_, pulled->head);
    const Proof proof = lane_.Prove(&pulled->batch);
    if (proof.outcome == Outcome::kNothingNew) return false;
    EXPECT_EQ(proof.outcome, Outcome::kProven) << proof.why;
    if (proof.outcome != Outcome::kProven) return false;
    std::vector<Judgement> judgements;
    for (const Piece& piece : pulled->batch.pieces) {
      for (const Item& item : piece.items) {
        judgements.push_back(Judge(item, pulled->batch.head));
        items[item.sequence] = item;
      }
    }
    EXPECT_EQ(lane_.Settle(pulled->batch, *proof.tree, judgements), judgements.size());
    return true;
  }
  void TakeAll() {
    while (Take()) ++batches;
  }
  std::vector<uint64_t> sequences() const {
    std::vector<uint64_t> all;
    for (const auto& [sequence, item] : items) all.push_back(sequence);
    return all;
  }
  const Lane& lane() const { return lane_; }

  uint32_t max_items = 0;
  uint64_t max_bytes = 0;
  uint64_t split_at = 0;
  int batches = 0;
  size_t wire_bytes = 0;
  pb::PullLaneResponse first, last;
  std::map<uint64_t, Item> items;

 private:
  Judgement Judge(const Item& item, const Head& head) const {
    const domain::Registry ours;
    const Bench bench{&origin_,
                      &head,
                      &registry_,
                      &ours,
                      &policy_,
                      [](const record::Hash&) { return false; },
                      [](const pb::EventHeader&) { return Behind(); }};
    auto judgement = VerifyItem(item, bench);
    EXPECT_TRUE(judgement.ok()) << judgement.status();
    EXPECT_EQ(judgement->verdict, Verdict::kAccepted)
        << item.sequence << " " << NameOf(judgement->why) << " " << judgement->detail;
    return *judgement;
  }

  const Source& source_;
  const Policy& policy_;
  const std::string peer_;
  const Origin origin_;
  const record::NoteVerifier key_;
  OriginRegistry registry_;
  Lane lane_;
};

class SourceTest : public ::testing::Test {
 protected:
  Reader ReaderFor(const std::string& peer) {
    return Reader(shown_.source.get(), &shown_.policy, peer);
  }
  uint64_t head() { return shown_.hub.log().head().sequence; }

  testing::ShownHub shown_{kPolicy};
};

TEST_F(SourceTest, ShowsWhatMayGoAndProvesTheRest) {
  const uint64_t first = shown_.Publish(Signal("fictional", "org/fictional-a"));
  shown_.Publish(Signal("fictional", "org/fictional-kept"));
  shown_.Publish(Signal("fictional", "org/fictional-kept"));
  const uint64_t second = shown_.Publish(Signal("fictional", "org/fictional-b"));
  pb::Draft closed = Signal("fictional", "org/fictional-a");
  closed.set_audience("igf/partners");
  shown_.Publish(closed);
  shown_.Sign();
  Reader reader = ReaderFor("regional");
  reader.TakeAll();
  EXPECT_THAT(reader.sequences(), ElementsAre(first, second));
  EXPECT_EQ(reader.lane().settled(), head());
  EXPECT_EQ(reader.items[first].header, shown_.hub.log().ReadHeader(first)->header);
}

TEST_F(SourceTest, WhoGetsNothingMovesNoBodies) {
  Reader reader = ReaderFor("nothing");
  for (int i = 0; i < 300; ++i) {
    pb::Draft draft = Signal("fictional");
    draft.mutable_topic_signal()->set_text(std::string(1000, 'x'));
    shown_.Publish(draft);
  }
  shown_.Sign();
  reader.TakeAll();
  EXPECT_THAT(reader.sequences(), IsEmpty());
  EXPECT_EQ(reader.lane().settled(), head());
  EXPECT_EQ(reader.last.head(), shown_.signer->published()->log.note);
  // Two notes twice, one cover.
  EXPECT_LT(reader.wire_bytes, 4000u);
}

// No call holds a thread for long, and whoever asks on comes to the end.
TEST_F(SourceTest, OneAnswerLooksAtSoManyAndTheNextGoesOnBehindThem) {
  shown_.PublishMany(Signal("fictional", "org/fictional-kept"), kMaxLookedAt + 100);
  const uint64_t goes = shown_.Publish(Signal("fictional", "org/fictional-a"));
  shown_.Sign();
  Reader reader = ReaderFor("regional");
  ASSERT_TRUE(reader.Take());
  EXPECT_EQ(reader.lane().settled(), kMaxLookedAt);
  reader.TakeAll();
  EXPECT_THAT(reader.sequences(), ElementsAre(goes));
  EXPECT_EQ(reader.lane().settled(), head());
}

TEST_F(SourceTest, CreditIsKept) {
  for (int i = 0; i < 10; ++i) {
    shown_.Publish(Signal("fictional", i % 3 == 0 ? "org/fictional-kept" : "org/fictional-a"));
  }
  shown_.Sign();
  Reader by_items = ReaderFor("regional");
  by_items.max_items = 2;
  by_items.TakeAll();
  EXPECT_EQ(by_items.sequences().size(), 6u);
  EXPECT_GE(by_items.batches, 3);
  Reader by_bytes = ReaderFor("regional");
  by_bytes.max_bytes = 1;
  by_bytes.TakeAll();
  EXPECT_EQ(by_bytes.sequences(), by_items.sequences());
  EXPECT_GE(by_bytes.batches, 6);
  EXPECT_EQ(by_bytes.lane().settled(), head());
}

TEST_F(SourceTest, ABatchFitsAMessage) {
  for (int i = 0; i < 9; ++i) {
    pb::Draft draft = Signal("fictional");
    draft.mutable_topic_signal()->set_text(std::string(record::kMaxTextSizeBytes - 1, 'x'));
    shown_.Publish(draft);
  }
  shown_.Sign();
  Reader reader = ReaderFor("regional");
  while (reader.Take()) {
    EXPECT_LT(reader.last.ByteSizeLong(), record::kMaxMessageSizeBytes);
    ++reader.batches;
  }
  EXPECT_EQ(reader.sequences().size(), 9u);
  EXPECT_EQ(reader.batches, 2);
}

TEST_F(SourceTest, GoesOnWhereTheLogGrows) {
  Reader reader = ReaderFor("regional");
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i <= round; ++i) {
      shown_.Publish(Signal("fictional", i % 2 == 0 ? "org/fictional-a" : "org/fictional-kept"));
    }
    shown_.Sign();
    reader.TakeAll();
    EXPECT_EQ(reader.lane().settled(), head());
  }
  EXPECT_EQ(reader.sequences().size(), 9u);
}

TEST_F(SourceTest, TheRegistryComesBeforeWhatItProves) {
  const record::SigningKey key = record::SigningKey::Generate();
  shown_.Publish(testing::OrganisationDraft("org/fictional-a", pb::ORGANISATION_KIND_NRI_NATIONAL));
  shown_.Publish(testing::KeyDraft("org/fictional-a", pb::KEY_ACTION_ADD, key));
  const uint64_t said =
      shown_.Publish(testing::Signed(Signal("fictional", "org/fictional-a"), key));
  shown_.Sign();
  Reader reader = ReaderFor("regional");
  reader.TakeAll();
  EXPECT_THAT(reader.sequences(), ElementsAre(said));
}

TEST_F(SourceTest, WhatFollowsWhatWentGoesAfterIt) {
  const auto retract = [&](uint64_t target, const std::string& author) {
    pb::Draft draft = Signal("", author);
    draft.clear_topic_signal();
    draft.clear_topics();
    pb::Reference& reference = *draft.add_references();
    reference.set_digest(std::string(shown_.DigestOf(target).bytes()));
    reference.set_relation(pb::RELATION_RETRACTS);
    draft.mutable_retraction()->set_cause(pb::RETRACTION_CAUSE_ERROR);
    draft.mutable_retraction()->set_reason("fictional");
    return shown_.Publish(draft);
  };
  const uint64_t went = shown_.Publish(Signal("fictional", "org/fictional-a"));
  const uint64_t kept = shown_.Publish(Signal("fictional", "org/fictional-kept"));
  const uint64_t after = retract(went, "org/fictional-a");
  retract(kept, "org/fictional-kept");
  const uint64_t erased = shown_.Publish(
      testing::RedactionDraft("org/fictional-a", shown_.DigestOf(went), pb::SECTION_KIND_CONTENT));
  shown_.Sign();
  Reader reader = ReaderFor("regional");
  // What they took in before is not known to a judge that knows nothing: here it is the source.
  reader.TakeAll();
  EXPECT_THAT(reader.sequences(), ElementsAre(went, after, erased));
  ASSERT_EQ(reader.items[went].sections.size(), 1u);
  EXPECT_EQ(reader.items[went].sections[0].presence, Presence::kErased);
  EXPECT_THAT(reader.items[went].sections[0].salt, IsEmpty());
}

// Whoever stands at an earlier head is served by hubs that have seen its end.
TEST_F(SourceTest, WhatIsKeptIsSplitWhereTheCallerStoodBefore) {
  for (int i = 0; i < 6; ++i) shown_.Publish(Signal("fictional", "org/fictional-kept"));
  const uint64_t said = shown_.Publish(Signal("fictional", "org/fictional-a"));
  shown_.Sign();
  for (const uint64_t split_at : {uint64_t{0}, uint64_t{3}, said - 1, said, said + 1}) {
    Reader reader = ReaderFor("regional");
    reader.split_at = split_at;
    reader.TakeAll();
    EXPECT_THAT(reader.sequences(), ElementsAre(said));
    std::vector<uint64_t> ends;
    for (const pb::LanePiece& piece : reader.first.pieces()) ends.push_back(piece.last());
    if (split_at == 3) {
      EXPECT_THAT(ends, ElementsAre(3, said - 1, said));
    } else {
      EXPECT_THAT(ends, ElementsAre(said - 1, said));
    }
  }
}

TEST_F(SourceTest, ASectionThatStaysIsNamedAndNotGiven) {
  pb::Draft draft = Signal("fictional");
  draft.mutable_personal()->add_contacts()->set_name("A fictional person");
  draft.mutable_personal()->mutable_contacts(0)->set_role(pb::CONTACT_ROLE_FROM);
  const uint64_t sequence = shown_.Publish(draft);
  shown_.Sign();
  Reader reader = ReaderFor("regional");
  reader.TakeAll();
  const Item& item = reader.items[sequence];
  ASSERT_EQ(item.sections.size(), 2u);
  EXPECT_EQ(item.sections[0].presence, Presence::kHere);
  EXPECT_EQ(item.sections[1].kind, pb::SECTION_KIND_PERSONAL);
  EXPECT_EQ(item.sections[1].presence, Presence::kStays);
  EXPECT_THAT(item.sections[1].data, IsEmpty());
  EXPECT_EQ(reader.last.SerializeAsString().find("A fictional person"), std::string::npos);
}

// By another policy from one moment to the next; and what would leave by one that is not in force.
TEST_F(SourceTest, GoesByThePolicyThatIsInForceAtTheMoment) {
  const uint64_t said = shown_.Publish(Signal("fictional", "org/fictional-a"));
  shown_.Sign();
  auto now = std::make_shared<const Policy>(shown_.policy);
  const auto nothing = std::make_shared<const Policy>(
      *Policy::Parse("[peer.regional]\naddress = \"h.example:1\"\n"));
  const Source source(&shown_.hub.log(), shown_.signer.get(), [&now] { return now; });
  const auto leaves = [&](const Policy* policy) {
    bool passes = false;
    EXPECT_TRUE(shown_.hub.log()
                    .ScanHeaders(said - 1,
                                 [&](const storage::EventLog::EventView& event) {
                                   passes = policy == nullptr
                                                ? source.RuleOn("regional", event)->passes
                                                : source.RuleOn("regional", event, *policy)->passes;
                                   return false;
                                 })
                    .ok());
    return passes;
  };
  EXPECT_TRUE(leaves(nullptr));
  EXPECT_FALSE(leaves(nothing.get()));
  now = nothing;
  EXPECT_FALSE(leaves(nullptr));
  EXPECT_TRUE(leaves(&shown_.policy));
}

TEST_F(SourceTest, RefusesAnotherOrigin) {
  pb::PullLaneRequest request;
  request.set_origin(shown_.source->origin() + "0");
  const auto served = shown_.source->Serve("regional", request);
  EXPECT_EQ(record::ReasonOf(served.status()), record::Reason::kNotFound);
}

TEST_F(SourceTest, SaysNothingBehindItsHead) {
  shown_.Publish(Signal("fictional"));
  shown_.Sign();
  shown_.Publish(Signal("fictional"));
  pb::PullLaneRequest request;
  request.set_origin(shown_.source->origin());
  request.set_settled(head());
  request.set_head_size(head());
  const auto served = shown_.source->Serve("regional", request);
  ASSERT_TRUE(served.ok()) << served.status();
  EXPECT_EQ(served->pieces_size(), 0) << "nothing that is not signed goes";
  EXPECT_EQ(served->consistency_size(), 0);
}

TEST_F(SourceTest, ANumberBeyondTheLogIsRefusedAndStopsNobody) {
  shown_.Publish(Signal("fictional"));
  shown_.Sign();
  pb::PullLaneRequest request;
  request.set_origin(shown_.source->origin());
  request.set_head_size(head() + 1);
  request.set_settled(head());
  EXPECT_EQ(record::ReasonOf(shown_.source->Serve("regional", request).status()),
            record::Reason::kFieldInvalid);
  request.set_head_size(head());
  request.set_settled(head() + 1);
  EXPECT_EQ(record::ReasonOf(shown_.source->Serve("regional", request).status()),
            record::Reason::kFieldInvalid);
  request.set_settled(head());
  EXPECT_TRUE(shown_.source->Serve("regional", request).ok());
}

TEST_F(SourceTest, WhatAPeerShowsOfThisLogIsLookedAtBeforeItIsServed) {
  std::vector<std::string> looked;
  absl::Status said;
  shown_.source->LookAtOwnHeads([&](absl::string_view note, absl::string_view peer) {
    looked.push_back(absl::StrCat(peer, ": ", note));
    return said;
  });
  shown_.Publish(Signal("fictional"));
  shown_.Sign();
  pb::PullLaneRequest request;
  request.set_origin(shown_.source->origin());
  EXPECT_TRUE(shown_.source->Serve("regional", request).ok());
  request.set_head_note("a note");
  EXPECT_TRUE(shown_.source->Serve("regional", request).ok());
  EXPECT_THAT(looked, ElementsAre("regional: ", "regional: a note"));
  said = absl::DataLossError("the log ends at 4");
  const absl::Status refused = shown_.source->Serve("regional", request).status();
  EXPECT_EQ(record::ReasonOf(refused), record::Reason::kReadOnly) << refused;
  said = absl::InvalidArgumentError("no checkpoint");
  EXPECT_EQ(record::ReasonOf(shown_.source->Serve("regional", request).status()),
            record::Reason::kFieldInvalid);
}

}  // namespace
}  // namespace liaison::federation
