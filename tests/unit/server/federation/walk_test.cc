// The walk of one input through two hubs: it is said at home, decided about elsewhere, and what
// became of it is read at home. Both call themselves `igf`: names are no proof of anything.
// Everybody in it is fictional.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "server/federation/lane_puller.h"
#include "server/federation/ordered_entry.h"
#include "server/views/carry_overs.h"
#include "server/views/ledger.h"
#include "server/views/reading.h"
#include "server/views/triage.h"
#include "server/views/views.h"
#include "shown_hub.h"
#include "storage/backup.h"

namespace liaison::federation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kNri[] = "org/fictional-igf";
constexpr char kMag[] = "org/igf-mag";
constexpr char kSeat[] = "org/igf-mag/seat-1";
constexpr char kSecretariat[] = "org/igf-secretariat";

constexpr char kSends[] = R"(
[peer.other]
organisation = "org/fictional-other"
[[peer.other.send]]
name = "all that is public"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = "*"
)";
constexpr char kTakes[] = R"(
[peer.other]
address = "hub.example:7410"
origins = ["$origin"]
[origin."$origin"]
vkey = "$vkey"
[[origin."$origin".receive]]
name = "who is known here under the same name"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = ["org/igf-mag", "org/igf-secretariat"]
[[origin."$origin".receive]]
name = "all that is public"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = "*"
)";

class Line final : public PeerLine {
 public:
  explicit Line(const Source* source) : source_(*source) {}
  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest& request) override {
    return source_.Serve("other", request);
  }
  void Cancel() override {}

 private:
  const Source& source_;
};

// One of the two, with what it has of the other.
class Side {
 public:
  Side() : ledger_(&shown.hub.log()) {}

  std::string Say(pb::Draft draft) {
    draft.set_event_id(record::Uuid::Random().ToString());
    draft.set_audience("igf/public");
    draft.set_language("en");
    return std::string(shown.DigestOf(shown.Publish(std::move(draft))).bytes());
  }
  void Register(const std::string& name, pb::OrganisationKind kind) {
    pb::Draft draft = testing::OrganisationDraft(name, kind);
    draft.set_author(kSecretariat);
    shown.Publish(draft);
  }
  void OpenCycle() {
    pb::Draft draft;
    draft.set_author(kSecretariat);
    draft.mutable_cycle_body()->set_cycle_id("2027");
    draft.mutable_cycle_body()->set_state(pb::CYCLE_STATE_OPEN);
    Say(draft);
  }
  // All that the other has signed.
  void PullFrom(Side* other) {
    other->shown.Sign();
    const Policy policy = *Policy::Parse(
        absl::StrReplaceAll(kTakes, {{"$origin", other->shown.signer->origin()},
                                     {"$vkey", other->shown.signer->verifier().ToString()}}));
    OrderedEntry entry(&shown.hub.log(), &shown.hub.proposals(),
                       [this] { return shown.hub.sequencer().registry(); });
    const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
    Standings standings({&entry, [] { return 0.5; },
                         [](const std::string& what) { ADD_FAILURE() << what; },
                         [now] { return now; }});
    ASSERT_TRUE(standings.Load(policy, now).ok());
    Line line(other->shown.source.get());
    Replica replica(&entry, other->shown.signer->origin());
    LanePuller::Rooms rooms{&policy, &entry, &standings, &line, &replica};
    LanePuller lane(rooms, "other", other->shown.signer->origin());
    ASSERT_TRUE(lane.Open().ok());
    Next next = Next::kMore;
    for (int i = 0; i < 100 && next == Next::kMore; ++i) {
      const auto taken = lane.Take(now);
      ASSERT_TRUE(taken.ok()) << taken.status();
      next = *taken;
    }
    EXPECT_EQ(next, Next::kLater);
  }
  std::unique_ptr<views::Reading> As(const std::string& reader) {
    const auto registry = shown.hub.sequencer().registry();
    auto principal =
        auth::DevelopmentPrincipal(reader, *registry, *shown.hub.sequencer().directory());
    auto reading = views::Reading::Begin(&ledger_, {*principal, registry, "2027-01-15"});
    EXPECT_TRUE(reading.ok()) << reading.status();
    return *std::move(reading);
  }
  std::vector<pb::Contribution> ContributionsOf(const std::string& who) {
    pb::ListContributionsRequest request;
    request.set_contributor(who);
    const auto reading = As(who);
    const auto list = views::ListContributions(*reading, request, {});
    EXPECT_TRUE(list.ok()) << list.status();
    return {list->contributions().begin(), list->contributions().end()};
  }
  std::vector<std::string> Waiting() {
    const auto reading = As("");
    std::vector<std::string> digests;
    for (views::Index index : views::Undisposed(*reading, "2027", 100)) {
      digests.push_back(reading->DigestOf(index));
    }
    return digests;
  }
  void ExpectSound() {
    storage::BackupOptions options;
    options.folder = backups_.path();
    const auto made = shown.hub.log().BackUp(options);
    ASSERT_TRUE(made.ok()) << made.status();
    const auto verified =
        storage::VerifyBackup(options.folder, made->made.number, [](const auto&) {});
    EXPECT_TRUE(verified.ok()) << verified.status();
  }

