#include "client/cli/examples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "absl/strings/match.h"
#include "proto/record/event_types.h"
#include "proto/record/names.h"
#include "proto/record/pae.h"
#include "proto/record/signature.h"

namespace liaison::cli {
namespace {

using ::testing::HasSubstr;

v1::Draft DraftOf(const std::string& type) { return *DraftFromJson(ExampleOf(type)->draft); }

// Calls `visit(name of the field, text)` for every text in the JSON.
void ForEachText(const Json& json, const std::string& name,
                 const std::function<void(const std::string&, const std::string&)>& visit) {
  if (json.is_string()) return visit(name, json.get<std::string>());
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) ForEachText(value, key, visit);
  } else if (json.is_array()) {
    for (const Json& value : json) ForEachText(value, name, visit);
  }
}

TEST(ExamplesTest, ThereIsOneOfEveryTypeThatCanBeDrafted) {
  std::vector<std::string> draftable;
  for (const record::EventTypeInfo& info : record::EventTypes()) {
    if (!info.draft_field.empty()) draftable.emplace_back(info.name);
  }
  EXPECT_THAT(ExampleTypes(), ::testing::UnorderedElementsAreArray(draftable));
}

class ExampleTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ExampleTest, IsADraftOfItsTypeForEverybody) {
  const v1::Draft draft = DraftOf(GetParam());
  EXPECT_EQ(record::FindEventType(record::DraftType(draft))->name, GetParam());
  // What one member thinks of a candidate is for the MAG's eyes.
  EXPECT_EQ(draft.audience(), GetParam() == "evaluation" ? "igf/mag" : "igf/public");
  EXPECT_EQ(draft.event_id(), "");
  EXPECT_TRUE(record::IsOrganisation(draft.author()));
  EXPECT_TRUE(draft.cycle().empty() || record::IsCycle(draft.cycle()));
  for (const std::string& topic : draft.topics()) EXPECT_TRUE(record::IsTopic(topic));
}

TEST_P(ExampleTest, SaysFictionalInItsWordsAndNowhereElse) {
  const std::regex words(
      "title|text|desired_outcome|acting_as|name|area|label|venue|process|"
      "convergence|disagreement|reason|reasons|focus_question|outcome_product|"
      "outcome_test|mandate|source|comment|product|test_note|engine|"
      "engine_version|reviewer_role");
  ForEachText(ExampleOf(GetParam())->draft, "", [&](const auto& name, const auto& text) {
    if (std::regex_match(text, std::regex("[A-Z_]+"))) return;  // an enum's name
    EXPECT_EQ(absl::StrContains(text, "fictional"), std::regex_match(name, words))
        << name << ": " << text;
  });
}

INSTANTIATE_TEST_SUITE_P(Types, ExampleTest, ::testing::ValuesIn(ExampleTypes()),
                         [](const auto& type) {
                           return std::regex_replace(type.param, std::regex("-"), "_");
                         });

TEST(ExamplesTest, TheKeyIsGoodAndShowsPossession) {
  const v1::Key key = DraftOf("key").key();
  EXPECT_TRUE(record::CheckPublicKey(key.public_key()).ok());
  EXPECT_TRUE(record::VerifySignature(key.public_key(), record::kKeyPossessionType,
                                      key.organisation(), key.possession()));
}

TEST(ExamplesTest, WhatNeedsAReferenceSaysSo) {
  for (const char* type : {"response", "redaction", "position", "grouping", "carry-over"}) {
    EXPECT_THAT(ExampleOf(type)->note, HasSubstr("zeros"));
  }
  EXPECT_EQ(ExampleOf("topic-signal")->note, "");
}

TEST(ExamplesTest, AnUnknownTypeNamesTheNearest) {
  EXPECT_THAT(std::string(ExampleOf("topic-sginal").status().message()),
              HasSubstr("did you mean `topic-signal`?"));
}

}  // namespace
}  // namespace liaison::cli
