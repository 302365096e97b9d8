#include "server/subscriptions/desk.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "server/subscriptions/book.h"
#include "server/subscriptions/limits.h"
#include "server/subscriptions/schedule.h"
#include "tests/unit/server/subscriptions/desk_fixture.h"

namespace liaison::subscriptions {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(DeskTest, DeliversWhatComesAndWhatWasThere) {
  ASSERT_TRUE(Create().ok());
  Publish(3);
  const auto reader = Join("a");
  EXPECT_THAT(Sequences(reader->Await(3)), ElementsAre(2, 3, 4));
  Publish(1);
  EXPECT_THAT(Sequences(reader->Await(1)), ElementsAre(5));
  EXPECT_EQ(Stats().outstanding(), 4u);
  EXPECT_EQ(Stats().backlog(), 0u);
}

TEST_F(DeskTest, NothingBeyondCredit) {
  ASSERT_TRUE(Create().ok());
  Publish(10);
  const auto reader = Join("a", 2);
  EXPECT_THAT(Sequences(reader->Await(2)), ElementsAre(2, 3));
  Settled();
  EXPECT_THAT(reader->Await(0), IsEmpty());
}

TEST_F(DeskTest, OneOfAnySizeForTheLastByteOfCredit) {
  ASSERT_TRUE(Create().ok());
  Publish(10);
  const auto reader = Join("a", 0);
  desk_->Grant(kName, reader, 5, 1);
  EXPECT_THAT(Sequences(reader->Await(1)), ElementsAre(2));
  Settled();
  EXPECT_THAT(reader->Await(0), IsEmpty());
  desk_->Grant(kName, reader, 0, 1);
  EXPECT_THAT(Sequences(reader->Await(1)), ElementsAre(3));
}

TEST_F(DeskTest, AReaderThatStandsStillGetsNoMoreThanItHasRoomFor) {
  ASSERT_TRUE(Create().ok());
  const auto reader = Join("a");
  reader->set_room(1);
  Publish(10);
  const auto first = reader->Await(1);
  Settled();
  EXPECT_THAT(Sequences(first), ElementsAre(2));
  EXPECT_THAT(reader->Await(0), IsEmpty()) << "whatever its credit";
  EXPECT_EQ(Stats().outstanding(), 1u) << "others may have the rest";
  EXPECT_THAT(Sequences(Pull(2)), ElementsAre(3, 4));
  reader->set_room(1 << 20);
  desk_->Began(kName, {first[0].ack_token});
  EXPECT_THAT(Sequences(reader->Await(7)), ElementsAre(5, 6, 7, 8, 9, 10, 11));
}

TEST_F(DeskTest, ARestartForgetsNothingAndCountsNothingTwice) {
  ASSERT_TRUE(Create().ok());
  Publish(4);
  const auto first = Pull(2);
  EXPECT_THAT(Settle({first[0]}, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_OK));
  Restart();
  EXPECT_EQ(Stats().outstanding(), 1u) << "it may still be at work";
  EXPECT_THAT(Sequences(Pull()), ElementsAre(4, 5));
  EXPECT_THAT(Settle({first[1]}, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_OK));
  EXPECT_THAT(Settle({first[0]}, pb::SETTLE_ACTION_ACK),
              ElementsAre(pb::SETTLE_RESULT_ALREADY_SETTLED));
}

TEST_F(DeskTest, ARestartForgetsNoAttempt) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  for (uint32_t attempt = 1; attempt <= 2; ++attempt) {
    EXPECT_EQ(Pull().at(0).attempt, attempt);
    Restart();
    EXPECT_EQ(Stats().outstanding(), 1u);
    hub_.PassTime(30 * kSecond);
  }
  EXPECT_THAT(Pull(), IsEmpty());
  EXPECT_EQ(Stats().dead_letters(), 1u);
}

TEST_F(DeskTest, AfterTheLeaseItComesAgainAndTheOldTokenIsRefused) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  const auto first = Pull();
  EXPECT_EQ(first.at(0).attempt, 1u);
  hub_.PassTime(29 * kSecond);
  EXPECT_THAT(Pull(), IsEmpty());
  EXPECT_THAT(Settle(first, pb::SETTLE_ACTION_EXTEND), ElementsAre(pb::SETTLE_RESULT_OK));
  hub_.PassTime(29 * kSecond);
  EXPECT_THAT(Pull(), IsEmpty());
  hub_.PassTime(kSecond);
  EXPECT_THAT(Settle(first, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_EXPIRED));
  const auto second = Pull();
  EXPECT_EQ(second.at(0).attempt, 2u);
  EXPECT_THAT(Settle(first, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_SUPERSEDED));
  EXPECT_THAT(Settle(second, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_OK));
  EXPECT_THAT(Settle({Delivery{1, "", "igf", 1}}, pb::SETTLE_ACTION_ACK),
              ElementsAre(pb::SETTLE_RESULT_INVALID));
}