  testing::ShownHub shown{kSends};

 private:
  views::Ledger ledger_;
  testing::TempDir backups_;
};

pb::Draft SignalOf(const std::string& author) {
  pb::Draft draft = testing::Signal("a fictional concern", author);
  draft.clear_topics();
  draft.add_topics("unspecified");
  return draft;
}

class WalkTest : public ::testing::Test {
 protected:
  WalkTest() {
    for (Side* side : {&home_, &igf_}) {
      side->Register(kSecretariat, pb::ORGANISATION_KIND_SECRETARIAT);
      side->Register(kMag, pb::ORGANISATION_KIND_MAG);
      side->Register(kSeat, pb::ORGANISATION_KIND_MAG);
      side->OpenCycle();
    }
    home_.Register(kNri, pb::ORGANISATION_KIND_NRI_NATIONAL);
  }
  pb::Draft ProposalOn(const std::string& input) {
    pb::Draft draft;
    draft.set_author(kSeat);
    draft.set_cycle("2027");
    draft.add_references()->set_digest(input);
    draft.mutable_references(0)->set_relation(pb::RELATION_CONSIDERS);
    draft.mutable_decision()->set_state(pb::DECISION_STATE_PROPOSED);
    draft.mutable_decision()->set_title("a fictional proposal");
    return draft;
  }
  static pb::Draft Disposing(const std::string& input, const std::string& into) {
    pb::Draft draft;
    draft.set_author(kSecretariat);
    draft.set_cycle("2027");
    draft.mutable_disposition()->add_inputs()->set_input(input);
    draft.mutable_disposition()->mutable_inputs(0)->set_kind(
        into.empty() ? pb::DISPOSITION_KIND_NOTED : pb::DISPOSITION_KIND_TAKEN_UP);
    draft.mutable_disposition()->set_into(into);
    draft.mutable_disposition()->set_reason("a fictional reason of the IGF's");
    return draft;
  }

  Side home_;
  Side igf_;
};

