#include "server/federation/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "fake_entry.h"
#include "server/federation/puller.h"
#include "shown_hub.h"

namespace liaison::federation {
namespace {

using testing::FakeEntry;
using testing::Signal;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

TEST(AllowanceTest, FillsAtItsRateUpToItsLimit) {
  Allowance allowance(10, 30);
  EXPECT_TRUE(allowance.TryTake(30, kStart));
  EXPECT_FALSE(allowance.TryTake(1, kStart));
  EXPECT_FALSE(allowance.TryTake(11, kStart + absl::Seconds(1)));
  EXPECT_TRUE(allowance.TryTake(10, kStart + absl::Seconds(1)));
  EXPECT_TRUE(allowance.TryTake(30, kStart + absl::Hours(1)));
  EXPECT_FALSE(allowance.TryTake(1, kStart + absl::Hours(1)));
}

TEST(AllowanceTest, AClockThatIsTurnedBackFillsNothing) {
  Allowance allowance(10, 30);
  EXPECT_TRUE(allowance.TryTake(30, kStart));
  EXPECT_FALSE(allowance.TryTake(1, kStart - absl::Hours(1)));
  EXPECT_FALSE(allowance.TryTake(11, kStart - absl::Hours(1) + absl::Seconds(1)));
  EXPECT_TRUE(allowance.TryTake(10, kStart - absl::Hours(1) + absl::Seconds(1)));
}

TEST(AllowanceTest, DebtIsMadeUpFor) {
  Allowance allowance(10, 30);
  allowance.Take(50, kStart);
  EXPECT_EQ(allowance.Owed(kStart), absl::Seconds(2));
  EXPECT_EQ(allowance.Owed(kStart + absl::Seconds(2)), absl::ZeroDuration());
}

BackfillBudget::Options Rates(double items, double bytes) {
  return {items, bytes, [] { return absl::Now(); }};
}

TEST(BackfillBudgetTest, OneAtATimeInTheOrderInWhichTheyCame) {
  BackfillBudget budget(Rates(1e9, 1e9));
  std::optional<BackfillBudget::Turn> first = budget.Enter(1, 1);
  ASSERT_TRUE(first);
  absl::Mutex mu;
  std::vector<int> order;
  std::atomic<int> running = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&, i] {
      ++running;
      const std::optional<BackfillBudget::Turn> turn = budget.Enter(1, 1);
      EXPECT_TRUE(turn);
      absl::MutexLock lock(&mu);
      order.push_back(i);
    });
    // However long it takes to begin; and then it is there within microseconds.
    while (running <= i) absl::SleepFor(absl::Milliseconds(1));
    absl::SleepFor(absl::Milliseconds(50));
  }
  {
    absl::MutexLock lock(&mu);
    EXPECT_TRUE(order.empty());
  }
  first.reset();
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(order, ::testing::ElementsAre(0, 1, 2, 3, 4));
}

TEST(BackfillBudgetTest, SoManyItemsAndBytesASecond) {
  for (const auto& [items, bytes] : {std::pair(1e3, 1e9), std::pair(1e9, 1e3)}) {
    BackfillBudget budget(Rates(items, bytes));
    const absl::Time began = absl::Now();
    for (int i = 0; i < 15; ++i) EXPECT_TRUE(budget.Enter(100, 100));
    // A second's worth at once, the last one into debt.
    EXPECT_GE(absl::Now() - began, absl::Milliseconds(390));
    EXPECT_LE(absl::Now() - began, absl::Seconds(5));
  }
}

TEST(BackfillBudgetTest, StopEndsTheWaits) {
  BackfillBudget budget(Rates(1, 1));
  std::optional<BackfillBudget::Turn> first = budget.Enter(1'000'000, 1);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] { EXPECT_FALSE(budget.Enter(1, 1)); });
  }
  absl::SleepFor(absl::Milliseconds(20));
  budget.Stop();
  for (std::thread& thread : threads) thread.join();
  first.reset();
  EXPECT_FALSE(budget.Enter(1, 1));
}

// --- with lanes ----------------------------------------------------------------------------------

