#include "server/views/digest_words.h"

#include <map>

#include "absl/strings/str_cat.h"

namespace liaison::views {

std::string NameOfGrouping(const pb::EventSummary& grouping) {
  return grouping.title().empty()
             ? absl::StrCat("event ", grouping.sequence())
             : absl::StrCat("“", grouping.title(), "” (event ", grouping.sequence(), ")");
}

std::string Title(const pb::EventSummary& event) {
  return event.title().empty() ? absl::StrCat("number ", event.sequence())
                               : absl::StrCat("“", event.title(), "”");
}

std::string InWords(const std::string& missing) {
  static const auto& words = *new std::map<std::string, std::string>{
      {"decision.focus_question", "a focus question"},
      {"decision.priority", "a priority"},
      {"decision.time_frame", "a time frame"},
      {"decision.outcome_product", "what will be there at the end"},
      {"decision.outcome_owner", "who makes it"},
      {"decision.outcome_due_on", "a date by which it is made"},
      {"decision.outcome_test", "a test of success"},
      {"decision.work_format", "a format of work"},
      {"decision.steward", "a steward from the MAG"},
      {"decision.reasons", "reasons"},
      {"references", "the inputs that it rests on"},
      {"decision.answers", "answers to objections"},
  };
  auto it = words.find(missing);
  return it == words.end() ? missing : it->second;
}

std::string InWords(pb::DecisionState state) {
  switch (state) {
    case pb::DECISION_STATE_PROPOSED:
      return "It is proposed and not decided yet: whoever supports it or objects can say so now.";
    case pb::DECISION_STATE_IN_CONSULTATION:
      return "It is in consultation: whoever supports it or objects can say so now.";
    case pb::DECISION_STATE_ADOPTED:
      return "It is adopted.";
    case pb::DECISION_STATE_ADOPTED_INCOMPLETE:
      return "It is adopted, and something that it needs is still missing.";
    case pb::DECISION_STATE_IN_PROGRESS:
      return "Work on it is under way.";
    case pb::DECISION_STATE_COMPLETED:
      return "Work on it is completed.";
    case pb::DECISION_STATE_DEFERRED:
      return "It is deferred.";
    case pb::DECISION_STATE_DECLINED:
      return "It is declined.";
    default:
      return "It is withdrawn.";
  }
}

std::string InWords(pb::TestResult result) {
  switch (result) {
    case pb::TEST_RESULT_MET:
      return ", and it met its test";
    case pb::TEST_RESULT_PARTLY_MET:
      return ", and it met its test in part";
    case pb::TEST_RESULT_NOT_MET:
      return ", and it did not meet its test";
    default:
      return "";
  }
}

std::string InWords(pb::DispositionKind kind, const std::string& passed_to) {
  switch (kind) {
    case pb::DISPOSITION_KIND_TAKEN_UP:
      return "It is yours, and it was taken up.";
    case pb::DISPOSITION_KIND_MERGED:
      return "It is yours, and it was merged with others that say the same.";
    case pb::DISPOSITION_KIND_PASSED_ON:
      return absl::StrCat("It is yours, and it was passed on to ", passed_to, ".");
    case pb::DISPOSITION_KIND_NOTED:
      return "It is yours, and it was noted.";
    case pb::DISPOSITION_KIND_NOT_THIS_CYCLE:
      return "It is yours, and it is not for this cycle.";
    default:
      return "It is yours, and it was disposed of.";
  }
}

std::string InWords(pb::RetractionCause cause) {
  switch (cause) {
    case pb::RETRACTION_CAUSE_ERROR:
      return "It was taken back as an error: it counts no more.";
    case pb::RETRACTION_CAUSE_SUPERSEDED:
      return "It was taken back, for something else takes its place.";
    case pb::RETRACTION_CAUSE_DUPLICATE:
      return "It was taken back as a duplicate: it counts no more.";
    default:
      return "It was taken back: it counts no more.";
  }
}

std::string InWords(const RequestRow& row) {
  const std::string whose = row.from.empty() ? "Somebody" : row.from;
  std::string said = absl::StrCat(whose, " asks this of ", row.to, ". ");
  switch (row.state) {
    case pb::REQUEST_STATE_ACCEPTED:
      absl::StrAppend(&said, "It was accepted, and the answer is still to come");
      break;
    case pb::REQUEST_STATE_COUNTERED:
      absl::StrAppend(&said, "Another date was offered, and the answer is still to come");
      break;
    default:
      absl::StrAppend(&said, "Accept it, offer another date, decline it or answer it");
      break;
  }
  if (row.due_date.empty()) return said + ".";
  return row.overdue ? absl::StrCat(said, ": overdue, it was due on ", row.due_date, ".")
                     : absl::StrCat(said, ", by ", row.due_date, ".");
}

}  // namespace liaison::views
