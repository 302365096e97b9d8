#include "server/subscriptions/desk.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "server/auth/principal.h"
#include "server/rpc/worker_pool.h"
#include "server/subscriptions/book.h"
#include "server/subscriptions/limits.h"
#include "tests/support/test_hub.h"

namespace liaison::subscriptions {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr int64_t kSecond = 1'000'000;
const Name kName{"org/eurodig", "desk"};

// Keeps what it gets, and says so.
class Reader final : public Consumer {
 public:
  explicit Reader(std::function<std::optional<auth::Principal>()> who) : who_(std::move(who)) {}
  void Deliver(std::vector<Delivery> deliveries) override {
    absl::MutexLock lock(&mu_);
    for (Delivery& delivery : deliveries) {
      room_ -= std::min(room_, delivery.event_field.size());
      deliveries_.push_back(std::move(delivery));
    }
  }
  void End(const absl::Status& why) override {
    absl::MutexLock lock(&mu_);
    ended_ = why;
  }
  size_t Room() override {
    absl::MutexLock lock(&mu_);
    return room_;
  }
  std::optional<auth::Principal> Renew() override { return who_(); }

  // As if what was delivered before could not be passed on.
  void set_room(size_t size_bytes) {
    absl::MutexLock lock(&mu_);
    room_ = size_bytes;
  }
  std::vector<Delivery> Await(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return deliveries_.size() >= count;
    };
    mu_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(10));
    return std::exchange(deliveries_, {});
  }
  absl::Status ended() const {
    absl::MutexLock lock(&mu_);
    return ended_;
  }

 private:
  const std::function<std::optional<auth::Principal>()> who_;
  mutable absl::Mutex mu_;
  size_t room_ ABSL_GUARDED_BY(mu_) = 1 << 30;
  std::vector<Delivery> deliveries_ ABSL_GUARDED_BY(mu_);
  absl::Status ended_ ABSL_GUARDED_BY(mu_);
};

std::vector<uint64_t> Sequences(const std::vector<Delivery>& deliveries) {
  std::vector<uint64_t> sequences;
  for (const Delivery& delivery : deliveries) sequences.push_back(delivery.sequence);
  return sequences;
}

// A log whose beginning is not there any more: nothing trims one yet.
class TrimmedLog final : public storage::EventLog {
 public:
  TrimmedLog(storage::EventLog* log, uint64_t earliest) : log_(*log), earliest_(earliest) {}
  uint64_t earliest() const override { return earliest_; }

  absl::StatusOr<storage::Committed> Append(const storage::Group& group) override {
    return log_.Append(group);
  }
  absl::Status SyncHeadFile() override { return log_.SyncHeadFile(); }
  absl::Status Heal() override { return log_.Heal(); }
  record::Uuid log_id() const override { return log_.log_id(); }
  std::string token_secret() const override { return log_.token_secret(); }
  storage::Head head() const override { return log_.head(); }
  absl::StatusOr<storage::StoredEvent> Read(uint64_t sequence) const override {
    return log_.Read(sequence);
  }
  absl::StatusOr<std::vector<std::optional<storage::StoredSection>>> ReadSections(
      absl::Span<const uint64_t> sequences, uint16_t kind) const override {
    return log_.ReadSections(sequences, kind);
  }
  absl::Status Scan(uint64_t after,
                    const std::function<bool(const EventView&)>& visit) const override {
    return log_.Scan(after, visit);
  }
  absl::StatusOr<storage::StoredEvent> ReadHeader(uint64_t sequence) const override {
    return log_.ReadHeader(sequence);
  }
  absl::StatusOr<std::vector<storage::StoredEvent>> ReadHeaders(
      absl::Span<const uint64_t> sequences) const override {
    return log_.ReadHeaders(sequences);
  }
  absl::Status ScanHeaders(uint64_t after,
                           const std::function<bool(const EventView&)>& visit) const override {
    return log_.ScanHeaders(after, visit);
  }
  absl::StatusOr<std::optional<uint64_t>> FindByIdentity(
      absl::string_view identity) const override {
    return log_.FindByIdentity(identity);
  }
  absl::StatusOr<std::optional<uint64_t>> FindByDigest(const record::Hash& digest) const override {
    return log_.FindByDigest(digest);
  }
  absl::StatusOr<uint64_t> FirstAtOrAfter(int64_t hub_time_us) const override {
    return log_.FirstAtOrAfter(hub_time_us);
  }
  uint64_t indexed_through() const override { return log_.indexed_through(); }
  absl::StatusOr<std::vector<uint64_t>> NextWithTerm(absl::string_view term,
                                                     uint64_t after) const override {
    return log_.NextWithTerm(term, after);
  }
  absl::StatusOr<std::optional<std::string>> GetRow(storage::Table table,
                                                    absl::string_view key) const override {
    return log_.GetRow(table, key);
  }
  absl::StatusOr<std::vector<KeyValue>> ListRows(storage::Table table, absl::string_view prefix,
                                                 absl::string_view after,
                                                 size_t limit) const override {
    return log_.ListRows(table, prefix, after, limit);
  }
  absl::StatusOr<record::Hash> RootAt(uint64_t size) const override { return log_.RootAt(size); }
  absl::StatusOr<std::string> ReadRegistryLeaf(uint64_t index) const override {
    return log_.ReadRegistryLeaf(index);
  }

