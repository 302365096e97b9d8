#include "server/rpc/peer_turns.h"

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

constexpr absl::Duration kSoon = absl::Seconds(20);         // it comes
constexpr absl::Duration kAWhile = absl::Milliseconds(50);  // it does not

// Answers once it is let.
class Asked : public PeerTurns::Question {
 public:
  size_t Answer() override {
    absl::MutexLock lock(&mu_);
    answering_ = true;
    mu_.Await(absl::Condition(&let_));
    answered_ = true;
    return size_bytes;
  }
  void Refuse(const absl::Status& why) override {
    absl::MutexLock lock(&mu_);
    refused_ = why;
  }
  void GiveUp() override { ++given_up; }

  void Let() {
    absl::MutexLock lock(&mu_);
    let_ = true;
  }
  bool IsAnswering(absl::Duration within) { return IsSet(&answering_, within); }
  bool IsAnswered(absl::Duration within) { return IsSet(&answered_, within); }
  absl::Status refused() {
    absl::MutexLock lock(&mu_);
    return refused_;
  }

  size_t size_bytes = 0;
  std::atomic<int> given_up = 0;

 private:
  bool IsSet(bool* what, absl::Duration within) {
    absl::MutexLock lock(&mu_);
    return mu_.AwaitWithTimeout(absl::Condition(what), within);
  }

  absl::Mutex mu_;
  bool let_ ABSL_GUARDED_BY(mu_) = false;
  bool answering_ ABSL_GUARDED_BY(mu_) = false;
  bool answered_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status refused_ ABSL_GUARDED_BY(mu_);
};

class PeerTurnsTest : public ::testing::Test {
 protected:
  ~PeerTurnsTest() override {
    for (const auto& question : questions_) question->Let();
    turns_.reset();
  }

  PeerTurns& Turns() {
    if (turns_ == nullptr) {
      options_.elapsed = [this] { return absl::Milliseconds(now_ms_.load()); };
      turns_ = std::make_unique<PeerTurns>(options_);
    }
    return *turns_;
  }
  Asked& New() { return *questions_.emplace_back(std::make_unique<Asked>()); }
  Asked& Ask(const std::string& peer) {
    Asked& question = New();
    const absl::Status asked = Turns().Ask(peer, &question);
    EXPECT_TRUE(asked.ok()) << asked;
    return question;
  }
  void Pass(absl::Duration time) {
    now_ms_ += absl::ToInt64Milliseconds(time);
    Turns().Tick(absl::Now());
  }
  // Answered, and on its way.
  Asked& Answered(const std::string& peer) {
    Asked& question = Ask(peer);
    question.Let();
    EXPECT_TRUE(question.IsAnswered(kSoon));
    Rested();
    return question;
  }
  // The only thread has put away what it answered.
  void Rested() {
    Asked& question = Ask(absl::StrCat("somebody else, ", questions_.size()));
    question.Let();
    EXPECT_TRUE(question.IsAnswered(kSoon));
    Turns().Done(&question);
  }

  TurnOptions options_{absl::Seconds(60), /*threads=*/1, /*max_under_way=*/2, /*max_waiting=*/3};
  std::atomic<int64_t> now_ms_ = 1'000'000;
  std::vector<std::unique_ptr<Asked>> questions_;
  std::unique_ptr<PeerTurns> turns_;
};

TEST_F(PeerTurnsTest, OneOfAPeersIsAnsweredAtATimeInTheOrderTheyCame) {
  options_.threads = 2;
  Asked& first = Ask("a");
  Asked& second = Ask("a");
  ASSERT_TRUE(first.IsAnswering(kSoon));
  EXPECT_FALSE(second.IsAnswering(kAWhile)) << "there is a thread, for somebody else";
  EXPECT_TRUE(Ask("b").IsAnswering(kSoon)) << "who does not wait behind it";
  first.Let();
  EXPECT_TRUE(second.IsAnswering(kSoon));
}

