#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/views/carry_overs.h"
#include "server/views/contribution_words.h"
#include "server/views/decisions.h"
#include "server/views/groups.h"
#include "server/views/translations.h"
#include "server/views/triage.h"
#include "server/views/views.h"

namespace liaison::views {
namespace {

// As readers and browsers write a tag, in whatever case and with whatever is behind the language.
bool IsLanguageAskedFor(absl::string_view tag) {
  constexpr size_t kMaxTag = 35, kMaxPart = 8;
  const std::vector<absl::string_view> parts = absl::StrSplit(tag, '-');
  const auto is_part = [&](absl::string_view part) {
    return !part.empty() && part.size() <= kMaxPart &&
           std::all_of(part.begin(), part.end(), absl::ascii_isalnum);
  };
  return tag.size() <= kMaxTag && std::all_of(parts.begin(), parts.end(), is_part) &&
         parts[0].size() > 1 && std::all_of(parts[0].begin(), parts[0].end(), absl::ascii_isalpha);
}

// Decisions that rest on the input: that consider it or a grouping it is in, or that a disposition
// took it into.
std::set<Index> DecisionsOn(const Reading& reading, Index input) {
  std::set<Index> seen = {input};
  std::vector<Index> queue = {input};
  std::set<Index> decisions;
  while (!queue.empty()) {
    const Index index = queue.back();
    queue.pop_back();
    for (Index decision : ConsideredBy(reading, index)) decisions.insert(decision);
    for (const DispositionOfInput& disposition : AllDispositionsOf(reading, index)) {
      // What was taken up is not put down by what is said later, nor by the withdrawal of what took
      // it up, which says why; all else is.
      if (!disposition.into) continue;
      if (disposition.superseded && disposition.kind != pb::DISPOSITION_KIND_TAKEN_UP) continue;
      const Index into = reading.RootOf(*disposition.into);
      if (reading.TypeOf(into) == pb::EVENT_TYPE_DECISION) {
        if (!reading.Retracted(into)) decisions.insert(into);
      } else if (seen.insert(into).second) {
        queue.push_back(into);
      }
    }
  }
  return decisions;
}

absl::StatusOr<pb::ContributionDisposition> Said(const Reading& reading,
                                                 const DispositionOfInput& disposition,
                                                 const std::string& input,
                                                 const std::string& language) {
  pb::ContributionDisposition said;
  LIAISON_ASSIGN_OR_RETURN(*said.mutable_event(), reading.SummaryOfVersion(disposition.event));
  const pb::EventHeader& header = reading.Header(disposition.event);
  said.set_kind(disposition.kind);
  said.set_superseded(disposition.superseded);
  said.set_undone(disposition.undone);
  if (disposition.kind == pb::DISPOSITION_KIND_PASSED_ON) {
    said.set_passed_to(header.disposition().passed_to());
  }
  said.set_language(header.language());
  LIAISON_ASSIGN_OR_RETURN(const auto body, reading.Body(disposition.event));
  if (const auto* words = dynamic_cast<const pb::Disposition*>(body.get())) {
    said.set_reason(words->reason());
    for (const pb::InputReason& reason : words->reasons()) {
      if (reason.input() == input) said.set_reason(reason.reason());
    }
  }
  LIAISON_ASSIGN_OR_RETURN(auto translation,
                           TranslationOfReason(reading, disposition.event, input, language));
  if (translation) *said.mutable_translation() = *std::move(translation);
  return said;
}

absl::StatusOr<pb::ContributionDecision> Decided(const Reading& reading, Index decision,
                                                 const std::string& language) {
  pb::ContributionDecision shown;
  LIAISON_ASSIGN_OR_RETURN(*shown.mutable_event(), reading.Summary(decision));
  shown.set_state(StateOf(reading, decision));
  if (auto outcome = LatestReport(reading, decision, pb::EVENT_TYPE_OUTCOME)) {
    LIAISON_ASSIGN_OR_RETURN(*shown.mutable_outcome(), reading.Summary(*outcome));
    shown.set_test_result(reading.Header(*outcome).outcome().test_result());
  }
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Index> why, VersionWithReasons(reading, decision));
  if (!why) return shown;
  LIAISON_ASSIGN_OR_RETURN(*shown.mutable_reasons(), reading.Words(*why, "reasons"));
  shown.set_language(reading.Header(*why).language());
  LIAISON_ASSIGN_OR_RETURN(auto translation, TranslationOfReasons(reading, *why, language));
  if (translation) *shown.mutable_translation() = *std::move(translation);
  return shown;
}

// As whoever asks reads it best.
const std::string& WhyOf(const pb::ContributionDecision& decision) {
  return decision.has_translation() ? decision.translation().text() : decision.reasons();
}

// The cycles it was carried over to, in the order in which that was said.
std::vector<std::string> CarriedTo(const Reading& reading, Index input) {
  std::vector<std::string> cycles;
  for (Index index : reading.Naming(input, pb::RELATION_CARRIES_OVER)) {
    if (reading.TypeOf(index) != pb::EVENT_TYPE_CARRY_OVER) continue;
    const std::string& to = reading.Header(index).carry_over().to_cycle();
    if (std::find(cycles.begin(), cycles.end(), to) == cycles.end()) cycles.push_back(to);
  }
  return cycles;
}

// Of each group that holds it now.
absl::StatusOr<std::vector<std::string>> Grouped(const Reading& reading, Index input,
                                                 const ContributionWords& words) {
  std::vector<std::string> said;
  for (const Group& group : GroupsOf(reading, input)) {
    LIAISON_ASSIGN_OR_RETURN(const pb::EventSummary grouping, reading.Summary(group.root));
    GroupedAuthors others;
    AddGroupedWith(reading, group, input, &others);
    said.push_back(words.Grouped(grouping.title(), grouping.sequence(), others));
  }
  return said;
}

// Who took it back, and why.
std::string TakenBack(const pb::Contribution& contribution, const ContributionWords& words) {
  const std::string& whose = contribution.input().contributor().empty()
                                 ? contribution.input().author()
                                 : contribution.input().contributor();
  const std::string& by = contribution.retraction().author();
  const bool own =
      record::IsWithinOrganisation(whose, by) || record::IsWithinOrganisation(by, whose);
  return words.Because(
      own ? words.Say(Phrase::kTakenBackByAuthor) : words.Say(Phrase::kTakenBack, {by}),
      contribution.retraction_reason());
}

// The withdrawn proposal that took it up last, among those that the contributor is shown; nullptr
// where it was not taken up by one.
const pb::ContributionDecision* WithdrawnFrom(const Reading& reading, Index input,
                                              const pb::Contribution& contribution) {
  const pb::ContributionDecision* found = nullptr;
  for (const DispositionOfInput& said : AllDispositionsOf(reading, input)) {
    if (said.kind != pb::DISPOSITION_KIND_TAKEN_UP || !said.into) continue;
    const uint64_t into = Reading::SequenceOf(reading.RootOf(*said.into));
    for (const pb::ContributionDecision& decision : contribution.decisions()) {
      const bool withdrawn = decision.state() == pb::DECISION_STATE_WITHDRAWN;
      if (withdrawn && decision.event().sequence() == into) found = &decision;
    }
  }
  return found;
}

// Of what was said, and all of it came to nothing.
std::string ItWaitsAgain(const pb::ContributionDecision* withdrawn,
                         const ContributionWords& words) {
  if (withdrawn == nullptr) return words.Say(Phrase::kWaitsAgain);
  const std::string& why = WhyOf(*withdrawn);
  return why.empty() ? words.Say(Phrase::kTakenUpThenWithdrawn)
                     : words.Say(Phrase::kTakenUpThenWithdrawnFor, {why});
}

absl::Status AddRetraction(const Reading& reading, Index input, pb::Contribution* contribution) {
  for (Index index : reading.Naming(input, pb::RELATION_RETRACTS)) {
    if (reading.TypeOf(index) != pb::EVENT_TYPE_RETRACTION) continue;
    LIAISON_ASSIGN_OR_RETURN(*contribution->mutable_retraction(), reading.SummaryOfVersion(index));
    LIAISON_ASSIGN_OR_RETURN(*contribution->mutable_retraction_reason(),
                             reading.Words(index, "reason"));
    break;
  }
  return absl::OkStatus();
}

// Of dispositions: what is in force, and what was before it.
void AddDispositions(const pb::Contribution& contribution, const ContributionWords& words,
                     std::vector<std::string>* parts) {
  std::vector<std::string> before;
  for (const pb::ContributionDisposition& disposition : contribution.dispositions()) {
    if (disposition.undone()) continue;
    (disposition.superseded() ? before : *parts)
        .push_back(words.At(words.Say(disposition.kind(), disposition.passed_to()),
                            disposition.event().origin()));
  }
  if (!before.empty()) {
    parts->push_back(words.Say(Phrase::kBefore, {words.Joined(Phrase::kComma, before)}));
  }
}

bool IsDecided(pb::DecisionState state) {
  return state != pb::DECISION_STATE_PROPOSED && state != pb::DECISION_STATE_IN_CONSULTATION &&
         state != pb::DECISION_STATE_WITHDRAWN;
}

void AddDecision(const pb::ContributionDecision& decision, const ContributionWords& words,
                 std::vector<std::string>* parts) {
  const bool no = decision.state() == pb::DECISION_STATE_DEFERRED ||
                  decision.state() == pb::DECISION_STATE_DECLINED ||
                  decision.state() == pb::DECISION_STATE_WITHDRAWN;
  parts->push_back(words.Because(words.At(words.Say(decision.state()), decision.event().origin()),
                                 no ? WhyOf(decision) : ""));
  if (decision.has_outcome()) parts->push_back(words.Say(decision.test_result()));
}

pb::ContributionState HowFar(const pb::Contribution& contribution) {
  if (contribution.input().retracted()) return pb::CONTRIBUTION_STATE_RETRACTED;
  pb::ContributionState state = pb::CONTRIBUTION_STATE_NOTHING_YET;
  for (const pb::ContributionDisposition& disposition : contribution.dispositions()) {
    if (!disposition.undone()) state = pb::CONTRIBUTION_STATE_DISPOSED;
  }
  for (const pb::ContributionDecision& decision : contribution.decisions()) {
    state = std::max(state, decision.has_outcome()        ? pb::CONTRIBUTION_STATE_OUTCOME
                            : IsDecided(decision.state()) ? pb::CONTRIBUTION_STATE_DECIDED
                                                          : pb::CONTRIBUTION_STATE_CONSIDERED);
  }
  return state;
}

// In the order in which it came about.
absl::StatusOr<std::string> InWords(const Reading& reading, Index input,
                                    const pb::Contribution& contribution,
                                    const ContributionWords& words) {
  if (contribution.input().retracted()) return TakenBack(contribution, words);
  std::vector<std::string> parts;
  const bool waits_again = WaitsAgain(reading, input);
  const pb::ContributionDecision* withdrawn =
      waits_again ? WithdrawnFrom(reading, input, contribution) : nullptr;
  if (waits_again) parts.push_back(ItWaitsAgain(withdrawn, words));
  // Once somebody has said what becomes of it, that says it all.
  if (waits_again || contribution.dispositions().empty()) {
    LIAISON_ASSIGN_OR_RETURN(const auto grouped, Grouped(reading, input, words));
    parts.insert(parts.end(), grouped.begin(), grouped.end());
  }
  AddDispositions(contribution, words, &parts);
  for (const pb::ContributionDecision& decision : contribution.decisions()) {
    // What it waits for again has been said, and why.
    if (&decision != withdrawn) AddDecision(decision, words, &parts);
  }
  for (const std::string& cycle : CarriedTo(reading, input)) {
    parts.push_back(words.Say(Phrase::kCarriedOver, {cycle}));
  }
  return parts.empty() ? words.Say(Phrase::kNothingYet) : words.Joined(Phrase::kSemicolon, parts);
}

absl::Status AddContribution(const Reading& reading, Index input, const std::string& language,
                             const ContributionWords& words, pb::Contribution* contribution) {
  LIAISON_ASSIGN_OR_RETURN(*contribution->mutable_input(), reading.Summary(input));
  for (const DispositionOfInput& disposition : AllDispositionsOf(reading, input)) {
    LIAISON_ASSIGN_OR_RETURN(*contribution->add_dispositions(),
                             Said(reading, disposition, reading.DigestOf(input), language));
  }
  for (Index decision : DecisionsOn(reading, input)) {
    LIAISON_ASSIGN_OR_RETURN(*contribution->add_decisions(), Decided(reading, decision, language));
  }
  LIAISON_RETURN_IF_ERROR(AddRetraction(reading, input, contribution));
  contribution->set_state(HowFar(*contribution));
  LIAISON_ASSIGN_OR_RETURN(*contribution->mutable_in_words(),
                           InWords(reading, input, *contribution, words));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<pb::ListContributionsResponse> ListContributions(
    const Reading& reading, const pb::ListContributionsRequest& request,
    const PageArguments& page) {
  const std::string contributor = request.contributor().empty()
                                      ? reading.caller().principal.organisation
                                      : request.contributor();
  if (!record::IsOrganisation(contributor)) {
    return record::FieldInvalid("contributor", "whose inputs? An organisation, as org/name");
  }
  if (!request.language().empty() && !IsLanguageAskedFor(request.language())) {
    return record::FieldInvalid("language", "a BCP 47 tag such as fr or pt-BR, or nothing");
  }
  const CarryOvers carried = CarryOversOf(reading, request.cycle());
  std::vector<std::pair<std::string, Index>> rows;
  for (Index input : reading.InputsBy(contributor)) {
    const bool here = request.cycle().empty() || carried.into.count(input) > 0 ||
                      reading.CycleOf(reading.Latest(input)) == request.cycle();
    if (here) rows.emplace_back(KeyOf(reading.SequenceOf(input)), input);
  }
  const ContributionWords words(request.language());
  pb::ListContributionsResponse response;
  response.set_in_words_language(std::string(words.language()));
  LIAISON_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                           TakePage(rows, page, response, [&](Index input) {
                             return AddContribution(reading, input, request.language(), words,
                                                    response.add_contributions());
                           }));
  return response;
}

}  // namespace liaison::views
