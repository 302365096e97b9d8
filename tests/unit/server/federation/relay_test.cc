#include "server/federation/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "fake_entry.h"
#include "fictional_origin.h"
#include "server/backup/held_words.h"
#include "server/federation/lane_puller.h"
#include "server/federation/limits.h"
#include "server/federation/ordered_entry.h"
#include "server/sequencer/verbatim.h"
#include "shown_hub.h"
#include "taken_event.h"

namespace liaison::federation {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RedactionDraft;
using testing::Signal;

constexpr absl::string_view kRule = R"(
topics = "*"
types = "*"
authors = "*"
)";

// Everybody in it is fictional.
std::string SendRule(const std::string& peer, const std::string& audiences) {
  return absl::StrCat("[peer.", peer, "]\norganisation = \"org/fictional-", peer, "\"\n[[peer.",
                      peer, ".send]]\nname = \"all\"\naudiences = [", audiences, "]", kRule);
}

// A line into another hub of the test.
class Line final : public PeerLine {
 public:
  using Answer = std::function<absl::StatusOr<pb::PullLaneResponse>(const pb::PullLaneRequest&)>;
  explicit Line(Answer answer) : answer_(std::move(answer)) {}
  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest& request) override {
    auto response = answer_(request);
    if (response.ok()) late += response->late_size();
    return response;
  }
  void Cancel() override {}
  int late = 0;

 private:
  const Answer answer_;
};

// A hub that pulls the origin's lane from some, and relays it to the peer "on".
class Hop {
 public:
  Hop(const testing::ShownHub& origin, const std::string& takes, const std::string& gives)
      : origin_(origin.signer->origin()), takes_(takes), gives_(gives) {
    Pin(origin.signer->verifier());
    Start();
  }

  // That key signs the origin's checkpoints, says the policy from now on.
  void Pin(const record::NoteVerifier& key) {
    auto parsed = Policy::Parse(
        absl::StrCat("[peer.one]\naddress = \"one.example:1\"\norigins = [\"", origin_, "\"]\n",
                     "[peer.two]\naddress = \"two.example:1\"\norigins = [\"", origin_, "\"]\n",
                     "[peer.on]\norganisation = \"org/fictional-on\"\nrelays = [\"", origin_,
                     "\"]\n[[peer.on.send]]\nname = \"all\"\naudiences = [", gives_, "]", kRule,
                     "[origin.\"", origin_, "\"]\nvkey = \"", key.ToString(), "\"\n[[origin.\"",
                     origin_, "\".receive]]\nname = \"all\"\naudiences = [", takes_, "]", kRule));
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    policy_ = *std::move(parsed);
    lanes_.clear();
  }

