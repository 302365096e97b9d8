#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "liaison/durable_subscription.h"
#include "liaison/error.h"
#include "proto/record/errors.h"
#include "tests/unit/client/fake_log.h"

namespace liaison {
namespace {

using record::Reason;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr absl::Duration kPatience = absl::Seconds(20);

// One Consume stream, whose far end the test has in its hands. Thread-safe.
class Line {
 public:
  // --- the hub's end
  // The next frame of the client's of that kind; what came before it is passed over. An empty one
  // where none comes.
  v1::ConsumeRequest Await(v1::ConsumeRequest::FrameCase kind) {
    absl::MutexLock lock(&mutex_);
    const absl::Time until = absl::Now() + kPatience;
    const auto something = [this]()
                               ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !said_.empty(); };
    while (mutex_.AwaitWithDeadline(absl::Condition(&something), until)) {
      v1::ConsumeRequest frame = std::move(said_.front());
      said_.pop_front();
      if (frame.frame_case() == kind) return frame;
    }
    ADD_FAILURE() << "no frame of kind " << kind;
    return {};
  }
  v1::ConsumeStart AwaitStart() { return Await(v1::ConsumeRequest::kStart).start(); }
  v1::Credit AwaitCredit() { return Await(v1::ConsumeRequest::kCredit).credit(); }
  // The next words about deliveries; about their leases where `batch` is 0.
  v1::Settlements AwaitSettlements(bool leases = false) {
    while (true) {
      v1::ConsumeRequest frame = Await(v1::ConsumeRequest::kSettlements);
      if (frame.settlements().settlements().empty()) return {};
      if ((frame.settlements().batch() == 0) == leases) return frame.settlements();
    }
  }
  bool AwaitHalfClosed() { return AwaitTrue(&half_closed_); }
  bool AwaitCancelled() { return AwaitTrue(&cancelled_); }

  void Send(v1::ConsumeResponse frame) {
    absl::MutexLock lock(&mutex_);
    told_.push_back(std::move(frame));
  }
  void Join(uint64_t epoch, absl::Duration lease = absl::Seconds(30),
            const std::string& log_id = "", uint64_t head = 0) {
    v1::ConsumeResponse frame;
    frame.mutable_joined()->mutable_head()->set_log_id(log_id);
    frame.mutable_joined()->mutable_head()->set_sequence(head);
    frame.mutable_joined()->set_member("a");
    frame.mutable_joined()->set_epoch(epoch);
    frame.mutable_joined()->mutable_lease()->set_seconds(
        absl::IDivDuration(lease, absl::Seconds(1), &lease));
    frame.mutable_joined()->mutable_lease()->set_nanos(
        static_cast<int>(absl::ToInt64Nanoseconds(lease)));
    Send(frame);
  }
  void Answer(const v1::Settlements& said, v1::SettleResult result) {
    v1::ConsumeResponse frame;
    frame.mutable_results()->set_batch(said.batch());
    for (int i = 0; i < said.settlements_size(); ++i) frame.mutable_results()->add_results(result);
    Send(frame);
  }
  // OK is an orderly end.
  void End(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    end_ = std::move(status);
  }

  // --- the client's
  bool Write(const v1::ConsumeRequest& frame) {
    absl::MutexLock lock(&mutex_);
    if (cancelled_ || end_) return false;
    said_.push_back(frame);
    return true;
  }
  void WritesDone() {
    absl::MutexLock lock(&mutex_);
    half_closed_ = true;
  }
  absl::StatusOr<std::optional<v1::ConsumeResponse>> Read(absl::Duration timeout) {
    absl::MutexLock lock(&mutex_);
    const auto something = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return cancelled_ || end_ || !told_.empty();
    };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&something), timeout)) {
      return absl::DeadlineExceededError("silence");
    }
    if (cancelled_) return absl::CancelledError("cancelled");
    if (!told_.empty()) {
      v1::ConsumeResponse frame = std::move(told_.front());
      told_.pop_front();
      return std::optional<v1::ConsumeResponse>(std::move(frame));
    }
    if (end_->ok()) return std::optional<v1::ConsumeResponse>();
    return *end_;
  }
  void Cancel() {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
  }

 private:
  bool AwaitTrue(const bool* what) {
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(what), kPatience);
  }

  absl::Mutex mutex_;
  std::deque<v1::ConsumeRequest> said_ ABSL_GUARDED_BY(mutex_);
  std::deque<v1::ConsumeResponse> told_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool half_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

