#include "server/federation/errands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "fake_entry.h"
#include "fictional_origin.h"
#include "server/federation/limits.h"
#include "server/transparency/proofs.h"
#include "server/witness/witness.h"
#include "shown_hub.h"

namespace liaison::federation {
namespace {

using ::testing::ElementsAre;
using testing::FakeEntry;
using testing::FictionalOrigin;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Signal;

constexpr char kPolicy[] = R"(
[peer.north]
address = "hub.example:7410"
origins = ["$origin"]
[origin."$origin"]
vkey = "$vkey"
)";

class Memory final : public transparency::NoteStore {
 public:
  absl::StatusOr<std::string> Load() override {
    if (note_.empty()) return absl::NotFoundError("nothing yet");
    return note_;
  }
  absl::Status Save(absl::string_view note) override {
    note_ = std::string(note);
    return absl::OkStatus();
  }

 private:
  std::string note_;
};

// The peer's hub at the other end of the line.
class Line final : public PeerLine {
 public:
  explicit Line(testing::ShownHub* hub) : hub_(*hub) {}

  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest&) override {
    return absl::UnimplementedError("no lane");
  }
  absl::StatusOr<pb::GetConsistencyProofResponse> GetConsistencyProof(
      const pb::GetConsistencyProofRequest& request) override {
    ++proofs;
    const transparency::LogTree tree = hub_.signer->tree(storage::Tree::kLog);
    pb::GetConsistencyProofResponse response;
    const std::vector<record::Hash> hashes =
        *transparency::ProveConsistency(tree, *transparency::HeadAt(tree, request.old_size()),
                                        *transparency::HeadAt(tree, request.new_size()));
    for (const record::Hash& hash : hashes) {
      response.add_hashes(std::string(hash.bytes()));
    }
    return response;
  }
  absl::StatusOr<pb::AddCosignaturesResponse> AddCosignatures(
      const pb::AddCosignaturesRequest& request) override {
    if (!trouble.ok()) return trouble;
    brought.push_back(request.note());
    return pb::AddCosignaturesResponse();
  }
  absl::StatusOr<pb::GetEvidenceResponse> GetEvidence(
      const pb::GetEvidenceRequest& request) override {
    asked.assign(request.origins().begin(), request.origins().end());
    asked_of_own = request.own_origin();
    ++asks;
    return evidence;
  }
  void Cancel() override {}

  int proofs = 0;
  int asks = 0;
  absl::Status trouble;
  std::vector<std::string> brought;
  std::vector<std::string> asked;
  std::string asked_of_own;
  pb::GetEvidenceResponse evidence;

 private:
  testing::ShownHub& hub_;
};

class ErrandsTest : public ::testing::Test {
 protected:
  ErrandsTest() {
    EXPECT_TRUE(standings_.Load(hub_.policy, now_).ok());
    StartWitness();
    errands_ = std::make_unique<Errands>(OptionsOf());
  }
  Errands::Options OptionsOf() {
    Errands::Options options;
    options.peer = "north";
    options.policy = &hub_.policy;
    options.entry = &entry_;
    options.standings = &standings_;
    options.line = &line_;
    options.cosign = [this](absl::string_view request) {
      witness::Answer answer = witness_->AddCheckpoint(request);
      Cosigned said{answer.cosignatures, {}, "", answer.message};
      if (answer.outcome == witness::Outcome::kOtherSize) said.stands_at = answer.size;
      if (answer.outcome == witness::Outcome::kOtherRoot) {
        said.seen = *witness_->Latest(record::Sha256Of(origin()));
      }
      return said;
    };
    options.registry_of = [](const std::string&) {
      return std::make_shared<const OriginRegistry>();
    };
    options.now = [this] { return now_; };
    options.roll = [] { return 0.5; };
    options.report = [this](const std::string& what) { reports_.push_back(what); };
    return options;
  }
  void StartWitness() {
    auto witness = witness::Witness::Open(
        *record::NoteSigner::Parse(skey_), [this] { return std::vector{hub_.signer->verifier()}; },
        [](const std::string&) { return std::make_unique<Memory>(); },
        [this] { return static_cast<uint64_t>(absl::ToUnixSeconds(now_)); });
    ASSERT_TRUE(witness.ok()) << witness.status();
    witness_ = *std::move(witness);
  }
  const std::string& origin() const { return hub_.signer->origin(); }
  SettledHead Grow(int events, uint64_t since = 1) {
    for (int i = 0; i < events; ++i) hub_.Publish(Signal("fictional", "org/fictional-a"));
    hub_.Sign();
    return Head(since);
  }
  SettledHead Head(uint64_t since) const {
    const auto published = hub_.signer->published();
    return {origin(), published->log.head.size, published->log.note, since};
  }
  // That the log's own key and the witness's stand below it.
  void ExpectCosigned(const std::string& note) const {
    const auto opened = record::OpenNote(
        note, {hub_.signer->verifier(), record::NoteSigner::Parse(skey_)->verifier()});
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(opened->verified.size(), 2u) << note;
  }
  rows::PeerState of_origin() const { return standings_.OfOrigin(origin(), now_).row; }
  rows::State of_peer() const { return standings_.OfPeer("north", now_).state; }
  // The hub's own key has signed another tree of the size that it has.
  pb::OriginEvidence TwoHeads(const SettledHead& head) const {
    pb::OriginEvidence told;
    told.set_origin(origin());
    told.add_notes(head.note);
    told.add_notes(Forked(head.size));
    return told;
  }
  std::string Forked(uint64_t size) const {
    const std::string text =
        record::FormatCheckpoint({origin(), size, record::Sha256Of("another history"), {}});
    return absl::StrCat(text, "\n", LogKey().Sign(text));
  }
  record::NoteSigner LogKey() const {
    return *transparency::FindOrMakeLogKey(
        {hub_.dir.path() + "/keys", "igf", "hub.example", hub_.hub.log().log_id()});
  }

