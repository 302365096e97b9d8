// The sequencer over a disk that fills up, and one that fails.
#include <gtest/gtest.h>

#include <limits>

#include "absl/time/clock.h"
#include "proto/record/errors.h"
#include "server/sequencer/sequencer.h"
#include "tests/support/test_hub.h"

namespace liaison {
namespace {

using record::Reason;
using record::ReasonOf;
using testing::Call;
using testing::Failure;
using testing::FaultDisk;
using testing::Signal;
using testing::TestHub;
namespace pb = ::igf::liaison::v1;

class DiskTest : public ::testing::Test {
 protected:
  // The first round syncs the head file; while the clock stands the second does not, so that from
  // here on the disk is asked for the next group only.
  void PublishTwo() {
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(hub_.Publish(Signal("fictional sample")).ok());
  }
  // The sequencer asks once a second.
  void ExpectHeals() {
    for (int i = 0; i < 200 && !hub_.sequencer().condition().ok(); ++i) {
      hub_.PassTime(1'000'000);
      absl::SleepFor(absl::Milliseconds(50));
    }
    EXPECT_TRUE(hub_.sequencer().condition().ok()) << hub_.sequencer().condition();
  }
  void ExpectReadersSeeAll() {
    const uint64_t head = hub_.log().head().sequence;
    EXPECT_EQ(hub_.tail().head(), head);
    const std::vector<uint64_t> read = hub_.Read({});
    ASSERT_EQ(read.size(), head);
    for (uint64_t i = 0; i < head; ++i) EXPECT_EQ(read[i], i + 1);
  }

  FaultDisk disk_;
  TestHub hub_{&disk_};
};

TEST_F(DiskTest, AFullDiskRefusesByNameAndHealsByItself) {
  const pb::Draft known = Signal("fictional sample");
  ASSERT_TRUE(hub_.Publish(known).ok());
  disk_.SetCapacity(disk_.used_size_bytes() + 1000);
  const absl::Status full =
      hub_.Publish(testing::OrganisationDraft("org/x", pb::ORGANISATION_KIND_MAG)).status();
  EXPECT_EQ(ReasonOf(full), Reason::kDiskFull) << full;
  EXPECT_TRUE(record::RetryDelayOf(full).has_value());
  EXPECT_EQ(hub_.sequencer().registry()->size(), 0u) << "what was refused leaves no trace";
  EXPECT_EQ(ReasonOf(hub_.sequencer().condition()), Reason::kDiskFull);
  EXPECT_TRUE(hub_.Publish(known)->duplicate) << "a retry is answered all the same";
  ExpectReadersSeeAll();

  disk_.SetCapacity(std::numeric_limits<uint64_t>::max());
  ExpectHeals();
  EXPECT_TRUE(hub_.Publish(Signal("fictional sample")).ok());
  ExpectReadersSeeAll();
}

TEST_F(DiskTest, AGroupThatWasNotWrittenIsTakenAfterHealing) {
  PublishTwo();
  const pb::Draft draft = testing::OrganisationDraft("org/x", pb::ORGANISATION_KIND_MAG);
  disk_.Fail({1, false, Call::kWrite, Failure::Error::kNoSpace});
  EXPECT_EQ(ReasonOf(hub_.Publish(draft).status()), Reason::kLogWriteFailed);
  ExpectHeals();
  const auto again = hub_.Publish(draft);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->leaf.sequence, 4u);
  EXPECT_EQ(hub_.sequencer().registry()->size(), 1u);
  ExpectReadersSeeAll();
}

// A stream whose middle was lost with the disk: what was sent behind it, and is taken after
// healing, would be ahead of it for ever.
TEST_F(DiskTest, WhatIsBehindAGroupThatWasNotWrittenDoesNotComeBeforeIt) {
  for (const bool lets_judgements_pass : {false, true}) {
    PublishTwo();
    auto fence = std::make_shared<sequencer::Fence>();
    fence->lets_judgements_pass = lets_judgements_pass;
    const auto publish = [&] {
      return hub_.PublishBatch({Signal("fictional sample")}, false, {}, false, fence)[0].status();
    };
    ASSERT_TRUE(publish().ok());
    disk_.Fail({1, false, Call::kWrite, Failure::Error::kNoSpace});
    EXPECT_EQ(ReasonOf(publish()), Reason::kLogWriteFailed);
    ExpectHeals();
    EXPECT_EQ(ReasonOf(publish()), Reason::kPredecessorFailed);
  }
}

TEST_F(DiskTest, WhatWasNotWrittenIsShownToNobody) {
  PublishTwo();
  disk_.Fail({1, false, Call::kWrite, Failure::Error::kIo});
  EXPECT_EQ(ReasonOf(hub_.Publish(Signal("fictional sample")).status()), Reason::kLogWriteFailed);
  ExpectReadersSeeAll();
}

// The group was written and its sync failed: opening again may find it or not. Either way the retry
// has one effect, and readers get it once, though nobody was told of it.
TEST_F(DiskTest, AGroupWhoseSyncFailedHasOneEffectAfterHealing) {
  PublishTwo();
  bool found = false;
  for (int i = 0; i < 20 && !found; ++i) {
    const pb::Draft draft = testing::OrganisationDraft("org/x", pb::ORGANISATION_KIND_MAG);
    const uint64_t before = hub_.log().head().sequence;
    disk_.Fail({1, false, Call::kSync, Failure::Error::kNoSpace});
    EXPECT_EQ(ReasonOf(hub_.Publish(draft).status()), Reason::kLogWriteFailed);
    ExpectHeals();
    // The round in which it healed syncs the head file; this one comes after.
    PublishTwo();
    const auto again = hub_.Publish(draft);
    ASSERT_TRUE(again.ok()) << again.status();
    found = again->duplicate;
    EXPECT_EQ(hub_.log().head().sequence, before + 3);
    EXPECT_EQ(hub_.sequencer().registry()->size(), static_cast<uint64_t>(i) + 1);
    ExpectReadersSeeAll();
  }
  EXPECT_TRUE(found) << "no group was ever found: nothing was tried";
}

TEST_F(DiskTest, ADiskThatFailsIsNotTrustedAgain) {
  PublishTwo();
  disk_.Fail({1, false, Call::kSync, Failure::Error::kIo});
  EXPECT_EQ(ReasonOf(hub_.Publish(Signal("fictional sample")).status()), Reason::kLogWriteFailed);
  hub_.PassTime(10'000'000);  // the log is asked again whether it healed
  EXPECT_EQ(ReasonOf(hub_.Publish(Signal("fictional sample")).status()), Reason::kLogWriteFailed);
  EXPECT_EQ(ReasonOf(hub_.sequencer().condition()), Reason::kLogWriteFailed);
}

}  // namespace
}  // namespace liaison
