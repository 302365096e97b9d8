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
  void Miss(absl::Time asked) { standings_.Missed("igf", "no route", std::nullopt, asked); }
  rows::State state(absl::Time now) const { return standings_.OfPeer("igf", now).state; }
  uint32_t missed() const { return standings_.OfPeer("igf", kStart).row.state().missed_calls(); }

  testing::FakeEntry rows_;
  Policy policy_;
  Standings standings_{
      {&rows_, [] { return 0.5; }, [](const std::string& what) { ADD_FAILURE() << what; }}};
};

// A peer of three lanes that is away for a moment is no peer that does not answer.
TEST_F(StandingsTest, LanesThatWereUnderWayAtOneTimeMissAPeerOnce) {
  absl::Time now = kStart;
  for (uint32_t outage = 1; outage <= kMissedCalls; ++outage) {
    EXPECT_EQ(state(now), rows::STATE_ACTIVE) << outage;
    for (int lane = 0; lane < 5; ++lane) Miss(now + absl::Milliseconds(lane));
    EXPECT_EQ(missed(), outage);
    now += kLongestPause;
  }
  EXPECT_EQ(state(now), rows::STATE_DEGRADED);
  standings_.Reached("igf", now);
  EXPECT_EQ(state(now), rows::STATE_ACTIVE);
  EXPECT_EQ(missed(), 0u);
}

// It is asked although its pause is not over, and that counts.
TEST_F(StandingsTest, AProbeThatNobodyAnswersIsAMissOfItsOwn) {
  Miss(kStart);
  const absl::Time early = kStart + absl::Milliseconds(1);
  ASSERT_FALSE(standings_.MayPull("igf", testing::kRegional, early));
  standings_.Called("igf", early);
  ASSERT_TRUE(standings_.TakeProbe("igf", testing::kRegional, early));
  Miss(early);
  EXPECT_EQ(missed(), 2u);
  Miss(early);
  EXPECT_EQ(missed(), 2u) << "that was no probe";
}

}  // namespace
}  // namespace liaison::federation