// Google Pub/Sub: what lay unread in a client's buffer ran out of time there, came again, and
// again.
TEST_F(DeskTest, GooglePubSubALeaseBeginsWhenItIsWritten) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  const auto reader = Join("a");
  const auto first = reader->Await(1);
  hub_.PassTime(3600 * kSecond);
  desk_->Tick();
  Settled();
  EXPECT_THAT(reader->Await(0), IsEmpty()) << "it is still on its way";
  desk_->Began(kName, {first[0].ack_token});
  Settled();
  hub_.PassTime(30 * kSecond);
  desk_->Tick();
  EXPECT_EQ(reader->Await(1).at(0).attempt, 2u);
}

// EventStoreDB #448.
TEST_F(DeskTest, EventStoreDb448ANackFreesItsSlot) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_NONE, "", /*max_outstanding=*/1).ok());
  Publish(2);
  const auto first = Pull();
  EXPECT_THAT(Sequences(first), ElementsAre(2));
  EXPECT_THAT(Pull(), IsEmpty());
  Settle(first, pb::SETTLE_ACTION_RETRY, 3600);
  EXPECT_THAT(Sequences(Pull()), ElementsAre(3));
}

// Google Pub/Sub, google-cloud-dotnet #11793.
TEST_F(DeskTest, GooglePubSubOrderAndDeadLettersDoNotWedgeAKey) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  Publish(2, "org/apnic");
  Publish(1, "org/lacnic");
  Publish(1, "org/apnic");
  const auto reader = Join("a");
  const auto first = reader->Await(2);
  EXPECT_THAT(Sequences(first), UnorderedElementsAre(2, 4)) << "one of each author";
  const size_t apnic = first[0].sequence == 2 ? 0 : 1;
  Settle({first[apnic]}, pb::SETTLE_ACTION_RETRY, 0);
  const auto again = reader->Await(1);
  EXPECT_THAT(Sequences(again), ElementsAre(2));
  Settle(again, pb::SETTLE_ACTION_RETRY, 0);  // the second attempt was the last
  const auto next = reader->Await(1);
  EXPECT_THAT(Sequences(next), ElementsAre(3));
  EXPECT_EQ(Stats().dead_letters(), 1u);
  Settle(next, pb::SETTLE_ACTION_ACK);
  EXPECT_THAT(Sequences(reader->Await(1)), ElementsAre(5));
}

TEST_F(DeskTest, AFailingKeyBlocksOnlyItself) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  Publish(3, "org/apnic");  // 2 to 4
  Publish(1, "org/lacnic");
  Publish(1, "org/afrinic");
  const auto first = Pull();
  EXPECT_THAT(Sequences(first), UnorderedElementsAre(2, 5, 6));
  for (const Delivery& delivery : first) {
    if (delivery.sequence == 2) Settle({delivery}, pb::SETTLE_ACTION_RETRY, 3600);
    if (delivery.sequence != 2) Settle({delivery}, pb::SETTLE_ACTION_ACK);
  }
  Publish(1, "org/lacnic");
  const auto next = Pull();
  EXPECT_THAT(Sequences(next), ElementsAre(7)) << "3 and 4 wait for 2";
  Settle(next, pb::SETTLE_ACTION_ACK);
  EXPECT_EQ(Stats().waiting(), 3u);
  hub_.PassTime(3600 * kSecond);
  EXPECT_THAT(Sequences(Pull()), ElementsAre(2));
}

TEST_F(DeskTest, ShowsWhatIsBehindAndSinceWhen) {
  ASSERT_TRUE(Create().ok());
  EXPECT_FALSE(Stats().has_oldest_unacked());
  Publish(1);
  hub_.PassTime(60 * kSecond);
  Publish(2);
  EXPECT_EQ(Stats().backlog(), 3u);
  EXPECT_EQ(Stats().oldest_unacked().sequence(), 2u) << "though nobody has looked at it";
  EXPECT_EQ(Stats().lag().seconds(), 60);
  const auto all = Pull();
  EXPECT_EQ(Stats().backlog(), 0u);
  EXPECT_EQ(Stats().oldest_unacked().sequence(), 2u);
  EXPECT_EQ(Stats().outstanding(), 3u);
  Settle({all[0]}, pb::SETTLE_ACTION_ACK);
  EXPECT_EQ(Stats().oldest_unacked().sequence(), 3u);
  EXPECT_EQ(Stats().lag().seconds(), 0);
  Settle({all[1], all[2]}, pb::SETTLE_ACTION_ACK);
  EXPECT_FALSE(Stats().has_oldest_unacked());
}

