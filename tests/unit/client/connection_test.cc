// The whole client over a real wire, against a hub in the same process.
#include "liaison/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "liaison/directory_client.h"
#include "liaison/error.h"
#include "liaison/event_client.h"
#include "liaison/publish_client.h"
#include "liaison/radar_client.h"
#include "tests/unit/client/fake_log.h"
#include "tests/unit/client/in_process_hub.h"

namespace liaison {
namespace {

using namespace liaison::testing;  // NOLINT: the names of the frames
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Context = InProcessHub::Context;

std::string MetadataOfCall(const Context& context, const std::string& key) {
  const auto found = context.client_metadata().find(key);
  if (found == context.client_metadata().end()) return "";
  return std::string(found->second.data(), found->second.size());
}

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    options_.retry.total_timeout = absl::Seconds(30);
    options_.retry.initial_backoff = absl::Milliseconds(1);
    options_.retry.max_backoff = absl::Milliseconds(20);
  }

  std::shared_ptr<Connection> Connect() { return liaison::Connect(hub_.address(), options_); }

  // The hub answers GetHub with `failures` first, then well.
  void Fail(const std::vector<grpc::Status>& failures) {
    hub_.get_hub = [this, failures](Context&, const v1::GetHubRequest&, v1::GetHubResponse* hub) {
      const size_t call = calls_++;
      if (call < failures.size()) return failures[call];
      hub->set_version("fictional");
      return grpc::Status::OK;
    };
  }

  InProcessHub hub_;
  ConnectionOptions options_;
  std::atomic<size_t> calls_ = 0;
};

// --- single calls
// ---------------------------------------------------------------------------------

TEST_F(ConnectionTest, ACallSaysWhoIsCalling) {
  std::string acts_as;
  std::string agent;
  hub_.get_hub = [&](Context& context, const v1::GetHubRequest&, v1::GetHubResponse*) {
    acts_as = MetadataOfCall(context, "liaison-as");
    agent = MetadataOfCall(context, "user-agent");
    return grpc::Status::OK;
  };
  hub_.Start();
  options_.acting_as = "org/example-igf";
  options_.user_agent = "fictional-importer/2";
  EXPECT_TRUE(Connect()->GetHub({}).ok());
  EXPECT_EQ(acts_as, "org/example-igf");
  EXPECT_THAT(agent, StartsWith("fictional-importer/2 liaison-cpp/"));
  options_.acting_as.clear();
  EXPECT_TRUE(Connect()->GetHub({}).ok());
  EXPECT_EQ(acts_as, "");
}

TEST_F(ConnectionTest, AnActingAsThatIsNoneIsRefusedOnThisSide) {
  Fail({});
  hub_.Start();
  options_.acting_as = "Robert\r\nliaison-as: org/igf-mag";
  const auto connection = Connect();
  EXPECT_EQ(ReasonOf(connection->GetHub({}).status()), Reason::kFieldInvalid);
  EXPECT_EQ(ReasonOf(connection->Subscribe({})->Read(absl::Seconds(1)).status()),
            Reason::kFieldInvalid);
  EXPECT_EQ(ReasonOf(connection->PublishStream()->Read(absl::Seconds(1)).status()),
            Reason::kFieldInvalid);
  EXPECT_EQ(calls_, 0u);
}

TEST_F(ConnectionTest, RetriesUntilTheHubIsWell) {
  Fail({grpc::Status(grpc::StatusCode::UNAVAILABLE, "not yet"),
        Refusal(record::Error(Reason::kQueueFull, "full").RetryAfter(absl::Milliseconds(5)))});
  hub_.Start();
  const auto hub = Connect()->GetHub({});
  ASSERT_TRUE(hub.ok()) << hub.status();
  EXPECT_EQ(hub->version(), "fictional");
  EXPECT_EQ(calls_, 3u);
}

TEST_F(ConnectionTest, ARefusalIsNotRetried) {
  Fail({Refusal(record::FieldInvalid("organisation", "must be org/..."))});
  hub_.Start();
  const absl::Status status = Connect()->GetHub({}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kFieldInvalid);
  EXPECT_THAT(FieldViolationsOf(status), SizeIs(1));
  EXPECT_EQ(calls_, 1u);
}

