#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "proto/record/errors.h"
#include "server/backup/backup_keeper.h"
#include "server/backup/erasure_follower.h"
#include "server/backup/offline.h"
#include "server/backup/reapply.h"
#include "server/domain/relayed.h"
#include "storage/rocks/open.h"
#include "tests/support/test_hub.h"

namespace liaison::backup {
namespace {

namespace fs = std::filesystem;
namespace pb = ::igf::liaison::v1;

using record::Reason;
using record::ReasonOf;
using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(30);

pb::Draft SignalWithPerson(const std::string& author) {
  pb::Draft draft = testing::Signal("fictional sample", author);
  pb::Contact* contact = draft.mutable_personal()->add_contacts();
  contact->set_role(pb::CONTACT_ROLE_FROM);
  contact->set_name("A fictional person");
  return draft;
}

class BackupTest : public ::testing::Test {
 protected:
  storage::BackupOptions Options() const {
    storage::BackupOptions options;
    options.folder = folder();
    options.reserve_size_bytes = 1 << 20;
    return options;
  }
  std::string folder() const { return dir_.path() + "/backups"; }
  std::string data_dir() const { return dir_.path() + "/data"; }

  absl::StatusOr<storage::BackupMade> BackUp() {
    BackupKeeper keeper(&hub_.log(), Options());
    return BackUp(&keeper);
  }
  static absl::StatusOr<storage::BackupMade> BackUp(BackupKeeper* keeper) {
    absl::Notification done;
    absl::StatusOr<storage::BackupMade> made = absl::UnknownError("");
    const absl::Status begun = keeper->BackUp({false, [](const storage::BackupProgress&) {},
                                               [&](absl::StatusOr<storage::BackupMade> what) {
                                                 made = std::move(what);
                                                 done.Notify();
                                               }});
    if (!begun.ok()) return begun;
    done.WaitForNotification();
    return made;
  }
  ErasureFollower::Options KeepingRedactions(std::function<void(const absl::Status&)> on_change) {
    return {[this] { return hub_.tail().erasures(); },
            [this](uint64_t after) { return hub_.log().KeepRedactions(folder(), after); },
            std::move(on_change)};
  }
  std::unique_ptr<storage::Restore> Begin(uint32_t number) const {
    storage::RestoreOptions options;
    options.folder = folder();
    options.number = number;
    options.data_dir = data_dir();
    auto restore = storage::Restore::Begin(options);
    EXPECT_TRUE(restore.ok()) << restore.status();
    return restore.ok() ? *std::move(restore) : nullptr;
  }

  testing::TempDir dir_;
  testing::TestHub hub_;
};

TEST_F(BackupTest, WithoutAFolderTheSettingIsNamed) {
  BackupKeeper keeper(&hub_.log(), storage::BackupOptions());
  const absl::Status refused = BackUp(&keeper).status();
  EXPECT_EQ(ReasonOf(refused), Reason::kBackupNotConfigured);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("backup_dir"));
}

TEST_F(BackupTest, OneAtATimeAndNoneAfterStop) {
  BackupKeeper keeper(&hub_.log(), Options());
  absl::Notification begun;
  absl::Notification go_on;
  absl::Notification done;
  absl::Status ended;
  const absl::Status first = keeper.BackUp({false,
                                            [&](const storage::BackupProgress&) {
                                              if (begun.HasBeenNotified()) return;
                                              begun.Notify();
                                              go_on.WaitForNotification();
                                            },
                                            [&](absl::StatusOr<storage::BackupMade> made) {
                                              ended = made.status();
                                              done.Notify();
                                            }});
  ASSERT_TRUE(first.ok()) << first;
  begun.WaitForNotification();
  EXPECT_EQ(ReasonOf(BackUp(&keeper).status()), Reason::kBackupRunning);
  ASSERT_TRUE(hub_.Publish(testing::Signal("nobody is held up")).ok());
  go_on.Notify();
  done.WaitForNotification();
  EXPECT_TRUE(ended.ok()) << ended;
  ASSERT_TRUE(BackUp(&keeper).ok());
  keeper.Stop();
  EXPECT_EQ(ReasonOf(BackUp(&keeper).status()), Reason::kShuttingDown);
}

TEST_F(BackupTest, WhatWasErasedAfterTheBackupIsErasedAgain) {
  const auto target = hub_.Publish(SignalWithPerson("org/apnic"));
  ASSERT_TRUE(target.ok()) << target.status();
  const auto made = BackUp();
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_TRUE(hub_.Publish(testing::Signal("lost")).ok());
  const auto redaction = hub_.Publish(
      testing::RedactionDraft("org/apnic", target->leaf.digest, pb::SECTION_KIND_PERSONAL));
  ASSERT_TRUE(redaction.ok()) << redaction.status();
  ASSERT_TRUE(hub_.log().KeepRedactions(folder(), 0).ok());

  auto restore = Begin(made->made.number);
  ASSERT_NE(restore, nullptr);
  const auto reapplied = Reapply(restore->redactions(), &restore->log());
  ASSERT_TRUE(reapplied.ok()) << reapplied.status();
  EXPECT_EQ(reapplied->appended, 1u);
  const uint64_t here = restore->log().head().sequence;
  EXPECT_EQ(here, made->made.head.sequence + 1);
  ASSERT_TRUE(restore->Finish().ok());
  restore.reset();

  storage::OpenOptions options;
  options.data_dir = data_dir();
  auto log = storage::OpenEventLog(options);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ((*log)->RootAt(made->made.head.sequence).value(), made->made.head.root);
  const auto erased = (*log)->Read(target->leaf.sequence);
  ASSERT_TRUE(erased.ok()) << erased.status();
  ASSERT_EQ(erased->sections.size(), 2u);
  EXPECT_FALSE(erased->sections[0].erased);
  EXPECT_TRUE(erased->sections[1].erased);
  const auto again = (*log)->Read(here);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->header, redaction->header_bytes);
  EXPECT_EQ((*log)->FindByDigest(redaction->leaf.digest).value(), here);
  // Once is enough.
  const auto kept = (*log)->KeepRedactions(folder(), 0);
  ASSERT_TRUE(kept.ok()) << kept.status();
  storage::BackupOptions backup = Options();
  ASSERT_TRUE((*log)->BackUp(backup).ok());
  log->reset();
  fs::remove_all(data_dir());
  restore = Begin(0);
  ASSERT_NE(restore, nullptr);
  const auto once = Reapply(restore->redactions(), &restore->log());
  ASSERT_TRUE(once.ok()) << once.status();
  EXPECT_EQ(once->appended, 0u);
  EXPECT_EQ(once->known, 1u);
}

