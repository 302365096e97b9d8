#include "server/federation/standings.h"

#include <gtest/gtest.h>

#include "absl/strings/substitute.h"
#include "fake_entry.h"
#include "fictional_origin.h"

namespace liaison::federation {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

class StandingsTest : public ::testing::Test {
 protected:
  StandingsTest() {
    auto policy = Policy::Parse(absl::Substitute(
        "[peer.igf]\naddress = \"hub.example:7410\"\norigins = [\"$0\"]\n"
        "[origin.\"$0\"]\nvkey = \"$1\"\n",
        testing::kRegional, testing::FictionalOrigin().log_key.verifier().ToString()));
    EXPECT_TRUE(policy.ok()) << policy.status();
    policy_ = *std::move(policy);
    EXPECT_TRUE(standings_.Load(policy_, kStart).ok());
  }
  // What was asked then is known to be in vain now.
  void Miss(absl::Time asked) { standings_.Missed("igf", "no route", std::nullopt, asked); }
  rows::State state() const { return standings_.OfPeer("igf", now_).state; }
  uint32_t missed() const { return standings_.OfPeer("igf", now_).row.state().missed_calls(); }

  absl::Time now_ = kStart;
  testing::FakeEntry rows_;
  Policy policy_;
  Standings standings_{{&rows_, [] { return 0.0; },
                        [](const std::string& what) { ADD_FAILURE() << what; },
                        [this] { return now_; }}};
};

// A peer of three lanes that is away for a moment is no peer that does not answer.
TEST_F(StandingsTest, CallsThatWereUnderWayTogetherMissAPeerOnce) {
  for (uint32_t outage = 1; outage <= kMissedCalls; ++outage) {
    EXPECT_EQ(state(), rows::STATE_ACTIVE) << outage;
    const absl::Time asked = now_;
    now_ += absl::Seconds(10);  // the address swallows them
    for (int lane = 0; lane < 5; ++lane) Miss(asked + lane * absl::Milliseconds(200));
    EXPECT_EQ(missed(), outage);
    now_ += kLongestPause;
  }
  EXPECT_EQ(state(), rows::STATE_DEGRADED);
  standings_.Reached("igf", now_);
  EXPECT_EQ(state(), rows::STATE_ACTIVE);
  EXPECT_EQ(missed(), 0u);
}

TEST_F(StandingsTest, AClockThatWasAheadHidesNoMiss) {
  now_ = kStart + absl::Hours(24 * 30);
  Miss(now_);
  now_ = kStart;
  Miss(now_);
  EXPECT_EQ(missed(), 2u);
}

}  // namespace
}  // namespace liaison::federation