TEST_F(ConnectionTest, AnAttemptThatHangsIsGivenUpForAnother) {
  options_.retry.attempt_timeout = absl::Milliseconds(200);
  hub_.get_hub = [this](Context& context, const v1::GetHubRequest&, v1::GetHubResponse*) {
    if (calls_++ == 0) {
      while (!context.IsCancelled()) absl::SleepFor(absl::Milliseconds(5));
    }
    return grpc::Status::OK;
  };
  hub_.Start();
  EXPECT_TRUE(Connect()->GetHub({}).ok());
  EXPECT_GE(calls_, 2u) << "the other may be slow as well, where the machine is";
}

TEST_F(ConnectionTest, AcceptClockIsNeverRepeated) {
  hub_.accept_clock = [this](Context&, const v1::AcceptClockRequest&, v1::AcceptClockResponse*) {
    ++calls_;
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "perhaps done, perhaps not");
  };
  hub_.Start();
  EXPECT_EQ(Connect()->AcceptClock().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls_, 1u);
}

TEST_F(ConnectionTest, AcceptClockTellsTheTime) {
  hub_.accept_clock = [](Context&, const v1::AcceptClockRequest&,
                         v1::AcceptClockResponse* response) {
    response->mutable_time()->set_seconds(1'800'000'000);
    return grpc::Status::OK;
  };
  hub_.Start();
  EXPECT_EQ(*Connect()->AcceptClock(), absl::FromUnixSeconds(1'800'000'000));
}

TEST_F(ConnectionTest, AHubThatIsNotThereIsNamedInTime) {
  Fail({});
  hub_.Start();
  hub_.Stop();  // a port where surely nobody listens
  options_.retry.total_timeout = absl::Seconds(2);
  options_.retry.attempt_timeout = absl::Seconds(1);  // for the refusal to be heard
  const absl::Time began = absl::Now();
  const absl::Status status = Connect()->GetHub({}).status();
  EXPECT_LE(absl::Now() - began, absl::Seconds(15)) << "by itself it tries for thirty";
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat("could not connect to ", hub_.address())));
  EXPECT_THAT(std::string(status.message()), HasSubstr("refused"));
}

TEST_F(ConnectionTest, AHubThatComesBackIsFound) {
  Fail({});
  hub_.Start();
  const auto connection = Connect();
  EXPECT_TRUE(connection->GetHub({}).ok());
  hub_.Stop();
  std::thread restarter([this] {
    absl::SleepFor(absl::Milliseconds(300));
    hub_.Start();
  });
  const auto hub = connection->GetHub({});
  restarter.join();
  EXPECT_TRUE(hub.ok()) << hub.status();
}

TEST_F(ConnectionTest, AnAddressThatIsNoneIsNamed) {
  options_.retry.total_timeout = absl::Seconds(1);
  options_.retry.attempt_timeout = absl::Milliseconds(300);
  for (const std::string address : {"", "no-such-host.invalid:7410", "::::", "unix:/no/such"}) {
    const absl::Status status = liaison::Connect(address, options_)->GetHub({}).status();
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr(address));
  }
}

// --- reading a stream
// -----------------------------------------------------------------------------