TEST_F(WalkTest, WhatIsDecidedElsewhereIsReadAtHome) {
  const std::string input = home_.Say(SignalOf(kNri));
  igf_.PullFrom(&home_);
  EXPECT_THAT(igf_.Waiting(), ElementsAre(input)) << "input there, too";
  const std::string decision = igf_.Say(ProposalOn(input));
  igf_.Say(Disposing(input, decision));
  EXPECT_THAT(igf_.Waiting(), IsEmpty());

  home_.PullFrom(&igf_);
  const std::vector<pb::Contribution> told = home_.ContributionsOf(kNri);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].input().digest(), input);
  EXPECT_EQ(told[0].input().origin(), "");
  ASSERT_EQ(told[0].dispositions_size(), 1);
  EXPECT_EQ(told[0].dispositions(0).kind(), pb::DISPOSITION_KIND_TAKEN_UP);
  EXPECT_EQ(told[0].dispositions(0).reason(), "a fictional reason of the IGF's");
  EXPECT_EQ(told[0].dispositions(0).event().origin(), igf_.shown.signer->origin());
  ASSERT_EQ(told[0].decisions_size(), 1);
  EXPECT_EQ(told[0].decisions(0).event().digest(), decision);
  EXPECT_EQ(told[0].decisions(0).event().origin(), igf_.shown.signer->origin());
  EXPECT_EQ(told[0].in_words(),
            "taken up (hub.example/igf); it is considered in a proposal that is not decided yet "
            "(hub.example/igf)");
  // It is shown, and closes nothing: what waits at home waits for home.
  EXPECT_THAT(home_.Waiting(), ElementsAre(input));
  home_.Say(Disposing(input, ""));
  EXPECT_THAT(home_.Waiting(), IsEmpty());
  const pb::Contribution both = home_.ContributionsOf(kNri)[0];
  ASSERT_EQ(both.dispositions_size(), 2);
  for (const auto& said : both.dispositions()) EXPECT_FALSE(said.superseded()) << said.kind();

  // The input does not come back as another one, nor does anything else.
  const uint64_t head = home_.shown.hub.log().head().sequence;
  home_.PullFrom(&igf_);
  EXPECT_EQ(home_.shown.hub.log().head().sequence, head);
  home_.ExpectSound();
  igf_.ExpectSound();
}

// Our org/a is not theirs: neither by what it may read, nor by what it may change, nor in any
// count.
TEST_F(WalkTest, ANameIsAnOrganisationsOwnAtItsHub) {
  const std::string theirs = home_.Say(SignalOf(kNri));
  igf_.PullFrom(&home_);
  igf_.Register(kNri, pb::ORGANISATION_KIND_NRI_NATIONAL);
  EXPECT_THAT(igf_.ContributionsOf(kNri), IsEmpty());
  const auto refused = [this](pb::Draft draft, pb::Relation relation, const std::string& digest) {
    draft.set_event_id(record::Uuid::Random().ToString());
    draft.set_author(kNri);
    draft.set_audience("igf/public");
    draft.add_references()->set_digest(digest);
    draft.mutable_references(0)->set_relation(relation);
    const auto answer = igf_.shown.hub.Publish(draft);
    EXPECT_FALSE(answer.ok());
    return std::string(answer.status().message());
  };
  pb::Draft retraction;
  retraction.mutable_retraction()->set_cause(pb::RETRACTION_CAUSE_ERROR);
  retraction.mutable_retraction()->set_reason("fictional");
  EXPECT_TRUE(absl::StrContains(refused(retraction, pb::RELATION_RETRACTS, theirs), "another hub"));
  EXPECT_TRUE(
      absl::StrContains(refused(SignalOf(kNri), pb::RELATION_REVISES, theirs), "another hub"));
  const auto erased = igf_.shown.hub.Publish(
      testing::RedactionDraft(kNri, record::Hash::FromBytes(theirs), pb::SECTION_KIND_CONTENT));
  EXPECT_FALSE(erased.ok());
  // A law does not ask where it was said.
  const auto by_law = igf_.shown.hub.Publish(testing::RedactionDraft(
      kSecretariat, record::Hash::FromBytes(theirs), pb::SECTION_KIND_CONTENT));
  EXPECT_TRUE(by_law.ok()) << by_law.status();
  igf_.ExpectSound();
}

TEST_F(WalkTest, OneOrganisationAtTwoHubsIsTwoVoicesOfWhichOneIsOurs) {
  pb::Draft signal = SignalOf(kNri);
  signal.set_topics(0, "igf-call-2024/25:cyber.child");
  home_.Say(signal);
  igf_.PullFrom(&home_);
  igf_.Register(kNri, pb::ORGANISATION_KIND_NRI_NATIONAL);
  igf_.Say(signal);
  EXPECT_EQ(igf_.Waiting().size(), 2u) << "both are inputs";
  ASSERT_EQ(igf_.ContributionsOf(kNri).size(), 1u);
}

}  // namespace
}  // namespace liaison::federation
