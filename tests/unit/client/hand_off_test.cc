#include "client/internal/hand_off.h"

#include <gtest/gtest.h>

#include <thread>

#include "absl/time/clock.h"

namespace liaison::internal {
namespace {

// What gRPC does with a stream: one read at a time, and never a step after the last.
class HandOffTest : public ::testing::Test {
 protected:
  bool Arrive(int frame) {
    *hand_off_.incoming() = frame;
    return hand_off_.Arrived();
  }
  void Finish(absl::Status status) {
    hand_off_.ReadsOver();
    hand_off_.Finished(std::move(status));
  }

  HandOff<int> hand_off_;
};

TEST_F(HandOffTest, TheNextReadBeginsWhenAFrameIsTaken) {
  EXPECT_TRUE(Arrive(1));
  auto taken = hand_off_.Take(absl::ZeroDuration());
  EXPECT_EQ(**taken.frame, 1);
  EXPECT_TRUE(taken.begin_read);
  taken = hand_off_.Take(absl::ZeroDuration());
  EXPECT_EQ(taken.frame.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(taken.begin_read) << "a read is under way already";
}

TEST_F(HandOffTest, ATimeoutTakesNothingAway) {
  EXPECT_TRUE(absl::IsDeadlineExceeded(hand_off_.Take(absl::Milliseconds(5)).frame.status()));
  EXPECT_TRUE(Arrive(1));
  EXPECT_EQ(**hand_off_.Take(absl::ZeroDuration()).frame, 1);
}

TEST_F(HandOffTest, WaitsForAFrameOfAnotherThread) {
  std::thread grpc([this] {
    absl::SleepFor(absl::Milliseconds(10));
    Arrive(1);
  });
  EXPECT_EQ(**hand_off_.Take(absl::Seconds(30)).frame, 1);
  grpc.join();
}

TEST_F(HandOffTest, AnOrderlyEndIsNoFrame) {
  Finish(absl::OkStatus());
  const auto taken = hand_off_.Take(absl::InfiniteDuration());
  ASSERT_TRUE(taken.frame.ok());
  EXPECT_FALSE(taken.frame->has_value());
  EXPECT_FALSE(taken.begin_read);
}

TEST_F(HandOffTest, AnErrorIsToldAgainAndAgain) {
  Finish(absl::UnavailableError("socket closed"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(hand_off_.Take(absl::InfiniteDuration()).frame.status().message(), "socket closed");
  }
}

TEST_F(HandOffTest, TheEndIsNotToldBeforeItIsKnown) {
  hand_off_.ReadsOver();
  EXPECT_TRUE(absl::IsDeadlineExceeded(hand_off_.Take(absl::Milliseconds(5)).frame.status()));
  hand_off_.Finished(absl::OkStatus());
  EXPECT_TRUE(hand_off_.Take(absl::ZeroDuration()).frame.ok());
}

TEST_F(HandOffTest, CloseWakesTheReader) {
  std::thread canceller([this] {
    absl::SleepFor(absl::Milliseconds(10));
    EXPECT_FALSE(hand_off_.Close()) << "a read is under way, and will come back";
  });
  EXPECT_TRUE(absl::IsCancelled(hand_off_.Take(absl::Seconds(30)).frame.status()));
  canceller.join();
  EXPECT_FALSE(Arrive(1)) << "nobody wants it any more";
  Finish(absl::CancelledError());
  hand_off_.AwaitFinished();
}

TEST_F(HandOffTest, CloseWithAFrameInHandReleasesOnce) {
  EXPECT_TRUE(Arrive(1));
  EXPECT_TRUE(hand_off_.Close());
  EXPECT_FALSE(hand_off_.Close());
  EXPECT_TRUE(absl::IsCancelled(hand_off_.Take(absl::ZeroDuration()).frame.status()));
}

}  // namespace
}  // namespace liaison::internal