// A log that takes a while for each batch, one after the other, as a disk does.
class SlowEntry final : public Entry {
 public:
  // Each peer's is news, so that there is something to be entered.
  absl::StatusOr<bool> Knows(const record::Hash&) const override { return false; }
  absl::StatusOr<Behind> WhatIsBehind(absl::string_view origin,
                                      const pb::EventHeader& header) const override {
    return entry_.WhatIsBehind(origin, header);
  }
  std::shared_ptr<const domain::Registry> registry() const override { return entry_.registry(); }
  absl::Status Commit(Arrival arrival) override {
    const size_t items = arrival.items.size();
    const std::string peer = arrival.peer;
    if (items > kMostLiveItems) most_ = std::max<int>(most_, ++inside_);
    {
      absl::MutexLock lock(&disk_);
      absl::SleepFor(absl::Microseconds(100) * items);
    }
    if (items > kMostLiveItems) --inside_;
    absl::Status committed = entry_.Commit(std::move(arrival));
    absl::MutexLock lock(&mu_);
    items_[peer] += items;
    return committed;
  }
  absl::StatusOr<std::optional<std::string>> Find(const std::string& key) const override {
    return entry_.Find(key);
  }
  absl::StatusOr<std::vector<KeptRow>> List(const std::string& prefix, const std::string& after,
                                            size_t limit) const override {
    return entry_.List(prefix, after, limit);
  }
  using Entry::Keep;
  absl::Status Keep(const std::string& key, const std::string& value,
                    std::vector<KeptRow> also) override {
    return entry_.Keep(key, value, std::move(also));
  }

  size_t items(const std::string& peer) {
    absl::MutexLock lock(&mu_);
    return items_[peer];
  }
  // Great batches that were in here at once.
  int most() const { return most_; }

 private:
  FakeEntry entry_;
  absl::Mutex disk_;
  absl::Mutex mu_;
  std::map<std::string, size_t> items_ ABSL_GUARDED_BY(mu_);
  std::atomic<int> inside_{0};
  std::atomic<int> most_{0};
};

// Fictional. Each pulls the same lane, with a cursor of its own.
std::string PolicyWith(int peers) {
  std::string text = R"(
[peer.regional]
organisation = "org/fictional-regional"
[[peer.regional.send]]
name = "public signals"
audiences = ["igf/public"]
topics = "*"
types = ["topic-signal"]
authors = "*"
[origin."$origin"]
vkey = "$vkey"
[[origin."$origin".receive]]
name = "all that is public"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = "*"
)";
  for (int i = 0; i < peers; ++i) {
    absl::StrAppend(&text, "[peer.p", i, "]\naddress = \"hub.example:", i,
                    "\"\norigins = [\"$origin\"]\n");
  }
  return text;
}

class FromSource final : public PeerLine {
 public:
  FromSource(const Source* source, uint64_t shows_after)
      : source_(*source), shows_after_(shows_after) {}
  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest& request) override {
    if (cancelled_) return absl::CancelledError("no more");
    if (request.settled() >= shows_after_) return absl::UnavailableError("that is enough");
    return source_.Serve("regional", request);
  }
  void Cancel() override { cancelled_ = true; }

 private:
  const Source& source_;
  const uint64_t shows_after_;
  std::atomic<bool> cancelled_{false};
};

TEST(LanesTest, ThoseThatCatchUpTakeTurns) {
  constexpr int kPeers = 6;
  constexpr int kEvents = 3000;
  testing::ShownHub shown(PolicyWith(kPeers));
  for (int i = 0; i < kEvents; ++i) shown.Publish(Signal("fictional", "org/fictional-a"));
  shown.Sign();
  SlowEntry entry;
  Replicas replicas(&entry);
  Puller::Options options;
  options.policy = &shown.policy;
  options.entry = &entry;
  options.replicas = &replicas;
  options.dial = [&](const PeerPolicy&) -> absl::StatusOr<std::unique_ptr<PeerLine>> {
    return std::make_unique<FromSource>(shown.source.get(), kEvents);
  };
  options.now = absl::Now;
  options.roll = [] { return 0.5; };
  options.report = [](const std::string&) {};
  options.pause = absl::Milliseconds(10);
  auto puller = Puller::Start(options);
  ASSERT_TRUE(puller.ok()) << puller.status();
  const absl::Time patience = absl::Now() + absl::Seconds(100);  // ten under a sanitizer alone
  const auto all = [&] {
    for (const PeerStatus& status : (*puller)->status()) {
      for (const LaneStatus& lane : status.lanes) {
        if (lane.lane.settled() < kEvents) return false;
      }
    }
    return true;
  };
  while (!all() && absl::Now() < patience) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_TRUE(all()) << "nobody is left behind";
  EXPECT_EQ(entry.most(), 1) << "one great batch is in the way of what is new, and no more";
}

}  // namespace
}  // namespace liaison::federation
