#include "server/federation/own_heads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

namespace liaison::federation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kOwn[] = "hub.example/igf/00000000-0000-4000-8000-000000000001";

// Answers, or is silent until it is cancelled.
class Line final : public PeerLine {
 public:
  explicit Line(absl::StatusOr<std::string> head) : head_(std::move(head)) {}
  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest&) override {
    return absl::InternalError("nobody asked for that");
  }
  absl::StatusOr<pb::GetEvidenceResponse> GetEvidence(
      const pb::GetEvidenceRequest& request) override {
    if (absl::IsDeadlineExceeded(head_.status())) cancelled_.WaitForNotification();
    if (!head_.ok()) return head_.status();
    EXPECT_EQ(request.own_origin(), kOwn);
    pb::GetEvidenceResponse response;
    response.set_own_head(*head_);
    return response;
  }
  void Cancel() override { cancelled_.Notify(); }

 private:
  const absl::StatusOr<std::string> head_;
  absl::Notification cancelled_;
};

// Fictional, all of it.
std::vector<std::string> Asked(const std::map<std::string, absl::StatusOr<std::string>>& heads,
                               absl::Duration wait) {
  std::string text = "[peer.undialled]\norganisation = \"org/fictional-undialled\"\n";
  for (const auto& [name, head] : heads) {
    absl::StrAppend(&text, "[peer.", name, "]\naddress = \"", name, ".example:1\"\n");
  }
  const auto policy = Policy::Parse(text);
  EXPECT_TRUE(policy.ok()) << policy.status();
  const auto dial = [&](const PeerPolicy& peer) -> absl::StatusOr<std::unique_ptr<PeerLine>> {
    const std::string name = peer.address.substr(0, peer.address.find('.'));
    if (name == "undiallable") return absl::InvalidArgumentError("no such profile");
    return std::make_unique<Line>(heads.at(name));
  };
  std::vector<std::string> all;
  for (const ShownHead& shown : AskForOwnHeads(*policy, kOwn, dial, wait)) {
    all.push_back(absl::StrCat(shown.peer, ": ", shown.note));
  }
  return all;
}

TEST(OwnHeadsTest, WhoHasSomethingShowsItAndNobodyElseIsWaitedFor) {
  const absl::Time began = absl::Now();
  EXPECT_THAT(Asked({{"has", "a note"},
                     {"hasnothing", ""},
                     {"refuses", absl::PermissionDeniedError("no")},
                     {"undiallable", ""}},
                    absl::Minutes(10)),
              ElementsAre("has: a note"));
  EXPECT_LT(absl::Now() - began, absl::Minutes(1));
}

TEST(OwnHeadsTest, WhoIsSilentHoldsNobodyUpForLong) {
  EXPECT_THAT(
      Asked({{"has", "a note"}, {"silent", absl::DeadlineExceededError("")}}, absl::Seconds(2)),
      ElementsAre("has: a note"));
}

TEST(OwnHeadsTest, WithoutPeersNobodyIsAsked) {
  EXPECT_THAT(Asked({}, absl::Minutes(10)), IsEmpty());
}

}  // namespace
}  // namespace liaison::federation
