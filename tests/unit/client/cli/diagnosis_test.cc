#include "client/cli/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "liaison/publish_client.h"
#include "tests/unit/client/cli/fake_hub.h"
#include "tests/unit/client/fake_log.h"

namespace liaison::cli {
namespace {

using testing::FakeHub;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST(DiagnosisTest, JudgesTheClockByMoreThanTheRoundTrip) {
  EXPECT_TRUE(JudgeClock(kNow, kNow - absl::Seconds(1), kNow + absl::Seconds(1)).ok);
  EXPECT_TRUE(JudgeClock(kNow, kNow + absl::Seconds(9), kNow + absl::Seconds(9)).ok);
  const Finding ahead = JudgeClock(kNow + absl::Hours(1), kNow, kNow);
  EXPECT_FALSE(ahead.ok);
  EXPECT_THAT(ahead.detail, HasSubstr("1h ahead"));
  EXPECT_NE(ahead.way_out, "");
  EXPECT_THAT(JudgeClock(kNow - absl::Hours(1), kNow, kNow).detail, HasSubstr("1h behind"));
}

TEST(DiagnosisTest, JudgesTheRest) {
  EXPECT_TRUE(JudgeVersion("0.1.0", "0.2.7").ok);
  EXPECT_FALSE(JudgeVersion("0.1.0", "1.0.0").ok);
  EXPECT_TRUE(JudgeLatency({absl::Milliseconds(1), absl::Seconds(9), absl::Milliseconds(2)}).ok);
  EXPECT_FALSE(JudgeLatency({absl::Seconds(3), absl::Seconds(2), absl::Milliseconds(1)}).ok);
  v1::GetHubResponse hub;
  hub.set_refusal("the disk is full");
  EXPECT_FALSE(JudgeWrites(hub).ok);
  EXPECT_THAT(JudgeWrites(hub).detail, HasSubstr("the disk is full"));
  hub.set_accepts_writes(true);
  EXPECT_TRUE(JudgeWrites(hub).ok);
  EXPECT_TRUE(JudgeCaller(hub, "").ok);
  EXPECT_FALSE(JudgeCaller(hub, "org/a").ok);
  hub.set_caller("org/a");
  EXPECT_TRUE(JudgeCaller(hub, "org/a").ok);
}

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    const PublishClient client(hub_);
    for (int i = 0; i < 7; ++i) EXPECT_TRUE(client.Publish(testing::SampleDraft()).ok());
  }
  Finding Verdict() { return VerifyLog(hub_, *hub_->GetHub({})); }

  std::shared_ptr<FakeHub> hub_ = std::make_shared<FakeHub>();
};

TEST_F(LogTest, ASoundLogIsWell) {
  EXPECT_TRUE(Verdict().ok) << Verdict().detail;
  EXPECT_THAT(Verdict().detail, HasSubstr("all 7 events verify, and their root is the hub's"));
}

TEST_F(LogTest, AChangedEventIsFound) {
  hub_->Tamper(4, [](v1::Event* event) { event->mutable_header()->append("\x0A\x01x"); });
  EXPECT_FALSE(Verdict().ok);
  EXPECT_THAT(Verdict().detail, HasSubstr("event 4 does not verify"));
}

TEST_F(LogTest, ARootOfOtherLeavesIsFound) {
  v1::GetHubResponse hub = *hub_->GetHub({});
  hub.set_root(std::string(32, 'x'));
  EXPECT_FALSE(VerifyLog(hub_, hub).ok);
}

TEST_F(LogTest, WithoutAConnectionOnlyThatIsSaid) {
  hub_->Fail(absl::UnavailableError("connection refused"));
  const std::vector<Finding> findings = Diagnose(hub_, "127.0.0.1:9", "");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_FALSE(findings[0].ok);
  EXPECT_THAT(findings[0].detail, HasSubstr("connection refused"));
}

}  // namespace
}  // namespace liaison::cli
