// Reading shared fairly, and nobody with a conflict.

#include "server/domain/reading_plan.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"

namespace liaison::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<ReadingInput> Inputs(size_t count, uint64_t words = 400) {
  std::vector<ReadingInput> inputs;
  for (size_t i = 0; i < count; ++i) inputs.push_back({absl::StrCat("input-", i), words});
  return inputs;
}

std::vector<Reader> Members(size_t count) {
  std::vector<Reader> members;
  for (size_t i = 0; i < count; ++i) members.push_back({absl::StrCat("seat-", i), {}, {}});
  return members;
}

// Every input has as many different readers as wanted, none with a conflict.
void ExpectSound(const ReadingPlan& plan, const std::vector<ReadingInput>& inputs,
                 const std::vector<Reader>& members, size_t readers) {
  std::map<std::string, size_t> count;
  for (size_t i = 0; i < members.size(); ++i) {
    EXPECT_EQ(plan.shares[i].seat, members[i].seat);
    EXPECT_LE(plan.shares[i].inputs.size(), plan.largest_share);
    std::set<std::string> once;
    for (const std::string& input : plan.shares[i].inputs) {
      EXPECT_EQ(members[i].conflicts.count(input), 0u) << members[i].seat << " " << input;
      EXPECT_TRUE(once.insert(input).second);
      ++count[input];
    }
  }
  for (const ReadingInput& input : inputs) EXPECT_EQ(count[input.id], readers) << input.id;
}

TEST(ReadingPlanTest, WhatIsDoneIsUnreadWorkOfNobodyAndLacksNobody) {
  auto inputs = Inputs(2);
  const auto before = PlanReading(inputs, Members(2), {});
  inputs[0].done = true;
  const auto plan = PlanReading(inputs, Members(2), {});
  ASSERT_TRUE(before.ok() && plan.ok());
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(plan->shares[i].inputs, before->shares[i].inputs) << "shares stay as they are";
    EXPECT_THAT(plan->shares[i].unread, ElementsAre("input-1"));
    EXPECT_EQ(plan->shares[i].minutes_left, 2u);
  }
  auto in_conflict = Members(2);
  in_conflict[0].conflicts = {"input-0", "input-1"};
  const auto short_of_one = PlanReading(inputs, in_conflict, {});
  ASSERT_TRUE(short_of_one.ok());
  ASSERT_EQ(short_of_one->shortfalls.size(), 1u);
  EXPECT_EQ(short_of_one->shortfalls[0].input, "input-1");
}

TEST(ReadingPlanTest, The352InputsOf2025For40MembersAreAtMost18Each) {
  const auto inputs = Inputs(352);
  auto members = Members(40);
  // Everybody has written some, a few have conflicts about many.
  for (size_t i = 0; i < inputs.size(); ++i) {
    members[(i * 7) % 40].conflicts.insert(inputs[i].id);
    if (i % 3 != 0) members[3].conflicts.insert(inputs[i].id);
    if (i % 2 == 0) members[11].conflicts.insert(inputs[i].id);
  }
  auto plan = PlanReading(inputs, members, {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_LE(plan->largest_share, 18u);
  EXPECT_THAT(plan->shortfalls, IsEmpty());
  ExpectSound(*plan, inputs, members, 2);
}

TEST(ReadingPlanTest, TheLargestShareIsAsSmallAsConflictsAllow) {
  // Only two of the four may read the first six inputs: three readers' worth falls on each.
  const auto inputs = Inputs(8);
  auto members = Members(4);
  for (size_t i = 0; i < 6; ++i) {
    members[0].conflicts.insert(inputs[i].id);
    members[1].conflicts.insert(inputs[i].id);
  }
  auto plan = PlanReading(inputs, members, {1, 200});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->largest_share, 3u);
  ExpectSound(*plan, inputs, members, 1);
}

TEST(ReadingPlanTest, SharesAreMovedOnByWayOfOthers) {
  // A takes a, b by its place in line, and must hand on to C by way of B.
  const std::vector<ReadingInput> inputs = {{"x", 1}, {"y", 1}, {"z", 1}};
  std::vector<Reader> members = {{"A", {"z"}, {}}, {"B", {"y"}, {}}, {"C", {"x", "y"}, {}}};
  auto plan = PlanReading(inputs, members, {1, 200});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->largest_share, 1u);
  ExpectSound(*plan, inputs, members, 1);
}

