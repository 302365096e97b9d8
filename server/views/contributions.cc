#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/views/carry_overs.h"
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
    for (const DispositionOfInput& disposition : DispositionsOf(reading, index)) {
      // What was taken up is not put down by what is said later; all else is.
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

// `taken up`, for a person.
std::string InWords(pb::DispositionKind kind, const std::string& passed_to) {
  switch (kind) {
    case pb::DISPOSITION_KIND_TAKEN_UP:
      return "taken up";
    case pb::DISPOSITION_KIND_MERGED:
      return "merged with others that say the same";
    case pb::DISPOSITION_KIND_PASSED_ON:
      return absl::StrCat("passed on to ", passed_to);
    case pb::DISPOSITION_KIND_NOTED:
      return "noted";
    case pb::DISPOSITION_KIND_NOT_THIS_CYCLE:
      return "not for this cycle";
    default:
      return "disposed of";
  }
}

std::string InWords(pb::DecisionState state) {
  switch (state) {
    case pb::DECISION_STATE_PROPOSED:
    case pb::DECISION_STATE_IN_CONSULTATION:
      return "it is considered in a proposal that is not decided yet";
    case pb::DECISION_STATE_ADOPTED:
      return "a decision that rests on it is adopted";
    case pb::DECISION_STATE_ADOPTED_INCOMPLETE:
      return "a decision that rests on it is adopted, incomplete";
    case pb::DECISION_STATE_IN_PROGRESS:
      return "work that rests on it is under way";
    case pb::DECISION_STATE_COMPLETED:
      return "work that rests on it is completed";
    case pb::DECISION_STATE_DEFERRED:
      return "the decision about it is deferred";
    case pb::DECISION_STATE_DECLINED:
      return "the proposal that considered it is declined";
    default:
      return "the proposal that considered it is withdrawn";
  }
}

std::string InWords(pb::TestResult result) {
  switch (result) {
    case pb::TEST_RESULT_MET:
      return "there is an outcome, and it met its test";
    case pb::TEST_RESULT_PARTLY_MET:
      return "there is an outcome, and it met its test in part";
    case pb::TEST_RESULT_NOT_MET:
      return "there is an outcome, and it did not meet its test";
    default:
      return "there is an outcome";
  }
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

// `grouped with org/a and 3 more in “a title”`, of each group that holds it now.
absl::StatusOr<std::vector<std::string>> Grouped(const Reading& reading, Index input) {
  std::vector<std::string> said;
  for (const Group& group : GroupsOf(reading, input)) {
    LIAISON_ASSIGN_OR_RETURN(const pb::EventSummary grouping, reading.Summary(group.root));
    said.push_back(absl::StrCat("grouped", WithText(GroupedWith(reading, group, input)), " in “",
                                grouping.title(), "” (event ", grouping.sequence(), ")"));
  }
  return said;
}

// Who took it back, and why.
std::string TakenBack(const pb::Contribution& contribution) {
  const std::string& whose = contribution.input().contributor().empty()
                                 ? contribution.input().author()
                                 : contribution.input().contributor();
  const std::string& by = contribution.retraction().author();
  const bool own =
      record::IsWithinOrganisation(whose, by) || record::IsWithinOrganisation(by, whose);
  return absl::StrCat("taken back by ", own ? "its author" : by,
                      contribution.retraction_reason().empty() ? "" : ": ",
                      contribution.retraction_reason());
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

// `parts` go before all others.
void Summarise(std::vector<std::string> parts, const std::vector<std::string>& carried_to,
               pb::Contribution* contribution) {
  std::vector<std::string> before;  // what was said of it and is in force no more
  pb::ContributionState state = pb::CONTRIBUTION_STATE_NOTHING_YET;
  const auto raise = [&](pb::ContributionState to) { state = std::max(state, to); };
  for (const pb::ContributionDisposition& disposition : contribution->dispositions()) {
    raise(pb::CONTRIBUTION_STATE_DISPOSED);
    const std::string words = InWords(disposition.kind(), disposition.passed_to());
    if (disposition.superseded()) {
      before.push_back(words);
    } else {
      parts.push_back(words);
    }
  }
  if (!before.empty()) parts.push_back(absl::StrCat("before that ", absl::StrJoin(before, ", ")));
  for (const pb::ContributionDecision& decision : contribution->decisions()) {
    const bool open = decision.state() == pb::DECISION_STATE_PROPOSED ||
                      decision.state() == pb::DECISION_STATE_IN_CONSULTATION ||
                      decision.state() == pb::DECISION_STATE_WITHDRAWN;
    raise(open ? pb::CONTRIBUTION_STATE_CONSIDERED : pb::CONTRIBUTION_STATE_DECIDED);
    parts.push_back(InWords(decision.state()));
    if (!decision.has_outcome()) continue;
    raise(pb::CONTRIBUTION_STATE_OUTCOME);
    parts.push_back(InWords(decision.test_result()));
  }
  for (const std::string& cycle : carried_to) {
    parts.push_back(absl::StrCat("carried over to ", cycle));
  }
  if (contribution->input().retracted()) {
    state = pb::CONTRIBUTION_STATE_RETRACTED;
    parts = {TakenBack(*contribution)};
  }
  contribution->set_state(state);
  contribution->set_in_words(parts.empty() ? "nothing yet" : absl::StrJoin(parts, "; "));
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
  pb::ListContributionsResponse response;
  LIAISON_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      TakePage(rows, page, response, [&](Index input) -> absl::Status {
        pb::Contribution& contribution = *response.add_contributions();
        LIAISON_ASSIGN_OR_RETURN(*contribution.mutable_input(), reading.Summary(input));
        for (const DispositionOfInput& disposition : DispositionsOf(reading, input)) {
          LIAISON_ASSIGN_OR_RETURN(
              *contribution.add_dispositions(),
              Said(reading, disposition, reading.DigestOf(input), request.language()));
        }
        for (Index decision : DecisionsOn(reading, input)) {
          pb::ContributionDecision& shown = *contribution.add_decisions();
          LIAISON_ASSIGN_OR_RETURN(*shown.mutable_event(), reading.Summary(decision));
          shown.set_state(StateOf(reading, decision));
          if (auto outcome = LatestReport(reading, decision, pb::EVENT_TYPE_OUTCOME)) {
            LIAISON_ASSIGN_OR_RETURN(*shown.mutable_outcome(), reading.Summary(*outcome));
            shown.set_test_result(reading.Header(*outcome).outcome().test_result());
          }
        }
        std::vector<std::string> parts;
        if (WaitsAgain(reading, input)) {
          parts.emplace_back("what it went into is no more, and it waits again");
        }
        // Once somebody has said what becomes of it, that says it all.
        if (contribution.dispositions().empty()) {
          LIAISON_ASSIGN_OR_RETURN(const auto grouped, Grouped(reading, input));
          parts.insert(parts.end(), grouped.begin(), grouped.end());
        }
        LIAISON_RETURN_IF_ERROR(AddRetraction(reading, input, &contribution));
        Summarise(std::move(parts), CarriedTo(reading, input), &contribution);
        return absl::OkStatus();
      }));
  return response;
}

}  // namespace liaison::views