  // What was kept is all that is left.
  void Start() {
    lanes_.clear();
    entry_ = std::make_unique<OrderedEntry>(&hub.hub.log(), &hub.hub.proposals(),
                                            [this] { return hub.hub.sequencer().registry(); });
    standings_ = std::make_unique<Standings>(Standings::Options{
        entry_.get(), [] { return 0.5; }, [](const std::string& what) { ADD_FAILURE() << what; },
        [this] { return now_; }});
    EXPECT_TRUE(standings_->Load(policy_, now_).ok());
    replicas_ = std::make_unique<Replicas>(entry_.get());
    rules_ = std::make_unique<Source>(&hub.hub.log(), hub.signer.get(), &policy_);
    relay = std::make_unique<Relay>(
        Relay::Rooms{&hub.hub.log(), rules_.get(), replicas_.get(), entry_.get()});
  }
  // Takes all that there is from that peer.
  void Pull(const std::string& peer, Line* line) {
    std::unique_ptr<LanePuller>& lane = lanes_[peer];
    if (lane == nullptr) {
      const auto replica = replicas_->Of(origin_, policy_.origins().find(origin_)->second.key);
      ASSERT_TRUE(replica.ok()) << replica.status();
      lane = std::make_unique<LanePuller>(
          LanePuller::Rooms{&policy_, entry_.get(), standings_.get(), line, *replica}, peer,
          origin_);
      ASSERT_TRUE(lane->Open().ok());
    }
    Next next = Next::kMore;
    for (int i = 0; i < 1000 && next == Next::kMore; ++i) {
      const auto took = lane->Take(now_);
      ASSERT_TRUE(took.ok()) << took.status();
      next = *took;
    }
    EXPECT_EQ(next, Next::kLater) << peer;
  }
  // One batch of theirs, of so many items.
  void PullSome(const std::string& peer, const testing::ShownHub& shown, const std::string& as,
                uint32_t items) {
    lanes_.erase(peer);  // its line is another one
    Line line([&](pb::PullLaneRequest request) {
      request.set_max_items(items);
      return shown.source->Serve(as, request);
    });
    const auto replica = ReplicaOf();
    ASSERT_TRUE(replica.ok()) << replica.status();
    LanePuller lane({&policy_, entry_.get(), standings_.get(), &line, *replica}, peer, origin_);
    ASSERT_TRUE(lane.Open().ok());
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(lane.Take(now_).ok());
  }
  Line From(const testing::ShownHub& shown, const std::string& as) {
    return Line([&shown, as](const auto& request) { return shown.source->Serve(as, request); });
  }
  Line From(const Hop& hop) {
    return Line([&hop](const auto& request) { return hop.relay->Serve("on", request); });
  }
  // Sequences at the origin of what came, in the order in which it did.
  std::vector<uint64_t> came() const {
    std::vector<uint64_t> all;
    EXPECT_TRUE(hub.hub_log()
                    .ScanHeaders(0,
                                 [&](const storage::EventLog::EventView& event) {
                                   const auto leaf = record::DecodeLeaf(event.leaf);
                                   if (leaf->relayed) all.push_back(leaf->relayed->sequence);
                                   return true;
                                 })
                    .ok());
    return all;
  }
  std::string trouble(const std::string& peer) { return lanes_.at(peer)->trouble(); }
  absl::StatusOr<Replica*> ReplicaOf() {
    return replicas_->Of(origin_, policy_.origins().find(origin_)->second.key);
  }
  // What is kept of the origin's tree.
  std::vector<KeptRow> tree() const { return *entry_->List(TreeRowPrefix(origin_), "", 1000); }
  // It is as it was then: of what came since nobody has shown anything.
  void PutTreeBack(const std::vector<KeptRow>& before) {
    for (const KeptRow& each : tree()) {
      rows::TreeRow row;
      ASSERT_TRUE(row.ParseFromString(each.value));
      row.clear_digest();
      row.mutable_hashes()->assign(row.hashes().size(), '\0');
      ASSERT_TRUE(entry_->Keep(each.key, row.SerializeAsString()).ok());
    }
    for (const KeptRow& each : before) ASSERT_TRUE(entry_->Keep(each.key, each.value).ok());
  }
  void SetDeaf(const std::string& why) { replicas_->SetDeaf(origin_, why); }
  const Source& rules() const { return *rules_; }
  uint64_t duplicates(const std::string& peer) {
    const rows::Lane row = lanes_.at(peer)->row();
    const auto found = row.counts().find("duplicate");
    return found == row.counts().end() ? 0 : found->second;
  }
  uint64_t settled(const std::string& peer) { return lanes_.at(peer)->row().settled(); }

  struct Hub : testing::ShownHub {
    Hub() : ShownHub("") {}
    const storage::EventLog& hub_log() const { return const_cast<Hub*>(this)->hub.log(); }
  } hub;
  std::unique_ptr<Relay> relay;

 private:
  const std::string origin_;
  const std::string takes_, gives_;
  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  Policy policy_;
  std::unique_ptr<OrderedEntry> entry_;
  std::unique_ptr<Standings> standings_;
  std::unique_ptr<Replicas> replicas_;
  std::unique_ptr<Source> rules_;
  std::map<std::string, std::unique_ptr<LanePuller>> lanes_;
};

class RelayTest : public ::testing::Test {
 protected:
  uint64_t Say(const std::string& audience = "igf/public") {
    pb::Draft draft = Signal("fictional", "org/fictional-a");
    draft.set_audience(audience);
    return origin_.Publish(draft);
  }

  testing::ShownHub origin_{SendRule("all", R"("igf/public", "igf/partners")") +
                            SendRule("some", R"("igf/public")")};
};

constexpr char kAll[] = R"("igf/public", "igf/partners")";
constexpr char kPublic[] = R"("igf/public")";

TEST_F(RelayTest, WhatCameIsServedOnAndIsStillTheOrigins) {
  const uint64_t first = Say();
  const uint64_t second = Say("igf/partners");
  const uint64_t third = Say();
  origin_.Sign();
  Hop near(origin_, kAll, kPublic);
  Hop far(origin_, kAll, kAll);
  Line direct = near.From(origin_, "all");
  near.Pull("one", &direct);
  EXPECT_THAT(near.came(), ElementsAre(first, second, third));
  Line on = far.From(near);
  far.Pull("one", &on);
  EXPECT_THAT(far.came(), ElementsAre(first, third)) << "the relay's own policy keeps the second";
  EXPECT_EQ(far.settled("one"), origin_.hub.log().head().sequence) << "and proves that";
  const std::string header = origin_.hub.log().ReadHeader(first)->header;
  const auto here = far.hub.hub.log().FindByDigest(origin_.DigestOf(first));
  ASSERT_TRUE(here.ok() && *here);
  EXPECT_EQ(far.hub.hub.log().ReadHeader(**here)->header, header);
}

