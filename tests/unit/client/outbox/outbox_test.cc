#include "liaison/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "liaison/error.h"
#include "proto/record/errors.h"
#include "proto/record/signature.h"
#include "proto/record/uuid.h"
#include "tests/unit/client/fake_log.h"
#include "tests/unit/client/outbox/paper_hub.h"

namespace liaison {
namespace {

using ::liaison::testing::PaperHub;
using ::liaison::testing::SampleDraft;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kLog[] = "6f9619ff-8b86-4011-b42d-00cf4fc964ff";
constexpr char kOtherLog[] = "00000000-0000-4000-8000-000000000001";

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest() {
    std::string name = ::testing::TempDir() + "/liaison-outbox-XXXXXX";
    folder_ = mkdtemp(name.data());
    file_ = folder_ + "/outbox";
  }
  ~OutboxTest() override {
    outbox_.reset();
    std::filesystem::remove_all(folder_);
  }

  Outbox& Open(OutboxOptions options = {}) {
    outbox_.reset();
    auto opened = Outbox::Open(file_, std::move(options));
    EXPECT_TRUE(opened.ok()) << opened.status();
    outbox_ = *std::move(opened);
    return *outbox_;
  }

  std::string Publish(v1::Draft draft = SampleDraft()) {
    const auto id = outbox_->Publish(std::move(draft));
    EXPECT_TRUE(id.ok()) << id.status();
    return id.value_or("");
  }
  std::vector<std::string> PublishMany(int count, int size_bytes = 0) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      v1::Draft draft = SampleDraft(absl::StrCat("fictional ", i));
      draft.mutable_topic_signal()->set_text(std::string(size_bytes, 'x'));
      ids.push_back(Publish(draft));
    }
    return ids;
  }

  absl::StatusOr<FlushResult> Flush(FlushOptions options = {}) {
    options.patience = absl::Milliseconds(200);
    return outbox_->Flush(hub_, options);
  }
  OutboxSummary Summary() { return outbox_->Summary().value_or(OutboxSummary()); }
  // Of what a sender does meanwhile.
  static bool Becomes(const std::function<bool()>& condition) {
    for (int i = 0; i < 3000; ++i) {
      if (condition()) return true;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  }
  std::vector<OutboxItem> Items() {
    auto items = outbox_->List(0, 100'000);
    EXPECT_TRUE(items.ok()) << items.status();
    return items.ok() ? *std::move(items) : std::vector<OutboxItem>();
  }
  std::vector<std::string> Ids(OutboxItemState state) {
    std::vector<std::string> ids;
    for (const OutboxItem& item : Items()) {
      if (item.state == state) ids.push_back(item.event_id);
    }
    return ids;
  }

  // As a disk may.
  void Damage(const char* how) {
    sqlite3* file = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &file), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(file, how, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(file);
  }

  std::string folder_;
  std::string file_;
  std::unique_ptr<Outbox> outbox_;
  std::shared_ptr<PaperHub> hub_ = std::make_shared<PaperHub>(kLog);
};

// --- taking -------------------------------------------------------------------------------------

TEST_F(OutboxTest, WhatIsTakenIsThereWhenItIsOpenedAgain) {
  Open();
  const auto ids = PublishMany(3);
  Open();
  EXPECT_THAT(Ids(OutboxItemState::kWaiting), ElementsAreArray(ids));
  EXPECT_EQ(Summary().waiting, 3);
}

TEST_F(OutboxTest, IsOneFileThatItsOwnerAloneReads) {
  Open();
  Publish();
  struct stat status;
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  outbox_.reset();
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(OutboxTest, ADraftIsFinishedWhenItIsTaken) {
  Open();
  v1::Draft draft = SampleDraft();
  draft.clear_event_id();
  draft.clear_authored_time();
  const std::string id = Publish(draft);
  EXPECT_TRUE(record::Uuid::Parse(id).ok()) << id;
  const auto items = Items();
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_EQ(items[0].item.draft().event_id(), id);
  EXPECT_TRUE(items[0].item.draft().has_authored_time()) << "it is as old as what it says";
}

TEST_F(OutboxTest, AProfileWithAKeySignsBeforeItStores) {
  const record::SigningKey key = record::SigningKey::Generate();
  Profile profile;
  profile.organisation = "org/example-igf";
  profile.signing_seed = key.seed();
  Open(OutboxOptionsOf(profile));
  v1::Draft draft = SampleDraft();
  Publish(draft);
  Publish(draft);  // with other salts, were it built again
  v1::Draft others = SampleDraft();
  others.set_author("org/another");
  Publish(others);
  const auto items = Items();
  ASSERT_THAT(items, SizeIs(2));
  ASSERT_TRUE(items[0].item.has_signed_());
  EXPECT_THAT(items[0].item.signed_().signature(), SizeIs(64));
  EXPECT_TRUE(items[1].item.has_draft()) << "the key speaks for its organisation alone";
}

TEST_F(OutboxTest, TheSameEventTwiceHasOneEffectAndAnotherByItsIdIsRefused) {
  Open();
  v1::Draft draft = SampleDraft();
  Publish(draft);
  Publish(draft);
  EXPECT_EQ(Summary().waiting, 1);
  draft.mutable_topic_signal()->set_title("other words");
  EXPECT_EQ(ReasonOf(outbox_->Publish(draft).status()), Reason::kEventIdReused);
  draft.set_author("org/another");
  Publish(draft);
  EXPECT_EQ(Summary().waiting, 2);
}

TEST_F(OutboxTest, OfManyAllAreTakenOrNone) {
  Open();
  v1::Draft first = SampleDraft(), again = first;
  again.mutable_topic_signal()->set_title("other words");
  EXPECT_FALSE(outbox_->PublishAll({SampleDraft(), first, again}).ok());
  EXPECT_EQ(Summary().waiting, 0);
}

TEST_F(OutboxTest, WhatNoHubTakesIsRefusedHere) {
  Open();
  v1::Draft draft = SampleDraft();
  draft.mutable_topic_signal()->set_text(std::string(record::kMaxEventSizeBytes, 'x'));
  EXPECT_EQ(ReasonOf(outbox_->Publish(draft).status()), Reason::kEventTooLarge);
  draft = SampleDraft();
  draft.clear_author();
  EXPECT_EQ(ReasonOf(outbox_->Publish(draft).status()), Reason::kFieldInvalid);
  EXPECT_EQ(Summary().waiting, 0);
}

TEST_F(OutboxTest, IsFullWithAClearWordAndHasRoomAgain) {
  OutboxOptions options;
  options.max_items = 3;
  Open(options);
  const auto ids = PublishMany(3);
  const absl::Status full = outbox_->Publish(SampleDraft()).status();
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(full.message()), HasSubstr("the outbox is full: 3 events"));
  ASSERT_TRUE(outbox_->Drop(1).ok());
  Publish();
  options.max_items = 100;
  options.max_size_bytes = Summary().size_bytes + 1000;
  Open(options);
  EXPECT_EQ(outbox_
                ->Publish([] {
                  v1::Draft draft = SampleDraft();
                  draft.mutable_topic_signal()->set_text(std::string(2000, 'x'));
                  return draft;
                }())
                .status()
                .code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(OutboxTest, AnotherFileIsNotTakenForOne) {
  std::ofstream(file_) << "a shopping list, and nothing else; long enough to have been a database";
  EXPECT_EQ(Outbox::Open(file_).status().code(), absl::StatusCode::kInvalidArgument);
  std::filesystem::remove(file_);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &other), SQLITE_OK);
  sqlite3_exec(other, "CREATE TABLE shopping(item)", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  const absl::Status status = Outbox::Open(file_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is not an outbox"));
}

TEST_F(OutboxTest, AFileOfALaterVersionIsLeftAlone) {
  Open();
  outbox_.reset();
  sqlite3* later = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &later), SQLITE_OK);
  sqlite3_exec(later, "PRAGMA user_version = 2", nullptr, nullptr, nullptr);
  sqlite3_close(later);
  const absl::Status status = Outbox::Open(file_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another version"));
}

// A disk that has lost one event has not lost the others.
TEST_F(OutboxTest, OneThatIsDamagedHoldsUpNoOther) {
  Open();
  std::vector<v1::Draft> drafts;
  for (int i = 0; i < 4; ++i) {
    drafts.push_back(SampleDraft());
    Publish(drafts.back());
  }
  Damage("UPDATE item SET item = x'0a05ffffffff' WHERE number = 2");
  EXPECT_THAT(Items(), SizeIs(4));
  const auto result = Flush();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->accepted, 3);
  EXPECT_EQ(result->refused, 1);
  const OutboxItem damaged = Items()[1];
  EXPECT_EQ(damaged.event_id, drafts[1].event_id());
  EXPECT_EQ(damaged.state, OutboxItemState::kRefused);
  EXPECT_THAT(std::string(damaged.refusal.message()), HasSubstr("publish it again"));
  Publish(drafts[1]);
  ASSERT_TRUE(Flush().ok());
  EXPECT_THAT(hub_->log(), ElementsAre(drafts[0].event_id(), drafts[2].event_id(),
                                       drafts[3].event_id(), drafts[1].event_id()));
  Damage("UPDATE item SET answer = x'0a05ffffffff' WHERE number = 3");
  ASSERT_THAT(Items(), SizeIs(4));
  EXPECT_EQ(Items()[1].receipt->event_id(), drafts[2].event_id()) << "what is left of it";
}

TEST_F(OutboxTest, AFileThatIsDamagedIsSaidToBe) {
  Open();
  PublishMany(40, 1000);
  outbox_.reset();
  std::filesystem::resize_file(file_, 10'000);
  auto opened = Outbox::Open(file_);
  const absl::Status status = opened.ok() ? (*opened)->List().status() : opened.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_TRUE(IsOfTheFile(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("publishing again"));
  EXPECT_FALSE(IsOfTheFile(absl::DataLossError("the hub's")));
}

TEST_F(OutboxTest, TwoAtOnceOnOneFileLoseNothing) {
  Open();
  std::vector<std::thread> writers;
  for (int i = 0; i < 2; ++i) {
    writers.emplace_back([this] {
      const auto outbox = Outbox::Open(file_);
      ASSERT_TRUE(outbox.ok()) << outbox.status();
      for (int k = 0; k < 25; ++k) {
        const absl::Status status = (*outbox)->Publish(SampleDraft()).status();
        EXPECT_TRUE(status.ok()) << status;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(Summary().waiting, 50);
}

// --- sending ------------------------------------------------------------------------------------

TEST_F(OutboxTest, IsSentInOrderAndReceiptsAreKeptUntilTheyAreRead) {
  Open();
  const auto ids = PublishMany(300, 1000);  // more than one window
  const auto result = Flush();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->accepted, 300);
  EXPECT_THAT(hub_->log(), ElementsAreArray(ids));
  Open();
  EXPECT_EQ(Summary().waiting, 0);
  EXPECT_EQ(Summary().accepted, 300);
  const auto items = Items();
  EXPECT_EQ(items[1].receipt->position().sequence(), 2);
  ASSERT_TRUE(outbox_->Forget({items[0].number, items[1].number}).ok());
  EXPECT_EQ(Summary().accepted, 298);
}

TEST_F(OutboxTest, WhatWaitsOrWasRefusedIsNotForgotten) {
  Open();
  const auto ids = PublishMany(2);
  hub_->JudgeBy([&](const std::string& id) {
    return id == ids[0] ? record::FieldInvalid("topics[0]", "is unknown") : absl::OkStatus();
  });
  ASSERT_TRUE(Flush().ok());
  const std::string waiting = Publish();
  ASSERT_TRUE(outbox_->Forget({1, 2, 3}).ok());
  EXPECT_THAT(Ids(OutboxItemState::kRefused), ElementsAre(ids[0]));
  EXPECT_THAT(Ids(OutboxItemState::kAccepted), IsEmpty());
  EXPECT_THAT(Ids(OutboxItemState::kWaiting), ElementsAre(waiting));
}

TEST_F(OutboxTest, WithNothingWaitingNobodyIsAsked) {
  Open();
  ASSERT_TRUE(Flush().ok());
  EXPECT_EQ(hub_->calls(), 0);
  Publish();
  ASSERT_TRUE(Flush().ok());
  const int calls = hub_->calls();
  ASSERT_TRUE(Flush().ok());
  EXPECT_EQ(hub_->calls(), calls);
}

TEST_F(OutboxTest, AProgramThatReadsNoReceiptsKeepsNone) {
  OutboxOptions options;
  options.keep_receipts = false;
  Open(options);
  const auto ids = PublishMany(2);
  hub_->JudgeBy([&](const std::string& id) {
    return id == ids[0] ? record::FieldInvalid("topics[0]", "is unknown") : absl::OkStatus();
  });
  ASSERT_TRUE(Flush().ok());
  EXPECT_EQ(Summary().accepted, 0);
  EXPECT_EQ(Summary().refused, 1) << "a refusal is always kept";
}

TEST_F(OutboxTest, WhatWasNotAnsweredIsSentAgainWithTheSameBytes) {
  Open();
  const auto ids = PublishMany(5);
  hub_->CutAfter(2);
  EXPECT_FALSE(Flush().ok());
  EXPECT_EQ(Summary().waiting, 5) << "two are there, and nobody knows";
  hub_->Fail(absl::OkStatus());
  Open();
  const auto result = Flush();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->duplicates, 2);
  EXPECT_THAT(hub_->log(), ElementsAreArray(ids));
  const auto tries = hub_->tries(ids[0]);
  ASSERT_GE(tries.size(), 2);
  EXPECT_EQ(tries.front(), tries.back());
}

TEST_F(OutboxTest, WhateverBreaksEverythingArrivesOnceAndInOrder) {
  const auto seed = static_cast<uint32_t>(std::random_device()());
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  Open();
  std::vector<std::string> ids;
  for (int round = 0; round < 40; ++round) {
    for (const std::string& id : PublishMany(static_cast<int>(random() % 4), 20'000)) {
      ids.push_back(id);
    }
    if (random() % 4 != 0) hub_->CutAfter(static_cast<int>(random() % 6));
    Flush().status().IgnoreError();
    hub_->Fail(absl::OkStatus());
    if (random() % 3 == 0) Open();
  }
  const auto last = Flush();
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_THAT(hub_->log(), ElementsAreArray(ids));
  EXPECT_THAT(Ids(OutboxItemState::kAccepted), ElementsAreArray(ids));
}

TEST_F(OutboxTest, ARefusalIsFinalForItsEventAndTheNextGoesOn) {
  Open();
  const auto ids = PublishMany(3);
  hub_->JudgeBy([&](const std::string& id) {
    return id == ids[1] ? record::FieldInvalid("topics[0]", "is unknown") : absl::OkStatus();
  });
  const auto result = Flush();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->refused, 1);
  EXPECT_THAT(hub_->log(), ElementsAre(ids[0], ids[2]));
  Open();
  const auto items = Items();
  EXPECT_EQ(items[1].state, OutboxItemState::kRefused);
  EXPECT_EQ(ReasonOf(items[1].refusal), Reason::kFieldInvalid);
  EXPECT_THAT(std::string(items[1].refusal.message()), HasSubstr("is unknown"));
  ASSERT_TRUE(Flush().ok());
  EXPECT_THAT(hub_->tries(ids[1]), SizeIs(1)) << "it is not sent again by itself";

  hub_->JudgeBy(nullptr);
  ASSERT_TRUE(outbox_->Retry(items[1].number).ok());
  EXPECT_EQ(outbox_->Retry(items[0].number).code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(Flush().ok());
  EXPECT_THAT(hub_->log(), ElementsAre(ids[0], ids[2], ids[1]));
}

TEST_F(OutboxTest, ACallerWhoIsNotLetInHasNothingRefused) {
  Open();
  PublishMany(3);
  const absl::Status expired = record::Error(Reason::kCredentialInvalid, "the token has expired");
  hub_->LetNobodyIn(expired);
  EXPECT_EQ(ReasonOf(Flush().status()), Reason::kCredentialInvalid);
  EXPECT_EQ(Summary().waiting, 3);
  EXPECT_EQ(Summary().refused, 0);
  hub_->LetNobodyIn(absl::OkStatus());
  EXPECT_TRUE(Flush().ok());
  EXPECT_THAT(hub_->log(), SizeIs(3));
}

// A token that ends while the outbox is being sent: the stream is open, and each event on it is
// answered so.
TEST_F(OutboxTest, ACallerWhoIsLetInNoMoreHasNothingRefused) {
  Open();
  const auto ids = PublishMany(3);
  hub_->JudgeBy([&](const std::string& id) {
    return id == ids[0]
               ? absl::OkStatus()
               : absl::Status(record::Error(Reason::kCredentialInvalid, "the token has expired"));
  });
  EXPECT_EQ(ReasonOf(Flush().status()), Reason::kCredentialInvalid);
  EXPECT_EQ(Summary().waiting, 2);
  EXPECT_EQ(Summary().refused, 0);
  hub_->JudgeBy(nullptr);
  EXPECT_TRUE(Flush().ok());
  EXPECT_THAT(hub_->log(), ElementsAreArray(ids));
}

TEST_F(OutboxTest, WhatIsToldIsWrittenDownAlready) {
  Open();
  PublishMany(3);
  FlushOptions options;
  uint64_t told = 0;
  options.on_settled = [&](absl::Span<const OutboxItem> items) {
    told += items.size();
    EXPECT_GE(Summary().accepted, told);
    return absl::CancelledError("the reader has gone");
  };
  EXPECT_EQ(Flush(options).status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Summary().failures, 0) << "no fault of the line's";
  EXPECT_TRUE(Flush().ok());
  EXPECT_EQ(Summary().accepted, 3);
}

// --- which hub ----------------------------------------------------------------------------------

TEST_F(OutboxTest, BelongsToTheLogOfTheFirstContact) {
  Open();
  Publish();
  EXPECT_EQ(Summary().log_id, "");
  ASSERT_TRUE(Flush().ok());
  EXPECT_EQ(Summary().log_id, kLog);
  EXPECT_EQ(Summary().hub, "paper");

  Publish();
  hub_ = std::make_shared<PaperHub>(kOtherLog);
  const absl::Status other = Flush().status();
  EXPECT_EQ(other.code(), absl::StatusCode::kFailedPrecondition);
  for (const char* words : {kLog, kOtherLog, "Nothing was sent", "outbox adopt"}) {
    EXPECT_THAT(std::string(other.message()), HasSubstr(words));
  }
  EXPECT_THAT(hub_->log(), IsEmpty());
  EXPECT_EQ(Summary().waiting, 1);

  ASSERT_TRUE(outbox_->Adopt(kOtherLog).ok());
  ASSERT_TRUE(Flush().ok());
  EXPECT_THAT(hub_->log(), SizeIs(1));
}

TEST_F(OutboxTest, TheReceiptOfAnotherLogIsNone) {
  Open();
  Publish();
  hub_->GiveReceiptsOf(kOtherLog);
  EXPECT_EQ(Flush().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Summary().waiting, 1);
}

// --- when ---------------------------------------------------------------------------------------

TEST_F(OutboxTest, PausesGrowAndAreRememberedUntilTheHubAnswers) {
  Open();
  Publish();
  hub_->Fail(absl::UnavailableError("nobody there"));
  for (int i = 0; i < 12; ++i) EXPECT_FALSE(Flush().ok());
  Open();
  EXPECT_EQ(Summary().failures, 12);
  EXPECT_LE(Summary().next_try, absl::Now() + kOutboxLongestPause);
  EXPECT_THAT(Summary().last_error, HasSubstr("nobody there"));
  hub_->Fail(absl::OkStatus());
  ASSERT_TRUE(Flush().ok()) << "who asks now is served now";
  EXPECT_EQ(Summary().failures, 0);
  EXPECT_EQ(Summary().last_error, "");
}

TEST_F(OutboxTest, AHubThatHasAnsweredSomeIsNoHubThatIsAway) {
  Open();
  PublishMany(300, 1000);  // more than one window
  hub_->Fail(absl::UnavailableError("nobody there"));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Flush().ok());
  EXPECT_EQ(Summary().failures, 5);
  hub_->Fail(absl::OkStatus());
  hub_->CutAfter(200);
  EXPECT_FALSE(Flush().ok());
  EXPECT_GT(Summary().accepted, 0);
  EXPECT_EQ(Summary().failures, 1);
}

TEST_F(OutboxTest, ATimerWaitsAsLongAsTheHubAsked) {
  Open();
  Publish();
  const absl::Status busy =
      record::Error(Reason::kQueueFull, "come again").RetryAfter(absl::Minutes(5));
  hub_->Fail(busy);
  EXPECT_FALSE(Flush().ok());
  EXPECT_GT(Summary().next_try, absl::Now() + absl::Minutes(4));
  hub_->Fail(absl::OkStatus());
  FlushOptions timer;
  timer.only_when_due = true;
  const int calls = hub_->calls();
  EXPECT_TRUE(Flush(timer).ok());
  EXPECT_EQ(hub_->calls(), calls);
  EXPECT_EQ(Summary().waiting, 1);
}

TEST_F(OutboxTest, AClockThatIsSetBackMakesNoPauseOfYears) {
  Open();
  Publish();
  Damage("UPDATE outbox SET failures = 3, next_try_us = 4102444800000000");  // in the year 2100
  FlushOptions timer;
  timer.only_when_due = true;
  ASSERT_TRUE(Flush(timer).ok());
  EXPECT_EQ(Summary().waiting, 0);
}

TEST_F(OutboxTest, OneSendsAtATime) {
  Open();
  Publish();
  absl::Status second;
  hub_->BeforeAnswer([&] {
    const auto outbox = Outbox::Open(file_);
    second = (*outbox)->Flush(hub_, {}).status();
  });
  ASSERT_TRUE(Flush().ok());
  EXPECT_EQ(second.code(), absl::StatusCode::kAborted) << second;
  EXPECT_THAT(std::string(second.message()),
              HasSubstr(absl::StrCat("process ", getpid(), " is sending from")));
}

TEST_F(OutboxTest, WhatWaitsAgainWhileOthersAreSentIsSentToo) {
  Open();
  const auto ids = PublishMany(2);
  hub_->JudgeBy([&](const std::string& id) {
    return id == ids[0] ? record::FieldInvalid("topics[0]", "is unknown") : absl::OkStatus();
  });
  ASSERT_TRUE(Flush().ok());
  hub_->JudgeBy(nullptr);
  Publish();
  hub_->BeforeAnswer([&] { (*Outbox::Open(file_))->Retry(1).IgnoreError(); });
  ASSERT_TRUE(Flush().ok());
  EXPECT_EQ(Summary().waiting, 0) << "OK says that nothing waits";
  EXPECT_EQ(Summary().accepted, 3);
}

TEST_F(OutboxTest, WhatIsDroppedWhileItIsSentIsGone) {
  Open();
  PublishMany(2);
  hub_->BeforeAnswer([&] { EXPECT_TRUE((*Outbox::Open(file_))->Drop(1).ok()); });
  ASSERT_TRUE(Flush().ok());
  EXPECT_EQ(Summary().accepted, 1);
  EXPECT_EQ(Summary().waiting, 0);
}

TEST_F(OutboxTest, ASenderSendsWhatIsPublishedAndWhatWasLeft) {
  Open();
  std::vector<std::string> ids = PublishMany(2);
  Open();
  {
    OutboxSender sender(outbox_.get(), hub_);
    ids.push_back(Publish());
    EXPECT_TRUE(Becomes([&] { return Summary().waiting == 0; }));
    EXPECT_TRUE(sender.last_status().ok()) << sender.last_status();
    const int calls = hub_->calls();
    absl::SleepFor(absl::Milliseconds(300));
    EXPECT_EQ(hub_->calls(), calls) << "nothing waits, nothing is said";
    ids.push_back(Publish());
    EXPECT_TRUE(Becomes([&] { return Summary().waiting == 0; }));
  }
  EXPECT_THAT(hub_->log(), ElementsAreArray(ids));
}

TEST_F(OutboxTest, ASenderLeavesAHubThatIsAwayInPeace) {
  Open();
  hub_->Fail(record::Error(Reason::kQueueFull, "come again").RetryAfter(absl::Minutes(5)));
  Publish();
  OutboxSender sender(outbox_.get(), hub_);
  EXPECT_TRUE(Becomes([&] { return Summary().failures == 1; }));
  for (int i = 0; i < 20; ++i) Publish();  // new events are no reason to ask again
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_EQ(hub_->calls(), 1);
  EXPECT_EQ(Summary().failures, 1);
}

}  // namespace
}  // namespace liaison
