// RadarClient: what it asks, and how a watch keeps itself up.
#include "liaison/radar_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "liaison/error.h"
#include "liaison/mocks/mock_connection.h"
#include "tests/unit/client/scripted_stream.h"

namespace liaison {
namespace {

using namespace liaison::testing;  // NOLINT: the names of the frames

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Return;
using ::testing::SizeIs;
using ::testing::StrictMock;

// --- single calls --------------------------------------------------------------------------------

class RadarClientTest : public ::testing::Test {
 protected:
  std::shared_ptr<StrictMock<mocks::MockConnection>> connection_ =
      std::make_shared<StrictMock<mocks::MockConnection>>();
  RadarClient client_{connection_};
};

TEST_F(RadarClientTest, AsksWithTheArgumentsItWasGiven) {
  EXPECT_CALL(*connection_, GetRadar).WillOnce([](const v1::GetRadarRequest& request) {
    EXPECT_EQ(request.weights().organisations(), 3);
    EXPECT_EQ(request.window().cycle(), "2027");
    v1::GetRadarResponse response;
    response.set_total_topics(7);
    return response;
  });
  v1::GetRadarRequest request;
  request.mutable_weights()->set_organisations(3);
  request.mutable_window()->set_cycle("2027");
  EXPECT_EQ(client_.Radar(request)->total_topics(), 7u);
}

TEST_F(RadarClientTest, FetchesAllPagesOfATopic) {
  v1::ListTopicEventsResponse first;
  first.add_events()->set_sequence(1);
  first.set_next_page_token("more");
  v1::ListTopicEventsResponse second;
  second.add_events()->set_sequence(2);
  EXPECT_CALL(*connection_, ListTopicEvents)
      .WillOnce(Return(first))
      .WillOnce([second](const v1::ListTopicEventsRequest& request) {
        EXPECT_EQ(request.page_token(), "more");
        EXPECT_EQ(request.topic(), "core:access");
        return second;
      });
  v1::ListTopicEventsRequest request;
  request.set_topic("core:access");
  const auto events = client_.TopicEvents(request);
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_THAT(*events, SizeIs(2));
  EXPECT_EQ(events->back().sequence(), 2u);
}

TEST_F(RadarClientTest, UnitesThePagesOfDuplicatesInOrder) {
  v1::ListDuplicatesResponse first;
  first.add_duplicates()->set_score(0.9);
  first.add_duplicates()->set_score(0.8);
  first.set_compared(5);
  first.set_next_page_token("more");
  v1::ListDuplicatesResponse second;
  second.add_duplicates()->set_score(0.7);
  second.set_compared(5);
  second.set_least_score(0.6);
  EXPECT_CALL(*connection_, ListDuplicates).WillOnce(Return(first)).WillOnce(Return(second));
  const auto all = client_.Duplicates();
  ASSERT_TRUE(all.ok()) << all.status();
  std::vector<double> scores;
  for (const v1::Duplicate& one : all->duplicates()) scores.push_back(one.score());
  EXPECT_THAT(scores, ElementsAre(0.9, 0.8, 0.7));
  EXPECT_EQ(all->compared(), 5u);
  EXPECT_EQ(all->least_score(), 0.6);
  EXPECT_EQ(all->next_page_token(), "");
}

TEST_F(RadarClientTest, UnitesThePagesOfRankingsAndAsksForOneUnlessAllAreWanted) {
  v1::ListTopicLinksResponse first;
  first.add_links()->set_first("a");
  first.add_left_out()->set_name("core:internet");
  first.set_total_links(2);
  first.set_next_page_token("more");
  v1::ListTopicLinksResponse second;
  second.add_links()->set_first("b");
  second.set_total_links(2);
  EXPECT_CALL(*connection_, ListTopicLinks)
      .WillOnce(Return(first))
      .WillOnce([second](const v1::ListTopicLinksRequest& request) {
        EXPECT_EQ(request.page_token(), "more");
        EXPECT_EQ(request.max_links(), 1u);
        return second;
      });
  v1::ListTopicLinksRequest request;
  request.set_max_links(1);
  const auto all = client_.AllTopicLinks(request);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->links_size(), 2);
  EXPECT_EQ(all->links(1).first(), "b");
  EXPECT_EQ(all->left_out_size(), 1);
  EXPECT_EQ(all->next_page_token(), "");

