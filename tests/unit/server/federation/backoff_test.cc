#include "server/federation/backoff.h"

#include <gtest/gtest.h>

namespace liaison::federation {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
constexpr double kAll = 1.0;  // the whole of the ceiling

// Fails again each time that it may try. How long the last pause was.
absl::Duration PauseAfter(int failures, Backoff* backoff, double roll = kAll) {
  absl::Time now = kStart;
  for (int i = 0; i < failures; ++i) {
    now = std::max(now, backoff->until());
    backoff->Failed(now, roll);
  }
  return backoff->until() - now;
}

TEST(FederationBackoff, DoublesUpToItsCapAndNeverGivesUp) {
  const std::pair<int, absl::Duration> pauses[] = {
      {1, absl::Seconds(1)},    {2, absl::Seconds(2)},   {3, absl::Seconds(4)},
      {10, absl::Seconds(512)}, {11, absl::Minutes(15)}, {100'000, absl::Minutes(15)}};
  for (const auto& [failures, pause] : pauses) {
    Backoff backoff;
    EXPECT_EQ(PauseAfter(failures, &backoff), pause) << failures;
  }
}

TEST(FederationBackoff, TheJitterIsOverTheWholePause) {
  for (double roll : {0.0, 0.25, 0.5}) {
    Backoff backoff;
    EXPECT_EQ(PauseAfter(4, &backoff, roll), absl::Seconds(8) * roll);
  }
}

TEST(FederationBackoff, WhatThePeerAsksForComesFirstButNotForEver) {
  Backoff backoff;
  backoff.Failed(kStart, kAll, absl::Seconds(30));
  EXPECT_EQ(backoff.until() - kStart, absl::Seconds(31));
  Backoff believer;
  believer.Failed(kStart, kAll, absl::Hours(10'000));
  EXPECT_EQ(believer.until() - kStart, absl::Hours(1) + absl::Seconds(1));
  Backoff backwards;
  backwards.Failed(kStart, kAll, -absl::Hours(1));
  EXPECT_EQ(backwards.until() - kStart, absl::Seconds(1));
}

// Mastodon reset the pause by inbound traffic, and hammered whoever could call and not be called.
TEST(FederationBackoff, ACallFromThePeerEarnsOneProbeAndNoReset) {
  Backoff backoff;
  const absl::Duration pause = PauseAfter(6, &backoff);
  const absl::Time until = backoff.until();
  const absl::Time early = until - pause / 2;
  EXPECT_FALSE(backoff.MayTry(early));
  EXPECT_TRUE(backoff.Called(early));
  backoff.Failed(early, kAll);
  EXPECT_EQ(backoff.until(), until) << "the probe moved the pause";
  EXPECT_EQ(backoff.failures(), 6u);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(backoff.Called(early)) << "hammering";
  backoff.Failed(until, kAll);
  EXPECT_EQ(backoff.until() - until, 2 * pause);
  EXPECT_TRUE(backoff.Called(until + pause)) << "one for each pause";
}

TEST(FederationBackoff, APauseOfAClockThatWasAheadIsOverOnceItIsRight) {
  Backoff backoff;
  const absl::Time ahead = kStart + absl::Hours(24 * 30);
  backoff.Failed(ahead, kAll);
  EXPECT_FALSE(backoff.MayTry(ahead));
  EXPECT_TRUE(backoff.MayTry(kStart));
  backoff.Failed(kStart, kAll);
  EXPECT_EQ(backoff.failures(), 2u);
  EXPECT_EQ(backoff.until() - kStart, absl::Seconds(2));
}

TEST(FederationBackoff, SuccessStartsAnew) {
  Backoff backoff;
  PauseAfter(9, &backoff);
  backoff.Succeeded();
  EXPECT_TRUE(backoff.MayTry(kStart));
  EXPECT_EQ(PauseAfter(1, &backoff), absl::Seconds(1));
}

TEST(FederationBackoff, OutlivesARestart) {
  Backoff backoff;
  PauseAfter(8, &backoff);
  const absl::Time early = backoff.until() - absl::Seconds(1);
  EXPECT_TRUE(backoff.Called(early));
  Backoff again(backoff.ToRow(), early);
  EXPECT_EQ(again.until(), backoff.until());
  EXPECT_FALSE(again.MayTry(early));
  EXPECT_FALSE(again.Called(early)) << "the probe was spent before";
  again.Failed(again.until(), kAll);
  EXPECT_EQ(again.failures(), 9u);
}

TEST(FederationBackoff, AClockTurnedBackYearsDoesNotPauseForYears) {
  Backoff backoff;
  PauseAfter(8, &backoff);
  const absl::Time now = kStart - absl::Hours(24 * 3650);
  const Backoff again(backoff.ToRow(), now);
  EXPECT_LE(again.until(), now + kLongestAsked + kLongestPause);
}

}  // namespace
}  // namespace liaison::federation