TEST(ReadingPlanTest, WhereThereAreTooFewReadersItSaysWhichInputAndHowMany) {
  const auto inputs = Inputs(3);
  auto members = Members(3);
  members[0].conflicts.insert("input-1");
  members[2].conflicts.insert("input-1");
  auto plan = PlanReading(inputs, members, {2, 200});
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->shortfalls.size(), 1u);
  EXPECT_EQ(plan->shortfalls[0].input, "input-1");
  EXPECT_EQ(plan->shortfalls[0].wanted, 2u);
  EXPECT_EQ(plan->shortfalls[0].found, 1u);
}

TEST(ReadingPlanTest, WithoutMembersEveryInputIsAShortfall) {
  auto plan = PlanReading(Inputs(2), {}, {});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->shortfalls.size(), 2u);
  EXPECT_EQ(plan->largest_share, 0u);
}

TEST(ReadingPlanTest, WhatIsReadStaysWithWhoReadItAndCostsNoMoreTime) {
  const auto inputs = Inputs(4, 450);
  auto members = Members(2);
  members[1].read = {"input-0", "input-1"};
  auto plan = PlanReading(inputs, members, {1, 200});
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(plan->shares[1].inputs, ElementsAre("input-0", "input-1"));
  EXPECT_THAT(plan->shares[1].unread, IsEmpty());
  EXPECT_EQ(plan->shares[1].minutes_left, 0u);
  EXPECT_THAT(plan->shares[0].unread, ElementsAre("input-2", "input-3"));
  EXPECT_EQ(plan->shares[0].minutes_left, 5u);  // 900 words, rounded up
}

TEST(ReadingPlanTest, SomeoneWhoDeclaredAConflictAfterReadingIsNoReader) {
  auto members = Members(2);
  members[0].read = {"input-0"};
  members[0].conflicts = {"input-0"};
  auto plan = PlanReading(Inputs(1), members, {1, 200});
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(plan->shares[1].inputs, ElementsAre("input-0"));
}

TEST(ReadingPlanTest, NotAlwaysTheSameTwoReadTogether) {
  const auto inputs = Inputs(30);
  auto plan = PlanReading(inputs, Members(6), {2, 200});
  ASSERT_TRUE(plan.ok());
  std::map<std::string, std::vector<size_t>> readers;
  for (size_t i = 0; i < 6; ++i) {
    for (const std::string& input : plan->shares[i].inputs) readers[input].push_back(i);
  }
  std::map<std::vector<size_t>, size_t> pairs;
  for (const auto& [input, pair] : readers) ++pairs[pair];
  EXPECT_GE(pairs.size(), 12u) << "of fifteen";
}

TEST(ReadingPlanTest, ArgumentsThatMakeNoPlanAreRefused) {
  using record::Reason;
  EXPECT_EQ(record::ReasonOf(PlanReading({}, {}, {0, 200}).status()), Reason::kFieldInvalid);
  EXPECT_EQ(record::ReasonOf(PlanReading({}, {}, {2, 0}).status()), Reason::kFieldInvalid);
  EXPECT_EQ(record::ReasonOf(PlanReading({{"a", 1}, {"a", 1}}, {}, {}).status()),
            Reason::kFieldInvalid);
  EXPECT_EQ(record::ReasonOf(PlanReading({}, {{"s", {}, {}}, {"s", {}, {}}}, {}).status()),
            Reason::kFieldInvalid);
}

}  // namespace
}  // namespace liaison::domain