 private:
  storage::EventLog& log_;
  const uint64_t earliest_;
};

class DeskTest : public ::testing::Test {
 protected:
  DeskTest() { Open(); }
  ~DeskTest() override { Close(); }

  void Open() {
    thread_ = std::make_unique<rpc::WorkerPool>(1);
    log_ = std::make_unique<TrimmedLog>(&hub_.log(), earliest_);
    desk_ = Desk::Make({log_.get(), &hub_.tail(), &hub_.proposals(),
                        [this] { return hub_.wall_us(); }, [this] { return hub_.boot_us(); },
                        [thread = thread_.get()](auto task) { thread->Post(std::move(task)); }});
  }
  void Close() {
    Settled();
    hub_.Stop();  // or it might still wake a subscription, for which there is no thread any more
    thread_.reset();
    desk_.reset();
  }
  void Restart() {
    Close();
    hub_.Restart();
    Open();
  }
  // Everything that was asked for is done, and what came of it.
  void Settled() {
    for (int i = 0; i < 3; ++i) {
      absl::Notification done;
      desk_->Get(kName, [&](const auto&) { done.Notify(); });
      done.WaitForNotification();
      ASSERT_TRUE(hub_.AcceptClock().ok());  // behind all that is in the order
    }
  }

  template <typename T, typename Ask>
  absl::StatusOr<T> Ask1(const Ask& ask) {
    absl::Notification done;
    std::optional<absl::StatusOr<T>> answer;
    ask([&](absl::StatusOr<T> given) {
      answer = std::move(given);
      done.Notify();
    });
    done.WaitForNotification();
    return *std::move(answer);
  }

  absl::Status Create(pb::DeliveryOrder order = pb::DELIVERY_ORDER_NONE,
                      const std::string& filter = "", uint32_t max_outstanding = 0) {
    rows::Subscription head;
    head.set_owner(kName.owner);
    head.set_name(kName.name);
    head.set_order(order);
    head.set_filter(filter);
    head.set_position(1);  // behind the rules
    head.mutable_settings()->set_max_outstanding(max_outstanding);
    head.mutable_settings()->set_max_attempts(2);
    return Ask1<pb::Subscription>([&](auto done) { desk_->Create(head, done); }).status();
  }
  void Publish(int count, const std::string& author = "org/apnic",
               const std::string& audience = "igf/public") {
    for (int i = 0; i < count; ++i) {
      pb::Draft draft = testing::Signal("A fictional signal", author);
      draft.set_audience(audience);
      ASSERT_TRUE(hub_.Publish(draft).ok());
    }
  }
  std::optional<auth::Principal> Who() {
    auto principal = auth::DevelopmentPrincipal(kName.owner, *hub_.sequencer().registry(),
                                                *hub_.sequencer().directory());
    return principal.ok() ? std::make_optional(*principal) : std::nullopt;
  }
  std::shared_ptr<Reader> Join(const std::string& member, uint64_t credit = 1000) {
    auto reader = std::make_shared<Reader>([this] { return Who(); });
    const auto joined =
        Ask1<JoinedAs>([&](auto done) { desk_->Attach(kName, member, 0, {}, reader, done); });
    EXPECT_TRUE(joined.ok()) << joined.status();
    if (credit > 0) desk_->Grant(kName, reader, credit, 1 << 30);
    return reader;
  }
  absl::StatusOr<std::vector<Delivery>> TryPull(uint64_t most = 1000) {
    return Ask1<std::vector<Delivery>>([&](auto done) {
      desk_->Pull(
          kName, [this] { return Who(); }, most, 0, done);
    });
  }
  std::vector<Delivery> PullAs(const std::string& organisation) {
    const auto principal = auth::DevelopmentPrincipal(organisation, *hub_.sequencer().registry(),
                                                      *hub_.sequencer().directory());
    EXPECT_TRUE(principal.ok()) << principal.status();
    auto pulled = Ask1<std::vector<Delivery>>([&](auto done) {
      desk_->Pull(
          kName, [&] { return std::make_optional(*principal); }, 1000, 0, done);
    });
    EXPECT_TRUE(pulled.ok()) << pulled.status();
    return pulled.value_or(std::vector<Delivery>());
  }
  std::vector<Delivery> Pull(uint64_t most = 1000) {
    auto pulled = TryPull(most);
    EXPECT_TRUE(pulled.ok()) << pulled.status();
    return pulled.value_or(std::vector<Delivery>());
  }
  std::vector<pb::SettleResult> Settle(const std::vector<Delivery>& deliveries,
                                       pb::SettleAction action,
                                       std::optional<int64_t> delay_s = std::nullopt) {
    std::vector<pb::Settlement> said;
    for (const Delivery& delivery : deliveries) {
      pb::Settlement& one = said.emplace_back();
      one.set_ack_token(delivery.ack_token);
      one.set_action(action);
      one.set_reason("a fictional reason");
      if (delay_s) one.mutable_delay()->set_seconds(*delay_s);
    }
    auto results =
        Ask1<std::vector<pb::SettleResult>>([&](auto done) { desk_->Settle(kName, said, done); });
    EXPECT_TRUE(results.ok()) << results.status();
    return results.value_or(std::vector<pb::SettleResult>());
  }
  pb::SubscriptionStats Stats() {
    auto shown = Ask1<pb::Subscription>([&](auto done) { desk_->Get(kName, done); });
    EXPECT_TRUE(shown.ok()) << shown.status();
    return shown->stats();
  }
  DeadLetters Replay(bool dry_run = false) {
    return *Ask1<DeadLetters>([&](auto done) { desk_->Replay(kName, {}, dry_run, done); });
  }

