#include "server/federation/exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "fake_entry.h"
#include "fictional_origin.h"
#include "proto/record/errors.h"
#include "proto/record/way_out.h"
#include "server/federation/limits.h"

namespace liaison::federation {
namespace {

using record::Reason;
using record::ReasonOf;

// A line that counts who asks whom, and answers nobody.
class DeafLine final : public PeerLine {
 public:
  DeafLine(std::string address, std::map<std::string, int>* open, absl::Mutex* mu)
      : address_(std::move(address)), open_(*open), mu_(*mu) {
    absl::MutexLock lock(&mu_);
    ++open_[address_];
  }
  ~DeafLine() override {
    absl::MutexLock lock(&mu_);
    --open_[address_];
  }
  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest&) override {
    return absl::UnavailableError("nobody there");
  }
  void Cancel() override {}

 private:
  const std::string address_;
  std::map<std::string, int>& open_;
  absl::Mutex& mu_;
};

class ExchangeTest : public ::testing::Test {
 protected:
  Puller::Options OptionsOf() {
    Puller::Options options;
    options.entry = &entry_;
    options.replicas = &replicas_;
    options.dial = [this](const PeerPolicy& peer) -> absl::StatusOr<std::unique_ptr<PeerLine>> {
      if (!peer.profile.empty() && !has_folder_) return absl::NotFoundError("no such folder");
      return std::make_unique<DeafLine>(peer.address, &open_, &mu_);
    };
    options.now = [] { return absl::Now(); };
    options.roll = [] { return 0.5; };
    options.report = [](const std::string&) {};
    options.pause = absl::Milliseconds(5);
    return options;
  }
  std::shared_ptr<const Policy> PolicyOf(const std::string& peer, const std::string& more = "") {
    auto policy = Policy::Parse(absl::StrCat("[origin.\"", testing::kRegional, "\"]\nvkey = \"",
                                             origin_.log_key.verifier().ToString(), "\"\n[peer.",
                                             peer, "]\naddress = \"", peer, ":1\"\norigins = [\"",
                                             testing::kRegional, "\"]\n", more));
    EXPECT_TRUE(policy.ok()) << policy.status();
    return std::make_shared<const Policy>(*std::move(policy));
  }
  static std::string AlsoPeer(const std::string& peer) {
    return absl::StrCat("[peer.", peer, "]\naddress = \"", peer, ":1\"\norigins = [\"",
                        testing::kRegional, "\"]\n");
  }
  // A row of the lane from that peer that contradicts itself.
  void Spoil(const std::string& peer) {
    rows::Lane row;
    row.set_origin(testing::kRegional);
    row.set_settled(7);
    ASSERT_TRUE(entry_.Keep(LaneRowKey(peer, testing::kRegional), row.SerializeAsString()).ok());
  }
  std::set<std::string> open() {
    absl::MutexLock lock(&mu_);
    std::set<std::string> all;
    for (const auto& [address, count] : open_) {
      EXPECT_LE(count, 1) << address;
      if (count > 0) all.insert(address);
    }
    return all;
  }

