#include "server/sequencer/hub_clock.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"

namespace liaison::sequencer {
namespace {

constexpr int64_t kMinute_us = 60'000'000;

class HubClockTest : public ::testing::Test {
 protected:
  HubClock Clock(absl::string_view trusted = "", int64_t last_hub_time_us = 0) {
    return HubClock([this] { return now_; }, trusted, last_hub_time_us);
  }
  void Pass(int64_t us) {
    now_.wall_us += us;
    now_.boot_us += us;
  }
  ClockReading now_{1'800'000'000'000'000, 5'000'000, "boot-1"};
};

TEST_F(HubClockTest, TimePasses) {
  HubClock clock = Clock();
  Pass(1000 * kMinute_us);
  ASSERT_TRUE(clock.Now().ok());
  EXPECT_EQ(*clock.Now(), now_.wall_us);
}

TEST_F(HubClockTest, AJumpEitherWayIsRefused) {
  for (int64_t jump : {6 * kMinute_us, -6 * kMinute_us}) {
    HubClock clock = Clock();
    now_.wall_us += jump;
    EXPECT_EQ(record::ReasonOf(clock.Now().status()), record::Reason::kClockJumped) << jump;
    now_.wall_us -= jump;
    EXPECT_TRUE(clock.Now().ok()) << "set right again";
  }
}

// Whoever says a thing once compares the words.
TEST_F(HubClockTest, OneJumpIsSaidInTheSameWordsHoweverOftenItIsAsked) {
  HubClock clock = Clock();
  now_.wall_us -= 960 * 60 * kMinute_us - 1;
  const absl::Status first = clock.Now().status();
  ++now_.boot_us;
  ++now_.boot_us;
  EXPECT_EQ(clock.Now().status(), first);
  EXPECT_THAT(std::string(first.message()), ::testing::HasSubstr("by -960h;"));
}

TEST_F(HubClockTest, ALittleDriftIsNoJump) {
  HubClock clock = Clock();
  now_.wall_us += 4 * kMinute_us;
  EXPECT_TRUE(clock.Now().ok());
}

TEST_F(HubClockTest, TheJumpIsStillSeenAfterARestart) {
  const std::string kept = Clock().Encode();
  Pass(kMinute_us);
  now_.wall_us += 60 * kMinute_us;
  HubClock clock = Clock(kept, 1'800'000'000'000'000);
  EXPECT_EQ(record::ReasonOf(clock.Now().status()), record::Reason::kClockJumped);
  const std::string accepted = clock.Accept();
  EXPECT_TRUE(clock.Now().ok());
  EXPECT_TRUE(Clock(accepted).Now().ok());
}

TEST_F(HubClockTest, AfterARebootTimeBeforeTheLastEventIsRefused) {
  const std::string kept = Clock().Encode();
  now_ = {1'700'000'000'000'000, 1'000'000, "boot-2"};
  EXPECT_EQ(record::ReasonOf(Clock(kept, 1'800'000'000'000'000).Now().status()),
            record::Reason::kClockJumped);
  now_.wall_us = 1'800'000'100'000'000;
  EXPECT_TRUE(Clock(kept, 1'800'000'000'000'000).Now().ok());
}

}  // namespace
}  // namespace liaison::sequencer