  absl::Status TrySeek(uint64_t position) {
    return Ask1<pb::SeekResponse>([&](auto done) { desk_->Seek(kName, position, done); }).status();
  }
  // Told at every way in, and nothing moves.
  void ExpectStuck(record::Reason reason) {
    const auto before = hub_.Everything();
    const absl::Status told = TryPull().status();
    EXPECT_EQ(record::ReasonOf(told), reason);
    EXPECT_THAT(told.message(), HasSubstr("`liaison durable seek desk --after ")) << "the way out";
    const auto reader = std::make_shared<Reader>([this] { return Who(); });
    const auto joined =
        Ask1<JoinedAs>([&](auto done) { desk_->Attach(kName, "a", 0, {}, reader, done); });
    EXPECT_EQ(record::ReasonOf(joined.status()), reason);
    const auto replayed =
        Ask1<DeadLetters>([&](auto done) { desk_->Replay(kName, {}, false, done); });
    EXPECT_EQ(record::ReasonOf(replayed.status()), reason);
    EXPECT_EQ(hub_.Everything(), before);
  }

  testing::TestHub hub_;
  uint64_t earliest_ = 1;
  std::unique_ptr<TrimmedLog> log_;
  std::unique_ptr<rpc::WorkerPool> thread_;
  std::shared_ptr<Desk> desk_;
};

TEST_F(DeskTest, DeliversWhatComesAndWhatWasThere) {
  ASSERT_TRUE(Create().ok());
  Publish(3);
  const auto reader = Join("a");
  EXPECT_THAT(Sequences(reader->Await(3)), ElementsAre(2, 3, 4));
  Publish(1);
  EXPECT_THAT(Sequences(reader->Await(1)), ElementsAre(5));
  EXPECT_EQ(Stats().outstanding(), 4u);
  EXPECT_EQ(Stats().backlog(), 0u);
}

TEST_F(DeskTest, NothingBeyondCredit) {
  ASSERT_TRUE(Create().ok());
  Publish(10);
  const auto reader = Join("a", 2);
  EXPECT_THAT(Sequences(reader->Await(2)), ElementsAre(2, 3));
  Settled();
  EXPECT_THAT(reader->Await(0), IsEmpty());
}

TEST_F(DeskTest, OneOfAnySizeForTheLastByteOfCredit) {
  ASSERT_TRUE(Create().ok());
  Publish(10);
  const auto reader = Join("a", 0);
  desk_->Grant(kName, reader, 5, 1);
  EXPECT_THAT(Sequences(reader->Await(1)), ElementsAre(2));
  Settled();
  EXPECT_THAT(reader->Await(0), IsEmpty());
  desk_->Grant(kName, reader, 0, 1);
  EXPECT_THAT(Sequences(reader->Await(1)), ElementsAre(3));
}

TEST_F(DeskTest, AReaderThatStandsStillGetsNoMoreThanItHasRoomFor) {
  ASSERT_TRUE(Create().ok());
  const auto reader = Join("a");
  reader->set_room(1);
  Publish(10);
  const auto first = reader->Await(1);
  Settled();
  EXPECT_THAT(Sequences(first), ElementsAre(2));
  EXPECT_THAT(reader->Await(0), IsEmpty()) << "whatever its credit";
  EXPECT_EQ(Stats().outstanding(), 1u) << "others may have the rest";
  EXPECT_THAT(Sequences(Pull(2)), ElementsAre(3, 4));
  reader->set_room(1 << 20);
  desk_->Began(kName, {first[0].ack_token});
  EXPECT_THAT(Sequences(reader->Await(7)), ElementsAre(5, 6, 7, 8, 9, 10, 11));
}

