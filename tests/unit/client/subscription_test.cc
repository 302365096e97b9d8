#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "liaison/error.h"
#include "liaison/event_client.h"
#include "liaison/mocks/mock_connection.h"
#include "tests/unit/client/fake_log.h"
#include "tests/unit/client/scripted_stream.h"

namespace liaison {
namespace {

using namespace liaison::testing;  // NOLINT: the names of the frames
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using ScriptedStream = ScriptedStreamOf<SubscribeStream, v1::SubscribeResponse>;

class SubscriptionTest : public ::testing::Test {
 protected:
  SubscriptionTest() {
    ON_CALL(*connection_, Subscribe).WillByDefault([this](const v1::SubscribeRequest& request) {
      requests_.push_back(request);
      return answer_(request);
    });
    EXPECT_CALL(*connection_, Subscribe).Times(::testing::AnyNumber());
    answer_ = [this](const v1::SubscribeRequest&) { return NextScripted(); };
    params_.start = FromBeginning{};
    params_.options.initial_backoff = absl::Milliseconds(1);
    params_.options.max_backoff = absl::Milliseconds(2);
  }

  // The hub's next stream. When there is none left, the hub is gone.
  void Script(std::vector<v1::SubscribeResponse> frames, Ending ending = Silence{}) {
    scripts_.push_back(std::make_unique<ScriptedStream>(std::move(frames), std::move(ending)));
  }
  std::unique_ptr<SubscribeStream> NextScripted() {
    if (scripts_.empty()) {
      return std::make_unique<ScriptedStream>(std::vector<v1::SubscribeResponse>(),
                                              End{absl::UnavailableError("hub is gone")});
    }
    std::unique_ptr<SubscribeStream> stream = std::move(scripts_.front());
    scripts_.pop_front();
    return stream;
  }

  Subscription Subscribe() { return EventClient(connection_).Subscribe(params_); }

  // Sequences of the next `count` events; fewer where it ends, or takes more than half a minute.
  std::vector<uint64_t> Read(Subscription& subscription, size_t count) {
    std::vector<uint64_t> sequences;
    while (sequences.size() < count) {
      const auto event = subscription.Next(absl::Seconds(30));
      EXPECT_TRUE(event.ok()) << event.status();
      if (!event.ok() || !event->has_value()) break;
      sequences.push_back((*event)->sequence());
      EXPECT_EQ(subscription.position().sequence(), sequences.back());
    }
    return sequences;
  }
  // Everything up to the end; the final status.
  absl::Status ReadToEnd(Subscription& subscription, std::vector<uint64_t>* sequences) {
    for (absl::StatusOr<Event>& event : subscription) {
      if (!event.ok()) return event.status();
      sequences->push_back(event->sequence());
    }
    return absl::OkStatus();
  }
  // The error that it ends with after `before` events.
  absl::Status Failure(const std::vector<uint64_t>& before) {
    Subscription subscription = Subscribe();
    std::vector<uint64_t> sequences;
    absl::Status status = ReadToEnd(subscription, &sequences);
    EXPECT_THAT(sequences, ElementsAreArray(before));
    EXPECT_TRUE(subscription.ended());
    EXPECT_EQ(subscription.Next().status(), status) << "an error is final";
    return status;
  }

  std::shared_ptr<::testing::NiceMock<mocks::MockConnection>> connection_ =
      std::make_shared<::testing::NiceMock<mocks::MockConnection>>();
  FakeLog log_;
  SubscribeParams params_;
  std::function<std::unique_ptr<SubscribeStream>(const v1::SubscribeRequest&)> answer_;
  std::vector<v1::SubscribeRequest> requests_;

