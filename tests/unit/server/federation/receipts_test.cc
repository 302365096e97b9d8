#include "server/federation/receipts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "server/federation/limits.h"

namespace liaison::federation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kPeer[] = "regional";  // fictional
constexpr char kOrigin[] = "hub.example/igf/00000000-0000-4000-8000-000000000001";

// Rows, and nothing else of an entry.
class Rows final : public Entry {
 public:
  absl::StatusOr<bool> Knows(const record::Hash&) const override { return false; }
  absl::StatusOr<Behind> WhatIsBehind(absl::string_view, const pb::EventHeader&) const override {
    return Behind();
  }
  std::shared_ptr<const domain::Registry> registry() const override { return nullptr; }
  absl::Status Commit(Arrival) override { return absl::OkStatus(); }
  absl::StatusOr<std::optional<std::string>> Find(const std::string& key) const override {
    const auto row = rows.find(key);
    return row == rows.end() ? std::nullopt : std::make_optional(row->second);
  }
  absl::StatusOr<std::vector<KeptRow>> List(const std::string&, const std::string&,
                                            size_t) const override {
    return std::vector<KeptRow>();
  }
  using Entry::Keep;
  absl::Status Keep(const std::string& key, const std::string& value,
                    std::vector<KeptRow>) override {
    ++writes;
    if (full) return absl::ResourceExhaustedError("the disk is full");
    rows[key] = value;
    return absl::OkStatus();
  }

  std::map<std::string, std::string> rows;
  int writes = 0;
  bool full = false;
};

class ReceiptsTest : public ::testing::Test {
 protected:
  ReceiptsTest() { Restart(); }
  void Restart() {
    receipts_ = std::make_unique<Receipts>(
        &rows_, [this](const std::string& what) { reports_.push_back(what); });
  }
  void Ask(uint64_t settled, uint64_t registry_size = 0) {
    pb::PullLaneRequest request;
    request.set_origin(kOrigin);
    request.set_settled(settled);
    request.set_registry_size(registry_size);
    receipts_->Note(kPeer, request, rules_, now_);
  }
  rows::Receipt Told() const { return receipts_->Of(kPeer, kOrigin).value_or(rows::Receipt()); }

  Rows rows_;
  std::unique_ptr<Receipts> receipts_;
  std::vector<std::string> reports_;
  std::string rules_ = "these";
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
};

// Whoever takes other hubs' logs alone from here has called as well.
TEST_F(ReceiptsTest, WhenSomebodyAskedLastIsOfAnyLane) {
  constexpr char kOther[] = "hub.example/far/00000000-0000-4000-8000-000000000002";
  EXPECT_FALSE(receipts_->AskedLast(kPeer, {kOrigin, kOther}));
  pb::PullLaneRequest request;
  request.set_origin(kOther);
  receipts_->Note(kPeer, request, rules_, now_);
  EXPECT_FALSE(receipts_->AskedLast(kPeer, {kOrigin}));
  EXPECT_EQ(receipts_->AskedLast(kPeer, {kOrigin, kOther}), now_);
  Restart();
  EXPECT_EQ(receipts_->AskedLast(kPeer, {kOrigin, kOther}), now_);
  now_ += absl::Seconds(1);
  Ask(0);
  EXPECT_EQ(receipts_->AskedLast(kPeer, {kOther, kOrigin}), now_);
  EXPECT_EQ(receipts_->AskedLast(kPeer, {kOrigin, kOther}), now_);
  EXPECT_FALSE(receipts_->AskedLast("another", {kOrigin, kOther}));
}

TEST_F(ReceiptsTest, WhoNeverAskedHasSaidNothing) {
  EXPECT_FALSE(receipts_->Of(kPeer, kOrigin));
  Ask(0);
  ASSERT_TRUE(receipts_->Of(kPeer, kOrigin));
  EXPECT_EQ(Told().settled(), 0u);
  EXPECT_FALSE(receipts_->Of(kPeer, "another"));
  EXPECT_FALSE(receipts_->Of("another", kOrigin));
}