TEST_F(PeerTurnsTest, WhatIsOnItsWayCountsUntilItIsTaken) {
  Asked& first = Answered("a");
  Answered("a");
  Asked& third = Ask("a");
  EXPECT_FALSE(third.IsAnswering(kAWhile)) << "two are on their way";
  Answered("b");
  Turns().Done(&first);
  EXPECT_TRUE(third.IsAnswering(kSoon));
}

TEST_F(PeerTurnsTest, WhatIsTooMuchIsRefusedAndToldWhenToComeAgain) {
  Ask("a").IsAnswering(kSoon);
  for (size_t i = 0; i < options_.max_waiting; ++i) Ask("a");
  const absl::Status refused = Turns().Ask("a", &New());
  EXPECT_EQ(ReasonOf(refused), Reason::kQuotaExceeded);
  EXPECT_EQ(record::RetryDelayOf(refused), kTurnQuotaWait);
  ASSERT_TRUE(record::QuotaViolationOf(refused).has_value());
  EXPECT_EQ(record::QuotaViolationOf(refused)->subject, "a");
  EXPECT_TRUE(Turns().Ask("b", &New()).ok()) << "of another";
}

TEST_F(PeerTurnsTest, WhoeverGoesLeavesTheirPlace) {
  Asked& first = Ask("a");
  ASSERT_TRUE(first.IsAnswering(kSoon));
  EXPECT_FALSE(Turns().Withdraw(&first)) << "it is being answered";
  Asked& second = Ask("a");
  Asked& third = Ask("a");
  EXPECT_TRUE(Turns().Withdraw(&second));
  EXPECT_FALSE(Turns().Withdraw(&second)) << "once";
  Turns().Done(&second);
  first.Let();
  EXPECT_TRUE(third.IsAnswering(kSoon));
  EXPECT_FALSE(second.IsAnswering(absl::ZeroDuration()));
}

TEST_F(PeerTurnsTest, AnAnswerThatNobodyTakesIsGivenUpOnce) {
  Asked& first = Answered("a");
  Pass(absl::Seconds(30));
  Asked& second = Answered("a");
  Asked& third = Ask("a");
  Pass(absl::Seconds(30));
  EXPECT_EQ(first.given_up, 0);
  Pass(absl::Seconds(1));
  Pass(absl::Seconds(1));
  EXPECT_EQ(first.given_up, 1);
  EXPECT_EQ(second.given_up, 0);
  EXPECT_FALSE(third.IsAnswering(kAWhile)) << "gRPC still has it";
  Turns().Done(&first);
  EXPECT_TRUE(third.IsAnswering(kSoon));
}

TEST_F(PeerTurnsTest, APeerRestsForWhatItsAnswerTook) {
  Asked& first = Ask("a");
  ASSERT_TRUE(first.IsAnswering(kSoon));
  now_ms_ += 100;
  first.Let();
  ASSERT_TRUE(first.IsAnswered(kSoon));
  Rested();
  Asked& second = Ask("a");
  Pass(100 * kTurnRestFactor * absl::Milliseconds(1) - absl::Milliseconds(1));
  EXPECT_FALSE(second.IsAnswering(kAWhile));
  Pass(absl::Milliseconds(1));
  EXPECT_TRUE(second.IsAnswering(kSoon));
}

TEST_F(PeerTurnsTest, APeerRestsForTheBytesOfIt) {
  Asked& first = New();
  first.size_bytes = static_cast<size_t>(kPulledBytesPerSecond / 10);
  first.Let();
  ASSERT_TRUE(Turns().Ask("a", &first).ok());
  ASSERT_TRUE(first.IsAnswered(kSoon));
  Rested();
  Asked& second = Ask("a");
  Pass(absl::Milliseconds(99));
  EXPECT_FALSE(second.IsAnswering(kAWhile));
  Pass(absl::Milliseconds(1));
  EXPECT_TRUE(second.IsAnswering(kSoon));
}

