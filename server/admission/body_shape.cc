#include "server/admission/body_shape.h"

#include <set>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/limits.h"
#include "proto/record/names.h"

namespace liaison::admission {
namespace {

std::string Path(absl::string_view parent, absl::string_view field) {
  return parent.empty() ? std::string(field) : absl::StrCat(parent, ".", field);
}

void Need(bool there, absl::string_view parent, absl::string_view field,
          absl::string_view description, Violations* violations) {
  if (!there) violations->Add(Path(parent, field), description);
}

void CheckOrder(absl::string_view starts_on, absl::string_view ends_on, absl::string_view parent,
                absl::string_view field, Violations* violations) {
  if (starts_on.empty() || ends_on.empty() || starts_on <= ends_on) return;
  violations->Add(Path(parent, field), "ends before it starts");
}

int CountOf(const pb::EventHeader& header, pb::Relation relation) {
  return static_cast<int>(absl::c_count_if(
      header.references(),
      [relation](const pb::Reference& reference) { return reference.relation() == relation; }));
}

// The type says something of exactly one other event.
void CheckOne(const pb::EventHeader& header, pb::Relation relation, absl::string_view what,
              Violations* violations) {
  if (CountOf(header, relation) == 1) return;
  violations->Add("references",
                  absl::StrCat("name ", what, " in one reference ", pb::Relation_Name(relation)));
}

}  // namespace

void CheckAudienceBody(const pb::EventHeader& header, const pb::Audience& body,
                       absl::string_view field, Violations* violations) {
  const std::string name = absl::StrCat(body.group(), "@", body.version());
  const std::string hub = header.audience().substr(0, header.audience().find('/') + 1);
  if (!record::IsAudience(name) || !absl::StartsWith(body.group(), hub)) {
    violations->Add(Path(field, "group"),
                    absl::StrCat("name a group of this hub, such as ", hub,
                                 "wg-strategy; public, partners and mag are given"));
  }
  Need(body.version() > 0, field, "version", "the first is 1", violations);
  Need(body.members_size() > 0, field, "members", "name at least one organisation", violations);
  std::set<absl::string_view> members;
  for (int i = 0; i < body.members_size(); ++i) {
    if (members.insert(body.members(i)).second) continue;
    violations->Add(absl::StrCat(Path(field, "members"), "[", i, "]"), "named twice");
  }
}

void CheckLiaison(const pb::Liaison& body, absl::string_view field, Violations* violations) {
  Need(!body.from().empty(), field, "from", "missing", violations);
  Need(!body.to().empty(), field, "to", "missing", violations);
  if (!body.from().empty() && body.from() == body.to()) {
    violations->Add(Path(field, "to"), "a liaison is between two organisations");
  }
  Need(body.action() != pb::LIAISON_ACTION_UNSPECIFIED, field, "action",
       "LIAISON_ACTION_ESTABLISH or LIAISON_ACTION_END", violations);
  if (body.action() == pb::LIAISON_ACTION_ESTABLISH) {
    Need(record::HasWords(body.mandate()), field, "mandate", "say what it is for", violations);
    Need(!body.valid_from().empty(), field, "valid_from", "missing", violations);
  }
  CheckOrder(body.valid_from(), body.valid_until(), field, "valid_until", violations);
}

void CheckCrosswalk(const pb::Crosswalk& body, absl::string_view field, Violations* violations) {
  Need(!body.from_scheme().empty(), field, "from_scheme", "missing", violations);
  Need(!body.to_scheme().empty(), field, "to_scheme", "missing", violations);
  if (!body.from_scheme().empty() && body.from_scheme() == body.to_scheme()) {
    violations->Add(Path(field, "to_scheme"), "a crosswalk leads to another scheme");
  }
  Need(body.entries_size() > 0, field, "entries", "map at least one code", violations);
  if (body.entries_size() > record::kMaxSchemeCodes) {
    violations->Add(Path(field, "entries"), absl::StrCat("at most ", record::kMaxSchemeCodes));
    return;
  }
  for (int i = 0; i < body.entries_size(); ++i) {
    const std::string path = absl::StrCat(Path(field, "entries"), "[", i, "]");
    Need(!body.entries(i).from_code().empty(), path, "from_code", "missing", violations);
    Need(!body.entries(i).to_code().empty(), path, "to_code", "missing", violations);
    Need(body.entries(i).match() != pb::CODE_MATCH_UNSPECIFIED, path, "match",
         "exact, broader, narrower or related", violations);
  }
}

void CheckPosition(const pb::EventHeader& header, const pb::StatedPosition& body,
                   absl::string_view field, Violations* violations) {
  Need(body.kind() != pb::POSITION_KIND_UNSPECIFIED, field, "kind",
       "support, reserve, object or withdrawn", violations);
  if (body.kind() == pb::POSITION_KIND_RESERVE || body.kind() == pb::POSITION_KIND_OBJECT) {
    Need(record::HasWords(body.reason()), field, "reason", "say why, so that it can be answered",
         violations);
  }
  CheckOne(header, pb::RELATION_POSITION_ON, "what it is about", violations);
}

void CheckDisposition(const pb::Disposition& body, absl::string_view field,
                      Violations* violations) {
  const std::string inputs = Path(field, "inputs");
  if (body.inputs().empty()) violations->Add(inputs, "name 1 to 500 inputs");
  if (body.inputs_size() > record::kMaxDisposedInputs) {
    violations->Add(inputs, absl::StrCat("at most ", record::kMaxDisposedInputs, " at once"));
    return;
  }
  std::set<absl::string_view> seen, reasoned;
  for (int i = 0; i < body.reasons_size(); ++i) {
    if (record::HasWords(body.reasons(i).reason())) reasoned.insert(body.reasons(i).input());
  }
  const bool general = record::HasWords(body.reason());
  bool passed_on = false;
  bool into = false;
  for (int i = 0; i < body.inputs_size(); ++i) {
    const pb::DisposedInput& input = body.inputs(i);
    const std::string path = absl::StrCat(inputs, "[", i, "]");
    Need(!input.input().empty(), path, "input", "missing", violations);
    if (!seen.insert(input.input()).second) violations->Add(path, "named twice");
    Need(input.kind() != pb::DISPOSITION_KIND_UNSPECIFIED, path, "kind",
         "taken up, merged, passed on, noted or not this cycle", violations);
    passed_on |= input.kind() == pb::DISPOSITION_KIND_PASSED_ON;
    into |= input.kind() == pb::DISPOSITION_KIND_MERGED;
    if (!general && reasoned.count(input.input()) == 0) {
      violations->Add(path, "say why, in `reasons`, or in `reason` for all");
    }
  }
  for (int i = 0; i < body.reasons_size(); ++i) {
    if (seen.count(body.reasons(i).input()) > 0) continue;
    violations->Add(absl::StrCat(Path(field, "reasons"), "[", i, "].input"),
                    "not among the inputs");
  }
  if (passed_on) Need(!body.passed_to().empty(), field, "passed_to", "say to whom", violations);
  if (into) Need(!body.into().empty(), field, "into", "say into what they are merged", violations);
}

void CheckEvaluation(const pb::EventHeader& header, const pb::Evaluation& body,
                     absl::string_view field, Violations* violations) {
  CheckOne(header, pb::RELATION_EVALUATES, "the candidate", violations);
  // The scores of one member are for the MAG; what is public are averages, spread and recusals.
  if (!absl::EndsWith(header.audience(), "/mag")) {
    violations->Add("audience", "evaluations are for the MAG's eyes: HUB/mag");
  }
  Need(!header.cycle().empty(), "", "cycle", "say in which cycle it is evaluated", violations);
  if (body.conflict()) {
    if (!body.scores().empty()) {
      violations->Add(Path(field, "scores"), "who has declared a conflict gives no scores");
    }
    return;
  }
  Need(!body.scores().empty(), field, "scores", "give scores, or declare a conflict", violations);
  std::set<absl::string_view> criteria;
  for (int i = 0; i < body.scores_size(); ++i) {
    const std::string path = absl::StrCat(Path(field, "scores"), "[", i, "]");
    const pb::CriterionScore& score = body.scores(i);
    Need(!score.criterion().empty(), path, "criterion", "missing", violations);
    Need(score.score() >= 1 && score.score() <= 5, path, "score", "1 to 5, 5 is best", violations);
    if (!criteria.insert(score.criterion()).second) {
      violations->Add(Path(path, "criterion"), "named twice");
    }
  }
}

void CheckAttendance(const pb::Attendance& body, absl::string_view field, Violations* violations) {
  Need(record::HasWords(body.title()), field, "title", "give it a title", violations);
  Need(!body.starts_on().empty(), field, "starts_on", "missing", violations);
  Need(!body.participants().empty(), field, "participants", "give at least one count", violations);
  CheckOrder(body.starts_on(), body.ends_on(), field, "ends_on", violations);
}

void CheckProgress(const pb::EventHeader& header, const pb::Progress& body, absl::string_view field,
                   Violations* violations) {
  Need(body.percent() <= 100, field, "percent", "0 to 100", violations);
  Need(record::HasWords(body.title()) || record::HasWords(body.text()), field, "text",
       "say what was done", violations);
  CheckOne(header, pb::RELATION_REPORTS_ON, "the decision", violations);
}

void CheckOutcome(const pb::EventHeader& header, const pb::Outcome& body, absl::string_view field,
                  Violations* violations) {
  Need(body.test_result() != pb::TEST_RESULT_UNSPECIFIED, field, "test_result",
       "met, partly met, not met or not tested", violations);
  Need(record::HasWords(body.product()), field, "product", "name what was produced", violations);
  CheckOne(header, pb::RELATION_REPORTS_ON, "the decision", violations);
}

void CheckSupportRequest(const pb::EventHeader& header, const pb::SupportRequest& body,
                         absl::string_view field, Violations* violations) {
  Need(record::HasWords(body.title()), field, "title", "give it a title", violations);
  Need(!body.due_on().empty(), field, "due_on", "say by when help is needed", violations);
  Need(!header.addressees().empty(), "", "addressees", "say whom you ask", violations);
}

void CheckCarryOver(const pb::EventHeader& header, const pb::CarryOver& body,
                    absl::string_view field, Violations* violations) {
  Need(!body.from_cycle().empty(), field, "from_cycle", "missing", violations);
  Need(!body.to_cycle().empty(), field, "to_cycle", "missing", violations);
  if (!body.from_cycle().empty() && body.from_cycle() == body.to_cycle()) {
    violations->Add(Path(field, "to_cycle"), "another cycle than the last one");
  }
  if (CountOf(header, pb::RELATION_CARRIES_OVER) == 0) {
    violations->Add("references", "name what is carried over, with RELATION_CARRIES_OVER");
  }
}

void CheckAmendment(const pb::EventHeader& header, const pb::Amendment& body,
                    absl::string_view field, Violations* violations) {
  Need(body.kind() != pb::AMENDMENT_KIND_UNSPECIFIED, field, "kind", "correction or update",
       violations);
  Need(record::HasWords(body.title()) || record::HasWords(body.text()) ||
           absl::c_any_of(body.other_languages(),
                          [](const pb::LocalisedText& other) {
                            return record::HasWords(other.title()) ||
                                   record::HasWords(other.text());
                          }),
       field, "text", "give the new words", violations);
  Need(record::HasWords(body.reason()), field, "reason", "say why it is changed", violations);
  CheckOne(header, pb::RELATION_REVISES, "the first event of the chain", violations);
}

void CheckRetraction(const pb::EventHeader& header, const pb::Retraction& body,
                     absl::string_view field, Violations* violations) {
  Need(body.cause() != pb::RETRACTION_CAUSE_UNSPECIFIED, field, "cause",
       "error, superseded, duplicate or withdrawn", violations);
  Need(record::HasWords(body.reason()), field, "reason", "say why it is taken back", violations);
  CheckOne(header, pb::RELATION_RETRACTS, "what is taken back", violations);
}

void CheckTranslation(const pb::EventHeader& header, const pb::Translation& body,
                      absl::string_view field, Violations* violations) {
  Need(!header.language().empty(), "", "language", "say into which language it is", violations);
  Need(body.maker() != pb::TRANSLATION_MAKER_UNSPECIFIED, field, "maker",
       "human, machine, or machine and then reviewed", violations);
  Need(!body.made_on().empty(), field, "made_on", "say when it was made", violations);
  if (body.maker() == pb::TRANSLATION_MAKER_MACHINE ||
      body.maker() == pb::TRANSLATION_MAKER_MACHINE_REVIEWED) {
    Need(record::HasWords(body.engine()), field, "engine", "name the machine", violations);
    Need(record::HasWords(body.engine_version()), field, "engine_version", "name its version",
         violations);
  }
  Need(record::HasWords(body.title()) || record::HasWords(body.text()) ||
           absl::c_any_of(
               body.fields(),
               [](const pb::TranslatedField& part) { return record::HasWords(part.text()); }),
       field, "text", "give the words", violations);
  CheckOne(header, pb::RELATION_TRANSLATES, "the version that was translated", violations);
}

void CheckGrouping(const pb::EventHeader& header, const pb::Grouping& body, absl::string_view field,
                   Violations* violations) {
  Need(body.action() != pb::GROUPING_ACTION_UNSPECIFIED, field, "action", "group or dissolve",
       violations);
  Need(record::HasWords(body.reason()), field, "reason", "say why, so that others can follow it",
       violations);
  if (body.action() == pb::GROUPING_ACTION_GROUP && CountOf(header, pb::RELATION_GROUPS) < 2) {
    violations->Add("references", "name two members or more, with RELATION_GROUPS");
  }
  const bool later = CountOf(header, pb::RELATION_REVISES) > 0;
  if (body.action() == pb::GROUPING_ACTION_DISSOLVE && !later) {
    violations->Add("references", "name the group's first event, with RELATION_REVISES");
  }
}

}  // namespace liaison::admission