  v1::GetRadarResponse page;
  page.add_topics()->set_topic("a");
  page.set_next_page_token("more");
  EXPECT_CALL(*connection_, GetRadar).WillOnce(Return(page));
  EXPECT_EQ(client_.Radar()->next_page_token(), "more");
}

TEST_F(RadarClientTest, AListWithoutEndEnds) {
  v1::ListDuplicatesResponse endless;
  endless.set_next_page_token("again");
  EXPECT_CALL(*connection_, ListDuplicates).WillRepeatedly(Return(endless));
  EXPECT_EQ(client_.Duplicates().status().code(), absl::StatusCode::kInternal);
}

TEST_F(RadarClientTest, PassesErrorsOn) {
  const absl::Status refused = record::FieldInvalid("weights.regions", "negative");
  EXPECT_CALL(*connection_, GetRepresentation).WillOnce(Return(refused));
  EXPECT_CALL(*connection_, ListGaps).WillOnce(Return(refused));
  EXPECT_CALL(*connection_, ListTopicLinks).WillOnce(Return(refused));
  EXPECT_CALL(*connection_, GetDigest).WillOnce(Return(refused));
  EXPECT_CALL(*connection_, GetMeetingPack).WillOnce(Return(refused));
  EXPECT_EQ(ReasonOf(client_.Representation().status()), Reason::kFieldInvalid);
  EXPECT_EQ(ReasonOf(client_.Gaps().status()), Reason::kFieldInvalid);
  EXPECT_EQ(ReasonOf(client_.TopicLinks().status()), Reason::kFieldInvalid);
  EXPECT_EQ(ReasonOf(client_.Digest().status()), Reason::kFieldInvalid);
  EXPECT_EQ(ReasonOf(client_.MeetingPack().status()), Reason::kFieldInvalid);
}

// --- a watch -------------------------------------------------------------------------------------

using ScriptedViews = ScriptedStreamOf<ViewStream, v1::WatchViewResponse>;

// The view with so many inputs, as of that sequence.
v1::WatchViewResponse Inputs(uint64_t inputs, uint64_t as_of) {
  v1::WatchViewResponse response;
  response.mutable_representation()->set_inputs(inputs);
  response.mutable_representation()->set_as_of_sequence(as_of);
  response.set_as_of_sequence(as_of);
  return response;
}

v1::WatchViewResponse Heartbeat(uint64_t as_of) {
  v1::WatchViewResponse response;
  response.set_as_of_sequence(as_of);
  return response;
}

absl::Status ShuttingDown() {
  return record::Error(Reason::kShuttingDown, "the hub is shutting down")
      .RetryAfter(absl::Milliseconds(1));
}

class ViewWatchTest : public ::testing::Test {
 protected:
  ViewWatchTest() {
    ON_CALL(*connection_, WatchView).WillByDefault([this](const v1::WatchViewRequest& request) {
      requests_.push_back(request);
      return NextScripted();
    });
    EXPECT_CALL(*connection_, WatchView).Times(::testing::AnyNumber());
    request_.mutable_representation()->mutable_window()->set_cycle("2027");
    options_.initial_backoff = absl::Milliseconds(1);
    options_.max_backoff = absl::Milliseconds(2);
  }

  // The hub's next stream. When there is none left, the hub is gone.
  void Script(std::vector<v1::WatchViewResponse> frames, Ending ending = Silence{}) {
    scripts_.push_back(std::make_unique<ScriptedViews>(std::move(frames), std::move(ending)));
  }
  std::unique_ptr<ViewStream> NextScripted() {
    if (scripts_.empty()) {
      return std::make_unique<ScriptedViews>(std::vector<v1::WatchViewResponse>(),
                                             End{absl::UnavailableError("hub is gone")});
    }
    std::unique_ptr<ViewStream> stream = std::move(scripts_.front());
    scripts_.pop_front();
    return stream;
  }

  ViewWatch Watch() { return RadarClient(connection_).Watch(request_, options_); }

  // What the next `count` views count; fewer where it ends, or takes more than half a minute.
  std::vector<uint64_t> Read(ViewWatch& watch, size_t count) {
    std::vector<uint64_t> inputs;
    while (inputs.size() < count) {
      const auto view = watch.Next(absl::Seconds(30));
      EXPECT_TRUE(view.ok()) << view.status();
      if (!view.ok() || !view->has_value()) break;
      inputs.push_back((*view)->representation().inputs());
    }
    return inputs;
  }

  std::shared_ptr<::testing::NiceMock<mocks::MockConnection>> connection_ =
      std::make_shared<::testing::NiceMock<mocks::MockConnection>>();
  v1::WatchViewRequest request_;
  WatchOptions options_;
  std::vector<v1::WatchViewRequest> requests_;

