#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "liaison/error.h"
#include "liaison/mocks/mock_connection.h"
#include "liaison/publish_client.h"

namespace liaison {
namespace {

using ::testing::AnyNumber;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// A hub behind publish streams. It takes a frame when its answer is read, so that what was written
// and not yet read is what is in flight. Thread-safe.
class FakeHub {
 public:
  enum class Fate { kAnswer, kBreakBefore, kBreakAfter, kSwallow };

  // --- how it behaves; to be set before use
  v1::PublishSettings settings;
  std::function<Fate()> fate = [] { return Fate::kAnswer; };
  // An error for the item, or OK.
  std::function<absl::Status(const std::string& id)> judge = [](const std::string&) {
    return absl::OkStatus();
  };
  bool sends_settings = true;
  absl::Status open_error;  // of every stream

  std::unique_ptr<PublishFrameStream> Open();

  // --- what it saw
  std::vector<std::string> log() const {
    absl::MutexLock lock(&mutex_);
    return log_;
  }
  int streams() const {
    absl::MutexLock lock(&mutex_);
    return streams_;
  }
  int half_closed() const {
    absl::MutexLock lock(&mutex_);
    return half_closed_;
  }
  size_t most_frames_in_flight() const {
    absl::MutexLock lock(&mutex_);
    return most_frames_;
  }
  std::vector<v1::PublishStreamRequest> frames() const {
    absl::MutexLock lock(&mutex_);
    return frames_;
  }

 private:
  class Stream;

  v1::PublishResult Judge(const v1::PublishItem& item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    v1::PublishResult result;
    const std::string& id = item.draft().event_id();
    if (absl::Status status = judge(id); !status.ok()) {
      *result.mutable_error() = record::ToProto(status);
      return result;
    }
    const auto [known, is_new] = sequences_.try_emplace(id, log_.size() + 1);
    if (is_new) log_.push_back(id);
    result.mutable_receipt()->set_event_id(id);
    result.mutable_receipt()->mutable_position()->set_sequence(known->second);
    result.mutable_receipt()->set_duplicate(!is_new);
    return result;
  }

  mutable absl::Mutex mutex_;
  std::vector<std::string> log_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> sequences_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::PublishStreamRequest> frames_ ABSL_GUARDED_BY(mutex_);
  int streams_ ABSL_GUARDED_BY(mutex_) = 0;
  int half_closed_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t most_frames_ ABSL_GUARDED_BY(mutex_) = 0;
};

class FakeHub::Stream : public PublishFrameStream {
 public:
  explicit Stream(FakeHub* hub) : hub_(hub) {}

  bool Write(const v1::PublishStreamRequest& frame) override {
    absl::MutexLock lock(&hub_->mutex_);
    if (over_) return false;
    hub_->frames_.push_back(frame);
    waiting_.push_back(frame);
    hub_->most_frames_ = std::max(hub_->most_frames_, waiting_.size());
    return true;
  }
  void WritesDone() override {
    absl::MutexLock lock(&hub_->mutex_);
    half_closed_ = true;
    ++hub_->half_closed_;
  }
  absl::StatusOr<std::optional<v1::PublishStreamResponse>> Read(absl::Duration timeout) override {
    absl::MutexLock lock(&hub_->mutex_);
    if (!hub_->open_error.ok()) return hub_->open_error;
    v1::PublishStreamResponse response;
    if (!settled_ && hub_->sends_settings) {
      settled_ = true;
      *response.mutable_settings() = hub_->settings;
      return std::optional<v1::PublishStreamResponse>(response);
    }
    auto readable = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(hub_->mutex_) {
      return over_ || !waiting_.empty() || half_closed_;
    };
    hub_->mutex_.AwaitWithTimeout(absl::Condition(&readable), timeout);
    if (over_) return absl::UnavailableError("socket closed");
    if (waiting_.empty() && half_closed_) return std::optional<v1::PublishStreamResponse>();
    if (waiting_.empty()) return absl::DeadlineExceededError("nothing");
    return Take();
  }
  void Cancel() override {
    absl::MutexLock lock(&hub_->mutex_);
    over_ = true;
  }

