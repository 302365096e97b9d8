#include "storage/backup.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "proto/record/errors.h"
#include "storage/rocks/backup_folder.h"
#include "tests/unit/storage/rocks/log_fixture.h"

namespace liaison::storage {
namespace {

namespace fs = std::filesystem;

constexpr uint16_t kContent = 1;
constexpr uint16_t kPersonal = 2;

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> FilesBelow(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// In which files below the folder these bytes stand.
std::vector<std::string> FilesWith(const std::string& words, const std::string& folder) {
  std::vector<std::string> found;
  for (const fs::path& path : FilesBelow(folder)) {
    if (absl::StrContains(ReadAll(path), words)) found.push_back(path.string());
  }
  return found;
}

void FlipBit(const fs::path& path, size_t bit) {
  std::string bytes = ReadAll(path);
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << (bit % 8));
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class BackupTest : public LogTest {
 protected:
  BackupTest() : folder_(NewFolder()) { options_for_backup_.reserve_size_bytes = 1 << 20; }

  // Words that no compression can hide.
  std::string Words(size_t size_bytes = 600) {
    std::string words(size_bytes, '\0');
    for (char& c : words) c = static_cast<char>(lots_());
    return words;
  }

  // Events of nothing else: a block of them is kept as it is.
  void AppendWords(int count) {
    Group group;
    for (int i = 0; i < count; ++i) group.events.push_back(Say({.content = Words()}));
    Append(group);
  }

  absl::StatusOr<BackupMade> TryBackUp() {
    options_for_backup_.folder = folder_;
    return log_->BackUp(options_for_backup_);
  }
  BackupMade BackUp() {
    absl::StatusOr<BackupMade> made = TryBackUp();
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : BackupMade();
  }
  absl::Status Verify(uint32_t number = 0) const {
    return VerifyBackup(folder_, number, [](const BackupProgress&) {}).status();
  }
  std::vector<uint32_t> Numbers() const {
    std::vector<uint32_t> numbers;
    const auto infos = ListBackups(folder_);
    if (!infos.ok()) return numbers;
    for (const BackupInfo& info : *infos) numbers.push_back(info.number);
    return numbers;
  }
  absl::StatusOr<std::unique_ptr<Restore>> Begin(const std::string& data_dir, uint32_t number = 0) {
    RestoreOptions options;
    options.folder = folder_;
    options.number = number;
    options.data_dir = data_dir;
    return Restore::Begin(options);
  }
  // Restores, and goes on with what came of it.
  void Restored(uint32_t number = 0) {
    const std::string data_dir = absl::StrCat(NewFolder(), "/data");
    auto restore = Begin(data_dir, number);
    ASSERT_TRUE(restore.ok()) << restore.status();
    const absl::Status finished = (*restore)->Finish();
    ASSERT_TRUE(finished.ok()) << finished;
    restore->reset();
    Close();
    options_.data_dir = data_dir;
    Open();
  }

  std::string folder_;
  BackupOptions options_for_backup_;
  std::mt19937_64 lots_{20261124};
};

TEST_F(BackupTest, WhatIsRestoredIsWhatWasThere) {
  Open();
  AppendMany(1500);
  Append(GroupOf({Say({.registry = record::RegistryLeafKind::kOrganisation})}));
  PutRow(Table::kControl, "clock", "fictional");
  const record::Uuid log_id = log_->log_id();
  const std::string secret = log_->token_secret();
  const BackupMade made = BackUp();
  EXPECT_EQ(made.made.number, 1u);
  EXPECT_EQ(made.made.head.sequence, 1501u);
  EXPECT_EQ(made.made.head.root, log_->head().root);
  EXPECT_EQ(made.made.log_id, log_id);
  EXPECT_GT(made.copied_size_bytes, 0u);
  EXPECT_TRUE(Verify().ok()) << Verify();
  Close();
  fs::remove_all(options_.data_dir);
  Restored();
  ExpectAsTold();
  EXPECT_EQ(log_->GetRow(Table::kControl, "clock").value(), "fictional");
  EXPECT_NE(log_->log_id(), log_id);
  EXPECT_NE(log_->token_secret(), secret);
  AppendMany(3);
  Reopen();
  ExpectAsTold();
}

TEST_F(BackupTest, AnEmptyLogCanBeBackedUp) {
  Open();
  BackUp();
  EXPECT_TRUE(Verify().ok()) << Verify();
  Restored();
  ExpectAsTold();
}

TEST_F(BackupTest, TheNextOneCopiesWhatIsNew) {
  Open();
  for (int i = 0; i < 20; ++i) {
    Group group;
    for (int j = 0; j < 100; ++j) group.events.push_back(Say({.content = Words()}));
    Append(group);
  }
  const BackupMade first = BackUp();
  AppendMany(10);
  const BackupMade second = BackUp();
  EXPECT_GT(first.copied_size_bytes, 1u << 20);
  EXPECT_LT(second.copied_size_bytes, first.copied_size_bytes / 5);
  EXPECT_TRUE(Verify(1).ok()) << Verify(1);
  EXPECT_TRUE(Verify(2).ok()) << Verify(2);
  Restored(1);
  EXPECT_EQ(log_->head().root, first.made.head.root);
}

TEST_F(BackupTest, OnlyTheNewestAreKept) {
  options_for_backup_.keep = 2;
  Open();
  BackupMade made;
  for (int i = 0; i < 4; ++i) {
    AppendMany(5);
    made = BackUp();
  }
  EXPECT_EQ(Numbers(), (std::vector<uint32_t>{3, 4}));
  EXPECT_EQ(made.removed, std::vector<uint32_t>{2});
  EXPECT_EQ(made.kept.size(), 2u);
  EXPECT_TRUE(absl::IsNotFound(Verify(1)));
  EXPECT_TRUE(Verify(3).ok()) << Verify(3);
}

TEST_F(BackupTest, IsMadeWhileTheLogIsWritten) {
  Open();
  AppendMany(100);
  absl::Notification enough;
  std::thread writer([&] {
    while (!enough.HasBeenNotified()) AppendMany(5);
  });
  std::vector<BackupMade> made;
  for (int i = 0; i < 5; ++i) made.push_back(BackUp());
  enough.Notify();
  writer.join();
  for (const BackupMade& one : made) {
    EXPECT_EQ(one.made.head.root, ModelRoot(one.made.head.sequence));
    EXPECT_TRUE(Verify(one.made.number).ok()) << Verify(one.made.number);
  }
  EXPECT_GT(log_->head().sequence, made.front().made.head.sequence);
  ExpectAsTold();
}

TEST_F(BackupTest, OneAtATime) {
  Open();
  Group group;
  for (int i = 0; i < 100; ++i) group.events.push_back(Say({.content = Words(60'000)}));
  Append(group);
  absl::Notification begun;
  absl::Notification go_on;
  options_for_backup_.observer = [&](const BackupProgress&) {
    if (!begun.HasBeenNotified()) {
      begun.Notify();
      go_on.WaitForNotification();
    }
  };
  absl::StatusOr<BackupMade> first = absl::UnknownError("");
  std::thread other([&] { first = TryBackUp(); });
  begun.WaitForNotification();
  BackupOptions second;
  second.folder = NewFolder();
  EXPECT_EQ(record::ReasonOf(log_->BackUp(second).status()), record::Reason::kBackupRunning);
  AppendMany(1);  // nobody is held up by one that stands still
  go_on.Notify();
  other.join();
  EXPECT_TRUE(first.ok()) << first.status();
}

TEST_F(BackupTest, CanBeStopped) {
  Open();
  AppendMany(10);
  BackUp();
  Group group;
  for (int i = 0; i < 30; ++i) group.events.push_back(Say({.content = Words(200'000)}));
  Append(group);
  options_for_backup_.observer = [&](const BackupProgress&) { log_->StopBackup(); };
  const absl::Status stopped = TryBackUp().status();
  EXPECT_EQ(record::ReasonOf(stopped), record::Reason::kBackupFailed) << stopped;
  EXPECT_EQ(Numbers(), std::vector<uint32_t>{1});
  options_for_backup_.observer = [](const BackupProgress&) {};
  BackUp();
  EXPECT_TRUE(Verify(1).ok()) << Verify(1);
  EXPECT_TRUE(Verify().ok()) << Verify();
}

// A reserve larger than any disk stands for one that is full.
TEST_F(BackupTest, AFullDiskIsSaidAndDisturbsNobody) {
  Open();
  AppendMany(10);
  BackUp();
  options_for_backup_.reserve_size_bytes = uint64_t{1} << 62;
  const absl::Status full = TryBackUp().status();
  EXPECT_EQ(record::ReasonOf(full), record::Reason::kBackupFailed) << full;
  EXPECT_THAT(std::string(full.message()), ::testing::HasSubstr("make room"));
  AppendMany(10);
  ExpectAsTold();
  EXPECT_TRUE(Verify(1).ok()) << Verify(1);
}

// --- what a crash leaves -------------------------------------------------------------------------

TEST_F(BackupTest, OneThatWasCutShortGoesWithTheNext) {
  Open();
  AppendMany(50);
  BackUp();
  AppendMany(50);
  BackUp();
  // Copied, and killed before the manifest was written.
  fs::remove(absl::StrCat(folder_, "/manifests/2"));
  EXPECT_EQ(Numbers(), std::vector<uint32_t>{1});
  // Killed while it copied.
  fs::create_directories(absl::StrCat(folder_, "/private/9"));
  std::ofstream(absl::StrCat(folder_, "/private/9/CURRENT")) << "half";
  std::ofstream(absl::StrCat(folder_, "/shared_checksum/000099_sFICTIONAL_1.sst.tmp")) << "half";
  EXPECT_TRUE(Verify().ok()) << Verify();
  const BackupMade made = BackUp();
  EXPECT_EQ(made.kept.size(), 2u);
  for (uint32_t number : Numbers()) EXPECT_TRUE(Verify(number).ok()) << Verify(number);
  EXPECT_FALSE(fs::exists(absl::StrCat(folder_, "/private/9")));
  Restored(1);
  EXPECT_EQ(log_->head().sequence, 50u);
}

TEST_F(BackupTest, ARestoreThatWasCutShortIsNoLog) {
  Open();
  AppendMany(50);
  BackUp();
  const std::string data_dir = NewFolder();
  auto restore = Begin(data_dir);
  ASSERT_TRUE(restore.ok()) << restore.status();
  const std::string cut_short = NewFolder();
  Copy(data_dir, cut_short);
  restore->reset();
  EXPECT_FALSE(fs::exists(data_dir)) << "what was made is taken away";

  OpenOptions options = options_;
  options.data_dir = cut_short;
  const absl::Status opened = OpenEventLog(options).status();
  EXPECT_THAT(opened, Refuses(absl::StatusCode::kFailedPrecondition, "cut short"));
  // With the head file already in its place.
  fs::copy_file(absl::StrCat(cut_short, "/restoring/head"), absl::StrCat(cut_short, "/head"));
  EXPECT_FALSE(OpenEventLog(options).ok());
  // And with one of which nobody knows how much was written.
  fs::copy_file(absl::StrCat(cut_short, "/restoring/head"), absl::StrCat(cut_short, "/head.tmp"));
  EXPECT_FALSE(OpenEventLog(options).ok());
  // Run again, it begins anew.
  auto again = Begin(cut_short);
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_TRUE((*again)->Finish().ok());
  again->reset();
  Close();
  options_.data_dir = cut_short;
  Open();
  ExpectAsTold();
}

TEST_F(BackupTest, ARestoreOverwritesNothing) {
  Open();
  AppendMany(5);
  BackUp();
  EXPECT_THAT(Begin(options_.data_dir).status(),
              Refuses(absl::StatusCode::kFailedPrecondition, "not empty"));
  const std::string other = NewFolder();
  fs::create_directories(other);
  std::ofstream(absl::StrCat(other, "/notes")) << "fictional";
  EXPECT_THAT(Begin(other).status(), Refuses(absl::StatusCode::kFailedPrecondition, "not empty"));
  EXPECT_TRUE(fs::exists(absl::StrCat(other, "/notes")));
  EXPECT_THAT(Begin(NewFolder(), 7).status(), Refuses(absl::StatusCode::kNotFound, "no backup 7"));
  ExpectAsTold();
}

// --- damage --------------------------------------------------------------------------------------

TEST_F(BackupTest, AFlippedBitInAnyFileIsFound) {
  Open();
  AppendMany(1100);
  Append(GroupOf({Say({.content = Words(), .personal = Words()})}));
  Erase(7, kContent);
  BackUp();
  ASSERT_TRUE(Verify().ok()) << Verify();
  Close();
  const std::string sound = folder_;
  size_t flips = 0;
  for (const fs::path& path : FilesBelow(sound)) {
    if (path.filename() == "lock" || fs::file_size(path) == 0) continue;
    for (size_t place : {0, 1, 2}) {
      folder_ = NewFolder();
      Copy(sound, folder_);
      const size_t bits = fs::file_size(path) * 8;
      FlipBit(folder_ / fs::relative(path, sound), place == 0   ? lots_() % bits
                                                   : place == 1 ? bits / 2
                                                                : bits - 1);
      EXPECT_TRUE(absl::IsDataLoss(Verify())) << path << ": " << Verify();
      const std::string data_dir = NewFolder();
      EXPECT_TRUE(absl::IsDataLoss(Begin(data_dir).status())) << path;
      EXPECT_FALSE(fs::exists(data_dir));
      ++flips;
      fs::remove_all(folder_);
    }
  }
  EXPECT_GT(flips, 30u);
}

TEST_F(BackupTest, AMissingFileIsFound) {
  Open();
  AppendMany(50);
  BackUp();
  Close();
  const std::string sound = folder_;
  for (const fs::path& path : FilesBelow(sound)) {
    if (path.filename() == "lock" || path.parent_path().filename() == "manifests") continue;
    folder_ = NewFolder();
    Copy(sound, folder_);
    fs::remove(folder_ / fs::relative(path, sound));
    EXPECT_TRUE(absl::IsDataLoss(Verify())) << path << ": " << Verify();
    fs::remove_all(folder_);
  }
}

TEST_F(BackupTest, VerifyingChangesNothing) {
  Open();
  AppendMany(50);
  BackUp();
  std::map<std::string, std::string> before;
  for (const fs::path& path : FilesBelow(folder_)) before[path.string()] = ReadAll(path);
  ASSERT_TRUE(Verify().ok());
  Restored();
  std::map<std::string, std::string> after;
  for (const fs::path& path : FilesBelow(folder_)) after[path.string()] = ReadAll(path);
  EXPECT_EQ(before, after);
}

// A log that contradicts itself is found, whoever wrote its sums.
TEST_F(BackupTest, WhatDoesNotOpenItsCommitmentIsFound) {
  Open();
  AppendMany(5);
  NewEvent liar = Say();
  liar.sections[0].data = "other words";
  Append(GroupOf({liar}));
  AppendMany(5);
  BackUp();
  EXPECT_THAT(Verify(), Refuses(absl::StatusCode::kDataLoss, "event 6: section 1"));
}

TEST_F(BackupTest, WhatWasErasedWithoutARedactionIsFound) {
  Open();
  AppendMany(5);
  Group group;
  group.erased.push_back({3, kContent});
  Append(group);
  BackUp();
  EXPECT_THAT(Verify(), Refuses(absl::StatusCode::kDataLoss, "no redaction erased it"));
}

// --- erasures ------------------------------------------------------------------------------------

TEST_F(BackupTest, ErasedWordsAreInNoFileOfTheNext) {
  Open();
  const std::string erased = Words();
  const std::string kept = Words();
  AppendWords(50);
  Append(GroupOf({Say({.content = kept, .personal = erased})}));
  AppendWords(50);
  BackUp();
  ASSERT_FALSE(FilesWith(erased, folder_).empty()) << "the check itself must be able to see them";
  Erase(51, kPersonal);
  AppendWords(20);
  const BackupMade second = BackUp();
  EXPECT_EQ(second.holding_erased, std::vector<uint32_t>{1});
  EXPECT_TRUE(Verify().ok()) << Verify();
  EXPECT_FALSE(FilesWith(erased, folder_).empty()) << "the first one still has them";

  options_for_backup_.purge_erased = true;
  const BackupMade third = BackUp();
  EXPECT_EQ(third.removed, std::vector<uint32_t>{1});
  EXPECT_TRUE(third.holding_erased.empty());
  EXPECT_EQ(Numbers(), (std::vector<uint32_t>{2, 3}));
  EXPECT_EQ(FilesWith(erased, folder_), std::vector<std::string>{});
  EXPECT_FALSE(FilesWith(kept, folder_).empty());
  Restored(2);
  ExpectAsTold();
}

TEST_F(BackupTest, ErasedWordsLeaveTheLogsOwnFiles) {
  Open();
  const std::string old = Words();
  const std::string fresh = Words();
  const std::string kept = Words();
  AppendWords(50);
  Append(GroupOf({Say({.content = kept, .personal = old})}));
  BackUp();                                                      // in a table file now
  Append(GroupOf({Say({.content = kept, .personal = fresh})}));  // in the write-ahead log
  Erase(51, kPersonal);
  Erase(52, kPersonal);
  ASSERT_FALSE(FilesWith(old, options_.data_dir).empty())
      << "the check itself must be able to see them";
  ASSERT_FALSE(FilesWith(fresh, options_.data_dir).empty())
      << "the check itself must be able to see them";
  ASSERT_TRUE(log_->CompactErased(0).ok());
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  const auto gone = [&](const std::string& words) {
    return FilesWith(words, options_.data_dir).empty();
  };
  while (!(gone(old) && gone(fresh)) && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(FilesWith(old, options_.data_dir), std::vector<std::string>{});
  EXPECT_EQ(FilesWith(fresh, options_.data_dir), std::vector<std::string>{});
  EXPECT_FALSE(FilesWith(kept, options_.data_dir).empty());
  Reopen();
  ExpectAsTold();
}

// Said and erased between two backups, so that both may still be in memory and in the write-ahead
// log when the second is made.
TEST_F(BackupTest, WordsThatWereErasedAtOnceAreInNoFile) {
  Open();
  AppendMany(20);
  BackUp();
  const std::string erased = Words();
  const std::string kept = Words();
  Append(GroupOf({Say({.content = kept, .personal = erased})}));
  Erase(21, kPersonal);
  BackUp();
  EXPECT_EQ(FilesWith(erased, folder_), std::vector<std::string>{});
  EXPECT_FALSE(FilesWith(kept, folder_).empty());
  EXPECT_TRUE(Verify().ok()) << Verify();
}

TEST_F(BackupTest, WhatIsErasedWhileItIsCopiedIsNotInIt) {
  Open();
  const std::string erased = Words();
  AppendMany(20);
  Append(GroupOf({Say({.content = Words(), .personal = erased})}));
  // So that the words are in a file of the log already: in memory they would go with the flush.
  BackUp();
  fs::remove_all(folder_);
  bool done = false;
  options_for_backup_.observer = [&](const BackupProgress&) {
    if (!std::exchange(done, true)) Erase(21, kPersonal);
  };
  const BackupMade made = BackUp();
  EXPECT_EQ(made.made.head.sequence, 22u);
  EXPECT_EQ(FilesWith(erased, folder_), std::vector<std::string>{});
  EXPECT_TRUE(Verify().ok()) << Verify();
}

TEST_F(BackupTest, RedactionsAreKeptBesideTheBackups) {
  Open();
  AppendMany(1030);
  BackUp();
  Erase(5, kContent);
  AppendMany(1030);
  Erase(6, kContent);
  const absl::StatusOr<uint64_t> kept = log_->KeepRedactions(folder_, 0);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(*kept, log_->head().sequence);
  auto restore = Begin(NewFolder());
  ASSERT_TRUE(restore.ok()) << restore.status();
  ASSERT_EQ((*restore)->redactions().size(), 2u);
  EXPECT_EQ((*restore)->redactions()[0].header, told_[1030].event.header);
  EXPECT_EQ((*restore)->redactions()[1].header, told_[2061].event.header);
  EXPECT_EQ((*restore)->redactions()[1].leaf, told_[2061].event.leaf);
  EXPECT_EQ((*restore)->redactions()[0].log_id, log_->log_id());
}

TEST_F(BackupTest, WhatIsErasedAgainIsInNoFileOfTheRestoredLog) {
  Open();
  const std::string erased = Words();
  const std::string kept = Words();
  AppendWords(50);
  Append(GroupOf({Say({.content = kept, .personal = erased})}));
  BackUp();
  const std::string data_dir = NewFolder();
  auto restore = Begin(data_dir);
  ASSERT_TRUE(restore.ok()) << restore.status();
  ASSERT_FALSE(FilesWith(erased, data_dir).empty()) << "the check itself must be able to see them";
  ASSERT_TRUE((*restore)->log().Append(Erasure(51, kPersonal)).ok());
  ASSERT_TRUE((*restore)->Finish().ok());
  EXPECT_EQ(FilesWith(erased, data_dir), std::vector<std::string>{});
  EXPECT_FALSE(FilesWith(kept, data_dir).empty());
}

// A redaction has words of its own, and they can be erased.
TEST_F(BackupTest, AnErasedRedactionIsKeptAsErased) {
  Open();
  AppendMany(5);
  Erase(2, kContent);
  ASSERT_TRUE(log_->KeepRedactions(folder_, 0).ok());
  Erase(6, kContent);
  ASSERT_TRUE(log_->KeepRedactions(folder_, 6).ok());
  BackUp();
  auto restore = Begin(NewFolder());
  ASSERT_TRUE(restore.ok()) << restore.status();
  ASSERT_EQ((*restore)->redactions().size(), 2u);
  EXPECT_TRUE((*restore)->redactions()[0].sections[0].erased);
}

TEST_F(BackupTest, TwoHubsDoNotShareAFolder) {
  Open();
  AppendMany(5);
  absl::Notification begun;
  absl::Notification go_on;
  options_for_backup_.observer = [&](const BackupProgress&) {
    if (begun.HasBeenNotified()) return;
    begun.Notify();
    go_on.WaitForNotification();
  };
  std::thread first([&] { BackUp(); });
  begun.WaitForNotification();
  OpenOptions other = options_;
  other.data_dir = NewFolder();
  auto log = OpenEventLog(other);
  ASSERT_TRUE(log.ok());
  BackupOptions options;
  options.folder = folder_;
  EXPECT_THAT(std::string((*log)->BackUp(options).status().message()),
              ::testing::HasSubstr("in use"));
  go_on.Notify();
  first.join();
}

}  // namespace
}  // namespace liaison::storage