class ClientsEnd final : public ConsumeStream {
 public:
  explicit ClientsEnd(std::shared_ptr<Line> line) : line_(std::move(line)) {}
  bool Write(const v1::ConsumeRequest& frame) override { return line_->Write(frame); }
  void WritesDone() override { line_->WritesDone(); }
  absl::StatusOr<std::optional<v1::ConsumeResponse>> Read(absl::Duration timeout) override {
    return line_->Read(timeout);
  }
  void Cancel() override { line_->Cancel(); }

 private:
  const std::shared_ptr<Line> line_;
};

// A hub at which nothing but Consume can be asked for.
class FakeDesk final : public DurableConnection {
 public:
  // --- how it behaves; to be set before use
  std::function<void()> while_connecting = [] {};
  std::optional<absl::Status> refuses;  // every stream

  std::unique_ptr<ConsumeStream> Consume() override {
    while_connecting();
    auto line = std::make_shared<Line>();
    if (refuses) line->End(*refuses);
    absl::MutexLock lock(&mutex_);
    opened_.push_back(line);
    return std::make_unique<ClientsEnd>(std::move(line));
  }
  // The next stream that the client opens.
  std::shared_ptr<Line> AwaitLine() {
    absl::MutexLock lock(&mutex_);
    const auto one = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !opened_.empty(); };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&one), kPatience)) {
      ADD_FAILURE() << "no stream is opened";
      return std::make_shared<Line>();
    }
    std::shared_ptr<Line> line = std::move(opened_.front());
    opened_.pop_front();
    return line;
  }

  absl::StatusOr<v1::CreateSubscriptionResponse> Create(
      const v1::CreateSubscriptionRequest&) override {
    return None();
  }
  absl::StatusOr<v1::GetSubscriptionResponse> Get(const v1::GetSubscriptionRequest&) override {
    return None();
  }
  absl::StatusOr<v1::ListSubscriptionsResponse> List(const v1::ListSubscriptionsRequest&) override {
    return None();
  }
  absl::StatusOr<v1::UpdateSubscriptionResponse> Update(
      const v1::UpdateSubscriptionRequest&) override {
    return None();
  }
  absl::StatusOr<v1::DeleteSubscriptionResponse> Delete(
      const v1::DeleteSubscriptionRequest&) override {
    return None();
  }
  absl::StatusOr<v1::PullResponse> Pull(const v1::PullRequest&) override { return None(); }
  absl::StatusOr<v1::SettleResponse> Settle(const v1::SettleRequest&) override { return None(); }
  absl::StatusOr<v1::SeekResponse> Seek(const v1::SeekRequest&) override { return None(); }
  absl::StatusOr<v1::ListDeadLettersResponse> ListDeadLetters(
      const v1::ListDeadLettersRequest&) override {
    return None();
  }
  absl::StatusOr<v1::ReplayDeadLettersResponse> ReplayDeadLetters(
      const v1::ReplayDeadLettersRequest&) override {
    return None();
  }
  absl::StatusOr<v1::DiscardDeadLettersResponse> DiscardDeadLetters(
      const v1::DiscardDeadLettersRequest&) override {
    return None();
  }

 private:
  static absl::Status None() { return absl::UnimplementedError("only Consume"); }

  absl::Mutex mutex_;
  std::deque<std::shared_ptr<Line>> opened_ ABSL_GUARDED_BY(mutex_);
};

std::vector<std::string> TokensOf(const v1::Settlements& said) {
  std::vector<std::string> tokens;
  for (const v1::Settlement& one : said.settlements()) tokens.push_back(one.ack_token());
  return tokens;
}

class DurableConsumerTest : public ::testing::Test {
 protected:
  DurableConsumerTest() {
    options_.member = "a";
    options_.initial_backoff = absl::Milliseconds(1);
    options_.max_backoff = absl::Milliseconds(2);
    log_.Grow(8);
  }
  ~DurableConsumerTest() override {
    if (thread_.joinable()) consumer_->Stop();  // of one that should have ended by itself
    if (thread_.joinable()) thread_.join();
  }

