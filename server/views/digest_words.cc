#include "server/views/digest_words.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/domain/sentences.h"

namespace liaison::views {
namespace {

using domain::Say;
using domain::SentenceCode;

constexpr std::pair<absl::string_view, SentenceCode> kLacked[] = {
    {"decision.focus_question", SentenceCode("lacks.focus_question")},
    {"decision.priority", SentenceCode("lacks.priority")},
    {"decision.time_frame", SentenceCode("lacks.time_frame")},
    {"decision.outcome_product", SentenceCode("lacks.outcome_product")},
    {"decision.outcome_owner", SentenceCode("lacks.outcome_owner")},
    {"decision.outcome_due_on", SentenceCode("lacks.outcome_due_on")},
    {"decision.outcome_test", SentenceCode("lacks.outcome_test")},
    {"decision.work_format", SentenceCode("lacks.work_format")},
    {"decision.steward", SentenceCode("lacks.steward")},
    {"decision.reasons", SentenceCode("lacks.reasons")},
    {"references", SentenceCode("lacks.references")},
    {"decision.answers", SentenceCode("lacks.answers")},
};

// What to do about a request, by when it is due.
struct ToDo {
  SentenceCode whenever;
  SentenceCode by;
  SentenceCode overdue;
};
constexpr ToDo kOpen = {"digest.asked_open", "digest.asked_open_by", "digest.asked_open_overdue"};
constexpr ToDo kAccepted = {"digest.asked_accepted", "digest.asked_accepted_by",
                            "digest.asked_accepted_overdue"};
constexpr ToDo kCountered = {"digest.asked_countered", "digest.asked_countered_by",
                             "digest.asked_countered_overdue"};

const ToDo& ToDoAbout(pb::RequestState state) {
  switch (state) {
    case pb::REQUEST_STATE_ACCEPTED:
      return kAccepted;
    case pb::REQUEST_STATE_COUNTERED:
      return kCountered;
    default:
      return kOpen;
  }
}

}  // namespace

pb::Sentence NameOfGrouping(const pb::EventSummary& grouping) {
  const std::string number = absl::StrCat(grouping.sequence());
  if (grouping.title().empty()) return Say("event.group_untitled").With("number", number);
  return Say("event.group").With("title", grouping.title()).With("number", number);
}

pb::Sentence Title(const pb::EventSummary& event) {
  if (!event.title().empty()) return Say("event.titled").With("title", event.title());
  return Say("event.untitled").With("number", absl::StrCat(event.sequence()));
}

pb::Sentence Lacked(const std::string& missing) {
  for (const auto& [name, code] : kLacked) {
    if (name == missing) return Say(code);
  }
  return domain::AsItIs(missing);
}

pb::Sentence Standing(pb::DecisionState state) {
  switch (state) {
    case pb::DECISION_STATE_PROPOSED:
      return Say("digest.proposed");
    case pb::DECISION_STATE_IN_CONSULTATION:
      return Say("digest.in_consultation");
    case pb::DECISION_STATE_ADOPTED:
      return Say("digest.adopted");
    case pb::DECISION_STATE_ADOPTED_INCOMPLETE:
      return Say("digest.adopted_incomplete");
    case pb::DECISION_STATE_IN_PROGRESS:
      return Say("digest.in_progress");
    case pb::DECISION_STATE_COMPLETED:
      return Say("digest.completed");
    case pb::DECISION_STATE_DEFERRED:
      return Say("digest.deferred");
    case pb::DECISION_STATE_DECLINED:
      return Say("digest.declined");
    default:
      return Say("digest.withdrawn");
  }
}

pb::Sentence CameOf(const pb::EventSummary& decision, pb::TestResult result) {
  const auto say = [&](SentenceCode code) { return Say(code).With("what", Title(decision)); };
  switch (result) {
    case pb::TEST_RESULT_MET:
      return say("digest.outcome_met");
    case pb::TEST_RESULT_PARTLY_MET:
      return say("digest.outcome_partly_met");
    case pb::TEST_RESULT_NOT_MET:
      return say("digest.outcome_not_met");
    default:
      return say("digest.outcome");
  }
}

pb::Sentence HowFar(const pb::EventSummary& decision, const pb::ProgressFacts& progress) {
  if (progress.expected_on().empty()) {
    return Say("digest.progress")
        .With("what", Title(decision))
        .With("percent", uint64_t{progress.percent()});
  }
  return Say("digest.progress_expected")
      .With("what", Title(decision))
      .With("percent", uint64_t{progress.percent()})
      .Day("day", progress.expected_on());
}

pb::Sentence WhatBecame(pb::DispositionKind kind, const std::string& passed_to) {
  switch (kind) {
    case pb::DISPOSITION_KIND_TAKEN_UP:
      return Say("digest.yours_taken_up");
    case pb::DISPOSITION_KIND_MERGED:
      return Say("digest.yours_merged");
    case pb::DISPOSITION_KIND_PASSED_ON:
      return Say("digest.yours_passed_on").With("whom", passed_to);
    case pb::DISPOSITION_KIND_NOTED:
      return Say("digest.yours_noted");
    case pb::DISPOSITION_KIND_NOT_THIS_CYCLE:
      return Say("digest.yours_not_this_cycle");
    default:
      return Say("digest.yours_disposed");
  }
}

pb::Sentence TakenBack(pb::RetractionCause cause) {
  switch (cause) {
    case pb::RETRACTION_CAUSE_ERROR:
      return Say("digest.taken_back_error");
    case pb::RETRACTION_CAUSE_SUPERSEDED:
      return Say("digest.taken_back_superseded");
    case pb::RETRACTION_CAUSE_DUPLICATE:
      return Say("digest.taken_back_duplicate");
    default:
      return Say("digest.taken_back_otherwise");
  }
}

std::vector<pb::Sentence> WhoAsks(const RequestRow& row) {
  const pb::Sentence who = row.from.empty() ? Say("who.somebody") : domain::AsItIs(row.from);
  const pb::Sentence asks = Say("digest.asks").With("who", who).With("whom", row.to);
  const ToDo& to_do = ToDoAbout(row.state);
  if (row.due_date.empty()) return {asks, Say(to_do.whenever)};
  return {asks, Say(row.overdue ? to_do.overdue : to_do.by).Day("day", row.due_date)};
}

}  // namespace liaison::views
