#include "client/internal/log_order.h"

#include <gtest/gtest.h>

#include "liaison/error.h"
#include "tests/unit/client/fake_log.h"

namespace liaison::internal {
namespace {

using testing::At;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

TEST(LogOrder, TheFirstConfirmationResolvesTheStart) {
  LogOrder order;
  EXPECT_FALSE(order.resolved());
  ASSERT_TRUE(order.Confirm(At(40)).ok());
  EXPECT_TRUE(order.resolved());
  EXPECT_EQ(order.position().sequence(), 40u);
  EXPECT_EQ(order.position().log_id(), testing::kLogId);
}

TEST(LogOrder, GoesOnExactlyWhereItBrokeOff) {
  LogOrder order(At(40));
  EXPECT_EQ(order.Confirm(At(41)).code(), kDataLoss) << "a hole";
  EXPECT_EQ(order.Confirm(At(39)).code(), kDataLoss) << "a repetition";
  EXPECT_TRUE(order.Confirm(At(40)).ok());
}

TEST(LogOrder, AnotherLogIsRefused) {
  LogOrder order(At(40));
  EXPECT_EQ(ReasonOf(order.Confirm(At(40, "another"))), Reason::kLogIncarnationChanged);
  EXPECT_EQ(ReasonOf(order.Advance(At(41, "another"))), Reason::kLogIncarnationChanged);
}

TEST(LogOrder, ACursorWithoutLogIdTakesTheLogThatAnswers) {
  LogOrder order(At(40, ""));
  ASSERT_TRUE(order.Confirm(At(40)).ok());
  EXPECT_EQ(order.position().log_id(), testing::kLogId);
  EXPECT_FALSE(order.Confirm(At(40, "another")).ok());
}

TEST(LogOrder, AHubMustSayWhichLogItReads) {
  LogOrder order;
  EXPECT_EQ(order.Confirm(At(0, "")).code(), kDataLoss);
}

TEST(LogOrder, SequencesIncrease) {
  LogOrder order(At(5));
  EXPECT_EQ(order.Yield(5).code(), kDataLoss);
  EXPECT_EQ(order.Yield(4).code(), kDataLoss);
  EXPECT_TRUE(order.Yield(6).ok());
  EXPECT_TRUE(order.Yield(9).ok()) << "what lies between is not for us";
  EXPECT_EQ(order.Yield(9).code(), kDataLoss);
  EXPECT_EQ(order.position().sequence(), 9u);
}

TEST(LogOrder, PositionsNeverGoBack) {
  LogOrder order(At(5));
  EXPECT_TRUE(order.Advance(At(5)).ok());
  EXPECT_TRUE(order.Advance(At(8)).ok());
  EXPECT_EQ(order.Advance(At(7)).code(), kDataLoss);
  EXPECT_EQ(order.Yield(8).code(), kDataLoss) << "the hub said that 8 was not for us";
  EXPECT_EQ(order.position().sequence(), 8u);
}

TEST(LogOrder, AFrameEndsWhereItSays) {
  testing::FakeLog log;
  log.Grow(4);
  LogOrder order(At(0));
  v1::SubscribeResponse frame = testing::EventsFrame(log, {2, 4});
  EXPECT_TRUE(order.CheckFrame(frame.events()).ok());
  frame.mutable_events()->mutable_position()->set_sequence(5);
  EXPECT_EQ(order.CheckFrame(frame.events()).code(), kDataLoss);
  EXPECT_EQ(order.CheckFrame(v1::Events()).code(), kDataLoss);
}

}  // namespace
}  // namespace liaison::internal