TEST_F(DeskTest, ARestartForgetsNothingAndCountsNothingTwice) {
  ASSERT_TRUE(Create().ok());
  Publish(4);
  const auto first = Pull(2);
  EXPECT_THAT(Settle({first[0]}, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_OK));
  Restart();
  EXPECT_EQ(Stats().outstanding(), 1u) << "it may still be at work";
  EXPECT_THAT(Sequences(Pull()), ElementsAre(4, 5));
  EXPECT_THAT(Settle({first[1]}, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_OK));
  EXPECT_THAT(Settle({first[0]}, pb::SETTLE_ACTION_ACK),
              ElementsAre(pb::SETTLE_RESULT_ALREADY_SETTLED));
}

TEST_F(DeskTest, AfterTheLeaseItComesAgainAndTheOldTokenIsRefused) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  const auto first = Pull();
  EXPECT_EQ(first.at(0).attempt, 1u);
  hub_.PassTime(29 * kSecond);
  EXPECT_THAT(Pull(), IsEmpty());
  EXPECT_THAT(Settle(first, pb::SETTLE_ACTION_EXTEND), ElementsAre(pb::SETTLE_RESULT_OK));
  hub_.PassTime(29 * kSecond);
  EXPECT_THAT(Pull(), IsEmpty());
  hub_.PassTime(kSecond);
  EXPECT_THAT(Settle(first, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_EXPIRED));
  const auto second = Pull();
  EXPECT_EQ(second.at(0).attempt, 2u);
  EXPECT_THAT(Settle(first, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_SUPERSEDED));
  EXPECT_THAT(Settle(second, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_OK));
  EXPECT_THAT(Settle({Delivery{1, "", "igf", 1}}, pb::SETTLE_ACTION_ACK),
              ElementsAre(pb::SETTLE_RESULT_INVALID));
}

// Google Pub/Sub: what lay unread in a client's buffer ran out of time there, came again, and
// again.
TEST_F(DeskTest, GooglePubSubALeaseBeginsWhenItIsWritten) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  const auto reader = Join("a");
  const auto first = reader->Await(1);
  hub_.PassTime(3600 * kSecond);
  desk_->Tick();
  Settled();
  EXPECT_THAT(reader->Await(0), IsEmpty()) << "it is still on its way";
  desk_->Began(kName, {first[0].ack_token});
  Settled();
  hub_.PassTime(30 * kSecond);
  desk_->Tick();
  EXPECT_EQ(reader->Await(1).at(0).attempt, 2u);
}

// EventStoreDB #448.
TEST_F(DeskTest, EventStoreDb448ANackFreesItsSlot) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_NONE, "", /*max_outstanding=*/1).ok());
  Publish(2);
  const auto first = Pull();
  EXPECT_THAT(Sequences(first), ElementsAre(2));
  EXPECT_THAT(Pull(), IsEmpty());
  Settle(first, pb::SETTLE_ACTION_RETRY, 3600);
  EXPECT_THAT(Sequences(Pull()), ElementsAre(3));
}

// Google Pub/Sub, google-cloud-dotnet #11793.
TEST_F(DeskTest, GooglePubSubOrderAndDeadLettersDoNotWedgeAKey) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  Publish(2, "org/apnic");
  Publish(1, "org/lacnic");
  Publish(1, "org/apnic");
  const auto reader = Join("a");
  const auto first = reader->Await(2);
  EXPECT_THAT(Sequences(first), UnorderedElementsAre(2, 4)) << "one of each author";
  const size_t apnic = first[0].sequence == 2 ? 0 : 1;
  Settle({first[apnic]}, pb::SETTLE_ACTION_RETRY, 0);
  const auto again = reader->Await(1);
  EXPECT_THAT(Sequences(again), ElementsAre(2));
  Settle(again, pb::SETTLE_ACTION_RETRY, 0);  // the second attempt was the last
  const auto next = reader->Await(1);
  EXPECT_THAT(Sequences(next), ElementsAre(3));
  EXPECT_EQ(Stats().dead_letters(), 1u);
  Settle(next, pb::SETTLE_ACTION_ACK);
  EXPECT_THAT(Sequences(reader->Await(1)), ElementsAre(5));
}

TEST_F(DeskTest, AFailingKeyBlocksOnlyItself) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  Publish(3, "org/apnic");  // 2 to 4
  Publish(1, "org/lacnic");
  Publish(1, "org/afrinic");
  const auto first = Pull();
  EXPECT_THAT(Sequences(first), UnorderedElementsAre(2, 5, 6));
  for (const Delivery& delivery : first) {
    if (delivery.sequence == 2) Settle({delivery}, pb::SETTLE_ACTION_RETRY, 3600);
    if (delivery.sequence != 2) Settle({delivery}, pb::SETTLE_ACTION_ACK);
  }
  Publish(1, "org/lacnic");
  const auto next = Pull();
  EXPECT_THAT(Sequences(next), ElementsAre(7)) << "3 and 4 wait for 2";
  Settle(next, pb::SETTLE_ACTION_ACK);
  EXPECT_EQ(Stats().waiting(), 3u);
  hub_.PassTime(3600 * kSecond);
  EXPECT_THAT(Sequences(Pull()), ElementsAre(2));
}

