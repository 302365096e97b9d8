#include "server/federation/lane_puller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "fictional_origin.h"
#include "proto/record/errors.h"
#include "pulling_side.h"
#include "server/federation/limits.h"
#include "shown_hub.h"

namespace liaison::federation {
namespace {

using ::testing::ElementsAre;
using testing::FakeEntry;
using testing::FictionalOrigin;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Line;
using testing::PolicyFor;
using testing::Side;
using testing::Signal;

class LanePullerTest : public ::testing::Test {
 protected:
  uint64_t Say(const std::string& audience = "igf/public") {
    pb::Draft draft = Signal("fictional", "org/fictional-a");
    draft.set_audience(audience);
    return shown_.Publish(draft);
  }
  uint64_t head() { return shown_.hub.log().head().sequence; }

  testing::ShownHub shown_{PolicyFor("igf/public")};
  Line line_{[this](const pb::PullLaneRequest& request) {
    return shown_.source->Serve("regional", request);
  }};
  Side side_{&shown_.policy, shown_.source->origin(), &line_};
};

TEST_F(LanePullerTest, TakesWhatMayGoOnce) {
  const uint64_t first = Say();
  Say("igf/partners");
  const uint64_t second = Say();
  shown_.Sign();
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_THAT(side_.entry.sequences(), ElementsAre(first, second));
  EXPECT_EQ(side_.lane->row().settled(), head());
  EXPECT_EQ(side_.count("accepted"), 2u);
  EXPECT_EQ(side_.count("not-shown"), head() - 2);
  EXPECT_EQ(side_.entry.entered(0).item.header, shown_.hub.log().ReadHeader(first)->header);
  EXPECT_EQ(side_.peer().state(), rows::STATE_UNSPECIFIED) << "never anything but well";
  const int writes = side_.entry.writes;
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_EQ(side_.entry.writes, writes) << "nothing new is no write";
}

TEST_F(LanePullerTest, GoesOnWhereItStoodAfterARestart) {
  const uint64_t first = Say();
  shown_.Sign();
  side_.TakeAll();
  side_.Restart();
  EXPECT_EQ(side_.lane->row().settled(), head());
  const uint64_t second = Say();
  shown_.Sign();
  side_.TakeAll();
  EXPECT_THAT(side_.entry.sequences(), ElementsAre(first, second));
}

TEST_F(LanePullerTest, WhatIsNotKeptComesAgainAndIsNobodysFault) {
  const uint64_t said = Say();
  shown_.Sign();
  side_.entry.fails = 2;
  EXPECT_TRUE(absl::IsUnavailable(side_.lane->Take(side_.now).status()));
  EXPECT_EQ(side_.lane->row().settled(), 0u);
  EXPECT_FALSE(side_.lane->Take(side_.now).ok());
  side_.TakeAll();
  EXPECT_THAT(side_.entry.sequences(), ElementsAre(said));
  EXPECT_THAT(side_.reports, IsEmpty());
}

TEST_F(LanePullerTest, WhoHasAnsweredIsKnownUntilTheNextStart) {
  EXPECT_FALSE(side_.standings->OfPeer("igf", side_.now).reached);
  Say();
  shown_.Sign();
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_TRUE(side_.standings->OfPeer("igf", side_.now).reached);
  side_.Restart();
  EXPECT_FALSE(side_.standings->OfPeer("igf", side_.now).reached);
}

// An orderly stop: whoever is hung up on is not blamed, and what is not kept is not told.
TEST_F(LanePullerTest, AStopIsNobodysFault) {
  side_.standings->HangUp();
  line_.Cancel();
  for (uint32_t i = 0; i < kMissedCalls; ++i) EXPECT_EQ(side_.Take(), Next::kNotNow);
  EXPECT_EQ(side_.peer().missed_calls(), 0u);
  side_.entry.goes = true;
  side_.standings->FaultOfPeer("igf", rows::CAUSE_UNPROVEN, "a batch under way", side_.now);
  EXPECT_THAT(side_.reports, ElementsAre(HasSubstr("is left alone"))) << "and not `is not kept`";
}

TEST_F(LanePullerTest, AnotherCertificateEndsThePauseAndLosesNothing) {
  const uint64_t first = Say();
  shown_.Sign();
  bool refused = false;
  Line line{[&](const pb::PullLaneRequest& request) -> absl::StatusOr<pb::PullLaneResponse> {
    if (refused) {
      return record::Error(record::Reason::kCredentialInvalid, "the certificate has been revoked");
    }
    return shown_.source->Serve("regional", request);
  }};
  Side side(&shown_.policy, shown_.source->origin(), &line);
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  refused = true;
  for (int i = 0; i < 8; ++i) {
    side.Take();
    side.now += kLongestPause;
  }
  side.now -= kLongestPause;
  EXPECT_EQ(side.peer().state(), rows::STATE_DEGRADED);
  EXPECT_THAT(side.peer().why(), HasSubstr("has been revoked"));
  const uint64_t second = Say();
  shown_.Sign();
  refused = false;
  const int calls = line.calls;
  EXPECT_EQ(side.Take(), Next::kNotNow);
  EXPECT_EQ(line.calls, calls) << "within its pause it is not asked";
  line.has_new_way = true;
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_THAT(side.entry.sequences(), ElementsAre(first, second));
  EXPECT_EQ(side.peer().state(), rows::STATE_ACTIVE);
  EXPECT_THAT(side.reports, ElementsAre(HasSubstr("the profile for igf is another")));
}

TEST_F(LanePullerTest, WhatCameAnotherWayIsADuplicate) {
  Say();
  shown_.Sign();
  side_.TakeAll();
  // The same lane, begun anew: as another peer would serve it.
  ASSERT_TRUE(side_.entry
                  .Keep(LaneRowKey("igf", shown_.source->origin()),
                        Lane(shown_.source->origin()).ToRow().SerializeAsString())
                  .ok());
  side_.Restart();
  side_.TakeAll();
  EXPECT_EQ(side_.entry.sequences().size(), 1u);
  EXPECT_EQ(side_.count("duplicate"), 1u);
}

TEST_F(LanePullerTest, WhoDoesNotAnswerIsLeftAloneForAWhileAndNotForgotten) {
  Say();
  shown_.Sign();
  bool down = true;
  Line line{[&](const pb::PullLaneRequest& request) -> absl::StatusOr<pb::PullLaneResponse> {
    if (down) return absl::UnavailableError("nobody there");
    return shown_.source->Serve("regional", request);
  }};
  Side side(&shown_.policy, shown_.source->origin(), &line);
  EXPECT_EQ(side.Take(), Next::kNotNow);
  EXPECT_EQ(side.Take(), Next::kNotNow);
  EXPECT_EQ(line.calls, 1) << "within its pause it is not asked";
  side.Restart();
  EXPECT_EQ(side.Take(), Next::kNotNow);
  EXPECT_EQ(line.calls, 1) << "nor after a restart";
  for (int i = 0; i < 3; ++i) {
    side.now += kLongestPause;
    side.Take();
  }
  EXPECT_EQ(line.calls, 4);
  EXPECT_EQ(side.peer().state(), rows::STATE_DEGRADED);
  EXPECT_EQ(side.peer().why(), "nobody there");
  down = false;
  side.now += kLongestPause;
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_EQ(side.peer().state(), rows::STATE_ACTIVE);
  EXPECT_EQ(side.entry.sequences().size(), 1u);
}

TEST_F(LanePullerTest, WhoCallsEarnsOneProbeInEachPauseAndNoMore) {
  Say();
  shown_.Sign();
  bool down = true;
  Line line{[&](const pb::PullLaneRequest& request) -> absl::StatusOr<pb::PullLaneResponse> {
    if (down) return absl::UnavailableError("nobody there");
    return shown_.source->Serve("regional", request);
  }};
  Side side(&shown_.policy, shown_.source->origin(), &line);
  side.Take();
  const uint32_t failures = side.standings->OfPeer("igf", side.now).row.backoff().failures();
  for (int i = 0; i < 100; ++i) {
    side.standings->Called("igf", side.now);
    EXPECT_EQ(side.Take(), Next::kNotNow);
  }
  EXPECT_EQ(line.calls, 2) << "calls are no way to have somebody hammered";
  EXPECT_EQ(side.standings->OfPeer("igf", side.now).row.backoff().failures(), failures);
  side.Restart();
  side.standings->Called("igf", side.now);
  side.Take();
  EXPECT_EQ(line.calls, 2) << "nor after a restart";
  side.now += kLongestPause;
  side.Take();
  EXPECT_EQ(line.calls, 3);
  down = false;
  side.standings->Called("igf", side.now);
  EXPECT_EQ(side.TakeAll(), Next::kLater) << "the pause is over before its time";
  EXPECT_EQ(side.entry.sequences().size(), 1u);
}

TEST_F(LanePullerTest, ACallIsNoReleaseFromQuarantine) {
  Say();
  shown_.Sign();
  line_.spoil = [](pb::PullLaneResponse* response) { response->set_head("\n"); };
  EXPECT_EQ(side_.Take(), Next::kNotNow);
  line_.spoil = nullptr;
  // As well as a pause for not answering.
  side_.standings->Missed("igf", "nobody there", std::nullopt, side_.now);
  side_.standings->Called("igf", side_.now);
  EXPECT_EQ(side_.Take(), Next::kNotNow);
  EXPECT_EQ(line_.calls, 1);
}

// --- a peer that is not well ---------------------------------------------------------------------

struct Spoiling {
  const char* name;
  void (*spoil)(pb::PullLaneResponse*);
  rows::Cause cause;
  bool nothing_enters = true;
};

pb::LaneItem& LastItem(pb::PullLaneResponse* response) {
  pb::LanePiece& piece = *response->mutable_pieces(response->pieces_size() - 1);
  return *piece.mutable_items(piece.items_size() - 1);
}
void Flip(std::string* bytes) { bytes->back() = static_cast<char>(bytes->back() ^ 1); }

const Spoiling kSpoilings[] = {
    {"a body", [](auto* r) { Flip(LastItem(r).mutable_sections(0)->mutable_data()); },
     rows::CAUSE_BYTES_DISAGREE, false},
    {"a header", [](auto* r) { Flip(LastItem(r).mutable_header()); }, rows::CAUSE_BYTES_DISAGREE,
     false},
    {"a leaf", [](auto* r) { Flip(LastItem(r).mutable_leaf()); }, rows::CAUSE_UNPROVEN},
    {"an item left out",
     [](auto* r) { r->mutable_pieces(r->pieces_size() - 1)->mutable_items()->RemoveLast(); },
     rows::CAUSE_UNPROVEN},
    {"a range withheld by another's hashes",
     [](auto* r) { Flip(r->mutable_pieces(0)->mutable_withheld(0)); }, rows::CAUSE_UNPROVEN},
    {"a head that somebody else signed", [](auto* r) { r->mutable_head()->at(0) ^= 1; },
     rows::CAUSE_UNPROVEN},
    {"no head that can be read", [](auto* r) { r->set_head("\n"); }, rows::CAUSE_UNPROVEN},
    {"the registry's head for the log's", [](auto* r) { r->set_head(r->registry_head()); },
     rows::CAUSE_UNPROVEN},
    {"an entry of the registry too many", [](auto* r) { r->add_registry()->set_leaf("x"); },
     rows::CAUSE_UNPROVEN},
    {"a hash of 31 bytes", [](auto* r) { r->mutable_pieces(0)->mutable_withheld(0)->pop_back(); },
     rows::CAUSE_MALFORMED},
    {"a section that is nowhere",
     [](auto* r) { LastItem(r).mutable_sections(0)->clear_presence(); }, rows::CAUSE_MALFORMED},
    {"more than was asked for",
     [](auto* r) {
       for (size_t i = 0; i <= kMaxBatchItems; ++i) {
         *r->mutable_pieces(r->pieces_size() - 1)->add_items() = LastItem(r);
       }
     },
     rows::CAUSE_OVER_BUDGET},
};

TEST_F(LanePullerTest, WhoSpoilsAnswersIsFoundAndBroughtNothingIn) {
  const uint64_t first = Say();
  Say("igf/partners");
  Say();
  shown_.Sign();
  for (const Spoiling& spoiling : kSpoilings) {
    Line line{[this](const pb::PullLaneRequest& request) {
      return shown_.source->Serve("regional", request);
    }};
    line.spoil = spoiling.spoil;
    Side side(&shown_.policy, shown_.source->origin(), &line);
    EXPECT_EQ(side.TakeAll(), Next::kNotNow) << spoiling.name;
    EXPECT_EQ(side.peer().state(), rows::STATE_QUARANTINED) << spoiling.name;
    EXPECT_EQ(rows::Cause_Name(side.peer().cause()), rows::Cause_Name(spoiling.cause))
        << spoiling.name;
    // One bad item does not stop what stands before it.
    EXPECT_EQ(side.entry.sequences(),
              spoiling.nothing_enters ? std::vector<uint64_t>{} : std::vector<uint64_t>{first})
        << spoiling.name;
    EXPECT_EQ(side.of_origin().state(), rows::STATE_UNSPECIFIED)
        << spoiling.name << ": its origin did nothing";
    EXPECT_EQ(side.reports.size(), 1u) << spoiling.name;
    // It is remembered; and what ends by itself ends.
    side.Restart();
    side.Take();
    EXPECT_EQ(line.calls, 1) << spoiling.name;
    side.now += absl::Hours(2);
    line.spoil = nullptr;
    const bool ends = !NeedsAPerson(spoiling.cause);
    EXPECT_EQ(side.TakeAll(), ends ? Next::kLater : Next::kNotNow) << spoiling.name;
    EXPECT_EQ(side.entry.sequences().size(), ends                      ? 2u
                                             : spoiling.nothing_enters ? 0u
                                                                       : 1u)
        << spoiling.name;
  }
}

// --- a relay that has no words -------------------------------------------------------------------

void SayErased(pb::PullLaneResponse* response) {
  for (pb::LanePiece& piece : *response->mutable_pieces()) {
    for (pb::LaneItem& item : *piece.mutable_items()) {
      for (pb::LaneSection& section : *item.mutable_sections()) {
        section.set_presence(pb::LANE_PRESENCE_ERASED);
        section.clear_salt();
        section.clear_data();
      }
    }
  }
}

// Erased before it came, and kept by the very hub whose log it is: nobody else brings it.
TEST_F(LanePullerTest, WhatHasNoWordsIsTakenFromARelayOnceItsHubIsPastIt) {
  Say();
  const uint64_t second = Say();
  shown_.Sign();
  uint64_t passed = 0;
  side_.passed_by_its_hub = [&] { return passed; };
  side_.Begin();
  line_.spoil = SayErased;
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_THAT(side_.entry.sequences(), IsEmpty());
  EXPECT_EQ(side_.count("withheld/left-to-its-hub"), 2u);
  EXPECT_EQ(side_.lane->row().settled(), head()) << "nothing behind it waits";
  passed = second - 1;
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_THAT(side_.entry.sequences(), IsEmpty()) << "not before all of it was passed";
  passed = head();
  EXPECT_EQ(side_.Take(), Next::kMore) << "it begins anew";
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_THAT(side_.entry.sequences(), ElementsAre(second - 1, second));
  EXPECT_EQ(side_.count("withheld/left-to-its-hub"), 0u);
  const int writes = side_.entry.writes;
  side_.now += kRewindPause;
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_EQ(side_.entry.writes, writes) << "once";
}

// A relay brings another one without words again and again: that costs no walk through its log.
TEST_F(LanePullerTest, ForWhatWasLeftTheLaneGoesBackToThatAlone) {
  for (int i = 0; i < 5; ++i) Say();
  shown_.Sign();
  uint64_t passed = 0;
  side_.passed_by_its_hub = [&] { return passed; };
  side_.Begin();
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  const uint64_t before = head();
  const uint64_t left = Say();
  const uint64_t last = Say();
  shown_.Sign();
  line_.spoil = SayErased;
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_EQ(side_.entry.sequences().size(), 5u);
  EXPECT_EQ(side_.lane->row().settled(), last);
  passed = last;
  EXPECT_EQ(side_.Take(), Next::kMore);
  EXPECT_EQ(side_.lane->row().settled(), left - 1);
  EXPECT_EQ(left - 1, before);
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_EQ(side_.entry.sequences().size(), 7u);
  EXPECT_EQ(side_.count("duplicate"), 0u) << "what came is not gone through again";
  EXPECT_EQ(side_.count("withheld/left-to-its-hub"), 0u);
  EXPECT_EQ(side_.count("withheld"), 0u);
  EXPECT_EQ(side_.lane->row().settled(), last);
}

// What was left is known after a restart as well.
TEST_F(LanePullerTest, WhatWasLeftToItsHubIsTakenAfterARestart) {
  const uint64_t said = Say();
  shown_.Sign();
  uint64_t passed = 0;
  side_.passed_by_its_hub = [&] { return passed; };
  side_.Begin();
  line_.spoil = SayErased;
  side_.TakeAll();
  side_.Restart();
  passed = head();
  side_.TakeAll();
  EXPECT_THAT(side_.entry.sequences(), ElementsAre(said));
}

// It may be gone for good.
TEST_F(LanePullerTest, WhatWasLeftToItsHubIsTakenOnceThatIsAskedNoMore) {
  const uint64_t said = Say();
  shown_.Sign();
  side_.passed_by_its_hub = [] { return uint64_t{0}; };
  side_.Begin();
  line_.spoil = SayErased;
  side_.TakeAll();
  EXPECT_THAT(side_.entry.sequences(), IsEmpty());
  side_.passed_by_its_hub = nullptr;
  side_.Begin();
  side_.TakeAll();
  EXPECT_THAT(side_.entry.sequences(), ElementsAre(said));
}

// A relay may say what it likes of words: they come from the hub whose log it is, and the relay is
// not gone through once more for that.
TEST_F(LanePullerTest, ARelayCannotStripAnEventOfTheWordsThatItsHubGives) {
  const uint64_t said = Say();
  shown_.Sign();
  Line own_line{[this](const pb::PullLaneRequest& request) {
    return shown_.source->Serve("regional", request);
  }};
  std::unique_ptr<LanePuller> own;
  side_.passed_by_its_hub = [&own] { return own->passed(); };
  side_.Begin();
  const std::string origin = shown_.source->origin();
  const auto replica = side_.replicas->Of(origin, shown_.policy.origins().find(origin)->second.key);
  own = std::make_unique<LanePuller>(
      LanePuller::Rooms{&shown_.policy, &side_.entry, side_.standings.get(), &own_line, *replica,
                        nullptr, true},
      "regional", origin);
  ASSERT_TRUE(own->Open().ok());
  line_.spoil = SayErased;
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_THAT(side_.entry.sequences(), IsEmpty());
  EXPECT_EQ(own->passed(), 0u);
  ASSERT_TRUE(own->Take(side_.now).ok());
  EXPECT_EQ(own->passed(), head());
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_EQ(side_.lane->row().settled(), head());
  ASSERT_THAT(side_.entry.sequences(), ElementsAre(said));
  EXPECT_EQ(side_.entry.entered(0).item.sections.at(0).presence, Presence::kHere);
  EXPECT_EQ(side_.count("withheld/left-to-its-hub"), 1u) << "it did not begin anew";
}

// Where it stood by rules of before says nothing of what is shown, or taken, by those of today.
TEST_F(LanePullerTest, HowFarALaneHasPassedIsNotKnownBeforeItsPeerHasAnswered) {
  Say();
  shown_.Sign();
  EXPECT_EQ(side_.lane->passed(), 0u);
  side_.TakeAll();
  EXPECT_EQ(side_.lane->passed(), head());
  side_.Restart();
  EXPECT_EQ(side_.lane->passed(), 0u);
  line_.spoil = [](pb::PullLaneResponse* response) { response->set_rules(std::string(32, 'r')); };
  EXPECT_EQ(side_.Take(), Next::kMore);
  EXPECT_EQ(side_.lane->passed(), 0u) << "it begins anew";
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_EQ(side_.lane->passed(), head());
}

TEST_F(LanePullerTest, AGapStandsAndIsShown) {
  for (int i = 0; i < 5; ++i) Say();
  shown_.Sign();
  line_.spoil = [](pb::PullLaneResponse* response) {
    response->mutable_pieces()->DeleteSubrange(0, 1);
  };
  EXPECT_EQ(side_.Take(), Next::kNotNow);
  ASSERT_TRUE(side_.lane->gap());
  EXPECT_EQ(side_.lane->gap()->first, 1u);
  EXPECT_THAT(side_.entry.sequences(), IsEmpty());
  line_.spoil = nullptr;
  side_.now += kLongestPause;
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_EQ(side_.entry.sequences().size(), 5u);
  EXPECT_FALSE(side_.lane->gap());
}

// --- by hand -------------------------------------------------------------------------------------

TEST_F(LanePullerTest, WhoIsBlockedBringsNothingInAndIsAskedAtOnceWhenReleased) {
  const uint64_t first = Say();
  shown_.Sign();
  for (const std::string& id : {std::string("igf"), shown_.source->origin()}) {
    ASSERT_TRUE(side_.standings->Block(id, "A person", "left us", side_.now).ok()) << id;
    EXPECT_TRUE(side_.standings->IsBlocked(id));
    side_.Restart();
    EXPECT_TRUE(side_.standings->IsBlocked(id)) << "it is kept";
    side_.now += absl::Hours(1000);
    EXPECT_EQ(side_.Take(), Next::kNotNow);
    EXPECT_EQ(line_.calls, 0) << "nobody is asked";
    ASSERT_TRUE(side_.standings->Release(id, "Another", "came back", side_.now).ok()) << id;
  }
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_THAT(side_.entry.sequences(), ElementsAre(first));
  EXPECT_EQ(side_.peer().set_by(), "Another");
}

TEST_F(LanePullerTest, WhatIsUnderWayWhenAPersonBlocksItIsNotTaken) {
  Say();
  shown_.Sign();
  line_.spoil = [&](pb::PullLaneResponse*) {
    EXPECT_TRUE(side_.standings->Block("igf", "A person", "at once", side_.now).ok());
  };
  EXPECT_EQ(side_.Take(), Next::kNotNow);
  EXPECT_EQ(side_.entry.writes, 0);
  EXPECT_EQ(side_.lane->row().settled(), 0u);
}

TEST_F(LanePullerTest, AReleaseEndsThePauseAsWell) {
  Say();
  shown_.Sign();
  bool down = true;
  Line line{[&](const pb::PullLaneRequest& request) -> absl::StatusOr<pb::PullLaneResponse> {
    if (down) return absl::UnavailableError("nobody there");
    return shown_.source->Serve("regional", request);
  }};
  Side side(&shown_.policy, shown_.source->origin(), &line);
  for (int i = 0; i < 3; ++i) {
    side.Take();
    side.now += kLongestPause;
  }
  side.now -= kLongestPause;
  down = false;
  EXPECT_EQ(side.Take(), Next::kNotNow) << "it is left alone for a while";
  ASSERT_TRUE(side.standings->Release("igf", "A person", "their line is back", side.now).ok());
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_EQ(side.entry.sequences().size(), 1u);
}

TEST_F(LanePullerTest, AnActSaysWhoAndWhyAndWhatItIsAbout) {
  Standings& standings = *side_.standings;
  const absl::Time now = side_.now;
  EXPECT_EQ(record::ReasonOf(standings.Block("nobody", "A person", "why", now)),
            record::Reason::kNotFound);
  EXPECT_EQ(record::ReasonOf(standings.Release("igf", "A person", "why", now)),
            record::Reason::kTransitionNotAllowed);
  EXPECT_EQ(record::ReasonOf(standings.Block("igf", "", "why", now)),
            record::Reason::kFieldInvalid);
  EXPECT_EQ(record::ReasonOf(standings.Block("igf", "A person", "", now)),
            record::Reason::kFieldInvalid);
  EXPECT_FALSE(standings.IsBlocked("igf"));
  ASSERT_TRUE(standings.Block("igf", "A person", "why", now).ok());
  const absl::Status again = standings.Block("igf", "Another", "another why", now);
  EXPECT_EQ(record::ReasonOf(again), record::Reason::kTransitionNotAllowed);
  EXPECT_THAT(std::string(again.message()), HasSubstr("A person"));
}

// What is not on disk would be forgotten at the next start: so it has not happened.
TEST_F(LanePullerTest, AnActThatIsNotKeptChangesNothing) {
  side_.entry.keep_fails = true;
  EXPECT_TRUE(absl::IsUnavailable(side_.standings->Block("igf", "A person", "why", side_.now)));
  EXPECT_FALSE(side_.standings->IsBlocked("igf"));
}

// --- an origin that is not well ------------------------------------------------------------------

pb::LaneItem ToWire(const Item& item) {
  pb::LaneItem wire;
  wire.set_sequence(item.sequence);
  wire.set_leaf(item.leaf);
  wire.set_header(item.header);
  for (const ItemSection& section : item.sections) {
    pb::LaneSection& each = *wire.add_sections();
    each.set_kind(section.kind);
    each.set_presence(pb::LANE_PRESENCE_HERE);
    each.set_salt(section.salt);
    each.set_data(section.data);
  }
  return wire;
}

// All that it has, to whoever has nothing of it.
pb::PullLaneResponse Serve(const FictionalOrigin& origin, const pb::PullLaneRequest& request) {
  pb::PullLaneResponse response;
  response.set_head(origin.head().note);
  response.set_registry_head(origin.registry_head().note);
  for (size_t i = request.registry_size(); i < origin.registry.size(); ++i) {
    pb::RegistryTreeEntry& entry = *response.add_registry();
    entry.set_leaf(origin.registry[i].leaf);
    entry.set_header(origin.registry[i].header);
  }
  if (request.settled() >= origin.items.size()) return response;
  pb::LanePiece& piece = *response.add_pieces();
  piece.set_first(request.settled() + 1);
  piece.set_last(origin.items.size());
  for (size_t i = request.settled(); i < origin.items.size(); ++i) {
    *piece.add_items() = ToWire(origin.items[i]);
  }
  return response;
}

class UnwellOriginTest : public ::testing::Test {
 protected:
  UnwellOriginTest() { Pin(origin_); }
  void Pin(const FictionalOrigin& origin) {
    auto policy = Policy::Parse(absl::StrReplaceAll(
        PolicyFor("regional/public"),
        {{"$origin", testing::kRegional}, {"$vkey", origin.log_key.verifier().ToString()}}));
    EXPECT_TRUE(policy.ok()) << policy.status();
    policy_ = *std::move(policy);
  }
  rows::Evidence Evidence(const FakeEntry& entry) const {
    rows::Evidence evidence;
    const auto row = entry.Find(EvidenceRowKey(testing::kRegional));
    EXPECT_TRUE(row.ok() && *row && evidence.ParseFromString(**row));
    return evidence;
  }