class StreamTest : public ConnectionTest {
 protected:
  // Serves the log from where it is asked to; `after_each` may break the stream off. At the head
  // it waits for more.
  void ServeLog(std::function<bool()> breaks_off = [] { return false; }) {
    hub_.subscribe = [this, breaks_off](Context& context, const v1::SubscribeRequest& request,
                                        grpc::ServerWriter<v1::SubscribeResponse>& writer) {
      ++streams_;
      uint64_t at = request.after().sequence();
      {
        absl::MutexLock lock(&mutex_);
        if (request.start_at() == v1::START_AT_LIVE) at = log_.head();
        writer.Write(Confirmed(at, log_.head()));
      }
      while (!context.IsCancelled()) {
        v1::SubscribeResponse frame;
        {
          absl::MutexLock lock(&mutex_);
          if (at < log_.head()) frame = EventsFrame(log_, {++at});
        }
        if (!frame.has_events()) {
          absl::SleepFor(absl::Milliseconds(1));
          continue;
        }
        if (breaks_off()) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "breaks off");
        if (!writer.Write(frame)) break;
      }
      return grpc::Status::CANCELLED;
    };
  }
  void Grow(int count) {
    absl::MutexLock lock(&mutex_);
    log_.Grow(count);
  }
  Subscription Subscribe(Start start) {
    SubscribeParams params;
    params.start = std::move(start);
    params.options.initial_backoff = absl::Milliseconds(1);
    params.options.max_backoff = absl::Milliseconds(20);
    return EventClient(Connect()).Subscribe(std::move(params));
  }
  std::vector<uint64_t> Read(Subscription& subscription, size_t count) {
    std::vector<uint64_t> sequences;
    while (sequences.size() < count) {
      const auto event = subscription.Next(absl::Seconds(30));
      EXPECT_TRUE(event.ok()) << event.status();
      if (!event.ok() || !event->has_value()) break;
      sequences.push_back((*event)->sequence());
    }
    return sequences;
  }
  static std::vector<uint64_t> UpTo(uint64_t last) {
    std::vector<uint64_t> sequences;
    for (uint64_t sequence = 1; sequence <= last; ++sequence) sequences.push_back(sequence);
    return sequences;
  }

  std::atomic<int> streams_ = 0;

 private:
  absl::Mutex mutex_;
  FakeLog log_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(StreamTest, ReadTimesOutAndGoesOn) {
  ServeLog();
  hub_.Start();
  v1::SubscribeRequest request;
  request.set_start_at(v1::START_AT_BEGINNING);
  const auto stream = Connect()->Subscribe(request);
  EXPECT_TRUE((*stream->Read(absl::Seconds(30)))->has_confirmed());
  const absl::Time began = absl::Now();
  EXPECT_TRUE(absl::IsDeadlineExceeded(stream->Read(absl::Milliseconds(30)).status()));
  EXPECT_GE(absl::Now() - began, absl::Milliseconds(30));
  Grow(1);
  EXPECT_TRUE((*stream->Read(absl::Seconds(30)))->has_events());
}

TEST_F(StreamTest, CancelFromAnotherThreadIsImmediate) {
  ServeLog();
  hub_.Start();
  const auto stream = Connect()->Subscribe({});
  EXPECT_TRUE((*stream->Read(absl::Seconds(30)))->has_confirmed());
  std::thread canceller([&] {
    absl::SleepFor(absl::Milliseconds(20));
    stream->Cancel();
  });
  const absl::Time began = absl::Now();
  EXPECT_TRUE(absl::IsCancelled(stream->Read(absl::Hours(1)).status()));
  EXPECT_LE(absl::Now() - began, absl::Seconds(10));
  canceller.join();
}

TEST_F(StreamTest, AnOrderlyEndAndARefusalAreToldApart) {
  hub_.subscribe = [](Context&, const v1::SubscribeRequest& request,
                      grpc::ServerWriter<v1::SubscribeResponse>&) {
    if (request.filter().empty()) return grpc::Status::OK;
    return Refusal(record::Error(Reason::kFilterInvalid, "cannot be read"));
  };
  hub_.Start();
  const auto connection = Connect();
  const auto end = connection->Subscribe({})->Read(absl::Seconds(30));
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_FALSE(end->has_value());
  v1::SubscribeRequest request;
  request.set_filter("(((");
  EXPECT_EQ(ReasonOf(connection->Subscribe(request)->Read(absl::Seconds(30)).status()),
            Reason::kFilterInvalid);
}

