// Reasons in other languages, over a hub that commits. Everybody and everything here is fictional.

#include "server/views/translations.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/server/views/views_fixture.h"

namespace liaison::views {
namespace {

using ::testing::ElementsAre;

class TranslationTest : public ViewsTest {
 protected:
  // Of two inputs, of which the second has a reason by itself.
  TranslationTest() : one_(Signal(kNri, "one")), two_(Signal(kNri, "two")) {
    pb::Draft draft = Draft(kSeat1);
    pb::Disposition& body = *draft.mutable_disposition();
    for (const std::string& input : {one_, two_}) {
      body.add_inputs()->set_input(input);
      body.mutable_inputs()->rbegin()->set_kind(pb::DISPOSITION_KIND_NOTED);
    }
    body.set_reason("for all");
    body.add_reasons()->set_input(two_);
    body.mutable_reasons(0)->set_reason("for two");
    disposition_ = Publish(draft);
  }
  pb::Draft InLanguage(const std::string& language, const std::string& author = kSecretariat,
                       pb::TranslationMaker maker = pb::TRANSLATION_MAKER_HUMAN) {
    pb::Draft draft = Naming(author, disposition_, pb::RELATION_TRANSLATES);
    draft.set_language(language);
    draft.mutable_translation()->set_maker(maker);
    draft.mutable_translation()->set_made_on("2027-01-15");
    if (maker != pb::TRANSLATION_MAKER_HUMAN) {
      draft.mutable_translation()->set_engine("a fictional engine");
      draft.mutable_translation()->set_engine_version("1");
    }
    return draft;
  }
  void Translate(const std::string& field, const std::string& text, pb::Draft draft) {
    pb::TranslatedField& translated = *draft.mutable_translation()->add_fields();
    translated.set_field(field);
    translated.set_text(text);
    Publish(draft);
  }
  // `pour tous` by whom, for each of the two inputs.
  std::vector<std::string> Read(const std::string& language) {
    std::vector<std::string> read;
    for (const pb::Contribution& one : ContributionsOf(kNri, "", language)) {
      const pb::TranslatedReason& said = one.dispositions(0).translation();
      read.push_back(said.text().empty() ? "" : absl::StrCat(said.text(), " by ", said.author()));
    }
    return read;
  }