// EventStoreDB #500, #3696, #3844.
TEST_F(DeskTest, EventStoreDb500ReplayLosesAndDuplicatesNothing) {
  ASSERT_TRUE(Create().ok());
  Publish(4);
  const auto all = Pull();
  Settle({all[0], all[2]}, pb::SETTLE_ACTION_DEAD_LETTER);
  Settle({all[1], all[3]}, pb::SETTLE_ACTION_ACK);
  Restart();
  auto letters = *Ask1<std::vector<pb::DeadLetter>>(
      [&](auto done) { desk_->ListDeadLetters(kName, 0, 10, done); });
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].position().sequence(), 2u);
  EXPECT_EQ(letters[0].attempts(), 1u);
  EXPECT_EQ(letters[0].reason(), "a fictional reason");
  EXPECT_THAT(Replay(/*dry_run=*/true).sequences, ElementsAre(2, 4));
  const auto discarded =
      Ask1<DeadLetters>([&](auto done) { desk_->Discard(kName, {}, /*dry_run=*/true, done); });
  EXPECT_THAT(discarded->sequences, ElementsAre(2, 4));
  EXPECT_EQ(Stats().dead_letters(), 2u) << "a dry run changes nothing";
  EXPECT_THAT(Replay().sequences, ElementsAre(2, 4));
  EXPECT_THAT(Replay().sequences, IsEmpty());
  const auto again = Pull();
  EXPECT_THAT(Sequences(again), ElementsAre(2, 4));
  EXPECT_THAT(Settle(again, pb::SETTLE_ACTION_ACK), Each(pb::SETTLE_RESULT_OK));
  Restart();
  EXPECT_THAT(Pull(), IsEmpty());
  EXPECT_EQ(Stats().dead_letters(), 0u);
}

TEST_F(DeskTest, OnlyWhatItsOwnerMayRead) {
  ASSERT_TRUE(Create().ok());
  Publish(1, "org/apnic", "igf/partners");
  Publish(1, "org/apnic", "igf/public");
  EXPECT_THAT(Sequences(Pull()), ElementsAre(3));
  // From here on it is a partner; what was before it is not shown after the fact.
  ASSERT_TRUE(
      hub_.Publish(testing::OrganisationDraft(kName.owner, pb::ORGANISATION_KIND_NRI_REGIONAL))
          .ok());
  Publish(1, "org/apnic", "igf/partners");
  EXPECT_THAT(Sequences(Pull()), ElementsAre(4, 5));
}

TEST_F(DeskTest, WhatItsOwnerMayReadNoMoreDoesNotComeAgain) {
  ASSERT_TRUE(Create().ok());
  ASSERT_TRUE(
      hub_.Publish(testing::OrganisationDraft(kName.owner, pb::ORGANISATION_KIND_NRI_REGIONAL))
          .ok());
  Publish(1, "org/apnic", "igf/partners");
  Publish(1, "org/apnic", "igf/public");
  const auto first = Pull();
  EXPECT_THAT(Sequences(first), ElementsAre(2, 3, 4));
  Settle(first, pb::SETTLE_ACTION_RETRY, 0);
  // As if it were one no more.
  EXPECT_THAT(Sequences(PullAs("org/stranger")), ElementsAre(2, 4));
  EXPECT_EQ(Stats().waiting(), 0u);
}

TEST_F(DeskTest, FiltersAsSubscribeDoes) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_NONE, "author = org/lacnic").ok());
  Publish(2, "org/apnic");
  Publish(1, "org/lacnic");
  Publish(1, "org/apnic");
  EXPECT_THAT(Sequences(Pull()), ElementsAre(4));
}

TEST_F(DeskTest, SeekBeginsAnewAndVoidsEveryToken) {
  ASSERT_TRUE(Create().ok());
  Publish(3);
  const auto before = Pull();
  const auto sought = Ask1<pb::SeekResponse>([&](auto done) { desk_->Seek(kName, 2, done); });
  ASSERT_TRUE(sought.ok());
  EXPECT_EQ(sought->generation(), 2u);
  EXPECT_EQ(sought->backlog(), 2u);
  EXPECT_THAT(Settle(before, pb::SETTLE_ACTION_ACK), Each(pb::SETTLE_RESULT_SUPERSEDED));
  EXPECT_THAT(Sequences(Pull()), ElementsAre(3, 4));
}