  FictionalOrigin origin_;
  FictionalOrigin other_{testing::kRegional, origin_.log_key.ToSecret()};
  Policy policy_;
};

TEST_F(UnwellOriginTest, TwoHistoriesConvictItAndBothHeadsAreKept) {
  origin_.Attested(FictionalOrigin::Signal());
  other_.Attested(FictionalOrigin::Signal());
  const FictionalOrigin* shows = &origin_;
  Line line{[&](const pb::PullLaneRequest& request) { return Serve(*shows, request); }};
  Side side(&policy_, testing::kRegional, &line);
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  shows = &other_;
  EXPECT_EQ(side.Take(), Next::kNotNow);
  EXPECT_EQ(side.of_origin().state(), rows::STATE_QUARANTINED);
  EXPECT_EQ(side.of_origin().cause(), rows::CAUSE_TWO_HISTORIES);
  EXPECT_EQ(side.peer().state(), rows::STATE_UNSPECIFIED) << "who showed it did no wrong";
  EXPECT_THAT(Evidence(side.entry).notes(), ElementsAre(origin_.head().note, other_.head().note));
  side.Restart();
  side.now += absl::Hours(1000);
  shows = &origin_;
  EXPECT_EQ(side.Take(), Next::kNotNow) << "it waits for a person";
}

// --- an origin whose key is another one ----------------------------------------------------------

// What one key has signed says nothing against what the other has: two logs of one name.
TEST_F(UnwellOriginTest, WhatAKeyHasProvenThatIsPinnedNoLongerIsSetAside) {
  FictionalOrigin renewed(testing::kRegional);
  for (FictionalOrigin* each : {&origin_, &renewed}) {
    each->AddKey(each == &renewed ? testing::kOtherAuthor : testing::kAuthor);
    each->Attested(FictionalOrigin::Signal());
    each->Attested(FictionalOrigin::Signal());
  }
  const FictionalOrigin* shows = &origin_;
  Line line{[&](const pb::PullLaneRequest& request) { return Serve(*shows, request); }};
  Side side(&policy_, testing::kRegional, &line);
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  const size_t came = side.entry.sequences().size();
  for (int i = 0; i < 2; ++i) {
    Pin(renewed);
    shows = &renewed;
    i == 0 ? side.Begin() : side.Restart();
    EXPECT_EQ(side.TakeAll(), Next::kLater);
    EXPECT_EQ(side.of_origin().state(), rows::STATE_UNSPECIFIED) << side.of_origin().why();
    EXPECT_EQ(side.peer().state(), rows::STATE_UNSPECIFIED) << side.peer().why();
    EXPECT_EQ(side.lane->row().head_note(), renewed.head().note);
    EXPECT_EQ(side.lane->registry()->size(), renewed.registry.size());
    EXPECT_EQ(side.entry.sequences().size(), 2 * came) << "nothing is lost, nothing comes twice";
    Pin(origin_);
    shows = &origin_;
    i == 0 ? side.Begin() : side.Restart();
    EXPECT_EQ(side.lane->row().settled(), origin_.leaves.size()) << "it stands where it stood";
    EXPECT_EQ(side.TakeAll(), Next::kLater);
    EXPECT_EQ(side.of_origin().state(), rows::STATE_UNSPECIFIED) << side.of_origin().why();
    EXPECT_EQ(side.entry.sequences().size(), 2 * came);
  }
  EXPECT_THAT(side.reports, IsEmpty());
}

// Of one key all that was ever said counts, whichever was pinned in between.
TEST_F(UnwellOriginTest, AKeyThatIsPinnedAgainIsHeldToWhatItSigned) {
  origin_.Attested(FictionalOrigin::Signal());
  other_.Attested(FictionalOrigin::Signal());
  FictionalOrigin renewed(testing::kRegional);
  renewed.Attested(FictionalOrigin::Signal());
  const FictionalOrigin* shows = &origin_;
  Line line{[&](const pb::PullLaneRequest& request) { return Serve(*shows, request); }};
  Side side(&policy_, testing::kRegional, &line);
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  Pin(renewed);
  shows = &renewed;
  side.Restart();
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  Pin(origin_);
  shows = &other_;
  side.Restart();
  EXPECT_EQ(side.Take(), Next::kNotNow);
  EXPECT_EQ(side.of_origin().cause(), rows::CAUSE_TWO_HISTORIES);
  EXPECT_THAT(Evidence(side.entry).notes(), ElementsAre(origin_.head().note, other_.head().note));
}

// The one that was pinned by mistake has signed nothing.
TEST_F(UnwellOriginTest, AKeyThatProvedNothingLeavesNothing) {
  const FictionalOrigin mistaken(testing::kRegional);
  origin_.Attested(FictionalOrigin::Signal());
  Line line{[&](const pb::PullLaneRequest& request) { return Serve(origin_, request); }};
  Pin(mistaken);
  Side side(&policy_, testing::kRegional, &line);
  EXPECT_EQ(side.Take(), Next::kNotNow);
  Pin(origin_);
  side.Begin();
  ASSERT_TRUE(side.standings->Release("igf", "A person", "the key was wrong", side.now).ok());
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  side.Restart();
  EXPECT_EQ(side.lane->row().settled(), 1u);
  EXPECT_EQ(side.entry.sequences().size(), 1u);
}

// By hand, over a restart, and with what convicted it kept beside what convicts it next.
TEST_F(UnwellOriginTest, APersonReleasesItAndEachConvictionIsKept) {
  origin_.Attested(FictionalOrigin::Signal());
  other_.Attested(FictionalOrigin::Signal());
  const FictionalOrigin* shows = &origin_;
  Line line{[&](const pb::PullLaneRequest& request) { return Serve(*shows, request); }};
  Side side(&policy_, testing::kRegional, &line);
  side.TakeAll();
  shows = &other_;
  side.Take();
  const std::string first = *side.entry.Find(EvidenceRowKey(testing::kRegional)).value();
  EXPECT_EQ(Evidence(side.entry).shown_by(), "igf");
  side.Restart();
  ASSERT_TRUE(side.standings->Release(testing::kRegional, "A person", "looked at", side.now).ok());
  side.Restart();
  EXPECT_EQ(side.of_origin().state(), rows::STATE_ACTIVE);
  EXPECT_EQ(side.of_origin().set_by(), "A person");
  EXPECT_EQ(side.Take(), Next::kNotNow) << "it still shows the other one";
  EXPECT_EQ(side.of_origin().state(), rows::STATE_QUARANTINED);
  EXPECT_EQ(**side.entry.Find(EvidenceRowKey(testing::kRegional)), first);
  const auto second = side.entry.Find(EvidenceRowKey(testing::kRegional, 1));
  ASSERT_TRUE(second.ok() && *second);
  EXPECT_FALSE(*side.entry.Find(EvidenceRowKey(testing::kRegional, 2)));
  ASSERT_TRUE(side.standings->Release(testing::kRegional, "A person", "mended", side.now).ok());
  shows = &origin_;
  EXPECT_EQ(side.Take(), Next::kLater) << "and the lane goes on";
  EXPECT_EQ(side.of_origin().state(), rows::STATE_ACTIVE);
  EXPECT_EQ(**side.entry.Find(EvidenceRowKey(testing::kRegional)), first);
}

TEST_F(UnwellOriginTest, EvidenceDoesNotGrowWithoutEnd) {
  origin_.Attested(FictionalOrigin::Signal());
  other_.Attested(FictionalOrigin::Signal());
  const FictionalOrigin* shows = &origin_;
  Line line{[&](const pb::PullLaneRequest& request) { return Serve(*shows, request); }};
  Side side(&policy_, testing::kRegional, &line);
  side.TakeAll();
  shows = &other_;
  for (size_t i = 0; i < kMaxEvidence + 3; ++i) {
    side.Take();
    ASSERT_EQ(side.of_origin().state(), rows::STATE_QUARANTINED) << i;
    ASSERT_TRUE(side.standings->Release(testing::kRegional, "A person", "again", side.now).ok());
  }
  EXPECT_TRUE(*side.entry.Find(EvidenceRowKey(testing::kRegional, kMaxEvidence - 1)));
  EXPECT_FALSE(*side.entry.Find(EvidenceRowKey(testing::kRegional, kMaxEvidence)));
}

TEST_F(UnwellOriginTest, TwoRegistriesConvictItAsWell) {
  origin_.AddKey("org/fictional-one");
  other_.AddKey("org/fictional-two");
  // Of another size: it is not the heads of the log that convict it.
  other_.Enter(
      record::BuildEvent(FictionalOrigin::Signal(), nullptr, absl::UnixEpoch(), testing::SaltOf));
  const FictionalOrigin* shows = &origin_;
  Line line{[&](const pb::PullLaneRequest& request) { return Serve(*shows, request); }};
  Side side(&policy_, testing::kRegional, &line);
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  shows = &other_;
  EXPECT_EQ(side.Take(), Next::kNotNow);
  EXPECT_EQ(side.of_origin().cause(), rows::CAUSE_TWO_HISTORIES);
  EXPECT_THAT(Evidence(side.entry).notes(),
              ElementsAre(origin_.registry_head().note, other_.registry_head().note));
}

TEST_F(UnwellOriginTest, ASignatureByNobodyConvictsItAndTheRestOfTheBatchStays) {
  origin_.AddKey(testing::kAuthor);
  const Item good = origin_.Signed(FictionalOrigin::Signal());
  pb::SignedEvent event =
      record::BuildEvent(FictionalOrigin::Signal(), &origin_.key(testing::kAuthor),
                         absl::UnixEpoch(), testing::SaltOf);
  Flip(event.mutable_signature());
  const Item bad = origin_.Enter(std::move(event));
  Line line{[&](const pb::PullLaneRequest& request) { return Serve(origin_, request); }};
  Side side(&policy_, testing::kRegional, &line);
  EXPECT_EQ(side.TakeAll(), Next::kNotNow);
  EXPECT_THAT(side.entry.sequences(), ::testing::Contains(good.sequence));
  EXPECT_THAT(side.entry.sequences(), ::testing::Not(::testing::Contains(bad.sequence)));
  EXPECT_EQ(side.of_origin().cause(), rows::CAUSE_SIGNATURE_WRONG);
  EXPECT_EQ(Evidence(side.entry).leaf(), bad.leaf);
  EXPECT_EQ(Evidence(side.entry).header(), bad.header);
  EXPECT_EQ(Evidence(side.entry).public_key(), origin_.key(testing::kAuthor).public_key());
  EXPECT_THAT(side.reports, ElementsAre(HasSubstr("signature-wrong")));
}

// --- a peer that answers, and nothing comes of it ------------------------------------------------

TEST_F(LanePullerTest, ShowsThePeerTheHeadThatItHas) {
  std::vector<std::string> shown;
  Line line([&](const pb::PullLaneRequest& request) {
    shown.push_back(request.head_note());
    return shown_.source->Serve("regional", request);
  });
  Side side(&shown_.policy, shown_.source->origin(), &line);
  Say();
  shown_.Sign();
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_EQ(shown.front(), "");
  EXPECT_EQ(shown.back(), shown_.signer->published()->log.note);
}

TEST_F(LanePullerTest, ALogThatHasGoneBackIsNoLogThatIsUpToDate) {
  Side side(&shown_.policy, shown_.source->origin(), &line_, /*is_origin=*/true);
  EXPECT_EQ(side.lane->trouble(), "it has not answered yet");
  Say();
  shown_.Sign();
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_EQ(side.lane->trouble(), "");
  const uint64_t before = head();
  const auto older = shown_.signer->published();
  Say();
  shown_.Sign();
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  line_.spoil = [&](pb::PullLaneResponse* response) {
    *response = pb::PullLaneResponse();
    response->set_head(older->log.note);
    response->set_registry_head(older->registry.note);
  };
  for (uint32_t i = 0; i < kMissedCalls; ++i) {
    EXPECT_EQ(side.Take(), Next::kNotNow);
    side.now += absl::Hours(1);
  }
  const std::string back =
      absl::StrCat("its log has gone back from ", before + 1, " events to ", before);
  EXPECT_THAT(side.lane->trouble(), HasSubstr(back));
  EXPECT_EQ(side.peer().state(), rows::STATE_DEGRADED);
  EXPECT_THAT(side.peer().why(), HasSubstr(back));
  EXPECT_EQ(side.lane->row().head_size(), before + 1) << "what was proven stays proven";
  // It was brought back whole.
  line_.spoil = nullptr;
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_EQ(side.lane->trouble(), "");
  EXPECT_EQ(side.peer().state(), rows::STATE_ACTIVE);
}

// A relay may have lost the line by which it came so far: that is no fault of its.
TEST_F(LanePullerTest, ARelayThatHasGoneBackIsNotUpToDateAndNotLeftAlone) {
  Say();
  shown_.Sign();
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  const auto older = shown_.signer->published();
  Say();
  shown_.Sign();
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  line_.spoil = [&](pb::PullLaneResponse* response) {
    *response = pb::PullLaneResponse();
    response->set_head(older->log.note);
    response->set_registry_head(older->registry.note);
  };
  for (uint32_t i = 0; i < kMissedCalls; ++i) EXPECT_EQ(side_.Take(), Next::kLater);
  EXPECT_THAT(side_.lane->trouble(), HasSubstr("its log has gone back"));
  EXPECT_EQ(side_.peer().missed_calls(), 0u);
  EXPECT_NE(side_.peer().state(), rows::STATE_DEGRADED);
}

TEST_F(LanePullerTest, WhoDoesNotAnswerIsNotUpToDateEither) {
  Line line([](const pb::PullLaneRequest&) { return absl::UnavailableError("nobody there"); });
  Side side(&shown_.policy, shown_.source->origin(), &line);
  EXPECT_EQ(side.Take(), Next::kNotNow);
  EXPECT_EQ(side.lane->trouble(), "it does not answer: nobody there");
}

TEST_F(LanePullerTest, WhatAPeerRefusesWithIsSaidAsItsWord) {
  Line line([](const pb::PullLaneRequest&) { return BlockedHere(); });
  Side side(&shown_.policy, shown_.source->origin(), &line);
  for (uint32_t i = 0; i < kMissedCalls; ++i) {
    EXPECT_EQ(side.Take(), Next::kNotNow);
    side.now += absl::Hours(1);
  }
  const std::string said = "it refuses: \"an operator of this hub has blocked this peer\"";
  EXPECT_EQ(side.lane->trouble(), said);
  EXPECT_EQ(side.peer().why(), said);
}

// A hub that is read-only, or whose disk is full: its peers are well, and it is not up to date.
TEST_F(LanePullerTest, ThatNothingEntersHereIsSaidOfTheLane) {
  Say();
  shown_.Sign();
  side_.entry.fails = 1;
  const absl::Status failed = side_.lane->Take(side_.now).status();
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(side_.lane->trouble(), failed.message());
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_EQ(side_.lane->trouble(), "");
}

TEST_F(LanePullerTest, OnlyARelayMayHaveNothing) {
  pb::PullLaneResponse nothing;
  Line line([&](const pb::PullLaneRequest&) { return nothing; });
  Side relay(&shown_.policy, shown_.source->origin(), &line);
  nothing.set_nothing_because("nothing came here yet");
  EXPECT_EQ(relay.Take(), Next::kLater);
  EXPECT_EQ(relay.lane->trouble(), "nothing came here yet");
  EXPECT_NE(relay.peer().state(), rows::STATE_DEGRADED) << "the line is good";

  Side silent(&shown_.policy, shown_.source->origin(), &line);
  nothing.clear_nothing_because();
  Side own(&shown_.policy, shown_.source->origin(), &line, /*is_origin=*/true);
  for (uint32_t i = 0; i < kMissedCalls; ++i) {
    nothing.clear_nothing_because();
    EXPECT_EQ(silent.Take(), Next::kNotNow);
    nothing.set_nothing_because("nothing came here yet");
    EXPECT_EQ(own.Take(), Next::kNotNow);
    silent.now += absl::Hours(1);
    own.now += absl::Hours(1);
  }
  EXPECT_EQ(silent.peer().state(), rows::STATE_DEGRADED);
  EXPECT_THAT(silent.lane->trouble(), HasSubstr("neither a checkpoint nor a reason"));
  EXPECT_EQ(own.peer().state(), rows::STATE_DEGRADED);
  EXPECT_THAT(own.lane->trouble(), HasSubstr("without a checkpoint of its own log"));
}

// What was withheld by rules that stand no more comes, whichever side has changed them.
TEST(LaneRulesTest, OtherRulesBeginTheLaneAnew) {
  testing::ShownHub shown(PolicyFor("igf/partners"));
  Line line{
      [&](const pb::PullLaneRequest& request) { return shown.source->Serve("regional", request); }};
  Side side(&shown.policy, shown.source->origin(), &line);
  const uint64_t said = shown.Publish(Signal("fictional", "org/fictional-a"));
  shown.Sign();
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_THAT(side.entry.sequences(), IsEmpty());
  shown.policy = *Policy::Parse(absl::StrReplaceAll(
      PolicyFor("igf/public"),
      {{"$origin", shown.signer->origin()}, {"$vkey", shown.signer->verifier().ToString()}}));
  side.Restart();
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_THAT(side.entry.sequences(), ElementsAre(said));
  const int calls = line.calls;
  EXPECT_EQ(side.TakeAll(), Next::kLater);
  EXPECT_EQ(line.calls, calls + 1) << "once";
}

// A lane that has taken what there was, by the first rules.
class OtherRulesTest : public ::testing::Test {
 protected:
  OtherRulesTest() {
    said_ = Say();
    EXPECT_EQ(side_.TakeAll(), Next::kLater);
    asked_from_.clear();
  }
  uint64_t Say() {
    const uint64_t said = shown_.Publish(Signal("fictional", "org/fictional-a"));
    shown_.Sign();
    return said;
  }

