// What the hub says in a form for machines is what it says in English.

#include "server/domain/sentences.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"

namespace liaison::domain {
namespace {

namespace pb = ::igf::liaison::v1;

struct Example {
  pb::Sentence sentence;
  std::string english;
};

// The dashboard says the same ones, sentences_test.ts.
std::vector<Example> Examples() {
  std::ifstream file(LIAISON_SOURCE_DIR "/tests/unit/server/domain/testdata/sentences.json");
  std::vector<Example> examples;
  for (const nlohmann::json& one : nlohmann::json::parse(file)) {
    Example& example = examples.emplace_back();
    EXPECT_TRUE(
        google::protobuf::util::JsonStringToMessage(one.at("sentence").dump(), &example.sentence)
            .ok());
    example.english = one.at("english");
  }
  return examples;
}

TEST(SentencesTest, AreSaidInEnglishAsTheirWordsHaveIt) {
  for (const Example& example : Examples()) {
    EXPECT_EQ(InEnglish(example.sentence), example.english) << example.sentence.code();
  }
}

TEST(SentencesTest, EveryCodeHasAnExample) {
  std::set<std::string> codes = {"list.comma", "list.semicolon"};
  for (const Example& example : Examples()) codes.insert(example.sentence.code());
  for (const EnglishSentence& one : kEnglishSentences) {
    EXPECT_EQ(codes.count(std::string(one.code)), 1u) << one.code;
  }
}

TEST(SentencesTest, ValuesArePutInOnceAndAsTheyAre) {
  EXPECT_EQ(InEnglish(Say("event.titled").With("title", "{title} of {number}")),
            "“{title} of {number}”");
  EXPECT_EQ(InEnglish(Say("silence.row")
                          .With("row", Say("silence.all"))
                          .With("counts", {Say("silence.no_inputs"),
                                           Say("silence.nris").With("n", uint64_t{1})})),
            "all: no inputs, 1 initiative.");
}

TEST(SentencesTest, WithoutWordsOrValuesItIsSaidAsItIs) {
  pb::Sentence unknown;
  unknown.set_code("digest.of_next_year");
  EXPECT_EQ(InEnglish(unknown), "digest.of_next_year");
  EXPECT_EQ(InEnglish(Say("event.titled")), "“{title}”");
}

}  // namespace
}  // namespace liaison::domain