TEST_F(DeskTest, APositionAheadOfTheLogIsToldAndNeverMovedByItself) {
  ASSERT_TRUE(Create().ok());
  Publish(2);
  ASSERT_TRUE(TrySeek(99).ok());
  ExpectStuck(record::Reason::kPositionAheadOfLog);
  Restart();
  ExpectStuck(record::Reason::kPositionAheadOfLog);
  ASSERT_TRUE(TrySeek(2).ok());
  EXPECT_THAT(Sequences(Pull()), ElementsAre(3));
}

TEST_F(DeskTest, APositionThatWasTrimmedIsToldAndNeverMovedByItself) {
  ASSERT_TRUE(Create().ok());
  Publish(4);
  earliest_ = 4;
  Restart();
  ExpectStuck(record::Reason::kPositionExpired);
  ASSERT_TRUE(TrySeek(3).ok());
  EXPECT_THAT(Sequences(Pull()), ElementsAre(4, 5));
}

TEST_F(DeskTest, WhatIsOutMayBeTrimmedAsWell) {
  ASSERT_TRUE(Create().ok());
  Publish(4);
  const auto all = Pull();
  Settle({all[1], all[2], all[3]}, pb::SETTLE_ACTION_ACK);
  earliest_ = 4;
  Restart();
  ExpectStuck(record::Reason::kPositionExpired);
  ASSERT_TRUE(TrySeek(3).ok());
  EXPECT_THAT(Sequences(Pull()), ElementsAre(4, 5));
}

TEST_F(DeskTest, WhatComesNextMayBeTheFirstThatIsLeft) {
  ASSERT_TRUE(Create().ok());
  Publish(2);
  earliest_ = 2;
  Restart();
  EXPECT_THAT(Sequences(Pull()), ElementsAre(2, 3));
}

TEST_F(DeskTest, AnotherLogIsTold) {
  ASSERT_TRUE(Create().ok());
  Close();
  hub_.Restart();
  auto state = LoadState(hub_.log(), kName.owner, kName.name);
  ASSERT_TRUE(state.ok() && state->has_value());
  rows::Subscription head = (*state)->head;
  head.set_log_id(std::string(16, 'x'));  // as a restored backup has it
  Change change;
  change.head = head;
  sequencer::Proposal proposal;
  proposal.control = ToControl(**state, change);
  absl::Notification done;
  proposal.done = [&](const auto&) { done.Notify(); };
  ASSERT_TRUE(hub_.proposals().Propose(std::move(proposal)).ok());
  done.WaitForNotification();
  Open();
  ExpectStuck(record::Reason::kLogIncarnationChanged);
  ASSERT_TRUE(TrySeek(1).ok());
  EXPECT_TRUE(TryPull().ok());
}

TEST_F(DeskTest, EachEventToOneOfTheMembers) {
  ASSERT_TRUE(Create().ok());
  const auto a = Join("a");
  const auto b = Join("b");
  Publish(40);
  Settled();
  std::vector<uint64_t> got = Sequences(a->Await(0));
  EXPECT_GT(got.size(), 10u);
  EXPECT_LT(got.size(), 30u);
  for (uint64_t sequence : Sequences(b->Await(0))) got.push_back(sequence);
  std::sort(got.begin(), got.end());
  EXPECT_EQ(got.size(), 40u);
  EXPECT_EQ(std::unique(got.begin(), got.end()), got.end());
}

TEST_F(DeskTest, TwoMembersShareKeysAndNoneHasTwoOfOne) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  const std::vector<std::shared_ptr<Reader>> members = {Join("a"), Join("b")};
  for (int round = 0; round < 3; ++round) {
    for (int author = 0; author < 16; ++author) Publish(1, absl::StrCat("org/fictional-", author));
  }
  // Of sequence s it is the author (s - 2) % 16.
  std::map<uint64_t, size_t> whose;
  for (uint64_t round = 0; round < 3; ++round) {
    Settled();
    std::vector<uint64_t> got;
    for (size_t member = 0; member < 2; ++member) {
      const std::vector<Delivery> deliveries = members[member]->Await(0);
      for (uint64_t sequence : Sequences(deliveries)) {
        got.push_back(sequence);
        const auto [it, is_new] = whose.emplace((sequence - 2) % 16, member);
        EXPECT_EQ(it->second, member) << "a key stays where it is";
      }
      Settle(deliveries, pb::SETTLE_ACTION_ACK);
    }
    std::sort(got.begin(), got.end());
    std::vector<uint64_t> wanted(16);
    std::iota(wanted.begin(), wanted.end(), 2 + 16 * round);
    EXPECT_EQ(got, wanted) << "the next of each key, and no more";
  }
  std::set<size_t> busy;
  for (const auto& key : whose) busy.insert(key.second);
  EXPECT_THAT(busy, ElementsAre(0, 1)) << "both have some";
}

