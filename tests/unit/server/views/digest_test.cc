// Digests: what there is to decide, to answer and to know. Everybody and everything here is
// fictional.

#include <cmath>
#include <map>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "server/domain/adoption.h"
#include "server/domain/sentences.h"
#include "server/views/limits.h"
#include "tests/unit/server/views/views_fixture.h"

namespace liaison::views {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

// One section, to be looked at.
struct Section {
  std::vector<uint64_t> sequences;
  std::map<uint64_t, pb::DigestItem> items;
  uint32_t total = 0;
  uint32_t not_looked_at = 0;
  double minutes = 0;
  double minutes_of_all = 0;
};

class DigestTest : public ViewsTest {
 protected:
  pb::GetDigestResponse Digest(const std::string& as, const pb::GetDigestRequest& request = {},
                               const std::string& today = kToday) {
    auto response = GetDigest(*As(as, today), request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *std::move(response) : pb::GetDigestResponse();
  }

  static Section In(const pb::GetDigestResponse& digest, const std::string& name) {
    Section found;
    for (const pb::DigestSection& section : digest.sections()) {
      if (section.name() != name) continue;
      found.total = section.total();
      found.not_looked_at = section.not_looked_at();
      found.minutes = section.minutes();
      found.minutes_of_all = section.minutes_of_all();
      for (const pb::DigestItem& item : section.items()) {
        found.sequences.push_back(item.event().sequence());
        found.items[item.event().sequence()] = item;
        // For machines, and every place of its words filled.
        EXPECT_EQ(domain::InEnglish(item.why_sentences()), item.why());
        EXPECT_THAT(item.why(), Not(HasSubstr("{")));
      }
    }
    return found;
  }
  Section Decide(const std::string& as) { return In(Digest(as), "decide"); }
  Section Answer(const std::string& as, const std::string& today = kToday) {
    return In(Digest(as, {}, today), "answer");
  }
  Section Know(const std::string& as, uint64_t after = 0) {
    pb::GetDigestRequest request;
    request.set_after_sequence(after);
    return In(Digest(as, request), "know");
  }

  uint64_t Sequence(const std::string& digest) {
    return Reading::SequenceOf(*As(kSeat1)->Find(digest));
  }
  uint64_t Head() { return As("")->Head(); }

  std::string Ask(const std::string& from, const std::string& to, const std::string& by) {
    pb::Draft draft = SignalDraft(from, "please answer");
    draft.add_addressees(to);
    draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
    draft.mutable_topic_signal()->set_requested_date(by);
    return Publish(draft);
  }

  std::string Report(const std::string& decision, uint32_t percent) {
    pb::Draft draft = Naming(kPartner, decision, pb::RELATION_REPORTS_ON);
    draft.mutable_progress()->set_percent(percent);
    draft.mutable_progress()->set_expected_on("2027-11-01");
    draft.mutable_progress()->set_text("fictional");
    return Publish(draft);
  }

  std::string Adopt(const std::string& decision) {
    pb::Draft draft = Naming(kSeat1, decision, pb::RELATION_REVISES);
    draft.mutable_decision()->set_state(pb::DECISION_STATE_ADOPTED);
    draft.mutable_decision()->set_title("a fictional proposal");
    return Publish(draft);
  }
};

TEST_F(DigestTest, WhatIsCarriedOverIsDecidedAndAnsweredInTheNextCycle) {
  pb::Draft draft = SignalDraft(kNri, "please answer");
  draft.set_cycle("2026");
  draft.add_addressees("org/igf-mag");
  draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
  const std::string input = Publish(draft);
  const auto digest_of = [this](const std::string& cycle) {
    pb::GetDigestRequest request;
    request.set_cycle(cycle);
    return In(Digest(kSeat1, request), "decide").items;
  };
  EXPECT_THAT(digest_of("2027"), IsEmpty());
  EXPECT_THAT(digest_of("2026"), SizeIs(1));
  pb::Draft carried = Naming(kSecretariat, input, pb::RELATION_CARRIES_OVER);
  carried.mutable_carry_over()->set_from_cycle("2026");
  carried.mutable_carry_over()->set_to_cycle("2027");
  carried.mutable_carry_over()->set_reason("fictional");
  Publish(carried);
  const auto now = digest_of("2027");
  ASSERT_THAT(now, SizeIs(1));
  EXPECT_THAT(now.begin()->second.why(), HasSubstr("what becomes of it"));
  EXPECT_THAT(now.begin()->second.why(), HasSubstr("asks"));
}

TEST_F(DigestTest, TheMagIsToldWhatAProposalLacksAndWhoObjects) {
  pb::Draft draft = DecisionDraft({});
  draft.mutable_decision()->clear_focus_question();
  const std::string decision = Publish(draft);
  const std::string objection = Stand(kPartner, decision, pb::POSITION_KIND_OBJECT);
  const Section decide = Decide(kSecretariat);
  EXPECT_THAT(decide.sequences, ElementsAre(Sequence(objection), Sequence(decision)));
  EXPECT_EQ(
      decide.items.at(Sequence(decision)).why(),
      "It is proposed. Before it can be adopted it lacks a focus question, the inputs that it "
      "rests on, answers to objections.");
  EXPECT_EQ(decide.items.at(Sequence(objection)).why(),
            "org/fictional-partner objects to “a fictional proposal”, and adoption waits for an "
            "answer.");
  Stand(kPartner, decision, pb::POSITION_KIND_SUPPORT);
  EXPECT_THAT(Decide(kSecretariat).sequences, ElementsAre(Sequence(decision)));
  EXPECT_THAT(Decide(kPartner).sequences, IsEmpty()) << "a partner decides nothing";
}

TEST_F(DigestTest, AnObjectionOfAnIndividualIsSomebodysToo) {
  const std::string decision = Publish(DecisionDraft({}));
  pb::Draft draft = PositionDraft(kSecretariat, decision, pb::POSITION_KIND_OBJECT);
  draft.mutable_recorded_for()->mutable_individual()->set_id(draft.event_id());
  draft.set_recorded_by(kSecretariat);
  const std::string objection = Publish(draft);
  EXPECT_THAT(Decide(kSecretariat).items.at(Sequence(objection)).why(),
              HasSubstr("An individual objects to"));
}

TEST_F(DigestTest, AnAnsweredObjectionAndAnAdoptedDecisionWaitForNothing) {
  const std::string input = Signal(kNri, "input");
  const std::string decision = Publish(DecisionDraft({input}));
  const std::string objection = Stand(kPartner, decision, pb::POSITION_KIND_OBJECT);
  Dispose({input}, pb::DISPOSITION_KIND_NOTED);
  pb::Draft answer = DecisionDraft({input});
  answer.add_references()->set_digest(decision);
  answer.mutable_references()->rbegin()->set_relation(pb::RELATION_REVISES);
  answer.mutable_decision()->add_answers()->set_objection(objection);
  answer.mutable_decision()->mutable_answers(0)->set_answer("a fictional answer");
  Publish(answer);
  ASSERT_THAT(Decide(kSecretariat).sequences, ElementsAre(Sequence(decision)));
  EXPECT_EQ(Decide(kSecretariat).items.begin()->second.why(),
            "It is proposed and lacks nothing: it can be decided.");
  Adopt(decision);
  EXPECT_THAT(Decide(kSecretariat).sequences, IsEmpty());
}

// A name of a field is no word for a person.
TEST_F(DigestTest, EverythingThatAdoptionAsksForHasWords) {
  Publish([&] {
    pb::Draft draft = Draft(kSeat1);
    draft.mutable_decision()->set_state(pb::DECISION_STATE_PROPOSED);
    draft.mutable_decision()->set_title("a fictional proposal");
    return draft;
  }());
  const Section decide = Decide(kSecretariat);
  ASSERT_THAT(decide.items, SizeIs(1));
  const std::string why = decide.items.begin()->second.why();
  EXPECT_THAT(why, Not(HasSubstr("_")));
  EXPECT_THAT(why, Not(HasSubstr("decision.")));
  EXPECT_THAT(why, Not(HasSubstr("references")));
  const auto commas = std::count(why.begin(), why.end(), ',');
  EXPECT_EQ(static_cast<size_t>(commas) + 1,
            domain::MissingForAdoption(*hub_.sequencer().registry(), {}, false).size());
}

TEST_F(DigestTest, InputsWaitUntilSomebodySaysWhatBecomesOfThem) {
  const std::string disposed = Signal(kNri, "disposed");
  const std::string taken_back = Signal(kNri, "taken back");
  const std::string waits = Signal(kPartner, "waits");
  pb::Draft other = SignalDraft(kNri, "of another cycle");
  other.set_cycle("2026");
  const std::string before = Publish(other);
  Dispose({disposed}, pb::DISPOSITION_KIND_NOTED);
  Retract(kNri, taken_back);
  EXPECT_THAT(Decide(kSeat1).sequences, ElementsAre(Sequence(waits)));
  pb::GetDigestRequest request;
  request.set_cycle("2026");
  EXPECT_THAT(In(Digest(kSeat1, request), "decide").sequences, ElementsAre(Sequence(before)));
  request.set_cycle("1999");
  EXPECT_EQ(record::ReasonOf(GetDigest(*As(kSeat1), request).status()),
            record::Reason::kFieldInvalid);
}

// What something else was merged into is not disposed of by that.
TEST_F(DigestTest, AnInputThatOthersWereMergedIntoStillWaits) {
  const std::string into = Signal(kNri, "into");
  Dispose({Signal(kPartner, "merged")}, pb::DISPOSITION_KIND_MERGED, into);
  EXPECT_THAT(Decide(kSeat1).sequences, ElementsAre(Sequence(into)));
  EXPECT_EQ(Know(kNri).items.at(Sequence(into)).why(),
            "It is yours, and others were taken into it.");
}

TEST_F(DigestTest, AMemberIsToldWhatItHasNotEvaluatedWhileThatIsOpen) {
  const std::string input = Signal(kNri, "input");
  const std::string decision = Publish(DecisionDraft({input}));
  Dispose({input}, pb::DISPOSITION_KIND_NOTED);
  EXPECT_THAT(Decide(kSeat1).sequences, ElementsAre(Sequence(decision)))
      << "an input is a candidate where somebody has evaluated it";
  Evaluate(decision, 2, 4);
  Evaluate(input, 2, 4);
  Section decide = Decide(kSeat1);
  EXPECT_THAT(decide.sequences, UnorderedElementsAre(Sequence(decision), Sequence(input)));
  EXPECT_EQ(decide.items.at(Sequence(input)).why(),
            "You have neither evaluated it nor declared a conflict; members evaluate until "
            "2027-01-31.");
  EXPECT_EQ(decide.items.at(Sequence(input)).due_on(), "2027-01-31");
  EXPECT_THAT(decide.items.at(Sequence(decision)).why(), HasSubstr("It is proposed"));
  EXPECT_THAT(decide.items.at(Sequence(decision)).why(), HasSubstr("neither evaluated"));
  for (const std::string& done : {std::string("org/igf-mag/seat-2"), std::string(kSecretariat)}) {
    decide = Decide(done);
    EXPECT_THAT(decide.sequences, ElementsAre(Sequence(decision)));
    EXPECT_THAT(decide.items.begin()->second.why(), Not(HasSubstr("evaluated")));
  }
  Evaluate(input, 1, 0, /*conflict=*/true);
  Evaluate(decision, 1, 3);
  EXPECT_THAT(Decide(kSeat1).sequences, ElementsAre(Sequence(decision)));
  EXPECT_THAT(In(Digest("org/igf-mag/seat-3", {}, "2027-02-01"), "decide").sequences,
              ElementsAre(Sequence(decision)))
      << "the phase is over";
}

TEST_F(DigestTest, RequestsAreAnsweredSoonestDueFirst) {
  const std::string later = Ask(kNri, kPartner, "2027-03-01");
  const std::string any_day = Ask(kNri, kPartner, "");
  const std::string sooner = Ask(kSeat1, kPartner, "2027-02-01");
  const std::string others = Ask(kPartner, kNri, "2027-02-01");
  Section answer = Answer(kPartner);
  EXPECT_THAT(answer.sequences, ElementsAre(Sequence(sooner), Sequence(later), Sequence(any_day)));
  EXPECT_EQ(answer.items.at(Sequence(sooner)).why(),
            "org/igf-mag/seat-1 asks this of org/fictional-partner. Accept it, offer another date, "
            "decline it or answer it, by 2027-02-01.");
  EXPECT_EQ(answer.items.at(Sequence(sooner)).due_on(), "2027-02-01");
  EXPECT_THAT(Answer(kPartner, "2027-02-02").items.at(Sequence(sooner)).why(),
              HasSubstr("overdue, it was due on 2027-02-01"));
  Respond(kPartner, sooner, pb::RESPONSE_KIND_ANSWER);
  Respond(kPartner, later, pb::RESPONSE_KIND_ACCEPT);
  answer = Answer(kPartner);
  EXPECT_THAT(answer.sequences, ElementsAre(Sequence(later), Sequence(any_day)));
  EXPECT_THAT(answer.items.at(Sequence(later)).why(), HasSubstr("It was accepted"));
  EXPECT_THAT(Answer(kNri).sequences, ElementsAre(Sequence(others)));
  EXPECT_THAT(Answer("").sequences, IsEmpty());
}

TEST_F(DigestTest, WhatIsAskedOfTheMagIsForAllOfItToDecide) {
  const std::string of_all = Ask(kNri, "org/igf-mag", "2027-02-01");
  const std::string of_one = Ask(kNri, kSeat1, "2027-02-01");
  Dispose({of_all, of_one}, pb::DISPOSITION_KIND_NOTED);
  for (const char* reader : {kSeat1, kSecretariat}) {
    EXPECT_THAT(Decide(reader).sequences, ElementsAre(Sequence(of_all))) << reader;
  }
  EXPECT_THAT(Answer(kSeat1).sequences, ElementsAre(Sequence(of_one)));
  EXPECT_THAT(Answer(kSecretariat).sequences, IsEmpty());
}

// Five hundred requests of one hid that of another, to the MAG and to a partner.
TEST_F(DigestTest, WhoAsksMuchHasOneTurn) {
  for (const char* asked : {"org/igf-mag", kPartner}) {
    const std::string real = Ask(kNri, asked, "2027-03-31");
    PublishMany(kMaxDigestItems, [&] {
      pb::Draft draft = SignalDraft(kSeat1, "please answer");
      draft.add_addressees(asked);
      draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
      draft.mutable_topic_signal()->set_requested_date("2027-02-02");
      return draft;
    });
    const std::string soonest = Ask(kSeat1, asked, "2027-02-01");
    const bool mag = asked != std::string(kPartner);
    const Section section = mag ? Decide(kSecretariat) : Answer(asked);
    ASSERT_THAT(section.sequences, SizeIs(kUsualRows));
    EXPECT_EQ(section.sequences[0], Sequence(soonest)) << "of each the soonest due first";
    EXPECT_EQ(section.sequences[1], Sequence(real));
    EXPECT_EQ(section.total, kMaxDigestItems + 2) << "and what is not shown is counted";
    pb::ListRequestsRequest all;
    all.set_organisation(asked);
    std::set<uint64_t> listed;
    PageArguments page{"", 100};
    do {
      const auto requests = ListRequests(*As(kSecretariat), all, page);
      ASSERT_TRUE(requests.ok()) << requests.status();
      for (const auto& one : requests->requests()) listed.insert(one.request().sequence());
      page.after = requests->next_page_token();
    } while (!page.after.empty());
    EXPECT_EQ(listed.size(), mag ? section.total : 0u) << "whose silence is nobody's business";
  }
}

TEST_F(DigestTest, WhoWasToldOfAnInputIsToldThatItHasChanged) {
  PublishScheme({"topic"});
  const std::string input = Input(kNri, "input", "words", {"fictional:topic"});
  const std::string waits = Signal(kNri, "waits");
  Input(kPartner, "on the same", "words", {"fictional:topic"});
  const uint64_t before_disposal = Head();
  Dispose({input}, pb::DISPOSITION_KIND_NOTED);
  const uint64_t before = Head();
  Amend(kNri, input, "", "quite other words");
  const std::string changed = absl::StrCat("It was changed by event ", Head(), ": read it again.");
  EXPECT_THAT(Know(kSeat1, before).items.at(Sequence(input)).why(), HasSubstr(changed))
      << "what was decided on other words";
  EXPECT_THAT(Know(kPartner, before).items.at(Sequence(input)).why(), HasSubstr(changed))
      << "on what it has raised too";
  EXPECT_EQ(Know(kNri, before).items.count(Sequence(input)), 0u) << "it knows";
  EXPECT_EQ(Know(kSeat1, Head()).items.count(Sequence(input)), 0u) << "once";
  Amend(kNri, input, "", "other words again");
  EXPECT_THAT(Know(kPartner, before).sequences, ElementsAre(Sequence(input))) << "by the latest";
  EXPECT_THAT(Know(kPartner, before).items.at(Sequence(input)).why(), Not(HasSubstr(changed)));

  Amend(kNri, waits, "", "what nobody has looked at yet");
  pb::GetDigestRequest request;
  request.set_after_sequence(before_disposal);
  const pb::GetDigestResponse digest = Digest(kSeat1, request);
  EXPECT_EQ(In(digest, "know").items.count(Sequence(waits)), 0u);
  EXPECT_THAT(In(digest, "decide").items.at(Sequence(waits)).why(),
              HasSubstr(absl::StrCat("It was changed by event ", Head())));

  Retract(kNri, input);
  EXPECT_THAT(Know(kPartner, before).items.at(Sequence(input)).why(), Not(HasSubstr("read it")));
  EXPECT_EQ(Know(kPartner, 0).items.count(Sequence(input)), 0u);
}

TEST_F(DigestTest, AuthorsKnowThatTheyWereGroupedAndThatTheyNoLongerAre) {
  const std::string own = Signal(kNri, "own");
  const std::string same = Signal(kPartner, "the same");
  const std::string third = Signal(kSeat1, "also the same");
  const uint64_t before = Head();
  const std::string group = Group({own, same});
  const std::string number = absl::StrCat("(event ", Head(), ").");
  EXPECT_THAT(Know(kNri, before).sequences, ElementsAre(Sequence(own)));
  EXPECT_EQ(
      Know(kNri, before).items.at(Sequence(own)).why(),
      absl::StrCat("It is yours, and it is grouped with org/fictional-partner in “a fictional "
                   "group” ",
                   number));
  EXPECT_THAT(Know(kPartner, before).items.at(Sequence(same)).why(), HasSubstr(kNri));
  const uint64_t grouped = Head();
  EXPECT_THAT(Know(kNri, grouped).sequences, IsEmpty()) << "once";
  Group({same, third}, group);
  EXPECT_EQ(
      Know(kNri, grouped).items.at(Sequence(own)).why(),
      absl::StrCat("It is yours, and it is no longer grouped in “a fictional group” ", number));
  EXPECT_THAT(Know(kPartner, grouped).items.at(Sequence(same)).why(),
              HasSubstr("with org/igf-mag/seat-1 in"));
  const uint64_t left = Head();
  Group({}, group, pb::GROUPING_ACTION_DISSOLVE);
  EXPECT_THAT(Know(kNri, left).sequences, IsEmpty()) << "it went out of it before";
  EXPECT_THAT(Know(kPartner, left).items.at(Sequence(same)).why(), HasSubstr("no longer grouped"));
}

TEST_F(DigestTest, OfAGroupOnesHiddenMembersAreNotTold) {
  const std::string own = Signal(kNri, "own");
  const std::string hidden = Signal(kSeat1, "hidden", "igf/mag");
  const uint64_t before = Head();
  pb::Draft draft = Draft(kSecretariat);
  for (const std::string& input : {own, hidden}) {
    draft.add_references()->set_digest(input);
    draft.mutable_references()->rbegin()->set_relation(pb::RELATION_GROUPS);
  }
  draft.mutable_grouping()->set_action(pb::GROUPING_ACTION_GROUP);
  draft.mutable_grouping()->set_title("a fictional group");
  draft.mutable_grouping()->set_reason("fictional");
  draft.set_audience("igf/mag");
  Publish(draft);
  EXPECT_THAT(Know(kNri, before).sequences, IsEmpty()) << "it may not read the grouping";
}

TEST_F(DigestTest, AContributorKnowsWhatBecameOfItsInputs) {
  const std::string input = Signal(kNri, "input");
  const uint64_t before = Head();
  Dispose({input}, pb::DISPOSITION_KIND_TAKEN_UP, Publish(DecisionDraft({input})));
  EXPECT_EQ(Know(kNri).items.at(Sequence(input)).why(), "It is yours, and it was taken up.");
  EXPECT_EQ(Know(kNri, before).items.count(Sequence(input)), 1u);
  const uint64_t taken_up = Head();
  EXPECT_THAT(Know(kNri, taken_up).sequences, IsEmpty());
  Dispose({input}, pb::DISPOSITION_KIND_MERGED, Group({input, Signal(kPartner, "the same")}));
  EXPECT_THAT(Know(kNri, taken_up).items.at(Sequence(input)).why(),
              StartsWith("It is yours, and it was merged with others that say the same. It is "
                         "yours, and it is grouped with org/fictional-partner in"));
  EXPECT_EQ(Know(kPartner).items.count(Sequence(input)), 0u);
}

TEST_F(DigestTest, DecisionsAreKnownByHowTheyStandAndWhatWasReported) {
  const std::string decision = Publish(DecisionDraft({Signal(kNri, "input")}));
  EXPECT_THAT(Know("").items.at(Sequence(decision)).why(), HasSubstr("It is proposed"));
  const uint64_t before = Head();
  Adopt(decision);
  EXPECT_EQ(Know("", before).items.at(Sequence(decision)).why(), "It is adopted.");
  const uint64_t adopted = Head();
  Report(decision, 10);
  const std::string progress = Report(decision, 40);
  Section know = Know("", adopted);
  EXPECT_THAT(know.sequences, ElementsAre(Sequence(progress))) << "the latest report alone";
  EXPECT_EQ(know.items.begin()->second.why(),
            "It says how far the work on “a fictional proposal” has come: 40 percent, expected on "
            "2027-11-01.");
  const uint64_t reported = Head();
  Retract(kPartner, progress);
  know = Know("", reported);
  EXPECT_THAT(know.sequences, ElementsAre(Sequence(progress)));
  EXPECT_EQ(know.items.begin()->second.why(), "It was taken back as an error: it counts no more.");
  EXPECT_TRUE(know.items.begin()->second.event().retracted());

  pb::Draft draft = Naming(kPartner, decision, pb::RELATION_REPORTS_ON);
  draft.mutable_outcome()->set_test_result(pb::TEST_RESULT_MET);
  draft.mutable_outcome()->set_product("fictional");
  const uint64_t retracted = Head();
  const std::string outcome = Publish(draft);
  EXPECT_EQ(Know("", retracted).items.at(Sequence(outcome)).why(),
            "It is what came of “a fictional proposal”, and it met its test.");
}

TEST_F(DigestTest, NewInputsAreKnownOnTopicsThatOneHasRaised) {
  PublishScheme({"cables", "seals"});
  const std::string own = Input(kNri, "own", "fictional", {"fictional:cables"});
  const uint64_t before = Head();
  const std::string same = Input(kPartner, "same", "fictional", {"fictional:cables"});
  const std::string other = Input(kPartner, "other", "fictional", {"fictional:seals"});
  Input(kPartner, "no topic", "fictional");
  EXPECT_THAT(Know(kNri, before).sequences, ElementsAre(Sequence(same)));
  EXPECT_EQ(Know(kNri, before).items.begin()->second.why(),
            "It is new, on what you have raised too: fictional:cables.");
  const uint64_t told = Head();
  Retract(kPartner, same);
  Retract(kPartner, other);
  EXPECT_THAT(Know(kNri, told).sequences, ElementsAre(Sequence(same)))
      << "of the other it was never told";
  EXPECT_THAT(Know(kNri, before).sequences, IsEmpty()) << "nor of this, who comes only now";
  Retract(kNri, own);
  Input(kPartner, "same again", "fictional", {"fictional:cables"});
  EXPECT_THAT(Know(kNri, told).sequences, UnorderedElementsAre(Sequence(same), Sequence(own)))
      << "what was taken back raises nothing any more, and was told";
}

TEST_F(DigestTest, CodesThatMatchExactlyAreOneTopicHereToo) {
  PublishScheme({"cables"});
  pb::Draft older = Draft(kSecretariat);
  older.clear_cycle();
  older.mutable_topic_scheme()->set_scheme("older");
  older.mutable_topic_scheme()->add_codes("wires");
  Publish(older);
  pb::Draft crosswalk = Draft(kSecretariat);
  crosswalk.clear_cycle();
  crosswalk.mutable_crosswalk()->set_from_scheme("older");
  crosswalk.mutable_crosswalk()->set_to_scheme("fictional");
  pb::CrosswalkEntry& entry = *crosswalk.mutable_crosswalk()->add_entries();
  entry.set_from_code("wires");
  entry.set_to_code("cables");
  entry.set_match(pb::CODE_MATCH_EXACT);
  Publish(crosswalk);
  Input(kNri, "own", "fictional", {"fictional:cables"});
  const uint64_t before = Head();
  const std::string same = Input(kPartner, "same", "fictional", {"older:wires"});
  EXPECT_EQ(Know(kNri, before).items.at(Sequence(same)).why(),
            "It is new, on what you have raised too: fictional:cables.");
}

// Five thousand of them did.
TEST_F(DigestTest, ManyEventsThatAreNotForTheReaderTakeNothingFromWhatIsNew) {
  PublishScheme({"cables"});
  Input(kNri, "own", "fictional", {"fictional:cables"});
  const uint64_t before = Head();
  const std::string same = Input(kPartner, "same", "fictional", {"fictional:cables"});
  const std::string decision = Publish(DecisionDraft({same}));
  for (const char* audience : {"igf/mag", "igf/public"}) {
    PublishMany(kMaxNews + 1, [&] {
      pb::Draft draft = SignalDraft(kSeat1, "on nothing that it has raised");
      draft.set_audience(audience);
      return draft;
    });
    EXPECT_THAT(Know(kNri, before).sequences, ElementsAre(Sequence(decision), Sequence(same)))
        << audience;
  }
  pb::GetDigestRequest request;
  request.set_after_sequence(before);
  EXPECT_FALSE(Digest(kNri, request).more());
  EXPECT_EQ(Digest(kNri, request).through_sequence(), Head());
}

TEST_F(DigestTest, WhatIsMoreThanOneDigestHoldsIsInTheNextAndThatIsSaid) {
  PublishScheme({"cables", "seals"});
  Input(kNri, "own", "fictional", {"fictional:cables", "fictional:seals"});
  const uint64_t before = Head();
  const std::string first = Input(kPartner, "first", "fictional", {"fictional:cables"});
  PublishMany(kMaxNews + 10, [&, count = 0]() mutable {
    pb::Draft draft = SignalDraft(kPartner, "new");
    *draft.mutable_topics()->Mutable(0) = "fictional:cables";
    if (++count % 2 == 0) draft.add_topics("fictional:seals");
    return draft;
  });
  const std::string decision = Publish(DecisionDraft({first}));
  Retract(kPartner, first);
  pb::GetDigestRequest request;
  request.set_max_items(kMaxDigestItems);
  request.set_after_sequence(before);
  uint64_t known = 0;
  std::set<uint64_t> seen;
  for (bool more = true; more;) {
    const auto digest = Digest(kNri, request);
    const Section know = In(digest, "know");
    known += know.total;
    for (uint64_t sequence : know.sequences) {
      EXPECT_TRUE(seen.insert(sequence).second) << sequence << " is told twice";
    }
    ASSERT_GT(digest.through_sequence(), request.after_sequence());
    request.set_after_sequence(digest.through_sequence());
    more = digest.more();
    EXPECT_EQ(more, digest.through_sequence() < Head());
  }
  EXPECT_EQ(known, kMaxNews + 10 + 2) << "and the decision, and what was taken back";
  EXPECT_EQ(seen.count(Sequence(decision)), 1u);
  EXPECT_EQ(seen.count(Sequence(first)), 1u);
}

TEST_F(DigestTest, NothingStandsInItTwiceAndTheMostPressingPartHasIt) {
  PublishScheme({"cables"});
  Input(kSeat1, "own", "fictional", {"fictional:cables"});
  pb::Draft ask = SignalDraft(kNri, "please answer");
  *ask.mutable_topics()->Mutable(0) = "fictional:cables";
  ask.add_addressees("org/igf-mag");
  ask.add_addressees(kSeat1);
  ask.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
  const std::string request = Publish(ask);
  Evaluate(request, 2, 4);
  Publish(DecisionDraft({request}));
  const auto digest = Digest(kSeat1);
  std::set<uint64_t> seen;
  for (const pb::DigestSection& section : digest.sections()) {
    for (const pb::DigestItem& item : section.items()) {
      EXPECT_TRUE(seen.insert(item.event().sequence()).second) << item.why();
    }
  }
  const Section decide = In(digest, "decide");
  ASSERT_EQ(decide.items.count(Sequence(request)), 1u);
  const std::string why = decide.items.at(Sequence(request)).why();
  EXPECT_THAT(why, HasSubstr("asks this of org/igf-mag."));
  EXPECT_THAT(why, HasSubstr("neither evaluated"));
  EXPECT_THAT(why, HasSubstr("Nobody has said yet what becomes of it."));
}

TEST_F(DigestTest, ReadingTimeIsSaidOfWhatIsShownAndOfAll) {
  pb::Draft draft = SignalDraft(kNri, "two words");
  std::string text;
  for (int i = 0; i < 454; ++i) text += "word ";
  draft.mutable_topic_signal()->set_text(text);
  for (int i = 0; i < 3; ++i) {
    draft.set_event_id(Draft(kNri).event_id());
    Publish(draft);
  }
  pb::GetDigestRequest request;
  auto digest = Digest(kSeat1, request);
  EXPECT_EQ(In(digest, "decide").items.begin()->second.words(), 456u);
  EXPECT_EQ(In(digest, "decide").minutes, 6) << "456 words at 228 a minute, three times";
  EXPECT_EQ(digest.minutes(), 6);
  EXPECT_EQ(digest.minutes_of_all(), 6);
  request.set_words_per_minute(456);
  EXPECT_EQ(In(Digest(kSeat1, request), "decide").minutes, 3);
  request.set_words_per_minute(0);
  request.set_max_items(2);
  digest = Digest(kSeat1, request);
  EXPECT_EQ(In(digest, "decide").items.size(), 2u);
  EXPECT_EQ(In(digest, "decide").total, 3u);
  EXPECT_EQ(digest.minutes(), 4);
  EXPECT_EQ(In(digest, "decide").minutes_of_all, 6);
  EXPECT_EQ(digest.minutes_of_all(), 6);
  request.set_max_items(501);
  EXPECT_EQ(record::ReasonOf(GetDigest(*As(kSeat1), request).status()),
            record::Reason::kFieldInvalid);
}

TEST_F(DigestTest, WordsOfADecisionAreThoseOfAllItsVersionsAndAmendments) {
  const std::string decision = Publish(DecisionDraft({Signal(kNri, "input")}));
  const uint32_t words = Know("").items.at(Sequence(decision)).words();
  pb::Draft later = Naming(kSeat1, decision, pb::RELATION_REVISES);
  later.mutable_decision()->set_state(pb::DECISION_STATE_IN_CONSULTATION);
  later.mutable_decision()->set_title("a fictional proposal");
  Publish(later);
  EXPECT_EQ(Know("").items.at(Sequence(decision)).words(), words) << "nothing was said anew";
  Amend(kSeat1, decision, "one", "and three more");
  EXPECT_EQ(Know("").items.at(Sequence(decision)).words(), words - 3 + 1 + 3)
      << "the title had three";
}

// Six words and a title of one, times many.
TEST_F(DigestTest, ReadingTimeOfVeryManyIsReckonedFromThoseThatWereCounted) {
  PublishMany(3 * kMaxReadItems, [&] { return SignalDraft(kNri, "one"); });
  pb::GetDigestRequest request;
  request.set_max_items(1);
  const auto digest = Digest(kSeat1, request);
  EXPECT_EQ(digest.minutes(), 1);
  EXPECT_EQ(In(digest, "decide").minutes_of_all, std::ceil(3 * kMaxReadItems * 7 / 228.0));
}

// Six thousand signals of one, and two others' before them.
TEST_F(DigestTest, OneLoudOrganisationDoesNotOwnWhatIsToBeDecided) {
  const std::string first = Signal(kNri, "said once");
  const std::string second = Signal(kSeat1, "said by a member");
  PublishMany(kMaxOpenInputs + 1000, [&] { return SignalDraft(kPartner, "again and again"); });
  pb::GetDigestRequest request;
  request.set_max_items(3);
  const Section decide = In(Digest(kSecretariat, request), "decide");
  EXPECT_THAT(decide.sequences, ElementsAre(Head(), Sequence(second), Sequence(first)));
  EXPECT_EQ(decide.total, kMaxOpenInputs + 1000 + 2);
  EXPECT_EQ(decide.not_looked_at, 0u);
}

TEST_F(DigestTest, WhoRecordsForManyHasOneTurn) {
  const std::string first = Signal(kNri, "said once");
  for (const char* name : {kPartner, "org/never-a", "org/never-b", "org/never-c"}) {
    pb::Draft draft = SignalDraft(kPartner, "in many names");
    draft.set_channel(pb::CHANNEL_MEETING);
    draft.mutable_recorded_for()->set_organisation(name);
    draft.set_recorded_by(kPartner);
    Publish(draft);
  }
  const std::vector<uint64_t> decide = Decide(kSecretariat).sequences;
  ASSERT_THAT(decide, SizeIs(5));
  EXPECT_EQ(decide[1], Sequence(first));
}

TEST_F(DigestTest, NamesThatAreNotRegisteredHaveOneTurnTogether) {
  const std::string first = Signal(kNri, "said once");
  const std::string ask = Ask(kNri, "org/igf-mag", "2027-03-31");
  for (int i = 0; i < 3; ++i) {
    Signal(absl::StrCat("org/invented-", i), "in many names");
    Ask(absl::StrCat("org/invented-", i), "org/igf-mag", "2027-02-01");
  }
  const std::vector<uint64_t> decide = Decide(kSecretariat).sequences;
  ASSERT_THAT(decide, SizeIs(8));
  EXPECT_EQ(decide[1], Sequence(ask));
  EXPECT_EQ(decide[5], Sequence(first));
}

TEST_F(DigestTest, OneLoudOrganisationDoesNotOwnWhatIsNewOnATopic) {
  PublishScheme({"cables"});
  Input(kNri, "own", "fictional", {"fictional:cables"});
  const uint64_t before = Head();
  const std::string once = Input(kSeat1, "once", "fictional", {"fictional:cables"});
  PublishMany(100, [&] {
    pb::Draft draft = SignalDraft(kPartner, "again and again");
    *draft.mutable_topics()->Mutable(0) = "fictional:cables";
    return draft;
  });
  pb::GetDigestRequest request;
  request.set_after_sequence(before);
  request.set_max_items(2);
  const Section know = In(Digest(kNri, request), "know");
  EXPECT_THAT(know.sequences, ElementsAre(Head(), Sequence(once)));
  EXPECT_EQ(know.total, 101u);
}

// It was taken in silence, and a mistyped number read as `no news`.
TEST_F(DigestTest, NothingIsAfterTheEndOfTheLog) {
  pb::GetDigestRequest request;
  request.set_after_sequence(Head());
  EXPECT_TRUE(GetDigest(*As(kNri), request).ok());
  request.set_after_sequence(Head() + 1);
  EXPECT_EQ(record::ReasonOf(GetDigest(*As(kNri), request).status()),
            record::Reason::kPositionAheadOfLog);
}

// What waits for a disposition is to be decided, however little of that is shown.
TEST_F(DigestTest, WhatIsToBeDecidedIsNotToBeKnownBesidesEvenWhereItIsNotShown) {
  PublishScheme({"cables"});
  for (const char* author : {kSeat1, kPartner, kNri}) {
    Input(author, "an input", "fictional", {"fictional:cables"});
  }
  PublishMany(kMaxReadItems, [&] {
    pb::Draft draft = SignalDraft(kPartner, "again and again");
    *draft.mutable_topics()->Mutable(0) = "fictional:cables";
    return draft;
  });
  const std::string ask = Ask(kNri, kSeat1, "2027-02-01");
  pb::GetDigestRequest request;
  request.set_max_items(1);
  const auto digest = Digest(kSeat1, request);
  EXPECT_EQ(In(digest, "decide").total, kMaxReadItems + 3);
  EXPECT_EQ(In(digest, "know").total, 0u);
  EXPECT_THAT(In(digest, "answer").sequences, ElementsAre(Sequence(ask)))
      << "whoever is asked is told so among the many that are to be decided";
}

// Those of others, however many are asked, and however many are asked of others.
TEST_F(DigestTest, TheOldestRequestsDoNotFallOutBehindThoseOfOneWhoAsksMuch) {
  const std::string oldest = Ask(kNri, kPartner, "2027-02-01");
  const auto ask = [&](const std::string& from, const std::string& of) {
    PublishMany(kMaxOpenRequests + 5, [&] {
      pb::Draft draft = SignalDraft(from, "please answer");
      draft.add_addressees(of);
      draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
      return draft;
    });
  };
  ask(kSeat1, "org/igf-mag/seat-2");
  EXPECT_EQ(Answer(kPartner).total, 1u);
  EXPECT_EQ(Answer(kPartner).not_looked_at, 0u);
  ask(kSeat1, kPartner);
  const Section answer = Answer(kPartner);
  EXPECT_EQ(answer.sequences.at(0), Sequence(oldest)) << "it is due first";
  EXPECT_EQ(answer.total, kMaxOpenRequests);
  EXPECT_EQ(answer.not_looked_at, 6u);
}

TEST_F(DigestTest, TheRoleIsTheRegisteredOneUnlessAnotherIsAskedFor) {
  EXPECT_EQ(Digest(kSeat1).role(), pb::DIGEST_ROLE_MAG);
  EXPECT_EQ(Digest(kSecretariat).role(), pb::DIGEST_ROLE_MAG);
  EXPECT_EQ(Digest(kNri).role(), pb::DIGEST_ROLE_PARTNER);
  EXPECT_EQ(Digest("").role(), pb::DIGEST_ROLE_PUBLIC);
  EXPECT_EQ(Digest("org/somebody").role(), pb::DIGEST_ROLE_PUBLIC);
  Signal(kNri, "input");
  const std::string hidden = Signal(kSeat1, "hidden", "igf/mag");
  pb::GetDigestRequest request;
  request.set_role(pb::DIGEST_ROLE_MAG);
  const Section decide = In(Digest(kNri, request), "decide");
  EXPECT_EQ(decide.total, 1u) << "whatever the role, only what the caller may read";
  EXPECT_EQ(decide.items.count(Sequence(hidden)), 0u);
  EXPECT_EQ(Digest("").through_sequence(), Head());
}

}  // namespace
}  // namespace liaison::views