TEST_F(DeskTest, ShowsWhatIsBehindAndSinceWhen) {
  ASSERT_TRUE(Create().ok());
  EXPECT_FALSE(Stats().has_oldest_unacked());
  Publish(1);
  hub_.PassTime(60 * kSecond);
  Publish(2);
  EXPECT_EQ(Stats().backlog(), 3u);
  EXPECT_EQ(Stats().oldest_unacked().sequence(), 2u) << "though nobody has looked at it";
  EXPECT_EQ(Stats().lag().seconds(), 60);
  const auto all = Pull();
  EXPECT_EQ(Stats().backlog(), 0u);
  EXPECT_EQ(Stats().oldest_unacked().sequence(), 2u);
  EXPECT_EQ(Stats().outstanding(), 3u);
  Settle({all[0]}, pb::SETTLE_ACTION_ACK);
  EXPECT_EQ(Stats().oldest_unacked().sequence(), 3u);
  EXPECT_EQ(Stats().lag().seconds(), 0);
  Settle({all[1], all[2]}, pb::SETTLE_ACTION_ACK);
  EXPECT_FALSE(Stats().has_oldest_unacked());
}

// EventStoreDB #500, #3696, #3844.
TEST_F(DeskTest, EventStoreDb500ReplayLosesAndDuplicatesNothing) {
  ASSERT_TRUE(Create().ok());
  Publish(4);
  const auto all = Pull();
  Settle({all[0], all[2]}, pb::SETTLE_ACTION_DEAD_LETTER);
  Settle({all[1], all[3]}, pb::SETTLE_ACTION_ACK);
  Restart();
  auto letters = *Ask1<std::vector<pb::DeadLetter>>(
      [&](auto done) { desk_->ListDeadLetters(kName, 0, 10, done); });
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].position().sequence(), 2u);
  EXPECT_EQ(letters[0].attempts(), 1u);
  EXPECT_EQ(letters[0].reason(), "a fictional reason");
  EXPECT_THAT(Replay(/*dry_run=*/true).sequences, ElementsAre(2, 4));
  EXPECT_EQ(Stats().dead_letters(), 2u);
  EXPECT_THAT(Replay().sequences, ElementsAre(2, 4));
  EXPECT_THAT(Replay().sequences, IsEmpty());
  const auto again = Pull();
  EXPECT_THAT(Sequences(again), ElementsAre(2, 4));
  EXPECT_THAT(Settle(again, pb::SETTLE_ACTION_ACK), Each(pb::SETTLE_RESULT_OK));
  Restart();
  EXPECT_THAT(Pull(), IsEmpty());
  EXPECT_EQ(Stats().dead_letters(), 0u);
}

TEST_F(DeskTest, OnlyWhatItsOwnerMayRead) {
  ASSERT_TRUE(Create().ok());
  Publish(1, "org/apnic", "igf/partners");
  Publish(1, "org/apnic", "igf/public");
  EXPECT_THAT(Sequences(Pull()), ElementsAre(3));
  // From here on it is a partner; what was before it is not shown after the fact.
  ASSERT_TRUE(
      hub_.Publish(testing::OrganisationDraft(kName.owner, pb::ORGANISATION_KIND_NRI_REGIONAL))
          .ok());
  Publish(1, "org/apnic", "igf/partners");
  EXPECT_THAT(Sequences(Pull()), ElementsAre(4, 5));
}

TEST_F(DeskTest, WhatItsOwnerMayReadNoMoreDoesNotComeAgain) {
  ASSERT_TRUE(Create().ok());
  ASSERT_TRUE(
      hub_.Publish(testing::OrganisationDraft(kName.owner, pb::ORGANISATION_KIND_NRI_REGIONAL))
          .ok());
  Publish(1, "org/apnic", "igf/partners");
  Publish(1, "org/apnic", "igf/public");
  const auto first = Pull();
  EXPECT_THAT(Sequences(first), ElementsAre(2, 3, 4));
  Settle(first, pb::SETTLE_ACTION_RETRY, 0);
  // As if it were one no more.
  EXPECT_THAT(Sequences(PullAs("org/stranger")), ElementsAre(2, 4));
  EXPECT_EQ(Stats().waiting(), 0u);
}

TEST_F(DeskTest, FiltersAsSubscribeDoes) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_NONE, "author = org/lacnic").ok());
  Publish(2, "org/apnic");
  Publish(1, "org/lacnic");
  Publish(1, "org/apnic");
  EXPECT_THAT(Sequences(Pull()), ElementsAre(4));
}

