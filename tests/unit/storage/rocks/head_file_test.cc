// The net under point-in-time recovery: what was acknowledged is written down outside the log.
#include "storage/format/head_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "storage/rocks/synced_file.h"
#include "tests/unit/storage/rocks/log_fixture.h"

namespace liaison::storage {
namespace {

using absl::StatusCode;
namespace fs = std::filesystem;

class HeadFileTest : public LogTest {
 protected:
  HeadFileTest() { Open(); }

  std::string Path() const { return options_.data_dir + "/head"; }
  HeadFile OnDisk() const {
    return DecodeHeadFile(ReadSmallFile(files_, Path(), 1024).value()).value();
  }
  void Write(const HeadFile& head) {
    ASSERT_TRUE(ReplaceFile(files_, Path(), EncodeHeadFile(head)).ok());
  }
  void AppendAndSync(int count) {
    AppendMany(count);
    ASSERT_TRUE(log_->SyncHeadFile().ok());
  }

  rocksdb::FileSystem* const files_ = rocksdb::FileSystem::Default().get();
};

TEST_F(HeadFileTest, IsThereFromTheStart) {
  EXPECT_EQ(OnDisk().sequence, 0u);
  EXPECT_EQ(OnDisk().root, record::EmptyRoot());
  EXPECT_EQ(OnDisk().log_id, log_->log_id());
}

TEST_F(HeadFileTest, SaysWhatWasReachedWhenSynced) {
  AppendMany(5);
  EXPECT_EQ(OnDisk().sequence, 0u) << "syncing is its caller's business";
  ASSERT_TRUE(log_->SyncHeadFile().ok());
  EXPECT_EQ(OnDisk().sequence, 5u);
  EXPECT_EQ(OnDisk().root, log_->head().root);
  AppendMany(1);
  Close();
  EXPECT_EQ(OnDisk().sequence, 6u) << "closing syncs";
}

TEST_F(HeadFileTest, ALogThatIsAheadIsFine) {
  AppendAndSync(5);
  AppendMany(3);
  Crash();
  ExpectAsTold();
  EXPECT_EQ(OnDisk().sequence, 8u) << "what was recovered is served, so it counts";
}

TEST_F(HeadFileTest, ALowerHeadHaltsTheLog) {
  AppendAndSync(5);
  const std::string older = NewFolder();
  Copy(options_.data_dir, older);
  const std::string root_then = log_->head().root.ToHex();
  AppendAndSync(3);
  const std::string root_now = log_->head().root.ToHex();
  Close();
  fs::remove_all(options_.data_dir + "/db");
  Copy(older + "/db", options_.data_dir + "/db");

  const absl::Status status = TryOpen();
  EXPECT_THAT(status, Refuses(StatusCode::kDataLoss, "acknowledged events are missing"));
  EXPECT_THAT(status, Refuses(StatusCode::kDataLoss, "ends at event 5 with root " + root_then));
  EXPECT_THAT(status, Refuses(StatusCode::kDataLoss, "reached event 8 with root " + root_now));
  EXPECT_THAT(status, Refuses(StatusCode::kDataLoss, "restore the whole folder"));
  EXPECT_EQ(OnDisk().sequence, 8u) << "the evidence is left alone";
  EXPECT_FALSE(TryOpen().ok()) << "and trying again does not help";
}

TEST_F(HeadFileTest, AnotherHistoryHaltsTheLog) {
  const std::string twin = NewFolder();
  Copy(options_.data_dir, twin);
  AppendAndSync(5);
  const HeadFile acknowledged = OnDisk();
  Close();
  options_.data_dir = twin;
  told_.clear();
  Open();
  AppendMany(8);  // other event ids, the same log_id
  Close();
  Write(acknowledged);
  const absl::Status status = TryOpen();
  EXPECT_THAT(status, Refuses(StatusCode::kDataLoss, "history differs"));
  EXPECT_THAT(status, Refuses(StatusCode::kDataLoss, ModelRoot(5).ToHex()));
  EXPECT_THAT(status, Refuses(StatusCode::kDataLoss, acknowledged.root.ToHex()));
}

TEST_F(HeadFileTest, AnotherLogsHeadFileHaltsTheLog) {
  Close();
  HeadFile other = OnDisk();
  other.log_id = record::Uuid::Random();
  Write(other);
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kDataLoss, "do not belong together"));
}

TEST_F(HeadFileTest, WithoutItALogThatHasEventsIsNotOpened) {
  AppendAndSync(2);
  Close();
  fs::remove(Path());
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kDataLoss, "is missing"));
  EXPECT_FALSE(fs::exists(Path()));
  options_.accept_missing_head_file = true;
  Open();
  ExpectAsTold();
  EXPECT_EQ(OnDisk().sequence, 2u);
}

TEST_F(HeadFileTest, AcceptingAMissingOneAcceptsNothingElse) {
  AppendAndSync(2);
  Close();
  HeadFile higher = OnDisk();
  higher.sequence = 3;
  Write(higher);
  options_.accept_missing_head_file = true;
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kDataLoss, "acknowledged events are missing"));
}

TEST_F(HeadFileTest, WithoutItAnEmptyLogIsACreationThatWasCutShort) {
  const record::Uuid log_id = log_->log_id();
  Close();
  fs::remove(Path());
  Open();
  EXPECT_EQ(log_->log_id(), log_id);
  EXPECT_EQ(OnDisk().sequence, 0u);
}

TEST_F(HeadFileTest, ADamagedOneIsNotOverlooked) {
  AppendAndSync(2);
  Close();
  std::string text = ReadSmallFile(files_, Path(), 1024).value();
  text[40] ^= 1;
  ASSERT_TRUE(ReplaceFile(files_, Path(), text).ok());
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kDataLoss, "is damaged"));
  ASSERT_TRUE(ReplaceFile(files_, Path(), std::string(5000, 'x')).ok());
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kDataLoss, "is damaged"));
}

TEST_F(HeadFileTest, AHeadFileWithoutALogIsNotANewLog) {
  AppendAndSync(2);
  Close();
  fs::remove_all(options_.data_dir + "/db");
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kDataLoss, "a head file but no log"));
  EXPECT_FALSE(fs::exists(options_.data_dir + "/db"));
}

// Point-in-time recovery drops a damaged tail without a word. The head file does not.
TEST_F(HeadFileTest, ATailThatRecoveryDropsSilentlyIsMissed) {
  AppendAndSync(4);
  const std::string copy = NewFolder();
  Copy(options_.data_dir, copy);
  Close();
  options_.data_dir = copy;
  for (const auto& entry : fs::directory_iterator(copy + "/db")) {
    if (entry.path().extension() == ".log" && entry.file_size() > 0) {
      fs::resize_file(entry.path(), entry.file_size() - 1);
    }
  }
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kDataLoss, "acknowledged events are missing"));
}

}  // namespace
}  // namespace liaison::storage
