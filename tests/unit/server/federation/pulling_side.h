// Two hubs, of which one pulls the other's log: what each test of pulling begins with. Everybody in
// it is fictional.
#ifndef LIAISON_TESTS_UNIT_SERVER_FEDERATION_PULLING_SIDE_H_
#define LIAISON_TESTS_UNIT_SERVER_FEDERATION_PULLING_SIDE_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/synchronization/mutex.h"
#include "fake_entry.h"
#include "server/federation/lane_puller.h"
#include "server/federation/replica.h"
#include "server/federation/standings.h"

namespace liaison::testing {

// Fictional, and read on both sides.
inline constexpr char kPullingPolicy[] = R"(
[peer.regional]
organisation = "org/fictional-regional"
[[peer.regional.send]]
name = "public signals"
audiences = ["igf/public"]
topics = "*"
types = ["topic-signal"]
authors = "*"

[peer.igf]
address = "hub.example:7410"
origins = ["$origin"]

[origin."$origin"]
vkey = "$vkey"
[[origin."$origin".receive]]
name = "all that is public"
audiences = ["$audience"]
topics = "*"
types = "*"
authors = "*"
)";

inline std::string PolicyFor(const std::string& audience) {
  return absl::StrReplaceAll(kPullingPolicy, {{"$audience", audience}});
}

// A line that does to each answer what a test wants.
class Line final : public federation::PeerLine {
 public:
  using Answer = std::function<absl::StatusOr<federation::pb::PullLaneResponse>(
      const federation::pb::PullLaneRequest&)>;
  explicit Line(Answer answer) : answer_(std::move(answer)) {}

  absl::StatusOr<federation::pb::PullLaneResponse> PullLane(
      const federation::pb::PullLaneRequest& request) override {
    absl::MutexLock lock(&mu_);
    if (cancelled_) return absl::CancelledError("no more");
    ++calls;
    auto response = answer_(request);
    if (response.ok() && spoil) spoil(&*response);
    return response;
  }
  bool HasNewWay() override {
    absl::MutexLock lock(&mu_);
    return std::exchange(has_new_way, false);
  }
  void Cancel() override {
    absl::MutexLock lock(&mu_);
    cancelled_ = true;
  }

  bool has_new_way = false;
  std::function<void(federation::pb::PullLaneResponse*)> spoil;
  int calls = 0;

 private:
  absl::Mutex mu_;
  bool cancelled_ = false;
  const Answer answer_;
};

// What one hub has of another, whose policy is the same text here.
class Side {
 public:
  Side(const federation::Policy* policy, std::string origin, Line* line, bool is_origin = false)
      : policy_(*policy), origin_(std::move(origin)), line_(*line), is_origin_(is_origin) {
    Restart();
  }

  // What was kept is all that is left.
  void Restart() {
    replicas = std::make_unique<federation::Replicas>(&entry);
    Begin();
  }
  // Another policy has come into force.
  void Begin() {
    standings = std::make_unique<federation::Standings>(federation::Standings::Options{
        &entry, [] { return 0.5; }, [this](const std::string& what) { reports.push_back(what); },
        [this] { return now; }});
    EXPECT_TRUE(standings->Load(policy_, now).ok());
    const auto replica = replicas->Of(origin_, policy_.origins().find(origin_)->second.key);
    EXPECT_TRUE(replica.ok()) << replica.status();
    lane = std::make_unique<federation::LanePuller>(
        federation::LanePuller::Rooms{&policy_, &entry, standings.get(), &line_, *replica,
                                      passed_by_its_hub, is_origin_},
        "igf", origin_);
    EXPECT_TRUE(lane->Open().ok());
  }
  federation::Next Take() {
    const absl::StatusOr<federation::Next> next = lane->Take(now);
    EXPECT_TRUE(next.ok()) << next.status();
    return next.value_or(federation::Next::kNotNow);
  }
  federation::Next TakeAll() {
    federation::Next next = federation::Next::kMore;
    for (int i = 0; i < 100 && next == federation::Next::kMore; ++i) next = Take();
    return next;
  }
  federation::rows::PeerState peer() const { return standings->OfPeer("igf", now).row.state(); }
  federation::rows::PeerState of_origin() const { return standings->OfOrigin(origin_, now).row; }
  uint64_t count(const std::string& of) const {
    const federation::rows::Lane row = lane->row();
    const auto found = row.counts().find(of);
    return found == row.counts().end() ? 0 : found->second;
  }

  FakeEntry entry;
  std::unique_ptr<federation::Standings> standings;
  std::unique_ptr<federation::Replicas> replicas;
  std::unique_ptr<federation::LanePuller> lane;
  std::vector<std::string> reports;
  std::function<uint64_t()> passed_by_its_hub = nullptr;  // from the next Begin on
  absl::Time now = absl::FromUnixSeconds(1'800'000'000);

 private:
  const federation::Policy& policy_;
  const std::string origin_;
  Line& line_;
  const bool is_origin_;
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_UNIT_SERVER_FEDERATION_PULLING_SIDE_H_
