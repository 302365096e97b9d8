#include "server/fanout/event_wire.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "igf/liaison/v1/event_service.pb.h"
#include "server/fanout/header_view.h"
#include "tests/support/test_hub.h"

namespace liaison::fanout {
namespace {

namespace pb = ::igf::liaison::v1;

// What is written by hand must be what protobuf would have written, byte for byte.
std::string ByProtobuf(const storage::StoredEvent& stored, const std::string& origin = "") {
  const record::Leaf leaf = *record::DecodeLeaf(stored.leaf);
  pb::Events events;
  pb::Event* event = events.add_events();
  event->set_sequence(leaf.sequence);
  event->mutable_hub_time()->set_seconds(leaf.hub_time_us / 1'000'000);
  event->mutable_hub_time()->set_nanos(static_cast<int32_t>(leaf.hub_time_us % 1'000'000 * 1000));
  event->set_header(stored.header);
  event->set_leaf(stored.leaf);
  for (const storage::StoredSection& section : stored.sections) {
    pb::Section* proto = event->add_sections();
    proto->set_kind(static_cast<pb::SectionKind>(section.kind));
    proto->set_salt(section.salt);
    proto->set_data(section.data);
    proto->set_status(section.erased     ? pb::SECTION_STATUS_ERASED
                      : section.withheld ? pb::SECTION_STATUS_WITHHELD
                                         : pb::SECTION_STATUS_PRESENT);
  }
  event->set_digest(std::string(leaf.digest.bytes()));
  event->set_attested(leaf.attested());
  if (leaf.relayed) {
    event->mutable_relayed()->set_origin(origin);
    event->mutable_relayed()->set_sequence(leaf.relayed->sequence);
    event->mutable_relayed()->set_leaf_hash(std::string(leaf.relayed->leaf_hash.bytes()));
  }
  return events.SerializeAsString();
}

std::string ByHand(const storage::StoredEvent& stored, const std::string& origin = "") {
  std::string bytes;
  EXPECT_TRUE(
      AppendEventField(stored.leaf, stored.header, stored.sections, &bytes, nullptr, origin).ok());
  return bytes;
}

TEST(EventWireTest, SameBytesAsProtobuf) {
  testing::TestHub hub;
  const record::SigningKey key = record::SigningKey::Generate();
  pb::Draft rich = testing::Signal(std::string(300, 'x'));
  rich.mutable_personal()->set_recorded_for_name("Fictional Person");
  rich.add_attachments()->set_data(std::string(200'000, '\0'));
  ASSERT_TRUE(hub.Publish(testing::Signal("")).status().code() ==
              absl::StatusCode::kInvalidArgument);
  auto receipt = hub.Publish(rich);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  ASSERT_TRUE(hub.Publish(testing::KeyDraft("org/apnic", pb::KEY_ACTION_ADD, key)).ok());
  ASSERT_TRUE(hub.Publish(testing::Signed(testing::Signal("fictional"), key)).ok());
  ASSERT_TRUE(hub.Publish(testing::RedactionDraft("org/apnic", receipt->leaf.digest,
                                                  pb::SECTION_KIND_PERSONAL))
                  .ok());
  for (uint64_t s = 1; s <= hub.log().head().sequence; ++s) {
    const storage::StoredEvent stored = *hub.log().Read(s);
    EXPECT_EQ(ByHand(stored), ByProtobuf(stored)) << "event " << s;
  }
}

TEST(EventWireTest, OfAnotherHubSaysWhereItComesFrom) {
  record::Leaf leaf;
  leaf.kind = record::LeafKind::kRelayed;
  leaf.sequence = 300;
  leaf.hub_time_us = 1;
  for (const uint64_t sequence : {uint64_t{1}, uint64_t{1} << 40}) {
    leaf.relayed = record::RelayedFrom{record::Sha256Of("an origin"), record::Uuid::Random(),
                                       sequence, record::Sha256Of("a leaf")};
    storage::StoredEvent stored{300, record::EncodeLeaf(leaf), "header", {}};
    stored.sections.push_back({1, "", "", false, true});
    stored.sections.push_back({2, std::string(32, 's'), "data", false, false});
    const std::string origin(sequence == 1 ? 300 : 10, 'o');
    EXPECT_EQ(ByHand(stored, origin), ByProtobuf(stored, origin));
    pb::Events events;
    ASSERT_TRUE(events.ParseFromString(ByHand(stored, origin)));
    EXPECT_EQ(events.events(0).relayed().origin(), origin);
    EXPECT_EQ(events.events(0).sections(0).status(), pb::SECTION_STATUS_WITHHELD);
  }
}

// Of an event of this hub's own.
auth::Readable InHeader(absl::string_view header) {
  return ReadableOf(record::EncodeLeaf(record::Leaf()), header);
}

TEST(HeaderViewTest, SeesWhatAFullParseSees) {
  pb::EventHeader header;
  header.set_author("org/apnic");
  header.set_audience("igf/mag");
  header.add_topics("a:b");
  header.mutable_authored_time()->set_seconds(5);
  std::string bytes = header.SerializeAsString();
  EXPECT_EQ(InHeader(bytes).author, "org/apnic");
  EXPECT_EQ(InHeader(bytes).audience, "igf/mag");
  // The last one wins: a second audience must not be overlooked.
  pb::EventHeader second;
  second.set_audience("igf/public");
  const std::string doubled = second.SerializeAsString() + bytes;
  pb::EventHeader parsed;
  ASSERT_TRUE(parsed.ParseFromString(doubled));
  EXPECT_EQ(InHeader(doubled).audience, parsed.audience());
}

// Whoever saw another audience than a full parse would hide an event, or show it.
TEST(HeaderViewTest, ReadsWhatIsWrittenOddlyAsAFullParseDoes) {
  pb::EventHeader header;
  header.set_author("org/apnic");
  header.set_audience("igf/mag");
  const std::string bytes = header.SerializeAsString();
  const std::string later = "\x3a\x0aigf/public";
  std::string groups = bytes;
  for (int i = 0; i < 60; ++i) groups = absl::StrCat("\xfb\x3f", groups, "\xfc\x3f");
  for (const std::string& odd : {
           absl::StrCat(bytes, groups),                         // of no field that is known
           absl::StrCat(bytes, "\xfb\x3f", later, "\xfc\x3f"),  // nor is this
           absl::StrCat(bytes, "\xba\x80\x80\x80\x10\x0aigf/public"),
           absl::StrCat(bytes, absl::HexStringToBytes("ba808080000a"), "igf/public"),
       }) {
    pb::EventHeader parsed;
    ASSERT_TRUE(parsed.ParseFromString(odd)) << absl::CHexEscape(odd);
    EXPECT_EQ(InHeader(odd).audience, parsed.audience()) << absl::CHexEscape(odd);
    EXPECT_EQ(InHeader(odd).author, parsed.author()) << absl::CHexEscape(odd);
  }
}

TEST(HeaderViewTest, BytesThatAreNoHeaderAreForNobody) {
  pb::EventHeader header;
  header.set_audience("igf/public");
  const std::string bytes = header.SerializeAsString();
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_EQ(InHeader(bytes.substr(0, size)).audience, "") << size;
  }
  EXPECT_FALSE(auth::MayRead(auth::Principal{}, InHeader("\x0b")));
}

}  // namespace
}  // namespace liaison::fanout