TEST_F(ReceiptsTest, OutlivesTheProcess) {
  Ask(7, 3);
  const int64_t said_us = absl::ToUnixMicros(now_);
  now_ += kReceiptPause;
  Ask(7, 0);  // which began anew, and has the registry no more
  Restart();
  EXPECT_EQ(Told().settled(), 7u);
  EXPECT_EQ(Told().settled_us(), said_us) << "since when it says so, not when it said so last";
  EXPECT_EQ(Told().registry_size(), 3u);
}

// What was settled says nothing of what other rules let go, until all of it is settled again.
TEST_F(ReceiptsTest, IsOfTheRulesUnderWhichThePeerBegan) {
  Ask(7);
  EXPECT_EQ(Told().rules(), "these");
  rules_ = "those";
  Ask(8);
  EXPECT_EQ(Told().rules(), "these");
  Ask(0);
  EXPECT_EQ(Told().rules(), "those");
  Ask(8);
  EXPECT_EQ(Told().rules(), "those");
  ASSERT_EQ(Told().before_size(), 1);
  EXPECT_EQ(Told().before(0).rules(), "these");
  EXPECT_EQ(Told().before(0).settled(), 8u);
  for (int i = 0; i < 100; ++i) {
    rules_ = std::to_string(i);
    Ask(0);
    Ask(1);
  }
  EXPECT_EQ(Told().before_size(), kMaxReceiptsBefore);
}

TEST_F(ReceiptsTest, WritesLittleOfMuch) {
  for (uint64_t i = 0; i < 600; ++i) {  // five minutes of a peer that catches up
    Ask(i);
    now_ += absl::Milliseconds(500);
  }
  EXPECT_LE(rows_.writes, 61);
  EXPECT_GE(rows_.writes, 59);
  EXPECT_EQ(Told().settled(), 599u) << "what is told is the newest";
  rows_.writes = 0;
  for (int i = 0; i < 7200; ++i) {  // an hour of one that has it all
    now_ += absl::Milliseconds(500);
    Ask(599);
  }
  EXPECT_LE(rows_.writes, 7);
  EXPECT_GE(rows_.writes, 6) << "when it asked last is worth a row now and then";
}

TEST_F(ReceiptsTest, WhatComesWithinThePauseIsWrittenAfterIt) {
  Ask(1);
  Ask(2);
  EXPECT_EQ(rows_.writes, 1);
  now_ += kReceiptPause;
  Ask(2);
  EXPECT_EQ(rows_.writes, 2);
  Restart();
  EXPECT_EQ(Told().settled(), 2u);
}

TEST_F(ReceiptsTest, RemembersThatAPeerWentBack) {
  Ask(90);
  now_ += kReceiptPause;
  Ask(40);
  Restart();
  EXPECT_EQ(Told().settled(), 40u);
  EXPECT_EQ(Told().furthest(), 90u);
}

TEST_F(ReceiptsTest, AClockThatWasSetBackHoldsNothingUp) {
  Ask(1);
  now_ -= absl::Hours(3);
  Ask(2);
  EXPECT_EQ(rows_.writes, 2);
}

TEST_F(ReceiptsTest, WhatCannotBeKeptIsSaidOnceAndTriedAgain) {
  rows_.full = true;
  for (uint64_t i = 1; i <= 4; ++i) {
    Ask(i);
    now_ += kReceiptPause;
  }
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("the disk is full")));
  EXPECT_EQ(rows_.writes, 4);
  rows_.full = false;
  Ask(4);
  Restart();
  EXPECT_EQ(Told().settled(), 4u);
}

TEST_F(ReceiptsTest, ARowThatDoesNotReadIsNone) {
  for (const std::string& row : {std::string("\xff\xff"), std::string()}) {
    rows_.rows[ReceiptRowKey(kPeer, kOrigin)] = row;
    Restart();
    EXPECT_FALSE(receipts_->Of(kPeer, kOrigin));
  }
  EXPECT_THAT(reports_, IsEmpty());
}

}  // namespace
}  // namespace liaison::federation