 private:
  std::deque<std::unique_ptr<ViewStream>> scripts_;
};

TEST_F(ViewWatchTest, YieldsTheViewAndEveryChange) {
  Script({Inputs(3, 10), Inputs(4, 12)});
  ViewWatch watch = Watch();
  EXPECT_THAT(Read(watch, 2), ElementsAre(3, 4));
  EXPECT_EQ(watch.as_of_sequence(), 12u);
  EXPECT_EQ(requests_.at(0).representation().window().cycle(), "2027");
}

TEST_F(ViewWatchTest, AHeartbeatIsNoViewButSaysUpToWhereItIsCurrent) {
  Script({Inputs(3, 10), Heartbeat(25)});
  ViewWatch watch = Watch();
  EXPECT_THAT(Read(watch, 1), ElementsAre(3));
  const auto nothing = watch.Next(absl::Milliseconds(5));
  ASSERT_TRUE(nothing.ok()) << nothing.status();
  EXPECT_FALSE(nothing->has_value());
  EXPECT_FALSE(watch.ended());
  EXPECT_EQ(watch.as_of_sequence(), 25u);
}

TEST_F(ViewWatchTest, TakesItselfUpAgainWhateverWayItsStreamEnds) {
  Script({Inputs(1, 1)}, End{ShuttingDown()});
  Script({Inputs(2, 2)}, End{absl::UnavailableError("connection reset")});
  Script({Inputs(3, 3)}, End{absl::OkStatus()});
  Script({Inputs(4, 4)});
  ViewWatch watch = Watch();
  EXPECT_THAT(Read(watch, 4), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(watch.resumptions(), 3);
  EXPECT_TRUE(watch.connection_status().ok());
}

TEST_F(ViewWatchTest, WhatComesBackUnchangedIsNotYieldedTwice) {
  Script({Inputs(1, 1)}, End{ShuttingDown()});
  Script({Inputs(1, 9), Inputs(2, 10)});
  ViewWatch watch = Watch();
  EXPECT_THAT(Read(watch, 2), ElementsAre(1, 2));
}

TEST_F(ViewWatchTest, ASilentStreamIsTakenUpAnew) {
  options_.silence_timeout = absl::Milliseconds(20);
  Script({Inputs(1, 1)});  // and then nothing, not even a heartbeat
  Script({Inputs(2, 2)});
  ViewWatch watch = Watch();
  EXPECT_THAT(Read(watch, 2), ElementsAre(1, 2));
  EXPECT_EQ(watch.resumptions(), 1);
}

TEST_F(ViewWatchTest, TheSilenceAddsUpOverShortWaits) {
  options_.silence_timeout = absl::Milliseconds(50);
  Script({});
  Script({Inputs(2, 2)});
  ViewWatch watch = Watch();
  const absl::Time give_up = absl::Now() + absl::Seconds(30);
  std::optional<v1::WatchViewResponse> seen;
  while (!seen.has_value() && absl::Now() < give_up) {
    const auto view = watch.Next(absl::Milliseconds(5));
    ASSERT_TRUE(view.ok()) << view.status();
    seen = *view;
  }
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->representation().inputs(), 2u);
}

TEST_F(ViewWatchTest, ARefusalIsFinal) {
  Script({}, End{record::FieldInvalid("view", "one of radar, representation, gaps, digest")});
  Script({Inputs(1, 1)});
  ViewWatch watch = Watch();
  const absl::Status status = watch.Next().status();
  EXPECT_EQ(ReasonOf(status), Reason::kFieldInvalid);
  EXPECT_TRUE(watch.ended());
  EXPECT_EQ(watch.Next().status(), status) << "an error is final";
  EXPECT_THAT(requests_, SizeIs(1));
}

TEST_F(ViewWatchTest, AHubThatFailsEachTimeIsBelievedInTheEnd) {
  for (int i = 0; i < 20; ++i) Script({Inputs(1, 1)}, End{absl::InternalError("broken")});
  ViewWatch watch = Watch();
  EXPECT_THAT(Read(watch, 1), ElementsAre(1));
  EXPECT_EQ(watch.Next().status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(requests_, SizeIs(6));
}

TEST_F(ViewWatchTest, GivesUpWhenAskedTo) {
  options_.give_up_after = absl::Milliseconds(30);
  ViewWatch watch = Watch();
  const absl::Status status = watch.Next().status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("hub is gone"));
  EXPECT_FALSE(watch.connection_status().ok());
}

TEST_F(ViewWatchTest, CancelFromAnotherThreadEndsIt) {
  Script({Inputs(1, 1)});
  ViewWatch watch = Watch();
  EXPECT_THAT(Read(watch, 1), ElementsAre(1));
  std::thread canceller([&watch] {
    absl::SleepFor(absl::Milliseconds(10));
    watch.Cancel();
  });
  const auto view = watch.Next();
  canceller.join();
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_FALSE(view->has_value());
  EXPECT_TRUE(watch.ended());
}

TEST_F(ViewWatchTest, AForLoopEndsWithTheError) {
  Script({Inputs(1, 1), Inputs(2, 2)}, End{absl::PermissionDeniedError("no longer")});
  std::vector<uint64_t> inputs;
  absl::Status end;
  ViewWatch watch = Watch();
  for (absl::StatusOr<v1::WatchViewResponse>& view : watch) {
    if (view.ok()) {
      inputs.push_back(view->representation().inputs());
    } else {
      end = view.status();
    }
  }
  EXPECT_THAT(inputs, ElementsAre(1, 2));
  EXPECT_EQ(end.code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(ViewWatchTest, ACallbackThatHasSeenEnoughEndsIt) {
  Script({Inputs(1, 1), Inputs(2, 2), Inputs(3, 3)});
  std::vector<uint64_t> inputs;
  const absl::Status status = RadarClient(connection_)
                                  .Watch(
                                      request_,
                                      [&inputs](const v1::WatchViewResponse& view) {
                                        inputs.push_back(view.representation().inputs());
                                        return inputs.size() < 2;
                                      },
                                      options_);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(inputs, ElementsAre(1, 2));
}

}  // namespace
}  // namespace liaison
