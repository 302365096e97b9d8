#include "server/auth/audit_log.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace liaison::auth {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class AuditLogTest : public ::testing::Test {
 protected:
  AuditLogTest() {
    std::string folder = ::testing::TempDir() + "/liaison-audit-XXXXXX";
    folder_ = mkdtemp(folder.data());
    file_ = folder_ + "/audit.jsonl";
    Restart();
  }
  ~AuditLogTest() override { std::filesystem::remove_all(folder_); }

  void Restart() {
    log_.reset();
    auto opened = AuditLog::Open(file_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    log_ = *std::move(opened);
  }
  static AuditEntry Of(const std::string& about, const std::string& reason = "OK") {
    return {"org/igf-secretariat", "00ff", "AdminService.CreateToken", about, "ipv4:192.0.2.1:4711",
            "a-request",           reason};
  }
  void Append(const std::string& about) { ASSERT_TRUE(log_->Append(Of(about), kNow).ok()); }
  std::vector<AuditRow> Rows(uint64_t after = 0, size_t most = 100'000) {
    auto rows = log_->List(after, most);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() ? *std::move(rows) : std::vector<AuditRow>();
  }
  std::vector<std::string> Abouts(uint64_t after = 0, size_t most = 100'000) {
    std::vector<std::string> abouts;
    for (const AuditRow& row : Rows(after, most)) abouts.push_back(row.entry.about);
    return abouts;
  }
  std::string Contents() {
    std::ostringstream out;
    out << std::ifstream(file_, std::ios::binary).rdbuf();
    return out.str();
  }
  // The file as somebody left it who should not have been there.
  absl::Status OpenChanged(const std::string& contents) {
    log_.reset();
    std::ofstream(file_, std::ios::binary) << contents;
    return AuditLog::Open(file_).status();
  }

  std::string folder_, file_;
  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditLogTest, WhatWasWrittenIsThereAfterARestart) {
  for (const char* about : {"a", "b", "c"}) Append(about);
  const std::vector<AuditRow> before = Rows();
  Restart();
  Append("d");
  const std::vector<AuditRow> rows = Rows();
  ASSERT_EQ(rows.size(), 4U);
  for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].number, i + 1);
  EXPECT_EQ(rows[2].hash, before[2].hash);
  EXPECT_EQ(rows[3].time, kNow);
  EXPECT_EQ(rows[3].entry.from, "ipv4:192.0.2.1:4711");
}

