#include "server/sequencer/sequencer.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "proto/record/proof.h"
#include "server/domain/decide.h"
#include "server/sequencer/group.h"
#include "server/sequencer/limits.h"
#include "server/sequencer/submit.h"
#include "tests/simulation/disk.h"
#include "tests/support/fictional_igf.h"
#include "tests/support/test_hub.h"

namespace liaison {
namespace {

using record::Reason;
using record::ReasonOf;
using testing::Signal;
using testing::TestHub;
namespace pb = ::igf::liaison::v1;

TEST(SequencerTest, ANewLogBeginsWithItsRules) {
  TestHub hub;
  EXPECT_EQ(hub.log().head().sequence, 1u);
  auto leaf = record::DecodeLeaf(hub.log().Read(1)->leaf);
  ASSERT_TRUE(leaf.ok());
  EXPECT_EQ(leaf->kind, record::LeafKind::kRules);
  EXPECT_EQ(leaf->rules_version, domain::kCurrentRulesVersion);
  hub.Restart();
  EXPECT_EQ(hub.log().head().sequence, 1u);
}

// Proposes it to the hub and waits for its answers.
sequencer::Answers Ask(TestHub* hub, sequencer::Proposal proposal) {
  absl::Notification answered;
  sequencer::Answers answers;
  proposal.done = [&](sequencer::Answers given) {
    answers = std::move(given);
    answered.Notify();
  };
  EXPECT_TRUE(hub->proposals().Propose(std::move(proposal)).ok());
  answered.WaitForNotification();
  return answers;
}

sequencer::Proposal ProposalOf(TestHub* hub, const pb::Draft& draft) {
  sequencer::Proposal proposal;
  proposal.statements.push_back(*hub->admission().Admit(testing::Item(draft), "items[0]"));
  return proposal;
}

std::optional<std::string> ControlRow(TestHub* hub, const std::string& key) {
  return *hub->log().GetRow(storage::Table::kControl, key);
}

TEST(SequencerTest, WhatIsHeldLeavesItsRowAndNoEvent) {
  TestHub hub;
  const sequencer::Hold hold{sequencer::ControlChange{"held", std::nullopt, "kept"},
                             record::Error(Reason::kApprovalNeeded, "a second person")};
  pb::Draft refused = Signal("fictional");
  refused.mutable_topic_signal()->set_requested_date("1999-01-01");
  sequencer::Proposal proposal = ProposalOf(&hub, refused);
  proposal.holds[0] = hold;
  EXPECT_EQ(ReasonOf(Ask(&hub, std::move(proposal))[0].status()), Reason::kDatePast);
  EXPECT_EQ(ControlRow(&hub, "held"), std::nullopt) << "what would not enter does not wait";

  const uint64_t head = hub.log().head().sequence;
  const pb::Draft draft = Signal("fictional sample");
  proposal = ProposalOf(&hub, draft);
  proposal.holds[0] = hold;
  EXPECT_EQ(ReasonOf(Ask(&hub, std::move(proposal))[0].status()), Reason::kApprovalNeeded);
  EXPECT_EQ(hub.log().head().sequence, head);
  hub.Restart();
  EXPECT_EQ(ControlRow(&hub, "held"), "kept");
  // What the log has already is answered, held or not.
  ASSERT_TRUE(hub.Publish(draft).ok());
  proposal = ProposalOf(&hub, draft);
  proposal.holds[0] = hold;
  const auto again = Ask(&hub, std::move(proposal));
  ASSERT_TRUE(again[0].ok());
  EXPECT_TRUE(again[0]->duplicate);
}

TEST(SequencerTest, ARowAndAStatementComeTogetherOrNotAtAll) {
  TestHub hub;
  sequencer::Proposal proposal;
  proposal.control = sequencer::ControlChange{"row", std::nullopt, "kept"};
  EXPECT_TRUE(Ask(&hub, std::move(proposal)).empty());
  const auto take = [&hub](const pb::Draft& draft) {
    sequencer::Proposal both = ProposalOf(&hub, draft);
    both.control = sequencer::ControlChange{"row", "kept", std::nullopt};
    return Ask(&hub, std::move(both))[0];
  };
  pb::Draft refused = Signal("fictional");
  refused.mutable_topic_signal()->set_requested_date("1999-01-01");
  EXPECT_EQ(ReasonOf(take(refused).status()), Reason::kDatePast);
  EXPECT_EQ(ControlRow(&hub, "row"), "kept");
  ASSERT_TRUE(take(Signal("fictional sample")).ok());
  EXPECT_EQ(ControlRow(&hub, "row"), std::nullopt);
  const uint64_t head = hub.log().head().sequence;
  EXPECT_EQ(ReasonOf(take(Signal("fictional other")).status()), Reason::kPredecessorFailed);
  EXPECT_EQ(hub.log().head().sequence, head);
}

TEST(SequencerTest, AnAtomicBatchIsAllOrNothing) {
  TestHub hub;
  pb::Draft known = Signal("fictional sample");
  ASSERT_TRUE(hub.Publish(known).ok());
  known.mutable_topic_signal()->set_title("fictional sample, changed");
  const uint64_t head = hub.log().head().sequence;
  auto answers = hub.PublishBatch({Signal("fictional one"), known, Signal("fictional two")}, true);
  EXPECT_EQ(ReasonOf(answers[0].status()), Reason::kPredecessorFailed);
  EXPECT_EQ(ReasonOf(answers[1].status()), Reason::kEventIdReused);
  EXPECT_EQ(ReasonOf(answers[2].status()), Reason::kPredecessorFailed);
  EXPECT_EQ(hub.log().head().sequence, head);
}

TEST(SequencerTest, WhatWasRolledBackLeavesNoTrace) {
  TestHub hub;
  const pb::Draft draft = Signal("fictional sample");
  pb::Draft bad = Signal("fictional bad");
  ASSERT_TRUE(hub.Publish(bad).ok());
  bad.mutable_topic_signal()->set_title("fictional other");
  hub.PublishBatch({draft, testing::OrganisationDraft("org/x", pb::ORGANISATION_KIND_MAG), bad},
                   true);
  EXPECT_EQ(hub.sequencer().registry()->size(), 0u);
  auto receipt = hub.Publish(draft);
  ASSERT_TRUE(receipt.ok());
  EXPECT_FALSE(receipt->duplicate);
}

TEST(SequencerTest, SequencesOfABatchAreContiguous) {
  TestHub hub;
  auto answers =
      hub.PublishBatch({Signal("fictional"), Signal("fictional"), Signal("fictional")}, true);
  EXPECT_EQ(answers[1]->leaf.sequence, answers[0]->leaf.sequence + 1);
  EXPECT_EQ(answers[2]->leaf.sequence, answers[0]->leaf.sequence + 2);
  EXPECT_LT(answers[0]->leaf.hub_time_us, answers[1]->leaf.hub_time_us);
}

TEST(SequencerTest, TheSameEventTwiceInOneBatchHasOneEffect) {
  TestHub hub;
  const pb::Draft draft = Signal("fictional sample");
  auto answers = hub.PublishBatch({draft, draft}, true);
  ASSERT_TRUE(answers[0].ok() && answers[1].ok());
  EXPECT_TRUE(answers[1]->duplicate);
  EXPECT_EQ(answers[0]->leaf_hash, answers[1]->leaf_hash);
}

// Found by the simulation: what the group itself erased was compared as if it still stood.
TEST(SequencerTest, ARetryBehindItsRedactionInOneGroupIsAnsweredAsErased) {
  TestHub hub;
  const pb::Draft draft = Signal("fictional sample");
  auto receipt = hub.Publish(draft);
  ASSERT_TRUE(receipt.ok());
  auto answers = hub.PublishBatch(
      {testing::RedactionDraft("org/apnic", receipt->leaf.digest, pb::SECTION_KIND_CONTENT), draft},
      /*atomic=*/false);
  EXPECT_TRUE(answers[0].ok());
  EXPECT_EQ(ReasonOf(answers[1].status()), Reason::kSectionErased);
}

// Of a log that is not what was signed of it: time mends nothing.
TEST(SequencerTest, WhatIsReadOnlyTakesNothingHoweverLongItRuns) {
  TestHub hub;
  const pb::Draft published = Signal("A fictional signal");
  ASSERT_TRUE(hub.Publish(published).ok());
  hub.Stop();
  const auto before = hub.Everything();
  int64_t now_us = 1'900'000'000'000'000;
  sequencer::SequencerOptions options;
  options.clock_source = [&] { return sequencer::ClockReading{now_us, now_us, ""}; };
  options.read_only = record::Error(Reason::kReadOnly, "fictional");
  fanout::Tail tail(hub.log().head().sequence);
  sequencer::LocalProposalLog proposals;
  sequencer::Sequencer sequencer(&hub.log(), &proposals, &tail, options);
  ASSERT_TRUE(sequencer.Open().ok());
  admission::Admission admission(&hub.log(), "igf", [&] { return sequencer.registry(); });
  const auto publish = [&](const pb::Draft& draft) {
    auto statement = admission.Admit(testing::Item(draft), "items[0]");
    EXPECT_TRUE(statement.ok()) << statement.status();
    sequencer::Proposal proposal;
    proposal.statements.push_back(*std::move(statement));
    absl::Status answer;
    proposal.done = [&](const sequencer::Answers& answers) { answer = answers.front().status(); };
    EXPECT_TRUE(proposals.Propose(std::move(proposal)).ok());
    sequencer.RunRound();
    return answer;
  };
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(ReasonOf(sequencer.condition()), Reason::kReadOnly);
    EXPECT_EQ(ReasonOf(publish(Signal("Another"))), Reason::kReadOnly);
    EXPECT_TRUE(publish(published).ok()) << "a retry gets its receipt";
    now_us += 3'600'000'000;
  }
  EXPECT_EQ(hub.Everything(), before);
}

// Found by the simulation: what was never committed showed in the registry, and so in who may read.
TEST(SequencerTest, AfterAFailedWriteTheRegistryIsThatOfTheLog) {
  class FailingDisk : public simulation::DiskWorld {
   public:
    simulation::Fate NextFate() override { return fate; }
    bool WaitForDisk() override { return true; }
    void HubDies() override {}
    void WriteFailed() override {}
    bool ScanFails() override { return false; }
    simulation::Fate fate = simulation::Fate::kDone;
  };
  FailingDisk world;
  simulation::Disk disk;
  simulation::SimulatedLog log(&disk, &world);
  fanout::Tail tail(0);
  sequencer::LocalProposalLog proposals;
  sequencer::Sequencer sequencer(&log, &proposals, &tail, {});
  ASSERT_TRUE(sequencer.Open().ok());
  admission::Admission admission(&log, "igf", [&] { return sequencer.registry(); });
  auto statement = admission.Admit(
      testing::Item(testing::OrganisationDraft("org/x", pb::ORGANISATION_KIND_MAG)), "items[0]");
  ASSERT_TRUE(statement.ok()) << statement.status();
  sequencer::Proposal proposal;
  proposal.statements.push_back(*std::move(statement));
  absl::Status answer;
  proposal.done = [&](const sequencer::Answers& answers) { answer = answers.front().status(); };
  ASSERT_TRUE(proposals.Propose(std::move(proposal)).ok());
  world.fate = simulation::Fate::kFailsAndIsGone;
  sequencer.RunRound();
  EXPECT_EQ(ReasonOf(answer), Reason::kLogWriteFailed);
  EXPECT_EQ(sequencer.registry()->size(), 0u);
}

TEST(SequencerTest, ADryRunWritesNothing) {
  TestHub hub;
  const pb::Draft draft = Signal("fictional sample");
  auto answers = hub.PublishBatch({draft}, true, {}, /*dry_run=*/true);
  ASSERT_TRUE(answers[0].ok());
  EXPECT_EQ(answers[0]->leaf.sequence, 0u);
  EXPECT_EQ(hub.log().head().sequence, 1u);
  EXPECT_FALSE(hub.Publish(draft)->duplicate);
}

TEST(SequencerTest, BehindAClosedFenceNothingIsWritten) {
  TestHub hub;
  auto fence = std::make_shared<sequencer::Fence>();
  pb::Draft known = Signal("fictional sample");
  ASSERT_TRUE(hub.Publish(known).ok());
  known.mutable_topic_signal()->set_title("fictional other");
  auto first = hub.PublishBatch({Signal("fictional a"), known, Signal("fictional b")}, false, {},
                                false, fence);
  EXPECT_TRUE(first[0].ok());
  EXPECT_EQ(ReasonOf(first[1].status()), Reason::kEventIdReused);
  EXPECT_EQ(ReasonOf(first[2].status()), Reason::kPredecessorFailed);
  auto second = hub.PublishBatch({Signal("fictional c")}, false, {}, false, fence);
  EXPECT_EQ(ReasonOf(second[0].status()), Reason::kPredecessorFailed);
}

// Sent again with what is behind it, it keeps its place: an outbox promises the order.
TEST(SequencerTest, BehindWhatWasNotJudgedNothingIsWrittenThoughRefusalsPass) {
  TestHub hub;
  auto fence = std::make_shared<sequencer::Fence>();
  fence->lets_judgements_pass = true;
  pb::Draft known = Signal("fictional sample");
  ASSERT_TRUE(hub.Publish(known).ok());
  known.mutable_topic_signal()->set_title("fictional other");
  const auto goes_on = hub.PublishBatch({known, Signal("fictional a")}, false, {}, false, fence);
  EXPECT_EQ(ReasonOf(goes_on[0].status()), Reason::kEventIdReused);
  EXPECT_TRUE(goes_on[1].ok());
  hub.JumpClock(3'600'000'000);
  const auto not_judged =
      hub.PublishBatch({Signal("fictional b"), Signal("fictional c")}, false, {}, false, fence);
  EXPECT_EQ(ReasonOf(not_judged[0].status()), Reason::kClockJumped);
  EXPECT_EQ(ReasonOf(not_judged[1].status()), Reason::kPredecessorFailed);
  ASSERT_TRUE(hub.AcceptClock().ok());
  const auto behind = hub.PublishBatch({Signal("fictional d")}, false, {}, false, fence);
  EXPECT_EQ(ReasonOf(behind[0].status()), Reason::kPredecessorFailed);
}

TEST(SequencerTest, AJumpOfTheClockStopsNewEventsAndNotRetries) {
  TestHub hub;
  const pb::Draft draft = Signal("fictional sample");
  ASSERT_TRUE(hub.Publish(draft).ok());
  hub.JumpClock(3'600'000'000);
  EXPECT_EQ(ReasonOf(hub.Publish(Signal("fictional sample")).status()), Reason::kClockJumped);
  EXPECT_TRUE(hub.Publish(draft)->duplicate);
  EXPECT_FALSE(hub.sequencer().condition().ok());
  ASSERT_TRUE(hub.AcceptClock().ok());
  auto receipt = hub.Publish(Signal("fictional sample"));
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->leaf.hub_time_us, hub.wall_us());
}

TEST(SequencerTest, HubTimeNeverGoesBack) {
  TestHub hub;
  const auto before = hub.Publish(Signal("fictional sample"));
  hub.JumpClock(-60'000'000);
  const auto after = hub.Publish(Signal("fictional sample"));
  ASSERT_TRUE(before.ok() && after.ok()) << after.status();
  EXPECT_EQ(after->leaf.hub_time_us, before->leaf.hub_time_us + 1);
}

TEST(SequencerTest, ManyWritersGetOneDenseOrderAndOneRoot) {
  TestHub hub;
  constexpr int kWriters = 4;
  constexpr int kEach = 50;
  std::vector<std::thread> writers;
  std::atomic<int> accepted{0};
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) accepted += hub.Publish(Signal("fictional sample")).ok();
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(accepted, kWriters * kEach);
  const storage::Head head = hub.log().head();
  ASSERT_EQ(head.sequence, 1u + kWriters * kEach);
  std::vector<record::Hash> leaf_hashes;
  for (uint64_t s = 1; s <= head.sequence; ++s) {
    auto stored = hub.log().Read(s);
    ASSERT_TRUE(stored.ok());
    EXPECT_EQ(record::DecodeLeaf(stored->leaf)->sequence, s);
    leaf_hashes.push_back(record::LeafHash(stored->leaf));
  }
  EXPECT_EQ(record::RootOf(leaf_hashes), head.root);
}

TEST(LocalProposalLogTest, AFullQueueRefusesAndSaysWhenToComeBack) {
  sequencer::LocalProposalLog proposals;
  for (size_t i = 0; i < sequencer::kMaxQueuedProposals; ++i) {
    ASSERT_TRUE(proposals.Propose(sequencer::Proposal{}).ok());
  }
  const absl::Status full = proposals.Propose(sequencer::Proposal{});
  EXPECT_EQ(ReasonOf(full), Reason::kQueueFull);
  EXPECT_TRUE(record::RetryDelayOf(full).has_value());
  EXPECT_EQ(proposals.Take(absl::ZeroDuration()).size(), sequencer::kMaxGroupProposals);
  EXPECT_TRUE(proposals.Propose(sequencer::Proposal{}).ok());
}

TEST(SubmitTest, ARetryIsAnsweredHoweverFullTheOrderIs) {
  TestHub hub;
  const pb::Draft draft = Signal("fictional sample");
  auto receipt = hub.Publish(draft);
  ASSERT_TRUE(receipt.ok());
  sequencer::LocalProposalLog full;
  for (size_t i = 0; i < sequencer::kMaxQueuedProposals; ++i) {
    ASSERT_TRUE(full.Propose(sequencer::Proposal{}).ok());
  }
  const auto submit = [&](const pb::Draft& said) {
    sequencer::Proposal proposal;
    proposal.statements.push_back(*hub.admission().Admit(testing::Item(said), "items[0]"));
    sequencer::Answers answers;
    proposal.done = [&](sequencer::Answers given) { answers = std::move(given); };
    absl::Status submitted = sequencer::Submit(hub.log(), &full, std::move(proposal));
    return submitted.ok() ? answers.front() : absl::StatusOr<sequencer::Receipt>(submitted);
  };
  auto again = submit(draft);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->leaf_hash, receipt->leaf_hash);
  EXPECT_EQ(ReasonOf(submit(Signal("fictional sample")).status()), Reason::kQueueFull);
}

