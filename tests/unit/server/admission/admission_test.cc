#include "server/admission/admission.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "proto/record/event_builder.h"
#include "proto/record/limits.h"
#include "proto/record/pae.h"
#include "tests/support/test_hub.h"

namespace liaison {
namespace {

namespace pb = ::igf::liaison::v1;
using record::Reason;
using testing::Item;
using testing::Signal;

class AdmissionTest : public ::testing::Test {
 protected:
  absl::Status Admit(pb::PublishItem item) {
    return hub_.admission().Admit(std::move(item), "items[3]").status();
  }
  absl::Status AdmitDraft(const std::function<void(pb::Draft*)>& change) {
    pb::Draft draft = Signal("fictional sample");
    change(&draft);
    return Admit(Item(std::move(draft)));
  }
  void ExpectField(const absl::Status& status, const std::string& field) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    std::vector<std::string> fields;
    for (const auto& violation : record::FieldViolationsOf(status)) {
      fields.push_back(violation.field);
    }
    EXPECT_THAT(fields, ::testing::Contains("items[3].draft." + field)) << status;
  }
  testing::TestHub hub_;
};

TEST_F(AdmissionTest, AGoodDraftPasses) {
  EXPECT_TRUE(AdmitDraft([](pb::Draft*) {}).ok());
}

TEST_F(AdmissionTest, EachFieldOfTheHeaderHasItsGrammar) {
  const std::pair<const char*, std::function<void(pb::Draft*)>> cases[] = {
      {"event_id", [](pb::Draft* d) { d->clear_event_id(); }},
      {"event_id", [](pb::Draft* d) { d->set_event_id("D3A73063-1200-4541-8837-C1B2DAD59623"); }},
      {"author", [](pb::Draft* d) { d->set_author("apnic"); }},
      {"author", [](pb::Draft* d) { d->set_author("org/igf-hub"); }},
      {"audience", [](pb::Draft* d) { d->clear_audience(); }},
      {"audience", [](pb::Draft* d) { d->set_audience("other/public"); }},
      {"audience", [](pb::Draft* d) { d->set_audience("igf/wg-strategy"); }},
      {"topics", [](pb::Draft* d) { d->clear_topics(); }},
      {"topics[1]", [](pb::Draft* d) { d->add_topics("Free text"); }},
      {"topics[1]", [](pb::Draft* d) { d->add_topics(d->topics(0)); }},
      {"cycle", [](pb::Draft* d) { d->set_cycle("next year"); }},
      {"language", [](pb::Draft* d) { d->set_language("french"); }},
      {"addressees[0]", [](pb::Draft* d) { d->add_addressees("everybody"); }},
      {"references[0].digest", [](pb::Draft* d) { d->add_references()->set_digest("short"); }},
      {"recorded_for", [](pb::Draft* d) { d->mutable_recorded_for(); }},
      {"recorded_for.individual.id",
       [](pb::Draft* d) { d->mutable_recorded_for()->mutable_individual()->set_id("Jane"); }},
      {"recorded_by", [](pb::Draft* d) { d->set_recorded_by("me"); }},
      {"authored_time", [](pb::Draft* d) { d->mutable_authored_time()->set_nanos(-1); }},
  };
  for (const auto& [field, change] : cases) ExpectField(AdmitDraft(change), field);
}

TEST_F(AdmissionTest, EachFieldOfABodyHasItsGrammar) {
  using Change = std::function<void(pb::Draft*)>;
  const std::pair<const char*, Change> cases[] = {
      {"topic_signal.title", [](pb::Draft* d) { d->mutable_topic_signal()->clear_title(); }},
      {"topic_signal.title",
       [](pb::Draft* d) { d->mutable_topic_signal()->set_title(std::string(1001, 'x')); }},
      {"topic_signal.requested_date",
       [](pb::Draft* d) { d->mutable_topic_signal()->set_requested_date("2027-02-29"); }},
      {"topic_signal.evidence[0].uri",
       [](pb::Draft* d) {
         d->mutable_topic_signal()->add_evidence()->set_uri("javascript:alert(1)");
       }},
      {"topic_signal.other_languages[0].language",
       [](pb::Draft* d) {
         d->mutable_topic_signal()->add_other_languages()->set_language("klingon!");
       }},
      {"local_report.ends_on",
       [](pb::Draft* d) {
         d->mutable_local_report()->set_title("fictional");
         d->mutable_local_report()->set_starts_on("2027-05-02");
         d->mutable_local_report()->set_ends_on("2027-05-01");
       }},
      {"response.kind", [](pb::Draft* d) { d->mutable_response(); }},
      {"response.reason",
       [](pb::Draft* d) { d->mutable_response()->set_kind(pb::RESPONSE_KIND_DECLINE); }},
      {"response.doable_date",
       [](pb::Draft* d) { d->mutable_response()->set_kind(pb::RESPONSE_KIND_COUNTER); }},
      {"references",
       [](pb::Draft* d) { d->mutable_response()->set_kind(pb::RESPONSE_KIND_ACCEPT); }},
      {"decision.state", [](pb::Draft* d) { d->mutable_decision()->set_title("fictional"); }},
      {"decision.steward", [](pb::Draft* d) { d->mutable_decision()->set_steward("Jane"); }},
      {"cycle_body.phases[0].ends_on",
       [](pb::Draft* d) {
         pb::Phase* phase = d->mutable_cycle_body()->add_phases();
         phase->set_starts_on("2027-05-02");
         phase->set_ends_on("2027-05-01");
       }},
      {"topic_scheme.codes[1]",
       [](pb::Draft* d) {
         d->mutable_topic_scheme()->add_codes("a");
         d->mutable_topic_scheme()->add_codes("a");
       }},
      {"organisation.countries[0]",
       [](pb::Draft* d) { d->mutable_organisation()->add_countries("France"); }},
      {"redaction.section", [](pb::Draft* d) { d->mutable_redaction(); }},
  };
  for (const auto& [field, change] : cases) ExpectField(AdmitDraft(change), field);
}

TEST_F(AdmissionTest, AllThatIsWrongIsSaidAtOnce) {
  const absl::Status status = AdmitDraft([](pb::Draft* d) {
    d->clear_event_id();
    d->set_audience("nobody");
    d->mutable_topic_signal()->clear_title();
  });
  EXPECT_GE(record::FieldViolationsOf(status).size(), 3u);
}

TEST_F(AdmissionTest, WhatIsTooLargeIsToldTheLimit) {
  const absl::Status event = AdmitDraft([](pb::Draft* d) {
    d->add_attachments()->set_data(std::string(record::kMaxEventSizeBytes, 'x'));
  });
  EXPECT_EQ(record::ReasonOf(event), Reason::kEventTooLarge);
  EXPECT_EQ(record::MetadataOf(event, "max_size_bytes"),
            std::to_string(record::kMaxEventSizeBytes));
  ExpectField(
      AdmitDraft([](pb::Draft* d) {
        d->mutable_topic_signal()->set_text(std::string(record::kMaxTextSizeBytes + 1, 'x'));
      }),
      "topic_signal.text");
  EXPECT_EQ(record::ReasonOf(AdmitDraft([](pb::Draft* d) {
              d->mutable_personal()->set_recorded_for_name(
                  std::string(record::kMaxPersonalSizeBytes, 'x'));
            })),
            Reason::kEventTooLarge);
}

TEST_F(AdmissionTest, AnEnumFromTheFutureHasItsOwnReason) {
  const absl::Status status = AdmitDraft(
      [](pb::Draft* d) { d->mutable_topic_signal()->set_purpose(static_cast<pb::Purpose>(99)); });
  EXPECT_EQ(record::ReasonOf(status), Reason::kEnumUnknown);
}

TEST_F(AdmissionTest, RegistryEventsArePublic) {
  pb::Draft draft = testing::OrganisationDraft("org/x", pb::ORGANISATION_KIND_GOVERNMENT);
  draft.set_audience("igf/mag");
  ExpectField(Admit(Item(draft)), "audience");
}

TEST_F(AdmissionTest, AKeyMustBeHeldAndSound) {
  const record::SigningKey key = record::SigningKey::Generate();
  pb::Draft draft = testing::KeyDraft("org/apnic", pb::KEY_ACTION_ADD, key);
  EXPECT_TRUE(Admit(Item(draft)).ok());
  pb::Draft stolen = draft;
  stolen.set_author("org/lacnic");
  stolen.mutable_key()->set_organisation("org/lacnic");
  EXPECT_EQ(record::ReasonOf(Admit(Item(stolen))), Reason::kKeyUnacceptable);
  draft.mutable_key()->set_public_key(std::string(32, '\0'));  // of low order
  EXPECT_EQ(record::ReasonOf(Admit(Item(draft))), Reason::kKeyUnacceptable);
}

class SignedAdmissionTest : public AdmissionTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(hub_.Publish(testing::KeyDraft("org/apnic", pb::KEY_ACTION_ADD, key_)).ok());
    item_ = testing::Signed(Signal("fictional sample"), key_);
  }
  void Expect(Reason reason) { EXPECT_EQ(record::ReasonOf(Admit(item_)), reason); }
  pb::SignedEvent* event() { return item_.mutable_signed_(); }

  record::SigningKey key_ = record::SigningKey::Generate();
  pb::PublishItem item_;
};