 private:
  std::deque<std::unique_ptr<SubscribeStream>> scripts_;
};

TEST_F(SubscriptionTest, AForLoopYieldsEverythingUpToTheHead) {
  log_.Grow(5);
  params_.stop_at_head = true;
  Script({Confirmed(0, 5), EventsFrame(log_, {1, 2, 3}), EventsFrame(log_, {4, 5}), CaughtUp(5),
          Closing(v1::CLOSING_REASON_STOPPED_AT_HEAD, 5)});
  Subscription subscription = Subscribe();
  std::vector<uint64_t> sequences;
  EXPECT_TRUE(ReadToEnd(subscription, &sequences).ok());
  EXPECT_THAT(sequences, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_TRUE(subscription.ended());
  EXPECT_TRUE(subscription.caught_up());
  EXPECT_EQ(subscription.resumptions(), 0);
  EXPECT_FALSE(subscription.Next()->has_value());
}

TEST_F(SubscriptionTest, AForLoopShowsTheErrorLast) {
  log_.Grow(1);
  Script({Confirmed(0, 1), EventsFrame(log_, {1})},
         End{record::Error(Reason::kPositionExpired, "gone")});
  Subscription subscription = Subscribe();
  std::vector<absl::StatusCode> codes;
  for (absl::StatusOr<Event>& event : subscription) codes.push_back(event.status().code());
  EXPECT_THAT(codes, ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kOutOfRange));
}

TEST_F(SubscriptionTest, AsksForWhatItWasGiven) {
  params_.filter = "type = topic-signal";
  params_.options.heartbeat_interval = absl::Milliseconds(1500);
  const auto ask = [this](Start start) {
    params_.start = std::move(start);
    Subscription subscription = Subscribe();
    EXPECT_FALSE(subscription.Next(absl::ZeroDuration())->has_value());
    return requests_.back();
  };
  answer_ = [](const v1::SubscribeRequest&) {
    return std::make_unique<ScriptedStream>(std::vector<v1::SubscribeResponse>(), Silence{});
  };
  EXPECT_EQ(ask(FromBeginning{}).start_at(), v1::START_AT_BEGINNING);
  EXPECT_EQ(ask(FromNow{}).start_at(), v1::START_AT_LIVE);
  EXPECT_EQ(ask(After{"a-log", 7}).after().sequence(), 7u);
  EXPECT_EQ(requests_.back().after().log_id(), "a-log");
  EXPECT_EQ(ask(Since{absl::FromUnixSeconds(1'700'000'000)}).since().seconds(), 1'700'000'000);
  EXPECT_EQ(requests_.back().filter(), "type = topic-signal");
  EXPECT_EQ(requests_.back().heartbeat_interval().nanos(), 500'000'000);
}

TEST_F(SubscriptionTest, ResumesInTheMiddleOfCatchingUp) {
  log_.Grow(6);
  Script({Confirmed(0, 6), EventsFrame(log_, {1, 2})}, End{absl::UnavailableError("closed")});
  Script({Confirmed(2, 6), EventsFrame(log_, {3, 4, 5, 6}), CaughtUp(6)});
  Subscription subscription = Subscribe();
  EXPECT_THAT(Read(subscription, 6), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(requests_[1].after().sequence(), 2u);
  EXPECT_EQ(requests_[1].after().log_id(), kLogId);
  EXPECT_EQ(subscription.resumptions(), 1);
}

TEST_F(SubscriptionTest, ResumesAfterEveryKindOfBreak) {
  log_.Grow(8);
  Script({Confirmed(0, 8), EventsFrame(log_, {1})}, End{absl::UnavailableError("socket closed")});
  Script({}, End{absl::UnavailableError("connection refused")});
  Script({Confirmed(1, 8), EventsFrame(log_, {2})}, End{absl::OkStatus()});
  Script({Confirmed(2, 8), EventsFrame(log_, {3})}, End{absl::CancelledError("reset")});
  Script({Confirmed(3, 8), EventsFrame(log_, {4})}, End{absl::InternalError("RST_STREAM")});
  Script({Confirmed(4, 8), EventsFrame(log_, {5}), Closing(v1::CLOSING_REASON_SHUTTING_DOWN, 5)});
  Script({Confirmed(5, 8), EventsFrame(log_, {6})},
         End{record::Error(Reason::kSlowConsumer, "slow").RetryAfter(absl::ZeroDuration())});
  Script({Confirmed(6, 8), EventsFrame(log_, {7})},
         End{record::Error(Reason::kShuttingDown, "bye").RetryAfter(absl::Milliseconds(1))});
  Script({Confirmed(7, 8), EventsFrame(log_, {8})});
  Subscription subscription = Subscribe();
  EXPECT_THAT(Read(subscription, 8), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(subscription.resumptions(), 7);
}

TEST_F(SubscriptionTest, MissedHeartbeatsAreABreak) {
  log_.Grow(2);
  params_.options.heartbeat_interval = absl::Milliseconds(20);
  params_.options.missed_heartbeats = 2;
  Script({Confirmed(0, 1), EventsFrame(log_, {1}), Heartbeat(1)}, Silence{});
  Script({Confirmed(1, 2), EventsFrame(log_, {2})});
  Subscription subscription = Subscribe();
  const absl::Time began = absl::Now();
  EXPECT_THAT(Read(subscription, 2), ElementsAre(1, 2));
  EXPECT_GE(absl::Now() - began, absl::Milliseconds(40));
  EXPECT_EQ(subscription.resumptions(), 1);
}

TEST_F(SubscriptionTest, MissedHeartbeatsAreCountedOverManyShortWaits) {
  log_.Grow(2);
  params_.options.heartbeat_interval = absl::Milliseconds(20);
  params_.options.missed_heartbeats = 2;
  Script({Confirmed(0, 1), EventsFrame(log_, {1})}, Silence{});
  Script({Confirmed(1, 2), EventsFrame(log_, {2})});
  Subscription subscription = Subscribe();
  EXPECT_THAT(Read(subscription, 1), ElementsAre(1));
  std::optional<Event> second;
  for (int i = 0; i < 10'000 && !second.has_value(); ++i) {
    auto next = subscription.Next(absl::Milliseconds(1));
    ASSERT_TRUE(next.ok()) << next.status();
    second = *std::move(next);
  }
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->sequence(), 2u);
  EXPECT_THAT(requests_, SizeIs(2));
}

TEST_F(SubscriptionTest, TheHubsHeartbeatIntervalIsTheOneThatCounts) {
  log_.Grow(1);
  params_.options.heartbeat_interval = absl::Hours(1);
  params_.options.missed_heartbeats = 1;
  v1::SubscribeResponse confirmed = Confirmed(0, 1);
  confirmed.mutable_confirmed()->mutable_heartbeat_interval()->set_nanos(20'000'000);
  Script({confirmed}, Silence{});
  Script({Confirmed(0, 1), EventsFrame(log_, {1})});
  Subscription subscription = Subscribe();
  EXPECT_THAT(Read(subscription, 1), ElementsAre(1));
}

TEST_F(SubscriptionTest, AShortWaitOfTheCallerKeepsTheStream) {
  Script({Confirmed(0, 0), CaughtUp(0)}, Silence{});
  Subscription subscription = Subscribe();
  for (int i = 0; i < 20; ++i) {
    const auto event = subscription.Next(absl::Milliseconds(1));
    ASSERT_TRUE(event.ok()) << event.status();
    EXPECT_FALSE(event->has_value());
    EXPECT_FALSE(subscription.ended());
  }
  EXPECT_TRUE(subscription.caught_up());
  EXPECT_THAT(requests_, SizeIs(1));
}

TEST_F(SubscriptionTest, FromNowIsWhereTheHubConfirmedIt) {
  log_.Grow(12);
  params_.start = FromNow{};
  Script({}, End{absl::UnavailableError("closed")});
  Script({Confirmed(10, 10)}, End{absl::UnavailableError("closed")});
  Script({Confirmed(10, 12), EventsFrame(log_, {11, 12})});
  Subscription subscription = Subscribe();
  EXPECT_THAT(Read(subscription, 2), ElementsAre(11, 12));
  EXPECT_EQ(requests_[1].start_at(), v1::START_AT_LIVE) << "nothing was confirmed yet";
  EXPECT_EQ(requests_[2].after().sequence(), 10u) << "now is not later because the line broke";
}

TEST_F(SubscriptionTest, PositionIncludesWhatWasNotForUs) {
  log_.Grow(9);
  Script({Confirmed(0, 9), Advanced(4), EventsFrame(log_, {6}), Heartbeat(8)},
         End{absl::UnavailableError("closed")});
  Script({Confirmed(8, 9), EventsFrame(log_, {9})});
  Subscription subscription = Subscribe();
  EXPECT_THAT(Read(subscription, 2), ElementsAre(6, 9));
  EXPECT_EQ(requests_[1].after().sequence(), 8u);
}

TEST_F(SubscriptionTest, PositionNeverRunsAheadOfTheReader) {
  log_.Grow(3);
  Script({Confirmed(0, 3), EventsFrame(log_, {1, 2, 3}), CaughtUp(3), Heartbeat(3)});
  Subscription subscription = Subscribe();
  EXPECT_EQ(subscription.position().sequence(), 0u);
  for (uint64_t sequence : {1, 2, 3}) {
    EXPECT_THAT(Read(subscription, 1), ElementsAre(sequence));
    EXPECT_EQ(subscription.position().sequence(), sequence);
    EXPECT_FALSE(subscription.caught_up());
  }
}

TEST_F(SubscriptionTest, CaughtUpComesAndGoes) {
  log_.Grow(3);
  Script({Confirmed(0, 1), EventsFrame(log_, {1}), CaughtUp(1), EventsFrame(log_, {2}),
          FellBehind(2), EventsFrame(log_, {3})},
         Silence{});
  Subscription subscription = Subscribe();
  Read(subscription, 2);
  EXPECT_TRUE(subscription.caught_up());
  Read(subscription, 1);
  EXPECT_FALSE(subscription.caught_up());
}

TEST_F(SubscriptionTest, FramesOfANewerHubAreIgnored) {
  log_.Grow(1);
  v1::SubscribeResponse newer;
  newer.GetReflection()->MutableUnknownFields(&newer)->AddLengthDelimited(99, "news");
  Script({newer, Confirmed(0, 1), newer, EventsFrame(log_, {1})});
  Subscription subscription = Subscribe();
  EXPECT_THAT(Read(subscription, 1), ElementsAre(1));
}

TEST_F(SubscriptionTest, StopAtHeadIsTheHeadOfTheBeginning) {
  log_.Grow(6);
  params_.stop_at_head = true;
  Script({Confirmed(0, 4), EventsFrame(log_, {1, 2})}, End{absl::UnavailableError("closed")});
  Script({Confirmed(2, 6), EventsFrame(log_, {3, 4, 5, 6}), CaughtUp(6),
          Closing(v1::CLOSING_REASON_STOPPED_AT_HEAD, 6)});
  Subscription subscription = Subscribe();
  std::vector<uint64_t> sequences;
  EXPECT_TRUE(ReadToEnd(subscription, &sequences).ok());
  EXPECT_THAT(sequences, ElementsAre(1, 2, 3, 4)) << "5 and 6 came after it began";
}

TEST_F(SubscriptionTest, StopAtHeadNeedsNoHubForWhatIsThere) {
  log_.Grow(2);
  params_.stop_at_head = true;
  Script({Confirmed(0, 2), EventsFrame(log_, {1, 2})}, End{absl::UnavailableError("closed")});
  Subscription subscription = Subscribe();
  std::vector<uint64_t> sequences;
  EXPECT_TRUE(ReadToEnd(subscription, &sequences).ok());
  EXPECT_THAT(sequences, ElementsAre(1, 2));
  EXPECT_THAT(requests_, SizeIs(1));
}

// --- what ends it
// ---------------------------------------------------------------------------------

TEST_F(SubscriptionTest, TheHubsRefusalsEndIt) {
  for (Reason reason :
       {Reason::kFilterInvalid, Reason::kLogIncarnationChanged, Reason::kPositionAheadOfLog,
        Reason::kPositionExpired, Reason::kNotPermitted, Reason::kStartRequired}) {
    Script({}, End{record::Error(reason, "no")});
    EXPECT_EQ(ReasonOf(Failure({})), reason);
  }
}

TEST_F(SubscriptionTest, ADoubtfulEndIsNotTakenUpForEver) {
  answer_ = [](const v1::SubscribeRequest&) {
    return std::make_unique<ScriptedStream>(std::vector<v1::SubscribeResponse>{Confirmed(0, 0)},
                                            End{absl::InternalError("cannot parse")});
  };
  EXPECT_EQ(Failure({}).code(), absl::StatusCode::kInternal);
  EXPECT_THAT(requests_, SizeIs(6));
}

TEST_F(SubscriptionTest, AGapEndsItAndIsNamed) {
  log_.Grow(9);
  v1::SubscribeResponse gap;
  gap.mutable_gap()->set_from_sequence(2);
  gap.mutable_gap()->set_to_sequence(8);
  gap.mutable_gap()->set_reason(v1::GAP_REASON_RETENTION);
  Script({Confirmed(0, 9), EventsFrame(log_, {1}), gap, EventsFrame(log_, {9})});
  const absl::Status status = Failure({1});
  EXPECT_EQ(ReasonOf(status), Reason::kPositionExpired);
  EXPECT_THAT(std::string(status.message()), HasSubstr("events 2 to 8"));
}

TEST_F(SubscriptionTest, AnEventThatDoesNotVerifyEndsIt) {
  log_.Grow(3);
  v1::SubscribeResponse frame = EventsFrame(log_, {1, 2, 3});
  frame.mutable_events()->mutable_events(1)->mutable_sections(0)->set_data("rewritten");
  Script({Confirmed(0, 3), frame});
  EXPECT_EQ(Failure({1}).code(), absl::StatusCode::kDataLoss);
}

TEST_F(SubscriptionTest, AHubThatRepeatsOrSkipsEndsIt) {
  log_.Grow(5);
  const std::vector<std::vector<v1::SubscribeResponse>> wrongs = {
      {Confirmed(0, 5), EventsFrame(log_, {1}), EventsFrame(log_, {1})},
      {Confirmed(0, 5), EventsFrame(log_, {1}), Heartbeat(0)},
      {Confirmed(0, 5), EventsFrame(log_, {1}), Confirmed(1, 5)},
  };
  for (const auto& frames : wrongs) {
    Script(frames);
    EXPECT_EQ(Failure({1}).code(), absl::StatusCode::kDataLoss);
  }
  Script({EventsFrame(log_, {1})});
  EXPECT_EQ(Failure({}).code(), absl::StatusCode::kDataLoss) << "no confirmation";
}

TEST_F(SubscriptionTest, AHubThatResumesElsewhereEndsIt) {
  log_.Grow(5);
  Script({Confirmed(0, 5), EventsFrame(log_, {1})}, End{absl::UnavailableError("closed")});
  Script({Confirmed(3, 5), EventsFrame(log_, {4, 5})});
  EXPECT_EQ(Failure({1}).code(), absl::StatusCode::kDataLoss) << "2 and 3 would be missing";
}

TEST_F(SubscriptionTest, AnotherLogEndsIt) {
  log_.Grow(5);
  Script({Confirmed(0, 5), EventsFrame(log_, {1})}, End{absl::UnavailableError("closed")});
  Script({Confirmed(1, 5, "another-log")});
  EXPECT_EQ(ReasonOf(Failure({1})), Reason::kLogIncarnationChanged);
}

TEST_F(SubscriptionTest, GivesUpWhenAskedTo) {
  params_.options.give_up_after = absl::Milliseconds(30);
  const absl::Time began = absl::Now();
  const absl::Status status = Failure({});
  EXPECT_EQ(status.message(), "hub is gone");
  EXPECT_GE(absl::Now() - began, absl::Milliseconds(25));
  EXPECT_LE(absl::Now() - began, absl::Seconds(10));
}

TEST_F(SubscriptionTest, GivesUpOnASilentHub) {
  params_.options.give_up_after = absl::Milliseconds(30);
  answer_ = [](const v1::SubscribeRequest&) {
    return std::make_unique<ScriptedStream>(std::vector<v1::SubscribeResponse>(), Silence{});
  };
  EXPECT_EQ(Failure({}).code(), absl::StatusCode::kUnavailable);
}

TEST_F(SubscriptionTest, SaysWhyThereIsNoConnection) {
  Subscription subscription = Subscribe();
  EXPECT_FALSE(subscription.Next(absl::Milliseconds(20))->has_value());
  EXPECT_EQ(subscription.connection_status().message(), "hub is gone");
}

// --- cancelling
// -----------------------------------------------------------------------------------

TEST_F(SubscriptionTest, CancelFromAnotherThreadEndsAWait) {
  Script({Confirmed(0, 0), CaughtUp(0)}, Silence{});
  Subscription subscription = Subscribe();
  std::thread canceller([&] {
    absl::SleepFor(absl::Milliseconds(10));
    subscription.Cancel();
  });
  const auto event = subscription.Next();
  canceller.join();
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_FALSE(event->has_value());
  EXPECT_TRUE(subscription.ended());
}

TEST_F(SubscriptionTest, CancelEndsAPauseBetweenStreams) {
  params_.options.initial_backoff = absl::Hours(1);
  params_.options.max_backoff = absl::Hours(1);
  Subscription subscription = Subscribe();
  std::thread canceller([&] {
    absl::SleepFor(absl::Milliseconds(10));
    subscription.Cancel();
  });
  EXPECT_FALSE(subscription.Next()->has_value());
  canceller.join();
  EXPECT_TRUE(subscription.ended());
}

TEST_F(SubscriptionTest, CancelDropsWhatIsNotYetYielded) {
  log_.Grow(3);
  Script({Confirmed(0, 3), EventsFrame(log_, {1, 2, 3})});
  Subscription subscription = Subscribe();
  EXPECT_THAT(Read(subscription, 1), ElementsAre(1));
  subscription.Cancel();
  EXPECT_THAT(Read(subscription, 3), IsEmpty());
  EXPECT_EQ(subscription.position().sequence(), 1u);
}

// --- chance
// ---------------------------------------------------------------------------------------

// A hub that tells the truth and breaks off whenever it likes.
class RandomHub {
 public:
  RandomHub(uint32_t seed, FakeLog* log, int events) : random_(seed), log_(log), target_(events) {}

  std::unique_ptr<SubscribeStream> Serve(const v1::SubscribeRequest& request) {
    if (Chance(10)) return Broken({});
    const uint64_t start =
        request.start_case() == v1::SubscribeRequest::kAfter ? request.after().sequence() : 0;
    std::vector<v1::SubscribeResponse> frames = {Confirmed(start, log_->head())};
    uint64_t at = start;
    while (!Chance(6)) {
      if (log_->head() < static_cast<uint64_t>(target_) && Chance(2)) log_->Grow(1 + Below(4));
      Frame(&at, &frames);
    }
    if (Chance(4)) {
      frames.push_back(Closing(v1::CLOSING_REASON_SHUTTING_DOWN, at));
      return std::make_unique<ScriptedStream>(frames, Silence{});
    }
    if (Chance(8)) return std::make_unique<ScriptedStream>(frames, Silence{});  // the line is dead
    return Broken(std::move(frames));
  }
  // Every third event is not for this subscriber.
  static bool Matches(uint64_t sequence) { return sequence % 3 != 0; }

 private:
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool Chance(int one_in) { return Below(one_in) == 0; }

  void Frame(uint64_t* at, std::vector<v1::SubscribeResponse>* frames) {
    std::vector<uint64_t> matching;
    const uint64_t end = std::min<uint64_t>(log_->head(), *at + 1 + Below(5));
    for (uint64_t sequence = *at + 1; sequence <= end; ++sequence) {
      if (Matches(sequence)) matching.push_back(sequence);
    }
    if (!matching.empty()) {
      frames->push_back(EventsFrame(*log_, matching));
      *at = matching.back();
    } else if (end > *at) {
      frames->push_back(Advanced(end));
      *at = end;
    } else {
      frames->push_back(Chance(2) ? CaughtUp(*at) : Heartbeat(*at));
    }
  }

  std::unique_ptr<SubscribeStream> Broken(std::vector<v1::SubscribeResponse> frames) {
    const absl::Status endings[] = {absl::UnavailableError("closed"), absl::CancelledError("reset"),
                                    absl::OkStatus(),
                                    record::Error(Reason::kShuttingDown, "going down")};
    return std::make_unique<ScriptedStream>(std::move(frames), End{endings[Below(4)]});
  }

  std::mt19937 random_;
  FakeLog* const log_;
  const int target_;
};

TEST_F(SubscriptionTest, NeitherHoleNorRepetitionWhateverBreaks) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::cout << "seed " << seed << "\n";
  params_.options.heartbeat_interval = absl::Milliseconds(2);
  params_.options.missed_heartbeats = 1;
  int resumptions = 0;
  for (uint32_t round = 0; round < 40; ++round) {
    constexpr int kEvents = 60;
    FakeLog log;
    RandomHub hub(seed + round, &log, kEvents);
    answer_ = [&hub](const v1::SubscribeRequest& request) { return hub.Serve(request); };
    std::vector<uint64_t> expected;
    for (uint64_t sequence = 1; sequence <= kEvents; ++sequence) {
      if (RandomHub::Matches(sequence)) expected.push_back(sequence);
    }
    Subscription subscription = Subscribe();
    EXPECT_THAT(Read(subscription, expected.size()), ElementsAreArray(expected));
    resumptions += subscription.resumptions();
  }
  EXPECT_GT(resumptions, 40) << "the rounds hardly broke anything";
}

}  // namespace
}  // namespace liaison
