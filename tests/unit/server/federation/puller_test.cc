#include "server/federation/puller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "fictional_origin.h"
#include "proto/record/errors.h"
#include "pulling_side.h"
#include "server/federation/limits.h"
#include "shown_hub.h"

namespace liaison::federation {
namespace {

using testing::FakeEntry;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Line;
using testing::PolicyFor;
using testing::Signal;

// As a hub has them, but for how a peer is reached; what is reported is a failure.
Puller::Options OptionsFor(const testing::ShownHub& shown, Entry* entry, Replicas* replicas) {
  Puller::Options options;
  options.policy = &shown.policy;
  options.entry = entry;
  options.replicas = replicas;
  options.now = [] { return absl::Now(); };
  options.roll = [] { return 0.5; };
  options.report = [](const std::string& what) { ADD_FAILURE() << what; };
  options.pause = absl::Milliseconds(5);
  return options;
}

TEST(PullerTest, ItsOwnLogIsPulledFromNobody) {
  testing::ShownHub shown(PolicyFor("igf/public"));
  FakeEntry entry;
  Replicas replicas(&entry);
  Puller::Options options = OptionsFor(shown, &entry, &replicas);
  options.own_origin = shown.source->origin();
  options.dial = [&](const PeerPolicy&) {
    return std::make_unique<Line>(
        [](const pb::PullLaneRequest&) { return absl::UnavailableError("not asked"); });
  };
  const absl::Status refused = Puller::Start(options).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("own log"));
}

TEST(PullerTest, PullsWhatIsSaidWhileItRunsAndEndsAtOnce) {
  testing::ShownHub shown(PolicyFor("igf/public"));
  FakeEntry entry;
  Replicas replicas(&entry);
  Puller::Options options = OptionsFor(shown, &entry, &replicas);
  options.dial = [&](const PeerPolicy& peer) {
    EXPECT_EQ(peer.address, "hub.example:7410");
    return std::make_unique<Line>([&](const pb::PullLaneRequest& request) {
      return shown.source->Serve("regional", request);
    });
  };
  auto puller = Puller::Start(options);
  ASSERT_TRUE(puller.ok()) << puller.status();
  for (int i = 0; i < 20; ++i) {
    shown.Publish(Signal("fictional", "org/fictional-a"));
    shown.Sign();
  }
  // What is said of a lane follows what it has entered.
  const uint64_t head = shown.hub.log().head().sequence;
  const auto settled = [&] {
    const std::vector<PeerStatus> status = (*puller)->status();
    return !status.empty() && !status[0].lanes.empty() && status[0].lanes[0].lane.settled() == head;
  };
  const absl::Time patience = absl::Now() + absl::Seconds(30);
  while (!settled() && absl::Now() < patience) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(entry.sequences().size(), 20u);
  const std::vector<PeerStatus> status = (*puller)->status();
  ASSERT_EQ(status.size(), 2u);
  EXPECT_EQ(status[0].peer, "igf");
  EXPECT_EQ(status[0].standing.state, rows::STATE_ACTIVE);
  ASSERT_EQ(status[0].lanes.size(), 1u);
  EXPECT_EQ(status[0].lanes[0].lane.settled(), head);
  EXPECT_THAT(status[1].lanes, IsEmpty()) << "who has no address is not dialled";
}

// As whoever is served from here is told.
TEST(PullerTest, WhyNothingNewOfAnOriginComesIsKeptForWhomItIsRelayedTo) {
  testing::ShownHub shown(PolicyFor("igf/public"));
  shown.Sign();
  const std::string origin = shown.source->origin();
  FakeEntry entry;
  Replicas replicas(&entry);
  std::atomic<bool> is_down = true;
  Puller::Options options = OptionsFor(shown, &entry, &replicas);
  options.dial = [&](const PeerPolicy&) {
    return std::make_unique<Line>(
        [&](const pb::PullLaneRequest& request) -> absl::StatusOr<pb::PullLaneResponse> {
          if (is_down) return absl::UnavailableError("nobody there");
          return shown.source->Serve("regional", request);
        });
  };
  options.roll = [] { return 0.0; };
  auto puller = Puller::Start(options);
  ASSERT_TRUE(puller.ok()) << puller.status();
  const auto becomes = [&](const std::string& what) {
    const absl::Time patience = absl::Now() + absl::Seconds(30);
    const auto is_so = [&] {
      const std::string deaf = replicas.deaf(origin);
      return what.empty() ? deaf.empty() : absl::StrContains(deaf, what);
    };
    while (!is_so() && absl::Now() < patience) absl::SleepFor(absl::Milliseconds(5));
    EXPECT_TRUE(is_so()) << what << ", and not: " << replicas.deaf(origin);
  };
  becomes("nothing new of it comes there");
  is_down = false;
  becomes("");
  Standings& standings = (*puller)->standings();
  ASSERT_TRUE(standings.Block(origin, "a person", "their own reason", absl::Now()).ok());
  becomes("an operator there blocked it");
  EXPECT_THAT(replicas.deaf(origin), ::testing::Not(HasSubstr("their own reason")));
  ASSERT_TRUE(standings.Release(origin, "a person", "it is well", absl::Now()).ok());
  becomes("");
  ASSERT_TRUE(standings.Block("igf", "a person", "their own reason", absl::Now()).ok());
  becomes("nothing new of it comes there");
}

// Else an erasure that has come would reach nobody behind it once its hub is a peer no more.
TEST(PullerTest, WhatIsHereOfALogThatNobodyIsAskedForAnyMoreIsThereToBeHandedOn) {
  testing::ShownHub shown(PolicyFor("igf/public"));
  ASSERT_TRUE(shown.hub.Publish(Signal("fictional", "org/fictional-a")).ok());
  shown.Sign();
  const std::string origin = shown.source->origin();
  FakeEntry entry;
  {
    Replicas replicas(&entry);
    Puller::Options options = OptionsFor(shown, &entry, &replicas);
    options.dial = [&](const PeerPolicy&) {
      return std::make_unique<Line>(
          [&](const auto& request) { return shown.source->Serve("regional", request); });
    };
    auto puller = Puller::Start(options);
    ASSERT_TRUE(puller.ok()) << puller.status();
    const absl::Time patience = absl::Now() + absl::Seconds(30);
    while (!replicas.Find(origin)->whole() && absl::Now() < patience) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    ASSERT_TRUE(replicas.Find(origin)->whole());
  }
  const auto parted = Policy::Parse(absl::StrCat(
      "[peer.far]\norganisation = \"org/fictional-far\"\nrelays = [\"", origin, "\"]\n[origin.\"",
      origin, "\"]\nvkey = \"", shown.policy.origins().begin()->second.key.ToString(), "\"\n"));
  ASSERT_TRUE(parted.ok()) << parted.status();
  Replicas replicas(&entry);
  Puller::Options options = OptionsFor(shown, &entry, &replicas);
  options.policy = &*parted;
  const auto puller = Puller::Start(options);
  ASSERT_TRUE(puller.ok()) << puller.status();
  ASSERT_NE(replicas.Find(origin), nullptr);
  ASSERT_TRUE(replicas.Find(origin)->whole());
  EXPECT_EQ(replicas.Find(origin)->whole()->size, shown.hub.log().head().sequence);
  EXPECT_EQ(replicas.deaf(origin), "asks nobody for it");
}

// It has moved, say, and nobody has told this hub's operators.
TEST(PullerTest, APeerWhoseAddressFailsIsPulledFromOverTheLineThatItKeepsOpenHere) {
  for (const bool is_known : {true, false}) {
    const std::string organisation = is_known ? "organisation = \"org/fictional-igf\"\n" : "";
    testing::ShownHub shown(absl::StrReplaceAll(
        PolicyFor("igf/public"), {{"[peer.igf]\n", absl::StrCat("[peer.igf]\n", organisation)}}));
    shown.Publish(Signal("fictional", "org/fictional-a"));
    shown.Sign();
    FakeEntry entry;
    Replicas replicas(&entry);
    Puller::Options options = OptionsFor(shown, &entry, &replicas);
    options.dial = [](const PeerPolicy&) {
      return std::make_unique<Line>(
          [](const pb::PullLaneRequest&) { return absl::UnavailableError("nobody there"); });
    };
    options.attached = [&](const std::string& peer) {
      EXPECT_TRUE(is_known) << "who is known by an address alone keeps no line open here";
      EXPECT_EQ(peer, "igf");
      return std::make_unique<Line>([&](const pb::PullLaneRequest& request) {
        return shown.source->Serve("regional", request);
      });
    };
    auto puller = Puller::Start(options);
    ASSERT_TRUE(puller.ok()) << puller.status();
    const absl::Time patience = absl::Now() + absl::Seconds(30);
    const auto lane = [&] { return (*puller)->status()[0].lanes[0]; };
    const auto is_told = [&] { return absl::StrContains(lane().trouble, "nobody there"); };
    while (entry.sequences().empty() && !(is_told() && !is_known) && absl::Now() < patience) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    EXPECT_EQ(entry.sequences().size(), is_known ? 1u : 0u);
    const PeerStatus status = (*puller)->status()[0];
    EXPECT_EQ(absl::StrContains(status.warning, "nobody there"), is_known) << status.warning;
    EXPECT_EQ(is_told(), !is_known) << lane().trouble;
    EXPECT_EQ(status.standing.row.state().missed_calls() > 0, !is_known);
  }
}

// Counts what is asked, and when.
class HintTest : public ::testing::Test {
 protected:
  void Start(absl::Duration pause) {
    Puller::Options options = OptionsFor(shown_, &entry_, &replicas_);
    options.dial = [this](const PeerPolicy&) {
      return std::make_unique<Line>(
          [this](const pb::PullLaneRequest& request) -> absl::StatusOr<pb::PullLaneResponse> {
            {
              absl::MutexLock lock(&mu_);
              asked_.push_back(absl::Now());
              if (down_) return absl::UnavailableError("nobody there");
            }
            return shown_.source->Serve("regional", request);
          });
    };
    options.now = [this] { return stands_still_ ? before_ : absl::Now(); };
    options.roll = [] { return 1.0; };
    options.report = [](const std::string&) {};
    options.pause = pause;
    auto puller = Puller::Start(options);
    ASSERT_TRUE(puller.ok()) << puller.status();
    puller_ = *std::move(puller);
    Await(1);
  }
  bool Await(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return asked_.size() >= count; };
    return mu_.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(20));
  }
  size_t asked() {
    absl::MutexLock lock(&mu_);
    return asked_.size();
  }

  testing::ShownHub shown_{PolicyFor("igf/public")};
  FakeEntry entry_;
  Replicas replicas_{&entry_};
  absl::Mutex mu_;
  std::vector<absl::Time> asked_;
  bool down_ = false;
  bool stands_still_ = false;  // the clock; set before Start
  const absl::Time before_ = absl::Now();
  std::unique_ptr<Puller> puller_;
};

