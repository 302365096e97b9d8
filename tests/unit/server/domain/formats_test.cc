// Outcome first, format second.

#include "server/domain/formats.h"

#include <set>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"

namespace liaison::domain {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace pb = ::igf::liaison::v1;

constexpr FormatQuestion Plenty(OutcomeKind outcome) { return {outcome, 52, true, 10, 100, 100}; }

const FormatAdvice& Of(const std::vector<FormatAdvice>& advice, pb::WorkFormat format) {
  for (const FormatAdvice& one : advice) {
    if (one.format->format == format) return one;
  }
  ADD_FAILURE() << "no advice about " << format;
  return advice.front();
}

TEST(FormatsTest, EveryFormatOfTheContractIsThere) {
  std::set<std::string> names;
  for (int number = pb::WorkFormat_MIN; number <= pb::WorkFormat_MAX; ++number) {
    if (!pb::WorkFormat_IsValid(number) || number == pb::WORK_FORMAT_UNSPECIFIED) continue;
    const FormatInfo* info = FindFormat(static_cast<pb::WorkFormat>(number));
    ASSERT_NE(info, nullptr) << number;
    EXPECT_TRUE(names.insert(std::string(info->name)).second);
    EXPECT_THAT(info->yields, ::testing::Not(IsEmpty()));
  }
  EXPECT_EQ(names.size(), Formats().size());
  EXPECT_EQ(FindFormat(pb::WORK_FORMAT_UNSPECIFIED), nullptr);
}

TEST(FormatsTest, ForEveryOutcomeThereIsAFormatWhereThereIsPlenty) {
  for (const OutcomeKindInfo& kind : OutcomeKinds()) {
    const auto advice = SuggestFormats(Plenty(kind.kind));
    EXPECT_EQ(advice.size(), Formats().size());
    EXPECT_TRUE(advice.front().fits) << kind.name;
    EXPECT_THAT(advice.front().for_it, ::testing::Not(IsEmpty()));
    EXPECT_EQ(*OutcomeKindOf(kind.name), kind.kind);
  }
}

TEST(FormatsTest, WhatSomeOrganisationCanDoIsALetter) {
  const auto advice = SuggestFormats(Plenty(OutcomeKind::kAskOfOrganisation));
  EXPECT_EQ(advice.front().format->format, pb::WORK_FORMAT_LIAISON_LETTER);
  EXPECT_FALSE(advice[1].fits);
}

TEST(FormatsTest, GoodPracticeIsNoMatterOfOneSession) {
  const auto advice = SuggestFormats(Plenty(OutcomeKind::kGoodPractice));
  EXPECT_EQ(advice.front().format->format, pb::WORK_FORMAT_BEST_PRACTICE_FORUM);
  const FormatAdvice& workshop = Of(advice, pb::WORK_FORMAT_WORKSHOP);
  EXPECT_FALSE(workshop.fits);
  EXPECT_THAT(InEnglish(workshop.against_it), HasSubstr("and not what is wanted"));
}

TEST(FormatsTest, EverythingThatSpeaksAgainstAFormatIsSaid) {
  FormatQuestion question{OutcomeKind::kPolicyOptions, 8, false, 0, 0, 1};
  const auto advice = SuggestFormats(question);
  const FormatAdvice& network = Of(advice, pb::WORK_FORMAT_POLICY_NETWORK);
  EXPECT_FALSE(network.fits);
  const std::string against = InEnglish(network.against_it);
  EXPECT_THAT(against, HasSubstr("It takes 1 slot, and 0 are free."));
  EXPECT_THAT(against, HasSubstr("It takes 1 hour, and 0 are free."));
  EXPECT_THAT(against, HasSubstr("It takes 10 people, and 1 is free."));
  EXPECT_THAT(against, HasSubstr("40 weeks"));
  EXPECT_THAT(against, HasSubstr("annual meeting"));
  EXPECT_EQ(network.against_it.size(), 5u);
}

TEST(FormatsTest, WithoutRoomNothingThatNeedsASlotFits) {
  FormatQuestion question = Plenty(OutcomeKind::kExchange);
  question.slots = 0;
  for (const FormatAdvice& one : SuggestFormats(question)) EXPECT_FALSE(one.fits);
}

TEST(FormatsTest, WhatTakesLeastComesFirst) {
  const auto advice = SuggestFormats(Plenty(OutcomeKind::kExchange));
  EXPECT_EQ(advice.front().format->format, pb::WORK_FORMAT_OPEN_FORUM);
}

TEST(FormatsTest, AnUnknownOutcomeIsToldWhichThereAre) {
  const auto kind = OutcomeKindOf("peace");
  EXPECT_EQ(record::ReasonOf(kind.status()), record::Reason::kFieldInvalid);
  EXPECT_THAT(std::string(kind.status().message()), HasSubstr("good-practice"));
}

}  // namespace
}  // namespace liaison::domain
