// Leaves of a log whose events it has from elsewhere: who is shown them, who keeps them, and who
// gets them back. Everybody in it is fictional.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "fictional_origin.h"
#include "proto/record/foreign.h"
#include "pulling_side.h"
#include "server/federation/lane_puller.h"
#include "server/federation/limits.h"
#include "server/federation/relay.h"
#include "server/federation/source.h"
#include "shown_hub.h"
#include "taken_event.h"

namespace liaison::federation {
namespace {

using ::testing::ElementsAre;
using testing::FictionalOrigin;
using ::testing::IsEmpty;
using testing::Line;
using testing::PolicyFor;
using testing::Side;
using testing::Signal;

// --- who is shown them ---------------------------------------------------------------------------

constexpr char kFar[] = "hub.example/far/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a02";
constexpr char kBoth[] = "hub.example/both/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a03";
constexpr char kFarther[] = "hub.example/farther/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a04";

// Fictional.
constexpr char kTakesPolicy[] = R"(
[peer.regional]
organisation = "org/fictional-regional"
origins = ["$regional"]
[peer.mid]
organisation = "org/fictional-mid"
origins = ["$far", "$remote"]
[peer.one]
organisation = "org/fictional-one"
origins = ["$both"]
[peer.two]
organisation = "org/fictional-two"
origins = ["$both"]
[peer.behind]
organisation = "org/fictional-behind"
relays = ["$regional"]
[[peer.behind.send]]
name = "what is public"
audiences = ["regional/public", "far/public"]
topics = "*"
types = "*"
authors = "*"
[peer.narrow]
organisation = "org/fictional-narrow"
relays = ["$regional"]
[[peer.narrow.send]]
name = "what is public here"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = "*"
[peer.nothing]
organisation = "org/fictional-nothing"
)";

class ShownLeavesTest : public ::testing::Test {
 protected:
  ShownLeavesTest() {
    std::string text = absl::StrReplaceAll(kTakesPolicy, {{"$regional", testing::kRegional},
                                                          {"$far", kFar},
                                                          {"$both", kBoth},
                                                          {"$remote", kFarther}});
    for (const FictionalOrigin* each : {&regional_, &far_, &both_, &farther_}) {
      absl::StrAppend(&text, "[origin.\"", each->origin.name, "\"]\nvkey = \"",
                      each->log_key.verifier().ToString(), "\"\n");
    }
    shown_ = std::make_unique<testing::ShownHub>(text);
  }
  uint64_t Take(FictionalOrigin* from, const std::string& audience, const std::string& by) {
    pb::Draft draft = FictionalOrigin::Signal();
    draft.set_audience(audience);
    return testing::Take(shown_.get(), from, draft, by);
  }
  // Of what the peer is shown, all of it leaves alone.
  std::vector<uint64_t> ShownTo(const std::string& peer, bool keeps = true) {
    pb::PullLaneRequest request;
    request.set_origin(shown_->source->origin());
    request.set_bare_leaves(keeps);
    const auto response = shown_->source->Serve(peer, request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<uint64_t> shown;
    for (const pb::LanePiece& piece : response->pieces()) {
      for (const pb::LaneItem& item : piece.items()) {
        shown.push_back(item.sequence());
        EXPECT_EQ(item.leaf(), shown_->hub.log().ReadHeader(item.sequence())->leaf);
        EXPECT_TRUE(item.header().empty() && item.sections().empty() && item.evidence().empty());
      }
    }
    return shown;
  }

  FictionalOrigin regional_{testing::kRegional}, far_{kFar}, both_{kBoth}, farther_{kFarther};
  std::unique_ptr<testing::ShownHub> shown_;
};

TEST_F(ShownLeavesTest, GoToWhoHasTheEventOrMayHaveIt) {
  const uint64_t open = Take(&regional_, "regional/public", "regional");
  const uint64_t closed = Take(&regional_, "regional/partners", "regional");
  const uint64_t far = Take(&far_, "far/public", "mid");
  Take(&both_, "both/public", "one");
  pb::Draft own = Signal("fictional", "org/fictional-a");
  own.set_audience("igf/mag");
  shown_->Publish(own);
  shown_->Sign();
  EXPECT_THAT(ShownTo("regional"), ElementsAre(open, closed)) << "its own, and nobody else's";
  EXPECT_THAT(ShownTo("mid"), ElementsAre(far)) << "there is no other way by which it came";
  EXPECT_THAT(ShownTo("one"), IsEmpty()) << "the other one may have brought it";
  EXPECT_THAT(ShownTo("two"), IsEmpty());
  EXPECT_THAT(ShownTo("behind"), ElementsAre(open)) << "it may have that event from here";
  EXPECT_THAT(ShownTo("narrow"), IsEmpty());
  EXPECT_THAT(ShownTo("nothing"), IsEmpty());
  for (const char* peer : {"regional", "mid", "behind"}) {
    EXPECT_THAT(ShownTo(peer, /*keeps=*/false), IsEmpty()) << "it would take that for a fault";
  }
}

// It was a peer once, and may have been shown what this one was not.
TEST_F(ShownLeavesTest, OfWhatMayHaveComeByAPeerOfBeforeNobodyIsShownTheLeaf) {
  Take(&far_, "far/public", "gone");
  Take(&far_, "far/public", "mid");
  shown_->Sign();
  EXPECT_THAT(ShownTo("mid"), IsEmpty());
}

// The lanes are read once for all that one answer asks of them.
TEST_F(ShownLeavesTest, OneAnswerTellsApartByWhomEachOriginCame) {
  const uint64_t far = Take(&far_, "far/public", "mid");
  Take(&farther_, "far/public", "gone");
  const uint64_t far_again = Take(&far_, "far/public", "mid");
  Take(&farther_, "far/public", "mid");
  shown_->Sign();
  EXPECT_THAT(ShownTo("mid"), ElementsAre(far, far_again));
}

// --- who keeps them ------------------------------------------------------------------------------

pb::SignedEvent AnEvent() {
  return record::BuildEvent(FictionalOrigin::Signal(), nullptr, absl::UnixEpoch(), testing::SaltOf);
}

class KeptLeavesTest : public ::testing::Test {
 protected:
  KeptLeavesTest()
      : policy_(*Policy::Parse(absl::StrReplaceAll(
            PolicyFor("regional/public"),
            {{"$origin", testing::kRegional}, {"$vkey", origin_.log_key.verifier().ToString()}}))) {
  }

