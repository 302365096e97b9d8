// Short forms of what `storage_faults` does at length, and that each net catches.
#include "tests/crash/storage_faults.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/strings/str_join.h"
#include "storage/rocks/rocks_event_log.h"

namespace liaison::testing {
namespace {

class StorageFaultsTest : public ::testing::Test {
 protected:
  StorageFaultsTest() {
    std::string pattern = ::testing::TempDir() + "/faults.XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~StorageFaultsTest() override { std::filesystem::remove_all(folder_); }

  static void ExpectClean(const Findings& findings) {
    EXPECT_TRUE(findings.clean()) << absl::StrJoin(findings.notes, "\n");
  }
  static void Quietly(uint64_t) {}

  std::string folder_;
};

TEST_F(StorageFaultsTest, NothingAcknowledgedIsLostWithThePower) {
  PowerLossOptions options;
  options.folder = folder_;
  options.seeds = 60;
  const PowerLossReport report = LosePower(options, Quietly);
  ExpectClean(report.findings);
  EXPECT_GT(report.acknowledged_events, 0u);
  EXPECT_GT(report.doubtful_groups, 0u) << "the power never went during an Append";
  EXPECT_GT(report.while_opening, 0u);
  EXPECT_EQ(report.survivals.size(), kSurvivalNames.size());
}

// The net itself: on a disk that does not sync the same seeds must find losses.
TEST_F(StorageFaultsTest, ALogThatDoesNotSyncIsFoundOut) {
  PowerLossOptions options;
  options.folder = folder_;
  options.seeds = 20;
  options.pretend_to_sync = true;
  EXPECT_GT(LosePower(options, Quietly).findings.lost, 0u);
}

TEST_F(StorageFaultsTest, ACallThatFailsIsNeverAWrongAnswer) {
  NthCallOptions options;
  options.folder = folder_;
  options.step = 11;
  const NthCallReport report = FailEachCall(options, Quietly);
  ExpectClean(report.findings);
  EXPECT_EQ(report.acknowledged_after_failure, 0u);
  EXPECT_GT(report.failed_writes, 0u);
  EXPECT_GT(report.refused_opens, 0u);
}

TEST_F(StorageFaultsTest, ADiskThatFailsForGoodIsNeverAWrongAnswer) {
  NthCallOptions options;
  options.folder = folder_;
  options.step = 17;
  options.lasting = true;
  const NthCallReport report = FailEachCall(options, Quietly);
  ExpectClean(report.findings);
  EXPECT_EQ(report.acknowledged_after_failure, 0u);
  EXPECT_GT(report.failed_writes, 0u);
}

TEST_F(StorageFaultsTest, ACallThatFailsForWantOfRoomHeals) {
  NthCallOptions options;
  options.folder = folder_;
  options.step = 13;
  options.error = Failure::Error::kNoSpace;
  const NthCallReport report = FailEachCall(options, Quietly);
  ExpectClean(report.findings);
  EXPECT_EQ(report.acknowledged_after_failure, 0u);
  EXPECT_GT(report.healed, 0u);
}

TEST_F(StorageFaultsTest, AFullDiskHealsInPlace) {
  FullDiskOptions options;
  options.folder = folder_;
  options.seeds = 12;
  const FullDiskReport report = FillDisk(options, Quietly);
  ExpectClean(report.findings);
  EXPECT_EQ(report.healed, report.times_full);
  EXPECT_GT(report.refused_early, 0u);
  EXPECT_GT(report.failed_writes, 0u);
}

TEST_F(StorageFaultsTest, AFlippedBitIsSeenOrHarmless) {
  BitFlipOptions options;
  options.folder = folder_;
  options.flips = 12;
  const BitFlipReport report = FlipBits(options, Quietly);
  ExpectClean(report.findings);
  for (const char* kind : {"sst", "wal", "manifest", "CURRENT", "options", "head"}) {
    ASSERT_EQ(report.kinds.count(kind), 1u) << kind;
    EXPECT_EQ(report.kinds.at(kind).other_errors, 0u) << kind;
  }
  for (const char* kind : {"wal", "manifest", "CURRENT", "head"}) {
    EXPECT_GT(report.kinds.at(kind).refused_to_open, 0u) << kind;
  }
  EXPECT_GT(report.kinds.at("sst").refused_to_read, 0u);
}

// --- the disk itself -----------------------------------------------------------------------------

class FaultDiskTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text, bool sync) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    ASSERT_TRUE(files_->NewWritableFile(path, {}, &file, nullptr).ok());
    const rocksdb::IOStatus written = file->Append(text, {}, nullptr);
    ASSERT_TRUE(!sync || !written.ok() || file->Fsync({}, nullptr).ok());
  }
  void SyncRoot() {
    std::unique_ptr<rocksdb::FSDirectory> folder;
    ASSERT_TRUE(files_->NewDirectory("/", {}, &folder, nullptr).ok());
    ASSERT_TRUE(folder->Fsync({}, nullptr).ok());
  }
  std::string Read(const std::string& path) {
    std::unique_ptr<rocksdb::FSSequentialFile> file;
    if (!files_->NewSequentialFile(path, {}, &file, nullptr).ok()) return "(none)";
    char scratch[100];
    rocksdb::Slice read;
    EXPECT_TRUE(file->Read(sizeof(scratch), {}, &read, scratch, nullptr).ok());
    return read.ToString();
  }
  void Cut(Survival survival) {
    disk_.LosePower();
    disk_.RestorePower(survival, 1);
  }

