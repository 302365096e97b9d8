#include "server/rpc/quota_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"

namespace liaison::rpc {
namespace {

using record::Reason;
using record::ReasonOf;
using ::testing::HasSubstr;

class QuotaBookTest : public ::testing::Test {
 protected:
  QuotaBookTest() {
    options_.organisation = {10, 20, 1000, 4000, 2};
    options_.address = {1, 2, 100, 400, 1};
    options_.elapsed = [this] { return now_; };
  }
  void Open() { book_.emplace(options_); }
  // How many calls of that size go through, one after the other.
  int CallsOf(const Payer& payer, size_t size_bytes = 0, int most = 1000) {
    int calls = 0;
    while (calls < most && book_->Charge(payer, size_bytes).ok()) ++calls;
    return calls;
  }
  int Calls(const std::string& organisation) { return CallsOf(PayerOf(organisation)); }

  absl::Duration now_ = absl::Hours(5);
  QuotaOptions options_;
  std::optional<QuotaBook> book_;
};

TEST_F(QuotaBookTest, ABurstIsWhatIsThereAndThenARateIs) {
  Open();
  EXPECT_EQ(Calls("org/eurodig"), 20);
  now_ += absl::Milliseconds(500);
  EXPECT_EQ(Calls("org/eurodig"), 5);
  // Not so long that it is forgotten, and begins anew.
  now_ += absl::Seconds(30);
  EXPECT_EQ(Calls("org/eurodig"), 20) << "rest is not saved up for ever";
  now_ += absl::Seconds(10);
  EXPECT_EQ(CallsOf(PayerOf("org/eurodig"), 1000), 4) << "nor are bytes";
  now_ += absl::Hours(1);
  EXPECT_EQ(Calls("org/eurodig"), 20);
}

TEST_F(QuotaBookTest, BytesHaveABucketOfTheirOwn) {
  Open();
  EXPECT_EQ(CallsOf(PayerOf("org/eurodig"), 1000), 4);
  EXPECT_EQ(CallsOf(PayerOf("org/eurodig"), 0), 16) << "what is refused is not charged";
  now_ += absl::Seconds(1);
  EXPECT_EQ(CallsOf(PayerOf("org/eurodig"), 1000), 1);
}

TEST_F(QuotaBookTest, WhatIsLargerThanEverFitsGoesAloneAndIsPaidForAfterwards) {
  Open();
  ASSERT_TRUE(book_->Charge(PayerOf("org/eurodig"), 10'000).ok());
  now_ += absl::Seconds(5);
  EXPECT_FALSE(book_->Charge(PayerOf("org/eurodig"), 1).ok());
  now_ += absl::Seconds(2);
  EXPECT_TRUE(book_->Charge(PayerOf("org/eurodig"), 1).ok());
}

TEST_F(QuotaBookTest, TheRefusalSaysWhoseQuotaItIsAndWhenThereIsMore) {
  Open();
  Calls("org/eurodig");
  const absl::Status refused = book_->Charge(PayerOf("org/eurodig"), 0);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), Reason::kQuotaExceeded);
  EXPECT_EQ(record::RetryDelayOf(refused), absl::Milliseconds(100));
  now_ += absl::Milliseconds(70);
  EXPECT_EQ(record::RetryDelayOf(book_->Charge(PayerOf("org/eurodig"), 0)), kLeastQuotaWait)
      << "many may wait for the same";
  ASSERT_TRUE(record::QuotaViolationOf(refused).has_value());
  EXPECT_EQ(record::QuotaViolationOf(refused)->subject, "org/eurodig");
  EXPECT_EQ(record::QuotaViolationOf(refused)->description, "calls: 10 a second, 20 at once");
  CallsOf(PayerOf("org/apnic"), 4000);
  const absl::Status of_bytes = book_->Charge(PayerOf("org/apnic"), 3000);
  EXPECT_EQ(record::RetryDelayOf(of_bytes), absl::Seconds(3));
  EXPECT_THAT(std::string(of_bytes.message()), HasSubstr("bytes"));
  now_ += absl::Seconds(3);
  EXPECT_TRUE(book_->Charge(PayerOf("org/apnic"), 3000).ok()) << "it is there when it was said";
}

TEST_F(QuotaBookTest, NobodyPaysForAnybodyElse) {
  Open();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Calls(absl::StrCat("org/test-", i)), 20) << i;
  EXPECT_EQ(CallsOf(PayerAt("ipv4:192.0.2.1:4711")), 2);
  EXPECT_EQ(CallsOf(PayerAt("ipv4:192.0.2.2:4711")), 2);
}

TEST_F(QuotaBookTest, AnOrganisationHasNoMoreForItsManyNames) {
  Open();
  EXPECT_EQ(Calls("org/eurodig/desk"), 20);
  EXPECT_EQ(Calls("org/eurodig"), 0);
  EXPECT_EQ(Calls("org/eurodig/desk/two"), 0);
}

TEST_F(QuotaBookTest, AnAddressIsOneWhateverItsPortAndOfIpv6ItsNetwork) {
  EXPECT_EQ(PayerAt("ipv4:192.0.2.1:4711").name, "192.0.2.1");
  EXPECT_EQ(PayerAt("web:192.0.2.1").name, "192.0.2.1");
  EXPECT_EQ(PayerAt("web:::ffff:192.0.2.1").name, "192.0.2.1");
  EXPECT_EQ(PayerAt("ipv6:%5B2001:db8::1%5D:4711").name, "2001:db8::/64");
  EXPECT_EQ(PayerAt("ipv6:[2001:db8::1]:4711").name, "2001:db8::/64");
  EXPECT_EQ(PayerAt("web:2001:db8:1:2:3::1").name, "2001:db8:1:2::/64");
  EXPECT_EQ(PayerAt("unix:").name, "unix:");
}

TEST_F(QuotaBookTest, StreamsAreGivenBackWithTheirSeats) {
  Open();
  const Payer payer = PayerOf("org/eurodig");
  auto first = book_->OpenStream(payer);
  auto second = book_->OpenStream(payer);
  ASSERT_TRUE(first.ok() && second.ok());
  const auto third = book_->OpenStream(payer);
  EXPECT_EQ(ReasonOf(third.status()), Reason::kQuotaExceeded);
  EXPECT_EQ(record::RetryDelayOf(third.status()), kStreamQuotaWait);
  EXPECT_TRUE(book_->OpenStream(PayerOf("org/apnic")).ok());
  QuotaBook::Seat kept = *std::move(first);
  EXPECT_FALSE(book_->OpenStream(payer).ok()) << "what is moved is still taken";
  kept = QuotaBook::Seat();
  EXPECT_TRUE(book_->OpenStream(payer).ok());
}

TEST_F(QuotaBookTest, AClockThatGoesBackGivesNothingAndTakesNothing) {
  Open();
  EXPECT_EQ(CallsOf(PayerOf("org/eurodig"), 0, 10), 10);
  now_ -= absl::Hours(2);
  EXPECT_EQ(Calls("org/eurodig"), 10);
  now_ += absl::Seconds(1);
  EXPECT_EQ(Calls("org/eurodig"), 10) << "it goes on from there";
}

TEST_F(QuotaBookTest, WhoHasAllThatIsTheirsIsForgotten) {
  Open();
  for (int i = 0; i < 50; ++i) Calls(absl::StrCat("org/test-", i));
  auto seat = book_->OpenStream(PayerOf("org/reader"));
  ASSERT_TRUE(seat.ok());
  EXPECT_EQ(book_->buckets(), 51u);
  now_ += kQuotaSweepInterval + absl::Seconds(10);
  Calls("org/eurodig");
  EXPECT_EQ(book_->buckets(), 2u) << "who calls, and who has a stream";
}

TEST_F(QuotaBookTest, WhereThereIsNoRoomTheyShareAndOrganisationsKeepTheirs) {
  options_.max_buckets = 3;
  Open();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(CallsOf(PayerAt(absl::StrCat("web:192.0.2.", i))), 2);
  EXPECT_EQ(CallsOf(PayerAt("web:192.0.2.100")), 2);
  EXPECT_EQ(CallsOf(PayerAt("web:192.0.2.101")), 0) << "of what all others share";
  EXPECT_EQ(book_->buckets(), 3u);
  EXPECT_EQ(Calls("org/eurodig"), 20);
  now_ += kFullQuotaSweepInterval + absl::Seconds(4);
  EXPECT_EQ(CallsOf(PayerAt("web:192.0.2.101")), 2) << "the others have left";
}

TEST_F(QuotaBookTest, ZeroIsNoLimit) {
  options_.organisation = {};
  Open();
  EXPECT_EQ(CallsOf(PayerOf("org/eurodig"), 1 << 20), 1000);
  std::vector<QuotaBook::Seat> seats;
  for (int i = 0; i < 1000; ++i) seats.push_back(*book_->OpenStream(PayerOf("org/eurodig")));
  now_ += kQuotaSweepInterval;
  EXPECT_EQ(Calls("org/apnic"), 1000);
}

TEST_F(QuotaBookTest, FromManyThreadsNotOneTooMany) {
  options_.max_buckets = 2;
  Open();
  std::atomic<int> charged = 0;
  std::atomic<int> seated = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        if (book_->Charge(PayerOf("org/eurodig"), 1).ok()) ++charged;
        static_cast<void>(book_->Charge(PayerAt(absl::StrCat("web:192.0.", t, ".", i)), 1));
        if (book_->OpenStream(PayerOf("org/eurodig")).ok()) ++seated;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(charged, 20);
  EXPECT_GE(seated, 500);
  auto first = book_->OpenStream(PayerOf("org/eurodig"));
  auto second = book_->OpenStream(PayerOf("org/eurodig"));
  EXPECT_TRUE(first.ok() && second.ok()) << "all were given back";
}

}  // namespace
}  // namespace liaison::rpc