TEST_F(DeskTest, AKeyIsDrainedBeforeItMovesToAnotherMember) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  const auto a = Join("a");
  for (int i = 0; i < 32; ++i) Publish(1, absl::StrCat("org/fictional-", i % 16));
  const auto held = a->Await(16);
  const auto b = Join("b");
  for (int i = 0; i < 16; ++i) Publish(1, absl::StrCat("org/fictional-", i));
  Settled();
  EXPECT_THAT(b->Await(0), IsEmpty()) << "all keys are still out at the other";
  EXPECT_THAT(a->Await(0), IsEmpty());
  Settle(held, pb::SETTLE_ACTION_ACK);
  Settled();
  std::vector<uint64_t> got = Sequences(a->Await(0));
  const std::vector<uint64_t> moved = Sequences(b->Await(0));
  EXPECT_THAT(moved, ::testing::Not(IsEmpty()));
  EXPECT_THAT(got, ::testing::Not(IsEmpty()));
  got.insert(got.end(), moved.begin(), moved.end());
  std::sort(got.begin(), got.end());
  std::vector<uint64_t> wanted(16);
  std::iota(wanted.begin(), wanted.end(), 18);
  EXPECT_EQ(got, wanted);
}

// The hash is remembered, so it is the same for ever: FNV-1a.
uint64_t ShardOf(const std::string& key) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : key) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash % kShards;
}

// Two authors of one shard, that of the second of two members.
std::pair<std::string, std::string> TwoOfAShard() {
  std::map<uint64_t, std::string> by_shard;
  for (int i = 0;; ++i) {
    const std::string author = absl::StrCat("org/fictional-", i);
    const uint64_t shard = ShardOf(author);
    if (MemberFor(shard, {1, 2}) != 2) continue;
    const auto [it, is_new] = by_shard.emplace(shard, author);
    if (!is_new) return {it->second, author};
  }
}

TEST_F(DeskTest, AShardIsDrainedBeforeItMovesToAnotherMember) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  const auto [first, second] = TwoOfAShard();
  Publish(1, first);
  const auto a = Join("a");
  const auto held = a->Await(1);
  const auto b = Join("b");
  Publish(1, second);
  Settled();
  EXPECT_THAT(a->Await(0), IsEmpty()) << "it is the other's by now";
  EXPECT_THAT(b->Await(0), IsEmpty()) << "and not yet";
  Settle(held, pb::SETTLE_ACTION_ACK);
  EXPECT_THAT(Sequences(b->Await(1)), ElementsAre(3));
}

// A member whose line broke may still be at work.
TEST_F(DeskTest, AShardIsDrainedBeforeItMovesToWhoeverPulls) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  const auto [first, second] = TwoOfAShard();
  Publish(1, first);
  const auto a = Join("a");
  const auto held = a->Await(1);
  desk_->Detach(kName, a, {}, /*in_order=*/false);
  Publish(1, second);
  EXPECT_THAT(Pull(), IsEmpty()) << "the shard is still out at the other";
  Settle(held, pb::SETTLE_ACTION_ACK);
  EXPECT_THAT(Sequences(Pull()), ElementsAre(3));
}

TEST_F(DeskTest, OfManyTopicsTheFirstOneOrders) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_TOPIC).ok());
  const auto publish = [&](const std::string& author, const std::vector<std::string>& topics) {
    pb::Draft draft = testing::Signal("A fictional signal", author);
    draft.clear_topics();
    for (const std::string& topic : topics) draft.add_topics(topic);
    ASSERT_TRUE(hub_.Publish(draft).ok());
  };
  publish("org/apnic", {"fictional:a", "fictional:b"});
  publish("org/lacnic", {"fictional:a"});
  publish("org/apnic", {"fictional:b", "fictional:a"});
  const auto got = Pull();
  EXPECT_THAT(Sequences(got), ElementsAre(2, 4)) << "3 waits for 2";
  Settle(got, pb::SETTLE_ACTION_ACK);
  EXPECT_THAT(Sequences(Pull()), ElementsAre(3));
}

TEST_F(DeskTest, WhatNeverWentOutDoesNotCount) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  const auto a = Join("a");
  const auto first = a->Await(1);
  desk_->Detach(kName, a, {first[0].ack_token}, false);
  EXPECT_EQ(Join("b")->Await(1).at(0).attempt, 1u);
}

