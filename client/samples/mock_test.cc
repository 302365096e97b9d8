// How a partner tests code of its own that publishes, without a hub.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "liaison/error.h"
#include "liaison/mocks/mock_connection.h"
#include "liaison/publish_client.h"

namespace {

using ::testing::Return;

// --- the partner's own code: takes a client, so that a test can hand it one ----------------------
std::string Submit(const liaison::PublishClient& client, const std::string& title) {
  liaison::v1::Draft draft;
  draft.set_author("org/example-igf");
  draft.set_audience("igf/public");
  draft.mutable_topic_signal()->set_title(title);
  const auto receipt = client.Publish(draft);
  if (!receipt.ok()) return "Sorry: " + std::string(receipt.status().message());
  return "Thank you, your signal is number " + std::to_string(receipt->position().sequence());
}

// --- and its test
// ---------------------------------------------------------------------------------
TEST(Submit, ThanksWithTheNumber) {
  auto connection = std::make_shared<liaison::mocks::MockConnection>();
  EXPECT_CALL(*connection, Publish).WillOnce([](const liaison::v1::PublishRequest& request) {
    EXPECT_EQ(request.items(0).draft().topic_signal().title(), "Connect every school");
    liaison::v1::PublishResponse response;
    response.add_receipts()->mutable_position()->set_sequence(42);
    return response;
  });
  EXPECT_EQ(Submit(liaison::PublishClient(connection), "Connect every school"),
            "Thank you, your signal is number 42");
}

TEST(Submit, PassesARefusalOn) {
  auto connection = std::make_shared<liaison::mocks::MockConnection>();
  const absl::Status refusal =
      liaison::record::Error(liaison::Reason::kNotPermitted, "not for this organisation");
  EXPECT_CALL(*connection, Publish).WillOnce(Return(refusal));
  EXPECT_EQ(Submit(liaison::PublishClient(connection), "Connect every school"),
            "Sorry: not for this organisation");
}

}  // namespace