TEST_F(DeskTest, SeekBeginsAnewAndVoidsEveryToken) {
  ASSERT_TRUE(Create().ok());
  Publish(3);
  const auto before = Pull();
  const auto sought = Ask1<pb::SeekResponse>([&](auto done) { desk_->Seek(kName, 2, done); });
  ASSERT_TRUE(sought.ok());
  EXPECT_EQ(sought->generation(), 2u);
  EXPECT_EQ(sought->backlog(), 2u);
  EXPECT_THAT(Settle(before, pb::SETTLE_ACTION_ACK), Each(pb::SETTLE_RESULT_SUPERSEDED));
  EXPECT_THAT(Sequences(Pull()), ElementsAre(3, 4));
}

TEST_F(DeskTest, APositionAheadOfTheLogIsToldAndNeverMovedByItself) {
  ASSERT_TRUE(Create().ok());
  Publish(2);
  ASSERT_TRUE(TrySeek(99).ok());
  ExpectStuck(record::Reason::kPositionAheadOfLog);
  Restart();
  ExpectStuck(record::Reason::kPositionAheadOfLog);
  ASSERT_TRUE(TrySeek(2).ok());
  EXPECT_THAT(Sequences(Pull()), ElementsAre(3));
}

TEST_F(DeskTest, APositionThatWasTrimmedIsToldAndNeverMovedByItself) {
  ASSERT_TRUE(Create().ok());
  Publish(4);
  earliest_ = 4;
  Restart();
  ExpectStuck(record::Reason::kPositionExpired);
  ASSERT_TRUE(TrySeek(3).ok());
  EXPECT_THAT(Sequences(Pull()), ElementsAre(4, 5));
}

TEST_F(DeskTest, WhatIsOutMayBeTrimmedAsWell) {
  ASSERT_TRUE(Create().ok());
  Publish(4);
  const auto all = Pull();
  Settle({all[1], all[2], all[3]}, pb::SETTLE_ACTION_ACK);
  earliest_ = 4;
  Restart();
  ExpectStuck(record::Reason::kPositionExpired);
  ASSERT_TRUE(TrySeek(3).ok());
  EXPECT_THAT(Sequences(Pull()), ElementsAre(4, 5));
}

TEST_F(DeskTest, WhatComesNextMayBeTheFirstThatIsLeft) {
  ASSERT_TRUE(Create().ok());
  Publish(2);
  earliest_ = 2;
  Restart();
  EXPECT_THAT(Sequences(Pull()), ElementsAre(2, 3));
}

TEST_F(DeskTest, AnotherLogIsTold) {
  ASSERT_TRUE(Create().ok());
  Close();
  hub_.Restart();
  auto state = LoadState(hub_.log(), kName.owner, kName.name);
  ASSERT_TRUE(state.ok() && state->has_value());
  rows::Subscription head = (*state)->head;
  head.set_log_id(std::string(16, 'x'));  // as a restored backup has it
  Change change;
  change.head = head;
  sequencer::Proposal proposal;
  proposal.control = ToControl(**state, change);
  absl::Notification done;
  proposal.done = [&](const auto&) { done.Notify(); };
  ASSERT_TRUE(hub_.proposals().Propose(std::move(proposal)).ok());
  done.WaitForNotification();
  Open();
  ExpectStuck(record::Reason::kLogIncarnationChanged);
  ASSERT_TRUE(TrySeek(1).ok());
  EXPECT_TRUE(TryPull().ok());
}

TEST_F(DeskTest, EachEventToOneOfTheMembers) {
  ASSERT_TRUE(Create().ok());
  const auto a = Join("a");
  const auto b = Join("b");
  Publish(40);
  Settled();
  std::vector<uint64_t> got = Sequences(a->Await(0));
  EXPECT_GT(got.size(), 10u);
  EXPECT_LT(got.size(), 30u);
  for (uint64_t sequence : Sequences(b->Await(0))) got.push_back(sequence);
  std::sort(got.begin(), got.end());
  EXPECT_EQ(got.size(), 40u);
  EXPECT_EQ(std::unique(got.begin(), got.end()), got.end());
}

