#include "server/fanout/filter.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "proto/record/event_types.h"
#include "proto/record/hash.h"
#include "proto/record/limits.h"

namespace liaison::fanout {
namespace {

namespace pb = ::igf::liaison::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

pb::EventHeader Header() {
  pb::EventHeader header;
  header.set_type(pb::EVENT_TYPE_TOPIC_SIGNAL);
  header.set_author("org/apnic");
  header.set_audience("igf/public");
  header.set_cycle("2027");
  header.set_language("fr");
  header.add_topics("igf-call-2022:cyber.child");
  header.add_topics("gip-digwatch:infra");
  header.add_references()->set_digest(std::string(record::Sha256Of("x").bytes()));
  return header;
}

bool Matches(const std::string& text) {
  auto filter = Filter::Parse(text);
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return filter.ok() && filter->Matches(Header());
}

TEST(FilterTest, EveryField) {
  EXPECT_TRUE(Matches(""));
  EXPECT_TRUE(Matches("type = topic-signal"));
  EXPECT_FALSE(Matches("type = decision"));
  EXPECT_TRUE(Matches("author=org/apnic"));
  EXPECT_FALSE(Matches("author=org/apnic/desk"));
  EXPECT_TRUE(Matches("audience:igf/public"));
  EXPECT_TRUE(Matches("cycle = 2027"));
  EXPECT_TRUE(Matches("language = \"fr\""));
  EXPECT_TRUE(Matches("reference = " + record::Sha256Of("x").ToHex()));
  EXPECT_FALSE(Matches("reference = " + record::Sha256Of("y").ToHex()));
}

TEST(FilterTest, ATopicIsMetByWhatLiesBelowIt) {
  EXPECT_TRUE(Matches("topic = igf-call-2022:cyber.child"));
  EXPECT_TRUE(Matches("topic = igf-call-2022:cyber"));
  EXPECT_TRUE(Matches("topic = \"igf-call-2022:\""));
  EXPECT_TRUE(Matches("topic = gip-digwatch:infra"));
  EXPECT_FALSE(Matches("topic = igf-call-2022:cyb"));
  EXPECT_FALSE(Matches("topic = igf-call-2022:cyber.child.x"));
  EXPECT_FALSE(Matches("topic = cyber"));
}

TEST(FilterTest, Logic) {
  EXPECT_TRUE(Matches("type = decision OR cycle = 2027"));
  EXPECT_FALSE(Matches("type = decision AND cycle = 2027"));
  EXPECT_TRUE(Matches("NOT type = decision"));
  EXPECT_TRUE(Matches("-type = decision cycle = 2027"));
  EXPECT_TRUE(Matches("type != decision AND (cycle = 2026 OR cycle = 2027)"));
  // AND before OR: (false AND false) OR true.
  EXPECT_TRUE(Matches("type = decision AND cycle = 2026 OR language = fr"));
  EXPECT_FALSE(Matches("type = decision AND (cycle = 2026 OR language = fr)"));
}

TEST(FilterTest, WhatIsWrongIsSaidWithItsPlace) {
  const char* bad[] = {"colour = red",
                       "type",
                       "type =",
                       "type = nonsense",
                       "cycle = 2027 AND",
                       "(cycle = 1",
                       "cycle = 1)",
                       "author = APNIC",
                       "language = \"fr",
                       "topic = :x",
                       "reference=12",
                       "type ! decision",
                       "NOT",
                       "= x",
                       "type == x",
                       "cycle = 2027 OR OR"};
  for (const char* text : bad) {
    const absl::Status status = Filter::Parse(text).status();
    EXPECT_EQ(record::ReasonOf(status), record::Reason::kFilterInvalid) << text;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("at character")) << text;
  }
}

TEST(FilterTest, SizeTermsAndDepthAreBounded) {
  std::string many = "cycle = 1";
  for (int i = 1; i < record::kMaxFilterTerms; ++i) many += " OR cycle = 1";
  EXPECT_TRUE(Filter::Parse(many).ok());
  EXPECT_FALSE(Filter::Parse(many + " OR cycle = 1").ok());
  EXPECT_FALSE(Filter::Parse(std::string(record::kMaxFilterSizeBytes + 1, ' ')).ok());
  EXPECT_FALSE(Filter::Parse(std::string(3000, '(') + "cycle = 1").ok());
  EXPECT_FALSE(Filter::Parse(std::string(3000, '-') + "cycle = 1").ok());
}

TEST(FilterTest, DrivingTermsHoldOfEveryMatch) {
  const auto driving = [](const std::string& text) { return Filter::Parse(text)->driving_terms(); };
  using record::Term;
  using record::TermKind;
  EXPECT_THAT(driving("cycle = 2027"), ElementsAre(Term(TermKind::kCycle, "2027")));
  EXPECT_THAT(driving("type = decision AND cycle = 2027"),
              ElementsAre(Term(TermKind::kCycle, "2027")));
  EXPECT_THAT(driving("cycle = 2027 AND type = decision"),
              ElementsAre(Term(TermKind::kCycle, "2027")));
  EXPECT_THAT(driving("cycle = 2026 OR cycle = 2027"),
              ElementsAre(Term(TermKind::kCycle, "2026"), Term(TermKind::kCycle, "2027")));
  EXPECT_THAT(driving("NOT cycle = 2027"), IsEmpty());
  EXPECT_THAT(driving("cycle = 2027 OR NOT language = fr"), IsEmpty());
  EXPECT_THAT(driving("cycle = 2027 AND NOT language = fr"),
              ElementsAre(Term(TermKind::kCycle, "2027")));
}

}  // namespace
}  // namespace liaison::fanout