 private:
  absl::StatusOr<std::optional<v1::PublishStreamResponse>> Take()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(hub_->mutex_) {
    const Fate fated = hub_->fate();
    if (fated == Fate::kBreakBefore) return Break();
    const v1::PublishStreamRequest frame = waiting_.front();
    waiting_.pop_front();
    v1::PublishStreamResponse response;
    response.mutable_results()->set_frame_id(frame.frame_id());
    for (const v1::PublishItem& item : frame.items()) {
      v1::PublishResult* result = response.mutable_results()->add_results();
      if (refused_) {
        *result->mutable_error() =
            record::ToProto(record::Error(Reason::kPredecessorFailed, "an earlier one failed"));
        continue;
      }
      *result = hub_->Judge(item);
      refused_ = result->has_error() && frame.on_error() != v1::ON_ERROR_CONTINUE;
    }
    if (fated == Fate::kBreakAfter) return Break();
    if (fated == Fate::kSwallow) return absl::DeadlineExceededError("swallowed");
    return std::optional<v1::PublishStreamResponse>(response);
  }
  absl::Status Break() ABSL_EXCLUSIVE_LOCKS_REQUIRED(hub_->mutex_) {
    over_ = true;
    return absl::UnavailableError("socket closed");
  }

  FakeHub* const hub_;
  std::deque<v1::PublishStreamRequest> waiting_;
  bool settled_ = false;
  bool half_closed_ = false;
  bool refused_ = false;
  bool over_ = false;
};

std::unique_ptr<PublishFrameStream> FakeHub::Open() {
  absl::MutexLock lock(&mutex_);
  ++streams_;
  return std::make_unique<Stream>(this);
}

class PublisherTest : public ::testing::Test {
 protected:
  PublisherTest() {
    ON_CALL(*connection_, PublishStream).WillByDefault([this] { return hub_.Open(); });
    EXPECT_CALL(*connection_, PublishStream).Times(AnyNumber());
    params_.options.initial_backoff = absl::Milliseconds(1);
    params_.options.max_backoff = absl::Milliseconds(2);
  }

  Publisher Open() { return PublishClient(connection_).OpenPublisher(params_); }

  absl::Status Send(Publisher& publisher, const std::string& id) {
    v1::Draft draft;
    draft.set_event_id(id);
    return publisher.Send(
        Item(std::move(draft)), [this, id](const absl::StatusOr<v1::Receipt>& receipt) {
          absl::MutexLock lock(&mutex_);
          verdicts_.push_back(absl::StrCat(id, " ", receipt.ok() ? "OK" : Name(receipt.status())));
        });
  }
  static std::string Name(const absl::Status& status) {
    const std::optional<Reason> reason = ReasonOf(status);
    return reason.has_value() ? std::string(record::InfoOf(*reason).name)
                              : absl::StatusCodeToString(status.code());
  }
  std::vector<std::string> verdicts() {
    absl::MutexLock lock(&mutex_);
    return verdicts_;
  }
  // Until there is one, or half a minute is over.
  void AwaitVerdict() {
    const absl::Time began = absl::Now();
    while (verdicts().empty() && absl::Now() - began < absl::Seconds(30)) {
      absl::SleepFor(absl::Milliseconds(1));
    }
  }
  static std::vector<std::string> Ids(int count) {
    std::vector<std::string> ids;
    ids.reserve(count);
    for (int i = 0; i < count; ++i) ids.push_back(absl::StrCat("event-", i));
    return ids;
  }
  static std::vector<std::string> AllOk(std::vector<std::string> ids) {
    for (std::string& id : ids) id += " OK";
    return ids;
  }
  // Refuses `id`, for good.
  void Refuse(const std::string& refused) {
    hub_.judge = [refused](const std::string& id) -> absl::Status {
      if (id != refused) return absl::OkStatus();
      return record::FieldInvalid("draft.cycle", "must be a year");
    };
  }

  FakeHub hub_;
  PublisherParams params_;
  std::shared_ptr<::testing::NiceMock<mocks::MockConnection>> connection_ =
      std::make_shared<::testing::NiceMock<mocks::MockConnection>>();