TEST_F(DeskTest, TwoMembersShareKeysAndNoneHasTwoOfOne) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  const std::vector<std::shared_ptr<Reader>> members = {Join("a"), Join("b")};
  for (int round = 0; round < 3; ++round) {
    for (int author = 0; author < 16; ++author) Publish(1, absl::StrCat("org/fictional-", author));
  }
  // Of sequence s it is the author (s - 2) % 16.
  std::map<uint64_t, size_t> whose;
  for (uint64_t round = 0; round < 3; ++round) {
    Settled();
    std::vector<uint64_t> got;
    for (size_t member = 0; member < 2; ++member) {
      const std::vector<Delivery> deliveries = members[member]->Await(0);
      for (uint64_t sequence : Sequences(deliveries)) {
        got.push_back(sequence);
        const auto [it, is_new] = whose.emplace((sequence - 2) % 16, member);
        EXPECT_EQ(it->second, member) << "a key stays where it is";
      }
      Settle(deliveries, pb::SETTLE_ACTION_ACK);
    }
    std::sort(got.begin(), got.end());
    std::vector<uint64_t> wanted(16);
    std::iota(wanted.begin(), wanted.end(), 2 + 16 * round);
    EXPECT_EQ(got, wanted) << "the next of each key, and no more";
  }
  std::set<size_t> busy;
  for (const auto& key : whose) busy.insert(key.second);
  EXPECT_THAT(busy, ElementsAre(0, 1)) << "both have some";
}

TEST_F(DeskTest, AKeyIsDrainedBeforeItMovesToAnotherMember) {
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  const auto a = Join("a");
  for (int i = 0; i < 32; ++i) Publish(1, absl::StrCat("org/fictional-", i % 16));
  const auto held = a->Await(16);
  const auto b = Join("b");
  for (int i = 0; i < 16; ++i) Publish(1, absl::StrCat("org/fictional-", i));
  Settled();
  EXPECT_THAT(b->Await(0), IsEmpty()) << "all keys are still out at the other";
  EXPECT_THAT(a->Await(0), IsEmpty());
  Settle(held, pb::SETTLE_ACTION_ACK);
  Settled();
  std::vector<uint64_t> got = Sequences(a->Await(0));
  const std::vector<uint64_t> moved = Sequences(b->Await(0));
  EXPECT_THAT(moved, ::testing::Not(IsEmpty()));
  EXPECT_THAT(got, ::testing::Not(IsEmpty()));
  got.insert(got.end(), moved.begin(), moved.end());
  std::sort(got.begin(), got.end());
  std::vector<uint64_t> wanted(16);
  std::iota(wanted.begin(), wanted.end(), 18);
  EXPECT_EQ(got, wanted);
}

TEST_F(DeskTest, WhatNeverWentOutDoesNotCount) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  const auto a = Join("a");
  const auto first = a->Await(1);
  desk_->Detach(kName, a, {first[0].ack_token}, false);
  EXPECT_EQ(Join("b")->Await(1).at(0).attempt, 1u);
}

// A caller whose deadline was over, or whose token was revoked, while it waited.
TEST_F(DeskTest, APullThatNobodyWaitsForAnyMoreTakesNothing) {
  ASSERT_TRUE(Create().ok());
  std::atomic<bool> waits = true;
  absl::Notification ended;
  desk_->Pull(
      kName, [&] { return waits ? Who() : std::nullopt; }, 10, 30 * kSecond,
      [&](const absl::StatusOr<std::vector<Delivery>>& pulled) {
        EXPECT_FALSE(pulled.ok());
        ended.Notify();
      });
  Settled();
  waits = false;
  Publish(1);
  const auto pulled = Pull();
  ASSERT_THAT(Sequences(pulled), ElementsAre(2));
  EXPECT_EQ(pulled[0].attempt, 1u);
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

TEST_F(DeskTest, AClockThatIsSetEndsNoLease) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  const auto first = Pull();
  hub_.JumpClock(200 * kSecond);
  EXPECT_THAT(Pull(), IsEmpty());
  EXPECT_THAT(Settle(first, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_OK));
}

TEST_F(DeskTest, AMemberThatComesAnewTakesItsPlace) {
  ASSERT_TRUE(Create().ok());
  Publish(1);
  const auto old = Join("a");
  const auto first = old->Await(1);
  const auto anew = Join("a");
  EXPECT_EQ(record::ReasonOf(old->ended()), record::Reason::kFieldInvalid);
  EXPECT_EQ(anew->Await(1).at(0).attempt, 2u);
  EXPECT_THAT(Settle(first, pb::SETTLE_ACTION_ACK), ElementsAre(pb::SETTLE_RESULT_SUPERSEDED));
}

