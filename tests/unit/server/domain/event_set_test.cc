// Sets of events: what is lent is not copied, and counts once.

#include "server/domain/event_set.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace liaison::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EventSetTest, HoldsEachOnceInOrder) {
  EventSet set;
  EXPECT_TRUE(set.empty());
  for (uint64_t sequence : {5, 3, 9, 3, 5, 1}) set.Add(sequence);
  EXPECT_THAT(set.First(), ElementsAre(1, 3, 5, 9));
  EXPECT_EQ(set.size(), 4u);
  EXPECT_THAT(set.First(2), ElementsAre(1, 3));
}

TEST(EventSetTest, WhatIsInTwoRunsCountsOnceWhenTheyAreMerged) {
  const std::vector<uint64_t> run = {2, 4, 8};
  const std::vector<uint64_t> other = {3, 7};
  const std::vector<uint64_t> overlapping = {3, 4, 6};
  EventSet set;
  set.Lend(run);
  set.Lend(other);
  set.Lend({});
  set.Add(5);
  EXPECT_EQ(set.size(), 6u);
  EXPECT_THAT(set.First(), ElementsAre(2, 3, 4, 5, 7, 8));
  EXPECT_THAT(set.First(3), ElementsAre(2, 3, 4));

  EventSet more;
  more.Lend(overlapping);
  more.Add(5);
  more.Merge(set);
  EXPECT_THAT(more.First(), ElementsAre(2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(more.size(), 7u);
}

TEST(EventSetTest, BothAndTheRest) {
  const std::vector<uint64_t> run = {2, 4, 8};
  const std::vector<uint64_t> other = {3, 7};
  EventSet a;
  a.Lend(run);
  a.Lend(other);
  a.Add(1);
  a.Add(5);
  EventSet b;
  b.Lend(run);
  b.Add(5);
  b.Add(6);
  EXPECT_THAT(a.And(b).First(), ElementsAre(2, 4, 5, 8));
  EXPECT_THAT(a.Without(b).First(), ElementsAre(1, 3, 7));
  EXPECT_THAT(b.Without(a).First(), ElementsAre(6));
  EXPECT_THAT(EventSet().And(a).First(), IsEmpty());
}

}  // namespace
}  // namespace liaison::domain
