// Short forms of what `storage_faults` does at length, and that each net catches.
#include "tests/crash/storage_faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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

// What some seeds came to, from the process that ran them.
struct InChild {
  uint64_t lost = 0;
  uint64_t acknowledged_events = 0;
  uint64_t doubtful_groups = 0;
  uint64_t while_opening = 0;
  std::array<bool, kSurvivalNames.size()> survivals = {};  // those that came up
  bool clean = false;
};

// Runs the seeds in a process of their own. Nothing where RocksDB's assertion about a database that
// lost its disk ended it: storage/doc/2026-11-24-power-loss.md. Any other end is a failure, and
// what it said is printed.
std::optional<InChild> LosePowerInChild(const PowerLossOptions& options) {
  const std::string said_path = options.folder + "/said";
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (freopen(said_path.c_str(), "w", stderr) == nullptr) _exit(1);
    const PowerLossReport report = LosePower(options, [](uint64_t) {});
    for (const std::string& note : report.findings.notes) std::cerr << note << std::endl;
    InChild came{report.findings.lost,
                 report.acknowledged_events,
                 report.doubtful_groups,
                 report.while_opening,
                 {},
                 report.findings.clean()};
    for (size_t i = 0; i < kSurvivalNames.size(); ++i) {
      came.survivals[i] = report.survivals.count(std::string(kSurvivalNames[i])) > 0;
    }
    _exit(write(ends[1], &came, sizeof came) == sizeof came ? 0 : 1);
  }
  close(ends[1]);
  InChild came;
  const bool told = read(ends[0], &came, sizeof came) == sizeof came;
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  std::stringstream said;
  said << std::ifstream(said_path).rdbuf();
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
      absl::StrContains(said.str(), "~ColumnFamilySet(): Assertion `last_ref' failed")) {
    return std::nullopt;
  }
  std::cerr << said.str();
  EXPECT_TRUE(told && WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  return came;
}

TEST_F(StorageFaultsTest, NothingAcknowledgedIsLostWithThePower) {
  InChild all;
  int cut_short = 0;
  PowerLossOptions options;
  options.seeds = 5;
  for (int part = 0; part < 12; ++part) {
    options.folder = absl::StrCat(folder_, "/", part);
    options.first_seed = 1 + 5 * part;
    std::filesystem::create_directory(options.folder);
    const std::optional<InChild> came = LosePowerInChild(options);
    if (!came) {
      ++cut_short;
      continue;
    }
    EXPECT_TRUE(came->clean) << "seeds " << options.first_seed << " to " << options.first_seed + 4;
    all.acknowledged_events += came->acknowledged_events;
    all.doubtful_groups += came->doubtful_groups;
    all.while_opening += came->while_opening;
    for (size_t i = 0; i < all.survivals.size(); ++i) all.survivals[i] |= came->survivals[i];
  }
  EXPECT_LE(cut_short, 2);
  EXPECT_GT(all.acknowledged_events, 0u);
  EXPECT_GT(all.doubtful_groups, 0u) << "the power never went during an Append";
  EXPECT_GT(all.while_opening, 0u);
  EXPECT_THAT(all.survivals, ::testing::Each(true));
}

// The net itself: on a disk that does not sync the same seeds must find losses.
TEST_F(StorageFaultsTest, ALogThatDoesNotSyncIsFoundOut) {
  PowerLossOptions options;
  options.folder = folder_;
  options.seeds = 5;
  options.pretend_to_sync = true;
  uint64_t lost = 0;
  for (int part = 0; part < 6; ++part, options.first_seed += options.seeds) {
    if (const std::optional<InChild> came = LosePowerInChild(options)) lost += came->lost;
  }
  EXPECT_GT(lost, 0u);
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