TEST_F(SignedAdmissionTest, AGoodOnePasses) { EXPECT_TRUE(Admit(item_).ok()); }

TEST_F(SignedAdmissionTest, EveryByteOfTheSignatureCounts) {
  for (int i = 0; i < 64; ++i) {
    (*event()->mutable_signature())[i] ^= 1;
    Expect(Reason::kSignatureInvalid);
    (*event()->mutable_signature())[i] ^= 1;
  }
}

TEST_F(SignedAdmissionTest, AMissingSignatureIsNoAttestation) {
  event()->clear_signature();
  Expect(Reason::kSignatureInvalid);
}

TEST_F(SignedAdmissionTest, AChangedSectionDoesNotOpen) {
  (*event()->mutable_sections(0)->mutable_data())[3] ^= 1;
  Expect(Reason::kCommitmentMismatch);
}

TEST_F(SignedAdmissionTest, AMissingSectionDoesNotOpen) {
  event()->clear_sections();
  Expect(Reason::kCommitmentMismatch);
}

TEST_F(SignedAdmissionTest, OnlyTheHubSaysRules) {
  pb::EventHeader header;
  ASSERT_TRUE(header.ParseFromString(event()->header()));
  header.set_type(pb::EVENT_TYPE_RULES);
  event()->set_header(header.SerializeAsString());
  Expect(Reason::kTypeNotPublishable);
}