  void Run(DurableConsumer::Handler handler) {
    consumer_ = std::make_unique<DurableConsumer>(desk_, "desk", options_);
    thread_ = std::thread([this, handler = std::move(handler)] {
      const absl::Status ended = consumer_->Run(handler);
      absl::MutexLock lock(&mutex_);
      ended_ = ended;
    });
  }
  // The consumer, joined in epoch 7, and with credit.
  std::shared_ptr<Line> Joined(absl::Duration lease = absl::Seconds(30)) {
    auto line = desk_->AwaitLine();
    line->AwaitStart();
    line->Join(7, lease);
    line->AwaitCredit();
    return line;
  }
  // Events, with tokens t1, t2...
  void Deliver(Line& line, const std::vector<uint64_t>& sequences) {
    v1::ConsumeResponse frame;
    for (uint64_t sequence : sequences) {
      v1::Delivery& delivery = *frame.mutable_deliveries()->add_deliveries();
      *delivery.mutable_event() = log_[sequence];
      delivery.set_ack_token(absl::StrCat("t", sequence));
      delivery.set_attempt(1);
    }
    line.Send(frame);
  }
  // So many, all of them event 1, with tokens m0, m1...
  void DeliverMany(Line& line, int count) {
    v1::ConsumeResponse frame;
    for (int i = 0; i < count; ++i) {
      v1::Delivery& delivery = *frame.mutable_deliveries()->add_deliveries();
      *delivery.mutable_event() = log_[1];
      delivery.set_ack_token(absl::StrCat("m", i));
      delivery.set_attempt(1);
    }
    line.Send(frame);
  }
  // Stops it, and answers its last words on that line.
  absl::Status StopOn(Line& line) {
    consumer_->Stop();
    EXPECT_TRUE(line.AwaitHalfClosed());
    line.End(absl::OkStatus());
    return Ended();
  }
  absl::Status Ended() {
    absl::MutexLock lock(&mutex_);
    const auto ended = [this]()
                           ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ended_.has_value(); };
    return mutex_.AwaitWithTimeout(absl::Condition(&ended), kPatience)
               ? *ended_
               : absl::DeadlineExceededError("it runs on");
  }
  static Verdict Acknowledge(const Event&, uint32_t) { return Verdict::Ack(); }

  std::shared_ptr<FakeDesk> desk_ = std::make_shared<FakeDesk>();
  testing::FakeLog log_;
  ConsumeOptions options_;
  std::unique_ptr<DurableConsumer> consumer_;

 private:
  std::thread thread_;
  absl::Mutex mutex_;
  std::optional<absl::Status> ended_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(DurableConsumerTest, SaysWhoItIsAndWhatItHasRoomFor) {
  options_.max_buffered = 5;
  options_.max_buffered_size_bytes = 4096;
  Run(Acknowledge);
  const auto line = desk_->AwaitLine();
  const v1::ConsumeStart start = line->AwaitStart();
  EXPECT_EQ(start.name(), "desk");
  EXPECT_EQ(start.member(), "a");
  EXPECT_EQ(start.epoch(), 0u);
  EXPECT_THAT(start.held(), IsEmpty());
  line->Join(7);
  const v1::Credit credit = line->AwaitCredit();
  EXPECT_EQ(credit.messages(), 5u);
  EXPECT_EQ(credit.bytes(), 4096u);
  EXPECT_TRUE(StopOn(*line).ok());
}

