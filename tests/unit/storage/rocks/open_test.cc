// Opening, closing, crashing, and who may not open.
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "storage/base/coding.h"
#include "storage/format/keys.h"
#include "storage/format/stored.h"
#include "tests/unit/storage/rocks/log_fixture.h"

namespace liaison::storage {
namespace {

using absl::StatusCode;

class OpenTest : public LogTest {
 protected:
  // Does something to the closed database behind the log's back.
  void Tamper(const std::function<void(rocksdb::DB*,
                                       const std::vector<rocksdb::ColumnFamilyHandle*>&)>& change) {
    Close();
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (absl::string_view name : kFamilyNames) {
      families.emplace_back(std::string(name), rocksdb::ColumnFamilyOptions());
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    const rocksdb::Status opened =
        rocksdb::DB::Open(rocksdb::DBOptions(), options_.data_dir + "/db", families, &handles, &db);
    ASSERT_TRUE(opened.ok()) << opened.ToString();
    change(db, handles);
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
    }
    delete db;
  }

  void PutBehind(Family family, const std::string& key, const std::string& value) {
    Tamper([&](rocksdb::DB* db, const auto& handles) {
      ASSERT_TRUE(db->Put({}, handles[static_cast<size_t>(family)], key, value).ok());
    });
  }

  void DeleteBehind(Family family, const std::string& key) {
    Tamper([&](rocksdb::DB* db, const auto& handles) {
      ASSERT_TRUE(db->Delete({}, handles[static_cast<size_t>(family)], key).ok());
    });
  }
};

TEST_F(OpenTest, ALogIsTheSameAfterReopeningAndAfterACrash) {
  Open();
  AppendMany(10);
  ExpectAsTold();
  Reopen();
  ExpectAsTold();
  AppendMany(7);
  Crash();
  ExpectAsTold();
  AppendMany(3);
  Crash();
  Crash();
  ExpectAsTold();
}

TEST_F(OpenTest, ALogSurvivesBeingFlushedAndCompacted) {
  options_.write_buffer_size_bytes = 256 << 10;
  Open();
  for (int i = 0; i < 60; ++i) {
    Group group;
    for (int j = 0; j < 20; ++j) group.events.push_back(Say({.content = std::string(1000, 'x')}));
    Append(group);
  }
  Erase(3, 1);
  ExpectAsTold();
  Crash();
  ExpectAsTold();
}

TEST_F(OpenTest, WhatTheLogIsNeverChanges) {
  Open();
  const record::Uuid log_id = log_->log_id();
  const std::string secret = log_->token_secret();
  EXPECT_EQ(secret.size(), 32u);
  EXPECT_FALSE(log_id == record::Uuid());
  AppendMany(1);
  Crash();
  EXPECT_EQ(log_->log_id(), log_id);
  EXPECT_EQ(log_->token_secret(), secret);
}

TEST_F(OpenTest, AnotherLogIsAnother) {
  Open();
  const record::Uuid log_id = log_->log_id();
  const std::string secret = log_->token_secret();
  Close();
  options_.data_dir = NewFolder();
  Open();
  EXPECT_NE(log_->log_id(), log_id);
  EXPECT_NE(log_->token_secret(), secret);
}

TEST_F(OpenTest, FoldersAboveAreCreated) {
  options_.data_dir = NewFolder() + "/a/b";
  Open();
  AppendMany(1);
  ExpectAsTold();
}

TEST_F(OpenTest, AFolderThatCannotBeIsAnError) {
  options_.data_dir = "/proc/no/such/place";
  EXPECT_FALSE(TryOpen().ok());
}

// --- one at a time
// ---------------------------------------------------------------------------------

TEST_F(OpenTest, ASecondOpenIsRefusedAndHarmsNothing) {
  Open();
  AppendMany(2);
  EXPECT_THAT(OpenEventLog(options_).status(),
              Refuses(StatusCode::kFailedPrecondition, "one process at a time"));
  AppendMany(2);
  Reopen();
  ExpectAsTold();
}

TEST_F(OpenTest, AnotherProcessIsRefusedAndHarmsNothing) {
  Open();
  AppendMany(2);
  EXPECT_EXIT(
      {
        const absl::Status status = OpenEventLog(options_).status();
        _exit(absl::IsFailedPrecondition(status) ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
  AppendMany(2);
  ExpectAsTold();
}

// --- versions
// --------------------------------------------------------------------------------------

TEST_F(OpenTest, ANewerFormatIsRefused) {
  Open();
  AppendMany(1);
  std::string version;
  AppendU32(kFormatVersion + 1, &version);
  PutBehind(Family::kMeta, std::string(kMetaFormatVersion), version);
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kFailedPrecondition, "newer version"));
}

TEST_F(OpenTest, AnUnknownPartIsRefusedAsNewer) {
  Open();
  AppendMany(1);
  Tamper([](rocksdb::DB* db, const auto&) {
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    ASSERT_TRUE(db->CreateColumnFamily({}, "from_the_future", &handle).ok());
    ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  });
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kFailedPrecondition, "from_the_future"));
}

// --- contradictions
// --------------------------------------------------------------------------------

TEST_F(OpenTest, EventsWithoutAnIdentityAreDataLoss) {
  Open();
  AppendMany(1);
  DeleteBehind(Family::kMeta, std::string(kMetaLogId));
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kDataLoss, "does not say what it is"));
}

