// Fault points, in a build that has them: they are passed in the order of the table, and kill.
#include "storage/base/fault_point.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "tests/support/test_hub.h"

namespace liaison {
namespace {

using storage::ArmFaultPoint;
using storage::kFaultPoints;

// What an event passes; tests/crash/signing_kills.py meets the others.
std::vector<absl::string_view> PointsOfAnEvent() {
  return {std::begin(kFaultPoints),
          std::find(std::begin(kFaultPoints), std::end(kFaultPoints), "sign.reread")};
}

TEST(FaultPointTest, OneEventPassesThemInOrder) {
  const std::vector<absl::string_view> points = PointsOfAnEvent();
  testing::TestHub hub;
  absl::Mutex mu;
  std::vector<std::string> passed;
  for (const absl::string_view name : points) {
    ArmFaultPoint(name, [&mu, &passed, name] {
      absl::MutexLock lock(&mu);
      passed.push_back(std::string(name));
    });
  }
  ASSERT_TRUE(hub.Publish(testing::Signal("fictional sample")).ok());
  hub.Restart();  // commits the rest, and opens
  for (const absl::string_view name : points) ArmFaultPoint(name, nullptr);

  absl::MutexLock lock(&mu);
  const auto taken = std::find(passed.begin(), passed.end(), "group.taken");
  const auto first = std::find(points.begin(), points.end(), "group.taken");
  const auto last = std::find(points.begin(), points.end(), "head_file.begun");
  const std::vector<std::string> expected(first, last);
  ASSERT_GE(static_cast<size_t>(passed.end() - taken), expected.size());
  EXPECT_EQ(std::vector<std::string>(taken, taken + expected.size()), expected);
  for (const absl::string_view name : points) {
    EXPECT_EQ(std::count(passed.begin(), passed.end(), std::string(name)) > 0, true) << name;
    EXPECT_GT(storage::FaultPointPassed(name), 0u);
  }
}

class FaultPointDeathTest : public ::testing::Test {
 protected:
  FaultPointDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

// The process as a campaign starts it: the first passing reads the environment.
void Publish(const char* fault) {
  setenv("LIAISON_FAULT", fault, 1);
  testing::TestHub hub;
  for (int i = 0; i < 3; ++i)
    hub.Publish(testing::Signal("fictional sample")).status().IgnoreError();
  std::_Exit(0);
}

TEST_F(FaultPointDeathTest, TheEnvironmentKillsAtTheNthPassing) {
  EXPECT_EXIT(Publish("append.written=kill@2"), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(Publish("append.written=late@2"), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(Publish("append.written=kill@200"), ::testing::ExitedWithCode(0), "");
}

TEST_F(FaultPointDeathTest, WhatCannotBeReadIsNotOverlooked) {
  EXPECT_EXIT(Publish("append.writen=kill@2"), ::testing::ExitedWithCode(2), "append.written");
  EXPECT_EXIT(Publish("append.written=kill@0"), ::testing::ExitedWithCode(2), "cannot read");
}

}  // namespace
}  // namespace liaison
