#include "server/domain/exact_topics.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace liaison::domain {
namespace {

namespace pb = ::igf::liaison::v1;

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CodeMapping Exact(const std::string& from, const std::string& to) {
  return {from, to, pb::CODE_MATCH_EXACT};
}

TEST(ExactTopicsTest, AreCalledWhatMappingsLeadTo) {
  const std::vector<CodeMapping> crosswalk = {Exact("2022:access", "2024:access"),
                                              Exact("2020:access", "2022:access"),
                                              Exact("watch:digital-divide", "2024:access")};
  const ExactTopics topics(crosswalk);
  for (const char* name : {"2020:access", "2022:access", "2024:access", "watch:digital-divide"}) {
    EXPECT_EQ(topics.NameOf(name), "2024:access");
    EXPECT_THAT(topics.NamesOf(name),
                ElementsAre("2020:access", "2022:access", "2024:access", "watch:digital-divide"));
  }
}

TEST(ExactTopicsTest, WhatNothingIsSaidOfIsItself) {
  const ExactTopics topics({});
  EXPECT_EQ(topics.NameOf("access"), "access");
  EXPECT_THAT(topics.NamesOf("access"), ElementsAre("access"));
}

TEST(ExactTopicsTest, OnlyAnExactMatchMakesOne) {
  const std::vector<CodeMapping> crosswalk = {{"a:child", "b:cyber", pb::CODE_MATCH_BROADER},
                                              {"a:near", "b:cyber", pb::CODE_MATCH_RELATED},
                                              Exact("b:cyber", "c:cyber")};
  const ExactTopics topics(crosswalk);
  EXPECT_EQ(topics.NameOf("a:child"), "a:child");
  EXPECT_EQ(topics.NameOf("a:near"), "a:near");
  const std::vector<CodeMapping> others = topics.Others(crosswalk);
  ASSERT_EQ(others.size(), 2u);
  EXPECT_EQ(others[0].from, "a:child");
  EXPECT_EQ(others[0].to, "c:cyber");
}

TEST(ExactTopicsTest, CirclesAndForksHaveOneNameWhateverTheirOrder) {
  const std::vector<CodeMapping> circle = {Exact("b", "a"), Exact("a", "b"), Exact("a", "a")};
  EXPECT_EQ(ExactTopics(circle).NameOf("b"), "a");
  std::vector<CodeMapping> fork = {Exact("a", "z"), Exact("a", "y")};
  EXPECT_EQ(ExactTopics(fork).NameOf("a"), "y");
  std::swap(fork[0], fork[1]);
  EXPECT_EQ(ExactTopics(fork).NameOf("z"), "y");
  EXPECT_THAT(ExactTopics(fork).Others(fork), IsEmpty());
}

}  // namespace
}  // namespace liaison::domain