TEST_F(OpenTest, ATreeOfAnotherSizeIsDataLoss) {
  Open();
  AppendMany(3);
  DeleteBehind(Family::kTree, NumberKey(2));
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kDataLoss, "its tree has 2"));
}

TEST_F(OpenTest, ALastLeafThatIsNotInTheTreeIsDataLoss) {
  Open();
  AppendMany(3);
  std::string row;
  AppendEventRow(told_[0].event.leaf, "", {}, &row);  // a good leaf, at the wrong place
  PutBehind(Family::kEvents, NumberKey(3), row);
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kDataLoss, "is not the one in the tree"));
}

TEST_F(OpenTest, AMissingEventIsSeenWhenRead) {
  Open();
  AppendMany(5000);  // the hole lies in a complete block: opening does not read it
  DeleteBehind(Family::kEvents, NumberKey(7));
  Open();
  EXPECT_THAT(log_->Read(7).status(), Refuses(StatusCode::kDataLoss, "event 7 is missing"));
  EXPECT_THAT(log_->ReadHeaders({6, 7}).status(),
              Refuses(StatusCode::kDataLoss, "event 7 is missing"));
  uint64_t last = 0;
  EXPECT_THAT(log_->Scan(0,
                         [&](const EventLog::EventView& event) {
                           last = event.sequence;
                           return true;
                         }),
              Refuses(StatusCode::kDataLoss, "event 7 is missing"));
  EXPECT_EQ(last, 6u) << "never a silent gap";
}

TEST_F(OpenTest, AMissingSectionIsSeenWhenRead) {
  Open();
  AppendMany(3);
  DeleteBehind(Family::kSections, SectionKey(2, 1));
  Open();
  EXPECT_THAT(log_->Read(2).status(),
              Refuses(StatusCode::kDataLoss, "section 1 of event 2 is missing"));
  EXPECT_THAT(log_->ReadSections({1, 2, 3}, 1).status(),
              Refuses(StatusCode::kDataLoss, "section 1 of event 2 is missing"));
  EXPECT_TRUE(log_->ReadSections({1, 3}, 1).ok());
  EXPECT_TRUE(log_->Read(1).ok());
  EXPECT_TRUE(log_->Read(3).ok());
}

TEST_F(OpenTest, AHeaderThatCannotBeReadIsDataLoss) {
  Open();
  NewEvent event = Say();
  event.header = "\xff\xff\xff";
  event.terms.clear();
  ASSERT_TRUE(log_->Append(GroupOf({event})).ok());
  Close();
  EXPECT_THAT(TryOpen(), Refuses(StatusCode::kDataLoss, "header of event 1"));
}

}  // namespace
}  // namespace liaison::storage
