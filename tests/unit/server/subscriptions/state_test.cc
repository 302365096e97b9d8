#include "server/subscriptions/state.h"

#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/subscriptions/limits.h"
#include "server/subscriptions/schedule.h"

namespace liaison::subscriptions {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kYear = 365 * 24 * 3600 * kSecond;

class StateTest : public ::testing::Test {
 protected:
  StateTest() { state_.head.set_generation(1); }

  void Do(const Change& change) {
    Apply(change, &state_);
    schedule_.Follow(change);
    schedule_.Advance(now_us_, boot_us_);
    for (const auto& [sequence, letter] : change.dead_letters) {
      if (letter) {
        letters_[sequence] = *letter;
      } else {
        letters_.erase(sequence);
      }
    }
  }
  // Events that come and go to `epoch` at once, or wait where it is 0.
  void Take(std::vector<uint64_t> sequences, uint64_t epoch, uint64_t key = 0) {
    std::vector<Taken> taken;
    for (uint64_t sequence : sequences) taken.push_back({sequence, key, epoch});
    Do(HandOut(state_, sequences.back(), taken, {}, now_us_));
  }
  void Again(uint64_t sequence, uint64_t epoch) {
    Do(HandOut(state_, state_.head.position(), {}, {{sequence, epoch}}, now_us_));
  }
  Claim Say(uint64_t sequence, pb::SettleAction action) {
    Claim claim;
    claim.generation = state_.head.generation();
    claim.sequence = sequence;
    claim.action = action;
    auto it = state_.entries.find(sequence);
    if (it == state_.entries.end()) return claim;
    claim.delivery = it->second.deliveries();
    claim.epoch = it->second.epoch();
    return claim;
  }
  pb::SettleResult Settle(const Claim& claim) {
    std::vector<pb::SettleResult> results;
    Do(subscriptions::Settle(state_, {claim}, now_us_, &results));
    return results.front();
  }
  pb::SettleResult Settle(uint64_t sequence, pb::SettleAction action) {
    return Settle(Say(sequence, action));
  }
  uint32_t Attempts(uint64_t sequence) { return state_.entries.at(sequence).attempts(); }
  std::vector<uint64_t> Ready() const {
    return {schedule_.ready().begin(), schedule_.ready().end()};
  }
  std::vector<uint64_t> Dead() const {
    return {state_.dead_letters.begin(), state_.dead_letters.end()};
  }
  std::vector<Laid> Letters() const {
    std::vector<Laid> laid;
    for (const auto& [sequence, letter] : letters_) laid.push_back({sequence, letter});
    return laid;
  }
  void Pass(int64_t us) {
    now_us_ += us;
    boot_us_ += us;
    schedule_.Advance(now_us_, boot_us_);
  }