// What took for ever, as on a disk that stood, does not shut a peer out.
TEST_F(PeerTurnsTest, NoRestIsForEver) {
  Asked& first = Ask("a");
  ASSERT_TRUE(first.IsAnswering(kSoon));
  now_ms_ += absl::ToInt64Milliseconds(absl::Hours(1));
  first.Let();
  ASSERT_TRUE(first.IsAnswered(kSoon));
  Rested();
  Asked& second = Ask("a");
  EXPECT_FALSE(second.IsAnswering(kAWhile));
  Pass(kLongestTurnRest);
  EXPECT_TRUE(second.IsAnswering(kSoon));
}

TEST_F(PeerTurnsTest, WhoHasRestedLongestIsNext) {
  Asked& busy = Ask("a");
  ASSERT_TRUE(busy.IsAnswering(kSoon));
  Asked& again = Ask("a");
  Asked& other = Ask("b");
  busy.Let();
  ASSERT_TRUE(other.IsAnswering(kSoon));
  EXPECT_FALSE(again.IsAnswering(absl::ZeroDuration()));
  other.Let();
  EXPECT_TRUE(again.IsAnswering(kSoon));
}

TEST_F(PeerTurnsTest, AHubThatGoesRefusesWhoWaits) {
  Asked& first = Ask("a");
  ASSERT_TRUE(first.IsAnswering(kSoon));
  Asked& second = Ask("a");
  Turns().Drain();
  EXPECT_EQ(ReasonOf(second.refused()), Reason::kShuttingDown);
  EXPECT_TRUE(first.refused().ok()) << "it is answered";
  EXPECT_FALSE(Turns().Withdraw(&second));
  EXPECT_EQ(ReasonOf(Turns().Ask("a", &New())), Reason::kShuttingDown);
}

// A call as gRPC has it: gone at any time after it was answered, and its memory used again.
class Fleeting final : public PeerTurns::Question {
 public:
  Fleeting(std::atomic<PeerTurns*>* turns, std::atomic<int>* at_once, std::atomic<int>* ended)
      : turns_(*turns), at_once_(*at_once), ended_(*ended) {}
  size_t Answer() override {
    EXPECT_EQ(++at_once_, 1) << "of one peer";
    --at_once_;
    End();
    return 1;
  }
  void Refuse(const absl::Status&) override { End(); }
  void GiveUp() override {}
  void End() {
    turns_.load()->Done(this);
    ++ended_;
    delete this;
  }

 private:
  std::atomic<PeerTurns*>& turns_;
  std::atomic<int>& at_once_;
  std::atomic<int>& ended_;
};

TEST(PeerTurns, EachOfManyEndsOnceWhateverHappensToIt) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  constexpr int kAskers = 4;
  constexpr int kEach = 500;
  std::atomic<int> ended = 0;
  std::atomic<int> at_once[2] = {0, 0};
  std::atomic<PeerTurns*> known = nullptr;
  TurnOptions options;
  options.patience = absl::ZeroDuration();
  PeerTurns turns(options);
  known = &turns;
  std::vector<std::thread> askers;
  for (int asker = 0; asker < kAskers; ++asker) {
    askers.emplace_back([&, asker] {
      std::mt19937 dice(seed + asker);
      const int peer = asker % 2;
      for (int i = 0; i < kEach; ++i) {
        auto* question = new Fleeting(&known, &at_once[peer], &ended);
        while (!turns.Ask(absl::StrCat("peer ", peer), question).ok()) std::this_thread::yield();
        if (dice() % 4 == 0 && turns.Withdraw(question)) question->End();
        if (dice() % 16 == 0) turns.Tick(absl::Now());
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  turns.Drain();
  const absl::Time late = absl::Now() + kSoon;
  while (ended < kAskers * kEach && absl::Now() < late) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(ended, kAskers * kEach);
}

}  // namespace
}  // namespace liaison::rpc