TEST(SubmitTest, ARetriedBatchGetsTheReceiptOfEach) {
  TestHub hub;
  const std::vector<pb::Draft> drafts = {Signal("fictional one"), Signal("fictional two")};
  const sequencer::Answers first = hub.PublishBatch(drafts, true);
  sequencer::LocalProposalLog closed;
  closed.Close();
  sequencer::Proposal proposal;
  for (const pb::Draft& draft : drafts) {
    proposal.statements.push_back(*hub.admission().Admit(testing::Item(draft), "items"));
  }
  sequencer::Answers again;
  proposal.done = [&](sequencer::Answers given) { again = std::move(given); };
  ASSERT_TRUE(sequencer::Submit(hub.log(), &closed, std::move(proposal)).ok());
  ASSERT_EQ(again.size(), 2u);
  for (size_t i = 0; i < again.size(); ++i) {
    EXPECT_EQ(again[i]->event_id, drafts[i].event_id());
    EXPECT_EQ(again[i]->leaf_hash, first[i]->leaf_hash);
    EXPECT_EQ(again[i]->header_bytes, first[i]->header_bytes);
  }
}

// Others in the same group are written, and nothing of it with them.
TEST(GroupTest, WhatIsTakenBackLeavesNothingToWrite) {
  TestHub hub;
  const auto erased = hub.Publish(Signal("fictional sample"));
  ASSERT_TRUE(erased.ok());
  domain::State state;
  sequencer::RecentReads recent;
  sequencer::Group group(&hub.log(), &state, &recent);
  const auto accept = [&](const pb::Draft& draft) {
    domain::Statement statement = *hub.admission().Admit(testing::Item(draft), "items[0]");
    const auto verdict = domain::Decide(state, group, statement, hub.wall_us());
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    ASSERT_TRUE(group.Accept(std::move(statement), std::get<domain::Accepted>(*verdict).leaf).ok());
  };
  accept(Signal("fictional, and stays"));
  const sequencer::Group::Mark mark = group.mark();
  accept(testing::OrganisationDraft("org/x", pb::ORGANISATION_KIND_MAG));
  accept(testing::RedactionDraft("org/apnic", erased->leaf.digest, pb::SECTION_KIND_CONTENT));
  ASSERT_FALSE(group.writes().rows.empty());
  ASSERT_FALSE(group.writes().erased.empty());
  group.Rollback(mark);
  EXPECT_EQ(group.writes().events.size(), 1u);
  EXPECT_TRUE(group.writes().rows.empty());
  EXPECT_TRUE(group.writes().erased.empty());
  EXPECT_EQ(state.registry->size(), 0u);
}

