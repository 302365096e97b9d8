#include "server/domain/adoption.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "server/domain/calendar.h"
#include "server/domain/roles.h"
#include "server/domain/rows.h"
#include "server/domain/target.h"

namespace liaison::domain {

absl::StatusOr<std::vector<OpenObjection>> OpenObjections(const Lookup& lookup,
                                                          const record::Hash& decision,
                                                          const std::set<std::string>& answered) {
  const std::string prefix = PositionKey(decision);
  LIAISON_ASSIGN_OR_RETURN(const std::vector<KeyedRow> positions, lookup.Rows(prefix));
  std::vector<OpenObjection> open;
  for (const KeyedRow& row : positions) {
    LIAISON_ASSIGN_OR_RETURN(const rows::Position position,
                             ParseRow<rows::Position>(row.key, row.value));
    if (position.kind() != pb::POSITION_KIND_OBJECT || !position.answered_by().empty()) continue;
    if (answered.count(position.source().digest()) > 0) continue;
    open.push_back({position.source().digest(), row.key.substr(prefix.size()),
                    position.source().audience(), position.source().author()});
  }
  return open;
}

std::vector<record::FieldViolation> MissingForAdoption(const Registry& registry,
                                                       const pb::DecisionFacts& facts,
                                                       bool considered) {
  std::vector<record::FieldViolation> missing;
  const auto need = [&missing](bool there, const char* field, absl::string_view description) {
    if (!there) missing.push_back({field, std::string(description)});
  };
  const auto stated = [&facts](pb::DecisionPart part) {
    return std::find(facts.stated().begin(), facts.stated().end(), part) != facts.stated().end();
  };
  const std::string& starts_on = facts.time_frame().starts_on();
  const std::string& ends_on = facts.time_frame().ends_on();
  const std::string& due_on = facts.outcome_due_on();
  need(stated(pb::DECISION_PART_FOCUS_QUESTION), "decision.focus_question",
       "the one question that the work answers");
  need(facts.priority() != 0, "decision.priority", "1 is first");
  need(!starts_on.empty() && !ends_on.empty() && starts_on <= ends_on, "decision.time_frame",
       "from when to when");
  need(stated(pb::DECISION_PART_OUTCOME_PRODUCT), "decision.outcome_product",
       "what will be there at the end");
  need(RolesOf(registry, facts.outcome_owner()).is_partner, "decision.outcome_owner",
       "who makes it: an organisation that is registered");
  need(!due_on.empty(), "decision.outcome_due_on", "by when");
  // An empty end of the time frame is missed above.
  need(due_on.empty() || (starts_on <= due_on && (ends_on.empty() || due_on <= ends_on)),
       "decision.outcome_due_on",
       absl::StrCat("a day within the time frame, from ", starts_on, " to ", ends_on));
  need(stated(pb::DECISION_PART_OUTCOME_TEST), "decision.outcome_test",
       "how everybody will know that it succeeded");
  need(facts.work_format() != pb::WORK_FORMAT_UNSPECIFIED, "decision.work_format",
       "in which format; `nothing` is one");
  need(IsSeat(registry, facts.steward()), "decision.steward",
       "a member of the MAG who stands by the work, by the seat that is registered");
  need(stated(pb::DECISION_PART_REASONS), "decision.reasons", "why this and not something else");
  need(considered, "references", "the inputs considered, with RELATION_CONSIDERS");
  return missing;
}

std::vector<record::FieldViolation> PastForAdoption(const pb::DecisionFacts& facts,
                                                    int64_t hub_time_us) {
  std::vector<record::FieldViolation> past;
  const auto check = [&](const std::string& date, const char* field) {
    if (!IsPast(date, hub_time_us)) return;
    past.push_back({field, absl::StrCat(date, " is past; a day from ", DayOf(hub_time_us), " on")});
  };
  check(facts.time_frame().ends_on(), "decision.time_frame");
  check(facts.outcome_due_on(), "decision.outcome_due_on");
  return past;
}

record::FieldViolation UnansweredObjection(const OpenObjection& objection) {
  const absl::string_view whose =
      IsIndividual(objection.holder) ? "an individual" : absl::string_view(objection.holder);
  return {"decision.answers", absl::StrCat("answer the objection of ", whose, ", ",
                                           absl::BytesToHexString(objection.digest))};
}

}  // namespace liaison::domain