// A caller whose deadline was over, or whose token was revoked, while it waited.
TEST_F(DeskTest, APullThatNobodyWaitsForAnyMoreTakesNothing) {
  ASSERT_TRUE(Create().ok());
  std::atomic<bool> waits = true;
  absl::Notification ended;
  desk_->Pull(
      kName, [&] { return waits ? Who() : std::nullopt; }, 10, 30 * kSecond,
      [&](const absl::StatusOr<std::vector<Delivery>>& pulled) {
        EXPECT_FALSE(pulled.ok());
        ended.Notify();
      });
  Settled();
  waits = false;
  Publish(1);
  const auto pulled = Pull();
  ASSERT_THAT(Sequences(pulled), ElementsAre(2));
  EXPECT_EQ(pulled[0].attempt, 1u);
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

TEST_F(DeskTest, AClockThatIsSetEndsNoLease) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  const auto first = Pull();
  hub_.JumpClock(200 * kSecond);
  EXPECT_THAT(Pull(), IsEmpty());
  EXPECT_THAT(Settle(first, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_OK));
}

TEST_F(DeskTest, AClockThatIsSetBackMakesNoRetryWaitForIt) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  Publish(1);
  Settle(Pull(), pb::SETTLE_ACTION_RETRY, 60);
  hub_.JumpClock(-365 * 24 * 3600 * kSecond);
  hub_.PassTime(59 * kSecond);
  EXPECT_THAT(Pull(), IsEmpty());
  hub_.PassTime(kSecond);
  EXPECT_EQ(Pull().at(0).attempt, 2u);
}

TEST_F(DeskTest, AMemberThatComesAnewTakesItsPlace) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  const auto old = Join("a");
  const auto first = old->Await(1);
  const auto anew = Join("a");
  EXPECT_EQ(record::ReasonOf(old->ended()), record::Reason::kFieldInvalid);
  EXPECT_EQ(anew->Await(1).at(0).attempt, 2u);
  EXPECT_THAT(Settle(first, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_SUPERSEDED));
}

// Both at once: neither was a member when the other came.
TEST_F(DeskTest, OfTwoThatComeByOneNameAtOnceTheLaterIsIt) {
  ASSERT_TRUE(Create().ok());
  Publish(4);
  const auto who = [this] { return Who(); };
  const auto first = std::make_shared<Reader>(who), later = std::make_shared<Reader>(who);
  absl::Status first_joined, later_joined;
  order_->Hold();
  desk_->Attach(kName, "a", 0, {}, first, [&](const auto& as) { first_joined = as.status(); });
  desk_->Attach(kName, "a", 0, {}, later, [&](const auto& as) { later_joined = as.status(); });
  Settled();
  order_->GoOn();
  Settled();
  EXPECT_EQ(record::ReasonOf(first_joined), record::Reason::kFieldInvalid) << first_joined;
  EXPECT_TRUE(later_joined.ok()) << later_joined;
  for (const auto& reader : {first, later}) desk_->Grant(kName, reader, 10, 1 << 20);
  EXPECT_THAT(Sequences(later->Await(4)), ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(Stats().members(), 1u);
}

// A line that broke while its member came again, and the next one.
TEST_F(DeskTest, OfTwoThatComeAgainAtOnceTheLaterIsIt) {
  ASSERT_TRUE(Create().ok());
  const auto who = [this] { return Who(); };
  const auto lost = std::make_shared<Reader>(who);
  const auto joined =
      Ask1<JoinedAs>([&](auto done) { desk_->Attach(kName, "a", 0, {}, lost, done); });
  ASSERT_TRUE(joined.ok());
  desk_->Detach(kName, lost, {}, /*in_order=*/false);
  const auto first = std::make_shared<Reader>(who), later = std::make_shared<Reader>(who);
  order_->Hold();
  for (const auto& reader : {first, later}) {
    desk_->Attach(kName, "a", joined->epoch, {}, reader, [&, reader](const auto& as) {
      if (!as.ok()) reader->End(as.status());
    });
  }
  Settled();
  order_->GoOn();
  Settled();
  EXPECT_EQ(record::ReasonOf(first->ended()), record::Reason::kFieldInvalid) << first->ended();
  EXPECT_TRUE(later->ended().ok()) << later->ended();
  desk_->Grant(kName, later, 10, 1 << 20);
  Publish(1);
  EXPECT_THAT(Sequences(later->Await(1)), ElementsAre(2));
  EXPECT_EQ(Stats().members(), 1u);
}

TEST_F(DeskTest, WhatIsDeletedLeavesNoRow) {
  Publish(3);
  const auto before = hub_.Everything();
  ASSERT_TRUE(Create().ok());
  ASSERT_TRUE(Create().ok()) << "a retry";
  EXPECT_EQ(record::ReasonOf(Create(pb::DELIVERY_ORDER_AUTHOR)), record::Reason::kFieldInvalid);
  const auto held = Pull();
  Settle({held[0]}, pb::SETTLE_ACTION_DEAD_LETTER);
  Settle({held[1]}, pb::SETTLE_ACTION_RETRY, 3600);
  const auto reader = Join("a");
  ASSERT_TRUE(Ask1<bool>([&](auto done) { desk_->Delete(kName, done); }).ok());
  EXPECT_EQ(record::ReasonOf(reader->ended()), record::Reason::kNotFound);
  EXPECT_EQ(hub_.Everything(), before);
}

// Deleting one is no reason to begin to count at nothing.
TEST_F(DeskTest, NoOwnerHasMoreThanItMayAfterARestartToo) {
  ASSERT_TRUE(Create().ok());
  std::atomic<size_t> made = 1;
  rows::Subscription head;
  head.set_owner(kName.owner);
  order_->TakeOnly(0);
  head.set_name("s1");
  desk_->Create(head, [](const auto& created) { EXPECT_FALSE(created.ok()); });
  Settled();  // one that was not made does not count
  order_->TakeAll();
  for (size_t i = 1; i < kMaxPerOwner; ++i) {
    head.set_name(absl::StrCat("s", i));
    desk_->Create(head, [&](const auto& created) { made += created.ok() ? 1 : 0; });
  }
  const auto one_more = [&] {
    head.set_name("one-more");
    return Ask1<pb::Subscription>([&](auto done) { desk_->Create(head, done); }).status();
  };
  EXPECT_EQ(one_more().code(), absl::StatusCode::kResourceExhausted) << "those under way count";
  Settled();
  ASSERT_EQ(made, kMaxPerOwner);
  Restart();
  ASSERT_TRUE(Ask1<bool>([&](auto done) { desk_->Delete(kName, done); }).ok());
  EXPECT_TRUE(one_more().ok());
  EXPECT_EQ(Create().code(), absl::StatusCode::kResourceExhausted);
}

// What nobody consumes is not in memory: ten thousand idle ones cost their rows.
TEST_F(DeskTest, IdleOnesLeaveMemoryAndComeBack) {
  ASSERT_TRUE(Create().ok());
  Publish(2);
  Settle(Pull(1), pb::SETTLE_ACTION_ACK);
  const int reads = log_->row_reads();
  TickSome();
  EXPECT_EQ(log_->row_reads(), reads);
  EXPECT_THAT(Sequences(Pull()), ElementsAre(3));
  EXPECT_GT(log_->row_reads(), reads) << "it had been in memory all the time";
}

// One that is out is looked at until its lease is over: read anew, it would begin again each time.
TEST_F(DeskTest, WhatIsOutStaysInMemory) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  ASSERT_THAT(Sequences(Pull()), ElementsAre(2));
  hub_.PassTime(20 * kSecond);
  TickSome();
  hub_.PassTime(10 * kSecond);
  EXPECT_THAT(Sequences(Pull()), ElementsAre(2));
}