  State state_;
  Schedule schedule_;
  std::map<uint64_t, rows::DeadLetter> letters_;
  int64_t now_us_ = 1'800'000'000 * kSecond;
  int64_t boot_us_ = 1000 * kSecond;
};

TEST_F(StateTest, WhatIsAcknowledgedIsGone) {
  Take({1, 2, 3}, 7);
  EXPECT_EQ(Settle(2, pb::SETTLE_ACTION_ACK), pb::SETTLE_RESULT_OK);
  EXPECT_EQ(state_.entries.size(), 2u);
  EXPECT_EQ(schedule_.out(), 2u);
  EXPECT_EQ(state_.head.position(), 3u);
  EXPECT_EQ(Settle(2, pb::SETTLE_ACTION_ACK), pb::SETTLE_RESULT_ALREADY_SETTLED);
}

TEST_F(StateTest, AttemptsAreExactAndReleasedOnesDoNotCount) {
  Take({1}, 7);
  EXPECT_EQ(Attempts(1), 1u);
  EXPECT_EQ(Settle(1, pb::SETTLE_ACTION_RELEASE), pb::SETTLE_RESULT_OK);
  EXPECT_EQ(Attempts(1), 0u);
  Again(1, 7);
  EXPECT_EQ(Attempts(1), 1u);
  Do(Expire(state_, {1}, now_us_));
  Again(1, 7);
  EXPECT_EQ(Attempts(1), 2u);
}

// JetStream takes the acknowledgement of an earlier delivery for one of the later.
TEST_F(StateTest, JetStreamAnOldTokenIsRefused) {
  Take({1}, 7);
  const Claim old = Say(1, pb::SETTLE_ACTION_ACK);
  Do(Expire(state_, {1}, now_us_));
  EXPECT_EQ(Settle(old), pb::SETTLE_RESULT_EXPIRED);
  Again(1, 7);
  EXPECT_EQ(Settle(old), pb::SETTLE_RESULT_SUPERSEDED);
  EXPECT_EQ(Settle(1, pb::SETTLE_ACTION_ACK), pb::SETTLE_RESULT_OK);
}

// Given back and got again by the same member: the attempt has the same number, the token another.
TEST_F(StateTest, ATokenFromBeforeARelease) {
  Take({1}, 7);
  const Claim old = Say(1, pb::SETTLE_ACTION_ACK);
  ASSERT_EQ(Settle(1, pb::SETTLE_ACTION_RELEASE), pb::SETTLE_RESULT_OK);
  Again(1, 7);
  EXPECT_EQ(Settle(old), pb::SETTLE_RESULT_SUPERSEDED);
}

TEST_F(StateTest, ATokenOfAnotherMemberIsNone) {
  Take({1}, 7);
  Claim others = Say(1, pb::SETTLE_ACTION_ACK);
  others.epoch = 8;
  EXPECT_EQ(Settle(others), pb::SETTLE_RESULT_SUPERSEDED);
  EXPECT_EQ(schedule_.out(), 1u);
}

// Laid aside and delivered again to the same member: a new delivery, though none was counted yet.
TEST_F(StateTest, ATokenFromBeforeAReplay) {
  for (int round = 0; round < 3; ++round) {
    if (round == 0) Take({1}, 7);
    const Claim old = Say(1, pb::SETTLE_ACTION_ACK);
    ASSERT_EQ(Settle(1, pb::SETTLE_ACTION_DEAD_LETTER), pb::SETTLE_RESULT_OK);
    Do(Replay(state_, Letters()));
    Again(1, 7);
    EXPECT_EQ(Attempts(1), 1u);
    EXPECT_EQ(Settle(old), pb::SETTLE_RESULT_SUPERSEDED) << "round " << round;
  }
  EXPECT_EQ(Settle(1, pb::SETTLE_ACTION_ACK), pb::SETTLE_RESULT_OK);
}

TEST_F(StateTest, AfterASeekEveryOldTokenIsSuperseded) {
  Take({1, 2}, 7);
  const Claim old = Say(1, pb::SETTLE_ACTION_ACK);
  Do(SeekTo(state_, "log", 0));
  EXPECT_THAT(state_.entries, IsEmpty());
  EXPECT_EQ(state_.head.generation(), 2u);
  Take({1, 2}, 7);
  EXPECT_EQ(Settle(old), pb::SETTLE_RESULT_SUPERSEDED);
}

// NATS JetStream #5412: a log that lost its end went on, and what was said of the old end counted.
TEST_F(StateTest, JetStream5412ATokenOfWhatWasNeverDeliveredIsNone) {
  Take({1, 2}, 7);
  Claim lost = Say(2, pb::SETTLE_ACTION_ACK);
  lost.sequence = 3;
  EXPECT_EQ(Settle(lost), pb::SETTLE_RESULT_INVALID);
  EXPECT_EQ(state_.entries.size(), 2u);
}

// EventStoreDB #448: what was refused went on taking the place of another.
TEST_F(StateTest, EventStoreDb448ANackFreesItsSlot) {
  Take({1}, 7);
  ASSERT_EQ(schedule_.out(), 1u);
  Claim nack = Say(1, pb::SETTLE_ACTION_RETRY);
  nack.delay_us = 3600 * kSecond;
  EXPECT_EQ(Settle(nack), pb::SETTLE_RESULT_OK);
  EXPECT_EQ(schedule_.out(), 0u);
  EXPECT_EQ(schedule_.waiting(), 1u);
  EXPECT_THAT(Ready(), IsEmpty());
  Pass(3600 * kSecond);
  EXPECT_THAT(Ready(), ElementsAre(1));
}

// EventStoreDB #1300: "no much use of repeating 10 times per second".
TEST_F(StateTest, EventStoreDb1300RetriesWaitLongerEachTime) {
  Take({1}, 7);
  std::vector<int64_t> waits_s;
  for (int i = 0; i < 9; ++i) {
    ASSERT_EQ(Settle(1, pb::SETTLE_ACTION_RETRY), pb::SETTLE_RESULT_OK);
    waits_s.push_back((state_.entries.at(1).not_before_us() - now_us_) / kSecond);
    Pass(waits_s.back() * kSecond);
    Again(1, 7);
  }
  EXPECT_THAT(waits_s, ElementsAre(1, 2, 4, 8, 16, 32, 64, 128, 256));
  EXPECT_EQ(Settle(1, pb::SETTLE_ACTION_RETRY), pb::SETTLE_RESULT_OK);
  EXPECT_THAT(Dead(), ElementsAre(1));
}

// Google Pub/Sub (google-cloud-dotnet #11793): a dead letter in order wedged its key for ever.
TEST_F(StateTest, GooglePubSubADeadLetterDoesNotWedgeItsKey) {
  Take({1}, 7, 42);
  Take({2, 3}, 0, 42);
  Take({4}, 0, 43);
  EXPECT_THAT(Ready(), ElementsAre(4)) << "a failing key blocks only itself";
  EXPECT_EQ(Settle(1, pb::SETTLE_ACTION_DEAD_LETTER), pb::SETTLE_RESULT_OK);
  EXPECT_THAT(Ready(), ElementsAre(2, 4));
  Again(2, 7);
  EXPECT_THAT(Ready(), ElementsAre(4)) << "one at a time";
  EXPECT_EQ(Settle(2, pb::SETTLE_ACTION_ACK), pb::SETTLE_RESULT_OK);
  EXPECT_THAT(Ready(), ElementsAre(3, 4));
}

TEST_F(StateTest, AKeyWaitsForTheRetryOfItsFirst) {
  Take({1}, 7, 42);
  Take({2}, 0, 42);
  EXPECT_EQ(Settle(1, pb::SETTLE_ACTION_RETRY), pb::SETTLE_RESULT_OK);
  EXPECT_THAT(Ready(), IsEmpty());
  Pass(kSecond);
  EXPECT_THAT(Ready(), ElementsAre(1));
}

// A clock that is set back takes nobody's turn away, neither for good nor for a while.
TEST_F(StateTest, AKeyIsNotForgottenWhenTheClockIsSetBack) {
  Take({1}, 7, 42);
  EXPECT_EQ(Settle(1, pb::SETTLE_ACTION_RETRY), pb::SETTLE_RESULT_OK);
  Pass(kSecond);
  EXPECT_THAT(Ready(), ElementsAre(1));
  now_us_ -= 60 * kSecond;
  Pass(0);
  Take({2}, 0, 42);  // looks at the key again
  EXPECT_THAT(Ready(), ElementsAre(1));
}

TEST_F(StateTest, AClockThatIsSetMakesNoWaitLongerOrShorter) {
  for (const int64_t set_us : {-kYear, kYear}) {
    for (const uint64_t key : {0, 42}) {
      Take({1}, 7, key);
      Claim nack = Say(1, pb::SETTLE_ACTION_RETRY);
      nack.delay_us = 60 * kSecond;
      ASSERT_EQ(Settle(nack), pb::SETTLE_RESULT_OK);
      now_us_ += set_us;
      Pass(59 * kSecond);
      EXPECT_THAT(Ready(), IsEmpty());
      Pass(kSecond);
      EXPECT_THAT(Ready(), ElementsAre(1));
      Do(Drop(state_, {1}));
    }
  }
}

// After a restart UTC is all there is to go by; nothing waits for years all the same.
TEST_F(StateTest, AWaitThatWasAskedForByAWrongClockIsOver) {
  Take({1, 2}, 7);
  Claim nack = Say(1, pb::SETTLE_ACTION_RETRY);
  nack.delay_us = 60 * kSecond;
  ASSERT_EQ(Settle(nack), pb::SETTLE_RESULT_OK);
  now_us_ -= kYear;
  nack = Say(2, pb::SETTLE_ACTION_RETRY);
  nack.delay_us = 60 * kSecond;
  ASSERT_EQ(Settle(nack), pb::SETTLE_RESULT_OK);
  schedule_ = Schedule();
  Pass(0);
  schedule_.Reset(state_, 0);
  EXPECT_THAT(Ready(), ElementsAre(1));
  Pass(60 * kSecond);
  EXPECT_THAT(Ready(), ElementsAre(1, 2));
}

// EventStoreDB #500, #3696, #3844: replaying lost some, took its own refusals for nothing, and sent
// 380,000 where there were none.
TEST_F(StateTest, EventStoreDb500ReplayLosesAndDuplicatesNothing) {
  Take({1, 2, 3, 4}, 7);
  for (uint64_t s : {1, 3}) {
    ASSERT_EQ(Settle(s, pb::SETTLE_ACTION_DEAD_LETTER), pb::SETTLE_RESULT_OK);
  }
  const uint64_t position = state_.head.position();
  Do(Replay(state_, Letters()));
  EXPECT_THAT(Dead(), IsEmpty());
  EXPECT_THAT(Ready(), ElementsAre(1, 3));
  EXPECT_EQ(state_.head.position(), position) << "the cursor does not move";
  EXPECT_EQ(Attempts(1), 0u);
  Again(1, 7);
  EXPECT_EQ(Settle(1, pb::SETTLE_ACTION_DEAD_LETTER), pb::SETTLE_RESULT_OK) << "#3696";
  EXPECT_THAT(Dead(), ElementsAre(1));
  Do(Replay(state_, {})) /* #3844 */;
  EXPECT_THAT(Ready(), ElementsAre(3));
}

// What there is no room for as a dead letter is not lost for that.
TEST_F(StateTest, BeyondTheMostDeadLettersItIsTriedAgain) {
  for (uint64_t s = 1; s < kMaxDeadLetters; ++s) state_.dead_letters.insert(s);
  const uint64_t last = kMaxDeadLetters, next = last + 1;
  Take({last, next}, 7);
  ASSERT_EQ(Settle(last, pb::SETTLE_ACTION_DEAD_LETTER), pb::SETTLE_RESULT_OK);
  ASSERT_EQ(Settle(next, pb::SETTLE_ACTION_DEAD_LETTER), pb::SETTLE_RESULT_OK);
  EXPECT_EQ(Dead().size(), kMaxDeadLetters);
  EXPECT_TRUE(state_.dead_letters.contains(last));
  EXPECT_THAT(Ready(), IsEmpty());
  Pass(600 * kSecond);
  EXPECT_THAT(Ready(), ElementsAre(next));
}

TEST_F(StateTest, AReplayedOneWaitsForWhatIsOutOfItsKey) {
  Take({1}, 7, 42);
  ASSERT_EQ(Settle(1, pb::SETTLE_ACTION_DEAD_LETTER), pb::SETTLE_RESULT_OK);
  Take({2}, 7, 42);
  Do(Replay(state_, Letters()));
  EXPECT_THAT(Ready(), IsEmpty());
  ASSERT_EQ(Settle(2, pb::SETTLE_ACTION_ACK), pb::SETTLE_RESULT_OK);
  EXPECT_THAT(Ready(), ElementsAre(1));
}

// Sought back to before its dead letters: they come by themselves, once.
TEST_F(StateTest, ReplayAfterASeekBackDeliversOnce) {
  Take({1, 2}, 7);
  ASSERT_EQ(Settle(1, pb::SETTLE_ACTION_DEAD_LETTER), pb::SETTLE_RESULT_OK);
  Do(SeekTo(state_, "log", 0));
  Do(Replay(state_, Letters()));
  EXPECT_THAT(state_.entries, IsEmpty());
  Take({1, 2}, 7);
  EXPECT_EQ(state_.entries.size(), 2u);
}

TEST_F(StateTest, AMemberThatComesAnewGetsAtOnceWhatItHeld) {
  uint64_t epoch = 0;
  Do(Join(state_, "reader", 0, {}, state_.head.last_epoch() + 1, now_us_, &epoch));
  Take({1, 2}, epoch);
  const Claim old = Say(1, pb::SETTLE_ACTION_ACK);
  uint64_t same = 0;
  Do(Join(state_, "reader", epoch, {old}, state_.head.last_epoch() + 1, now_us_, &same));
  EXPECT_EQ(same, epoch) << "it only lost its connection";
  EXPECT_EQ(schedule_.out(), 1u);
  EXPECT_THAT(Ready(), ElementsAre(2)) << "what never arrived";
  EXPECT_EQ(Attempts(2), 0u);
  uint64_t next = 0;
  Do(Join(state_, "reader", 0, {}, state_.head.last_epoch() + 1, now_us_, &next));
  EXPECT_GT(next, epoch);
  EXPECT_THAT(Ready(), ElementsAre(1, 2));
  Again(1, next);
  EXPECT_EQ(Settle(old), pb::SETTLE_RESULT_SUPERSEDED);
}

// Of members that never go in order the last ones are remembered; leases end all the same.
TEST_F(StateTest, OfManyMembersTheFirstAreForgotten) {
  uint64_t first = 0, epoch = 0;
  Do(Join(state_, "m0", 0, {}, state_.head.last_epoch() + 1, now_us_, &first));
  Take({1}, first);
  for (int i = 1; i <= kMaxMembers; ++i) {
    Do(Join(state_, absl::StrCat("m", i), 0, {}, state_.head.last_epoch() + 1, now_us_, &epoch));
  }
  EXPECT_EQ(state_.head.members_size(), kMaxMembers);
  EXPECT_EQ(state_.head.members(0).name(), "m1");
  EXPECT_EQ(schedule_.out(), 1u);
}

TEST_F(StateTest, LeasesBeginWhenTheyAreSaidTo) {
  Take({1}, 7);
  Pass(24 * 3600 * kSecond);
  EXPECT_THAT(schedule_.Over(), IsEmpty()) << "it is not written yet";
  schedule_.Began(1, 7, boot_us_ + 30 * kSecond);
  Pass(30 * kSecond - 1);
  EXPECT_THAT(schedule_.Over(), IsEmpty());
  Pass(1);
  EXPECT_THAT(schedule_.Over(), ElementsAre(1));
}

TEST_F(StateTest, AClockThatIsSetEndsNoLease) {
  Take({1}, 7);
  schedule_.Began(1, 7, boot_us_ + 30 * kSecond);
  now_us_ += 3600 * kSecond;
  Pass(29 * kSecond);
  EXPECT_THAT(schedule_.Over(), IsEmpty());
  now_us_ -= 7200 * kSecond;
  Pass(kSecond);
  EXPECT_THAT(schedule_.Over(), ElementsAre(1));
}

TEST_F(StateTest, AShardIsDrainedBeforeItMoves) {
  Take({1}, 7, 42);
  EXPECT_EQ(schedule_.HolderOf(42), 7u);
  EXPECT_EQ(schedule_.HolderOf(42 + kShards), 7u) << "the same shard";
  ASSERT_EQ(Settle(1, pb::SETTLE_ACTION_ACK), pb::SETTLE_RESULT_OK);
  EXPECT_EQ(schedule_.HolderOf(42), 0u);
}

TEST_F(StateTest, FewShardsMoveWhenAMemberComes) {
  const std::vector<uint64_t> before = {1, 2, 3};
  const std::vector<uint64_t> after = {1, 2, 3, 4};
  std::map<uint64_t, int> share;
  int moved = 0;
  for (uint64_t key = 1; key <= kShards; ++key) {
    const uint64_t now = MemberFor(key, after);
    ++share[now];
    if (now != MemberFor(key, before)) {
      EXPECT_EQ(now, 4u);
      ++moved;
    }
  }
  EXPECT_LT(moved, 330);
  for (uint64_t epoch : after) EXPECT_GT(share[epoch], 190) << epoch;
}

// Whatever happens in whatever order: no event is forgotten, none is with two, none of a key
// overtakes another, and the schedule says what the entries say.
TEST_F(StateTest, AnyStoryKeepsItsPromises) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto pick = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  state_.head.mutable_settings()->set_max_attempts(3);
  std::set<uint64_t> unsettled;
  uint64_t next = 1;
  for (int step = 0; step < 5'000; ++step) {
    Pass(pick(3) * kSecond);
    switch (pick(7)) {
      case 0: {  // an event comes
        if (unsettled.size() > 60) break;
        const uint64_t key = pick(5);
        const uint64_t epoch = schedule_.IsBusy(key) ? 0 : pick(3);
        Take({next}, epoch, key);
        unsettled.insert(next++);
        break;
      }
      case 1:  // what may go out goes out
        if (!Ready().empty())
          Again(Ready()[pick(static_cast<uint32_t>(Ready().size()))], 1 + pick(3));
        break;
      case 2:
      case 3: {  // a holder speaks
        if (state_.entries.empty()) break;
        auto it =
            std::next(state_.entries.begin(), pick(static_cast<uint32_t>(state_.entries.size())));
        const uint64_t sequence = it->first;
        if (it->second.epoch() == 0) break;
        const auto action = static_cast<pb::SettleAction>(1 + pick(6));
        ASSERT_EQ(Settle(sequence, action), pb::SETTLE_RESULT_OK);
        if (action == pb::SETTLE_ACTION_ACK || action == pb::SETTLE_ACTION_SKIP) {
          unsettled.erase(sequence);
        }
        break;
      }
      case 4:
        Do(Expire(state_, {1 + pick(static_cast<uint32_t>(next))}, now_us_));
        break;
      case 5:
        if (pick(10) == 0) Do(Replay(state_, Letters()));
        break;
      case 6: {
        uint64_t epoch = 0;
        if (pick(20) == 0)
          Do(Join(state_, "m", 0, {}, state_.head.last_epoch() + 1, now_us_, &epoch));
        break;
      }
    }
    std::set<uint64_t> accounted(state_.dead_letters.begin(), state_.dead_letters.end());
    std::map<uint64_t, int> out_of_key;
    size_t out = 0;
    for (const auto& [sequence, entry] : state_.entries) {
      EXPECT_TRUE(accounted.insert(sequence).second) << sequence << " is there twice";
      EXPECT_LE(entry.attempts(), 3u);
      if (entry.epoch() == 0) continue;
      ++out;
      if (entry.key() == 0) continue;
      EXPECT_EQ(++out_of_key[entry.key()], 1) << "key " << entry.key();
    }
    ASSERT_EQ(accounted, unsettled) << "at step " << step;
    ASSERT_EQ(schedule_.out(), out);
    Schedule anew;
    anew.Advance(now_us_, boot_us_);
    anew.Reset(state_, 0);
    ASSERT_EQ(Ready(), std::vector<uint64_t>(anew.ready().begin(), anew.ready().end()))
        << "at step " << step;
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace liaison::subscriptions
