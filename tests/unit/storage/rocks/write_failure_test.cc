// A disk that fails: nothing is acknowledged that is not on it, and nothing after it failed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/record/errors.h"
#include "tests/support/fault_disk.h"
#include "tests/unit/storage/rocks/log_fixture.h"

namespace liaison::storage {
namespace {

using testing::Call;
using testing::Failure;
using testing::FaultDisk;
using testing::Survival;

class WriteFailureTest : public LogTest {
 protected:
  WriteFailureTest() {
    env_ = disk_.env();
    std::filesystem::create_directories(options_.data_dir);  // its lock is on the real disk
    Open();
    AppendMany(3);
  }
  ~WriteFailureTest() override { Close(); }  // before the disk goes

  void ExpectNoMoreWrites() {
    const absl::Status status = log_->Append(SayMany(1)).status();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_EQ(record::ReasonOf(status), record::Reason::kLogWriteFailed);
    EXPECT_THAT(status.message(), ::testing::HasSubstr("not known"));
    NewEvent wrong = Say();
    wrong.leaf.sequence = 99;
    EXPECT_TRUE(absl::IsUnavailable(log_->Append(GroupOf({wrong})).status()))
        << "not even looked at";
    EXPECT_EQ(record::ReasonOf(log_->SyncHeadFile()), record::Reason::kLogWriteFailed);
    EXPECT_EQ(log_->head().sequence, 3u);
    ExpectAsTold();  // reading goes on
  }

  uint64_t syncs() const { return disk_.calls(Call::kSync); }
  void FailEach(Call call) { disk_.Fail({.lasting = true, .call = call}); }

  FaultDisk disk_;
};

TEST_F(WriteFailureTest, OneGroupIsOneSync) {
  const uint64_t before = syncs();
  AppendMany(64);
  EXPECT_EQ(syncs(), before + 1);
  PutRow(Table::kControl, "cursor", "3");
  EXPECT_EQ(syncs(), before + 2) << "control state is as durable";
}

TEST_F(WriteFailureTest, WhatWasAcknowledgedOutlivesALossOfPower) {
  for (int size : {1, 7, 64, 2}) AppendMany(size);
  disk_.LosePower();
  Close();
  disk_.RestorePower(Survival::kNothing, 1);
  Open();
  ExpectAsTold();
}

TEST_F(WriteFailureTest, AfterAFailedSyncNothingIsTakenAnyMore) {
  FailEach(Call::kSync);
  ExpectNoMoreWrites();
  disk_.StopFailing();  // the disk recovered: what it dropped is still dropped
  ExpectNoMoreWrites();
}

TEST_F(WriteFailureTest, AfterAFailedWriteNothingIsTakenAnyMore) {
  FailEach(Call::kWrite);
  ExpectNoMoreWrites();
  disk_.StopFailing();
  ExpectNoMoreWrites();
}

// It would write tables behind a write-ahead log that ends in half a record, while Heal closes it.
TEST_F(WriteFailureTest, RocksDbDoesNotRecoverByItselfWhenThereIsRoomAgain) {
  disk_.Fail({.call = Call::kWrite, .error = Failure::Error::kNoSpace});
  EXPECT_EQ(record::ReasonOf(log_->Append(SayMany(1)).status()), record::Reason::kLogWriteFailed);
  disk_.StopFailing();
  const uint64_t before = disk_.calls(Call::kWrite);
  absl::SleepFor(absl::Milliseconds(300));  // it begins at once
  EXPECT_EQ(disk_.calls(Call::kWrite), before);
}

TEST_F(WriteFailureTest, OpeningAgainShowsWhatIsThere) {
  FailEach(Call::kWrite);
  ExpectNoMoreWrites();
  disk_.StopFailing();
  Reopen();
  ExpectAsTold();
  AppendMany(2);
  ExpectAsTold();
}

TEST_F(WriteFailureTest, ARefusedGroupIsNoFailure) {
  NewEvent event = Say();
  event.leaf.sequence = 99;
  EXPECT_TRUE(absl::IsFailedPrecondition(log_->Append(GroupOf({event})).status()));
  event.leaf.sequence = 4;
  Append(GroupOf({event}));
  ExpectAsTold();
}

}  // namespace
}  // namespace liaison::storage