// What an earlier group was asked for is remembered; what a group took back is not.
TEST(GroupTest, HeadersAreRememberedAndThoseOfTheGroupForgotten) {
  TestHub hub;
  const auto known = hub.Publish(Signal("fictional sample"));
  ASSERT_TRUE(known.ok());
  domain::State state;
  sequencer::RecentReads recent;
  std::shared_ptr<const domain::KnownHeader> first;
  {
    const sequencer::Group group(&hub.log(), &state, &recent);
    first = *group.Header(known->leaf.digest);
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->sequence, known->leaf.sequence);
  }
  sequencer::Group group(&hub.log(), &state, &recent);
  EXPECT_EQ(*group.Header(known->leaf.digest), first) << "read again";
  domain::Statement statement =
      *hub.admission().Admit(testing::Item(Signal("fictional other")), "items[0]");
  const record::Hash digest = statement.digest;
  EXPECT_EQ(*group.Header(digest), nullptr);
  const sequencer::Group::Mark mark = group.mark();
  const auto verdict = domain::Decide(state, group, statement, hub.wall_us());
  ASSERT_TRUE(group.Accept(std::move(statement), std::get<domain::Accepted>(*verdict).leaf).ok());
  ASSERT_NE(*group.Header(digest), nullptr) << "what stands before it in the group is there";
  group.Rollback(mark);
  EXPECT_EQ(*group.Header(digest), nullptr);
  EXPECT_EQ(recent.headers.Find(digest), nullptr);
}

