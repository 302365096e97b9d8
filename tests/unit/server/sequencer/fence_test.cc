#include "server/sequencer/fence.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "proto/record/errors.h"
#include "server/sequencer/submit.h"
#include "tests/support/test_hub.h"

namespace liaison::sequencer {
namespace {

using record::Reason;
using record::ReasonOf;

// A proposal of one statement, whose answer goes to `answers`.
Proposal Saying(testing::TestHub& hub, const testing::pb::Draft& draft, Answers* answers) {
  Proposal proposal;
  proposal.statements.push_back(*hub.admission().Admit(testing::Item(draft), "items[0]"));
  proposal.done = [answers](Answers given) { *answers = std::move(given); };
  return proposal;
}

TEST(FencedLogTest, IsTheOrderBehindItUntilItIsShut) {
  LocalProposalLog order;
  FencedLog fenced(&order);
  EXPECT_TRUE(fenced.condition().ok());
  ASSERT_TRUE(fenced.Propose(Proposal{}).ok());
  EXPECT_EQ(fenced.Take(absl::ZeroDuration()).size(), 1u);
  fenced.Close();
  EXPECT_EQ(ReasonOf(fenced.Propose(Proposal{})), Reason::kShuttingDown);
  EXPECT_EQ(ReasonOf(fenced.condition()), Reason::kShuttingDown);
  EXPECT_TRUE(fenced.drained());
}

TEST(FencedLogTest, OnceShutNothingComesInAndEverybodyIsToldTheFirstReason) {
  LocalProposalLog order;
  FencedLog fenced(&order);
  ASSERT_TRUE(fenced.Propose(Proposal{}).ok());
  fenced.Shut(record::Error(Reason::kReadOnly, "fictional: the first"));
  fenced.Shut(record::Error(Reason::kInternal, "fictional: the second"));
  for (const absl::Status& told : {fenced.Propose(Proposal{}), fenced.condition()}) {
    EXPECT_EQ(ReasonOf(told), Reason::kReadOnly);
    EXPECT_EQ(told.message(), "fictional: the first");
  }
  EXPECT_EQ(fenced.Take(absl::ZeroDuration()).size(), 1u) << "what was in is still taken";
  EXPECT_TRUE(fenced.Take(absl::ZeroDuration()).empty());
  fenced.Close();
  EXPECT_EQ(ReasonOf(fenced.condition()), Reason::kReadOnly) << "why it was shut stays";
}

TEST(FencedLogTest, ARetryIsAnsweredByWhatIsThere) {
  testing::TestHub hub;
  const testing::pb::Draft draft = testing::Signal("fictional sample");
  ASSERT_TRUE(hub.Publish(draft).ok());
  LocalProposalLog order;
  FencedLog fenced(&order);
  fenced.Shut(record::Error(Reason::kReadOnly, "fictional"));
  Answers answers;
  ASSERT_TRUE(Submit(hub.log(), &fenced, Saying(hub, draft, &answers)).ok());
  EXPECT_TRUE(answers.at(0)->duplicate);
  const absl::Status fresh =
      Submit(hub.log(), &fenced, Saying(hub, testing::Signal("another"), &answers));
  EXPECT_EQ(ReasonOf(fresh), Reason::kReadOnly);
}

// Everything that was let in came before the fence fell, and all of it is taken.
TEST(FencedLogTest, FallsOnceWhileManyPropose) {
  LocalProposalLog order;
  FencedLog fenced(&order);
  std::vector<size_t> let_in(4);
  std::vector<std::thread> proposing;
  proposing.reserve(let_in.size());
  for (size_t& mine : let_in) {
    proposing.emplace_back([&fenced, &mine] {
      bool shut = false;
      for (int i = 0; i < 200; ++i) {
        const bool taken = fenced.Propose(Proposal{}).ok();
        EXPECT_FALSE(taken && shut) << "it was let in behind one that was not";
        shut = shut || !taken;
        mine += taken ? 1 : 0;
      }
    });
  }
  fenced.Shut(record::Error(Reason::kReadOnly, "fictional"));
  for (std::thread& thread : proposing) thread.join();
  size_t sum = 0;
  for (const size_t mine : let_in) sum += mine;
  size_t taken = 0;
  while (true) {
    const size_t more = fenced.Take(absl::ZeroDuration()).size();
    if (more == 0) break;
    taken += more;
  }
  EXPECT_EQ(taken, sum);
}

}  // namespace
}  // namespace liaison::sequencer
