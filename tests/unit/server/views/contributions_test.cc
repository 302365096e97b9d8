// What contributors are told became of their inputs, and why, in their language.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/views/contribution_words.h"
#include "tests/unit/server/views/views_fixture.h"

namespace liaison::views {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ContributionsTest : public ViewsTest {
 protected:
  ContributionsTest() {
    input_ = Signal(kNri, "an input");
    decision_ = Publish(DecisionDraft({}));
    Dispose({input_}, pb::DISPOSITION_KIND_TAKEN_UP, decision_);
  }

  // The digest of the version.
  std::string Step(pb::DecisionState state, const std::string& reasons) {
    pb::Draft draft = DecisionDraft({});
    draft.add_references()->set_digest(decision_);
    draft.mutable_references(0)->set_relation(pb::RELATION_REVISES);
    draft.mutable_decision()->set_state(state);
    draft.mutable_decision()->set_reasons(reasons);
    return Publish(draft);
  }

  pb::Contribution Told(const std::string& language = "") {
    return ContributionsOf(kNri, "", language)[0];
  }

  std::string input_;
  std::string decision_;
};

// Found in review: the contributor was shown no disposition, no decision and no reason.
TEST_F(ContributionsTest, AnInputWhoseProposalIsWithdrawnKeepsItsStoryAndTheReason) {
  EXPECT_EQ(Told().in_words(), "taken up; it is considered in a proposal that is not decided yet");
  Step(pb::DECISION_STATE_WITHDRAWN, "nobody can host it");
  const pb::Contribution told = Told();
  EXPECT_EQ(told.in_words(),
            "the proposal that took it up was withdrawn: nobody can host it; it waits again");
  EXPECT_EQ(told.state(), pb::CONTRIBUTION_STATE_CONSIDERED);
  ASSERT_EQ(told.dispositions_size(), 1);
  EXPECT_EQ(told.dispositions(0).kind(), pb::DISPOSITION_KIND_TAKEN_UP);
  EXPECT_TRUE(told.dispositions(0).superseded());
  EXPECT_TRUE(told.dispositions(0).undone());
  ASSERT_EQ(told.decisions_size(), 1);
  EXPECT_EQ(told.decisions(0).event().digest(), decision_);
  EXPECT_EQ(told.decisions(0).state(), pb::DECISION_STATE_WITHDRAWN);
  EXPECT_EQ(told.decisions(0).reasons(), "nobody can host it");
  EXPECT_EQ(told.decisions(0).language(), "en");
  Dispose({input_}, pb::DISPOSITION_KIND_NOTED);
  EXPECT_EQ(Told().in_words(),
            "noted; the proposal that considered it is withdrawn: nobody can host it");
  EXPECT_FALSE(Told().dispositions(1).undone());
}

TEST_F(ContributionsTest, ADecisionSaysWhyItStandsWhereItDoesAndNotWhyItOnceStoodElsewhere) {
  EXPECT_EQ(Told().decisions(0).reasons(), "") << "nothing is decided yet";
  Step(pb::DECISION_STATE_DEFERRED, "no slot is left");
  EXPECT_EQ(Told().decisions(0).reasons(), "no slot is left");
  EXPECT_THAT(Told().in_words(), HasSubstr("is deferred: no slot is left"));
  Step(pb::DECISION_STATE_PROPOSED, "a slot is free");
  EXPECT_EQ(Told().decisions(0).reasons(), "");
  Step(pb::DECISION_STATE_DECLINED, "it was done elsewhere");
  EXPECT_EQ(Told().decisions(0).reasons(), "it was done elsewhere");
  std::vector<std::string> steps;
  const pb::DecisionView view = Decision(decision_);
  for (const pb::DecisionReasons& step : view.reasons()) {
    steps.push_back(absl::StrCat(pb::DecisionState_Name(step.state()), ": ", step.reasons()));
  }
  EXPECT_THAT(steps,
              ElementsAre(HasSubstr("PROPOSED: because"), HasSubstr("DEFERRED: no slot is left"),
                          HasSubstr("PROPOSED: a slot is free"),
                          HasSubstr("DECLINED: it was done elsewhere")));
}

TEST_F(ContributionsTest, TheReasonsOfADecisionAreGivenInTheLanguageAskedForAsWell) {
  const std::string version = Step(pb::DECISION_STATE_DECLINED, "no room");
  pb::Draft french = Naming(kSecretariat, version, pb::RELATION_TRANSLATES);
  french.set_language("fr");
  pb::Translation& translation = *french.mutable_translation();
  translation.set_maker(pb::TRANSLATION_MAKER_HUMAN);
  translation.set_made_on(kToday);
  translation.add_fields()->set_field("decision.reasons");
  translation.mutable_fields(0)->set_text("pas de place");
  Publish(french);
  const pb::ContributionDecision told = Told("fr-CH").decisions(0);
  EXPECT_EQ(told.reasons(), "no room");
  EXPECT_EQ(told.translation().text(), "pas de place");
  EXPECT_EQ(told.translation().maker(), pb::TRANSLATION_MAKER_HUMAN);
  EXPECT_THAT(Told("fr").in_words(), HasSubstr("est rejetée : pas de place"));
  EXPECT_FALSE(Told("es").decisions(0).has_translation());
}

// Found in review: it was told in English, whatever language was asked for.
TEST_F(ContributionsTest, ItIsToldInEachLanguageOfTheUnitedNations) {
  const auto in = [&](const std::string& language) {
    pb::ListContributionsRequest request;
    request.set_contributor(kNri);
    request.set_language(language);
    const auto list = ListContributions(*As(""), request, {});
    EXPECT_TRUE(list.ok()) << list.status();
    return absl::StrCat(list->in_words_language(), " ", list->contributions(0).in_words());
  };
  EXPECT_THAT(in("fr"), HasSubstr("fr retenue ; elle est examinée"));
  EXPECT_THAT(in("ES-mx"), HasSubstr("es recogida; se examina"));
  EXPECT_THAT(in("ru"), HasSubstr("ru принято в работу; рассматривается"));
  EXPECT_THAT(in("ar"), HasSubstr("ar أُخذت بعين الاعتبار؛ "));
  EXPECT_THAT(in("zh-Hans-CN"), HasSubstr("zh 已采纳；"));
  for (const char* other : {"", "en", "en-GB", "sw", "pt-BR", "frr"}) {
    EXPECT_THAT(in(other), HasSubstr("en taken up; it is considered")) << other;
  }
}

TEST(ContributionWordsTest, WhatIsPutInDoesNotTurnTheSentenceRoundAndIsPutInOnce) {
  const std::vector<std::string> to = {"org/a"};
  EXPECT_EQ(ContributionWords("ar").Say(Phrase::kPassedOn, to), "أُحيلت إلى \u2068org/a\u2069");
  EXPECT_EQ(ContributionWords("fr").Say(Phrase::kPassedOn, to), "transmise à org/a");
  EXPECT_EQ(ContributionWords("en").Because("taken back", "خطأ"), "taken back: \u2068خطأ\u2069");
  EXPECT_EQ(ContributionWords("en").Grouped("$1 or $2", 7, {{{"org/a", ""}}, {}}),
            "grouped with org/a in “$1 or $2” (event 7)");
}

TEST(ContributionWordsTest, WhoWroteItDownForOthersIsSaidInTheReadersLanguage) {
  const GroupedAuthors others = {{{"org/a", "org/b"}}, {{"org/b", {1}}, {"org/c", {2, 3}}}};
  const auto in = [&others](absl::string_view language) {
    return ContributionWords(language).Grouped("T", 7, others);
  };
  EXPECT_EQ(in("en"),
            "grouped with org/a (recorded by org/b), an individual (recorded by org/b), "
            "2 individuals (recorded by org/c) in “T” (event 7)");
  EXPECT_EQ(in("fr"),
            "regroupée avec org/a (noté par org/b), un particulier (noté par org/b), "
            "2 particuliers (noté par org/c) dans « T » (événement 7)");
  for (const char* other : {"es", "ru", "ar", "zh"}) {
    EXPECT_THAT(in(other), Not(HasSubstr("recorded"))) << other;
    EXPECT_THAT(in(other), Not(HasSubstr("individual"))) << other;
  }
}

TEST(ContributionWordsTest, EveryLanguageSaysEverythingInWordsOfItsOwn) {
  const std::vector<std::string> values = {"@0", "@1", "@2"};
  for (int i = 0; i < static_cast<int>(Phrase::kBecause); ++i) {
    const auto phrase = static_cast<Phrase>(i);
    const std::string english = ContributionWords("en").Say(phrase, values);
    EXPECT_THAT(english, Not(HasSubstr("$")));
    for (const char* language : {"fr", "es", "ru", "ar", "zh"}) {
      const std::string said = ContributionWords(language).Say(phrase, values);
      EXPECT_NE(said, english) << language;
      for (const std::string& value : values) {
        EXPECT_EQ(absl::StrContains(said, value), absl::StrContains(english, value))
            << language << ": " << said;
      }
    }
  }
}

}  // namespace
}  // namespace liaison::views