  testing::ShownHub shown_{PolicyFor("igf/public")};
  std::vector<uint64_t> asked_from_;
  Line line_{[this](const pb::PullLaneRequest& request) {
    asked_from_.push_back(request.settled());
    return shown_.source->Serve("regional", request);
  }};
  Side side_{&shown_.policy, shown_.source->origin(), &line_};
  uint64_t said_ = 0;
};

// Who cannot prove what comes next could not prove a new beginning either: what is settled stays.
TEST_F(OtherRulesTest, OfWhoCanProveNothingBeginNothing) {
  Say();
  line_.spoil = [](pb::PullLaneResponse* response) {
    response->set_rules("other rules");
    response->clear_pieces();
    response->clear_rest();
    response->set_nothing_because("it was shown in larger stretches");
  };
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_THAT(asked_from_, ElementsAre(said_));
  EXPECT_EQ(side_.lane->trouble(), "it was shown in larger stretches");
  line_.spoil = [](pb::PullLaneResponse* response) { response->set_rules("other rules"); };
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_THAT(asked_from_, ElementsAre(said_, said_, 0u));
}

// A relay that hears nothing more of the log proves what it has as well as before.
TEST_F(OtherRulesTest, OfWhoHearsNothingMoreBeginTheLaneAnew) {
  line_.spoil = [](pb::PullLaneResponse* response) {
    response->set_rules("other rules");
    if (response->pieces().empty()) response->set_nothing_because("nothing new comes there");
  };
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_THAT(asked_from_, ElementsAre(said_, 0u));
  EXPECT_EQ(side_.TakeAll(), Next::kLater);
  EXPECT_EQ(side_.lane->trouble(), "nothing new comes there");
}

}  // namespace
}  // namespace liaison::federation
