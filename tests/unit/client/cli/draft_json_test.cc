#include "client/cli/draft_json.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "client/cli/draft_reader.h"
#include "client/cli/examples.h"

namespace liaison::cli {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(absl::string_view text) {
  const absl::StatusOr<Json> json = ParseJson(text, 10);
  if (!json.ok()) return std::string(json.status().message());
  return std::string(DraftFromJson(*json).status().message());
}

v1::Draft DraftOf(absl::string_view text) {
  const absl::StatusOr<Json> json = ParseJson(text, 1);
  EXPECT_TRUE(json.ok()) << json.status();
  absl::StatusOr<v1::Draft> draft = DraftFromJson(*json);
  EXPECT_TRUE(draft.ok()) << draft.status();
  return draft.ok() ? *std::move(draft) : v1::Draft();
}

TEST(DraftJsonTest, ReadsProtoNamesAndKeepsTextVerbatim) {
  const v1::Draft draft = DraftOf(
      R"({"author":"org/a","topics":["x:y"],"topic_signal":{"title":" é\t\"<&>\u00e9 ","purpose":"PURPOSE_ACTION"}})");
  EXPECT_EQ(draft.author(), "org/a");
  EXPECT_EQ(draft.topic_signal().title(), " é\t\"<&>é ");
  EXPECT_EQ(draft.topic_signal().purpose(), v1::PURPOSE_ACTION);
}

TEST(DraftJsonTest, ReadsCamelCaseToo) { EXPECT_EQ(DraftOf(R"({"eventId":"x"})").event_id(), "x"); }

TEST(DraftJsonTest, ADigestMayStandInBase64OrInHexadecimal) {
  const std::string hex(64, '7');
  const std::string bytes(32, '\x77');
  for (const std::string& digest : {hex, absl::Base64Escape(bytes)}) {
    EXPECT_EQ(DraftOf(R"({"references":[{"digest":")" + digest + R"("}]})").references(0).digest(),
              bytes);
    EXPECT_EQ(DraftOf(R"({"redaction":{"target_digest":")" + digest + R"("}})")
                  .redaction()
                  .target_digest(),
              bytes);
  }
  // What is no digest stays what base64 says.
  EXPECT_EQ(DraftOf(R"({"key":{"public_key":")" + hex + R"("}})").key().public_key().size(), 48u);
}

TEST(DraftJsonTest, AnUnknownFieldIsNamedWithTheNearestThatExists) {
  EXPECT_EQ(ErrorOf(R"({"topic_signal":{"titel":"x"}})"),
            "field `topic_signal.titel`: there is no such field; did you mean `title`?");
  EXPECT_THAT(ErrorOf(R"({"sequence":3})"), HasSubstr("field `sequence`: there is no such field"));
}

TEST(DraftJsonTest, AnUnknownEnumNameIsNamedWithTheNearest) {
  EXPECT_THAT(ErrorOf(R"({"topic_signal":{"purpose":"PURPOSE_ACTON"}})"),
              HasSubstr("`topic_signal.purpose`: there is no `PURPOSE_ACTON`; did you mean "
                        "`PURPOSE_ACTION`?"));
}

TEST(DraftJsonTest, AValueOfAnotherTypeIsNamed) {
  EXPECT_THAT(ErrorOf(R"({"topic_signal":{"title":5}})"), HasSubstr("`topic_signal.title`"));
  EXPECT_THAT(ErrorOf(R"({"topics":"x"})"), HasSubstr("`topics`: expected a list"));
  EXPECT_THAT(ErrorOf(R"({"topics":["x",1]})"), HasSubstr("`topics[1]`"));
  EXPECT_THAT(ErrorOf(R"({"local_report":{"ldc":"yes"}})"), HasSubstr("`local_report.ldc`"));
  EXPECT_THAT(ErrorOf(R"({"local_report":{"edition":-1}})"), HasSubstr("edition"));
  EXPECT_THAT(ErrorOf(R"({"authored_time":"tomorrow"})"), HasSubstr("authored_time"));
  EXPECT_THAT(ErrorOf(R"({"topic_signal":[]})"), HasSubstr("`topic_signal`: expected an object"));
}

TEST(DraftJsonTest, TwoBodiesAreRefused) {
  EXPECT_NE(ErrorOf(R"({"topic_signal":{"title":"x"},"decision":{"title":"y"}})"), "");
}