TEST_F(StreamTest, AHubsDeadlineIsNoTimeoutOfOurs) {
  hub_.subscribe = [](Context&, const v1::SubscribeRequest&,
                      grpc::ServerWriter<v1::SubscribeResponse>&) {
    return grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "of the hub's own");
  };
  hub_.Start();
  EXPECT_EQ(Connect()->Subscribe({})->Read(absl::Seconds(30)).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(StreamTest, AStreamToNowhereSaysSo) {
  ServeLog();
  hub_.Start();
  hub_.Stop();
  const absl::Status status = Connect()->Subscribe({})->Read(absl::Seconds(30)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(hub_.address()));
}

// What a slow reader has not taken waits in the hub, not here.
TEST_F(StreamTest, AReaderThatDoesNotReadHoldsTheHubBack) {
  std::atomic<int> written = 0;
  v1::SubscribeResponse large;
  large.mutable_events()->add_events()->set_header(std::string(1 << 20, 'x'));
  hub_.subscribe = [&](Context& context, const v1::SubscribeRequest&,
                       grpc::ServerWriter<v1::SubscribeResponse>& writer) {
    while (!context.IsCancelled() && written < 1000 && writer.Write(large)) ++written;
    return grpc::Status::OK;
  };
  hub_.Start();
  const auto stream = Connect()->Subscribe({});
  EXPECT_TRUE(stream->Read(absl::Seconds(30)).ok());
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_LT(written, 50) << "of 1 MiB each";
  stream->Cancel();
  hub_.Stop();  // what it writes is ours
}

TEST_F(StreamTest, StreamsMayBeDroppedAtAnyMoment) {
  Grow(50);
  ServeLog();
  hub_.Start();
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  const auto connection = Connect();
  for (int round = 0; round < 200; ++round) {
    const auto stream = connection->Subscribe({});
    for (uint32_t i = random() % 4; i > 0; --i) (void)stream->Read(absl::Seconds(30));
    if (random() % 2 == 0) stream->Cancel();
    if (random() % 3 == 0) absl::SleepFor(absl::Microseconds(random() % 500));
  }
}

TEST_F(StreamTest, ASubscriptionSurvivesAHubThatBreaksOff) {
  std::atomic<int> frames = 0;
  ServeLog([&frames] { return ++frames % 7 == 0; });
  hub_.Start();
  Grow(30);
  Subscription subscription = Subscribe(FromBeginning{});
  EXPECT_THAT(Read(subscription, 30), ElementsAreArray(UpTo(30)));
  EXPECT_GE(subscription.resumptions(), 4);
}

TEST_F(StreamTest, ASubscriptionSurvivesARestartOfTheHub) {
  ServeLog();
  hub_.Start();
  Grow(5);
  Subscription subscription = Subscribe(FromBeginning{});
  EXPECT_THAT(Read(subscription, 5), ElementsAreArray(UpTo(5)));
  hub_.Stop();
  std::thread restarter([this] {
    absl::SleepFor(absl::Milliseconds(200));
    Grow(3);
    hub_.Start();
  });
  EXPECT_THAT(Read(subscription, 3), ElementsAre(6, 7, 8));
  restarter.join();
  EXPECT_EQ(subscription.resumptions(), 1);
}

TEST_F(StreamTest, FromNowMissesNothingAcrossARestart) {
  ServeLog();
  hub_.Start();
  Grow(5);
  Subscription subscription = Subscribe(FromNow{});
  for (int i = 0; i < 100 && subscription.position().sequence() < 5; ++i) {
    EXPECT_FALSE(subscription.Next(absl::Milliseconds(100))->has_value());
  }
  ASSERT_EQ(subscription.position().sequence(), 5u) << "confirmed";
  hub_.Stop();
  Grow(2);
  hub_.Start();
  EXPECT_THAT(Read(subscription, 2), ElementsAre(6, 7));
}

TEST_F(StreamTest, CancellingASubscriptionFromAnotherThread) {
  ServeLog();
  hub_.Start();
  Subscription subscription = Subscribe(FromBeginning{});
  std::thread canceller([&] {
    absl::SleepFor(absl::Milliseconds(50));
    subscription.Cancel();
  });
  const absl::Time began = absl::Now();
  EXPECT_FALSE(subscription.Next()->has_value());
  EXPECT_LE(absl::Now() - began, absl::Seconds(10));
  EXPECT_TRUE(subscription.ended());
  canceller.join();
}

// --- publishing as a stream
// -----------------------------------------------------------------------

// --- a view that is watched
// ------------------------------------------------------------------------

TEST_F(ConnectionTest, AWatchedViewSaysWhoWatchesAndOutlivesAHubThatRestarts) {
  std::string acts_as;
  uint64_t inputs = 0;
  hub_.watch_view = [&](Context& context, const v1::WatchViewRequest& request,
                        grpc::ServerWriter<v1::WatchViewResponse>& writer) {
    acts_as = MetadataOfCall(context, "liaison-as");
    EXPECT_EQ(request.representation().window().cycle(), "2027");
    v1::WatchViewResponse view;
    view.mutable_representation()->set_inputs(++inputs);
    writer.Write(view);
    while (!context.IsCancelled()) absl::SleepFor(absl::Milliseconds(1));
    return grpc::Status::OK;
  };
  hub_.Start();
  options_.acting_as = "org/example-igf";
  v1::WatchViewRequest request;
  request.mutable_representation()->mutable_window()->set_cycle("2027");
  WatchOptions options;
  options.initial_backoff = absl::Milliseconds(1);
  options.max_backoff = absl::Milliseconds(20);
  ViewWatch watch = RadarClient(Connect()).Watch(request, options);
  for (const uint64_t expected : {1, 2}) {
    const auto view = watch.Next(absl::Seconds(30));
    ASSERT_TRUE(view.ok() && view->has_value()) << view.status();
    EXPECT_EQ((*view)->representation().inputs(), expected);
    hub_.Stop();
    hub_.Start();
  }
  EXPECT_EQ(acts_as, "org/example-igf");
  EXPECT_EQ(watch.resumptions(), 1);
}

class PublishStreamTest : public ConnectionTest {
 protected:
  using Stream = grpc::ServerReaderWriter<v1::PublishStreamResponse, v1::PublishStreamRequest>;

  // Takes every event once, and breaks off before the answer where `breaks_off` says so.
  void TakeEvents(std::function<bool()> breaks_off = [] { return false; }) {
    hub_.publish_stream = [this, breaks_off](Context&, Stream& stream) {
      ++streams_;
      v1::PublishStreamResponse settings;
      settings.mutable_settings()->set_max_inflight_frames(8);
      stream.Write(settings);
      v1::PublishStreamRequest frame;
      while (stream.Read(&frame)) {
        v1::PublishStreamResponse response = Results(frame);
        if (breaks_off()) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "breaks off");
        stream.Write(response);
      }
      return grpc::Status::OK;
    };
  }
  std::vector<std::string> log() {
    absl::MutexLock lock(&mutex_);
    return log_;
  }

  // Publishes as many events, one after the other; their ids.
  std::vector<std::string> Publish(Publisher& publisher, int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      v1::Draft draft = SampleDraft();
      ids.push_back(draft.event_id());
      EXPECT_TRUE(publisher
                      .Send(Item(std::move(draft)),
                            [this, id = ids.back()](const absl::StatusOr<v1::Receipt>& receipt) {
                              ASSERT_TRUE(receipt.ok()) << receipt.status();
                              EXPECT_EQ(receipt->event_id(), id);
                              absl::MutexLock lock(&mutex_);
                              acknowledged_.push_back(id);
                            })
                      .ok());
    }
    return ids;
  }
  std::vector<std::string> acknowledged() {
    absl::MutexLock lock(&mutex_);
    return acknowledged_;
  }

  std::atomic<int> streams_ = 0;

 private:
  v1::PublishStreamResponse Results(const v1::PublishStreamRequest& frame) {
    absl::MutexLock lock(&mutex_);
    v1::PublishStreamResponse response;
    response.mutable_results()->set_frame_id(frame.frame_id());
    for (const v1::PublishItem& item : frame.items()) {
      const std::string& id = item.draft().event_id();
      const bool known = std::find(log_.begin(), log_.end(), id) != log_.end();
      if (!known) log_.push_back(id);
      v1::Receipt* receipt = response.mutable_results()->add_results()->mutable_receipt();
      receipt->set_event_id(id);
      receipt->set_duplicate(known);
    }
    return response;
  }

  absl::Mutex mutex_;
  std::vector<std::string> log_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> acknowledged_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(PublishStreamTest, ManyEventsOverOneStream) {
  TakeEvents();
  hub_.Start();
  Publisher publisher = PublishClient(Connect()).OpenPublisher();
  const std::vector<std::string> ids = Publish(publisher, 2000);
  EXPECT_TRUE(publisher.Finish().ok());
  EXPECT_THAT(log(), ElementsAreArray(ids));
  EXPECT_THAT(acknowledged(), ElementsAreArray(ids));
  EXPECT_EQ(streams_, 1);
}

