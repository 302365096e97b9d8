#include "server/federation/arrival.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "proto/record/leaf.h"
#include "server/federation/lane.h"
#include "server/federation/limits.h"
#include "server/federation/verify_item.h"

namespace liaison::federation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Fictional, all of it.
constexpr char kOrigin[] = "hub.example/igf/00000000-0000-4000-8000-000000000001";

class ArrivalTest : public ::testing::Test {
 protected:
  ArrivalTest() { AddLane("north"); }
  rows::Lane& AddLane(const std::string& peer) {
    PeerStatus status{peer, {rows::STATE_ACTIVE, {}}, {}, {}};
    status.standing.row.set_last_contact_us(1'800'000'000'000'000);
    LaneStatus lane{kOrigin, {rows::STATE_ACTIVE, {}}, {}, {}, ""};
    lane.lane.set_settled(50);
    lane.lane.set_head_size(60);
    status.lanes.push_back(lane);
    peers_.push_back(status);
    return peers_.back().lanes[0].lane;
  }
  rows::Lane& lane(size_t index = 0) { return peers_[index].lanes[0].lane; }
  static void Remark(rows::Lane* lane, uint64_t sequence, Verdict verdict, Why why,
                     const std::string& detail) {
    rows::Remark& remark = *lane->add_remarks();
    remark.set_sequence(sequence);
    remark.set_verdict(std::string(NameOf(verdict)));
    remark.set_reason(std::string(NameOf(why)));
    remark.set_detail(detail);
  }
  pb::ExplainArrivalResponse Told(uint64_t sequence) const {
    return TellArrival({kOrigin, sequence, 0, ""}, policy_, peers_);
  }
  static std::string WordsOf(const pb::ExplainArrivalResponse& told) {
    return absl::StrJoin(told.reasons(), " ");
  }

  Policy policy_;
  std::vector<PeerStatus> peers_;
};

TEST_F(ArrivalTest, SaysAsWhichEventItIsHere) {
  const auto told = TellArrival({kOrigin, 42, 7, kOrigin}, policy_, peers_);
  EXPECT_EQ(told.state(), pb::ARRIVAL_STATE_HERE);
  EXPECT_EQ(told.sequence(), 7u);
  EXPECT_THAT(WordsOf(told), HasSubstr("event 7 of this log, as it came from"));
}

TEST_F(ArrivalTest, SaysThatItsContentDidNotCome) {
  Arriving event{kOrigin, 42, 7, kOrigin};
  EXPECT_THAT(WordsOf(TellArrival(event, policy_, peers_)), Not(HasSubstr("content")));
  event.without_content = true;
  EXPECT_THAT(WordsOf(TellArrival(event, policy_, peers_)),
              AllOf(HasSubstr("event 7 of this log"),
                    HasSubstr("content did not come with it, and does not come later"),
                    HasSubstr("let its header go alone, or had its content erased"),
                    Not(HasSubstr("north"))))
      << "who is asked today need not be the one";
  event.came_from = "hub.example/other/x";
  EXPECT_THAT(WordsOf(TellArrival(event, policy_, peers_)),
              AllOf(HasSubstr("as 7, from hub.example/other/x"), HasSubstr("content did not come"),
                    Not(HasSubstr("north"))))
      << "it came by another lane than those of this origin";
}

TEST_F(ArrivalTest, SaysOfWhichItIsACopy) {
  EXPECT_THAT(WordsOf(TellArrival({kOrigin, 0, 7, ""}, policy_, peers_)),
              AllOf(HasSubstr("as 7, published here"), HasSubstr("a second copy leaves nothing")));
  EXPECT_THAT(WordsOf(TellArrival({kOrigin, 0, 7, "hub.example/other/x"}, policy_, peers_)),
              HasSubstr("as 7, from hub.example/other/x"));
  rows::Passed& passed = *lane().add_passed();
  passed.set_first(10);
  passed.set_last(12);
  passed.set_verdict("duplicate");
  EXPECT_EQ(Told(11).state(), pb::ARRIVAL_STATE_HERE);
  EXPECT_THAT(WordsOf(Told(11)), HasSubstr("had the very same event already"));
  EXPECT_EQ(Told(13).state(), pb::ARRIVAL_STATE_UNKNOWN);
}

TEST_F(ArrivalTest, SaysWhyItWasTurnedAway) {
  Remark(&lane(), 42, Verdict::kRejected, Why::kSignatureWrong, "not by the key of org/a");
  const auto told = Told(42);
  EXPECT_EQ(told.state(), pb::ARRIVAL_STATE_REJECTED);
  EXPECT_EQ(told.peer(), "north");
  EXPECT_EQ(told.remark().reason(), "signature-wrong");
  EXPECT_THAT(WordsOf(told), AllOf(HasSubstr("rejected for good: its author did not sign it"),
                                   HasSubstr("(not by the key of org/a)")));
}

TEST_F(ArrivalTest, SaysWhichRuleDoesNotTakeIt) {
  Remark(&lane(), 42, Verdict::kWithheld, Why::kNotTaken, "no rule of `receive` fits");
  EXPECT_EQ(Told(42).state(), pb::ARRIVAL_STATE_NOT_TAKEN);
  EXPECT_THAT(WordsOf(Told(42)), HasSubstr("policy does not take it (no rule of `receive` fits)"));
}

TEST_F(ArrivalTest, APeersBadCopyIsNoVerdictOnTheEvent) {
  Remark(&lane(), 51, Verdict::kRejected, Why::kSectionDisagrees, "content");
  peers_[0].lanes[0].gap = Gap{51, 51};
  peers_[0].standing.state = rows::STATE_QUARANTINED;
  peers_[0].standing.row.mutable_state()->set_why("it sent other bytes");
  const auto told = Told(51);
  EXPECT_EQ(told.state(), pb::ARRIVAL_STATE_NOT_YET);
  EXPECT_EQ(told.remark().reason(), "section-disagrees");
  EXPECT_THAT(WordsOf(told), AllOf(HasSubstr("a good copy is waited for"), HasSubstr("51 to 51"),
                                   HasSubstr("Nothing is taken from north"),
                                   HasSubstr("Only a person ends that")));
}

TEST_F(ArrivalTest, SaysThatItWasNotShown) {
  rows::Passed& passed = *lane().add_passed();
  passed.set_first(42);
  passed.set_last(44);
  passed.set_verdict(std::string(kNotShown));
  for (const uint64_t sequence : {42, 43, 44}) {
    EXPECT_EQ(Told(sequence).state(), pb::ARRIVAL_STATE_NOT_SHOWN);
  }
  EXPECT_EQ(Told(41).state(), pb::ARRIVAL_STATE_UNKNOWN);
  EXPECT_EQ(Told(45).state(), pb::ARRIVAL_STATE_UNKNOWN);
}

// What that hub has from a third one, or from here.
TEST_F(ArrivalTest, SaysWhereAnEventIsFromThatIsRelayedThere) {
  rows::Passed& passed = *lane().add_passed();
  passed.set_first(42);
  passed.set_last(42);
  passed.set_verdict(std::string(NameOf(Verdict::kElsewhere)));
  EXPECT_EQ(Told(42).state(), pb::ARRIVAL_STATE_NOT_SHOWN);
  EXPECT_THAT(WordsOf(Told(42)), HasSubstr("another hub's event stands there"));
  const auto told = TellArrival({kOrigin, 42, 7, "", /*relayed_there=*/true}, policy_, peers_);
  EXPECT_EQ(told.state(), pb::ARRIVAL_STATE_HERE);
  EXPECT_EQ(told.sequence(), 7u);
  EXPECT_THAT(WordsOf(told), AllOf(HasSubstr("event 7 of this log, published here"),
                                   HasSubstr("has it from elsewhere, as 42")));
}

TEST_F(ArrivalTest, SaysHowFarTheLaneIsAndWhatHoldsItUp) {
  EXPECT_EQ(Told(51).state(), pb::ARRIVAL_STATE_NOT_YET);
  EXPECT_THAT(WordsOf(Told(51)), HasSubstr("The lane from north is at 50 of 60."));
  EXPECT_THAT(WordsOf(Told(61)), HasSubstr("covers 60 events"));
  rows::Backoff& backoff = *peers_[0].standing.row.mutable_backoff();
  backoff.set_failures(3);
  EXPECT_THAT(WordsOf(Told(51)), HasSubstr("north answered last at 2027-01-15 08:00:00 UTC, and "
                                           "did not the last 3 times"));
  peers_[0].lanes[0].standing.state = rows::STATE_QUARANTINED;
  peers_[0].lanes[0].standing.row.set_why("two roots were signed at 60");
  EXPECT_THAT(WordsOf(Told(51)), HasSubstr("from whomever: two roots were signed at 60"));
}

TEST_F(ArrivalTest, OfTwoLanesTheMoreCertainOneDecides) {
  rows::Lane& other = AddLane("south");
  other.set_settled(70);
  other.set_head_size(70);
  Remark(&other, 51, Verdict::kRejected, Why::kKeyNotInForce, "");
  const auto told = Told(51);
  EXPECT_EQ(told.state(), pb::ARRIVAL_STATE_REJECTED);
  EXPECT_EQ(told.peer(), "south");
  EXPECT_EQ(told.remark().reason(), "key-not-in-force");
  EXPECT_THAT(WordsOf(told), AllOf(HasSubstr("from north is at 50"), HasSubstr("came from south")));
}

TEST_F(ArrivalTest, WhatNobodyIsAskedForIsNotPulled) {
  peers_.clear();
  EXPECT_EQ(Told(42).state(), pb::ARRIVAL_STATE_NOT_PULLED);
  EXPECT_THAT(WordsOf(Told(42)), HasSubstr("policy has no origin hub.example/igf/"));
}

TEST_F(ArrivalTest, WhatCameWithTheRegistryIsSaidToHave) {
  rows::Passed& passed = *lane().add_passed();
  passed.set_first(42);
  passed.set_last(42);
  passed.set_verdict(std::string(kNotShown));
  EXPECT_EQ(Told(42).state(), pb::ARRIVAL_STATE_NOT_SHOWN);
  Arriving event{kOrigin, 42, 0, ""};
  event.in_registry = {6, 7, 42, "a key of org/fictional-a is revoked"};
  auto told = TellArrival(event, policy_, peers_);
  EXPECT_EQ(told.state(), pb::ARRIVAL_STATE_IN_REGISTRY);
  EXPECT_THAT(WordsOf(told),
              AllOf(HasSubstr("as entry 6 of 7"), HasSubstr("a key of org/fictional-a is revoked"),
                    HasSubstr("behind 42")));
  event.local = 9;
  event.came_from = kOrigin;
  told = TellArrival(event, policy_, peers_);
  EXPECT_EQ(told.state(), pb::ARRIVAL_STATE_HERE);
  EXPECT_THAT(WordsOf(told), AllOf(HasSubstr("event 9 of this log"), HasSubstr("entry 6 of 7")));
}

// A registry of so many entries, of which entry N stands behind 3 * N of the log.
Replica::Registry RegistryOf(uint64_t size) {
  Replica::Registry registry;
  pb::EventHeader header;
  header.set_type(pb::EVENT_TYPE_ORGANISATION);
  for (uint64_t number = 1; number <= size; ++number) {
    record::RegistryLeaf leaf;
    leaf.index = number - 1;
    leaf.sequence = 3 * number;
    leaf.digest = record::Sha256Of(absl::StrCat("entry ", number));
    registry.entries.push_back({record::EncodeRegistryLeaf(leaf), header.SerializeAsString()});
  }
  return registry;
}

TEST(FindEntryTest, FindsItByItsSequenceOrItsDigest) {
  for (const uint64_t size : {0, 1, 2, 7}) {
    const Replica::Registry registry = RegistryOf(size);
    for (uint64_t sequence = 1; sequence <= 3 * size + 4; ++sequence) {
      const auto found = FindEntry(registry, sequence, record::Hash());
      ASSERT_EQ(found.has_value(), sequence % 3 == 0 && sequence <= 3 * size) << sequence;
      if (!found) continue;
      EXPECT_EQ(found->number, sequence / 3);
      EXPECT_EQ(found->of, size);
      EXPECT_EQ(found->sequence, sequence);
      const auto same =
          FindEntry(registry, 0, record::Sha256Of(absl::StrCat("entry ", sequence / 3)));
      ASSERT_TRUE(same.has_value());
      EXPECT_EQ(same->number, sequence / 3);
      EXPECT_EQ(same->sequence, sequence);
    }
    EXPECT_FALSE(FindEntry(registry, 0, record::Sha256Of("another")).has_value());
  }
}

// One page of what would leave asks for so many, of a registry as large as there may be one: to
// look at each entry for each of them takes many seconds.
TEST(FindEntryTest, APageOfThemIsSoonFound) {
  const Replica::Registry registry = RegistryOf(kMaxRegistryEntries);
  // Of this process, whatever else the machine does.
  const std::clock_t start = std::clock();
  for (uint64_t i = 0; i < kMaxLookedAt; ++i) {
    ASSERT_TRUE(FindEntry(registry, 3 * (kMaxRegistryEntries - i), record::Hash()).has_value());
  }
  EXPECT_LT(std::clock() - start, 2 * CLOCKS_PER_SEC);
}

TEST_F(ArrivalTest, SaysWhyALaneStands) {
  peers_[0].lanes[0].trouble = "its log has gone back from 60 events to 4";
  EXPECT_THAT(WordsOf(Told(51)), HasSubstr("The lane from north stands: its log has gone back"));
}

TEST_F(ArrivalTest, ADigestThatIsNotHereAsksForTheSequence) {
  const auto told = Told(0);
  EXPECT_EQ(told.state(), pb::ARRIVAL_STATE_UNKNOWN);
  EXPECT_THAT(WordsOf(told), HasSubstr("Ask with its sequence at the origin"));
}

TEST(ArrivalWords, EveryReasonHasWords) {
  for (int i = 1; i <= static_cast<int>(Why::kLeftToItsHub); ++i) {
    const std::string reason(NameOf(static_cast<Why>(i)));
    EXPECT_NE(WordsFor(reason), reason);
  }
  EXPECT_EQ(WordsFor("what a later hub says"), "what a later hub says");
}

}  // namespace
}  // namespace liaison::federation
