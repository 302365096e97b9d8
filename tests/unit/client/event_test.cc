#include "liaison/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "liaison/error.h"
#include "proto/record/commitment.h"
#include "tests/unit/client/fake_log.h"

namespace liaison {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::liaison::testing::SampleDraft;
using ::liaison::testing::Serve;

void ExpectRefused(const v1::Event& event, const std::string& what) {
  const absl::StatusOr<Event> opened = Event::Open(event);
  ASSERT_FALSE(opened.ok()) << what << " went unnoticed";
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss) << opened.status();
  EXPECT_TRUE(absl::StrContains(opened.status().message(), "event 7 "))
      << "does not name the event: " << opened.status();
}

// Flips each bit of the bytes that `part` returns, one at a time.
void ExpectEveryFlipRefused(const v1::Event& event, absl::string_view name,
                            const std::function<std::string*(v1::Event*)>& part, size_t begin = 0,
                            size_t end = std::string::npos) {
  v1::Event whole = event;
  const size_t size = part(&whole)->size();
  ASSERT_GT(size, begin) << name;
  for (size_t i = begin; i < std::min(size, end); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      v1::Event flipped = event;
      (*part(&flipped))[i] = static_cast<char>((*part(&flipped))[i] ^ (1 << bit));
      ExpectRefused(flipped, absl::StrCat(name, " byte ", i, " bit ", bit));
    }
  }
}

class EventTest : public ::testing::Test {
 protected:
  const record::SigningKey key_ = record::SigningKey::Generate();
  const v1::Draft draft_ = SampleDraft();
  const v1::Event attested_ = Serve(draft_, 7);
  const v1::Event signed_ = Serve(draft_, 7, &key_);
};