TEST_F(DeskTest, WhoeverWaitsInAPullIsAnsweredWhenTheHubGoes) {
  ASSERT_TRUE(Create().ok());
  absl::Notification answered;
  desk_->Pull(
      kName, [this] { return Who(); }, 10, 30 * kSecond,
      [&](const absl::StatusOr<std::vector<Delivery>>& pulled) {
        EXPECT_TRUE(pulled.ok() && pulled->empty()) << pulled.status();
        answered.Notify();
      });
  desk_->Drain();
  EXPECT_TRUE(answered.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

// --- a write that fails --------------------------------------------------------------------------

TEST_F(DeskTest, AnAttemptThatIsNotOnDiskDoesNotGoOut) {
  ASSERT_TRUE(Create().ok());
  const auto reader = Join("a");
  order_->TakeOnly(0);
  Publish(1);
  Settled();
  EXPECT_THAT(reader->Await(0), IsEmpty());
  EXPECT_EQ(record::ReasonOf(reader->ended()), record::Reason::kQueueFull) << "it comes again";
  order_->TakeAll();
  EXPECT_EQ(Join("a")->Await(1).at(0).attempt, 1u);
}

TEST_F(DeskTest, WhatWasNotWrittenIsNotRememberedEither) {
  ASSERT_TRUE(Create().ok());
  Publish(2);
  const auto held = Pull();
  order_->TakeOnly(0);
  EXPECT_EQ(record::ReasonOf(TrySettle(held, pb::SETTLE_ACTION_ACK).status()),
            record::Reason::kQueueFull);
  order_->TakeAll();
  EXPECT_THAT(Settle(held, pb::SETTLE_ACTION_ACK), Each(pb::SETTLE_RESULT_OK));
  Restart();
  EXPECT_EQ(Accounted(), 0u);
}

// Were they two, the event would be lost between them, or delivered once more.
TEST_F(DeskTest, LayingAsideAndMovingOnAreOneWriteAndSoIsReplaying) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  const auto held = Pull();
  order_->TakeOnly(1);
  TrySettle(held, pb::SETTLE_ACTION_DEAD_LETTER).status().IgnoreError();
  Restart();
  EXPECT_EQ(Accounted(), 1u);
  EXPECT_EQ(Stats().dead_letters(), 1u);
  order_->TakeOnly(1);
  Ask1<DeadLetters>([&](auto done) { desk_->Replay(kName, {}, false, done); })
      .status()
      .IgnoreError();
  Restart();
  EXPECT_EQ(Accounted(), 1u);
  EXPECT_EQ(Stats().waiting(), 1u);
}

TEST_F(DeskTest, APageOfDeadLettersIsNotShortForThoseThatAreNotOnDiskYet) {
  ASSERT_TRUE(Create().ok());
  Publish(2);
  const auto held = Pull();
  Settle({held[1]}, pb::SETTLE_ACTION_DEAD_LETTER);
  order_->Hold();
  absl::Notification settled;
  pb::Settlement said;
  said.set_ack_token(held[0].ack_token);
  said.set_action(pb::SETTLE_ACTION_DEAD_LETTER);
  desk_->Settle(kName, {said}, [&](const auto&) { settled.Notify(); });
  const auto page = Ask1<std::vector<pb::DeadLetter>>(
      [&](auto done) { desk_->ListDeadLetters(kName, 0, 1, done); });
  ASSERT_EQ(page->size(), 1u) << "or it looks like the last one";
  EXPECT_EQ(page->at(0).position().sequence(), 3u);
  order_->GoOn();
  settled.WaitForNotification();
}

// More than are read from disk at once.
TEST_F(DeskTest, ARestartForgetsNothingHoweverMuchWaits) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  constexpr uint32_t kMany = 1200;
  std::vector<pb::Draft> drafts;
  for (uint32_t i = 0; i < kMany; ++i) drafts.push_back(testing::Signal("A fictional signal"));
  ASSERT_EQ(hub_.PublishBatch(drafts, false).size(), kMany);
  ASSERT_THAT(Sequences(Pull()), ElementsAre(2));
  EXPECT_THAT(Pull(), IsEmpty());  // reads on, where the first has read as much as in one turn
  EXPECT_EQ(Stats().waiting(), kMany - 1);
  Restart();
  EXPECT_EQ(Stats().waiting(), kMany - 1);
  EXPECT_EQ(Stats().outstanding(), 1u);
}

