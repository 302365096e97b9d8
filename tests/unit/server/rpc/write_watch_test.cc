#include "server/rpc/write_watch.h"

#include "gtest/gtest.h"

namespace liaison::rpc {
namespace {

using Verdict = WriteWatch::Verdict;

class WriteWatchTest : public ::testing::Test {
 protected:
  Verdict After(int seconds) { return watch_.Look(start_ + absl::Seconds(seconds)); }

  const absl::Time start_ = absl::UnixEpoch();
  WriteWatch watch_{absl::Seconds(10), absl::Seconds(100)};
};

TEST_F(WriteWatchTest, WithoutAWriteNobodyIsSlow) {
  EXPECT_EQ(After(1000), Verdict::kFine);
  EXPECT_LT(watch_.idle(start_), absl::ZeroDuration()) << "nothing has been written yet";
}

TEST_F(WriteWatchTest, AWriteThatIsTakenInTimeIsForgotten) {
  watch_.Began(start_);
  EXPECT_EQ(After(10), Verdict::kFine);
  EXPECT_TRUE(watch_.Ended(start_ + absl::Seconds(10)));
  EXPECT_EQ(After(1000), Verdict::kFine);
  EXPECT_EQ(watch_.idle(start_ + absl::Seconds(15)), absl::Seconds(5));
}

TEST_F(WriteWatchTest, WhoIsTooSlowIsEndedOnceAndBrokenOffLater) {
  watch_.Began(start_);
  EXPECT_EQ(After(11), Verdict::kEnd);
  EXPECT_EQ(After(12), Verdict::kEnded);
  EXPECT_EQ(After(110), Verdict::kEnded);
  EXPECT_EQ(After(111), Verdict::kBreakOff);
}

TEST_F(WriteWatchTest, AWriteThatIsTakenTooLateBelongsToNobody) {
  watch_.Began(start_);
  EXPECT_EQ(After(11), Verdict::kEnd);
  EXPECT_FALSE(watch_.Ended(start_ + absl::Seconds(20)));
  EXPECT_EQ(After(1000), Verdict::kEnded);
}

}  // namespace
}  // namespace liaison::rpc
