#include "server/rpc/held_refusals.h"

#include <gtest/gtest.h>

#include "server/rpc/limits.h"

namespace liaison::rpc {
namespace {

class HeldRefusalsTest : public ::testing::Test {
 protected:
  void Hold() {
    held_.Hold([this] { ++said_; }, now_);
  }
  int SaidAfter(absl::Duration passed) {
    now_ += passed;
    held_.Tick(now_);
    return said_;
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  HeldRefusals held_;
  int said_ = 0;
};

TEST_F(HeldRefusalsTest, IsSaidWhenItsTimeHasCome) {
  Hold();
  EXPECT_EQ(SaidAfter(kRefusalHold / 2), 0);
  Hold();
  EXPECT_EQ(SaidAfter(kRefusalHold / 2), 1);
  EXPECT_EQ(SaidAfter(kRefusalHold), 2);
  EXPECT_EQ(SaidAfter(kRefusalHold), 2) << "once";
}

TEST_F(HeldRefusalsTest, WhatIsTooMuchIsSaidAtOnce) {
  for (size_t i = 0; i < kMaxHeldRefusals; ++i) Hold();
  EXPECT_EQ(said_, 0);
  Hold();
  EXPECT_EQ(said_, 1);
}

TEST_F(HeldRefusalsTest, AHubThatGoesSaysAllAndHoldsNothingMore) {
  Hold();
  held_.Drain();
  EXPECT_EQ(said_, 1);
  Hold();
  EXPECT_EQ(said_, 2);
}

TEST_F(HeldRefusalsTest, AClockThatIsSetBackHoldsNobody) {
  Hold();
  EXPECT_EQ(SaidAfter(-absl::Hours(1)), 1);
}

// It may be what lets the last of a call go, which asks again at once.
TEST_F(HeldRefusalsTest, WhoIsAnsweredMayAskAgain) {
  held_.Hold([this] { Hold(); }, now_);
  EXPECT_EQ(SaidAfter(kRefusalHold), 0);
  EXPECT_EQ(SaidAfter(kRefusalHold), 1);
}

}  // namespace
}  // namespace liaison::rpc
