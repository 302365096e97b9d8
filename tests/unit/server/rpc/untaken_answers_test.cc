#include "server/rpc/untaken_answers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/record/errors.h"

namespace liaison::rpc {
namespace {

using record::Reason;
using record::ReasonOf;

constexpr size_t kOne = 10 * kUntakenCallBytes;
constexpr size_t kAll = 40 * kUntakenCallBytes;

class Answered : public UntakenAnswers::Answer {
 public:
  std::function<void()> Break() override {
    return [this] { ++broken; };
  }
  std::atomic<int> broken = 0;
};

class UntakenAnswersTest : public ::testing::Test {
 protected:
  ~UntakenAnswersTest() override {
    for (const auto& answer : answers_) untaken_.Done(answer.get());
    EXPECT_EQ(untaken_.size_bytes(), 0u);
  }

  // One that costs so many calls' worth.
  Answered& Send(const std::optional<Payer>& payer, size_t calls) {
    Answered& answer = *answers_.emplace_back(std::make_unique<Answered>());
    untaken_.Sent(&answer, payer, (calls - 1) * kUntakenCallBytes);
    return answer;
  }
  bool HasRoom(const std::optional<Payer>& payer) {
    const absl::Status room = untaken_.CheckRoom(payer);
    EXPECT_TRUE(room.ok() || untaken_.IsScarce()) << "it is to be asked";
    return room.ok();
  }
  void Pass(absl::Duration time) {
    now_ += time;
    untaken_.Tick(absl::UnixEpoch());
  }

  const Payer one_ = PayerOf("org/eurodig");
  const Payer other_ = PayerAt("ipv4:192.0.2.1:4711");
  absl::Duration now_ = absl::Hours(1);
  std::vector<std::unique_ptr<Answered>> answers_;
  UntakenAnswers untaken_{{absl::Seconds(60), kOne, kAll, [this] { return now_; }}};
};

TEST_F(UntakenAnswersTest, WhatAPayerHasNotTakenCountsUntilItIs) {
  Send(PayerOf("org/eurodig/desk"), 4);
  Answered& second = Send(one_, 5);
  EXPECT_TRUE(HasRoom(one_)) << "one more, of whatever size";
  EXPECT_EQ(untaken_.size_bytes(), 9 * kUntakenCallBytes);
  Send(one_, 6);
  EXPECT_FALSE(HasRoom(one_));
  EXPECT_TRUE(HasRoom(other_)) << "of another";
  untaken_.Done(&second);
  EXPECT_FALSE(HasRoom(one_)) << "it has all that it may";
  untaken_.Done(answers_.back().get());
  EXPECT_TRUE(HasRoom(one_));
}

TEST_F(UntakenAnswersTest, WhoHasTooMuchIsToldSoAndWhenToComeAgain) {
  Send(one_, 10);
  const absl::Status refused = untaken_.CheckRoom(one_);
  EXPECT_EQ(ReasonOf(refused), Reason::kQuotaExceeded);
  EXPECT_EQ(record::RetryDelayOf(refused), kUntakenQuotaWait);
  ASSERT_TRUE(record::QuotaViolationOf(refused).has_value());
  EXPECT_EQ(record::QuotaViolationOf(refused)->subject, "org/eurodig");
}

TEST_F(UntakenAnswersTest, EmptyAnswersCostTheirCalls) {
  for (int i = 0; i < 9; ++i) Send(one_, 1);
  EXPECT_TRUE(HasRoom(one_));
  Send(one_, 1);
  EXPECT_FALSE(HasRoom(one_));
}

TEST_F(UntakenAnswersTest, ManyWhoTakeNothingLeaveSomeForWhoeverHasNothing) {
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 7; ++i) {
      const Payer payer = PayerOf(absl::StrCat("org/greedy-", i));
      if (HasRoom(payer)) Send(payer, 1);
    }
  }
  EXPECT_LT(untaken_.size_bytes(), kAll);
  EXPECT_FALSE(HasRoom(PayerOf("org/greedy-0")));
  EXPECT_TRUE(HasRoom(one_));
}

TEST_F(UntakenAnswersTest, OfAllTogetherThereIsNoMoreThanThereMayBe) {
  for (size_t i = 0; i < kAll / kUntakenCallBytes; ++i) {
    EXPECT_TRUE(HasRoom(PayerOf(absl::StrCat("org/", i))));
    Send(PayerOf(absl::StrCat("org/", i)), 1);
  }
  EXPECT_FALSE(HasRoom(one_));
}

TEST_F(UntakenAnswersTest, WhereNobodyHasAShareAllHaveOneTogether) {
  Send(std::nullopt, 39);
  EXPECT_TRUE(HasRoom(std::nullopt));
  Send(std::nullopt, 1);
  EXPECT_FALSE(HasRoom(std::nullopt));
  EXPECT_EQ(ReasonOf(untaken_.CheckRoom(std::nullopt)), Reason::kQuotaExceeded);
}

TEST_F(UntakenAnswersTest, AnAnswerThatNobodyTakesIsGivenUpOnce) {
  Answered& first = Send(one_, 1);
  Pass(absl::Seconds(30));
  Answered& second = Send(one_, 1);
  Pass(absl::Seconds(30));
  EXPECT_EQ(first.broken, 0);
  Pass(absl::Seconds(1));
  Pass(absl::Seconds(1));
  EXPECT_EQ(first.broken, 1);
  EXPECT_EQ(second.broken, 0);
  EXPECT_EQ(untaken_.size_bytes(), 2 * kUntakenCallBytes) << "gRPC still has it";
  untaken_.Done(&second);
  Pass(absl::Hours(1));
  EXPECT_EQ(second.broken, 0) << "it was taken";
}

TEST_F(UntakenAnswersTest, AHubThatGoesGivesNothingUp) {
  Answered& first = Send(one_, 1);
  untaken_.Drain();
  Pass(absl::Hours(1));
  EXPECT_EQ(first.broken, 0);
}

TEST_F(UntakenAnswersTest, WhatWasNeverSentIsDoneAllTheSame) {
  Answered refused;
  untaken_.Done(&refused);
}

// A call as gRPC has it: gone at any time after it was answered, and its memory used again. What
// breaks it off may run later.
class Fleeting final : public UntakenAnswers::Answer {
 public:
  explicit Fleeting(std::shared_ptr<std::atomic<int>> broken) : broken_(std::move(broken)) {}
  std::function<void()> Break() override {
    return [broken = broken_] { ++*broken; };
  }

 private:
  const std::shared_ptr<std::atomic<int>> broken_;
};

TEST(UntakenAnswers, NothingIsLeftOfManyThatAreBrokenOffOnTheirWay) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  const auto broken = std::make_shared<std::atomic<int>>(0);
  UntakenAnswers untaken({absl::ZeroDuration(), kOne, kAll, nullptr});
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, caller] {
      std::mt19937 dice(seed + caller);
      const Payer payer = PayerOf(absl::StrCat("org/", caller % 2));
      for (int i = 0; i < 2000; ++i) {
        auto answer = std::make_unique<Fleeting>(broken);
        if (untaken.IsScarce() && !untaken.CheckRoom(payer).ok()) continue;
        untaken.Sent(answer.get(), payer, dice() % (2 * kOne));
        if (dice() % 4 == 0) untaken.Tick(absl::UnixEpoch());
        untaken.Done(answer.get());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_GT(*broken, 0);
  EXPECT_EQ(untaken.size_bytes(), 0u);
  EXPECT_TRUE(untaken.CheckRoom(PayerOf("org/0")).ok());
}

}  // namespace
}  // namespace liaison::rpc
