#include "client/cli/field_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace liaison::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

FieldPath Path(absl::string_view name, v1::EventType type = v1::EVENT_TYPE_TOPIC_SIGNAL) {
  absl::StatusOr<FieldPath> path = FieldPath::Find(name, type);
  EXPECT_TRUE(path.ok()) << path.status();
  return *std::move(path);
}

std::string ErrorOf(absl::string_view name) {
  return std::string(FieldPath::Find(name, v1::EVENT_TYPE_TOPIC_SIGNAL).status().message());
}

TEST(FieldPathTest, SetsAndGetsEveryKindOfValue) {
  struct Case {
    const char* name;
    v1::EventType type;
    std::vector<std::string> values;
  };
  for (const Case& c : std::vector<Case>{
           {"cycle", v1::EVENT_TYPE_TOPIC_SIGNAL, {"2027"}},
           {"topics", v1::EVENT_TYPE_TOPIC_SIGNAL, {"a:b", "unspecified"}},
           {"channel", v1::EVENT_TYPE_TOPIC_SIGNAL, {"form"}},
           {"title", v1::EVENT_TYPE_TOPIC_SIGNAL, {" é "}},
           {"topic_signal.title", v1::EVENT_TYPE_TOPIC_SIGNAL, {"x"}},
           {"evidence.uri", v1::EVENT_TYPE_TOPIC_SIGNAL, {"https://a", "https://b"}},
           {"authored_time", v1::EVENT_TYPE_TOPIC_SIGNAL, {"2027-01-05T08:12:00Z"}},
           {"recorded_for.individual.region", v1::EVENT_TYPE_TOPIC_SIGNAL, {"grulac"}},
           {"personal.contacts.email", v1::EVENT_TYPE_TOPIC_SIGNAL, {"a@example.org"}},
           {"edition", v1::EVENT_TYPE_LOCAL_REPORT, {"4"}},
           {"ldc", v1::EVENT_TYPE_LOCAL_REPORT, {"true"}},
           {"key_messages.text", v1::EVENT_TYPE_LOCAL_REPORT, {"one", "", "three"}},
       }) {
    const FieldPath path = Path(c.name, c.type);
    v1::Draft draft;
    for (const std::string& value : c.values) {
      if (!value.empty()) {
        EXPECT_TRUE(path.Check(value).ok()) << path.Check(value);
      }
    }
    path.Set(c.values, &draft);
    EXPECT_EQ(path.Get(draft), c.values) << c.name << ": " << draft.ShortDebugString();
  }
}

TEST(FieldPathTest, TwoPathsThroughOneListMeetInItsElements) {
  v1::Draft draft;
  Path("evidence.uri").Set({"https://a", "https://b"}, &draft);
  Path("evidence.title").Set({"A"}, &draft);
  ASSERT_EQ(draft.topic_signal().evidence_size(), 2);
  EXPECT_EQ(draft.topic_signal().evidence(0).title(), "A");
  EXPECT_THAT(Path("evidence.title").Get(draft), ElementsAre("A"));
}

TEST(FieldPathTest, WhatIsNotSetIsEmpty) {
  const v1::Draft draft;
  for (const char* name : {"title", "topics", "channel", "recorded_for.individual.region",
                           "authored_time", "evidence.uri"}) {
    EXPECT_THAT(Path(name).Get(draft), IsEmpty()) << name;
  }
}

TEST(FieldPathTest, ChecksByTheGrammarOfTheField) {
  EXPECT_FALSE(Path("author").Check("EuroDIG").ok());
  EXPECT_FALSE(Path("audience").Check("everybody").ok());
  EXPECT_FALSE(Path("topics").Check("Cyber Security").ok());
  EXPECT_FALSE(Path("language").Check("french").ok());
  EXPECT_FALSE(Path("requested_date").Check("31/03/2027").ok());
  EXPECT_FALSE(Path("title").Check(std::string(1001, 'x')).ok());
  EXPECT_FALSE(Path("title").Check("caf\xE9").ok());
  EXPECT_FALSE(Path("edition", v1::EVENT_TYPE_LOCAL_REPORT).Check("007").ok());
  EXPECT_FALSE(Path("edition", v1::EVENT_TYPE_LOCAL_REPORT).Check("-1").ok());
  EXPECT_THAT(std::string(Path("purpose").Check("acton").message()),
              HasSubstr("did you mean `action`?"));
}

TEST(FieldPathTest, NamesTheNearestField) {
  EXPECT_THAT(ErrorOf("titel"), HasSubstr("did you mean `title`?"));
  EXPECT_THAT(ErrorOf("recorded_for.individual.regoin"),
              HasSubstr("did you mean `recorded_for.individual.region`?"));
}

TEST(FieldPathTest, WhatTheImportMakesItselfCannotBeMapped) {
  for (const char* name :
       {"event_id", "references.digest", "attachments.name", "external_ids.id"}) {
    EXPECT_THAT(ErrorOf(name), HasSubstr("cannot be set from a table")) << name;
  }
  EXPECT_THAT(ErrorOf("topic_signal"), HasSubstr("there is no field"));
  EXPECT_THAT(
      std::string(
          FieldPath::Find("sessions.topics", v1::EVENT_TYPE_LOCAL_REPORT).status().message()),
      HasSubstr("a list inside a list"));
}

}  // namespace
}  // namespace liaison::cli
