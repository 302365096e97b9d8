#include "proto/record/event_builder.h"

#include <gmock/gmock.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "proto/record/commitment.h"
#include "proto/record/errors.h"
#include "proto/record/event_types.h"
#include "proto/record/pae.h"

namespace liaison::record {
namespace {

using ::google::protobuf::util::MessageDifferencer;

const absl::Time kNow = absl::FromUnixMicros(1'800'000'000'123'456);

std::string FixedSalt(pb::SectionKind kind) {
  return std::string(kSaltSizeBytes, static_cast<char>('0' + kind));
}

// A draft with all three sections, and what a hub would have stored for it.
class EventBuilderTest : public testing::Test {
 protected:
  EventBuilderTest() {
    draft_.set_event_id("0f8fad5b-d9cb-469f-a165-70867728950e");
    draft_.set_author("org/eurodig");
    draft_.set_audience("igf/public");
    draft_.set_cycle("2027");
    draft_.add_topics("igf-call-2024/25:cyber");
    draft_.set_language("en");
    draft_.add_addressees("org/igf-mag");
    auto* reference = draft_.add_references();
    reference->set_digest(std::string(32, 'd'));
    reference->set_relation(pb::RELATION_CONTINUES);
    auto* individual = draft_.mutable_recorded_for()->mutable_individual();
    individual->set_id("6a1d6a51-0000-4000-8000-000000000001");
    individual->set_region(pb::REGION_AFRICAN);
    draft_.set_recorded_by("org/igf-secretariat");
    draft_.set_channel(pb::CHANNEL_FORM);
    draft_.mutable_personal()->set_recorded_for_name("A. Fictional");
    auto* attachment = draft_.add_attachments();
    attachment->set_name("fictional.txt");
    attachment->set_data("fictional attachment");
    auto* signal = draft_.mutable_topic_signal();
    signal->set_purpose(pb::PURPOSE_ACTION);
    signal->set_title("fictional title");
  }

  pb::SignedEvent Build(const SigningKey* key = nullptr) {
    return BuildEvent(draft_, key, kNow, FixedSalt);
  }
  static pb::EventHeader HeaderOf(const pb::SignedEvent& event) {
    pb::EventHeader header;
    EXPECT_TRUE(header.ParseFromString(event.header()));
    return header;
  }
  void Store() {
    const pb::SignedEvent event = Build();
    header_ = event.header();
    sections_.assign(event.sections().begin(), event.sections().end());
  }
  bool Same() const { return SameAsStored(draft_, header_, sections_); }

  pb::Draft draft_;
  std::string header_;
  std::vector<pb::Section> sections_;
};

TEST_F(EventBuilderTest, TheHeaderSaysWhatTheDraftSays) {
  const pb::EventHeader header = HeaderOf(Build());
  EXPECT_EQ(header.author(), draft_.author());
  EXPECT_EQ(header.event_id(), draft_.event_id());
  EXPECT_EQ(header.type(), pb::EVENT_TYPE_TOPIC_SIGNAL);
  EXPECT_THAT(header.topics(), testing::ElementsAre("igf-call-2024/25:cyber"));
  EXPECT_EQ(header.cycle(), draft_.cycle());
  EXPECT_EQ(header.audience(), draft_.audience());
  EXPECT_THAT(header.addressees(), testing::ElementsAre("org/igf-mag"));
  ASSERT_EQ(header.references_size(), 1);
  EXPECT_TRUE(MessageDifferencer::Equals(header.references(0), draft_.references(0)));
  EXPECT_EQ(header.language(), "en");
  EXPECT_TRUE(MessageDifferencer::Equals(header.recorded_for(), draft_.recorded_for()));
  EXPECT_EQ(header.recorded_by(), draft_.recorded_by());
  EXPECT_EQ(header.channel(), pb::CHANNEL_FORM);
  EXPECT_TRUE(FactsAgree(header.type(), draft_.topic_signal(), header));
  EXPECT_EQ(header.topic_signal().purpose(), pb::PURPOSE_ACTION);
}

TEST_F(EventBuilderTest, TheHeaderHoldsNoFreeText) {
  const std::string header = Build().header();
  for (const char* text : {"fictional", "Fictional"}) {
    EXPECT_EQ(header.find(text), std::string::npos) << text;
  }
}

TEST_F(EventBuilderTest, SectionsOpenTheirCommitmentsInAscendingOrder) {
  const pb::SignedEvent event = Build();
  const pb::EventHeader header = HeaderOf(event);
  ASSERT_EQ(event.sections_size(), 3);
  ASSERT_EQ(header.commitments_size(), 3);
  for (int i = 0; i < 3; ++i) {
    const pb::Section& section = event.sections(i);
    EXPECT_EQ(section.kind(), i + 1);
    EXPECT_EQ(header.commitments(i).kind(), i + 1);
    EXPECT_EQ(section.salt(), FixedSalt(section.kind()));
    EXPECT_EQ(header.commitments(i).commitment(),
              Commitment(static_cast<uint16_t>(i + 1), section.salt(), section.data()).bytes());
  }
  EXPECT_EQ(event.sections(0).data(), draft_.topic_signal().SerializeAsString());
  EXPECT_EQ(event.sections(1).data(), draft_.personal().SerializeAsString());
  pb::Attachments attachments;
  ASSERT_TRUE(attachments.ParseFromString(event.sections(2).data()));
  ASSERT_EQ(attachments.attachments_size(), 1);
  EXPECT_EQ(attachments.attachments(0).data(), "fictional attachment");
}

TEST_F(EventBuilderTest, SectionsThatTheDraftDoesNotHaveAreNotThere) {
  draft_.clear_attachments();
  EXPECT_EQ(Build().sections_size(), 2);
  draft_.clear_personal();
  EXPECT_EQ(Build().sections_size(), 1);
  draft_.mutable_personal();
  EXPECT_EQ(Build().sections_size(), 2) << "set, though empty";
}

TEST_F(EventBuilderTest, TheAuthoredTimeIsNowUnlessTheDraftNamesOne) {
  EXPECT_EQ(HeaderOf(Build()).authored_time().seconds(), 1'800'000'000);
  EXPECT_EQ(HeaderOf(Build()).authored_time().nanos(), 123'456'000);
  draft_.mutable_authored_time()->set_seconds(1'700'000'000);
  EXPECT_EQ(HeaderOf(Build()).authored_time().seconds(), 1'700'000'000);
}

TEST_F(EventBuilderTest, WithoutAKeyItIsToBeAttested) {
  const pb::SignedEvent event = Build();
  EXPECT_EQ(event.signature(), "");
  EXPECT_EQ(HeaderOf(event).key_hash(), "");
}

TEST_F(EventBuilderTest, WithAKeyItIsSigned) {
  const SigningKey key = SigningKey::Generate();
  const pb::SignedEvent event = Build(&key);
  EXPECT_EQ(HeaderOf(event).key_hash(), KeyHash(key.public_key()).bytes());
  EXPECT_TRUE(
      VerifySignature(key.public_key(), kEventHeaderType, event.header(), event.signature()));
}

TEST_F(EventBuilderTest, TheSameSaltsAndTimeGiveTheSameBytes) {
  EXPECT_EQ(Build().SerializeAsString(), Build().SerializeAsString());
  const pb::SignedEvent salted =
      BuildEvent(draft_, nullptr, kNow, [](pb::SectionKind) { return RandomSalt(); });
  EXPECT_NE(salted.header(), Build().header());
}

TEST_F(EventBuilderTest, ADraftWithoutABodyIsABug) {
  draft_.clear_body();
  EXPECT_DEATH(Build(), "body");
}

TEST_F(EventBuilderTest, ARetryIsTheSame) {
  Store();
  EXPECT_TRUE(Same());
  draft_.mutable_authored_time()->set_seconds(1'800'000'000);
  draft_.mutable_authored_time()->set_nanos(123'456'000);
  EXPECT_TRUE(Same()) << "the time that was stored, now named";
}

TEST_F(EventBuilderTest, ARetryOfAnEventFromBeforeThereWereDerivedFactsIsTheSame) {
  draft_.mutable_decision()->set_state(pb::DECISION_STATE_PROPOSED);
  draft_.mutable_decision()->set_reasons("fictional");
  Store();
  ASSERT_TRUE(Same());
  pb::EventHeader before;
  ASSERT_TRUE(before.ParseFromString(header_));
  ClearDerivedFacts(&before);
  header_ = before.SerializeAsString();
  EXPECT_TRUE(Same());
  draft_.mutable_decision()->set_reasons("other");
  EXPECT_FALSE(Same());
}

TEST_F(EventBuilderTest, ARetryOfAReportFromBeforeItSaidByWhenItAsksIsTheSame) {
  draft_.mutable_local_report()->add_requests()->set_by("2027-03-01");
  Store();
  ASSERT_TRUE(Same());
  pb::EventHeader before;
  ASSERT_TRUE(before.ParseFromString(header_));
  before.mutable_local_report()->clear_asked();
  header_ = before.SerializeAsString();
  EXPECT_TRUE(Same());
  draft_.mutable_local_report()->mutable_requests(0)->set_by("2027-04-01");
  EXPECT_FALSE(Same());
}

TEST_F(EventBuilderTest, AnyOtherContentIsNotTheSame) {
  Store();
  const pb::Draft original = draft_;
  const std::vector<std::function<void()>> changes = {
      [&] { draft_.set_event_id("0f8fad5b-d9cb-469f-a165-70867728950f"); },
      [&] { draft_.set_author("org/other"); },
      [&] { draft_.set_audience("igf/partners"); },
      [&] { draft_.set_cycle("2028"); },
      [&] { draft_.add_topics("unspecified"); },
      [&] { draft_.set_language("fr"); },
      [&] { draft_.clear_addressees(); },
      [&] { draft_.mutable_references(0)->set_relation(pb::RELATION_REVISES); },
      [&] { draft_.mutable_authored_time()->set_seconds(5); },
      [&] { draft_.clear_recorded_for(); },
      [&] { draft_.set_recorded_by(""); },
      [&] { draft_.set_channel(pb::CHANNEL_MAIL); },
      [&] { draft_.mutable_personal()->set_recorded_for_name("B. Fictional"); },
      [&] { draft_.clear_personal(); },
      [&] { draft_.mutable_attachments(0)->set_data("other"); },
      [&] { draft_.clear_attachments(); },
      [&] { draft_.mutable_topic_signal()->set_title("other"); },
      [&] { draft_.mutable_topic_signal()->set_purpose(pb::PURPOSE_RESPONSE); },
      [&] { draft_.mutable_response(); },
      [&] { draft_.clear_body(); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    draft_ = original;
    changes[i]();
    EXPECT_FALSE(Same()) << "change " << i;
  }
  draft_ = original;
  EXPECT_TRUE(Same());
}

TEST_F(EventBuilderTest, ASectionMoreOrLessIsNotTheSame) {
  Store();
  sections_.pop_back();
  EXPECT_FALSE(Same());
  Store();
  draft_.clear_attachments();
  EXPECT_FALSE(Same());
  Store();
  ASSERT_TRUE(Same());
  draft_.add_attachments();
  EXPECT_FALSE(Same());
}

// An export of signed events can be published again where it came from.
TEST_F(EventBuilderTest, ADraftOfASignedEventIsTheSameEvent) {
  const SigningKey key = SigningKey::Generate();
  const pb::SignedEvent event = Build(&key);
  const std::vector<pb::Section> sections(event.sections().begin(), event.sections().end());
  EXPECT_TRUE(SameAsStored(draft_, event.header(), sections));
  draft_.mutable_topic_signal()->set_title("Another fictional title");
  EXPECT_FALSE(SameAsStored(draft_, event.header(), sections));
}

TEST_F(EventBuilderTest, AHeaderThatCannotBeReadIsNotTheSame) {
  Store();
  header_ = "\xff";
  EXPECT_FALSE(Same());
}

// Protobuf may write fields in another order tomorrow.
TEST_F(EventBuilderTest, AnotherOrderOfBytesIsStillTheSame) {
  Store();
  // The content with its two fields the other way round, and a header that commits to it.
  pb::TopicSignal first, second;
  first.set_title("fictional title");
  second.set_purpose(pb::PURPOSE_ACTION);
  const std::string data = first.SerializeAsString() + second.SerializeAsString();
  ASSERT_NE(data, sections_[0].data());
  sections_[0].set_data(data);
  pb::EventHeader header;
  ASSERT_TRUE(header.ParseFromString(header_));
  header.mutable_commitments(0)->set_commitment(
      std::string(Commitment(1, sections_[0].salt(), data).bytes()));
  // The header's fields the other way round as well.
  pb::EventHeader author;
  author.set_author(header.author());
  header.clear_author();
  header_ = header.SerializeAsString() + author.SerializeAsString();
  EXPECT_TRUE(Same());
  sections_[0].set_data(data + second.SerializeAsString());
  EXPECT_FALSE(Same()) << "says the same, but the header does not commit to it";
  sections_[0].set_data(data);
  draft_.mutable_topic_signal()->set_title("other");
  EXPECT_FALSE(Same());
}

TEST_F(EventBuilderTest, FieldsOfANewerClientAreKept) {
  auto* signal = draft_.mutable_topic_signal();
  signal->GetReflection()->MutableUnknownFields(signal)->AddVarint(99, 7);
  Store();
  EXPECT_EQ(sections_[0].data(), signal->SerializeAsString());
  EXPECT_TRUE(Same());
  signal->DiscardUnknownFields();
  EXPECT_FALSE(Same());
}

TEST_F(EventBuilderTest, ParseBodyReadsWhatWasBuilt) {
  Store();
  const auto body = ParseBody(pb::EVENT_TYPE_TOPIC_SIGNAL, sections_[0].data());
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_TRUE(MessageDifferencer::Equals(**body, draft_.topic_signal()));
  EXPECT_TRUE(ParseBody(pb::EVENT_TYPE_RULES, "").ok());
}

TEST_F(EventBuilderTest, ParseBodyRefusesWhatIsNone) {
  for (const std::string& content : {std::string("\xff"),
                                     std::string("\xa2\x01\x05"
                                                 "ab"),
                                     std::string("\xa2\x01\x02\xc3\x28")}) {
    const absl::Status status = ParseBody(pb::EVENT_TYPE_TOPIC_SIGNAL, content).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(status), Reason::kContentUnreadable);
  }
  EXPECT_EQ(ReasonOf(ParseBody(static_cast<pb::EventType>(999), "").status()),
            Reason::kContentUnreadable);
  EXPECT_EQ(ReasonOf(ParseBody(pb::EVENT_TYPE_UNSPECIFIED, "").status()),
            Reason::kContentUnreadable);
}

}  // namespace
}  // namespace liaison::record