  absl::Mutex mu_;
  std::map<std::string, int> open_;
  std::atomic<bool> has_folder_{false};
  testing::FictionalOrigin origin_;
  testing::FakeEntry entry_;
  Replicas replicas_{&entry_};
};

TEST_F(ExchangeTest, AHubWithoutPeersSaysHowOneComes) {
  auto exchange = Exchange::Start(OptionsOf(), std::make_shared<const Policy>(), true);
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  const absl::Status blocked = (*exchange)->Block("one", "a person", "a reason", absl::Now());
  EXPECT_EQ(ReasonOf(blocked), Reason::kNotFound);
  EXPECT_NE(record::MetadataOf(blocked, record::kWayOut).find("federation policy"),
            std::string::npos);
}

TEST_F(ExchangeTest, AnotherPolicyEndsTheOldLinesAndBeginsItsOwn) {
  auto exchange = Exchange::Start(OptionsOf(), PolicyOf("one"), true);
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  EXPECT_EQ(open(), std::set<std::string>{"one:1"});
  (*exchange)->Use(PolicyOf("two"));
  EXPECT_EQ(open(), std::set<std::string>{"two:1"});
  ASSERT_EQ((*exchange)->status().size(), 1u);
  EXPECT_EQ((*exchange)->status()[0].peer, "two");
  (*exchange)->Use(std::make_shared<const Policy>());
  EXPECT_TRUE(open().empty());
  EXPECT_TRUE((*exchange)->status().empty());
  EXPECT_EQ(ReasonOf((*exchange)->Block("two", "A person", "why", absl::Now())), Reason::kNotFound);
}

TEST_F(ExchangeTest, WhoIsBlockedStaysSoUnderAnotherPolicy) {
  auto exchange = Exchange::Start(OptionsOf(), PolicyOf("one"), true);
  ASSERT_TRUE(exchange.ok());
  ASSERT_TRUE((*exchange)->Block("one", "A person", "why", absl::Now()).ok());
  (*exchange)->Use(PolicyOf("two"));
  EXPECT_FALSE((*exchange)->IsBlocked("one")) << "it is no peer";
  (*exchange)->Use(PolicyOf("one"));
  EXPECT_TRUE((*exchange)->IsBlocked("one"));
  EXPECT_TRUE((*exchange)->Release("one", "A person", "why", absl::Now()).ok());
}

TEST_F(ExchangeTest, WhatCannotBeUsedHereIsSaidBeforeItIsAdopted) {
  auto exchange = Exchange::Start(OptionsOf(), PolicyOf("one"), true);
  ASSERT_TRUE(exchange.ok());
  EXPECT_TRUE((*exchange)->Check(*PolicyOf("two")).ok());
  const absl::Status missing = (*exchange)->Check(*PolicyOf("two", "profile = \"nowhere\"\n"));
  ASSERT_EQ(record::FieldViolationsOf(missing).size(), 1u) << missing;
  EXPECT_EQ(record::FieldViolationsOf(missing)[0].field, "peer.two.profile");
  std::string many;
  for (size_t i = 0; i < kMaxLanes; ++i) {
    absl::StrAppend(&many, "[peer.p", i, "]\naddress = \"hub.example:", i + 1, "\"\norigins = [\"",
                    testing::kRegional, "\"]\n");
  }
  EXPECT_EQ(ReasonOf((*exchange)->Check(*PolicyOf("two", many))), Reason::kFieldInvalid);
  EXPECT_EQ(open(), std::set<std::string>{"one:1"}) << "a look changes nothing";
}

// Two people have adopted it, and a folder is gone: the hub runs, so that they can mend it.
TEST_F(ExchangeTest, AnAdoptedPolicyThatCannotBeDialledDoesNotStopTheHub) {
  const auto broken = PolicyOf("one", "profile = \"nowhere\"\n");
  const absl::Status refused = Exchange::Start(OptionsOf(), broken, true).status();
  ASSERT_EQ(record::FieldViolationsOf(refused).size(), 1u) << refused;
  EXPECT_EQ(record::FieldViolationsOf(refused)[0].field, "peer.one.profile");
  auto exchange = Exchange::Start(OptionsOf(), broken, false);
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  const absl::Time patience = absl::Now() + absl::Seconds(30);
  while ((*exchange)->OfPeer("one", absl::Now()).row.state().missed_calls() == 0 &&
         absl::Now() < patience) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_GT((*exchange)->OfPeer("one", absl::Now()).row.state().missed_calls(), 0u);
  (*exchange)->Use(PolicyOf("one"));
  EXPECT_EQ(open(), std::set<std::string>{"one:1"});
}

TEST_F(ExchangeTest, AFolderThatComesLaterIsTakenUp) {
  auto exchange = Exchange::Start(OptionsOf(), PolicyOf("one", "profile = \"later\"\n"), false);
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  EXPECT_TRUE(open().empty());
  has_folder_ = true;
  const absl::Time patience = absl::Now() + absl::Seconds(30);
  while (open().empty() && absl::Now() < patience) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(open(), std::set<std::string>{"one:1"});
}

TEST_F(ExchangeTest, ACertificateThatIsAboutToEndIsSaidOfItsPeer) {
  Puller::Options options = OptionsOf();
  has_folder_ = true;
  std::vector<std::string> reports;
  absl::Mutex mu;
  options.report = [&](const std::string& what) {
    absl::MutexLock lock(&mu);
    reports.push_back(what);
  };
  options.certificate_end = [](const std::string&) { return absl::Now() + absl::Hours(24); };
  {
    auto exchange = Exchange::Start(options, PolicyOf("one", "profile = \"/keys/one\"\n"), true);
    ASSERT_TRUE(exchange.ok()) << exchange.status();
    ASSERT_EQ((*exchange)->status().size(), 1u);
    EXPECT_THAT((*exchange)->status()[0].warning,
                ::testing::HasSubstr("`liaison --profile /keys/one renew`"));
    const auto reported = [&] { return !reports.empty(); };
    absl::MutexLock lock(&mu);
    EXPECT_TRUE(mu.AwaitWithTimeout(absl::Condition(&reported), absl::Seconds(30)));
  }
  EXPECT_THAT(reports[0], ::testing::StartsWith("one: this hub's certificate there ends on"));
  auto plain = Exchange::Start(options, PolicyOf("one"), true);
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ((*plain)->status()[0].warning, "") << "without a profile there is none";
}

// A stream that the peer refuses.
class RefusedStream final : public PeerStream {
 public:
  bool Write(const pb::AttachRequest&) override { return false; }
  absl::StatusOr<std::optional<pb::AttachResponse>> Read(absl::Duration) override {
    return absl::UnauthenticatedError("the certificate has been revoked");
  }
  void Cancel() override {}
};

TEST_F(ExchangeTest, WhyALineIsRefusedIsSaidOfAPeerThatIsAskedForNothing) {
  transparency::HeadNews news;
  Attachments::Options streams;
  streams.news = &news;
  streams.dial = [](const PeerPolicy&) -> absl::StatusOr<OpenPeerStream> {
    return OpenPeerStream([] { return std::make_unique<RefusedStream>(); });
  };
  streams.now = absl::Now;
  streams.roll = [] { return 0.01; };
  const auto policy = Policy::Parse("[peer.one]\naddress = \"one:1\"\n");
  ASSERT_TRUE(policy.ok()) << policy.status();
  auto exchange =
      Exchange::Start(OptionsOf(), std::make_shared<const Policy>(*policy), true, streams);
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  const absl::Time patience = absl::Now() + absl::Seconds(30);
  while ((*exchange)->status()[0].warning.empty() && absl::Now() < patience) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ((*exchange)->status()[0].warning,
            "no line can be kept open there: the certificate has been revoked");
}

TEST_F(ExchangeTest, ARowThatContradictsItselfIsToldAndTheNextPolicyBeginsAnew) {
  Spoil("bad");
  auto exchange = Exchange::Start(OptionsOf(), PolicyOf("one"), true);
  ASSERT_TRUE(exchange.ok());
  (*exchange)->Use(PolicyOf("bad"));
  EXPECT_TRUE(absl::IsDataLoss((*exchange)->trouble()));
  ASSERT_EQ((*exchange)->status().size(), 1u);
  EXPECT_TRUE((*exchange)->status()[0].lanes.empty()) << "the lane stands";
  (*exchange)->Use(PolicyOf("one"));
  EXPECT_TRUE((*exchange)->trouble().ok());
  EXPECT_EQ(open(), std::set<std::string>{"one:1"});
}

// One of three: the others are pulled, and who was blocked stays so. Of a file as of a call.
TEST_F(ExchangeTest, OneBadPeerStopsNobodyAndReleasesNobody) {
  Spoil("bad");
  const auto policy = PolicyOf("good", AlsoPeer("bad") + AlsoPeer("shut"));
  {
    auto before = Exchange::Start(OptionsOf(), PolicyOf("shut"), true);
    ASSERT_TRUE(before.ok());
    ASSERT_TRUE((*before)->Block("shut", "A person", "why", absl::Now()).ok());
  }
  for (const bool strict : {true, false}) {
    auto exchange = Exchange::Start(OptionsOf(), policy, strict);
    ASSERT_TRUE(exchange.ok()) << exchange.status();
    EXPECT_TRUE(absl::IsDataLoss((*exchange)->trouble()));
    EXPECT_EQ(open(), (std::set<std::string>{"bad:1", "good:1", "shut:1"}));
    std::map<std::string, size_t> lanes;
    for (const PeerStatus& each : (*exchange)->status()) lanes[each.peer] = each.lanes.size();
    EXPECT_EQ(lanes, (std::map<std::string, size_t>{{"bad", 0}, {"good", 1}, {"shut", 1}}));
    EXPECT_TRUE((*exchange)->IsBlocked("shut"));
    EXPECT_EQ(ReasonOf((*exchange)->CheckServed("shut")), Reason::kNotPermitted);
    EXPECT_TRUE((*exchange)->CheckServed("good").ok());
    EXPECT_TRUE((*exchange)->CheckServed("bad").ok()) << "its lane stands, and not what it pulls";
  }
}

// As many as there may be are pulled; an adopted policy with more leaves out the rest alone.
TEST_F(ExchangeTest, TooManyLanesLeaveOutTheRest) {
  std::string many;
  for (size_t i = 0; i < kMaxLanes; ++i) absl::StrAppend(&many, AlsoPeer(absl::StrCat("p", i)));
  const auto policy = PolicyOf("one", many);
  EXPECT_EQ(ReasonOf(Exchange::Start(OptionsOf(), policy, true).status()), Reason::kFieldInvalid);
  auto exchange = Exchange::Start(OptionsOf(), policy, false);
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  size_t lanes = 0;
  for (const PeerStatus& each : (*exchange)->status()) lanes += each.lanes.size();
  EXPECT_EQ(lanes, kMaxLanes);
  EXPECT_TRUE(absl::IsResourceExhausted((*exchange)->trouble()));
  EXPECT_TRUE((*exchange)->CheckServed("p0").ok());
}

// Nobody knows whether a person had blocked it.
TEST_F(ExchangeTest, WhoseStandingCannotBeReadIsBlockedUntilAPersonReleasesIt) {
  ASSERT_TRUE(entry_.Keep(PeerRowKey("lost"), "no row").ok());
  auto exchange = Exchange::Start(OptionsOf(), PolicyOf("one", AlsoPeer("lost")), true);
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  EXPECT_TRUE(absl::IsDataLoss((*exchange)->trouble()));
  EXPECT_TRUE((*exchange)->CheckServed("one").ok());
  EXPECT_EQ(ReasonOf((*exchange)->CheckServed("lost")), Reason::kNotPermitted);
  EXPECT_EQ((*exchange)->OfPeer("lost", absl::Now()).row.state().set_by(), "this hub");
  ASSERT_TRUE((*exchange)->Release("lost", "A person", "it was not", absl::Now()).ok());
  (*exchange)->Use(PolicyOf("one", AlsoPeer("lost")));
  EXPECT_TRUE((*exchange)->trouble().ok());
  EXPECT_TRUE((*exchange)->CheckServed("lost").ok());
}

// Calls are answered until the server has drained.
TEST_F(ExchangeTest, WhoIsBlockedStaysSoWhileTheHubGoes) {
  auto exchange = Exchange::Start(OptionsOf(), PolicyOf("one"), true);
  ASSERT_TRUE(exchange.ok());
  ASSERT_TRUE((*exchange)->Block("one", "A person", "why", absl::Now()).ok());
  (*exchange)->Stop();
  EXPECT_TRUE((*exchange)->IsBlocked("one"));
  (*exchange)->Use(PolicyOf("two"));
  EXPECT_EQ(ReasonOf((*exchange)->CheckServed("one")), Reason::kNotPermitted);
  EXPECT_EQ(ReasonOf((*exchange)->CheckServed("two")), Reason::kShuttingDown)
      << "nobody here knows how it stands with it";
}

}  // namespace
}  // namespace liaison::federation