TEST(RecentTest, OfManyTheLatestStay) {
  sequencer::Recent<std::string, int, 10> recent;
  recent.Remember("often", -1);
  for (int i = 0; i < 100; ++i) {
    recent.Remember(std::to_string(i), i);
    ASSERT_NE(recent.Find("often"), nullptr);
    ASSERT_EQ(*recent.Find("often"), -1);
    const int before = std::max(0, i - 2);
    ASSERT_NE(recent.Find(std::to_string(before)), nullptr);
    ASSERT_EQ(*recent.Find(std::to_string(before)), before);
  }
  EXPECT_EQ(recent.Find("0"), nullptr) << "nothing bounds it";
  recent.Remember("often", 7);
  EXPECT_EQ(*recent.Find("often"), 7);
  recent.Clear();
  EXPECT_EQ(recent.Find("often"), nullptr);
}

// A row that was not there is remembered as such, until a group puts one there.
TEST(GroupTest, RowsAreRememberedAsTheyAreOnDisk) {
  TestHub hub;
  domain::State state;
  sequencer::RecentReads recent;
  {
    const sequencer::Group group(&hub.log(), &state, &recent);
    EXPECT_EQ(*group.Row("l a"), std::nullopt);
  }
  const auto* absent = recent.rows.Find("l a");
  ASSERT_NE(absent, nullptr);
  EXPECT_EQ(*absent, std::nullopt);
  const auto asked = hub.Publish(testing::RequestTo(testing::kPartner, testing::kOther));
  ASSERT_TRUE(asked.ok()) << asked.status();
  const auto answered = [&](pb::ResponseKind kind) {
    return hub.Publish(testing::ResponseTo(asked->leaf.digest, testing::kPartner, kind)).status();
  };
  EXPECT_TRUE(answered(pb::RESPONSE_KIND_ACCEPT).ok());
  EXPECT_EQ(ReasonOf(answered(pb::RESPONSE_KIND_ACCEPT)), Reason::kTransitionNotAllowed);
  EXPECT_TRUE(answered(pb::RESPONSE_KIND_ANSWER).ok());
  EXPECT_EQ(ReasonOf(answered(pb::RESPONSE_KIND_ANSWER)), Reason::kTransitionNotAllowed);
}

TEST(LocalProposalLogTest, AGroupIsBoundedInBytes) {
  sequencer::LocalProposalLog proposals;
  for (int i = 0; i < 4; ++i) {
    sequencer::Proposal proposal;
    proposal.size_bytes = sequencer::kMaxGroupSizeBytes / 2;
    ASSERT_TRUE(proposals.Propose(std::move(proposal)).ok());
  }
  EXPECT_EQ(proposals.Take(absl::ZeroDuration()).size(), 2u);
}

TEST(LocalProposalLogTest, AfterCloseWhatWaitsCanStillBeTaken) {
  sequencer::LocalProposalLog proposals;
  ASSERT_TRUE(proposals.Propose(sequencer::Proposal{}).ok());
  proposals.Close();
  EXPECT_EQ(ReasonOf(proposals.Propose(sequencer::Proposal{})), Reason::kShuttingDown);
  EXPECT_FALSE(proposals.drained());
  EXPECT_EQ(proposals.Take(absl::Seconds(1)).size(), 1u);
  EXPECT_TRUE(proposals.drained());
}

}  // namespace
}  // namespace liaison