  const std::string one_, two_;
  std::string disposition_;
};

TEST_F(TranslationTest, AnInputsOwnReasonIsTranslatedByItself) {
  const std::string by = absl::StrCat(" by ", kSecretariat);
  pb::Draft draft = InLanguage("fr");
  draft.mutable_translation()->set_text("pour tous");
  Publish(draft);
  EXPECT_THAT(Read("fr"), ElementsAre("pour tous" + by, "")) << "two has another reason";
  Translate("disposition.reasons[0].reason", "pour deux", InLanguage("fr"));
  EXPECT_THAT(Read("fr"), ElementsAre("pour tous" + by, "pour deux" + by));
  Translate("reason", "para todos", InLanguage("es"));
  EXPECT_THAT(Read("es"), ElementsAre("para todos" + by, ""));
}

// Found in review: whoever put one reason right made the translations of all others out of date.
TEST_F(TranslationTest, ATranslationIsOutOfDateWhereTheReasonChanged) {
  pb::Draft french = InLanguage("fr");
  french.mutable_translation()->set_text("pour tous");
  Translate("disposition.reasons[0].reason", "pour deux", french);
  const auto stale = [&] {
    std::vector<bool> is;
    for (const pb::Contribution& one : ContributionsOf(kNri, "", "fr")) {
      EXPECT_NE(one.dispositions(0).translation().text(), "");
      is.push_back(one.dispositions(0).translation().stale());
    }
    return is;
  };
  const auto again = [&](const std::string& for_all, const std::string& for_two) {
    pb::Draft draft = Naming(kSeat1, disposition_, pb::RELATION_REVISES);
    pb::Disposition& body = *draft.mutable_disposition();
    for (const std::string& input : {two_, one_}) {
      body.add_inputs()->set_input(input);
      body.mutable_inputs()->rbegin()->set_kind(pb::DISPOSITION_KIND_NOTED);
    }
    body.set_reason(for_all);
    body.add_reasons()->set_input(two_);
    body.mutable_reasons(0)->set_reason(for_two);
    Publish(draft);
  };
  EXPECT_THAT(stale(), ElementsAre(false, false));
  again("for all", "for two");
  EXPECT_THAT(stale(), ElementsAre(false, false));
  again("for all", "for two alone");
  EXPECT_THAT(stale(), ElementsAre(false, true));
  again("for everybody", "for two");
  EXPECT_THAT(stale(), ElementsAre(true, false));
}

TEST_F(TranslationTest, ALanguageServesWhoAsksForOneNearIt) {
  const std::string by = absl::StrCat(" by ", kSecretariat);
  Translate("reason", "pour tous", InLanguage("fr"));
  Translate("reason", "pour tous, en Suisse", InLanguage("fr-CH"));
  Translate("reason", "para todos", InLanguage("es-MX"));
  EXPECT_EQ(Read("FR")[0], "pour tous" + by);
  EXPECT_EQ(Read("fr-ch")[0], "pour tous, en Suisse" + by);
  EXPECT_EQ(Read("fr-CA")[0], "pour tous" + by);
  EXPECT_EQ(Read("es")[0], "para todos" + by);
  EXPECT_EQ(Read("fro")[0], "");
  EXPECT_EQ(Read("es-ES")[0], "");
  EXPECT_EQ(Read("EN")[0], "") << "it is the original";
  EXPECT_EQ(Read("en-GB")[0], "");
  Translate("reason", "for all, in Britain", InLanguage("en-GB"));
  EXPECT_EQ(Read("en-GB")[0], "for all, in Britain" + by);
  EXPECT_EQ(Read("en")[0], "");
}

TEST_F(TranslationTest, OfSeveralTheOneThatStandsClosestToTheOriginalIsShown) {
  const auto shown = [&] { return Read("fr")[0]; };
  Translate("reason", "1", InLanguage("fr", kPartner, pb::TRANSLATION_MAKER_MACHINE));
  EXPECT_EQ(shown(), "1 by org/fictional-partner");
  Translate("reason", "2", InLanguage("fr", kPartner, pb::TRANSLATION_MAKER_HUMAN));
  Translate("reason", "3", InLanguage("fr", kPartner, pb::TRANSLATION_MAKER_MACHINE_REVIEWED));
  EXPECT_EQ(shown(), "2 by org/fictional-partner") << "a human made it";
  Translate("reason", "4", InLanguage("fr", kPartner, pb::TRANSLATION_MAKER_HUMAN));
  EXPECT_EQ(shown(), "4 by org/fictional-partner") << "the newest";
  // Found in review: a machine of the secretariat went before a human of anybody else.
  Translate("reason", "a", InLanguage("fr", kSecretariat, pb::TRANSLATION_MAKER_MACHINE));
  Translate("reason", "b", InLanguage("fr", kSeat1, pb::TRANSLATION_MAKER_MACHINE));
  EXPECT_EQ(shown(), "4 by org/fictional-partner") << "nobody looked at the others";
  Translate("reason", "5", InLanguage("fr", kSeat1, pb::TRANSLATION_MAKER_MACHINE_REVIEWED));
  EXPECT_EQ(shown(), "5 by org/igf-mag/seat-1") << "the author of the original";
  Translate("reason", "6", InLanguage("fr", kSecretariat, pb::TRANSLATION_MAKER_MACHINE_REVIEWED));
  EXPECT_EQ(shown(), "6 by org/igf-secretariat");
  Translate("reason", "7", InLanguage("fr", kPartner, pb::TRANSLATION_MAKER_HUMAN));
  EXPECT_EQ(shown(), "6 by org/igf-secretariat");
}

}  // namespace
}  // namespace liaison::views