TEST_F(RelayTest, GoesOnOverRestartsOfEither) {
  std::vector<uint64_t> said{Say()};
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Hop far(origin_, kAll, kAll);
  Line direct = near.From(origin_, "all");
  Line on = far.From(near);
  for (int i = 0; i < 6; ++i) {
    near.Pull("one", &direct);
    if (i % 2 == 0) near.Start();
    if (i % 3 == 0) far.Start();
    if (i % 2 == 0) near.Pull("one", &direct);
    far.Pull("one", &on);
    EXPECT_EQ(far.came(), said);
    said.push_back(Say());
    origin_.Sign();
  }
}

TEST_F(RelayTest, ServesWhatIsKeptWhileItsOwnPeerIsAway) {
  const uint64_t said = Say();
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Line direct = near.From(origin_, "all");
  near.Pull("one", &direct);
  near.Start();
  // Opens what was kept, and hears nothing.
  Line silent([&](const pb::PullLaneRequest& request) {
    pb::PullLaneRequest again = request;
    again.set_settled(origin_.hub.log().head().sequence);
    return origin_.source->Serve("all", again);
  });
  near.Pull("one", &silent);
  Hop far(origin_, kAll, kAll);
  Line on = far.From(near);
  far.Pull("one", &on);
  EXPECT_THAT(far.came(), ElementsAre(said));
}

// No call holds a thread for long, and whoever asks on, which is at once, comes to the end.
TEST_F(RelayTest, OneAnswerLooksAtSoManyAndTheNextGoesOnBehindThem) {
  pb::Draft kept = Signal("fictional", "org/fictional-a");
  kept.set_audience("igf/partners");
  origin_.PublishMany(kept, kMaxLookedUp + 100);
  const uint64_t open = Say();
  origin_.Sign();
  Hop near(origin_, kAll, kPublic);
  Hop far(origin_, kAll, kAll);
  Line direct = near.From(origin_, "all");
  near.Pull("one", &direct);
  ASSERT_EQ(near.came().size(), kMaxLookedUp + 101);
  pb::PullLaneRequest request;
  request.set_origin(origin_.signer->origin());
  const auto answer = near.relay->Serve("on", request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->pieces_size(), 1);
  EXPECT_EQ(answer->pieces(0).last(), kMaxLookedUp);
  EXPECT_TRUE(answer->pieces(0).items().empty());
  Line on = far.From(near);
  far.Pull("one", &on);
  EXPECT_THAT(far.came(), ElementsAre(open));
  EXPECT_EQ(far.settled("one"), origin_.hub.log().head().sequence);
}