 private:
  absl::Mutex mutex_;
  std::vector<std::string> verdicts_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(PublisherTest, VerdictsComeInOrderOnceEach) {
  Publisher publisher = Open();
  for (const std::string& id : Ids(500)) ASSERT_TRUE(Send(publisher, id).ok());
  EXPECT_TRUE(publisher.Finish().ok());
  EXPECT_THAT(verdicts(), ElementsAreArray(AllOk(Ids(500))));
  EXPECT_THAT(hub_.log(), ElementsAreArray(Ids(500)));
  EXPECT_EQ(hub_.streams(), 1);
  EXPECT_EQ(hub_.half_closed(), 1) << "it says goodbye";
}

TEST_F(PublisherTest, WithoutWorkThereIsNoStream) {
  EXPECT_TRUE(Open().Finish().ok());
  EXPECT_EQ(hub_.streams(), 0);
}

TEST_F(PublisherTest, NothingWaitsForCompany) {
  Publisher publisher = Open();
  ASSERT_TRUE(Send(publisher, "alone").ok());
  AwaitVerdict();
  EXPECT_THAT(verdicts(), ElementsAre("alone OK"));
}

TEST_F(PublisherTest, SendAfterFinishIsRefused) {
  Publisher publisher = Open();
  EXPECT_TRUE(publisher.Finish().ok());
  EXPECT_EQ(Send(publisher, "late").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(publisher.Finish().ok());
  EXPECT_THAT(verdicts(), SizeIs(0));
}

TEST_F(PublisherTest, AnEventThatNoMessageCarriesIsRefusedAtOnce) {
  Publisher publisher = Open();
  v1::Draft draft;
  draft.mutable_topic_signal()->set_text(std::string(4 << 20, 'x'));
  EXPECT_EQ(ReasonOf(publisher.Send(Item(draft), nullptr)), Reason::kEventTooLarge);
}

TEST_F(PublisherTest, KeepsWithinTheHubsWindow) {
  hub_.settings.set_max_inflight_frames(3);
  hub_.settings.set_max_frame_items(2);
  Publisher publisher = Open();
  for (const std::string& id : Ids(200)) ASSERT_TRUE(Send(publisher, id).ok());
  EXPECT_TRUE(publisher.Finish().ok());
  EXPECT_LE(hub_.most_frames_in_flight(), 3u);
  for (const auto& frame : hub_.frames()) EXPECT_LE(frame.items_size(), 2);
  EXPECT_THAT(hub_.log(), ElementsAreArray(Ids(200)));
}

TEST_F(PublisherTest, SendWaitsWhileTheWindowIsFull) {
  params_.options.max_inflight_events = 2;
  absl::Notification answer;
  hub_.fate = [&answer] {
    answer.WaitForNotification();
    return FakeHub::Fate::kAnswer;
  };
  Publisher publisher = Open();
  ASSERT_TRUE(Send(publisher, "a").ok());
  ASSERT_TRUE(Send(publisher, "b").ok());
  absl::Notification sent;
  std::thread sender([&] {
    EXPECT_TRUE(Send(publisher, "c").ok());
    sent.Notify();
  });
  EXPECT_FALSE(sent.WaitForNotificationWithTimeout(absl::Milliseconds(50)));
  answer.Notify();
  sender.join();
  EXPECT_TRUE(publisher.Finish().ok());
  EXPECT_THAT(verdicts(), ElementsAre("a OK", "b OK", "c OK"));
}

TEST_F(PublisherTest, SendsAgainWhatTheBrokenStreamLeftUnanswered) {
  int frames = 0;
  hub_.settings.set_max_frame_items(1);
  hub_.fate = [&frames] {
    ++frames;
    if (frames == 3) return FakeHub::Fate::kBreakAfter;  // taken, and the answer is lost
    if (frames == 5) return FakeHub::Fate::kBreakBefore;
    return FakeHub::Fate::kAnswer;
  };
  Publisher publisher = Open();
  for (const std::string& id : Ids(10)) ASSERT_TRUE(Send(publisher, id).ok());
  EXPECT_TRUE(publisher.Finish().ok());
  EXPECT_THAT(verdicts(), ElementsAreArray(AllOk(Ids(10))));
  EXPECT_THAT(hub_.log(), ElementsAreArray(Ids(10))) << "each once, in order";
  EXPECT_EQ(hub_.streams(), 3);
}

TEST_F(PublisherTest, AStreamWithoutProgressIsBrokenOff) {
  int frames = 0;
  hub_.fate = [&frames] {
    return ++frames == 1 ? FakeHub::Fate::kSwallow : FakeHub::Fate::kAnswer;
  };
  params_.options.progress_timeout = absl::Milliseconds(500);  // the second has as long to answer
  Publisher publisher = Open();
  ASSERT_TRUE(Send(publisher, "a").ok());
  EXPECT_TRUE(publisher.Finish().ok());
  EXPECT_THAT(verdicts(), ElementsAre("a OK"));
  EXPECT_EQ(hub_.streams(), 2);
}

TEST_F(PublisherTest, AnIdleStreamIsNotBrokenOff) {
  params_.options.progress_timeout = absl::Milliseconds(500);  // whoever is not idle has to answer
  Publisher publisher = Open();
  ASSERT_TRUE(Send(publisher, "a").ok());
  AwaitVerdict();
  absl::SleepFor(2 * params_.options.progress_timeout);
  ASSERT_TRUE(Send(publisher, "b").ok());
  EXPECT_TRUE(publisher.Finish().ok());
  EXPECT_THAT(verdicts(), ElementsAre("a OK", "b OK"));
  EXPECT_EQ(hub_.streams(), 1);
}

TEST_F(PublisherTest, AHubThatIsFullIsTriedAgain) {
  int refusals = 3;
  hub_.judge = [&refusals](const std::string& id) -> absl::Status {
    if (id != "event-4" || refusals-- <= 0) return absl::OkStatus();
    return record::Error(Reason::kQueueFull, "full").RetryAfter(absl::Milliseconds(2));
  };
  for (const bool stop : {true, false}) {
    SCOPED_TRACE(stop);
    params_.stop_on_error = stop;
    Publisher publisher = Open();
    for (const std::string& id : Ids(10)) ASSERT_TRUE(Send(publisher, id).ok());
    EXPECT_TRUE(publisher.Finish().ok());
  }
  EXPECT_THAT(verdicts(), SizeIs(20));
  EXPECT_THAT(verdicts(), Each(HasSubstr(" OK")));
  EXPECT_THAT(hub_.log(), ElementsAreArray(Ids(10)));
}

TEST_F(PublisherTest, GivesUpWithTheLastErrorForAll) {
  hub_.open_error = absl::UnavailableError("could not connect to 127.0.0.1:1");
  params_.options.give_up_after = absl::Seconds(1);  // for some tries, however slow they are
  Publisher publisher = Open();
  for (const std::string& id : Ids(3)) ASSERT_TRUE(Send(publisher, id).ok());
  const absl::Time began = absl::Now();
  EXPECT_EQ(publisher.Finish().message(), "could not connect to 127.0.0.1:1");
  EXPECT_LE(absl::Now() - began, absl::Seconds(10));
  EXPECT_THAT(verdicts(),
              ElementsAre("event-0 UNAVAILABLE", "event-1 UNAVAILABLE", "event-2 UNAVAILABLE"));
  EXPECT_GT(hub_.streams(), 2);
}

TEST_F(PublisherTest, WhatTheHubMeansIsNotTriedAgain) {
  hub_.open_error = record::Error(Reason::kNotPermitted, "not you");
  Publisher publisher = Open();
  ASSERT_TRUE(Send(publisher, "a").ok());
  EXPECT_EQ(ReasonOf(publisher.Finish()), Reason::kNotPermitted);
  EXPECT_THAT(verdicts(), ElementsAre("a NOT_PERMITTED"));
  EXPECT_EQ(hub_.streams(), 1);
}

TEST_F(PublisherTest, StopsOnTheFirstRefusal) {
  Refuse("event-2");
  Publisher publisher = Open();
  int taken = 0;
  for (const std::string& id : Ids(100)) taken += Send(publisher, id).ok() ? 1 : 0;
  const absl::Status status = publisher.Finish();
  EXPECT_EQ(ReasonOf(status), Reason::kFieldInvalid) << status;
  const std::vector<std::string> got = verdicts();
  ASSERT_EQ(got.size(), static_cast<size_t>(taken)) << "every event taken has its verdict";
  EXPECT_EQ(got[1], "event-1 OK");
  EXPECT_EQ(got[2], "event-2 FIELD_INVALID");
  for (size_t i = 3; i < got.size(); ++i) {
    EXPECT_EQ(got[i], absl::StrCat("event-", i, " PREDECESSOR_FAILED"));
  }
  EXPECT_THAT(hub_.log(), ElementsAre("event-0", "event-1"));
}

TEST_F(PublisherTest, SendAfterARefusalSaysWhy) {
  Refuse("a");
  Publisher publisher = Open();
  ASSERT_TRUE(Send(publisher, "a").ok());
  const absl::Time began = absl::Now();
  absl::Status status;
  for (int i = 0; status.ok() && absl::Now() - began < absl::Seconds(30); ++i) {
    status = Send(publisher, absl::StrCat("b", i));
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("must be a year"));
}

TEST_F(PublisherTest, ContinueRefusesOneAndTakesTheRest) {
  Refuse("event-2");
  params_.stop_on_error = false;
  Publisher publisher = Open();
  for (const std::string& id : Ids(5)) ASSERT_TRUE(Send(publisher, id).ok());
  EXPECT_TRUE(publisher.Finish().ok());
  EXPECT_THAT(verdicts(), ElementsAre("event-0 OK", "event-1 OK", "event-2 FIELD_INVALID",
                                      "event-3 OK", "event-4 OK"));
}

TEST_F(PublisherTest, ADroppedPublisherCancelsWhatHasNoVerdict) {
  hub_.sends_settings = false;
  {
    Publisher publisher = Open();
    for (const std::string& id : Ids(3)) ASSERT_TRUE(Send(publisher, id).ok());
  }
  EXPECT_THAT(verdicts(),
              ElementsAre("event-0 CANCELLED", "event-1 CANCELLED", "event-2 CANCELLED"));
}

TEST_F(PublisherTest, AnAnswerToAnotherFrameIsNotTaken) {
  ON_CALL(*connection_, PublishStream).WillByDefault([] {
    auto stream = std::make_unique<::testing::NiceMock<mocks::MockPublishFrameStream>>();
    ON_CALL(*stream, Write).WillByDefault(::testing::Return(true));
    v1::PublishStreamResponse settings;
    settings.mutable_settings();
    v1::PublishStreamResponse results;
    results.mutable_results()->set_frame_id(12345);
    EXPECT_CALL(*stream, Read)
        .WillOnce(::testing::Return(std::optional<v1::PublishStreamResponse>(settings)))
        .WillRepeatedly(::testing::Return(std::optional<v1::PublishStreamResponse>(results)));
    return stream;
  });
  Publisher publisher = Open();
  ASSERT_TRUE(Send(publisher, "a").ok());
  EXPECT_EQ(publisher.Finish().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(verdicts(), ElementsAre("a INTERNAL"));
}

TEST_F(PublisherTest, ManySendersWhateverBreaks) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);  // used by the hub alone, under its lock
  hub_.settings.set_max_inflight_frames(4);
  hub_.settings.set_max_frame_items(7);
  hub_.fate = [&random] {
    switch (random() % 12) {
      case 0:
        return FakeHub::Fate::kBreakBefore;
      case 1:
        return FakeHub::Fate::kBreakAfter;
      default:
        return FakeHub::Fate::kAnswer;
    }
  };
  params_.options.max_inflight_events = 40;
  constexpr int kSenders = 3;
  constexpr int kEach = 300;
  {
    Publisher publisher = Open();
    std::vector<std::thread> senders;
    senders.reserve(kSenders);
    for (int s = 0; s < kSenders; ++s) {
      senders.emplace_back([&, s] {
        for (int i = 0; i < kEach; ++i) {
          EXPECT_TRUE(Send(publisher, absl::StrCat(s, "/", i)).ok());
        }
      });
    }
    for (std::thread& sender : senders) sender.join();
    EXPECT_TRUE(publisher.Finish().ok());
  }
  const std::vector<std::string> log = hub_.log();
  EXPECT_THAT(verdicts(), ElementsAreArray(AllOk(log))) << "verdicts in the order of the log";
  EXPECT_THAT(std::set<std::string>(log.begin(), log.end()), SizeIs(kSenders * kEach));
  EXPECT_THAT(log, SizeIs(kSenders * kEach));
  for (int s = 0; s < kSenders; ++s) {
    int next = 0;
    for (const std::string& id : log) {
      if (id.substr(0, 2) == absl::StrCat(s, "/")) {
        EXPECT_EQ(id, absl::StrCat(s, "/", next++));
      }
    }
  }
  EXPECT_LE(hub_.most_frames_in_flight(), 4u);
  EXPECT_GT(hub_.streams(), 5);
}

}  // namespace
}  // namespace liaison