TEST_F(AuditLogTest, NobodyElseReadsTheFile) {
  struct stat status = {};
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(AuditLogTest, EachChangeIsSeen) {
  for (const char* about : {"first", "second", "third", "fourth"}) Append(about);
  const std::string good = Contents();
  const std::vector<std::string> lines = absl::StrSplit(good, '\n');
  EXPECT_TRUE(OpenChanged(good).ok());
  for (const std::string& bad :
       {absl::StrReplaceAll(good, {{"second", "secund"}}),
        absl::StrCat(lines[0], "\n", lines[2], "\n", lines[3], "\n"),
        absl::StrCat(lines[1], "\n", lines[2], "\n"),
        absl::StrCat(lines[0], "\n", lines[2], "\n", lines[1], "\n", lines[3], "\n"),
        absl::StrCat(lines[0], "\n", lines[0], "\n"),
        absl::StrCat(lines[0], "\n\n", lines[1], "\n"), absl::StrCat(lines[0], "\nnonsense\n")}) {
    const absl::Status changed = OpenChanged(bad);
    EXPECT_EQ(changed.code(), absl::StatusCode::kDataLoss) << bad;
    EXPECT_THAT(std::string(changed.message()), HasSubstr("line"));
  }
}

TEST_F(AuditLogTest, ALineCutShortByACrashIsTakenOffAndTheChainGoesOn) {
  for (const char* about : {"a", "b"}) Append(about);
  const std::string good = Contents();
  for (size_t cut = 1; cut < 40; cut += 13) {
    ASSERT_TRUE(OpenChanged(good.substr(0, good.size() - cut)).ok()) << cut;
    Restart();
    EXPECT_THAT(Abouts(), ::testing::ElementsAre("a"));
    Append("after");
    Restart();
    EXPECT_THAT(Abouts(), ::testing::ElementsAre("a", "after"));
  }
}

TEST_F(AuditLogTest, WhateverCallersWriteStaysOnItsLineAndIsCut) {
  Append("a\"},\n{\"number\":7");
  Append(std::string(500, 'x'));
  Append(
      absl::StrCat(std::string(kMaxAuditTextSizeBytes - 1, 'y'), "\xE2\x82\xAC"));  // a euro, cut
  Append("\xFF\xFE not text");
  Restart();
  const std::vector<std::string> abouts = Abouts();
  ASSERT_EQ(abouts.size(), 4U);
  EXPECT_EQ(abouts[0], "a\"},\n{\"number\":7");
  EXPECT_EQ(abouts[1].size(), kMaxAuditTextSizeBytes);
}

TEST_F(AuditLogTest, ATokenWhereItsNumberWasAskedForIsNotWrittenDown) {
  Append("id igfl_pat_0123456789abcdef, role ROLE_READER");
  Append("igfl_inv_0123.00ff and igfl_ses_4567");
  Append("igfl_");
  EXPECT_THAT(Abouts(), ::testing::ElementsAre("id igfl_..., role ROLE_READER",
                                               "igfl_....00ff and igfl_...", "igfl_..."));
  EXPECT_THAT(Contents(), ::testing::Not(HasSubstr("0123")));
  Restart();
}

TEST_F(AuditLogTest, AFloodOfRefusalsIsCountedAndNotWrittenDown) {
  constexpr int kFlood = 10'000;
  for (int i = 0; i < kFlood; ++i) log_->AppendRefusal(Of("knock", "CREDENTIAL_INVALID"), kNow);
  EXPECT_EQ(Abouts().size(), static_cast<size_t>(kRefusalBurst));
  Append("the operator");
  const AuditRow last = Rows(static_cast<uint64_t>(kRefusalBurst), 1).at(0);
  EXPECT_EQ(last.untold, kFlood - static_cast<uint64_t>(kRefusalBurst));
  log_->AppendRefusal(Of("later", "CREDENTIAL_INVALID"), kNow + absl::Seconds(1));
  EXPECT_EQ(Abouts().back(), "later");
  EXPECT_EQ(Rows(static_cast<uint64_t>(kRefusalBurst) + 1, 1).at(0).untold, 0U);
  Restart();
}

TEST_F(AuditLogTest, PagesFollowOneAnotherOverTheMarks) {
  constexpr size_t kMany = 2 * kMaxAuditPage + 7;
  for (size_t i = 1; i <= kMany; ++i) Append(absl::StrCat(i));
  for (int round = 0; round < 2; ++round) {
    std::vector<std::string> all;
    while (true) {
      const std::vector<std::string> page = Abouts(all.size(), 300);
      if (page.empty()) break;
      all.insert(all.end(), page.begin(), page.end());
    }
    ASSERT_EQ(all.size(), kMany);
    for (size_t i = 0; i < kMany; ++i) ASSERT_EQ(all[i], absl::StrCat(i + 1));
    Restart();
  }
  EXPECT_TRUE(Abouts(kMany).empty());
  EXPECT_TRUE(Abouts(kMany + 100).empty());
}

TEST_F(AuditLogTest, ManyAtOnceMakeOneChain) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(log_->Append(Of(absl::StrCat(t)), kNow).ok());
        EXPECT_TRUE(log_->List(0, 5).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Restart();
  EXPECT_EQ(Abouts().size(), 80U);
}

TEST_F(AuditLogTest, ACopyIsVerifiedAndGoesOnWithTheLog) {
  const std::string copy = folder_ + "/copy.jsonl";
  EXPECT_TRUE(absl::IsNotFound(VerifyAuditFile(copy).status()));
  Append("one");
  ASSERT_TRUE(log_->CopyTo(copy).ok());
  Append("two");
  ASSERT_TRUE(log_->CopyTo(copy).ok());
  const auto end = VerifyAuditFile(copy);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->entries, 2u);
  EXPECT_EQ(end->hash, Rows().back().hash);
  struct stat status = {};
  ASSERT_EQ(stat(copy.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  std::filesystem::remove(file_);
  ASSERT_TRUE(CopyAuditFile(copy, file_).ok());
  Restart();
  Append("three");
  EXPECT_THAT(Abouts(), ::testing::ElementsAre("one", "two", "three"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 2);
}

TEST_F(AuditLogTest, ACopyThatWasChangedIsNoneAndNamesItsLine) {
  const std::string copy = folder_ + "/copy.jsonl";
  for (const char* about : {"one", "two", "three"}) Append(about);
  ASSERT_TRUE(log_->CopyTo(copy).ok());
  const std::string whole = Contents();
  std::ofstream(copy, std::ios::binary) << absl::StrReplaceAll(whole, {{"two", "tow"}});
  const absl::Status changed = VerifyAuditFile(copy).status();
  EXPECT_EQ(changed.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(changed.message()), HasSubstr("line 2"));
  EXPECT_EQ(CopyAuditFile(copy, file_).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Contents(), whole);
  std::ofstream(copy, std::ios::binary) << whole.substr(0, whole.size() - 1);
  EXPECT_EQ(VerifyAuditFile(copy).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(AuditLogTest, ACopyOfAnotherLogIsNotOverwritten) {
  const std::string copy = folder_ + "/copy.jsonl";
  Append("of old");
  Append("and more");
  ASSERT_TRUE(log_->CopyTo(copy).ok());
  std::filesystem::remove(file_);
  Restart();
  Append("begun anew");
  ASSERT_TRUE(log_->CopyTo(copy).ok());
  EXPECT_EQ(VerifyAuditFile(copy)->entries, 1u);
  int kept = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const std::string name = entry.path();
    if (name != copy && name != file_) kept += VerifyAuditFile(name)->entries == 2;
  }
  EXPECT_EQ(kept, 1);
}

}  // namespace
}  // namespace liaison::auth