TEST_F(DurableConsumerTest, TellsTheHubEachVerdictOnce) {
  Run([](const Event& event, uint32_t) {
    switch (event.sequence()) {
      case 1:
        return Verdict::Ack();
      case 2:
        return Verdict::Retry("fictional", absl::Seconds(90));
      case 3:
        return Verdict::DeadLetter("fictional too");
      default:
        return Verdict::Skip();
    }
  });
  const auto line = Joined();
  Deliver(*line, {1, 2, 3, 4});
  const v1::Settlements said = line->AwaitSettlements();
  ASSERT_THAT(said.settlements(), SizeIs(4));
  EXPECT_EQ(said.settlements(0).action(), v1::SETTLE_ACTION_ACK);
  EXPECT_EQ(said.settlements(1).action(), v1::SETTLE_ACTION_RETRY);
  EXPECT_EQ(said.settlements(1).delay().seconds(), 90);
  EXPECT_EQ(said.settlements(1).reason(), "fictional");
  EXPECT_EQ(said.settlements(2).action(), v1::SETTLE_ACTION_DEAD_LETTER);
  EXPECT_EQ(said.settlements(2).reason(), "fictional too");
  EXPECT_EQ(said.settlements(3).action(), v1::SETTLE_ACTION_SKIP);
  EXPECT_EQ(line->AwaitCredit().messages(), 4u) << "there is room again";
  line->Answer(said, v1::SETTLE_RESULT_OK);
  EXPECT_TRUE(StopOn(*line).ok());
  EXPECT_EQ(consumer_->settled(), 4u);
  EXPECT_EQ(consumer_->refused(), 0u);
}

TEST_F(DurableConsumerTest, WhatCameTooLateIsCounted) {
  Run(Acknowledge);
  const auto line = Joined();
  for (const v1::SettleResult result : {v1::SETTLE_RESULT_EXPIRED, v1::SETTLE_RESULT_SUPERSEDED,
                                        v1::SETTLE_RESULT_ALREADY_SETTLED}) {
    Deliver(*line, {1});
    line->Answer(line->AwaitSettlements(), result);
  }
  EXPECT_TRUE(StopOn(*line).ok());
  EXPECT_EQ(consumer_->refused(), 2u);
  EXPECT_EQ(consumer_->settled(), 1u) << "an earlier word had counted";
}

// A verdict whose answer is lost is said again, and counts once: the hub knows it by its token.
TEST_F(DurableConsumerTest, AVerdictThatWasNotAnsweredIsSaidAgainOnTheNextLine) {
  Run(Acknowledge);
  const auto first = Joined();
  Deliver(*first, {1});
  const v1::Settlements said = first->AwaitSettlements();
  first->End(absl::UnavailableError("the line broke"));
  const auto second = desk_->AwaitLine();
  const v1::ConsumeStart start = second->AwaitStart();
  EXPECT_EQ(start.epoch(), 7u) << "it has only lost its line";
  EXPECT_THAT(start.held(), ElementsAre("t1"));
  second->Join(7);
  const v1::Settlements again = second->AwaitSettlements();
  EXPECT_EQ(again.batch(), said.batch());
  EXPECT_THAT(TokensOf(again), ElementsAre("t1"));
  second->Answer(again, v1::SETTLE_RESULT_ALREADY_SETTLED);
  EXPECT_TRUE(StopOn(*second).ok());
  EXPECT_EQ(consumer_->settled(), 1u);
}

TEST_F(DurableConsumerTest, OnTheNextLineItHoldsWhatLiesHereAndAsksForTheRest) {
  options_.max_buffered = 5;
  absl::Notification begun, go_on;
  Run([&](const Event& event, uint32_t) {
    if (event.sequence() == 1) {
      begun.Notify();
      go_on.WaitForNotification();
    }
    return Verdict::Ack();
  });
  const auto first = Joined();
  Deliver(*first, {1, 2, 3});
  begun.WaitForNotification();
  first->End(absl::UnavailableError("the line broke"));
  const auto second = desk_->AwaitLine();
  EXPECT_THAT(second->AwaitStart().held(), UnorderedElementsAre("t1", "t2", "t3"));
  second->Join(7);
  EXPECT_EQ(second->AwaitCredit().messages(), 2u) << "three of five lie here, one in hand";
  go_on.Notify();
  EXPECT_THAT(TokensOf(second->AwaitSettlements()), ElementsAre("t1", "t2", "t3"));
  EXPECT_EQ(second->AwaitCredit().messages(), 3u);
  consumer_->Stop();
  second->End(record::Error(Reason::kNotFound, "it was deleted"));
  EXPECT_EQ(ReasonOf(Ended()), Reason::kNotFound);
}