  FictionalOrigin origin_;
  const Policy policy_;
};

// Sequences of that origin one by one, and the rest hidden.
pb::PullLaneResponse ServeAlone(const FictionalOrigin& origin,
                                const std::map<uint64_t, std::string>& leaves,
                                const pb::PullLaneRequest& request) {
  pb::PullLaneResponse response;
  response.set_head(origin.head().note);
  response.set_registry_head(origin.registry_head().note);
  const auto hide = [&](uint64_t end) {
    const uint64_t begin = response.pieces_size() == 0
                               ? request.settled()
                               : response.pieces(response.pieces_size() - 1).last();
    if (begin >= end) return;
    pb::LanePiece& piece = *response.add_pieces();
    piece.set_first(begin + 1);
    piece.set_last(end);
    for (const record::Hash& hash : origin.Cover(begin, end)) {
      piece.add_withheld(std::string(hash.bytes()));
    }
  };
  for (const auto& [sequence, leaf] : leaves) {
    if (sequence <= request.settled()) continue;
    hide(sequence - 1);
    pb::LanePiece& piece = *response.add_pieces();
    piece.set_first(sequence);
    piece.set_last(sequence);
    piece.add_items()->set_sequence(sequence);
    piece.mutable_items(0)->set_leaf(leaf);
  }
  hide(origin.leaves.size());
  return response;
}

TEST_F(KeptLeavesTest, ALeafThatComesAloneIsKeptAndIsNoFault) {
  origin_.Attested(FictionalOrigin::Signal());
  const std::string leaf = origin_.Enter(AnEvent(), record::LeafKind::kRelayed).leaf;
  origin_.Attested(FictionalOrigin::Signal());
  bool asked = false;
  Line line{[&](const pb::PullLaneRequest& request) {
    asked = request.bare_leaves() && !request.give_back();
    return ServeAlone(origin_, {{2, leaf}}, request);
  }};
  Side side(&policy_, testing::kRegional, &line);
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_TRUE(asked);
  EXPECT_THAT(side.entry.sequences(), IsEmpty()) << "it is no event of this lane";
  EXPECT_EQ(side.count("elsewhere"), 1u);
  EXPECT_EQ(side.count("not-shown"), 2u);
  EXPECT_EQ(side.count("withheld") + side.count("rejected"), 0u);
  EXPECT_EQ(side.lane->row().remarks_size(), 0);
  EXPECT_EQ(side.lane->row().passed(1).verdict(), "elsewhere");
  EXPECT_EQ(side.peer().state(), rows::STATE_UNSPECIFIED);
  EXPECT_EQ(*side.entry.Find(TailRowKey(testing::kRegional, 1)), leaf);
  EXPECT_EQ(*side.entry.Find(TailRowKey(testing::kRegional, 0)), std::nullopt);
}

TEST_F(KeptLeavesTest, ALeafAloneThatTheOriginDoesNotHaveIsNotKept) {
  origin_.Attested(FictionalOrigin::Signal());
  std::string forged = origin_.Enter(AnEvent(), record::LeafKind::kRelayed).leaf;
  forged.back() = static_cast<char>(forged.back() ^ 1);
  Line line{[&](const pb::PullLaneRequest& request) {
    return ServeAlone(origin_, {{2, forged}}, request);
  }};
  Side side(&policy_, testing::kRegional, &line);
  EXPECT_EQ(side.TakeAll(), Next::kNotNow);
  EXPECT_EQ(side.peer().cause(), rows::CAUSE_UNPROVEN);
  EXPECT_EQ(*side.entry.Find(TailRowKey(testing::kRegional, 1)), std::nullopt);
}

TEST_F(KeptLeavesTest, OnlyTheNewestLeavesAreKept) {
  std::map<uint64_t, std::string> leaves;
  std::string rules = "1";
  const auto relay = [&] {
    const Item item = origin_.Enter(AnEvent(), record::LeafKind::kRelayed);
    leaves[item.sequence] = item.leaf;
    return item.leaf;
  };
  Line line{[&](const pb::PullLaneRequest& request) {
    pb::PullLaneResponse response = ServeAlone(origin_, leaves, request);
    response.set_rules(rules);
    return response;
  }};
  Side side(&policy_, testing::kRegional, &line);
  const std::string first = relay();
  const std::string second = relay();
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_EQ(*side.entry.Find(TailRowKey(testing::kRegional, 0)), first);
  while (origin_.leaves.size() < kMaxTailLeaves) {
    origin_.leaves.push_back(record::LeafHash(absl::StrCat(origin_.leaves.size())));
  }
  const std::string newest = relay();
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_EQ(*side.entry.Find(TailRowKey(testing::kRegional, 0)), newest);
  EXPECT_EQ(*side.entry.Find(TailRowKey(testing::kRegional, 1)), second);
  const auto kept = side.entry.List("federation/tail/", "", 100);
  EXPECT_EQ(kept->size(), 2u);
  // Old ones pass once more, and do not take the place of new ones.
  leaves.erase(kMaxTailLeaves + 1);
  rules = "2";
  side.now += kRewindPause;
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_EQ(side.count("elsewhere"), 2u);
  EXPECT_EQ(*side.entry.Find(TailRowKey(testing::kRegional, 0)), newest);
}

// --- who gets them back --------------------------------------------------------------------------

// Two hubs that take from each other. Both call themselves `igf`.
class GivenBackTest : public ::testing::Test {
 protected:
  static constexpr char kAny[] = "topics = \"*\"\ntypes = \"*\"\nauthors = \"*\"\n";
  GivenBackTest() {
    lost_.policy = PolicyOf("here", here_, "");
    const std::string relays = absl::StrCat("relays = [\"", lost_.signer->origin(), "\"]\n");
    here_.policy = PolicyOf("lost", lost_, relays,
                            absl::StrCat("[peer.third]\norganisation = \"org/fictional-third\"\n",
                                         relays, SendsWhatIsPublic("third")));
    goes_ = Say("igf/public");
    stays_ = Say("igf/mag");
    here_.Sign();
    goes_there_ = testing::Take(&lost_, &here_, goes_, "here");
    stays_there_ = testing::Take(&lost_, &here_, stays_, "here");
    lost_.Publish(Signal("fictional", "org/fictional-a"));
    lost_.Sign();
    Pull();
  }
  // What is public goes there, all of it is taken from there.
  static std::string SendsWhatIsPublic(const std::string& peer) {
    return absl::StrCat("[[peer.", peer,
                        ".send]]\nname = \"public\"\naudiences = [\"igf/public\"]\n", kAny);
  }
  static Policy PolicyOf(const std::string& peer, const testing::ShownHub& its,
                         const std::string& more, const std::string& others = "") {
    const std::string& origin = its.signer->origin();
    auto policy = Policy::Parse(absl::StrCat(
        "[peer.", peer, "]\naddress = \"", peer, ".example:1\"\norganisation = \"org/fictional-",
        peer, "\"\norigins = [\"", origin, "\"]\n", more, SendsWhatIsPublic(peer), others,
        "[origin.\"", origin, "\"]\nvkey = \"", its.signer->verifier().ToString(),
        "\"\n[[origin.\"", origin,
        "\".receive]]\nname = \"all\"\naudiences = [\"igf/public\", \"igf/mag\"]\n", kAny));
    EXPECT_TRUE(policy.ok()) << policy.status();
    return *std::move(policy);
  }
  uint64_t Say(const std::string& audience) {
    pb::Draft draft = Signal("fictional", "org/fictional-a");
    draft.set_audience(audience);
    return here_.Publish(draft);
  }
  // All of the log that is going to be lost.
  void Pull() {
    const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
    Standings standings({&entry_, [] { return 0.5; },
                         [](const std::string& what) { ADD_FAILURE() << what; },
                         [now] { return now; }});
    ASSERT_TRUE(standings.Load(here_.policy, now).ok());
    const auto replica = replicas_.Of(lost_.signer->origin(), lost_.signer->verifier());
    ASSERT_TRUE(replica.ok()) << replica.status();
    Line line{[this](const auto& request) { return lost_.source->Serve("here", request); }};
    LanePuller lane({&here_.policy, &entry_, &standings, &line, *replica}, "lost",
                    lost_.signer->origin());
    ASSERT_TRUE(lane.Open().ok());
    for (Next next = Next::kMore; next == Next::kMore;) {
      const auto taken = lane.Take(now);
      ASSERT_TRUE(taken.ok()) << taken.status();
      next = *taken;
    }
  }
  // By sequence, what the relay shows of that log's events from elsewhere.
  std::map<uint64_t, pb::LaneItem> Relayed(bool gives_back = true, const std::string& to = "lost") {
    pb::PullLaneRequest request;
    request.set_origin(lost_.signer->origin());
    request.set_bare_leaves(!gives_back);
    request.set_give_back(gives_back);
    const auto response = relay_.Serve(to, request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::map<uint64_t, pb::LaneItem> found;
    for (const pb::LanePiece& piece : response->pieces()) {
      for (const pb::LaneItem& item : piece.items()) {
        if (record::DecodeLeaf(item.leaf())->relayed) found[item.sequence()] = item;
      }
    }
    return found;
  }

  testing::ShownHub lost_{""}, here_{""};
  OrderedEntry entry_{&here_.hub.log(), &here_.hub.proposals(),
                      [this] { return here_.hub.sequencer().registry(); }};
  Replicas replicas_{&entry_};
  Relay relay_{{&here_.hub.log(), here_.source.get(), &replicas_, &entry_}};
  uint64_t goes_ = 0, stays_ = 0, goes_there_ = 0, stays_there_ = 0;
};

TEST_F(GivenBackTest, TheEventComesWithItsLeafAndItsProofWhereThePolicyLetsItGo) {
  const auto items = Relayed();
  ASSERT_EQ(items.size(), 1u) << "what stays is proven by its hash alone";
  const pb::LaneItem& item = items.at(goes_there_);
  const storage::StoredEvent there = *lost_.hub.log().Read(goes_there_);
  EXPECT_EQ(item.leaf(), there.leaf);
  EXPECT_EQ(item.header(), there.header);
  ASSERT_EQ(static_cast<size_t>(item.sections_size()), there.sections.size());
  EXPECT_EQ(item.sections(0).data(), there.sections[0].data);
  const auto evidence = record::DecodeForeign(item.evidence());
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  EXPECT_TRUE(record::CheckForeign(*record::DecodeLeaf(there.leaf), *evidence).ok());
  EXPECT_TRUE(OpenHead(here_.signer->verifier(), evidence->proof.checkpoint).ok());
  EXPECT_EQ(*here_.hub.log().GetRow(storage::Table::kControl,
                                    TailRowKey(lost_.signer->origin(), stays_there_ - 1)),
            lost_.hub.log().Read(stays_there_)->leaf)
      << "the leaf is kept all the same";
}

TEST_F(GivenBackTest, ToWhoeverDoesNotAskForItNothingOfItIsShown) {
  EXPECT_THAT(Relayed(/*gives_back=*/false), IsEmpty());
}

// That log keeps the leaf from it, though the event itself may go there.
TEST_F(GivenBackTest, ToAPeerThatTakesTheSameLogNothingOfItIsShown) {
  EXPECT_THAT(Relayed(/*gives_back=*/true, "third"), IsEmpty());
}

TEST_F(GivenBackTest, ARowThatIsNotWhatWasProvenIsNotGivenBack) {
  record::Leaf other = *record::DecodeLeaf(lost_.hub.log().Read(goes_there_)->leaf);
  ++other.hub_time_us;
  ASSERT_TRUE(
      entry_.Keep(TailRowKey(lost_.signer->origin(), goes_there_ - 1), record::EncodeLeaf(other))
          .ok());
  EXPECT_THAT(Relayed(), IsEmpty());
}

}  // namespace
}  // namespace liaison::federation
