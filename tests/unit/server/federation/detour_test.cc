#include "server/federation/detour.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"

namespace liaison::federation {
namespace {

using ::testing::HasSubstr;

// Answers with its name, or as it is told, and counts.
class ScriptedLine final : public PeerLine {
 public:
  explicit ScriptedLine(std::string name) : name_(std::move(name)) {}
  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest&) override {
    LIAISON_RETURN_IF_ERROR(Answer());
    pb::PullLaneResponse response;
    response.set_head(name_);
    return response;
  }
  absl::StatusOr<pb::GetEvidenceResponse> GetEvidence(const pb::GetEvidenceRequest&) override {
    LIAISON_RETURN_IF_ERROR(Answer());
    pb::GetEvidenceResponse response;
    response.set_own_head(name_);
    return response;
  }
  bool HasNewWay() override { return std::exchange(has_new_way, false); }
  void Cancel() override { cancelled = true; }

  absl::Status status;
  std::atomic<int> calls{0};
  bool has_new_way = false;
  bool cancelled = false;
  absl::Notification* hold = nullptr;

 private:
  absl::Status Answer() {
    absl::Notification* const held = hold;
    ++calls;  // from here on a test may hold the next one
    if (held != nullptr) held->WaitForNotification();
    return status;
  }
  const std::string name_;
};

class DetourTest : public ::testing::Test {
 protected:
  DetourTest() {
    auto dialled = std::make_unique<ScriptedLine>("dialled");
    auto attached = std::make_unique<ScriptedLine>("attached");
    dialled_ = dialled.get();
    attached_ = attached.get();
    detour_ = std::make_unique<Detour>(Detour::Options{
        std::move(dialled), std::move(attached), [this] { return now_; }, [] { return 0.5; }});
  }
  // By whom, or why by nobody.
  std::string Pull() {
    const auto response = detour_->PullLane({});
    return response.ok() ? response->head() : std::string(response.status().message());
  }
  void Refuse() { dialled_->status = absl::UnavailableError("127.0.0.1:9: Connection refused"); }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  ScriptedLine* dialled_;
  ScriptedLine* attached_;
  std::unique_ptr<Detour> detour_;
};

TEST_F(DetourTest, WhoIsReachedAtTheAddressIsAskedThere) {
  EXPECT_EQ(Pull(), "dialled");
  EXPECT_EQ(attached_->calls, 0);
  EXPECT_EQ(detour_->Warning(), "");
}

TEST_F(DetourTest, WhereTheAddressFailsTheLineThatIsOpenHereIsTakenUntilItDoesNot) {
  Refuse();
  EXPECT_EQ(Pull(), "attached");
  EXPECT_THAT(detour_->Warning(), HasSubstr("127.0.0.1:9: Connection refused"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Pull(), "attached");
  EXPECT_EQ(dialled_->calls, 1) << "an address that failed has its pause";
  now_ += kFirstPause;
  EXPECT_EQ(Pull(), "attached");
  EXPECT_EQ(dialled_->calls, 2);
  EXPECT_EQ(detour_->GetEvidence({})->own_head(), "attached") << "errands go the same way";
  dialled_->status = absl::OkStatus();
  now_ += 2 * kFirstPause;
  EXPECT_EQ(Pull(), "dialled");
  EXPECT_EQ(detour_->Warning(), "");
  const int before = attached_->calls;
  EXPECT_EQ(Pull(), "dialled");
  EXPECT_EQ(attached_->calls, before) << "and nothing is asked twice";
}

TEST_F(DetourTest, WhereThereIsNoOtherWayTheAddressIsTriedEachTimeAndSaysWhy) {
  Refuse();
  attached_->status = absl::UnavailableError("it keeps no line open here");
  EXPECT_EQ(Pull(), "127.0.0.1:9: Connection refused");
  EXPECT_EQ(detour_->Warning(), "") << "the lane says it";
  EXPECT_EQ(Pull(), "127.0.0.1:9: Connection refused");
  EXPECT_EQ(dialled_->calls, 2) << "whoever asks has waited already";
  dialled_->status = absl::OkStatus();
  EXPECT_EQ(Pull(), "dialled");
}

TEST_F(DetourTest, AnAnswerIsOneWhicheverItIs) {
  for (const absl::Status& status :
       {record::Error(record::Reason::kShuttingDown, "call again").operator absl::Status(),
        absl::DeadlineExceededError("it is slow"), absl::CancelledError("this hub goes")}) {
    dialled_->status = status;
    EXPECT_EQ(Pull(), std::string(status.message()));
  }
  EXPECT_EQ(attached_->calls, 0);
  Refuse();
  attached_->status = record::Error(record::Reason::kNotPermitted, "you are blocked here");
  EXPECT_EQ(Pull(), "you are blocked here");
}

TEST_F(DetourTest, AnAddressThatSwallowsCallsHoldsUpOneAtATime) {
  Refuse();
  EXPECT_EQ(Pull(), "attached");
  now_ += kFirstPause;
  absl::Notification hold;
  dialled_->hold = &hold;
  std::thread held([this] { EXPECT_EQ(Pull(), "attached"); });
  while (dialled_->calls < 2) std::this_thread::yield();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Pull(), "attached");
  EXPECT_EQ(dialled_->calls, 2);
  hold.Notify();
  held.join();
}

// They were under way when it began to fail, and end when somebody else tries it.
TEST_F(DetourTest, WhoHasDialledBeforeEndsNobodyElsesTry) {
  absl::Notification first, second;
  dialled_->hold = &first;
  std::thread before([this] { EXPECT_EQ(Pull(), "attached"); });
  while (dialled_->calls < 1) std::this_thread::yield();
  dialled_->hold = nullptr;
  Refuse();
  EXPECT_EQ(Pull(), "attached");
  now_ += kFirstPause;
  dialled_->hold = &second;
  std::thread tries([this] { EXPECT_EQ(Pull(), "attached"); });
  while (dialled_->calls < 3) std::this_thread::yield();
  first.Notify();
  before.join();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Pull(), "attached");
  EXPECT_EQ(dialled_->calls, 3);
  second.Notify();
  tries.join();
}

TEST_F(DetourTest, WhatIsShownAnewIsShownAtTheAddressAtOnce) {
  Refuse();
  EXPECT_EQ(Pull(), "attached");
  EXPECT_FALSE(detour_->HasNewWay());
  dialled_->has_new_way = true;
  dialled_->status = absl::OkStatus();
  EXPECT_TRUE(detour_->HasNewWay());
  EXPECT_EQ(Pull(), "dialled");
  detour_->Cancel();
  EXPECT_TRUE(dialled_->cancelled && attached_->cancelled);
}

}  // namespace
}  // namespace liaison::federation