// Both at once: neither was a member when the other came.
TEST_F(DeskTest, OfTwoThatComeByOneNameAtOnceTheLaterIsIt) {
  ASSERT_TRUE(Create().ok());
  Publish(4);
  const auto who = [this] { return Who(); };
  const auto first = std::make_shared<Reader>(who), later = std::make_shared<Reader>(who);
  absl::Status first_joined, later_joined;
  desk_->Attach(kName, "a", 0, {}, first, [&](const auto& as) { first_joined = as.status(); });
  desk_->Attach(kName, "a", 0, {}, later, [&](const auto& as) { later_joined = as.status(); });
  Settled();
  EXPECT_EQ(record::ReasonOf(first_joined), record::Reason::kFieldInvalid) << first_joined;
  EXPECT_TRUE(later_joined.ok()) << later_joined;
  for (const auto& reader : {first, later}) desk_->Grant(kName, reader, 10, 1 << 20);
  EXPECT_THAT(Sequences(later->Await(4)), ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(Stats().members(), 1u);
}

TEST_F(DeskTest, WhatIsDeletedLeavesNoRow) {
  const auto before = hub_.Everything();
  ASSERT_TRUE(Create().ok());
  ASSERT_TRUE(Create().ok()) << "a retry";
  EXPECT_EQ(record::ReasonOf(Create(pb::DELIVERY_ORDER_AUTHOR)), record::Reason::kFieldInvalid);
  const auto reader = Join("a");
  ASSERT_TRUE(Ask1<bool>([&](auto done) { desk_->Delete(kName, done); }).ok());
  EXPECT_EQ(record::ReasonOf(reader->ended()), record::Reason::kNotFound);
  EXPECT_EQ(hub_.Everything(), before);
}

// Deleting one is no reason to begin to count at nothing.
TEST_F(DeskTest, NoOwnerHasMoreThanItMayAfterARestartToo) {
  ASSERT_TRUE(Create().ok());
  std::atomic<size_t> made = 1;
  rows::Subscription head;
  head.set_owner(kName.owner);
  for (size_t i = 1; i < kMaxPerOwner; ++i) {
    head.set_name(absl::StrCat("s", i));
    desk_->Create(head, [&](const auto& created) { made += created.ok() ? 1 : 0; });
  }
  const auto one_more = [&] {
    head.set_name("one-more");
    return Ask1<pb::Subscription>([&](auto done) { desk_->Create(head, done); }).status();
  };
  EXPECT_EQ(one_more().code(), absl::StatusCode::kResourceExhausted) << "those under way count";
  Settled();
  ASSERT_EQ(made, kMaxPerOwner);
  Restart();
  ASSERT_TRUE(Ask1<bool>([&](auto done) { desk_->Delete(kName, done); }).ok());
  EXPECT_TRUE(one_more().ok());
  EXPECT_EQ(Create().code(), absl::StatusCode::kResourceExhausted);
}

// What nobody consumes is not in memory: ten thousand idle ones cost their rows.
TEST_F(DeskTest, IdleOnesLeaveMemoryAndComeBack) {
  ASSERT_TRUE(Create().ok());
  Publish(2);
  Settle(Pull(1), pb::SETTLE_ACTION_ACK);
  for (int i = 0; i < 3; ++i) {
    desk_->Tick();
    absl::Notification done;
    desk_->List("org/nobody", "", 1, [&](const auto&) { done.Notify(); });
    done.WaitForNotification();
  }
  EXPECT_THAT(Sequences(Pull()), ElementsAre(3));
}

// Members come and go, settle as they like, and the hub is started again and again: in the end
// every event was acknowledged or is a dead letter, and none was with two at once.
TEST_F(DeskTest, AnyStoryWithRestartsSettlesEveryEventOnce) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  ASSERT_TRUE(Create(pb::DELIVERY_ORDER_AUTHOR).ok());
  std::set<uint64_t> wanted, acked;
  std::vector<Delivery> held;
  const std::vector<std::string> authors = {"org/apnic", "org/lacnic", "org/ripe"};
  const auto settle_some = [&](bool all) {
    std::vector<Delivery> kept;
    for (Delivery& delivery : held) {
      if (!all && random() % 3 == 0) {
        kept.push_back(std::move(delivery));
        continue;
      }
      const bool ack = random() % 4 != 0;
      const auto results =
          Settle({delivery}, ack ? pb::SETTLE_ACTION_ACK : pb::SETTLE_ACTION_RETRY, 0);
      if (ack && results.at(0) == pb::SETTLE_RESULT_OK) {
        EXPECT_TRUE(acked.insert(delivery.sequence).second) << delivery.sequence << " twice";
      }
    }
    held = std::move(kept);
  };
  for (int step = 0; step < 60; ++step) {
    const uint64_t before = hub_.tail().head();
    Publish(static_cast<int>(random() % 4), authors[random() % authors.size()]);
    for (uint64_t s = before + 1; s <= hub_.tail().head(); ++s) wanted.insert(s);
    for (Delivery& delivery : Pull(1 + random() % 5)) held.push_back(std::move(delivery));
    settle_some(false);
    if (random() % 8 == 0) Restart();
    if (random() % 8 == 0) hub_.PassTime(31 * kSecond);
    if (HasFailure()) return;
  }
  for (int i = 0; i < 300 && acked.size() + Stats().dead_letters() < wanted.size(); ++i) {
    hub_.PassTime(31 * kSecond);
    for (Delivery& delivery : Pull()) held.push_back(std::move(delivery));
    settle_some(true);
  }
  EXPECT_EQ(acked.size() + Stats().dead_letters(), wanted.size());
  EXPECT_EQ(Stats().outstanding() + Stats().waiting(), 0u);
}

}  // namespace
}  // namespace liaison::subscriptions
