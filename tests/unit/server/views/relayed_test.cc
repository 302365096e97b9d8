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
  std::string Relay(pb::Draft draft, const std::string& origin = kThere,
                    const std::string& audience = "other/public") {
    draft.set_audience(audience);
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
    for (Index index : Undisposed(*reading, "2027", 100)) {
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
  EXPECT_EQ(told.in_words(),
            "taken up (hub.example/other); it is considered in a proposal that is not decided yet "
            "(hub.example/other)");
}

TEST_F(RelayedTest, WhatIsSaidThereSupersedesNothingThatIsSaidHere) {
  const std::string input = Signal(kNri, "an input");
  Dispose({input}, pb::DISPOSITION_KIND_NOT_THIS_CYCLE);
  Relay(DispositionOf(input));
  Relay(DispositionOf(input), kElsewhere);
  const pb::Contribution told = ContributionsOf(kNri)[0];
  ASSERT_EQ(told.dispositions_size(), 3);
  for (const auto& said : told.dispositions()) EXPECT_FALSE(said.superseded());
  EXPECT_EQ(told.in_words(),
            "not for this cycle; noted (hub.example/other); noted (hub.example/third)");
}

// The audience of another hub is not ours, even where that calls itself as this one does.
TEST_F(RelayedTest, NobodyReadsWhatIsNotPublicThere) {
  for (const char* audience : {"igf/partners", "igf/mag", "other/partners", "other/wg@1"}) {
    const std::string hidden = Relay(SignalDraft(kNri, audience), kThere, audience);
    for (const char* reader : {"", kNri, kPartner, kSeat1, kSecretariat, "org/igf-mag"}) {
      EXPECT_FALSE(As(reader)->FindQuietly(hidden)) << audience << " by " << reader;
    }
  }
  const std::string shown = Relay(SignalDraft(kNri, "public"));
  EXPECT_TRUE(As("")->FindQuietly(shown));
}

TEST_F(RelayedTest, ANameIsAnOrganisationsOwnAtItsHub) {
  PublishScheme({"cables"});
  const auto on_cables = [this](const std::string& author, const std::string& title) {
    pb::Draft draft = SignalDraft(author, title);
    draft.set_topics(0, "fictional:cables");
    return draft;
  };
  Relay(on_cables(kNri, "theirs"));
  Relay(on_cables(absl::StrCat(kNri, "/desk"), "of theirs"));
  EXPECT_THAT(ContributionsOf(kNri, kNri), IsEmpty());
  EXPECT_THAT(As(kNri)->InputsBy("org/other"), IsEmpty());
  Publish(on_cables(kNri, "ours"));
  EXPECT_EQ(ContributionsOf(kNri, kNri).size(), 1u);
  // One organisation is registered and counts; whoever can run a hub can think of many names.
  const auto radar = GetRadar(*As(kSecretariat), pb::GetRadarRequest());
  ASSERT_TRUE(radar.ok()) << radar.status();
  ASSERT_EQ(radar->topics_size(), 1);
  EXPECT_EQ(radar->topics(0).organisations(), 1u);
  EXPECT_EQ(radar->topics(0).events(), 1u);
}

// They can be read; they move nothing, and speak for nobody here.
TEST_F(RelayedTest, TheirWordsAboutOursAreTheirs) {
  const std::string input = Signal(kNri, "an input");
  // A request is closed by whom it was put to, here.
  pb::Draft asking = SignalDraft(kNri, "a question");
  asking.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
  asking.add_addressees("org/igf-mag");
  const std::string request = Publish(asking);
  pb::Draft answer = Naming("org/igf-mag", request, pb::RELATION_RESPONDS_TO);
  answer.mutable_response()->set_kind(pb::RESPONSE_KIND_ANSWER);
  answer.mutable_response()->set_text("a fictional answer");
  Relay(answer);
  ASSERT_EQ(RequestsSeenBy("").size(), 1u);
  EXPECT_EQ(RequestsSeenBy("")[0].state(), pb::REQUEST_STATE_OPEN);
  Respond("org/igf-mag", request, pb::RESPONSE_KIND_ANSWER);
  EXPECT_EQ(RequestsSeenBy("")[0].state(), pb::REQUEST_STATE_ANSWERED);
  // A seat there has read nothing for a seat here.
  pb::Draft read = DispositionOf(input);
  read.set_author(kSeat1);
  Relay(read);
  const auto reading = As(kSeat1);
  for (Index index : reading->OfType(pb::EVENT_TYPE_DISPOSITION)) {
    EXPECT_NE(reading->AuthorOf(index), kSeat1);
  }
}

// Scores are this hub's own, and so is whether they were taken back.
TEST_F(RelayedTest, NobodyElsesRetractionTakesAScoreAway) {
  const std::string input = Signal(kNri, "an input");
  const std::string score = Evaluate(input, 1, 5);
  const auto scored = [this] {
    pb::GetBoardRequest request;
    request.set_cycle("2027");
    const auto board = GetBoard(*As(kSecretariat), request);
    EXPECT_TRUE(board.ok()) << board.status();
    return board->DebugString();
  };
  const std::string before = scored();
  pb::Draft retraction = Naming("org/igf-mag/seat-1", score, pb::RELATION_RETRACTS);
  retraction.mutable_retraction()->set_reason("fictional");
  Relay(retraction);
  EXPECT_EQ(scored(), before);
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
  const auto taken_back = [&] {
    const auto reading = As("");
    return reading->Retracted(*reading->Find(theirs));
  };
  EXPECT_FALSE(taken_back());
  Relay(retraction("org/other-igf", theirs));
  EXPECT_TRUE(taken_back());
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
  EXPECT_THAT(Waiting(), ElementsAre(SequenceOf(input)));
  const auto reading = As("");
  for (const pb::EventType type :
       {pb::EVENT_TYPE_CARRY_OVER, pb::EVENT_TYPE_GROUPING, pb::EVENT_TYPE_DECISION}) {
    EXPECT_THAT(reading->OfType(type), IsEmpty()) << type;
  }
  EXPECT_EQ(reading->OfType(pb::EVENT_TYPE_CYCLE).size(), 2u);
}

}  // namespace
}  // namespace liaison::views
