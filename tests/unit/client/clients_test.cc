// The thin clients: what they send, and what they make of the answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "liaison/directory_client.h"
#include "liaison/error.h"
#include "liaison/event_client.h"
#include "liaison/mocks/mock_connection.h"
#include "liaison/publish_client.h"
#include "proto/record/pae.h"
#include "proto/record/uuid.h"
#include "tests/unit/client/fake_log.h"

namespace liaison {
namespace {

using ::liaison::testing::At;
using ::liaison::testing::FakeLog;
using ::liaison::testing::SampleDraft;
using ::testing::ElementsAre;
using ::testing::Return;
using ::testing::SizeIs;
using ::testing::StrictMock;

class ClientsTest : public ::testing::Test {
 protected:
  std::shared_ptr<StrictMock<mocks::MockConnection>> connection_ =
      std::make_shared<StrictMock<mocks::MockConnection>>();
};

// --- publishing
// -----------------------------------------------------------------------------------

TEST_F(ClientsTest, PublishGivesADraftItsId) {
  EXPECT_CALL(*connection_, Publish).WillOnce([](const v1::PublishRequest& request) {
    v1::PublishResponse response;
    response.add_receipts()->set_event_id(request.items(0).draft().event_id());
    return response;
  });
  v1::Draft draft = SampleDraft();
  draft.clear_event_id();
  const auto receipt = PublishClient(connection_).Publish(draft);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_TRUE(record::Uuid::Parse(receipt->event_id()).ok()) << receipt->event_id();
}

TEST_F(ClientsTest, PublishSendsABatchWithItsChecks) {
  PublishParams params;
  params.items = {Item(SampleDraft("a")), Item(SampleDraft("b"))};
  params.checks.emplace_back().set_none(true);
  params.dry_run = true;
  EXPECT_CALL(*connection_, Publish).WillOnce([](const v1::PublishRequest& request) {
    EXPECT_EQ(request.items_size(), 2);
    EXPECT_TRUE(request.checks(0).none());
    EXPECT_TRUE(request.dry_run());
    v1::PublishResponse response;
    response.add_receipts();
    response.add_receipts();
    return response;
  });
  EXPECT_THAT(*PublishClient(connection_).Publish(params), SizeIs(2));
}

TEST_F(ClientsTest, AnAnswerOfAnotherLengthIsNoReceipt) {
  EXPECT_CALL(*connection_, Publish).WillOnce(Return(v1::PublishResponse()));
  EXPECT_EQ(PublishClient(connection_).Publish(SampleDraft()).status().code(),
            absl::StatusCode::kInternal);
}

TEST_F(ClientsTest, ABatchThatNoMessageCarriesIsNotSent) {
  PublishParams params;
  v1::Draft large = SampleDraft();
  large.mutable_topic_signal()->set_text(std::string(1 << 20, 'x'));
  for (int i = 0; i < 5; ++i) params.items.push_back(Item(large));
  EXPECT_EQ(ReasonOf(PublishClient(connection_).Publish(params).status()), Reason::kBatchTooLarge);
}

TEST(Sign, MakesAnEventThatItsKeyVerifies) {
  const record::SigningKey key = record::SigningKey::Generate();
  const v1::Draft draft = SampleDraft();
  const absl::StatusOr<v1::SignedEvent> event = Sign(draft, key);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_TRUE(record::VerifySignature(key.public_key(), record::kEventHeaderType, event->header(),
                                      event->signature()));
  v1::EventHeader header;
  ASSERT_TRUE(header.ParseFromString(event->header()));
  EXPECT_EQ(header.event_id(), draft.event_id());
  EXPECT_EQ(header.key_hash(), record::KeyHash(key.public_key()).bytes());
  EXPECT_EQ(event->sections_size(), 3);
}

TEST(Sign, NamesAllThatIsMissing) {
  const auto event = Sign(v1::Draft(), record::SigningKey::Generate());
  EXPECT_EQ(event.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(FieldViolationsOf(event.status()), SizeIs(2));
}

TEST(EnsureEventId, KeepsTheOneThereIs) {
  v1::Draft draft;
  const std::string id = EnsureEventId(&draft);
  EXPECT_TRUE(record::Uuid::Parse(id).ok());
  EXPECT_EQ(EnsureEventId(&draft), id);
  EXPECT_EQ(draft.event_id(), id);
}

// --- reading
// --------------------------------------------------------------------------------------

class EventClientTest : public ClientsTest {
 protected:
  EventClientTest() { log_.Grow(5); }

  void HubAnswers(uint64_t sequence) {
    v1::GetEventResponse response;
    *response.mutable_event() = log_[sequence];
    EXPECT_CALL(*connection_, GetEvent).WillOnce([this, response](const v1::GetEventRequest& r) {
      asked_ = r;
      return response;
    });
  }

  FakeLog log_;
  v1::GetEventRequest asked_;
};

TEST_F(EventClientTest, GetsByEachKindOfName) {
  const EventClient client(connection_);
  const Event third = *Event::Open(log_[3]);
  HubAnswers(3);
  EXPECT_EQ(client.Get(3)->sequence(), 3u);
  EXPECT_EQ(asked_.sequence(), 3u);
  HubAnswers(3);
  EXPECT_EQ(client.Get(third.digest())->sequence(), 3u);
  EXPECT_EQ(asked_.digest(), third.digest().bytes());
  HubAnswers(3);
  EXPECT_EQ(client.Get(third.author(), third.event_id())->sequence(), 3u);
  EXPECT_EQ(asked_.name().event_id(), third.event_id());
}

TEST_F(EventClientTest, AnotherEventThanAskedForIsDataLoss) {
  const EventClient client(connection_);
  const Event third = *Event::Open(log_[3]);
  for (int i = 0; i < 3; ++i) {
    HubAnswers(4);
    const absl::StatusOr<Event> event = i == 0   ? client.Get(3)
                                        : i == 1 ? client.Get(third.digest())
                                                 : client.Get(third.author(), third.event_id());
    EXPECT_EQ(event.status().code(), absl::StatusCode::kDataLoss) << i;
  }
}

TEST_F(EventClientTest, ListsAPageAndTheNext) {
  ListParams params;
  params.filter = "type = topic-signal";
  params.page_size = 2;
  params.after = After{"a-log", 1};
  EXPECT_CALL(*connection_, ListEvents)
      .WillOnce([this](const v1::ListEventsRequest& request) {
        EXPECT_EQ(request.after().sequence(), 1u);
        EXPECT_EQ(request.filter(), "type = topic-signal");
        v1::ListEventsResponse response;
        *response.add_events() = log_[2];
        *response.add_events() = log_[3];
        response.set_next_page_token("token");
        *response.mutable_position() = At(3);
        return response;
      })
      .WillOnce([this](const v1::ListEventsRequest& request) {
        EXPECT_EQ(request.page_token(), "token");
        EXPECT_FALSE(request.has_after()) << "belongs to the first page only";
        v1::ListEventsResponse response;
        *response.add_events() = log_[4];
        return response;
      });
  const EventClient client(connection_);
  const absl::StatusOr<EventPage> page = client.List(params);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->events, SizeIs(2));
  EXPECT_EQ(page->position.sequence(), 3u);
  EXPECT_THAT(client.List(params, page->next_page_token)->events, SizeIs(1));
}

TEST_F(EventClientTest, APageOutOfOrderIsDataLoss) {
  v1::ListEventsResponse response;
  *response.add_events() = log_[3];
  *response.add_events() = log_[2];
  EXPECT_CALL(*connection_, ListEvents).WillOnce(Return(response));
  EXPECT_EQ(EventClient(connection_).List({}).status().code(), absl::StatusCode::kDataLoss);
}

// --- directory
// ------------------------------------------------------------------------------------

TEST_F(ClientsTest, DirectoryListsAllPages) {
  v1::ListOrganisationsResponse first;
  first.add_entries()->mutable_organisation()->set_organisation("org/a");
  first.set_next_page_token("more");
  v1::ListOrganisationsResponse second;
  second.add_entries()->mutable_organisation()->set_organisation("org/b");
  EXPECT_CALL(*connection_, ListOrganisations)
      .WillOnce(Return(first))
      .WillOnce([second](const v1::ListOrganisationsRequest& request) {
        EXPECT_EQ(request.page_token(), "more");
        return second;
      });
  const auto organisations = DirectoryClient(connection_).Organisations();
  ASSERT_TRUE(organisations.ok()) << organisations.status();
  std::vector<std::string> names;
  for (const auto& entry : *organisations) names.push_back(entry.organisation().organisation());
  EXPECT_THAT(names, ElementsAre("org/a", "org/b"));
}

TEST_F(ClientsTest, DirectoryPassesErrorsOn) {
  EXPECT_CALL(*connection_, GetCycle)
      .WillOnce(Return(absl::Status(record::Error(Reason::kNotFound, "no such cycle"))));
  EXPECT_EQ(ReasonOf(DirectoryClient(connection_).Cycle("2099").status()), Reason::kNotFound);
}

TEST_F(ClientsTest, AListWithoutEndEnds) {
  v1::ListCyclesResponse endless;
  endless.set_next_page_token("again");
  EXPECT_CALL(*connection_, ListCycles).WillRepeatedly(Return(endless));
  EXPECT_EQ(DirectoryClient(connection_).Cycles().status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace liaison