TEST_F(PublishStreamTest, ABrokenStreamLosesAndRepeatsNothing) {
  std::atomic<int> frames = 0;
  TakeEvents([&frames] { return ++frames % 3 == 0; });
  hub_.Start();
  PublisherParams params;
  params.options.initial_backoff = absl::Milliseconds(1);
  params.options.max_frame_size_bytes = 4 << 10;
  Publisher publisher = PublishClient(Connect()).OpenPublisher(params);
  const std::vector<std::string> ids = Publish(publisher, 500);
  EXPECT_TRUE(publisher.Finish().ok());
  EXPECT_THAT(log(), ElementsAreArray(ids));
  EXPECT_THAT(acknowledged(), ElementsAreArray(ids));
  EXPECT_GT(streams_, 3);
}

TEST_F(PublishStreamTest, ARestartOfTheHubLosesAndRepeatsNothing) {
  TakeEvents();
  hub_.Start();
  PublisherParams params;
  params.options.max_backoff = absl::Milliseconds(50);
  Publisher publisher = PublishClient(Connect()).OpenPublisher(params);
  std::vector<std::string> ids = Publish(publisher, 200);
  hub_.Stop();
  for (const std::string& id : Publish(publisher, 100)) ids.push_back(id);
  hub_.Start();
  for (const std::string& id : Publish(publisher, 100)) ids.push_back(id);
  EXPECT_TRUE(publisher.Finish().ok());
  EXPECT_THAT(log(), ElementsAreArray(ids));
  EXPECT_THAT(acknowledged(), ElementsAreArray(ids));
}