TEST_F(EventTest, OpensWhatBelongsTogether) {
  for (const v1::Event& served : {attested_, signed_}) {
    const absl::StatusOr<Event> event = Event::Open(served);
    ASSERT_TRUE(event.ok()) << event.status();
    EXPECT_EQ(event->sequence(), 7u);
    EXPECT_EQ(event->event_id(), draft_.event_id());
    EXPECT_EQ(event->author(), "org/example-igf");
    EXPECT_EQ(event->type_name(), "topic-signal");
    EXPECT_EQ(event->attested(), served.attested());
    EXPECT_EQ(absl::ToUnixMicros(event->hub_time()), 1'800'000'000'000'007);
    EXPECT_FALSE(event->content_erased());
    EXPECT_EQ(event->proto().SerializeAsString(), served.SerializeAsString());
    const auto body = event->body<v1::TopicSignal>();
    ASSERT_TRUE(body.ok()) << body.status();
    EXPECT_EQ(body->title(), "fictional sample");
    EXPECT_EQ(event->body<v1::Decision>().status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(EventTest, NoticesEveryFlippedBit) {
  for (const v1::Event& event : {attested_, signed_}) {
    ExpectEveryFlipRefused(event, "header", [](v1::Event* e) { return e->mutable_header(); });
    ExpectEveryFlipRefused(event, "digest", [](v1::Event* e) { return e->mutable_digest(); });
    for (int i = 0; i < event.sections_size(); ++i) {
      ExpectEveryFlipRefused(event, "data",
                             [i](v1::Event* e) { return e->mutable_sections(i)->mutable_data(); });
      ExpectEveryFlipRefused(event, "salt",
                             [i](v1::Event* e) { return e->mutable_sections(i)->mutable_salt(); });
    }
    // Bytes 18 to 25 are the registry size: the tree's proofs cover it, and nothing else does.
    ExpectEveryFlipRefused(
        event, "leaf", [](v1::Event* e) { return e->mutable_leaf(); }, 0, 18);
    // From 90 on the signature: that of a signed event takes the author's key to check.
    ExpectEveryFlipRefused(
        event, "leaf", [](v1::Event* e) { return e->mutable_leaf(); }, 26,
        event.attested() ? 154 : 90);
  }
}

TEST_F(EventTest, NoticesChangedFields) {
  const std::pair<std::string, std::function<void(v1::Event*)>> changes[] = {
      {"hub time", [](v1::Event* e) { e->mutable_hub_time()->set_nanos(1000); }},
      {"attested", [](v1::Event* e) { e->set_attested(!e->attested()); }},
      {"no sections", [](v1::Event* e) { e->clear_sections(); }},
      {"a section too few", [](v1::Event* e) { e->mutable_sections()->RemoveLast(); }},
      {"a section twice", [](v1::Event* e) { *e->add_sections() = e->sections(0); }},
      {"sections exchanged", [](v1::Event* e) { e->mutable_sections()->SwapElements(0, 1); }},
      {"section of another kind",
       [](v1::Event* e) { e->mutable_sections(0)->set_kind(v1::SECTION_KIND_PERSONAL); }},
      {"section of no status",
       [](v1::Event* e) { e->mutable_sections(0)->set_status(v1::SECTION_STATUS_UNSPECIFIED); }},
      {"erased, yet there",
       [](v1::Event* e) { e->mutable_sections(0)->set_status(v1::SECTION_STATUS_ERASED); }},
      {"no leaf", [](v1::Event* e) { e->clear_leaf(); }},
      {"no header", [](v1::Event* e) { e->clear_header(); }},
      {"leaf of another event", [](v1::Event* e) { e->set_leaf(Serve(SampleDraft(), 7).leaf()); }},
  };
  for (const auto& [what, change] : changes) {
    for (v1::Event event : {attested_, signed_}) {
      change(&event);
      ExpectRefused(event, what);
    }
  }
}

TEST_F(EventTest, NoticesAnotherSequence) {
  v1::Event event = attested_;
  event.set_sequence(8);
  EXPECT_EQ(Event::Open(event).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(EventTest, TellsErasedFromMissing) {
  v1::Event served = attested_;
  for (v1::Section& section : *served.mutable_sections()) {
    section.clear_data();
    section.clear_salt();
    section.set_status(v1::SECTION_STATUS_ERASED);
  }
  const absl::StatusOr<Event> event = Event::Open(served);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_TRUE(event->content_erased());
  EXPECT_EQ(event->AnyBody().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(event->body<v1::TopicSignal>().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(event->ToDraft().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(event->personal().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(event->author(), "org/example-igf") << "the header stays";
}

// As a hub serves what came from another one.
v1::Event FromAnotherHub(v1::Event event) {
  record::Leaf leaf = *record::DecodeLeaf(event.leaf());
  const std::string origin = "hub.example/regional/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01";
  leaf.kind = record::LeafKind::kRelayed;
  leaf.relayed = record::RelayedFrom{record::Sha256Of(origin), record::Uuid::Random(), 12,
                                     record::Sha256Of("its leaf there")};
  event.set_leaf(record::EncodeLeaf(leaf));
  event.mutable_relayed()->set_origin(origin);
  event.mutable_relayed()->set_sequence(12);
  event.mutable_relayed()->set_leaf_hash(std::string(leaf.relayed->leaf_hash.bytes()));
  return event;
}

TEST_F(EventTest, TellsWhereItComesFrom) {
  for (const v1::Event& served : {attested_, signed_}) {
    const v1::Event relayed = FromAnotherHub(served);
    const absl::StatusOr<Event> event = Event::Open(relayed);
    ASSERT_TRUE(event.ok()) << event.status();
    EXPECT_EQ(event->origin(), "hub.example/regional/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01");
    EXPECT_EQ(event->leaf().relayed->sequence, 12u);
    EXPECT_TRUE(event->body<v1::TopicSignal>().ok());
    v1::Event wrong = relayed;
    wrong.mutable_relayed()->set_origin("hub.example/other/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01");
    ExpectRefused(wrong, "another origin");
    wrong = relayed;
    wrong.mutable_relayed()->set_sequence(13);
    ExpectRefused(wrong, "another place");
    wrong = relayed;
    wrong.mutable_relayed()->set_leaf_hash(std::string(32, 'x'));
    ExpectRefused(wrong, "another leaf");
    wrong = relayed;
    wrong.clear_relayed();
    ExpectRefused(wrong, "passed off as the hub's own");
    wrong = served;
    *wrong.mutable_relayed() = relayed.relayed();
    ExpectRefused(wrong, "passed off as another hub's");
  }
  EXPECT_EQ(Event::Open(signed_)->origin(), "");
}

TEST_F(EventTest, TellsWithheldFromMissing) {
  v1::Event served = attested_;
  for (v1::Section& section : *served.mutable_sections()) {
    section.clear_data();
    section.clear_salt();
    section.set_status(v1::SECTION_STATUS_WITHHELD);
  }
  ExpectRefused(served, "withheld by its own hub");
  const absl::StatusOr<Event> event = Event::Open(FromAnotherHub(served));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_FALSE(event->content_erased());
  EXPECT_TRUE(event->content_withheld());
  EXPECT_EQ(event->AnyBody().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(event->ToDraft().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(event->personal().status().code(), absl::StatusCode::kNotFound);
  served = FromAnotherHub(served);
  served.mutable_sections(0)->set_data("words after all");
  ExpectRefused(served, "withheld, yet there");
}

TEST_F(EventTest, GivesTheDraftBack) {
  v1::Draft draft = draft_;
  draft.add_addressees("org/igf-mag");
  draft.add_references()->set_digest(std::string(32, 'x'));
  draft.mutable_references(0)->set_relation(v1::RELATION_REFERS_TO);
  draft.mutable_recorded_for()->set_organisation("org/example-youth");
  draft.set_recorded_by("org/igf-secretariat");
  draft.mutable_authored_time()->set_seconds(1'700'000'000);
  const absl::StatusOr<Event> event = Event::Open(Serve(draft, 7));
  ASSERT_TRUE(event.ok()) << event.status();
  const absl::StatusOr<v1::Draft> again = event->ToDraft();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(MessageDifferencer::Equals(*again, draft)) << again->DebugString();
}

TEST_F(EventTest, GivesTheDraftBackWithoutWhatWasErased) {
  v1::Event served = attested_;
  v1::Section& personal = *served.mutable_sections(1);
  ASSERT_EQ(personal.kind(), v1::SECTION_KIND_PERSONAL);
  personal.clear_data();
  personal.clear_salt();
  personal.set_status(v1::SECTION_STATUS_ERASED);
  const absl::StatusOr<Event> event = Event::Open(served);
  ASSERT_TRUE(event.ok()) << event.status();
  const absl::StatusOr<v1::Draft> draft = event->ToDraft();
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_FALSE(draft->has_personal());
  EXPECT_EQ(draft->attachments_size(), 1);
}

}  // namespace
}  // namespace liaison