// A hub whose log took nothing says so; nothing else need happen for the word to be said again.
TEST_F(DurableConsumerTest, AVerdictThatTheLogDidNotTakeIsSaidAgainByItself) {
  Run(Acknowledge);
  const auto line = Joined(absl::Seconds(1));
  Deliver(*line, {1});
  const v1::Settlements said = line->AwaitSettlements();
  line->Answer(said, v1::SETTLE_RESULT_TRY_AGAIN);
  const v1::Settlements again = line->AwaitSettlements();
  EXPECT_NE(again.batch(), said.batch());
  EXPECT_THAT(TokensOf(again), ElementsAre("t1"));
  line->Answer(again, v1::SETTLE_RESULT_OK);
  EXPECT_TRUE(StopOn(*line).ok());
  EXPECT_EQ(consumer_->settled(), 1u);
}

// Google Pub/Sub: what lay unread in a client's buffer ran out of time there, and came again.
TEST_F(DurableConsumerTest, GooglePubSubLeasesOfWhatLiesHereAreExtended) {
  absl::Notification begun, go_on;
  Run([&](const Event& event, uint32_t) {
    if (event.sequence() == 1) {
      begun.Notify();
      go_on.WaitForNotification();
    }
    return Verdict::Ack();
  });
  const auto line = Joined(absl::Milliseconds(300));
  Deliver(*line, {1, 2});
  begun.WaitForNotification();
  for (int i = 0; i < 3; ++i) {
    v1::Settlements said = line->AwaitSettlements(/*leases=*/true);
    while (said.settlements_size() < 2) said = line->AwaitSettlements(/*leases=*/true);
    EXPECT_THAT(TokensOf(said), UnorderedElementsAre("t1", "t2"));
    for (const v1::Settlement& one : said.settlements()) {
      EXPECT_EQ(one.action(), v1::SETTLE_ACTION_EXTEND);
    }
  }
  go_on.Notify();
  line->Answer(line->AwaitSettlements(), v1::SETTLE_RESULT_OK);
  EXPECT_TRUE(StopOn(*line).ok());
}

// However many there are: a hub takes 1,000 at once.
TEST_F(DurableConsumerTest, GooglePubSubLeasesOfAllThatLiesHereAreExtended) {
  options_.max_buffered = 5000;
  absl::Notification go_on;
  Run([&](const Event&, uint32_t) {
    go_on.WaitForNotification();
    return Verdict::Ack();
  });
  auto line = Joined(absl::Milliseconds(300));
  DeliverMany(*line, 2500);
  std::set<std::string> extended;
  while (extended.size() < 2500) {
    const v1::Settlements said = line->AwaitSettlements(/*leases=*/true);
    ASSERT_THAT(said.settlements_size(), AllOf(Gt(0), Le(1000)));
    for (const std::string& token : TokensOf(said)) extended.insert(token);
  }
  consumer_->Stop();
  go_on.Notify();
  std::set<std::string> given_back;
  while (given_back.size() < 2500) {
    const v1::Settlements said = line->AwaitSettlements();
    ASSERT_THAT(said.settlements_size(), AllOf(Gt(0), Le(1000)));
    for (const std::string& token : TokensOf(said)) given_back.insert(token);
    line->Answer(said, v1::SETTLE_RESULT_OK);
  }
  EXPECT_TRUE(StopOn(*line).ok());
}

// Of a hub that answers less than it was asked.
TEST_F(DurableConsumerTest, WhatIsNotAnsweredIsSaidAgain) {
  Run(Acknowledge);
  auto line = Joined(absl::Milliseconds(400));
  Deliver(*line, {1});
  const v1::Settlements said = line->AwaitSettlements();
  v1::Settlements nothing;
  nothing.set_batch(said.batch());
  line->Answer(nothing, v1::SETTLE_RESULT_OK);
  const v1::Settlements again = line->AwaitSettlements();
  EXPECT_EQ(TokensOf(again), TokensOf(said));
  line->Answer(again, v1::SETTLE_RESULT_OK);
  EXPECT_TRUE(StopOn(*line).ok());
  EXPECT_EQ(consumer_->settled(), 1u);
}