TEST_F(RelayTest, ServesNobodyWhoIsNotToHaveThatOrigin) {
  Say();
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Line direct = near.From(origin_, "all");
  near.Pull("one", &direct);
  pb::PullLaneRequest request;
  request.set_origin(origin_.signer->origin());
  EXPECT_EQ(near.relay->Serve("one", request).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(near.relay->Serve("stranger", request).status().code(), absl::StatusCode::kNotFound);
  request.set_origin(near.hub.signer->origin());
  EXPECT_EQ(near.relay->Serve("on", request).status().code(), absl::StatusCode::kNotFound);
}

// Whoever asks for it still is told what to ask for, and not that somebody has struck it out.
TEST_F(RelayTest, WhoeverAsksForTheLogThatThisOneGoesOnFromIsToldSo) {
  Hop near(origin_, kAll, kAll);
  const std::string own = near.hub.signer->origin();
  const std::string former = "old.example/igf/0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11";
  const std::string note =
      absl::StrCat(former, "\n7\n", absl::Base64Escape(std::string(32, 'r')), "\n\n");
  pb::PullLaneRequest request;
  request.set_origin(former);
  EXPECT_THAT(std::string(near.relay->Serve("on", request).status().message()),
              ::testing::HasSubstr("does not relay the lane of old.example"));
  ASSERT_TRUE(sequencer::AppendQuote(ParseOrigin(own)->hub, note, 1, &near.hub.hub.log()).ok());
  const absl::Status told = near.relay->Serve("on", request).status();
  EXPECT_EQ(told.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(told.message()),
              ::testing::HasSubstr(absl::StrCat("ended at 7, and goes on as ", own)));
}

TEST_F(RelayTest, WhatComesByAnotherPeerAfterwardsIsServedLate) {
  const uint64_t open = Say();
  const uint64_t closed = Say("igf/partners");
  const uint64_t open_too = Say();
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Hop far(origin_, kAll, kAll);
  Line some = near.From(origin_, "some");
  Line all = near.From(origin_, "all");
  Line on = far.From(near);
  near.Pull("one", &some);
  far.Pull("one", &on);
  EXPECT_THAT(far.came(), ElementsAre(open, open_too));
  near.Pull("two", &all);
  EXPECT_THAT(near.came(), ElementsAre(open, open_too, closed));
  far.Pull("one", &on);
  EXPECT_THAT(far.came(), ElementsAre(open, open_too, closed));
  EXPECT_EQ(on.late, 1) << "what it has is not sent again";
  far.Pull("one", &on);
  EXPECT_EQ(on.late, 1);
}

// It came back with a log that was lost: what its lane had written beside it did not, and that
// lane may never go through it once more.
TEST_F(RelayTest, WhatIsLateIsProvenByWhatIsKeptBesideItWhereItsRowIsGone) {
  Say();
  std::vector<uint64_t> closed;
  for (int i = 0; i < 6; ++i) closed.push_back(Say("igf/partners"));
  Say();
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Hop far(origin_, kAll, kAll);
  Line some = near.From(origin_, "some");
  Line all = near.From(origin_, "all");
  Line on = far.From(near);
  near.Pull("one", &some);
  far.Pull("one", &on);
  EXPECT_EQ(far.came().size(), 2u);
  const std::vector<KeptRow> before = near.tree();
  near.Pull("two", &all);
  near.PutTreeBack(before);
  far.Pull("one", &on);
  for (const uint64_t sequence : closed) EXPECT_THAT(far.came(), Contains(sequence));
}

// The relay is another log by now, or the same one that was put back: numbers of before say
// nothing.
TEST_F(RelayTest, WhatIsLateAtARelayThatWasSetUpAnewIsServedOn) {
  for (const int grown : {0, 30}) {
    const uint64_t open = Say();
    const uint64_t closed = Say("igf/partners");
    const uint64_t open_too = Say();
    origin_.Sign();
    Hop near(origin_, kAll, kAll);
    Hop again(origin_, kAll, kAll);
    Hop far(origin_, kAll, kAll);
    const Hop* relay = &near;
    Line some = near.From(origin_, "some");
    Line all = again.From(origin_, "all");
    Line on([&](const auto& request) { return relay->relay->Serve("on", request); });
    near.hub.PublishMany(Signal("of its own", "org/fictional-a"), 12);
    near.Pull("one", &some);
    far.Pull("one", &on);
    far.Pull("one", &on);
    EXPECT_THAT(far.came(), Not(Contains(closed)));
    // It comes to the other one in its order, with a number that the peer is past, or would be.
    again.Pull("two", &all);
    again.hub.PublishMany(Signal("of its own", "org/fictional-a"), grown);
    relay = &again;
    far.Pull("one", &on);
    EXPECT_THAT(far.came(), AllOf(Contains(open), Contains(open_too), Contains(closed)));
    on.late = 0;
    far.Pull("one", &on);
    EXPECT_EQ(on.late, 0) << "the cursor is of the new log from then on";
  }
}

// What comes late is nothing without what leads to the answer's head.
TEST_F(RelayTest, MuchThatIsLateDoesNotTakeThePlaceOfWhatIsNew) {
  std::vector<uint64_t> said;
  for (int i = 0; i < 12; ++i) said.push_back(Say(i == 0 ? "igf/public" : "igf/partners"));
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Hop far(origin_, kAll, kAll);
  Line some = near.From(origin_, "some");
  Line all = near.From(origin_, "all");
  Line on([&](pb::PullLaneRequest request) {
    request.set_max_items(4);
    return near.relay->Serve("on", request);
  });
  near.Pull("one", &some);
  far.Pull("one", &on);
  for (int i = 0; i < 6; ++i) said.push_back(Say());
  origin_.Sign();
  near.Pull("two", &all);
  for (int i = 0; i < 20; ++i) far.Pull("one", &on);
  std::vector<uint64_t> came = far.came();
  std::sort(came.begin(), came.end());
  EXPECT_EQ(came, said);
}

// Without a mark there is its number alone, and what enters there from then on has those of what
// went.
TEST_F(RelayTest, WhereNoMarkTellsTheCursorOfWhatIsLateGoesBackWithTheRelay) {
  for (const bool is_marked : {false, true}) {
    Say();
    origin_.Sign();
    Hop put_back(origin_, kAll, kAll);
    Hop near(origin_, kAll, kAll);
    Hop far(origin_, kAll, kAll);
    Line all = put_back.From(origin_, "all");
    put_back.Pull("one", &all);
    near.hub.PublishMany(Signal("of its own", "org/fictional-a"), 12);
    Say();
    origin_.Sign();
    Line all_of_it = near.From(origin_, "all");
    near.Pull("one", &all_of_it);
    const Hop* relay = &near;
    uint64_t asked = 0;
    Line on([&](const auto& request) {
      asked = request.late_after();
      auto response = relay->relay->Serve("on", request);
      if (response.ok() && !is_marked) response->clear_late_mark();
      return response;
    });
    far.Pull("one", &on);
    relay = &put_back;
    far.Pull("one", &on);
    const uint64_t before = near.hub.hub_log().head().sequence;
    const uint64_t now = put_back.hub.hub_log().head().sequence;
    EXPECT_EQ(asked, before);
    far.Pull("one", &on);
    EXPECT_EQ(asked, is_marked ? before : now);
    EXPECT_LT(now, before);
  }
}

TEST_F(RelayTest, AReceiptIsOfTheLogAsItIs) {
  const uint64_t open = Say();
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Line all = near.From(origin_, "all");
  near.Pull("one", &all);
  testing::FakeEntry entry;
  Receipts receipts(&entry, [](const std::string& what) { ADD_FAILURE() << what; });
  pb::PullLaneRequest request;
  request.set_origin(origin_.signer->origin());
  request.set_settled(open);
  const auto noted = [&] {
    const auto served =
        ServeLane(near.rules(), near.relay.get(), &receipts, "on", request, absl::Now());
    EXPECT_TRUE(served.ok()) << served.status();
    request.set_late_after(served->late_through());
    request.set_late_mark(served->late_mark());
    return receipts.Of("org/fictional-on", request.origin())->late_after();
  };
  noted();
  EXPECT_EQ(noted(), near.hub.hub_log().head().sequence);
  request.clear_late_mark();
  EXPECT_EQ(noted(), near.hub.hub_log().head().sequence) << "who knows of no mark";
  request.set_late_mark(std::string(32, 'x'));
  EXPECT_EQ(noted(), 0u) << "that was said of another log";
}

// One lane has it all as few hashes, the other one stands in the middle of them, perhaps for good:
// what is there waits, and nothing else does.
TEST_F(RelayTest, WhoStandsInAStretchOfAnothersHoldsUpThatStretchAlone) {
  std::vector<uint64_t> open;
  for (int i = 0; i < 4; ++i) open.push_back(Say());
  std::vector<uint64_t> all_of_it = open;
  for (int i = 0; i < 40; ++i) all_of_it.push_back(Say("igf/partners"));
  for (int i = 0; i < 4; ++i) open.push_back(Say());
  all_of_it.insert(all_of_it.end(), open.begin() + 4, open.end());
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Hop far(origin_, kAll, kAll);
  Line some = near.From(origin_, "some");
  Line on = far.From(near);
  near.Pull("one", &some);
  near.PullSome("two", origin_, "all", 17);
  const size_t at_near = near.came().size();
  EXPECT_GT(at_near, open.size());
  far.Pull("one", &on);
  EXPECT_EQ(far.settled("one"), origin_.hub.log().head().sequence);
  EXPECT_GE(far.came().size(), open.size());
  open.push_back(Say());
  all_of_it.push_back(open.back());
  origin_.Sign();
  near.Pull("one", &some);
  far.Pull("one", &on);
  std::vector<uint64_t> came = far.came();
  EXPECT_EQ(came.back(), open.back()) << "it goes on";
  Line all = near.From(origin_, "all");
  near.Pull("two", &all);
  far.Pull("one", &on);
  came = far.came();
  std::sort(came.begin(), came.end());
  EXPECT_EQ(came, all_of_it) << "once, and all of it";
  far.Pull("one", &on);
  EXPECT_EQ(far.came().size(), all_of_it.size());
}

// The same event may stand in the relay's log as another's, long before: what is late does not
// begin there.
TEST_F(RelayTest, WhatAnotherBroughtOfAStretchDoesNotBringAllThatIsBeforeItOnceMore) {
  for (int i = 0; i < 4; ++i) Say();
  std::vector<uint64_t> both;
  for (int i = 0; i < 20; ++i) {
    both.push_back(Say("igf/partners"));
    Say("igf/partners");
  }
  for (int i = 0; i < 4; ++i) Say();
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Hop far(origin_, kAll, kAll);
  testing::FictionalOrigin other;
  for (const uint64_t sequence : both) {
    const storage::StoredEvent event = *origin_.hub.log().Read(sequence);
    pb::SignedEvent said;
    said.set_header(event.header);
    for (const storage::StoredSection& section : event.sections) {
      pb::Section& added = *said.add_sections();
      added.set_kind(static_cast<pb::SectionKind>(section.kind));
      added.set_salt(section.salt);
      added.set_data(section.data);
    }
    const Item item = other.Enter(said);
    testing::Take(&near.hub, other.Proven(item), other.origin, other.head(), "other");
  }
  Line some = near.From(origin_, "some");
  Line on = far.From(near);
  near.Pull("one", &some);
  near.PullSome("two", origin_, "all", 17);
  far.Pull("one", &on);
  EXPECT_EQ(far.settled("one"), origin_.hub.log().head().sequence);
  EXPECT_GT(far.came().size(), 8u);
  far.Pull("one", &on);
  EXPECT_EQ(far.duplicates("one"), 0u);
}

// What came late proves all that its own proof says, so that it can go on as late once more.
TEST_F(RelayTest, WhatCameLateGoesOnAsLate) {
  std::vector<uint64_t> said;
  for (int i = 0; i < 21; ++i) said.push_back(Say(i % 7 == 3 ? "igf/public" : "igf/partners"));
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Hop far(origin_, kAll, kAll);
  Hop farther(origin_, kAll, kAll);
  Line some = near.From(origin_, "some");
  Line all = near.From(origin_, "all");
  Line on = far.From(near);
  Line farther_on = farther.From(far);
  near.Pull("one", &some);
  far.Pull("one", &on);
  farther.Pull("one", &farther_on);
  EXPECT_EQ(farther.came().size(), 3u);
  near.Pull("two", &all);
  far.Pull("one", &on);
  farther.Pull("one", &farther_on);
  std::vector<uint64_t> came = farther.came();
  std::sort(came.begin(), came.end());
  EXPECT_EQ(came, said);
}

TEST_F(RelayTest, WhatWasErasedAtTheOriginIsServedAsErased) {
  const uint64_t said = Say();
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Line direct = near.From(origin_, "all");
  near.Pull("one", &direct);
  origin_.Publish(
      RedactionDraft("org/fictional-a", origin_.DigestOf(said), pb::SECTION_KIND_CONTENT));
  origin_.Sign();
  near.Pull("one", &direct);
  Hop far(origin_, kAll, kAll);
  Line on = far.From(near);
  far.Pull("one", &on);
  const auto here = far.hub.hub.log().FindByDigest(origin_.DigestOf(said));
  ASSERT_TRUE(here.ok() && *here);
  const auto event = far.hub.hub.log().Read(**here);
  ASSERT_TRUE(event.ok());
  for (const storage::StoredSection& section : event->sections) {
    if (section.kind != pb::SECTION_KIND_CONTENT) continue;
    EXPECT_TRUE(section.data.empty());
  }
}

// Whoever stands behind it has all that it has, and does not know how much there is.
TEST_F(RelayTest, ARelayThatHearsNothingNewSaysSo) {
  const uint64_t said = Say();
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Line direct = near.From(origin_, "all");
  near.Pull("one", &direct);
  near.SetDeaf("takes nothing of it");
  Hop far(origin_, kAll, kAll);
  Line on = far.From(near);
  far.Pull("one", &on);
  EXPECT_THAT(far.came(), ElementsAre(said)) << "what it has it hands on";
  far.Pull("one", &on);
  EXPECT_EQ(far.trouble("one"), "it relays this log, and takes nothing of it");
  near.SetDeaf("");
  far.Pull("one", &on);
  EXPECT_EQ(far.trouble("one"), "");
}

// Whoever erases is told by their own hub; here nobody else would say it.
TEST_F(RelayTest, BackupsThatHoldWhatAnotherHubHasErasedAreNamed) {
  const uint64_t said = Say();
  origin_.Sign();
  Hop near(origin_, kAll, kAll);
  Line direct = near.From(origin_, "all");
  near.Pull("one", &direct);
  storage::BackupOptions options;
  options.folder = near.hub.dir.path() + "/backups";
  options.reserve_size_bytes = 1 << 20;
  backup::BackupKeeper keeper(&near.hub.hub.log(), options);
  absl::Notification done;
  ASSERT_TRUE(keeper
                  .BackUp({false, [](const storage::BackupProgress&) {},
                           [&](const absl::StatusOr<storage::BackupMade>& made) {
                             EXPECT_TRUE(made.ok()) << made.status();
                             done.Notify();
                           }})
                  .ok());
  done.WaitForNotification();
  const auto before = backup::WordsHeldOfOthers(near.hub.hub.log(), keeper, 0);
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_THAT(before->told, IsEmpty());
  EXPECT_EQ(before->through, near.hub.hub.log().head().sequence);
  origin_.Publish(
      RedactionDraft("org/fictional-a", origin_.DigestOf(said), pb::SECTION_KIND_CONTENT));
  origin_.Sign();
  near.Pull("one", &direct);
  const auto held = backup::WordsHeldOfOthers(near.hub.hub.log(), keeper, before->through);
  ASSERT_TRUE(held.ok()) << held.status();
  ASSERT_EQ(held->told.size(), 1u);
  EXPECT_THAT(held->told[0], ::testing::AllOf(::testing::HasSubstr("the backup 1 holds them"),
                                              ::testing::HasSubstr("--purge-erased")));
  const auto after = backup::WordsHeldOfOthers(near.hub.hub.log(), keeper, held->through);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_THAT(after->told, IsEmpty()) << "once";
  // What was erased by this hub's own word its own answer has named.
  const auto own = backup::WordsHeldOfOthers(origin_.hub.log(), keeper, 0);
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_THAT(own->told, IsEmpty());
}

// A relay that was set up anew, and was shown in one stretch what the one before had in two: it
// cannot prove what comes in the middle, and says so.
TEST_F(RelayTest, ARelayThatCannotProveSaysSo) {
  Say();
  uint64_t last = Say("igf/partners");
  while (last % 2 == 0 || last < 5) last = Say("igf/partners");
  origin_.Sign();
  Hop before(origin_, kAll, kAll);
  Hop far(origin_, kAll, kAll);
  Line all = before.From(origin_, "all");
  before.Pull("one", &all);
  const Hop* serving = &before;
  Line on([&](const auto& request) { return serving->relay->Serve("on", request); });
  far.Pull("one", &on);
  EXPECT_EQ(far.settled("one"), last);
  EXPECT_EQ(far.trouble("one"), "");

  Say("igf/partners");
  const uint64_t end = Say();
  origin_.Sign();
  Hop anew(origin_, kAll, kPublic);  // and other rules
  Hop empty(origin_, kAll, kAll);
  serving = &empty;
  far.Pull("one", &on);
  EXPECT_THAT(far.trouble("one"), ::testing::HasSubstr("nothing of it has come there whole yet"));
  empty.SetDeaf("asks nobody for it");
  far.Pull("one", &on);
  EXPECT_THAT(far.trouble("one"), ::testing::HasSubstr("whole yet, and asks nobody for it"));
  Line some = anew.From(origin_, "some");
  anew.Pull("one", &some);
  serving = &anew;
  far.Pull("one", &on);
  EXPECT_EQ(far.settled("one"), last) << "what was settled stays so";
  EXPECT_THAT(far.trouble("one"), ::testing::HasSubstr("cannot prove what comes behind"));
  // Once it can, all goes on; and the other rules begin the lane anew.
  Line all_anew = anew.From(origin_, "all");
  anew.Pull("two", &all_anew);
  far.Pull("one", &on);
  EXPECT_EQ(far.trouble("one"), "");
  EXPECT_EQ(far.settled("one"), end);
  EXPECT_EQ(far.came().back(), end);
}

// A head of one size with another root: who is shown both knows, by whichever peers they come.
TEST_F(RelayTest, HeadsOfOneOriginAreComparedWhicheverPeerShowsThem) {
  Hop near(origin_, kAll, kAll);
  const auto replica = near.ReplicaOf();
  ASSERT_TRUE(replica.ok());
  const Head one{7, record::Sha256Of("one"), "the note of one"};
  const Head other{7, record::Sha256Of("other"), "the note of the other"};
  EXPECT_FALSE((*replica)->Contradiction(one));
  EXPECT_FALSE((*replica)->Contradiction(one));
  EXPECT_FALSE((*replica)->Contradiction({8, other.root, "another size"}));
  const auto found = (*replica)->Contradiction(other);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->note, one.note);
}

