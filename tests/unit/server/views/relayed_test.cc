// What views make of what another hub said: it is shown where it is named, and closes nothing here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/event_builder.h"
#include "proto/record/foreign.h"
#include "proto/record/pae.h"
#include "proto/record/signed_note.h"
#include "server/views/carry_overs.h"
#include "server/views/triage.h"
#include "tests/unit/server/views/views_fixture.h"

namespace liaison::views {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kThere[] = "hub.example/other/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01";
constexpr char kElsewhere[] = "hub.example/third/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01";

class RelayedTest : public ViewsTest {
 protected:
  // As that hub attested it. The digest.
  std::string Relay(pb::Draft draft, const std::string& origin = kThere) {
    draft.set_audience("other/public");
    const pb::SignedEvent event =
        record::BuildEvent(draft, nullptr, absl::UnixEpoch(),
                           [](pb::SectionKind kind) { return std::string(32, 'a' + kind); });
    domain::Statement statement;
    statement.header_bytes = event.header();
    EXPECT_TRUE(statement.header.ParseFromString(event.header()));
    statement.digest = record::EventDigest(event.header());
    statement.sections = {event.sections().begin(), event.sections().end()};
    auto foreign = std::make_shared<domain::Foreign>();
    foreign->from.origin_name_hash = record::Sha256Of(origin);
    foreign->from.sequence = 1;
    record::Evidence evidence;
    const record::NoteSigner key =
        record::NoteSigner::Generate(origin, record::NoteKeyType::kEd25519);
    const std::string text = record::FormatCheckpoint({origin, 1, record::Hash(), {}});
    evidence.proof.checkpoint = absl::StrCat(text, "\n", key.Sign(text));
    foreign->evidence = record::EncodeForeign(evidence);
    statement.foreign = std::move(foreign);
    const auto answers = hub_.PublishStatements({statement}, true);
    EXPECT_TRUE(answers[0].ok()) << answers[0].status();
    return std::string(statement.digest.bytes());
  }
  pb::Draft DispositionOf(const std::string& input, const std::string& into = "") {
    pb::Draft draft = Draft("org/other-mag");
    pb::DisposedInput& disposed = *draft.mutable_disposition()->add_inputs();
    disposed.set_input(input);
    disposed.set_kind(into.empty() ? pb::DISPOSITION_KIND_NOTED : pb::DISPOSITION_KIND_TAKEN_UP);
    draft.mutable_disposition()->set_into(into);
    draft.mutable_disposition()->set_reason("a fictional reason there");
    return draft;
  }
  std::vector<uint64_t> Waiting() {
    std::vector<uint64_t> sequences;
    const auto reading = As("");
    for (Index index : Undisposed(*reading, "2027")) {
      sequences.push_back(Reading::SequenceOf(index));
    }
    return sequences;
  }
  uint64_t SequenceOf(const std::string& digest) {
    return **hub_.log().FindByDigest(record::Hash::FromBytes(digest));
  }
};

TEST_F(RelayedTest, AContributorReadsAtHomeWhatWasSaidThere) {
  const std::string input = Signal(kNri, "an input");
  pb::Draft proposal = DecisionDraft({input});
  proposal.set_author("org/other-mag");
  const std::string decision = Relay(proposal);
  Relay(DispositionOf(input, decision));
  const pb::Contribution told = ContributionsOf(kNri)[0];
  ASSERT_EQ(told.dispositions_size(), 1);
  EXPECT_EQ(told.dispositions(0).reason(), "a fictional reason there");
  ASSERT_EQ(told.decisions_size(), 1);
  EXPECT_EQ(told.decisions(0).event().digest(), decision);
  EXPECT_EQ(told.decisions(0).event().origin(), kThere);
  EXPECT_EQ(told.input().origin(), "");
  EXPECT_EQ(told.state(), pb::CONTRIBUTION_STATE_CONSIDERED);
}

TEST_F(RelayedTest, WhatTheyDisposedOfWaitsForUs) {
  const std::string ours = Signal(kNri, "ours");
  const std::string theirs = Relay(SignalDraft("org/other-igf", "theirs"));
  Relay(DispositionOf(ours));
  Relay(DispositionOf(theirs));
  EXPECT_THAT(Waiting(), ElementsAre(SequenceOf(ours), SequenceOf(theirs)));
  Dispose({ours, theirs}, pb::DISPOSITION_KIND_NOTED);
  EXPECT_THAT(Waiting(), IsEmpty());
}

TEST_F(RelayedTest, OnlyTheirOwnIsTakenBack) {
  const std::string ours = Signal(kNri, "ours");
  const std::string theirs = Relay(SignalDraft("org/other-igf", "theirs"));
  const auto retraction = [this](const std::string& author, const std::string& digest) {
    pb::Draft draft = Naming(author, digest, pb::RELATION_RETRACTS);
    draft.mutable_retraction()->set_reason("fictional");
    return draft;
  };
  Relay(retraction(kNri, ours));
  Relay(retraction("org/other-igf", theirs), kElsewhere);
  EXPECT_FALSE(ContributionsOf(kNri)[0].input().retracted());
  EXPECT_FALSE(ContributionsOf("org/other-igf")[0].input().retracted());
  Relay(retraction("org/other-igf", theirs));
  EXPECT_TRUE(ContributionsOf("org/other-igf")[0].input().retracted());
  EXPECT_THAT(Waiting(), ElementsAre(SequenceOf(ours)));
}

TEST_F(RelayedTest, WhatTheirHubIsMadeOfIsNotOurs) {
  const std::string input = Signal(kNri, "an input");
  pb::Draft cycle = Draft("org/other-secretariat");
  cycle.mutable_cycle_body()->set_cycle_id("2028");
  Relay(cycle);
  pb::Draft carry = Naming("org/other-secretariat", input, pb::RELATION_CARRIES_OVER);
  carry.mutable_carry_over()->set_from_cycle("2027");
  carry.mutable_carry_over()->set_to_cycle("2028");
  Relay(carry);
  pb::Draft group = Naming("org/other-secretariat", input, pb::RELATION_GROUPS);
  group.mutable_grouping()->set_action(pb::GROUPING_ACTION_GROUP);
  group.mutable_grouping()->set_title("theirs");
  Relay(group);
  Relay(DecisionDraft({input}));
  const auto reading = As("");
  for (const pb::EventType type :
       {pb::EVENT_TYPE_CARRY_OVER, pb::EVENT_TYPE_GROUPING, pb::EVENT_TYPE_DECISION}) {
    EXPECT_THAT(reading->OfType(type), IsEmpty()) << type;
  }
  EXPECT_EQ(reading->OfType(pb::EVENT_TYPE_CYCLE).size(), 2u);
  EXPECT_THAT(Waiting(), ElementsAre(SequenceOf(input)));
}

}  // namespace
}  // namespace liaison::views
