#include "server/domain/formats.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/errors.h"

namespace liaison::domain {
namespace {

namespace pb = ::igf::liaison::v1;

constexpr OutcomeKindInfo kOutcomeKinds[] = {
    {OutcomeKind::kNothing, "nothing", "nobody would miss it"},
    {OutcomeKind::kExchange, "exchange", "people have heard each other"},
    {OutcomeKind::kKeyMessages, "key-messages", "a page of messages that a session agreed on"},
    {OutcomeKind::kGoodPractice, "good-practice", "a document of what worked, from many places"},
    {OutcomeKind::kPolicyOptions, "policy-options",
     "analysed options that policy makers can take up"},
    {OutcomeKind::kStandingWork, "standing-work", "a group that goes on from year to year"},
    {OutcomeKind::kRegionalPicture, "regional-picture",
     "how the same issue looks in several countries or regions"},
    {OutcomeKind::kAskOfOrganisation, "ask-of-organisation",
     "a named organisation does something that is in its own hands"},
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
    {pb::WORK_FORMAT_NOTHING, "nothing", 0, 0, 0, 0, false, "the courage to say so, with a reason",
     kNothingYields, "a decision not to work on it, with its reason"},
    {pb::WORK_FORMAT_MAIN_SESSION, "main-session", 1, 2, 6, 16, true,
     "a focus question, moderators, and speakers of every stakeholder group", kMainSessionYields,
     "messages that the whole meeting has heard"},
    {pb::WORK_FORMAT_WORKSHOP, "workshop", 1, 1, 4, 14, true,
     "a proposer, three speakers at least, a moderator and a rapporteur", kWorkshopYields,
     "an exchange, and a report within two weeks"},
    {pb::WORK_FORMAT_OPEN_FORUM, "open-forum", 1, 1, 3, 10, true,
     "an organisation that shows its own work and answers questions about it", kOpenForumYields,
     "an exchange about one organisation's work"},
    {pb::WORK_FORMAT_BEST_PRACTICE_FORUM, "best-practice-forum", 1, 1, 6, 36, true,
     "two facilitators, a rapporteur, a mailing list, and examples from many places",
     kBestPracticeForumYields, "a document of good practices, built over the year"},
    {pb::WORK_FORMAT_POLICY_NETWORK, "policy-network", 1, 1, 10, 40, true,
     "a multistakeholder working group of experts, and a secretariat for it", kPolicyNetworkYields,
     "a report with analysed policy options"},
    {pb::WORK_FORMAT_DYNAMIC_COALITION, "dynamic-coalition", 1, 1, 8, 26, false,
     "people of three stakeholder groups who go on by themselves, open lists and archives",
     kDynamicCoalitionYields, "a group that goes on from year to year"},
    {pb::WORK_FORMAT_NRI_COLLABORATIVE_SESSION, "nri-collaborative-session", 1, 1, 5, 16, true,
     "three initiatives at least, of more than one region, that see the same issue",
     kNriCollaborativeSessionYields, "how the same issue looks in several places, side by side"},
    {pb::WORK_FORMAT_LIAISON_LETTER, "liaison-letter", 0, 0, 1, 4, false,
     "a liaison with the organisation, a request and a date that it can meet", kLiaisonLetterYields,
     "a request to one organisation, and its answer"},
};

absl::string_view MeaningOf(OutcomeKind kind) {
  for (const OutcomeKindInfo& info : kOutcomeKinds) {
    if (info.kind == kind) return info.meaning;
  }
  return "";
}

void Judge(const FormatQuestion& question, FormatAdvice* advice) {
  const FormatInfo& format = *advice->format;
  const bool yields = std::find(format.yields.begin(), format.yields.end(), question.outcome) !=
                      format.yields.end();
  (yields ? advice->for_it : advice->against_it)
      .push_back(
          yields ? absl::StrCat("It yields what is wanted: ", MeaningOf(question.outcome), ".")
                 : absl::StrCat("It yields ", format.product,
                                ", and not what is wanted: ", MeaningOf(question.outcome), "."));
  const auto compare = [&](absl::string_view what, uint64_t needs, uint64_t there) {
    if (needs > there) {
      advice->against_it.push_back(absl::StrCat("It takes ", needs, " ", what, ", and ", there,
                                                there == 1 ? " is free." : " are free."));
    }
  };
  compare("slots", format.slots, question.slots);
  compare("hours", format.hours, question.hours);
  compare("people", format.people, question.people);
  if (format.weeks > question.weeks) {
    advice->against_it.push_back(absl::StrCat("It takes ", format.weeks, " weeks to its outcome, ",
                                              "and there are ", question.weeks, "."));
  } else if (format.weeks > 0) {
    advice->for_it.push_back(absl::StrCat("Its ", format.weeks, " weeks fit into the ",
                                          question.weeks, " that there are."));
  }
  if (format.at_annual_meeting && !question.annual_meeting_within) {
    advice->against_it.push_back(
        "It happens at the annual meeting, which is not within that time.");
  }
  if (format.slots == 0 && format.format != pb::WORK_FORMAT_NOTHING) {
    advice->for_it.push_back("It takes no slot of the programme.");
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