// The same log under another key, as where one was lost: nothing is served that the key which is
// pinned did not sign, nothing is lost, and nothing comes twice.
TEST_F(RelayTest, UnderAnotherKeyAllOfItIsProvenAnew) {
  std::vector<uint64_t> said{Say(), Say("igf/partners"), Say()};
  origin_.Sign();
  testing::TempDir folder;
  const transparency::LogKeyOptions keys{folder.path() + "/keys", "igf", "hub.example",
                                         origin_.hub.log().log_id()};
  transparency::NoteFile log_record(transparency::CheckpointFile(keys));
  transparency::NoteFile registry_record(transparency::RegistryCheckpointFile(keys));
  transparency::Signer renewed(&origin_.hub.log(), &storage::TreesOf(origin_.hub.log()),
                               *transparency::FindOrMakeLogKey(keys),
                               {&log_record, &registry_record});
  ASSERT_TRUE(renewed.Open().ok());
  const Source source(&origin_.hub.log(), &renewed, &origin_.policy);
  ASSERT_NE(renewed.verifier().ToString(), origin_.signer->verifier().ToString());
  ASSERT_EQ(renewed.origin(), origin_.signer->origin());

  Hop near(origin_, kAll, kAll);
  Hop far(origin_, kAll, kAll);
  Line some = near.From(origin_, "some");
  Line all = near.From(origin_, "all");
  Line on = far.From(near);
  near.Pull("one", &some);
  far.Pull("one", &on);
  near.Pull("two", &all);
  far.Pull("one", &on);
  const std::vector<uint64_t> came = far.came();
  EXPECT_EQ(came.size(), said.size());
  pb::PullLaneRequest request;
  request.set_origin(renewed.origin());
  const std::string before = near.relay->Serve("on", request)->head();
  EXPECT_FALSE(before.empty());

  said.push_back(Say());
  ASSERT_TRUE(renewed.SignHead().ok());
  Line again([&source](const auto& asked) { return source.Serve("all", asked); });
  for (int i = 0; i < 2; ++i) {
    near.Pin(renewed.verifier());
    far.Pin(renewed.verifier());
    if (i == 1) near.Start();
    if (i == 1) far.Start();
    ASSERT_TRUE(near.ReplicaOf().ok());
    if (i == 0) {
      EXPECT_EQ(near.relay->Serve("on", request)->head(), "") << "signed by a key of before";
    }
    near.Pull("one", &again);
    far.Pull("one", &on);
    EXPECT_EQ(far.settled("one"), origin_.hub.log().head().sequence);
    EXPECT_EQ(near.came().size(), said.size());
    EXPECT_EQ(far.came().size(), said.size());
    near.Pin(origin_.signer->verifier());
    ASSERT_TRUE(near.ReplicaOf().ok());
    if (i == 0) {
      EXPECT_EQ(near.relay->Serve("on", request)->head(), before) << "which is still true of it";
    }
  }
}