TEST_F(HintTest, EndsAPause) {
  shown_.Sign();
  Start(absl::Minutes(10));
  absl::SleepFor(absl::Milliseconds(50));
  puller_->Hinted("igf");
  ASSERT_TRUE(Await(2)) << "it would have waited for ten minutes";
  puller_->Hinted("somebody else");
  puller_->Hinted("regional");
  absl::SleepFor(2 * kHintPause);
  EXPECT_EQ(asked(), 2u);
}

TEST_F(HintTest, AFloodOfThemIsWorthAFew) {
  shown_.Sign();
  Start(absl::Minutes(10));
  const absl::Time began = absl::Now();
  while (absl::Now() < began + absl::Seconds(1) ||
         (asked() < 3 && absl::Now() < began + absl::Seconds(20))) {
    puller_->Hinted("igf");
    absl::SleepFor(absl::Microseconds(100));
  }
  // Counted before it is seen how long it took, which may be long between the two.
  const size_t pulls = asked();
  const double took = absl::ToDoubleSeconds(absl::Now() - began);
  EXPECT_LE(pulls, 2 + took / absl::ToDoubleSeconds(kHintPause));
  EXPECT_GE(pulls, 3u);
}

TEST_F(HintTest, IsNoWayRoundThePauseOfWhoDoesNotAnswer) {
  {
    absl::MutexLock lock(&mu_);
    down_ = true;
  }
  stands_still_ = true;
  shown_.Sign();
  Start(absl::Milliseconds(5));
  for (int i = 0; i < 50; ++i) {
    puller_->Hinted("igf");
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(asked(), 1u) << "it is left alone for a second";
  puller_->Called("igf");
  ASSERT_TRUE(Await(2));
  for (int i = 0; i < 50; ++i) {
    puller_->Called("igf");
    absl::SleepFor(absl::Milliseconds(2));
  }
  EXPECT_EQ(asked(), 2u) << "one probe";
}

TEST(PullerTest, WhoHasNoAddressIsPulledFromOverTheLineThatItKeeps) {
  const std::string policy = absl::StrReplaceAll(
      PolicyFor("igf/public"),
      {{"address = \"hub.example:7410\"\n", "organisation = \"org/fictional-igf\"\n"}});
  testing::ShownHub shown(policy);
  shown.Publish(Signal("fictional", "org/fictional-a"));
  shown.Sign();
  FakeEntry entry;
  Replicas replicas(&entry);
  Puller::Options options = OptionsFor(shown, &entry, &replicas);
  options.dial = [](const PeerPolicy&) -> absl::StatusOr<std::unique_ptr<PeerLine>> {
    ADD_FAILURE() << "it has no address";
    return absl::InternalError("no address");
  };
  options.attached = [&](const std::string& peer) -> std::unique_ptr<PeerLine> {
    EXPECT_EQ(peer, "igf");
    return std::make_unique<Line>([&](const pb::PullLaneRequest& request) {
      return shown.source->Serve("regional", request);
    });
  };
  auto puller = Puller::Start(options);
  ASSERT_TRUE(puller.ok()) << puller.status();
  const absl::Time patience = absl::Now() + absl::Seconds(20);
  while (entry.sequences().empty() && absl::Now() < patience) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(entry.sequences().size(), 1u);
}

TEST(PullerTest, ACursorThatContradictsItselfStandsAloneAndIsTold) {
  testing::ShownHub shown(PolicyFor("igf/public"));
  FakeEntry entry;
  rows::Lane row;
  row.set_origin(shown.source->origin());
  row.set_settled(7);
  ASSERT_TRUE(entry.Keep(LaneRowKey("igf", row.origin()), row.SerializeAsString()).ok());
  Replicas replicas(&entry);
  std::vector<std::string> reports;
  Puller::Options options = OptionsFor(shown, &entry, &replicas);
  options.dial = [&](const PeerPolicy&) {
    return std::make_unique<Line>(
        [](const pb::PullLaneRequest&) { return absl::UnavailableError("not asked"); });
  };
  options.report = [&](const std::string& what) { reports.push_back(what); };
  options.pause = absl::Minutes(1);
  const auto puller = Puller::Start(options);
  ASSERT_TRUE(puller.ok()) << puller.status();
  EXPECT_TRUE(absl::IsDataLoss((*puller)->trouble()));
  EXPECT_THAT(std::string((*puller)->trouble().message()), HasSubstr(row.origin()));
  EXPECT_THAT(reports, ::testing::Contains(std::string((*puller)->trouble().message())));
}

// An errand's line, over which nothing is pulled that is not shown.
class ErrandsLine final : public PeerLine {
 public:
  ErrandsLine(const testing::ShownHub* shown, absl::Mutex* mu, std::vector<std::string>* brought,
              int* asked)
      : shown_(*shown), mu_(*mu), brought_(*brought), asked_(*asked) {}
  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest& request) override {
    return shown_.source->Serve("regional", request);
  }
  absl::StatusOr<pb::AddCosignaturesResponse> AddCosignatures(
      const pb::AddCosignaturesRequest& request) override {
    absl::MutexLock lock(&mu_);
    brought_.push_back(request.note());
    return pb::AddCosignaturesResponse();
  }
  absl::StatusOr<pb::GetEvidenceResponse> GetEvidence(const pb::GetEvidenceRequest&) override {
    absl::MutexLock lock(&mu_);
    ++asked_;
    return pb::GetEvidenceResponse();
  }
  void Cancel() override {}

 private:
  const testing::ShownHub& shown_;
  absl::Mutex& mu_;
  std::vector<std::string>& brought_;
  int& asked_;
};