  mutable testing::ShownHub hub_{kPolicy};
  FakeEntry entry_;
  std::vector<std::string> reports_;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  Standings standings_{{&entry_, [] { return 0.5; },
                        [this](const std::string& what) { reports_.push_back(what); },
                        [this] { return now_; }}};
  Line line_{&hub_};
  const std::string skey_ =
      record::NoteSigner::Generate("w.example", record::NoteKeyType::kCosignature).ToSecret();
  std::unique_ptr<witness::Witness> witness_;
  std::unique_ptr<Errands> errands_;
};

TEST_F(ErrandsTest, ASettledHeadIsCosignedOnceAndBrought) {
  errands_->RunOnce();
  EXPECT_THAT(line_.brought, IsEmpty());
  errands_->Offer(Grow(3));
  for (int i = 0; i < 3; ++i) errands_->RunOnce();
  ASSERT_EQ(line_.brought.size(), 1u);
  ExpectCosigned(line_.brought[0]);
  EXPECT_THAT(reports_, IsEmpty());
}

TEST_F(ErrandsTest, GoesOnFromWhereverTheWitnessStands) {
  errands_->Offer(Grow(3));
  errands_->RunOnce();
  Grow(2);  // which nobody offered
  errands_->Offer(Grow(4));
  errands_->RunOnce();
  ASSERT_EQ(line_.brought.size(), 2u);
  ExpectCosigned(line_.brought[1]);
  EXPECT_EQ(line_.proofs, 1);
}

// A log that came back signs nothing before its witnesses have spoken again.
TEST_F(ErrandsTest, CosignsTheSameHeadAgainForAHubThatWasStartedAnew) {
  errands_->Offer(Grow(3, 100));
  errands_->RunOnce();
  errands_->Offer(Head(200));
  errands_->RunOnce();
  errands_->RunOnce();
  ASSERT_EQ(line_.brought.size(), 2u);
  ExpectCosigned(line_.brought[1]);
}

TEST_F(ErrandsTest, AnOlderHeadIsLeft) {
  const SettledHead old = Grow(3);
  errands_->Offer(Grow(2));
  errands_->RunOnce();
  errands_->Offer(old);
  errands_->RunOnce();
  EXPECT_EQ(line_.brought.size(), 1u);
  EXPECT_THAT(reports_, IsEmpty());
}

TEST_F(ErrandsTest, WhatCannotBeBroughtIsReportedOnceAndTriedAfterAPause) {
  line_.trouble = absl::UnavailableError("no line");
  errands_->Offer(Grow(3));
  for (int i = 0; i < 5; ++i) {
    errands_->RunOnce();
    now_ += absl::Minutes(20);
  }
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("no line")));
  EXPECT_EQ(of_peer(), rows::STATE_ACTIVE) << "nobody is left alone for it";
  line_.trouble = absl::OkStatus();
  errands_->RunOnce();
  ASSERT_EQ(line_.brought.size(), 1u);
  ExpectCosigned(line_.brought[0]);
}

