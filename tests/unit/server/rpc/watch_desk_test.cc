#include "server/rpc/watch_desk.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/time/civil_time.h"
#include "proto/record/errors.h"

namespace liaison::rpc {
namespace {

using record::Reason;
using record::ReasonOf;

TEST(WatchDesk, HasOnlySoManySeatsAndGivesThemAgain) {
  WatchDesk desk(2, 1);
  auto first = desk.Take();
  auto second = desk.Take();
  ASSERT_TRUE(first.ok() && second.ok());
  const auto third = desk.Take();
  EXPECT_EQ(ReasonOf(third.status()), Reason::kTooManyStreams);
  EXPECT_TRUE(record::RetryDelayOf(third.status()).has_value());
  first->reset();
  EXPECT_TRUE(desk.Take().ok());
}

TEST(WatchDesk, SeatsAreNeverMoreThanThereAreFromManyThreads) {
  constexpr int kSeats = 3;
  WatchDesk desk(kSeats, 1);
  std::atomic<int> seated = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 2000; ++n) {
        const auto seat = desk.Take();
        if (!seat.ok()) continue;
        const int now = ++seated;
        int before = most;
        while (now > before && !most.compare_exchange_weak(before, now)) {
        }
        --seated;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, kSeats);
  EXPECT_TRUE(desk.Take().ok()) << "all were given back";
}

TEST(WatchDesk, RunsWhatIsPosted) {
  absl::BlockingCounter left(10);
  WatchDesk desk(1, 1);
  for (int i = 0; i < 10; ++i) desk.Post([&left] { left.DecrementCount(); });
  left.Wait();
}

class WatchPaceTest : public ::testing::Test {
 protected:
  const absl::Time noon_ =
      absl::FromCivil(absl::CivilSecond(2027, 3, 1, 12, 0, 0), absl::UTCTimeZone());
  WatchPace pace_;
};

TEST_F(WatchPaceTest, IsDueWhenTheLogHasGrownAndItHasRested) {
  pace_.Made(10, noon_, noon_ + absl::Milliseconds(5));
  EXPECT_FALSE(pace_.IsDue(11, noon_ + absl::Milliseconds(500)));
  EXPECT_FALSE(pace_.IsDue(10, noon_ + absl::Minutes(5))) << "nothing has come";
  EXPECT_TRUE(pace_.IsDue(11, noon_ + absl::Milliseconds(1005)));
}

TEST_F(WatchPaceTest, WhatTakesLongRestsLong) {
  const absl::Time ended = noon_ + absl::Seconds(2);
  pace_.Made(10, noon_, ended);
  EXPECT_FALSE(pace_.IsDue(99, ended + absl::Seconds(17)));
  EXPECT_TRUE(pace_.IsDue(99, ended + absl::Seconds(18))) << "a tenth of the time";
}

TEST_F(WatchPaceTest, ANewDayIsDueWithoutAnEvent) {
  const absl::Time late = noon_ + absl::Hours(12) - absl::Seconds(30);
  pace_.Made(10, late, late);
  EXPECT_FALSE(pace_.IsDue(10, late + absl::Seconds(29)));
  EXPECT_TRUE(pace_.IsDue(10, late + absl::Seconds(31)));
}

}  // namespace
}  // namespace liaison::rpc