TEST(PullerTest, ErrandsGoOverTheLineThatAPeerKeepsAsWell) {
  testing::ShownHub shown(absl::StrReplaceAll(
      PolicyFor("igf/public"),
      {{"address = \"hub.example:7410\"\n", "organisation = \"org/fictional-igf\"\n"}}));
  shown.source->AskForCosignatures(1);
  shown.Publish(Signal("fictional", "org/fictional-a"));
  shown.Sign();
  FakeEntry entry;
  Replicas replicas(&entry);
  absl::Mutex mu;
  std::vector<std::string> brought;
  int asked = 0;
  Puller::Options options = OptionsFor(shown, &entry, &replicas);
  options.attached = [&](const std::string&) {
    return std::make_unique<ErrandsLine>(&shown, &mu, &brought, &asked);
  };
  options.cosign = [](absl::string_view) { return Cosigned{"a line\n", {}, "", ""}; };
  auto puller = Puller::Start(options);
  ASSERT_TRUE(puller.ok()) << puller.status();
  absl::MutexLock lock(&mu);
  const auto both = [&] { return !brought.empty() && asked > 0; };
  ASSERT_TRUE(mu.AwaitWithTimeout(absl::Condition(&both), absl::Seconds(20)));
  EXPECT_EQ(brought[0], absl::StrCat(shown.signer->published()->log.note, "a line\n"));
}

}  // namespace
}  // namespace liaison::federation
