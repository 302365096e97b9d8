#include "client/internal/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace liaison::internal {
namespace {

TEST(Backoff, StaysBelowADoublingCeiling) {
  for (int round = 0; round < 200; ++round) {
    Backoff backoff(absl::Milliseconds(10), absl::Milliseconds(50));
    for (int ceiling_ms : {10, 20, 40, 50, 50, 50}) {
      const absl::Duration pause = backoff.Next();
      EXPECT_GE(pause, absl::ZeroDuration());
      EXPECT_LE(pause, absl::Milliseconds(ceiling_ms));
    }
  }
}

TEST(Backoff, UsesAllOfTheRange) {
  absl::Duration least = absl::InfiniteDuration();
  absl::Duration most = absl::ZeroDuration();
  Backoff backoff(absl::Seconds(1), absl::Seconds(1));
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration pause = backoff.Next();
    least = std::min(least, pause);
    most = std::max(most, pause);
  }
  // Each fails once in 10^22 runs.
  EXPECT_LT(least, absl::Milliseconds(50));
  EXPECT_GT(most, absl::Milliseconds(950));
}

TEST(Backoff, ResetBeginsAnew) {
  Backoff backoff(absl::Milliseconds(1), absl::Hours(1));
  for (int i = 0; i < 30; ++i) backoff.Next();
  backoff.Reset();
  EXPECT_LE(backoff.Next(), absl::Milliseconds(1));
}

TEST(Backoff, TheHubsRequestIsALowerBound) {
  Backoff backoff(absl::Milliseconds(10), absl::Milliseconds(10));
  for (int i = 0; i < 100; ++i) {
    const absl::Duration pause = backoff.Next(absl::Milliseconds(500));
    EXPECT_GE(pause, absl::Milliseconds(500));
    EXPECT_LE(pause, absl::Milliseconds(510));
  }
}

TEST(Backoff, AnAbsurdRequestIsCut) {
  Backoff backoff(absl::Milliseconds(10), absl::Milliseconds(10));
  EXPECT_LE(backoff.Next(absl::InfiniteDuration()), absl::Hours(1) + absl::Milliseconds(10));
  EXPECT_GE(backoff.Next(-absl::Hours(1)), absl::ZeroDuration());
}

}  // namespace
}  // namespace liaison::internal
