#include "server/domain/formats.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/errors.h"

namespace liaison::domain {
namespace {

namespace pb = ::igf::liaison::v1;

constexpr OutcomeKindInfo kOutcomeKinds[] = {
    {OutcomeKind::kNothing, "nothing", "outcome.nothing"},
    {OutcomeKind::kExchange, "exchange", "outcome.exchange"},
    {OutcomeKind::kKeyMessages, "key-messages", "outcome.key_messages"},
    {OutcomeKind::kGoodPractice, "good-practice", "outcome.good_practice"},
    {OutcomeKind::kPolicyOptions, "policy-options", "outcome.policy_options"},
    {OutcomeKind::kStandingWork, "standing-work", "outcome.standing_work"},
    {OutcomeKind::kRegionalPicture, "regional-picture", "outcome.regional_picture"},
    {OutcomeKind::kAskOfOrganisation, "ask-of-organisation", "outcome.ask_of_organisation"},
};

// What each yields, what it is best at first.
constexpr OutcomeKind kNothingYields[] = {OutcomeKind::kNothing};
constexpr OutcomeKind kMainSessionYields[] = {OutcomeKind::kExchange, OutcomeKind::kKeyMessages};
constexpr OutcomeKind kWorkshopYields[] = {OutcomeKind::kExchange, OutcomeKind::kKeyMessages};
constexpr OutcomeKind kOpenForumYields[] = {OutcomeKind::kExchange};
constexpr OutcomeKind kBestPracticeForumYields[] = {
    OutcomeKind::kGoodPractice, OutcomeKind::kKeyMessages, OutcomeKind::kRegionalPicture};
constexpr OutcomeKind kPolicyNetworkYields[] = {
    OutcomeKind::kPolicyOptions, OutcomeKind::kGoodPractice, OutcomeKind::kStandingWork};
constexpr OutcomeKind kDynamicCoalitionYields[] = {
    OutcomeKind::kStandingWork, OutcomeKind::kGoodPractice, OutcomeKind::kExchange};
constexpr OutcomeKind kNriCollaborativeSessionYields[] = {
    OutcomeKind::kRegionalPicture, OutcomeKind::kExchange, OutcomeKind::kKeyMessages};
constexpr OutcomeKind kLiaisonLetterYields[] = {OutcomeKind::kAskOfOrganisation};

constexpr FormatInfo kFormats[] = {
    {pb::WORK_FORMAT_NOTHING, "nothing", 0, 0, 0, 0, false, "wants.nothing", kNothingYields,
     "product.nothing"},
    {pb::WORK_FORMAT_MAIN_SESSION, "main-session", 1, 2, 6, 16, true, "wants.main_session",
     kMainSessionYields, "product.main_session"},
    {pb::WORK_FORMAT_WORKSHOP, "workshop", 1, 1, 4, 14, true, "wants.workshop", kWorkshopYields,
     "product.workshop"},
    {pb::WORK_FORMAT_OPEN_FORUM, "open-forum", 1, 1, 3, 10, true, "wants.open_forum",
     kOpenForumYields, "product.open_forum"},
    {pb::WORK_FORMAT_BEST_PRACTICE_FORUM, "best-practice-forum", 1, 1, 6, 36, true,
     "wants.best_practice_forum", kBestPracticeForumYields, "product.best_practice_forum"},
    {pb::WORK_FORMAT_POLICY_NETWORK, "policy-network", 1, 1, 10, 40, true, "wants.policy_network",
     kPolicyNetworkYields, "product.policy_network"},
    {pb::WORK_FORMAT_DYNAMIC_COALITION, "dynamic-coalition", 1, 1, 8, 26, false,
     "wants.dynamic_coalition", kDynamicCoalitionYields, "product.dynamic_coalition"},
    {pb::WORK_FORMAT_NRI_COLLABORATIVE_SESSION, "nri-collaborative-session", 1, 1, 5, 16, true,
     "wants.nri_collaborative_session", kNriCollaborativeSessionYields,
     "product.nri_collaborative_session"},
    {pb::WORK_FORMAT_LIAISON_LETTER, "liaison-letter", 0, 0, 1, 4, false, "wants.liaison_letter",
     kLiaisonLetterYields, "product.liaison_letter"},
};

pb::Sentence MeaningOf(OutcomeKind kind) {
  for (const OutcomeKindInfo& info : kOutcomeKinds) {
    if (info.kind == kind) return Say(info.meaning);
  }
  return {};
}

void Judge(const FormatQuestion& question, FormatAdvice* advice) {
  const FormatInfo& format = *advice->format;
  if (std::find(format.yields.begin(), format.yields.end(), question.outcome) !=
      format.yields.end()) {
    advice->for_it.push_back(Say("format.yields").With("wanted", MeaningOf(question.outcome)));
  } else {
    advice->against_it.push_back(Say("format.yields_other")
                                     .With("product", Say(format.product))
                                     .With("wanted", MeaningOf(question.outcome)));
  }
  const auto compare = [&](SentenceCode count, uint64_t needs, uint64_t there) {
    if (needs > there) {
      advice->against_it.push_back(
          Say("format.takes").With("what", Say(count).With("n", needs)).With("n", there));
    }
  };
  compare("count.slots", format.slots, question.slots);
  compare("count.hours", format.hours, question.hours);
  compare("count.people", format.people, question.people);
  if (format.weeks > question.weeks) {
    advice->against_it.push_back(Say("format.too_long")
                                     .With("weeks", Say("count.weeks").With("n", format.weeks))
                                     .With("there", question.weeks));
  } else if (format.weeks > 0) {
    advice->for_it.push_back(
        Say("format.in_time").With("n", format.weeks).With("there", question.weeks));
  }
  if (format.at_annual_meeting && !question.annual_meeting_within) {
    advice->against_it.push_back(Say("format.not_within"));
  }
  if (format.slots == 0 && format.format != pb::WORK_FORMAT_NOTHING) {
    advice->for_it.push_back(Say("format.no_slot"));
  }
  advice->fits = advice->against_it.empty();
}

// What a format is best at stands first among what it yields.
size_t Place(const FormatInfo& format, OutcomeKind outcome) {
  return std::find(format.yields.begin(), format.yields.end(), outcome) - format.yields.begin();
}

uint64_t Burden(const FormatInfo& format) {
  return format.slots * 8 + format.hours * 4 + format.people * 2 + format.weeks;
}

}  // namespace

absl::Span<const OutcomeKindInfo> OutcomeKinds() { return kOutcomeKinds; }

absl::StatusOr<OutcomeKind> OutcomeKindOf(absl::string_view name) {
  for (const OutcomeKindInfo& info : kOutcomeKinds) {
    if (info.name == name) return info.kind;
  }
  return record::FieldInvalid(
      "outcome", absl::StrCat("one of ", absl::StrJoin(kOutcomeKinds, ", ",
                                                       [](std::string* out, const auto& info) {
                                                         absl::StrAppend(out, info.name);
                                                       })));
}

absl::Span<const FormatInfo> Formats() { return kFormats; }

const FormatInfo* FindFormat(pb::WorkFormat format) {
  for (const FormatInfo& info : Formats()) {
    if (info.format == format) return &info;
  }
  return nullptr;
}

std::vector<FormatAdvice> SuggestFormats(const FormatQuestion& question) {
  std::vector<FormatAdvice> advice;
  for (const FormatInfo& format : Formats()) {
    advice.push_back({&format, false, {}, {}});
    Judge(question, &advice.back());
  }
  std::stable_sort(advice.begin(), advice.end(), [&](const FormatAdvice& a, const FormatAdvice& b) {
    if (a.fits != b.fits) return a.fits;
    if (a.against_it.size() != b.against_it.size()) {
      return a.against_it.size() < b.against_it.size();
    }
    const size_t place = Place(*a.format, question.outcome);
    const size_t other = Place(*b.format, question.outcome);
    if (a.fits && place != other) return place < other;
    return Burden(*a.format) < Burden(*b.format);
  });
  return advice;
}

}  // namespace liaison::domain
