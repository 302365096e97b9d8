#include "server/federation/peer_state.h"

#include <gtest/gtest.h>

namespace liaison::federation {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
constexpr char kSomebody[] = "A fictional operator";

const rows::Cause kForged[] = {rows::CAUSE_UNPROVEN, rows::CAUSE_BYTES_DISAGREE,
                               rows::CAUSE_SIGNATURE_WRONG, rows::CAUSE_TWO_HISTORIES};
const rows::Cause kClumsy[] = {rows::CAUSE_OVER_BUDGET, rows::CAUSE_MALFORMED};

TEST(PeerState, BeginsActive) {
  const PeerState state;
  EXPECT_EQ(state.StateAt(kStart), rows::STATE_ACTIVE);
  EXPECT_TRUE(state.MayPull(kStart));
}

TEST(PeerState, ThreeUnansweredCallsDegradeAndAnAnswerMends) {
  PeerState state;
  state.Missed(kStart, "no route");
  state.Missed(kStart, "no route");
  state.Reached(kStart);
  state.Missed(kStart, "no route");
  state.Missed(kStart, "no route");
  EXPECT_EQ(state.StateAt(kStart), rows::STATE_ACTIVE) << "not three in a row";
  state.Missed(kStart, "no route");
  EXPECT_EQ(state.StateAt(kStart), rows::STATE_DEGRADED);
  EXPECT_EQ(state.why(), "no route");
  EXPECT_TRUE(state.MayPull(kStart)) << "it is tried for ever";
  state.Reached(kStart);
  EXPECT_EQ(state.StateAt(kStart), rows::STATE_ACTIVE);
}

TEST(PeerState, ABudgetOverrunEndsByItself) {
  for (rows::Cause cause : kClumsy) {
    PeerState state;
    state.Fault(cause, "10 MiB in a second", kStart);
    EXPECT_EQ(state.StateAt(kStart), rows::STATE_QUARANTINED);
    EXPECT_FALSE(state.MayPull(kStart + absl::Seconds(59)));
    EXPECT_EQ(state.StateAt(kStart + absl::Minutes(1)), rows::STATE_DEGRADED);
    EXPECT_TRUE(state.MayPull(kStart + absl::Minutes(1)));
    state.Reached(kStart + absl::Minutes(1));
    EXPECT_EQ(state.StateAt(kStart + absl::Minutes(1)), rows::STATE_ACTIVE);
  }
}

TEST(PeerState, ASuspensionOfAClockThatWasAheadIsOverOnceItIsRight) {
  PeerState state;
  const absl::Time ahead = kStart + absl::Hours(24 * 30);
  state.Fault(rows::CAUSE_OVER_BUDGET, "20007 items at once", ahead);
  EXPECT_FALSE(state.MayPull(ahead));
  EXPECT_FALSE(state.MayPull(ahead - kLongestSuspension / 2)) << "it may be off by a little";
  EXPECT_EQ(state.StateAt(kStart), rows::STATE_DEGRADED);
  PeerState blocked;
  ASSERT_TRUE(blocked.Block(kSomebody, "as agreed", ahead).ok());
  EXPECT_EQ(blocked.StateAt(kStart), rows::STATE_BLOCKED);
}

TEST(PeerState, WhoeverOverrunsAgainWaitsLonger) {
  PeerState state;
  absl::Time now = kStart;
  for (int minutes : {1, 2, 4, 8, 16, 32, 60, 60}) {
    state.Fault(rows::CAUSE_OVER_BUDGET, "again", now);
    EXPECT_FALSE(state.MayPull(now + absl::Minutes(minutes) - absl::Seconds(1))) << minutes;
    now += absl::Minutes(minutes);
    EXPECT_TRUE(state.MayPull(now)) << minutes;
  }
  now += absl::Hours(25);
  state.Fault(rows::CAUSE_OVER_BUDGET, "after a good day", now);
  EXPECT_TRUE(state.MayPull(now + absl::Minutes(1)));
}

TEST(PeerState, WhatIsForgedWaitsForAPerson) {
  for (rows::Cause cause : kForged) {
    PeerState state;
    state.Fault(cause, "here is why", kStart);
    const absl::Time later = kStart + absl::Hours(24 * 3650);
    EXPECT_EQ(state.StateAt(later), rows::STATE_QUARANTINED);
    state.Reached(later);
    EXPECT_FALSE(state.MayPull(later)) << "an answer released it";
    EXPECT_FALSE(state.Release("", "looked at", later).ok());
    EXPECT_FALSE(state.Release(kSomebody, "", later).ok());
    EXPECT_FALSE(state.MayPull(later));
    ASSERT_TRUE(state.Release(kSomebody, "it was our own disk", later).ok());
    EXPECT_EQ(state.StateAt(later), rows::STATE_ACTIVE);
    EXPECT_EQ(state.ToRow().set_by(), kSomebody);
  }
}

// Who forged and then floods would otherwise be let go by the clock.
TEST(PeerState, NothingMilderTakesThePlaceOfAForgery) {
  for (rows::Cause forged : kForged) {
    PeerState state;
    state.Fault(forged, "the first cause", kStart);
    for (rows::Cause clumsy : kClumsy) state.Fault(clumsy, "later", kStart);
    for (int i = 0; i < 5; ++i) state.Missed(kStart, "later");
    EXPECT_EQ(state.cause(), forged);
    EXPECT_EQ(state.why(), "the first cause");
    EXPECT_FALSE(state.MayPull(kStart + absl::Hours(1000)));
  }
  PeerState state;
  state.Fault(rows::CAUSE_OVER_BUDGET, "a flood", kStart);
  state.Fault(rows::CAUSE_UNPROVEN, "and a forgery", kStart);
  EXPECT_FALSE(state.MayPull(kStart + absl::Hours(1000))) << "but a forgery that of a flood";
}

TEST(PeerState, WhoIsBlockedStaysBlocked) {
  PeerState state;
  EXPECT_FALSE(state.Block("", "why", kStart).ok());
  EXPECT_TRUE(state.MayPull(kStart));
  ASSERT_TRUE(state.Block(kSomebody, "left the federation", kStart).ok());
  state.Fault(rows::CAUSE_OVER_BUDGET, "a flood", kStart);
  state.Fault(rows::CAUSE_TWO_HISTORIES, "a fork", kStart);
  state.Reached(kStart);
  EXPECT_EQ(state.StateAt(kStart + absl::Hours(1000)), rows::STATE_BLOCKED);
  ASSERT_TRUE(state.Release(kSomebody, "came back", kStart).ok());
  EXPECT_TRUE(state.MayPull(kStart));
}

TEST(PeerState, OutlivesARestart) {
  PeerState state;
  state.Fault(rows::CAUSE_TWO_HISTORIES, "two roots at 7", kStart);
  rows::PeerState row;
  ASSERT_TRUE(row.ParseFromString(state.ToRow().SerializeAsString()));
  const PeerState again(row);
  EXPECT_FALSE(again.MayPull(kStart + absl::Hours(1000)));
  EXPECT_EQ(again.why(), "two roots at 7");
}

}  // namespace
}  // namespace liaison::federation