TEST_F(ErrandsTest, AHeadThatContradictsWhatWasCosignedConvicts) {
  const SettledHead head = Grow(3);
  errands_->Offer(head);
  errands_->RunOnce();
  errands_->Offer({origin(), head.size, Forked(head.size), 1});
  errands_->RunOnce();
  EXPECT_EQ(line_.brought.size(), 1u);
  EXPECT_EQ(of_origin().state(), rows::STATE_QUARANTINED);
  EXPECT_EQ(of_origin().cause(), rows::CAUSE_TWO_HISTORIES);
  rows::Evidence kept;
  ASSERT_TRUE(kept.ParseFromString(**entry_.Find(EvidenceRowKey(origin()))));
  EXPECT_EQ(kept.notes_size(), 2);
}

TEST_F(ErrandsTest, TheProofIsBelievedAndKept) {
  const SettledHead head = Grow(3);
  *line_.evidence.add_evidence() = TwoHeads(head);
  line_.evidence.mutable_evidence(0)->set_why("words of a stranger");
  errands_->RunOnce();
  EXPECT_THAT(line_.asked, ElementsAre(origin()));
  EXPECT_EQ(of_origin().state(), rows::STATE_QUARANTINED);
  EXPECT_EQ(of_origin().cause(), rows::CAUSE_TWO_HISTORIES);
  EXPECT_THAT(of_origin().why(),
              HasSubstr(absl::StrCat("two roots at ", head.size, "; north has shown it")));
  EXPECT_EQ(of_peer(), rows::STATE_ACTIVE);
  EXPECT_TRUE(entry_.Find(EvidenceRowKey(origin()))->has_value());
  now_ += kEvidencePause;
  errands_->RunOnce();
  EXPECT_EQ(line_.asks, 1) << "what is known is not asked for";
}

TEST_F(ErrandsTest, AnAccusationThatProvesNothingIsThePeersFault) {
  pb::OriginEvidence told = TwoHeads(Grow(3));
  told.set_notes(1, told.notes(0));
  *line_.evidence.add_evidence() = told;
  errands_->RunOnce();
  EXPECT_NE(of_origin().state(), rows::STATE_QUARANTINED);
  EXPECT_FALSE(entry_.Find(EvidenceRowKey(origin()))->has_value());
  EXPECT_EQ(of_peer(), rows::STATE_QUARANTINED);
  EXPECT_THAT(standings_.OfPeer("north", now_).row.state().why(),
              HasSubstr("of what it does not prove"));
  now_ += absl::Hours(1);
  errands_->RunOnce();
  EXPECT_EQ(line_.asks, 1) << "who is left alone is asked nothing";
}

// A person who released the origin is not overruled by the same two notes.
TEST_F(ErrandsTest, APeerIsAskedWhatItHasOfThisHubsOwnLog) {
  // Even where there is nothing else to ask for.
  ASSERT_TRUE(entry_.Keep(EvidenceRowKey(origin()), rows::Evidence().SerializeAsString()).ok());
  std::vector<std::string> heard;
  Errands::Options options = OptionsOf();
  options.own_origin = "here.example/here/fictional";
  options.on_own_head = [&heard](const std::string& note, const std::string& peer) {
    heard.push_back(absl::StrCat(peer, ": ", note));
  };
  Errands errands(std::move(options));
  errands.RunOnce();
  EXPECT_EQ(line_.asked_of_own, "here.example/here/fictional");
  EXPECT_THAT(heard, IsEmpty()) << "it has nothing";
  line_.evidence.set_own_head("a note");
  now_ += kEvidencePause + absl::Seconds(1);
  errands.RunOnce();
  EXPECT_THAT(heard, ElementsAre("north: a note"));
}

TEST_F(ErrandsTest, EvidenceThatIsHereIsNotTakenAgain) {
  ASSERT_TRUE(entry_.Keep(EvidenceRowKey(origin()), rows::Evidence().SerializeAsString()).ok());
  *line_.evidence.add_evidence() = TwoHeads(Grow(3));
  errands_->RunOnce();
  EXPECT_EQ(line_.asks, 0);
  EXPECT_NE(of_origin().state(), rows::STATE_QUARANTINED);
}

TEST_F(ErrandsTest, WhatWasNotAskedForIsNotRead) {
  pb::OriginEvidence told = TwoHeads(Grow(3));
  told.set_origin("hub.example/other/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a02");
  *line_.evidence.add_evidence() = told;
  errands_->RunOnce();
  EXPECT_EQ(of_peer(), rows::STATE_ACTIVE);
}

TEST_F(ErrandsTest, AConvictedOriginIsNotVouchedFor) {
  *line_.evidence.add_evidence() = TwoHeads(Grow(3));
  errands_->RunOnce();
  errands_->Offer(Head(1));
  errands_->RunOnce();
  EXPECT_THAT(line_.brought, IsEmpty());
}

}  // namespace
}  // namespace liaison::federation