  FaultDisk disk_;
  rocksdb::FileSystem* const files_ = disk_.env()->GetFileSystem().get();
};

TEST_F(FaultDiskTest, ContentAndNamesAreSyncedApart) {
  Write("/unsynced", "x", false);
  Write("/synced", "x", true);
  SyncRoot();
  Write("/nameless", "x", true);
  Cut(Survival::kNothing);
  EXPECT_EQ(Read("/unsynced"), "");
  EXPECT_EQ(Read("/synced"), "x");
  EXPECT_EQ(Read("/nameless"), "(none)");
}

TEST_F(FaultDiskTest, ARenameIsUndoneUnlessItsFolderWasSynced) {
  Write("/f", "old", true);
  SyncRoot();
  Write("/f.tmp", "new", true);
  ASSERT_TRUE(files_->RenameFile("/f.tmp", "/f", {}, nullptr).ok());
  EXPECT_EQ(Read("/f"), "new");
  Cut(Survival::kNothing);
  EXPECT_EQ(Read("/f"), "old");
  ASSERT_TRUE(files_->DeleteFile("/f", {}, nullptr).ok());
  Cut(Survival::kNothing);
  EXPECT_EQ(Read("/f"), "old") << "nor was it deleted";
  Cut(Survival::kEverything);
  EXPECT_EQ(Read("/f"), "old");
}

TEST_F(FaultDiskTest, AfterAFailedSyncTheNextOneSucceedsWithoutTheData) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  ASSERT_TRUE(files_->NewWritableFile("/f", {}, &file, nullptr).ok());
  SyncRoot();
  ASSERT_TRUE(file->Append("lost", {}, nullptr).ok());
  disk_.Fail({1, false, Call::kSync, Failure::Error::kIo});
  EXPECT_FALSE(file->Fsync({}, nullptr).ok());
  EXPECT_TRUE(file->Fsync({}, nullptr).ok());
  EXPECT_EQ(disk_.failed_calls(), 1u);
  file.reset();
  Cut(Survival::kNothing);
  EXPECT_EQ(Read("/f"), "");
}

TEST_F(FaultDiskTest, AFullDiskTakesWhatFitsAndHasRoomAgain) {
  disk_.SetCapacity(4);
  std::unique_ptr<rocksdb::FSWritableFile> file;
  ASSERT_TRUE(files_->NewWritableFile("/f", {}, &file, nullptr).ok());
  EXPECT_TRUE(file->Append("123456", {}, nullptr).IsNoSpace());
  EXPECT_EQ(Read("/f"), "1234");
  disk_.SetCapacity(6);
  EXPECT_TRUE(file->Append("56", {}, nullptr).ok());
  uint64_t free = 1;
  EXPECT_TRUE(files_->GetFreeSpace("/", {}, &free, nullptr).ok());
  EXPECT_EQ(free, 0u);
}

TEST_F(FaultDiskTest, NobodyHearsTheAnswerOfADyingDisk) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  ASSERT_TRUE(files_->NewWritableFile("/f", {}, &file, nullptr).ok());
  ASSERT_TRUE(file->Append("x", {}, nullptr).ok());
  disk_.LosePowerAtCall(1, 1);
  EXPECT_FALSE(file->Fsync({}, nullptr).ok());
  EXPECT_FALSE(disk_.power());
  EXPECT_FALSE(files_->FileExists("/f", {}, nullptr).ok());
}

TEST_F(FaultDiskTest, ABitIsFlippedInWhatIsReadOnly) {
  Write("/f", "abc", true);
  disk_.FlipBitWhenRead("/f", 9);
  EXPECT_EQ(Read("/f"), "a`c");
  disk_.StopFlipping();
  EXPECT_EQ(Read("/f"), "abc");
}

}  // namespace
}  // namespace liaison::testing