TEST_F(PublishStreamTest, AHubThatIsNotThereIsNamed) {
  TakeEvents();
  hub_.Start();
  hub_.Stop();
  PublisherParams params;
  params.options.give_up_after = absl::Milliseconds(300);
  Publisher publisher = PublishClient(Connect()).OpenPublisher(params);
  absl::Status verdict;
  EXPECT_TRUE(publisher
                  .Send(Item(SampleDraft()),
                        [&verdict](const absl::StatusOr<v1::Receipt>& receipt) {
                          verdict = receipt.status();
                        })
                  .ok());
  EXPECT_THAT(std::string(publisher.Finish().message()), HasSubstr(hub_.address()));
  EXPECT_EQ(verdict.code(), absl::StatusCode::kUnavailable);
}

TEST_F(PublishStreamTest, StreamsMayBeDroppedAtAnyMoment) {
  TakeEvents();
  hub_.Start();
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  const auto connection = Connect();
  for (int round = 0; round < 200; ++round) {
    const auto stream = connection->PublishStream();
    if (random() % 2 == 0) (void)stream->Read(absl::Seconds(30));
    v1::PublishStreamRequest frame;
    *frame.add_items() = Item(SampleDraft());
    for (uint32_t i = random() % 4; i > 0; --i) stream->Write(frame);
    if (random() % 3 == 0) stream->WritesDone();
    if (random() % 3 == 0) stream->Cancel();
    if (random() % 3 == 0) absl::SleepFor(absl::Microseconds(random() % 500));
  }
}

TEST_F(PublishStreamTest, AWriterThatTheHubDoesNotReadIsWokenByCancel) {
  absl::Notification over;
  hub_.publish_stream = [&over](Context& context, Stream&) {
    while (!context.IsCancelled()) absl::SleepFor(absl::Milliseconds(5));
    over.Notify();
    return grpc::Status::CANCELLED;
  };
  hub_.Start();
  const auto stream = Connect()->PublishStream();
  v1::PublishStreamRequest frame;
  v1::Draft draft = SampleDraft();
  draft.mutable_topic_signal()->set_text(std::string(1 << 20, 'x'));
  *frame.add_items() = Item(draft);
  std::thread canceller([&] {
    absl::SleepFor(absl::Milliseconds(100));
    stream->Cancel();
  });
  int written = 0;
  while (stream->Write(frame)) ++written;
  EXPECT_LT(written, 50) << "the window is closed long before";
  canceller.join();
  over.WaitForNotification();
}

}  // namespace
}  // namespace liaison