// Members come and go, settle as they like, and the hub is started again and again: in the end
// every event was acknowledged or is a dead letter, and none was with two at once.
TEST_F(DeskTest, AnyStoryWithRestartsSettlesEveryEventOnce) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  std::set<uint64_t> wanted, acked;
  std::vector<Delivery> held;
  const std::vector<std::string> authors = {"org/apnic", "org/lacnic", "org/ripe"};
  const auto settle_some = [&](bool all) {
    std::vector<Delivery> kept;
    for (Delivery& delivery : held) {
      if (!all && random() % 3 == 0) {
        kept.push_back(std::move(delivery));
        continue;
      }
      const bool ack = random() % 4 != 0;
      const auto results =
          Settle({delivery}, ack ? pb::SETTLE_ACTION_ACK : pb::SETTLE_ACTION_RETRY, 0);
      if (ack && results.at(0) == pb::SETTLE_RESULT_OK) {
        EXPECT_TRUE(acked.insert(delivery.sequence).second) << delivery.sequence << " twice";
      }
    }
    held = std::move(kept);
  };
  for (int step = 0; step < 60; ++step) {
    const uint64_t before = hub_.tail().head();
    Publish(static_cast<int>(random() % 4), authors[random() % authors.size()]);
    for (uint64_t s = before + 1; s <= hub_.tail().head(); ++s) wanted.insert(s);
    for (Delivery& delivery : Pull(1 + random() % 5)) held.push_back(std::move(delivery));
    settle_some(false);
    if (random() % 8 == 0) Restart();
    if (random() % 8 == 0) hub_.PassTime(31 * kSecond);
    if (HasFailure()) return;
  }
  for (int i = 0; i < 300 && acked.size() + Stats().dead_letters() < wanted.size(); ++i) {
    hub_.PassTime(31 * kSecond);
    for (Delivery& delivery : Pull()) held.push_back(std::move(delivery));
    settle_some(true);
  }
  EXPECT_EQ(acked.size() + Stats().dead_letters(), wanted.size());
  EXPECT_EQ(Stats().outstanding() + Stats().waiting(), 0u);
}

}  // namespace
}  // namespace liaison::subscriptions