TEST(DraftJsonTest, AFieldGivenTwiceIsNotLeftOutInSilence) {
  EXPECT_EQ(ErrorOf("{\"author\":\"org/a\",\n\"author\":\"org/b\"}"),
            "in the draft that begins on line 10: field `author` is given twice; keep one of them");
}

TEST(DraftJsonTest, BytesThatAreNotUtf8AreNamedByLineAndField) {
  const std::string error = ErrorOf("{\"topic_signal\":\n{\"title\":\"caf\xE9\"}}");
  EXPECT_THAT(error, HasSubstr("line 11: a text is not UTF-8"));
  EXPECT_THAT(error, HasSubstr("`topic_signal.title`"));
  EXPECT_THAT(error, HasSubstr("iconv"));
}

TEST(DraftJsonTest, BrokenSyntaxIsNamedByLineAndField) {
  const std::string error = ErrorOf("{\"topic_signal\":\n{\"title\" \"x\"}}");
  EXPECT_THAT(error, HasSubstr("line 11: not valid JSON"));
  EXPECT_THAT(error, HasSubstr("`topic_signal.title`"));
}

TEST(DraftJsonTest, LoneSurrogatesAreRefused) {
  EXPECT_THAT(ErrorOf(R"({"author":"\ud800x"})"), HasSubstr("not valid JSON"));
}

TEST(DraftJsonTest, DepthHasALimit) {
  std::string deep = "{\"a\":";
  for (int i = 0; i < 10000; ++i) deep += "[";
  EXPECT_THAT(ErrorOf(deep), HasSubstr("nested deeper"));
}

TEST(DraftJsonTest, WhatIsWrittenIsReadAgain) {
  for (const std::string& type : ExampleTypes()) {
    const v1::Draft draft = *DraftFromJson(ExampleOf(type)->draft);
    const absl::StatusOr<Json> json = MessageToJson(draft);
    ASSERT_TRUE(json.ok());
    for (const std::string& text : {ToLine(*json), ToPretty(*json)}) {
      EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(DraftOf(text), draft)) << type;
    }
  }
}

TEST(DraftJsonTest, ControlsThatTerminalsObeyAreEscapedAndStayTheSameText) {
  v1::Draft draft;
  draft.mutable_topic_signal()->set_title("a\x1B[2J\x7F\u009B\u00E9\u202E");
  const std::string line = ToLine(*MessageToJson(draft));
  EXPECT_THAT(line, HasSubstr("\\u001b"));
  EXPECT_THAT(line, HasSubstr("\\u007f\\u009b\u00E9\\u202e"));
  EXPECT_EQ(DraftOf(line).topic_signal().title(), draft.topic_signal().title());
}

// --- files of drafts --------------------------------------------------------------------------

TEST(DraftReaderTest, ErrorsNameFileLineAndDraft) {
  DraftReader reader("a.jsonl",
                     ReadFrom("{\"topic_signal\":{\"title\":\"x\"}}\n"
                              "{\"topic_signal\":{\"titel\":\"x\"}}\n"),
                     NamedReferences::kRefused);
  EXPECT_EQ((*reader.Next())->origin, "a.jsonl, line 1 (draft 1)");
  EXPECT_THAT(std::string(reader.Next().status().message()),
              HasSubstr("a.jsonl, line 2 (draft 2): field `topic_signal.titel`"));
}

TEST(DraftReaderTest, AFileWithoutDraftsAndADraftWithoutBodyAreErrors) {
  EXPECT_THAT(
      std::string(
          DraftReader("a", ReadFrom("\n"), NamedReferences::kRefused).Next().status().message()),
      HasSubstr("there is no draft in it"));
  EXPECT_THAT(
      std::string(
          DraftReader("a", ReadFrom("{}"), NamedReferences::kRefused).Next().status().message()),
      HasSubstr("it has no body"));
}

TEST(DraftReaderTest, NamedReferencesAreReadOnlyWhereAsked) {
  constexpr char kText[] =
      R"({"response":{},"references_by_name":[{"author":"org/a","event_id":"i","relation":"RELATION_RESPONDS_TO"}]})";
  EXPECT_FALSE(DraftReader("a", ReadFrom(kText), NamedReferences::kRefused).Next().ok());
  const auto read = DraftReader("a", ReadFrom(kText), NamedReferences::kRead).Next();
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ((*read)->named_references.size(), 1u);
  EXPECT_EQ((*read)->named_references[0].author, "org/a");
  EXPECT_EQ((*read)->named_references[0].relation, v1::RELATION_RESPONDS_TO);
}

}  // namespace
}  // namespace liaison::cli
