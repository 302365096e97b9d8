#include "client/internal/retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "liaison/error.h"

namespace liaison::internal {
namespace {

using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;

// Time passes when somebody sleeps, and when an attempt takes some.
class FakeClock : public Clock {
 public:
  absl::Duration Elapsed() override { return now_; }
  void Sleep(absl::Duration duration) override {
    sleeps_.push_back(duration);
    now_ += duration;
  }
  void Pass(absl::Duration duration) { now_ += duration; }
  const std::vector<absl::Duration>& sleeps() const { return sleeps_; }

 private:
  absl::Duration now_ = absl::Hours(5);
  std::vector<absl::Duration> sleeps_;
};

class RetryTest : public ::testing::Test {
 protected:
  // Every attempt takes `attempt_takes` and ends as `answers` says; the last answer repeats.
  absl::StatusOr<int> Call(std::vector<absl::StatusOr<int>> answers,
                           Idempotency idempotency = Idempotency::kIdempotent) {
    timeouts_.clear();
    return Retry<int>(options_, idempotency, &clock_, [&](absl::Duration timeout) {
      timeouts_.push_back(timeout);
      clock_.Pass(std::min(attempt_takes_, timeout));
      return answers[std::min(timeouts_.size(), answers.size()) - 1];
    });
  }

  RetryOptions options_;
  absl::Duration attempt_takes_ = absl::Milliseconds(1);
  FakeClock clock_;
  std::vector<absl::Duration> timeouts_;  // of the attempts of the last call
};

TEST_F(RetryTest, OneAttemptWhereItSucceeds) {
  EXPECT_EQ(*Call({7}), 7);
  EXPECT_EQ(timeouts_.size(), 1u);
}

TEST_F(RetryTest, TriesAgainWhatIsTransient) {
  const auto answer = Call(
      {absl::UnavailableError("a"), absl::DeadlineExceededError("b"),
       absl::Status(record::Error(Reason::kQueueFull, "c").RetryAfter(absl::Milliseconds(300))),
       7});
  EXPECT_EQ(*answer, 7);
  ASSERT_EQ(clock_.sleeps().size(), 3u);
  EXPECT_GE(clock_.sleeps()[2], absl::Milliseconds(300));
}

TEST_F(RetryTest, DoesNotTryAgainWhatIsNot) {
  const absl::Status refused = record::FieldInvalid("items[0].draft.author", "is missing");
  EXPECT_EQ(Call({absl::UnavailableError("a"), refused}).status(), refused);
  EXPECT_EQ(Call({refused, 7}).status(), refused);
  EXPECT_EQ(timeouts_.size(), 1u);
  EXPECT_FALSE(Call({absl::ResourceExhaustedError("too large"), 7}).ok());
  EXPECT_EQ(timeouts_.size(), 1u);
}

TEST_F(RetryTest, NeverRepeatsWhatIsNotIdempotent) {
  EXPECT_FALSE(Call({absl::UnavailableError("a"), 7}, Idempotency::kNot).ok());
  EXPECT_EQ(timeouts_.size(), 1u);
}

TEST_F(RetryTest, EndsWithinTheTotalTimeout) {
  options_.total_timeout = absl::Seconds(20);
  options_.attempt_timeout = absl::Seconds(3);
  attempt_takes_ = absl::Hours(1);
  const absl::Duration began = clock_.Elapsed();
  const auto answer = Call({absl::DeadlineExceededError("slow")});
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_LE(clock_.Elapsed() - began, absl::Seconds(20) + absl::Milliseconds(1));
  EXPECT_GT(timeouts_.size(), 2u);
  for (absl::Duration timeout : timeouts_) EXPECT_LE(timeout, absl::Seconds(3));
}

TEST_F(RetryTest, TheErrorSaysHowOftenAndKeepsItsDetails) {
  options_.total_timeout = absl::Seconds(5);
  const auto answer = Call({record::Error(Reason::kClockJumped, "the clock jumped")
                                .RetryAfter(absl::Seconds(1))
                                .
                                operator absl::Status()});
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("the clock jumped (tried "));
  EXPECT_EQ(ReasonOf(answer.status()), Reason::kClockJumped);
  EXPECT_EQ(RetryDelayOf(answer.status()), absl::Seconds(1));
  EXPECT_THAT(clock_.sleeps(), Each(Ge(absl::Seconds(1))));
}

TEST_F(RetryTest, DoesNotSleepPastTheEnd) {
  options_.total_timeout = absl::Seconds(5);
  const absl::Duration began = clock_.Elapsed();
  EXPECT_FALSE(
      Call({record::Error(Reason::kQueueFull, "full").RetryAfter(absl::Minutes(10)), 7}).ok());
  EXPECT_LT(clock_.Elapsed() - began, absl::Seconds(5));
  EXPECT_EQ(timeouts_.size(), 1u);
}

TEST_F(RetryTest, OptionsOutOfBoundsAreClamped) {
  options_.total_timeout = absl::InfiniteDuration();
  options_.attempt_timeout = absl::InfiniteDuration();
  EXPECT_EQ(*Call({7}), 7);
  EXPECT_EQ(timeouts_.front(), absl::Hours(1));
  options_.total_timeout = absl::ZeroDuration();
  options_.attempt_timeout = absl::ZeroDuration();
  EXPECT_EQ(*Call({7}), 7);
  EXPECT_GT(timeouts_.back(), absl::ZeroDuration());
}

}  // namespace
}  // namespace liaison::internal
