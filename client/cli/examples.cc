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
    "requested_date": "2099-03-31",
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
  "addressees": ["org/igf-mag"],
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
      {"purpose": "PURPOSE_ACTION", "to": "org/igf-mag", "by": "2099-09-30", "text": "A fictional request: a session where regulators answer."}
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
    "kind": "ORGANISATION_KIND_NRI_NATIONAL",
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
    "doable_date": "2099-06-30",
    "title": "Yes, by the end of June (fictional)",
    "text": "A fictional answer: the guide can be ready three months later than asked.",
    "reason": "A fictional reason: our review needs two meetings.",
    "acting_as": "programme manager (fictional)"
  }
})json",
     kZeroDigestNote},
    {"decision", R"json({
  "author": "org/igf-mag",
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
    {"audience", R"json({
  "author": "org/igf-secretariat",
  "audience": "igf/public",
  "language": "en",
  "audience_body": {
    "group": "igf/wg-example",
    "version": 1,
    "members": ["org/igf-mag", "org/example-partner"],
    "title": "Working group on an example (fictional)",
    "text": "A fictional group: it reads what is addressed to igf/wg-example@1."
  }
})json",
     ""},
    {"liaison", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "language": "en",
  "personal": {
    "contacts": [
      {"role": "CONTACT_ROLE_FROM_LIAISON", "name": "A. Example (fictional)", "email": "liaison@example.org"},
      {"role": "CONTACT_ROLE_TO_LIAISON", "name": "B. Example (fictional)", "email": "office@example.org"}
    ]
  },
  "liaison": {
    "from": "org/example-partner",
    "to": "org/igf-mag",
    "valid_from": "2027-01-01",
    "valid_until": "2028-12-31",
    "action": "LIAISON_ACTION_ESTABLISH",
    "title": "Liaison on licences (fictional)",
    "mandate": "A fictional mandate: to tell the MAG of our work on licences, and our members of its decisions.",
    "links": [{"uri": "https://example.org/liaison", "title": "Letter of agreement (fictional)", "language": "en"}]
  }
})json",
     ""},
    {"crosswalk", R"json({
  "author": "org/igf-secretariat",
  "audience": "igf/public",
  "language": "en",
  "crosswalk": {
    "from_scheme": "example-themes",
    "to_scheme": "example-themes-2028",
    "entries": [
      {"from_code": "access", "to_code": "access", "match": "CODE_MATCH_EXACT"},
      {"from_code": "trust", "to_code": "safety", "match": "CODE_MATCH_RELATED"}
    ],
    "title": "From the themes of one year to those of the next (fictional)",
    "source": "A fictional comparison of both lists (fictional)"
  }
})json",
     ""},
    {"position", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "cycle": "2027",
  "language": "en",
  "references": [
    {"digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "relation": "RELATION_POSITION_ON"}
  ],
  "position": {
    "kind": "POSITION_KIND_OBJECT",
    "standing": "STANDING_ORGANISATION_POSITION",
    "reason": "A fictional reason: our members would have to pay twice.",
    "acting_as": "policy lead (fictional)"
  }
})json",
     kZeroDigestNote},
    {"disposition", R"json({
  "author": "org/igf-mag",
  "audience": "igf/public",
  "cycle": "2027",
  "language": "en",
  "disposition": {
    "inputs": [
      {"input": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "kind": "DISPOSITION_KIND_TAKEN_UP"}
    ],
    "into": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "reason": "A fictional reason: five initiatives ask for it, and there is room for it.",
    "acting_as": "reading group (fictional)"
  }
})json",
     kZeroDigestNote},
    {"evaluation", R"json({
  "author": "org/igf-mag/seat-17",
  "audience": "igf/mag",
  "cycle": "2027",
  "language": "en",
  "references": [
    {"digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "relation": "RELATION_EVALUATES"}
  ],
  "evaluation": {
    "scores": [
      {"criterion": "relevance", "score": 4},
      {"criterion": "diversity", "score": 5}
    ],
    "comment": "A fictional remark: the question is sharp, the speakers are all from one region."
  }
})json",
     kZeroDigestNote},
    {"attendance", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "cycle": "2027",
  "language": "en",
  "attendance": {
    "starts_on": "2027-05-12",
    "ends_on": "2027-05-13",
    "mode": "MEETING_MODE_HYBRID",
    "participants": [
      {"stakeholder_group": "STAKEHOLDER_GROUP_CIVIL_SOCIETY", "region": "REGION_AFRICAN", "mode": "MEETING_MODE_ONSITE", "count": 80},
      {"stakeholder_group": "STAKEHOLDER_GROUP_GOVERNMENT", "region": "REGION_WEOG", "mode": "MEETING_MODE_ONLINE", "count": 25}
    ],
    "title": "Fourth Example IGF (fictional)",
    "venue": "A fictional university hall",
    "links": [{"uri": "https://example.org/numbers", "title": "Numbers (fictional)", "language": "en"}],
    "source": "Registration desk (fictional)"
  }
})json",
     ""},
    {"progress", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "cycle": "2027",
  "language": "en",
  "references": [
    {"digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "relation": "RELATION_REPORTS_ON"}
  ],
  "progress": {
    "percent": 40,
    "expected_on": "2027-11-30",
    "title": "First draft is out (fictional)",
    "text": "A fictional report: the draft has six of ten chapters; two regulators have read it.",
    "links": [{"uri": "https://example.org/draft", "title": "Draft (fictional)", "language": "en"}],
    "acting_as": "editor (fictional)"
  }
})json",
     kZeroDigestNote},
    {"outcome", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "cycle": "2027",
  "language": "en",
  "references": [
    {"digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "relation": "RELATION_REPORTS_ON"}
  ],
  "outcome": {
    "test_result": "TEST_RESULT_PARTLY_MET",
    "delivered_on": "2027-12-15",
    "title": "The guide is published (fictional)",
    "product": "A fictional guide of twelve pages in two languages.",
    "test_note": "A fictional result: one regulator has used it, a second one will.",
    "links": [{"uri": "https://example.org/guide", "title": "Guide (fictional)", "language": "en"}],
    "acting_as": "editor (fictional)"
  }
})json",
     kZeroDigestNote},
    {"support-request", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "cycle": "2027",
  "language": "en",
  "addressees": ["org/igf-mag"],
  "support_request": {
    "due_on": "2099-08-31",
    "kind": "SUPPORT_KIND_LANGUAGES",
    "title": "Somebody who reads our French chapter (fictional)",
    "text": "A fictional request: four pages, before the end of August.",
    "acting_as": "editor (fictional)"
  }
})json",
     ""},
    {"carry-over", R"json({
  "author": "org/igf-secretariat",
  "audience": "igf/public",
  "cycle": "2028",
  "language": "en",
  "references": [
    {"digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "relation": "RELATION_CARRIES_OVER"}
  ],
  "carry_over": {
    "from_cycle": "2027",
    "to_cycle": "2028",
    "title": "What 2027 left open (fictional)",
    "reason": "A fictional reason: the work is half done and its owner goes on."
  }
})json",
     kZeroDigestNote},
    {"amendment", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "cycle": "2027",
  "language": "en",
  "references": [
    {"digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "relation": "RELATION_REVISES"}
  ],
  "amendment": {
    "kind": "AMENDMENT_KIND_CORRECTION",
    "text": "A fictional text: in two of our member countries, not three, a network of forty homes pays the fee of a national operator.",
    "reason": "A fictional reason: one country changed its rules in spring."
  }
})json",
     kZeroDigestNote},
    {"retraction", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "references": [
    {"digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "relation": "RELATION_RETRACTS"}
  ],
  "retraction": {
    "cause": "RETRACTION_CAUSE_DUPLICATE",
    "reason": "A fictional reason: our office had sent it already."
  }
})json",
     kZeroDigestNote},
    {"translation", R"json({
  "author": "org/example-partner",
  "audience": "igf/public",
  "cycle": "2027",
  "language": "fr",
  "references": [
    {"digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "relation": "RELATION_TRANSLATES"}
  ],
  "translation": {
    "maker": "TRANSLATION_MAKER_MACHINE_REVIEWED",
    "made_on": "2027-02-01",
    "engine": "Example Engine (fictional)",
    "engine_version": "3.1 (fictional)",
    "title": "Des licences à la mesure des réseaux communautaires (texte fictif, fictional)",
    "text": "Texte fictif (fictional) : un réseau de quarante foyers paie la même licence qu'un opérateur national.",
    "reviewer_role": "volunteer translator (fictional)"
  }
})json",
     kZeroDigestNote},
    {"grouping", R"json({
  "author": "org/igf-mag",
  "audience": "igf/public",
  "cycle": "2027",
  "language": "en",
  "references": [
    {"digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "relation": "RELATION_GROUPS"},
    {"digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=", "relation": "RELATION_GROUPS"}
  ],
  "grouping": {
    "action": "GROUPING_ACTION_GROUP",
    "title": "Licences for small networks (fictional)",
    "reason": "A fictional reason: both ask for rules that fit the size of a network."
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
