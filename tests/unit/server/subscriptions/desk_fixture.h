// A desk over a hub without its wire, and those who speak to it.
#ifndef LIAISON_TESTS_UNIT_SERVER_SUBSCRIPTIONS_DESK_FIXTURE_H_
#define LIAISON_TESTS_UNIT_SERVER_SUBSCRIPTIONS_DESK_FIXTURE_H_

#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "server/auth/principal.h"
#include "server/rpc/worker_pool.h"
#include "server/subscriptions/desk.h"
#include "tests/support/test_hub.h"

namespace liaison::subscriptions {

inline constexpr int64_t kSecond = 1'000'000;
inline const Name kName{"org/eurodig", "desk"};

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

inline std::vector<uint64_t> Sequences(const std::vector<Delivery>& deliveries) {
  std::vector<uint64_t> sequences;
  for (const Delivery& delivery : deliveries) sequences.push_back(delivery.sequence);
  return sequences;
}

// A log whose beginning is not there any more: nothing trims one yet. It counts how often a row is
// looked up.
class TrimmedLog final : public storage::EventLog {
 public:
  TrimmedLog(storage::EventLog* log, uint64_t earliest) : log_(*log), earliest_(earliest) {}
  uint64_t earliest() const override { return earliest_; }
  int row_reads() const { return row_reads_; }

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
    ++row_reads_;
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
  mutable std::atomic<int> row_reads_ = 0;
};

// An order that takes so many more and no other, as one that is full, or lets wait what it takes.
class NarrowOrder final : public sequencer::ProposalLog {
 public:
  explicit NarrowOrder(sequencer::ProposalLog* order) : order_(*order) {}
  void TakeOnly(int more) {
    absl::MutexLock lock(&mu_);
    more_ = more;
  }
  void TakeAll() { TakeOnly(std::numeric_limits<int>::max()); }
  void Hold() {
    absl::MutexLock lock(&mu_);
    holds_ = true;
  }
  void GoOn() {
    absl::MutexLock lock(&mu_);
    holds_ = false;
    for (sequencer::Proposal& proposal : held_)
      EXPECT_TRUE(order_.Propose(std::move(proposal)).ok());
    held_.clear();
  }

  absl::Status Propose(sequencer::Proposal&& proposal) override {
    absl::MutexLock lock(&mu_);
    if (holds_) {
      held_.push_back(std::move(proposal));
      return absl::OkStatus();
    }
    if (more_-- > 0) return order_.Propose(std::move(proposal));
    return record::Error(record::Reason::kQueueFull, "fictional: it is full");
  }
  std::vector<sequencer::Proposal> Take(absl::Duration wait) override { return order_.Take(wait); }
  void Close() override { order_.Close(); }
  bool drained() const override { return order_.drained(); }
  absl::Status condition() const override { return order_.condition(); }

 private:
  sequencer::ProposalLog& order_;
  absl::Mutex mu_;
  int more_ ABSL_GUARDED_BY(mu_) = std::numeric_limits<int>::max();
  bool holds_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<sequencer::Proposal> held_ ABSL_GUARDED_BY(mu_);
};

class DeskTest : public ::testing::Test {
 protected:
  DeskTest() { Open(); }
  ~DeskTest() override { Close(); }

  void Open() {
    thread_ = std::make_unique<rpc::WorkerPool>(1);
    log_ = std::make_unique<TrimmedLog>(&hub_.log(), earliest_);
    order_ = std::make_unique<NarrowOrder>(&hub_.proposals());
    desk_ = Desk::Make({log_.get(), &hub_.tail(), order_.get(), [this] { return hub_.wall_us(); },
                        [this] { return hub_.boot_us(); },
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
  absl::StatusOr<std::vector<pb::SettleResult>> TrySettle(
      const std::vector<Delivery>& deliveries, pb::SettleAction action,
      std::optional<int64_t> delay_s = std::nullopt) {
    std::vector<pb::Settlement> said;
    for (const Delivery& delivery : deliveries) {
      pb::Settlement& one = said.emplace_back();
      one.set_ack_token(delivery.ack_token);
      one.set_action(action);
      one.set_reason("a fictional reason");
      if (delay_s) one.mutable_delay()->set_seconds(*delay_s);
    }
    return Ask1<std::vector<pb::SettleResult>>(
        [&](auto done) { desk_->Settle(kName, said, done); });
  }
  std::vector<pb::SettleResult> Settle(const std::vector<Delivery>& deliveries,
                                       pb::SettleAction action,
                                       std::optional<int64_t> delay_s = std::nullopt) {
    auto results = TrySettle(deliveries, action, delay_s);
    EXPECT_TRUE(results.ok()) << results.status();
    return results.value_or(std::vector<pb::SettleResult>());
  }
  // As time passes, and with it nothing but ticks.
  void TickSome() {
    for (int i = 0; i < 3; ++i) {
      desk_->Tick();
      absl::Notification done;
      desk_->List("org/nobody", "", 1, [&](const auto&) { done.Notify(); });
      done.WaitForNotification();
    }
  }
  pb::SubscriptionStats Stats() {
    auto shown = Ask1<pb::Subscription>([&](auto done) { desk_->Get(kName, done); });
    EXPECT_TRUE(shown.ok()) << shown.status();
    return shown->stats();
  }
  // Of the events that were read, those of which anything is remembered.
  uint64_t Accounted() {
    const pb::SubscriptionStats stats = Stats();
    return stats.outstanding() + stats.waiting() + stats.dead_letters();
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
    EXPECT_THAT(told.message(), ::testing::HasSubstr("`liaison durable seek desk --after "))
        << "the way out";
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
  std::unique_ptr<NarrowOrder> order_;
  std::unique_ptr<rpc::WorkerPool> thread_;
  std::shared_ptr<Desk> desk_;
};

}  // namespace liaison::subscriptions

#endif  // LIAISON_TESTS_UNIT_SERVER_SUBSCRIPTIONS_DESK_FIXTURE_H_