// Whatever is said, and whoever was pulled from when: in the end everything is there once.
TEST_F(RelayTest, EverythingArrivesOnceWhateverTheOrder) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  Hop near(origin_, kAll, kAll);
  Hop far(origin_, kAll, kAll);
  Hop farther(origin_, kAll, kAll);
  Line some = near.From(origin_, "some");
  Line all = near.From(origin_, "all");
  Line on = far.From(near);
  Line farther_on = farther.From(far);
  std::vector<uint64_t> said;
  for (int i = 0; i < 300; ++i) {
    switch (random() % 7) {
      case 0:
        near.Pull("one", &some);
        break;
      case 1:
        if (random() % 4 == 0) {
          near.Pull("two", &all);
        } else {
          near.PullSome("two", origin_, "all", 1 + random() % 9);
        }
        break;
      case 2:
        far.Pull("one", &on);
        break;
      case 3:
        farther.Pull("one", &farther_on);
        break;
      default:
        said.push_back(Say(random() % 3 == 0 ? "igf/public" : "igf/partners"));
        origin_.Sign();
    }
  }
  near.Pull("one", &some);
  near.Pull("two", &all);
  for (int i = 0; i < 2; ++i) {
    far.Pull("one", &on);
    farther.Pull("one", &farther_on);
  }
  for (Hop* hop : {&near, &far, &farther}) {
    std::vector<uint64_t> came = hop->came();
    std::sort(came.begin(), came.end());
    EXPECT_EQ(came, said);
  }
}

}  // namespace
}  // namespace liaison::federation
