#include "client/cli/event_json.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "client/cli/examples.h"
#include "proto/record/commitment.h"
#include "proto/record/leaf.h"
#include "proto/record/pae.h"
#include "tests/unit/client/fake_log.h"

namespace liaison::cli {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Serve;

Event Opened(v1::Event event) {
  absl::StatusOr<Event> opened = Event::Open(std::move(event));
  EXPECT_TRUE(opened.ok()) << opened.status();
  return *std::move(opened);
}

v1::Draft ExampleDraft(const std::string& type) {
  v1::Draft draft = *DraftFromJson(ExampleOf(type)->draft);
  draft.set_event_id("0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11");
  return draft;
}

v1::Event Erased(v1::Event event, v1::SectionKind kind) {
  for (v1::Section& section : *event.mutable_sections()) {
    if (section.kind() != kind) continue;
    section.clear_data();
    section.clear_salt();
    section.set_status(v1::SECTION_STATUS_ERASED);
  }
  return event;
}

TEST(EventJsonTest, HasWhatAReaderNeeds) {
  const Event event = Opened(Serve(ExampleDraft("topic-signal"), 7));
  const Json json = *EventToJson(event, "log-1");
  EXPECT_TRUE(json["sequence"].is_number_unsigned());
  EXPECT_EQ(json["sequence"], 7);
  EXPECT_EQ(json["event_id"], event.event_id());
  EXPECT_EQ(json["type"], "topic-signal");
  EXPECT_EQ(json["author"], "org/example-partner");
  EXPECT_EQ(json["audience"], "igf/public");
  EXPECT_EQ(json["log_id"], "log-1");
  EXPECT_EQ(json["attested"], true);
  EXPECT_EQ(json["topic_signal"]["purpose"], "PURPOSE_ACTION");
  std::string digest;
  ASSERT_TRUE(absl::Base64Unescape(json["digest"].get<std::string>(), &digest));
  EXPECT_EQ(digest, event.digest().bytes());
  absl::Time hub_time;
  std::string error;
  EXPECT_TRUE(
      absl::ParseTime(absl::RFC3339_full, json["hub_time"].get<std::string>(), &hub_time, &error));
  EXPECT_EQ(hub_time, event.hub_time());
}

TEST(EventJsonTest, WithoutTheLogsOwnFieldsItIsTheDraftAgain) {
  for (const std::string& type : ExampleTypes()) {
    if (type == "redaction") continue;  // its leaf is of another kind
    v1::Draft draft = ExampleDraft(type);
    draft.mutable_authored_time()->set_seconds(1'790'000'000);
    draft.mutable_personal()->set_recorded_for_name("Awa Exemple (fictional)");
    v1::Attachment& attachment = *draft.add_attachments();
    attachment.set_name("a.bin");
    attachment.set_data(std::string("\0\xFF", 2));
    Json json = *EventToJson(Opened(Serve(draft, 1)), "log-1");
    for (const std::string& field : LogFields()) json.erase(field);
    const absl::StatusOr<v1::Draft> again = DraftFromJson(*ParseJson(ToLine(json), 1));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(MessageDifferencer::Equals(*again, draft)) << ToPretty(json);
  }
}

TEST(EventJsonTest, ASignedEventNamesItsKey) {
  const auto key = record::SigningKey::Generate();
  const Json json = *EventToJson(Opened(Serve(ExampleDraft("topic-signal"), 1, &key)), "");
  EXPECT_EQ(json["attested"], false);
  EXPECT_EQ(json["key_hash"], Base64(record::KeyHash(key.public_key()).bytes()));
  EXPECT_FALSE(json.contains("log_id"));
}

TEST(EventJsonTest, AnErasedEventIsShownAsSuchWithTheFactsThatStay) {
  const v1::Event event = Erased(Serve(ExampleDraft("topic-signal"), 3), v1::SECTION_KIND_CONTENT);
  const Json json = *EventToJson(Opened(event), "");
  EXPECT_THAT(json["erased"], ElementsAre("content"));
  EXPECT_FALSE(json.contains("topic_signal"));
  EXPECT_EQ(json["facts"]["purpose"], "PURPOSE_ACTION");
  EXPECT_EQ(json["author"], "org/example-partner");
  EXPECT_EQ(TitleOf(Opened(event)), "(erased)");
}

TEST(EventJsonTest, AnErasedPersonalSectionLeavesTheContent) {
  v1::Draft draft = ExampleDraft("topic-signal");
  draft.mutable_personal()->set_recorded_for_name("Awa Exemple (fictional)");
  const Json json = *EventToJson(Opened(Erased(Serve(draft, 3), v1::SECTION_KIND_PERSONAL)), "");
  EXPECT_THAT(json["erased"], ElementsAre("personal"));
  EXPECT_FALSE(json.contains("personal"));
  EXPECT_TRUE(json.contains("topic_signal"));
}

TEST(EventJsonTest, AReceiptHasItsSequenceAsANumber) {
  v1::Receipt receipt;
  receipt.set_event_id("e");
  receipt.mutable_position()->set_sequence(9'007'199'254'740'993);
  receipt.mutable_position()->set_log_id("l");
  receipt.set_duplicate(true);
  EXPECT_THAT(ToLine(ReceiptToJson(receipt)),
              HasSubstr(R"({"event_id":"e","sequence":9007199254740993,"duplicate":true,)"));
}

TEST(EventJsonTest, AReceiptOfADryRunHasNoSequence) {
  EXPECT_FALSE(ReceiptToJson(v1::Receipt()).contains("sequence"));
}

TEST(EventJsonTest, IndentedTextIsHarmlessToATerminal) {
  Json json = {{"title", "a\x1B[2Jb"}, {"list", {"x", "y"}}, {"nested", {{"n", 1}}}};
  EXPECT_EQ(ToIndentedText(json), "title: a<U+001B>[2Jb\nlist:\n  - x\n  - y\nnested:\n  n: 1\n");
}

}  // namespace
}  // namespace liaison::cli
