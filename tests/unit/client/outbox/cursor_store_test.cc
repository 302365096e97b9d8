#include "liaison/cursor_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <random>

#include "absl/strings/str_cat.h"
#include "liaison/error.h"
#include "tests/support/power_loss_vfs.h"
#include "tests/unit/client/fake_log.h"

namespace liaison {
namespace {

using ::liaison::testing::At;

class CursorStoreTest : public ::testing::Test {
 protected:
  CursorStoreTest() {
    std::string name = ::testing::TempDir() + "/liaison-cursor-XXXXXX";
    folder_ = mkdtemp(name.data());
    file_ = folder_ + "/mine.db";
    Open();
  }
  ~CursorStoreTest() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Open() {
    store_.reset();
    auto opened = CursorStore::Open(file_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  // Adds a row to a table of our own.
  static absl::Status AddRow(sqlite3* db) {
    const int code = sqlite3_exec(db,
                                  "CREATE TABLE IF NOT EXISTS seen(n INTEGER);"
                                  "INSERT INTO seen VALUES(1)",
                                  nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? absl::OkStatus() : absl::InternalError(sqlite3_errmsg(db));
  }
  int Rows() const { return RowsIn(file_); }
  static int RowsIn(const std::string& file) {
    sqlite3* db = nullptr;
    sqlite3_open(file.c_str(), &db);
    int rows = 0;
    sqlite3_exec(
        db, "SELECT n FROM seen",
        [](void* count, int, char**, char**) {
          ++*static_cast<int*>(count);
          return 0;
        },
        &rows, nullptr);
    sqlite3_close(db);
    return rows;
  }
  uint64_t Sequence(const std::string& name = "radar") {
    const auto position = store_->Get(name);
    EXPECT_TRUE(position.ok()) << position.status();
    return position->has_value() ? (*position)->sequence() : 0;
  }

  std::string folder_;
  std::string file_;
  std::unique_ptr<CursorStore> store_;
};

TEST_F(CursorStoreTest, TheFirstTimeBeginsWhereItIsTold) {
  EXPECT_TRUE(std::holds_alternative<FromBeginning>(*store_->StartOf("radar", FromBeginning{})));
  ASSERT_TRUE(store_->Remember("radar", At(7)).ok());
  Open();
  const Start start = *store_->StartOf("radar", FromBeginning{});
  ASSERT_TRUE(std::holds_alternative<After>(start));
  EXPECT_EQ(std::get<After>(start).sequence, 7);
  EXPECT_EQ(std::get<After>(start).log_id, testing::kLogId);
  EXPECT_TRUE(std::holds_alternative<FromNow>(*store_->StartOf("another", FromNow{})));
}

TEST_F(CursorStoreTest, WorkAndPositionAreThereTogether) {
  EXPECT_TRUE(*store_->Process("radar", At(7), AddRow));
  Open();
  EXPECT_EQ(Sequence(), 7);
  EXPECT_EQ(Rows(), 1);
}

TEST_F(CursorStoreTest, OrNotAtAll) {
  const auto failed = store_->Process("radar", At(7), [](sqlite3* db) {
    EXPECT_TRUE(AddRow(db).ok());
    return absl::InternalError("half way");
  });
  EXPECT_EQ(failed.status().message(), "half way");
  EXPECT_EQ(Sequence(), 0);
  EXPECT_EQ(Rows(), 0);
  EXPECT_TRUE(*store_->Process("radar", At(7), AddRow)) << "and can be done after that";
}

TEST_F(CursorStoreTest, WhatWasProcessedIsNotProcessedAgain) {
  ASSERT_TRUE(store_->Process("radar", At(7), AddRow).ok());
  for (const uint64_t sequence : {7, 6}) {
    EXPECT_FALSE(*store_->Process("radar", At(sequence), AddRow));
  }
  EXPECT_EQ(Rows(), 1);
  EXPECT_EQ(Sequence(), 7) << "it never goes back";
  EXPECT_TRUE(*store_->Process("another", At(6), AddRow)) << "names stand for themselves";
}

TEST_F(CursorStoreTest, AnotherLogIsRefusedUntilItIsResetOnPurpose) {
  ASSERT_TRUE(store_->Remember("radar", At(7)).ok());
  const v1::Position other = At(9, "00000000-0000-4000-8000-000000000001");
  EXPECT_EQ(ReasonOf(store_->Process("radar", other, AddRow).status()),
            Reason::kLogIncarnationChanged);
  EXPECT_EQ(Rows(), 0);
  ASSERT_TRUE(store_->Reset("radar").ok());
  EXPECT_TRUE(*store_->Process("radar", other, AddRow));
}

// The same promise as the outbox: what was done and remembered is on the disk when it returns.
TEST_F(CursorStoreTest, WhateverThePowerLeavesWorkAndPositionAgree) {
  const auto seed = static_cast<uint32_t>(std::random_device()());
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 60; ++round) {
    const std::string before = absl::StrCat(folder_, "/before-", round);
    const std::string after = absl::StrCat(folder_, "/after-", round);
    std::filesystem::create_directory(before);
    std::filesystem::create_directory(after);
    testing::PowerLossVfs vfs("cursor-power-loss", testing::PowerLossVfs::Lie::kNone);
    vfs.CutAfter(static_cast<int>(random() % 80) + 1);
    uint64_t done = 0;
    {
      CursorStoreOptions options;
      options.sqlite_vfs = vfs.name();
      const auto store = CursorStore::Open(before + "/mine.db", options);
      while (store.ok() && !vfs.is_cut()) {
        if ((*store)->Process("radar", At(done + 1), AddRow).ok()) ++done;
      }
    }
    vfs.Restore(after, &random);
    const auto store = CursorStore::Open(after + "/mine.db");
    ASSERT_TRUE(store.ok()) << store.status();
    const auto position = (*store)->Get("radar");
    ASSERT_TRUE(position.ok()) << position.status();
    const uint64_t sequence = position->has_value() ? (*position)->sequence() : 0;
    EXPECT_GE(sequence, done) << "it was forgotten";
    EXPECT_EQ(RowsIn(after + "/mine.db"), sequence) << "one without the other";
  }
}

TEST_F(CursorStoreTest, AProgramsOwnDatabaseStaysItsOwn) {
  store_.reset();
  std::filesystem::remove(file_);
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &db), SQLITE_OK);
  sqlite3_exec(db, "CREATE TABLE seen(n); INSERT INTO seen VALUES(1); PRAGMA user_version = 42",
               nullptr, nullptr, nullptr);
  sqlite3_close(db);
  Open();
  ASSERT_TRUE(store_->Process("radar", At(1), AddRow).ok());
  EXPECT_EQ(Rows(), 2);
}

TEST_F(CursorStoreTest, APositionOfNoLogIsRefused) {
  EXPECT_EQ(store_->Remember("radar", v1::Position()).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace liaison
