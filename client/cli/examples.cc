#include "client/cli/examples.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/event_json.h"
#include "client/cli/suggest.h"
#include "proto/record/pae.h"
#include "proto/record/signature.h"

namespace liaison::cli {
namespace {

struct Template {
  const char* type;
  const char* json;
  const char* note;
};

constexpr char kZeroDigestNote[] =
    "the digest is a placeholder of zeros: put in the digest of the event you mean (`liaison list` "
    "and every receipt show it)";

constexpr Template kTemplates[] = {
    {"topic-signal", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "cycle": "2027",
  "topics": ["unspecified"],
  "language": "en",
  "addressees": ["org/igf-mag"],
  "topic_signal": {
    "purpose": "PURPOSE_ACTION",
    "standing": "STANDING_ORGANISATION_POSITION",
    "time_horizon": "TIME_HORIZON_NEXT_CYCLE",
    "requested_date": "2027-03-31",
    "title": "Community networks need licence rules that fit their size (fictional)",
    "text": "A fictional text: in three of our member countries a network of forty homes pays the same licence fee as a national operator. The IGF could bring regulators and networks to one table.",
    "other_languages": [
      {
        "language": "fr",
        "title": "Des licences à la mesure des réseaux communautaires (texte fictif, fictional)",
        "text": "Texte fictif (fictional) : un réseau de quarante foyers paie la même licence qu'un opérateur national."
      }
    ],
    "desired_outcome": "A fictional wish: a short guide on licensing, agreed by regulators and networks by the end of the cycle.",
    "evidence": [
      {"uri": "https://example.org/licences", "title": "Licence fees compared (fictional)", "language": "en"}
    ],
    "acting_as": "policy lead (fictional)"
  }
})json",
     ""},
    {"local-report", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "cycle": "2027",
  "topics": ["unspecified"],
  "language": "en",
  "local_report": {
    "edition": 4,
    "starts_on": "2027-05-12",
    "ends_on": "2027-05-13",
    "mode": "MEETING_MODE_HYBRID",
    "organising_team": [
      {"stakeholder_group": "STAKEHOLDER_GROUP_CIVIL_SOCIETY", "count": 5},
      {"stakeholder_group": "STAKEHOLDER_GROUP_TECHNICAL_COMMUNITY", "count": 4},
      {"stakeholder_group": "STAKEHOLDER_GROUP_GOVERNMENT", "count": 2}
    ],
    "participants": [
      {"mode": "MEETING_MODE_ONSITE", "count": 180},
      {"mode": "MEETING_MODE_ONLINE", "count": 240}
    ],
    "first_timers": 95,
    "working_languages": ["en", "fr"],
    "title": "Fourth Example IGF (fictional)",
    "venue": "A fictional university hall",
    "text": "A fictional report: two days, nine sessions, a youth day before them.",
    "process": "A fictional open call ran for six weeks.",
    "issue_responses": 64,
    "sessions": [
      {"title": "Paying for access (fictional)", "format": "round table", "topics": ["unspecified"]}
    ],
    "key_messages": [
      {"topic": "unspecified", "text": "A fictional message: those who build a network should have a say in its rules.", "language": "en"}
    ],
    "convergence": "A fictional agreement: licence fees should follow size.",
    "disagreement": "A fictional disagreement: who counts the users.",
    "requests": [
      {"purpose": "PURPOSE_ACTION", "to": "org/igf-mag", "by": "2027-09-30", "text": "A fictional request: a session where regulators answer."}
    ],
    "links": [{"uri": "https://example.org/report", "title": "Full report (fictional)", "language": "en"}],
    "licence": "CC BY 4.0"
  }
})json",
     ""},
    {"organisation", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "language": "en",
  "organisation": {
    "organisation": "org/example-partner",
    "kind": "ORGANISATION_KIND_CIVIL_SOCIETY",
    "stakeholder_group": "STAKEHOLDER_GROUP_CIVIL_SOCIETY",
    "region": "REGION_WEOG",
    "countries": ["CH"],
    "languages": ["en", "fr"],
    "founded": 2009,
    "name": "Example Partner (fictional)",
    "acronym": "EP",
    "area": "Worldwide (fictional)",
    "links": [{"uri": "https://example.org/", "title": "Home page (fictional)", "language": "en"}]
  }
})json",
     ""},
    {"key", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "key": {
    "organisation": "org/example-partner",
    "action": "KEY_ACTION_ADD",
    "public_key": "",
    "possession": ""
  }
})json",
     "this key was made just now and its private half is gone: it shows the shape, nobody can sign "
     "with it"},
    {"topic-scheme", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "language": "en",
  "topic_scheme": {
    "scheme": "example-themes",
    "codes": ["access", "access.licences", "trust"],
    "title": "Themes of the Example Forum (fictional)",
    "entries": [
      {"code": "access", "label": "Access (fictional)", "verified": "yes"},
      {"code": "access.licences", "parent": "access", "label": "Licences (fictional)", "verified": "yes"},
      {"code": "trust", "label": "Trust (fictional)", "verified": "yes"}
    ]
  }
})json",
     ""},
    {"cycle", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "cycle": "2099",
  "language": "en",
  "cycle_body": {
    "cycle_id": "2099",
    "phases": [
      {"phase": "stocktaking", "starts_on": "2098-12-01", "ends_on": "2099-01-31"},
      {"phase": "call", "starts_on": "2098-12-01", "ends_on": "2099-01-31"},
      {"phase": "evaluation", "starts_on": "2099-03-17", "ends_on": "2099-04-15"},
      {"phase": "annual-meeting", "starts_on": "2099-06-22", "ends_on": "2099-06-26"}
    ],
    "capacity": {"slots": 260, "hours": 300, "people": 40},
    "title": "IGF 2099 (fictional)",
    "text": "A fictional year, to show how phases and capacity are written."
  }
})json",
     ""},
    {"response", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "cycle": "2027",
  "language": "en",
  "references": [
    {"digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "relation": "RELATION_RESPONDS_TO"}
  ],
  "response": {
    "kind": "RESPONSE_KIND_COUNTER",
    "doable_date": "2027-06-30",
    "title": "Yes, by the end of June (fictional)",
    "text": "A fictional answer: the guide can be ready three months later than asked.",
    "reason": "A fictional reason: our review needs two meetings.",
    "acting_as": "programme manager (fictional)"
  }
})json",
     kZeroDigestNote},
    {"decision", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "cycle": "2027",
  "topics": ["unspecified"],
  "language": "en",
  "decision": {
    "state": "DECISION_STATE_PROPOSED",
    "priority": 1,
    "time_frame": {"starts_on": "2027-04-01", "ends_on": "2027-12-31"},
    "outcome_owner": "org/example-partner",
    "outcome_due_on": "2027-12-31",
    "work_format": "WORK_FORMAT_BEST_PRACTICE_FORUM",
    "steward": "org/igf-mag/seat-17",
    "title": "A guide to licences for community networks (fictional)",
    "focus_question": "A fictional question: which licence rules let small networks start within a month?",
    "outcome_product": "A fictional product: a guide of ten pages.",
    "outcome_test": "A fictional test: two regulators have used it.",
    "reasons": "A fictional reason: five initiatives in three regions asked for it."
  }
})json",
     ""},
    {"redaction", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "redaction": {
    "target_digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "section": "SECTION_KIND_PERSONAL",
    "reason": "REDACTION_REASON_PERSONAL_DATA"
  }
})json",
     kZeroDigestNote},
};

// A key has to show possession, which a fixed text cannot do honestly.
void FillInKey(Json* draft) {
  const record::SigningKey key = record::SigningKey::Generate();
  Json& body = (*draft)["key"];
  body["public_key"] = Base64(key.public_key());
  body["possession"] =
      Base64(key.Sign(record::kKeyPossessionType, body["organisation"].get<std::string>()));
}

}  // namespace

const std::vector<std::string>& ExampleTypes() {
  static const auto* const types = [] {
    auto* names = new std::vector<std::string>;
    for (const Template& entry : kTemplates) names->push_back(entry.type);
    return names;
  }();
  return *types;
}

absl::StatusOr<Example> ExampleOf(absl::string_view type) {
  for (const Template& entry : kTemplates) {
    if (type != entry.type) continue;
    Example example{Json::parse(entry.json, nullptr, /*allow_exceptions=*/false), entry.note};
    if (example.draft.contains("key")) FillInKey(&example.draft);
    return example;
  }
  return absl::InvalidArgumentError(absl::StrCat("there is no example of `", type, "`",
                                                 DidYouMean(type, ExampleTypes()), "; there are ",
                                                 absl::StrJoin(ExampleTypes(), ", ")));
}

}  // namespace liaison::cli
