#include "server/rpc/list_wait.h"

#include "gtest/gtest.h"

namespace liaison::rpc {
namespace {

using record::Reason;

class ListWaitTest : public ::testing::Test {
 protected:
  bool GoesOn(const ListWait& wait, size_t found, bool at_end, int seconds_later) const {
    return wait.GoesOn(found, at_end, now_ + absl::Seconds(seconds_later));
  }
  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
};

TEST_F(ListWaitTest, NobodyWaitsUnasked) {
  EXPECT_FALSE(GoesOn(*ListWait::Of(0, now_), 0, true, 0));
  EXPECT_FALSE(GoesOn(ListWait(), 0, true, 0));
}

TEST_F(ListWaitTest, EndsOnTime) {
  const ListWait wait = *ListWait::Of(30, now_);
  EXPECT_TRUE(GoesOn(wait, 0, true, 0));
  EXPECT_TRUE(GoesOn(wait, 0, true, 29));
  EXPECT_FALSE(GoesOn(wait, 0, true, 30));
  EXPECT_TRUE(wait.IsOver(now_ + absl::Seconds(30)));
}

TEST_F(ListWaitTest, WhatIsThereIsAnsweredAtOnce) {
  const ListWait wait = *ListWait::Of(30, now_);
  EXPECT_FALSE(GoesOn(wait, 1, true, 0));
  EXPECT_FALSE(GoesOn(wait, 0, false, 0)) << "there is more of the log to look at";
}

TEST_F(ListWaitTest, NobodyHoldsTheLineForLong) {
  const auto wait = ListWait::Of(31, now_);
  EXPECT_EQ(record::ReasonOf(wait.status()), Reason::kFieldInvalid);
}

}  // namespace
}  // namespace liaison::rpc
