#include "server/web/shared_bodies.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/web/limits.h"

namespace liaison::web {
namespace {

TEST(AnswerBudgetTest, WhatWasTakenIsGivenBackOnce) {
  AnswerBudget budget(100);
  auto first = budget.Take(60);
  ASSERT_TRUE(first);
  EXPECT_FALSE(budget.Take(41));
  {
    const auto second = budget.Take(40);
    EXPECT_TRUE(second);
    EXPECT_EQ(budget.taken_bytes(), 100);
  }
  AnswerBudget::Share moved = *std::move(first);
  EXPECT_EQ(budget.taken_bytes(), 60);
  moved = {};
  first.reset();
  EXPECT_EQ(budget.taken_bytes(), 0);
  EXPECT_EQ(budget.refused(), 1);
}

TEST(SharedBodiesTest, ABodyIsMadeOnceForItsKey) {
  AnswerBudget budget(1000);
  SharedBodies bodies(&budget);
  int made = 0;
  const auto make = [&made]() -> absl::StatusOr<std::string> { return absl::StrCat(++made); };
  const Body first = bodies.Get("a", make).value();
  EXPECT_EQ(bodies.Get("a", make).value(), first);
  EXPECT_EQ(*bodies.Get("b", make).value(), "2");
  EXPECT_EQ(budget.taken_bytes(), 2);
}

TEST(SharedBodiesTest, WhatWasNotMadeIsMadeByTheNextWhoAsks) {
  AnswerBudget budget(1000);
  SharedBodies bodies(&budget);
  EXPECT_TRUE(absl::IsNotFound(
      bodies.Get("a", [] { return absl::StatusOr<std::string>(absl::NotFoundError("")); })
          .status()));
  EXPECT_TRUE(bodies.Get("a", [] { return absl::StatusOr<std::string>("x"); }).ok());
}

TEST(SharedBodiesTest, WithoutRoomItIsRefusedUntilAReaderIsThrough) {
  AnswerBudget budget(10);
  auto bodies = std::make_unique<SharedBodies>(&budget);
  const auto make = [] { return absl::StatusOr<std::string>(std::string(8, 'x')); };
  Body reader = bodies->Get("a", make).value();
  EXPECT_TRUE(absl::IsResourceExhausted(bodies->Get("b", make).status()));
  bodies.reset();
  EXPECT_EQ(*reader, "xxxxxxxx");  // whoever reads it still has it
  EXPECT_EQ(budget.taken_bytes(), 8);
  reader.reset();
  EXPECT_EQ(budget.taken_bytes(), 0);
}

TEST(SharedBodiesTest, OlderOnesMakeWay) {
  AnswerBudget budget(10 * kSharedBodiesSizeBytes);
  SharedBodies bodies(&budget);
  const auto make = [] {
    return absl::StatusOr<std::string>(std::string(kSharedBodiesSizeBytes / 2, 'x'));
  };
  const Body first = bodies.Get("a", make).value();
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(bodies.Get(absl::StrCat(i), make).ok());
  EXPECT_EQ(budget.taken_bytes(), int64_t{3 * kSharedBodiesSizeBytes / 2});
  EXPECT_NE(bodies.Get("a", make).value(), first);
}

}  // namespace
}  // namespace liaison::web