TEST_F(SignedAdmissionTest, FactsSayWhatTheContentSays) {
  pb::EventHeader header;
  ASSERT_TRUE(header.ParseFromString(event()->header()));
  header.mutable_topic_signal()->set_standing(pb::STANDING_COMMUNITY_CONSENSUS);
  event()->set_header(header.SerializeAsString());
  Expect(Reason::kFactsDisagree);
}

// A field of a later version, where this one would not write it.
TEST_F(SignedAdmissionTest, TheHeaderIsKeptByteForByte) {
  const std::string header = "\xba\x3e\x05later" + event()->header();
  event()->set_header(header);
  event()->set_signature(key_.Sign(record::kEventHeaderType, header));
  const auto receipt = hub_.Publish(item_);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->header_bytes, header);
  EXPECT_EQ(hub_.log().Read(receipt->leaf.sequence)->header, header);
}

// What protobuf's parser in C++ lets pass, and other readers take otherwise.
TEST_F(SignedAdmissionTest, AHeaderThatNotEverybodyReadsAlikeIsRefused) {
  const std::string header = event()->header();
  const std::string commitment = "\x62\x24\x08\x01";
  ASSERT_NE(header.find(commitment), std::string::npos);
  std::vector<std::string> odd = {absl::StrReplaceAll(
      header, {{commitment, "\x62\x28\x08\x81\x80\x80\x80\x10"}})};  // its kind: 2^32 + 1
  for (absl::string_view more : {
           "208a80808010",                // type: 2^32 + 10
           "a0808080000a",                // type, its tag in five bytes
           "a0808080100a",                // type, its tag beyond 32 bits
           "3a8a006967662f7075626c6963",  // audience, its length in two bytes
           "fb3ffc3f",                    // a group
       }) {
    odd.push_back(absl::StrCat(header, absl::HexStringToBytes(more)));
  }
  for (const std::string& bytes : odd) {
    event()->set_header(bytes);
    event()->set_signature(key_.Sign(record::kEventHeaderType, bytes));
    const absl::Status refused = Admit(item_);
    EXPECT_EQ(record::ReasonOf(refused), Reason::kFieldInvalid) << absl::BytesToHexString(bytes);
    EXPECT_TRUE(absl::StrContains(refused.message(), "shortest form")) << refused;
  }
}

TEST_F(SignedAdmissionTest, BytesThatAreNoHeaderAreNamed) {
  event()->set_header("\xff\xff");
  Expect(Reason::kFieldInvalid);
}

}  // namespace
}  // namespace liaison
