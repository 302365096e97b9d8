#include "client/outbox/bell.h"

#include <gtest/gtest.h>

#include <thread>

#include "absl/time/clock.h"

namespace liaison::outbox {
namespace {

absl::Duration WaitFor(Bell* bell, absl::Duration at_most) {
  const absl::Time before = absl::Now();
  bell->Await(at_most);
  return absl::Now() - before;
}

TEST(BellTest, IsHeardByWhoWaitsAndByWhoComesLater) {
  Bell bell;
  bell.Ring();
  bell.Ring();
  EXPECT_LT(WaitFor(&bell, absl::Seconds(60)), absl::Seconds(30));
  std::thread other([&] {
    absl::SleepFor(absl::Milliseconds(50));
    bell.Ring();
  });
  EXPECT_LT(WaitFor(&bell, absl::Seconds(60)), absl::Seconds(30));
  other.join();
}

TEST(BellTest, OnceHeardItIsSilent) {
  Bell bell;
  bell.Ring();
  bell.Await(absl::Seconds(60));
  EXPECT_GE(WaitFor(&bell, absl::Milliseconds(50)), absl::Milliseconds(50));
  EXPECT_LT(WaitFor(&bell, absl::ZeroDuration()), absl::Seconds(30));
}

}  // namespace
}  // namespace liaison::outbox