TEST_F(BackupTest, WhatTheBackupDoesNotHaveNeedsNoErasure) {
  const auto made = BackUp();
  ASSERT_TRUE(made.ok()) << made.status();
  const auto target = hub_.Publish(SignalWithPerson("org/apnic"));
  ASSERT_TRUE(target.ok()) << target.status();
  ASSERT_TRUE(hub_.Publish(testing::RedactionDraft("org/apnic", target->leaf.digest,
                                                   pb::SECTION_KIND_PERSONAL))
                  .ok());
  ASSERT_TRUE(hub_.log().KeepRedactions(folder(), 0).ok());
  auto restore = Begin(made->made.number);
  ASSERT_NE(restore, nullptr);
  const auto reapplied = Reapply(restore->redactions(), &restore->log());
  ASSERT_TRUE(reapplied.ok()) << reapplied.status();
  EXPECT_EQ(reapplied->appended, 0u);
  EXPECT_EQ(reapplied->without_target, 1u);
  // It is not let in again, should another hub have it.
  EXPECT_TRUE(restore->log()
                  .GetRow(storage::Table::kControl,
                          domain::ErasedOnceKey(target->leaf.digest, pb::SECTION_KIND_PERSONAL))
                  ->has_value());
}

TEST_F(BackupTest, RedactionsAreKeptAsTheyCome) {
  ErasureFollower keeper(KeepingRedactions([](const absl::Status& s) { ADD_FAILURE() << s; }));
  const auto target = hub_.Publish(SignalWithPerson("org/apnic"));
  ASSERT_TRUE(target.ok()) << target.status();
  const auto redaction = hub_.Publish(
      testing::RedactionDraft("org/apnic", target->leaf.digest, pb::SECTION_KIND_PERSONAL));
  ASSERT_TRUE(redaction.ok()) << redaction.status();
  const std::string kept = absl::StrCat(folder(), "/redactions/", redaction->leaf.digest.ToHex());
  const absl::Time deadline = absl::Now() + kPatience;
  while (!fs::exists(kept) && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_TRUE(fs::exists(kept));
}

TEST_F(BackupTest, AFolderThatFailsIsSaidOnceAndTriedAgain) {
  std::ofstream(folder()) << "a file stands where the folder should";
  absl::Notification failed;
  absl::Notification healed;
  ErasureFollower keeper(KeepingRedactions([&](const absl::Status& status) {
    if (status.ok()) return healed.Notify();
    failed.Notify();  // a second time would abort
  }));
  ASSERT_TRUE(failed.WaitForNotificationWithTimeout(kPatience));
  ASSERT_TRUE(hub_.Publish(testing::Signal("nobody is held up")).ok());
  fs::remove(folder());
  EXPECT_TRUE(healed.WaitForNotificationWithTimeout(kPatience));
}

TEST_F(BackupTest, OfflineCommandsSayWhatTheyFoundInOneLine) {
  ASSERT_TRUE(hub_.Publish(SignalWithPerson("org/apnic")).ok());
  ASSERT_TRUE(BackUp().ok());
  std::ostringstream verified;
  EXPECT_EQ(VerifyOffline({folder(), 0, "", false}, &verified), 0) << verified.str();
  EXPECT_THAT(verified.str(), HasSubstr(R"("verified":true,"backup":1)"));
  std::ostringstream restored;
  EXPECT_EQ(RestoreOffline({folder(), 0, data_dir(), true}, &restored), 0) << restored.str();
  EXPECT_THAT(restored.str(), HasSubstr(R"("progress":{"step":"copying")"));
  EXPECT_THAT(restored.str(), HasSubstr(hub_.log().log_id().ToString()));
  std::ostringstream refused;
  EXPECT_EQ(RestoreOffline({folder(), 0, data_dir(), false}, &refused), 6);
  EXPECT_THAT(refused.str(), HasSubstr(R"({"error":")"));
  std::ostringstream unknown;
  EXPECT_EQ(VerifyOffline({folder(), 9, "", false}, &unknown), 5);
  std::ostringstream damaged;
  fs::resize_file(folder() + "/meta/1", 10);
  EXPECT_EQ(VerifyOffline({folder(), 0, "", false}, &damaged), 7);
}

}  // namespace
}  // namespace liaison::backup