// NATS JetStream #5412, #7693: a server that lost its end was taken for the one from before.
TEST_F(DurableConsumerTest, JetStream5412ALogThatWasPutBackEndsIt) {
  Run(Acknowledge);
  auto line = desk_->AwaitLine();
  line->Join(7, absl::Seconds(30), "a-log", 3);
  Deliver(*line, {4, 5});
  line->AwaitSettlements();
  line->End(absl::UnavailableError("the line broke"));
  desk_->AwaitLine()->Join(7, absl::Seconds(30), "a-log", 4);
  const absl::Status ended = Ended();
  EXPECT_EQ(ReasonOf(ended), Reason::kPositionAheadOfLog);
  EXPECT_EQ(MetadataOf(ended, "sequence"), "5");
  EXPECT_EQ(MetadataOf(ended, "head"), "4");
}

TEST_F(DurableConsumerTest, AnotherLogEndsIt) {
  Run(Acknowledge);
  auto line = desk_->AwaitLine();
  line->Join(7, absl::Seconds(30), "a-log", 3);
  line->AwaitCredit();
  line->End(absl::UnavailableError("the line broke"));
  desk_->AwaitLine()->Join(7, absl::Seconds(30), "another-log", 9);
  EXPECT_EQ(ReasonOf(Ended()), Reason::kLogIncarnationChanged);
}

TEST_F(DurableConsumerTest, StoppedItGivesBackWhatItHasNotHandled) {
  absl::Notification begun, go_on;
  Run([&](const Event&, uint32_t) {
    begun.Notify();
    go_on.WaitForNotification();
    return Verdict::Ack();
  });
  const auto line = Joined();
  Deliver(*line, {1, 2, 3});
  begun.WaitForNotification();
  consumer_->Stop();
  go_on.Notify();
  const v1::Settlements said = line->AwaitSettlements();
  ASSERT_THAT(TokensOf(said), ElementsAre("t1", "t2", "t3"));
  EXPECT_EQ(said.settlements(0).action(), v1::SETTLE_ACTION_ACK) << "it was handled";
  EXPECT_EQ(said.settlements(1).action(), v1::SETTLE_ACTION_RELEASE);
  EXPECT_EQ(said.settlements(2).action(), v1::SETTLE_ACTION_RELEASE);
  Deliver(*line, {4});  // was on its way
  const v1::Settlements late = line->AwaitSettlements();
  ASSERT_THAT(TokensOf(late), ElementsAre("t4"));
  EXPECT_EQ(late.settlements(0).action(), v1::SETTLE_ACTION_RELEASE);
  line->Answer(said, v1::SETTLE_RESULT_OK);
  line->Answer(late, v1::SETTLE_RESULT_OK);
  EXPECT_TRUE(StopOn(*line).ok());
}

TEST_F(DurableConsumerTest, StoppedWhileItConnectsItEnds) {
  int connections = 0;
  desk_->while_connecting = [&] {
    if (++connections < 2) return;
    consumer_->Stop();
    absl::SleepFor(absl::Milliseconds(100));  // for Run to have looked for a stream
  };
  Run(Acknowledge);
  desk_->AwaitLine()->End(absl::UnavailableError("the line broke"));
  EXPECT_TRUE(Ended().ok());
}

TEST_F(DurableConsumerTest, WhatAnotherTryWouldNotMendEndsIt) {
  for (const Reason reason :
       {Reason::kLogIncarnationChanged, Reason::kPositionExpired, Reason::kPositionAheadOfLog,
        Reason::kNotFound, Reason::kFieldInvalid, Reason::kNotPermitted}) {
    desk_->refuses = record::Error(reason, "fictional");
    DurableConsumer consumer(desk_, "desk", options_);
    EXPECT_EQ(ReasonOf(consumer.Run(Acknowledge)), reason);
  }
}

TEST_F(DurableConsumerTest, GivesUpOnceNothingWasHeardForSoLong) {
  options_.give_up_after = absl::Milliseconds(50);
  desk_->refuses = absl::UnavailableError("nobody there");
  DurableConsumer consumer(desk_, "desk", options_);
  EXPECT_EQ(consumer.Run(Acknowledge).code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace liaison
