#include "server/admission/shape.h"

#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "proto/record/hash.h"
#include "proto/record/limits.h"
#include "proto/record/names.h"
#include "proto/record/uuid.h"
#include "server/admission/body_shape.h"

namespace liaison::admission {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// More would not help a reader, and a status has a size.
constexpr size_t kMaxViolations = 20;

// One grammar: what fits it, and how to say so to a person.
struct Rule {
  bool (*fits)(absl::string_view);
  absl::string_view description;
};

bool IsTitle(absl::string_view text) {
  return text.size() <= record::kMaxTitleSizeBytes && record::IsText(text);
}
bool IsLongText(absl::string_view text) {
  return text.size() <= record::kMaxTextSizeBytes && record::IsText(text);
}
bool IsUri(absl::string_view uri) {
  return uri.size() <= record::kMaxUriSizeBytes && record::IsText(uri) &&
         (absl::StartsWith(uri, "https://") || absl::StartsWith(uri, "http://") ||
          absl::StartsWith(uri, "mailto:"));
}
bool IsHash(absl::string_view bytes) { return bytes.size() == record::kHashSizeBytes; }
bool IsKey(absl::string_view bytes) { return bytes.size() == 32; }
bool IsSignatureOrEmpty(absl::string_view bytes) { return bytes.empty() || bytes.size() == 64; }
bool IsGroup(absl::string_view name) { return record::IsAudience(absl::StrCat(name, "@1")); }
bool IsAny(absl::string_view) { return true; }

constexpr Rule kOrganisation = {record::IsOrganisation,
                                "write an organisation as org/name, lower case"};
constexpr Rule kDate = {record::IsDate, "write a date as YYYY-MM-DD"};
constexpr Rule kLanguage = {record::IsLanguage,
                            "write a language as BCP 47 does: fr, zh-Hant, pt-BR"};
constexpr Rule kCountry = {record::IsCountry,
                           "write a country as its two upper case letters (ISO 3166-1)"};
constexpr Rule kTopic = {record::IsTopic,
                         "write a topic as SCHEME:CODE, such as igf-call-2022:cyber.child"};
constexpr Rule kTopicCode = {record::IsTopicCode,
                             "write a code in lower case, levels parted by dots"};
constexpr Rule kScheme = {record::IsScheme, "write a scheme in lower case, such as igf-call-2022"};
constexpr Rule kGroup = {IsGroup, "write a group as HUB/name, such as igf/wg-strategy"};
constexpr Rule kCycle = {record::IsCycle, "write a cycle as its year, such as 2027"};
constexpr Rule kUri = {IsUri,
                       "begin a link with https://, http:// or mailto:, at most 2,048 bytes"};
constexpr Rule kTitle = {IsTitle, "at most 1,000 bytes of UTF-8 without NUL"};
constexpr Rule kText = {IsLongText, "at most 524,288 bytes of UTF-8 without NUL"};
constexpr Rule kHash = {IsHash, "a digest has 32 bytes"};
constexpr Rule kPublicKey = {IsKey, "an Ed25519 public key has 32 bytes"};
constexpr Rule kSignature = {IsSignatureOrEmpty, "an Ed25519 signature has 64 bytes"};
constexpr Rule kBytes = {IsAny, ""};

// The grammar of a field by its name, `Message.field` before `field`. Whatever is not named here is
// text.
const Rule& RuleOf(const FieldDescriptor* field) {
  static const auto* by_name = new absl::flat_hash_map<std::string, const Rule*>{
      {"Organisation.organisation", &kOrganisation},
      {"Key.organisation", &kOrganisation},
      {"Key.public_key", &kPublicKey},
      {"Key.possession", &kSignature},
      {"TopicScheme.scheme", &kScheme},
      {"TopicCode.code", &kTopicCode},
      {"TopicCode.parent", &kTopicCode},
      {"Cycle.cycle_id", &kCycle},
      {"Phase.phase", &kTopicCode},
      {"ReportRequest.by", &kDate},
      {"ReportRequest.to", &kOrganisation},
      {"ObjectionAnswer.objection", &kHash},
      {"Redaction.target_digest", &kHash},
      {"Audience.group", &kGroup},
      {"Liaison.from", &kOrganisation},
      {"Liaison.to", &kOrganisation},
      {"Crosswalk.from_scheme", &kScheme},
      {"Crosswalk.to_scheme", &kScheme},
      {"CrosswalkEntry.from_code", &kTopicCode},
      {"CrosswalkEntry.to_code", &kTopicCode},
      {"DisposedInput.input", &kHash},
      {"InputReason.input", &kHash},
      {"Disposition.into", &kHash},
      {"Disposition.passed_to", &kOrganisation},
      {"CriterionScore.criterion", &kTopicCode},
      {"CarryOver.from_cycle", &kCycle},
      {"CarryOver.to_cycle", &kCycle},
      {"delivered_on", &kDate},
      {"due_on", &kDate},
      {"expected_on", &kDate},
      {"made_on", &kDate},
      {"members", &kOrganisation},
      {"valid_from", &kDate},
      {"valid_until", &kDate},
      {"codes", &kTopicCode},
      {"countries", &kCountry},
      {"doable_date", &kDate},
      {"ends_on", &kDate},
      {"language", &kLanguage},
      {"languages", &kLanguage},
      {"outcome_due_on", &kDate},
      {"outcome_owner", &kOrganisation},
      {"requested_date", &kDate},
      {"starts_on", &kDate},
      {"steward", &kOrganisation},
      {"title", &kTitle},
      {"name", &kTitle},
      {"topic", &kTopic},
      {"topics", &kTopic},
      {"uri", &kUri},
      {"working_languages", &kLanguage},
  };
  auto it = by_name->find(absl::StrCat(field->containing_type()->name(), ".", field->name()));
  if (it == by_name->end()) it = by_name->find(field->name());
  if (it != by_name->end()) return *it->second;
  return field->type() == FieldDescriptor::TYPE_BYTES ? kBytes : kText;
}

// Rules by descriptor, found once: this runs for every event.
const Rule& CachedRuleOf(const FieldDescriptor* field) {
  thread_local absl::flat_hash_map<const FieldDescriptor*, const Rule*> cache;
  const Rule*& rule = cache[field];
  if (rule == nullptr) rule = &RuleOf(field);
  return *rule;
}

std::string Path(absl::string_view parent, absl::string_view field) {
  return parent.empty() ? std::string(field) : absl::StrCat(parent, ".", field);
}

void CheckValue(const Message& message, const FieldDescriptor* field, int index,
                const std::string& path, Violations* violations) {
  const Reflection& reflection = *message.GetReflection();
  const bool repeated = index >= 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& value =
          repeated ? reflection.GetRepeatedStringReference(message, field, index, &scratch)
                   : reflection.GetStringReference(message, field, &scratch);
      const Rule& rule = CachedRuleOf(field);
      if (!rule.fits(value)) violations->Add(path, rule.description);
      break;
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = repeated ? reflection.GetRepeatedEnumValue(message, field, index)
                                  : reflection.GetEnumValue(message, field);
      if (field->enum_type()->FindValueByNumber(number) == nullptr) {
        violations->AddUnknownEnum(path, number);
      }
      break;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      CheckMessage(repeated ? reflection.GetRepeatedMessage(message, field, index)
                            : reflection.GetMessage(message, field),
                   path, violations);
      break;
    default:
      break;
  }
}

void CheckRange(absl::string_view starts_on, absl::string_view ends_on, absl::string_view field,
                Violations* violations) {
  if (starts_on.empty() || ends_on.empty() || starts_on <= ends_on) return;
  violations->Add(field, "ends before it starts");
}

void CheckRecordedFor(const pb::RecordedFor& recorded_for, Violations* violations) {
  if (recorded_for.has_organisation()) {
    if (!record::IsOrganisation(recorded_for.organisation())) {
      violations->Add("recorded_for.organisation", kOrganisation.description);
    }
  } else if (recorded_for.has_individual()) {
    if (!record::Uuid::Parse(recorded_for.individual().id()).ok()) {
      violations->Add("recorded_for.individual.id", "a fresh random UUID, lower case, and no name");
    }
    CheckMessage(recorded_for.individual(), "recorded_for.individual", violations);
  } else {
    violations->Add("recorded_for", "name an organisation or an individual, or leave it out");
  }
}

void CheckReferences(const pb::EventHeader& header, Violations* violations) {
  if (header.references_size() > record::kMaxReferences) {
    violations->Add("references", absl::StrCat("at most ", record::kMaxReferences));
    return;
  }
  for (int i = 0; i < header.references_size(); ++i) {
    const pb::Reference& reference = header.references(i);
    if (!IsHash(reference.digest())) {
      violations->Add(absl::StrCat("references[", i, "].digest"), kHash.description);
    }
    const std::string relation = absl::StrCat("references[", i, "].relation");
    if (!pb::Relation_IsValid(reference.relation())) {
      violations->AddUnknownEnum(relation, reference.relation());
    } else if (reference.relation() == pb::RELATION_UNSPECIFIED) {
      violations->Add(relation, "say why it is named, such as RELATION_REFERS_TO");
    }
  }
}

template <typename Names>
void CheckNames(const Names& names, absl::string_view field, const Rule& rule, int max_count,
                Violations* violations) {
  if (names.size() > max_count) {
    violations->Add(field, absl::StrCat("at most ", max_count));
    return;
  }
  std::set<absl::string_view> seen;
  for (int i = 0; i < names.size(); ++i) {
    const std::string path = absl::StrCat(field, "[", i, "]");
    if (!rule.fits(names[i])) violations->Add(path, rule.description);
    if (!seen.insert(names[i]).second) violations->Add(path, "named twice");
  }
}

void CheckAudience(const pb::EventHeader& header, absl::string_view hub, Violations* violations) {
  const std::string& audience = header.audience();
  if (!record::IsAudience(audience) || !absl::StartsWith(audience, absl::StrCat(hub, "/"))) {
    violations->Add(
        "audience",
        absl::StrCat("say who may read: ", hub, "/public, ", hub, "/partners, ", hub,
                     "/mag, or a named group with its version, ", hub, "/wg-strategy@3"));
    return;
  }
  const bool in_registry =
      header.type() == pb::EVENT_TYPE_ORGANISATION || header.type() == pb::EVENT_TYPE_KEY;
  if (in_registry && audience != absl::StrCat(hub, "/public")) {
    violations->Add("audience", absl::StrCat("the registry is wholly public: ", hub, "/public"));
  }
}

bool HasRelation(const pb::EventHeader& header, pb::Relation relation) {
  return absl::c_any_of(header.references(), [relation](const pb::Reference& reference) {
    return reference.relation() == relation;
  });
}

void CheckScheme(const pb::TopicScheme& scheme, absl::string_view field, Violations* violations) {
  if (scheme.scheme().empty()) violations->Add(Path(field, "scheme"), "missing");
  if (scheme.codes().empty()) violations->Add(Path(field, "codes"), "list at least one code");
  if (scheme.codes_size() > record::kMaxSchemeCodes) {
    violations->Add(Path(field, "codes"), absl::StrCat("at most ", record::kMaxSchemeCodes));
  }
  std::set<absl::string_view> codes;
  for (int i = 0; i < scheme.codes_size(); ++i) {
    if (!codes.insert(scheme.codes(i)).second) {
      violations->Add(absl::StrCat(Path(field, "codes"), "[", i, "]"), "listed twice");
    }
  }
  for (int i = 0; i < scheme.entries_size(); ++i) {
    if (codes.count(scheme.entries(i).code()) > 0) continue;
    violations->Add(absl::StrCat(Path(field, "entries"), "[", i, "].code"), "not among the codes");
  }
}

void CheckCycle(const pb::Cycle& cycle, absl::string_view field, Violations* violations) {
  if (cycle.cycle_id().empty()) violations->Add(Path(field, "cycle_id"), "missing");
  if (cycle.phases_size() > record::kMaxPhases) {
    violations->Add(Path(field, "phases"), absl::StrCat("at most ", record::kMaxPhases));
    return;
  }
  for (int i = 0; i < cycle.phases_size(); ++i) {
    const pb::Phase& phase = cycle.phases(i);
    const std::string path = absl::StrCat(Path(field, "phases"), "[", i, "]");
    if (phase.phase().empty()) violations->Add(Path(path, "phase"), "missing");
    if (phase.starts_on().empty()) violations->Add(Path(path, "starts_on"), "missing");
    if (phase.ends_on().empty()) violations->Add(Path(path, "ends_on"), "missing");
    CheckRange(phase.starts_on(), phase.ends_on(), Path(path, "ends_on"), violations);
  }
}

void CheckKey(const pb::Key& key, absl::string_view field, Violations* violations) {
  if (key.organisation().empty()) violations->Add(Path(field, "organisation"), "missing");
  if (key.action() == pb::KEY_ACTION_UNSPECIFIED) {
    violations->Add(Path(field, "action"), "KEY_ACTION_ADD or KEY_ACTION_REVOKE");
  }
  if (key.public_key().empty()) violations->Add(Path(field, "public_key"), "missing");
  if (key.action() == pb::KEY_ACTION_ADD && key.possession().empty()) {
    violations->Add(Path(field, "possession"), "sign the organisation's name with the new key");
  }
}

void CheckOrganisation(const pb::Organisation& body, absl::string_view field,
                       Violations* violations) {
  if (body.organisation().empty()) violations->Add(Path(field, "organisation"), "missing");
  if (!record::HasWords(body.name())) violations->Add(Path(field, "name"), "missing");
  if (body.kind() == pb::ORGANISATION_KIND_UNSPECIFIED) {
    violations->Add(Path(field, "kind"), "missing");
  }
}

void CheckSignal(const pb::EventHeader& header, const pb::TopicSignal& body,
                 absl::string_view field, Violations* violations) {
  if (!record::HasWords(body.title())) violations->Add(Path(field, "title"), "give it a title");
  if (header.topics().empty()) {
    violations->Add("topics", "name at least one topic; `unspecified` where none fits");
  }
}

// Whom it asks is told so as an addressee, or would never hear of it.
void CheckReport(const pb::EventHeader& header, const pb::LocalReport& body,
                 absl::string_view field, Violations* violations) {
  if (!record::HasWords(body.title())) violations->Add(Path(field, "title"), "give it a title");
  CheckRange(body.starts_on(), body.ends_on(), Path(field, "ends_on"), violations);
  for (int i = 0; i < body.requests_size(); ++i) {
    const std::string& to = body.requests(i).to();
    if (to.empty() || absl::c_linear_search(header.addressees(), to)) continue;
    violations->Add(absl::StrCat(Path(field, "requests"), "[", i, "].to"),
                    absl::StrCat("is no addressee: add ", to, " to `addressees`"));
  }
}

void CheckResponse(const pb::EventHeader& header, const pb::Response& body, absl::string_view field,
                   Violations* violations) {
  if (body.kind() == pb::RESPONSE_KIND_UNSPECIFIED) {
    violations->Add(Path(field, "kind"), "accept, counter, decline or answer");
  }
  if (body.kind() == pb::RESPONSE_KIND_COUNTER && body.doable_date().empty()) {
    violations->Add(Path(field, "doable_date"), "a counter-offer names a date that can be met");
  }
  // Whoever accepts keeps to the date that stands; another date is another offer.
  if (body.kind() != pb::RESPONSE_KIND_COUNTER && !body.doable_date().empty()) {
    violations->Add(Path(field, "doable_date"),
                    "only a counter-offer names a date: leave it out, or counter with it");
  }
  if (body.kind() == pb::RESPONSE_KIND_DECLINE && !record::HasWords(body.reason())) {
    violations->Add(Path(field, "reason"), "say why it is declined");
  }
  // It closes the request for good.
  if (body.kind() == pb::RESPONSE_KIND_ANSWER && !record::HasWords(body.title()) &&
      !record::HasWords(body.text()) && !record::HasWords(body.reason())) {
    violations->Add(Path(field, "text"), "give the answer");
  }
  if (!HasRelation(header, pb::RELATION_RESPONDS_TO)) {
    violations->Add("references", "name what is answered, with RELATION_RESPONDS_TO");
  }
}

void CheckDecision(const pb::Decision& body, absl::string_view field, Violations* violations) {
  if (!record::HasWords(body.title())) violations->Add(Path(field, "title"), "give it a title");
  if (body.state() == pb::DECISION_STATE_UNSPECIFIED) {
    violations->Add(Path(field, "state"), "missing");
  }
  CheckRange(body.time_frame().starts_on(), body.time_frame().ends_on(),
             Path(field, "time_frame.ends_on"), violations);
}

void CheckRedaction(const pb::Redaction& body, absl::string_view field, Violations* violations) {
  if (body.target_digest().empty()) violations->Add(Path(field, "target_digest"), "missing");
  if (body.section() == pb::SECTION_KIND_UNSPECIFIED) {
    violations->Add(Path(field, "section"), "missing");
  }
  if (body.reason() == pb::REDACTION_REASON_UNSPECIFIED) {
    violations->Add(Path(field, "reason"), "missing");
  }
}

bool StandsInDirectory(pb::EventType type) {
  return type == pb::EVENT_TYPE_ORGANISATION || type == pb::EVENT_TYPE_KEY ||
         type == pb::EVENT_TYPE_TOPIC_SCHEME || type == pb::EVENT_TYPE_CYCLE ||
         type == pb::EVENT_TYPE_AUDIENCE || type == pb::EVENT_TYPE_CROSSWALK;
}

}  // namespace

void Violations::Add(absl::string_view field, absl::string_view description) {
  only_enums_ = false;
  if (violations_.size() >= kMaxViolations) return;
  violations_.push_back({Path(path_, field), std::string(description)});
}

void Violations::AddUnknownEnum(absl::string_view field, int number) {
  if (violations_.size() >= kMaxViolations) return;
  violations_.push_back(
      {Path(path_, field), absl::StrCat(number, " is not a value that this hub knows")});
}

bool Violations::full() const { return violations_.size() >= kMaxViolations; }

absl::Status Violations::ToStatus() const {
  if (violations_.empty()) return absl::OkStatus();
  if (!only_enums_) return record::FieldsInvalid(violations_);
  record::Error error(record::Reason::kEnumUnknown,
                      absl::StrCat(violations_[0].field, ": ", violations_[0].description));
  for (const record::FieldViolation& violation : violations_) {
    // NOLINTNEXTLINE(bugprone-use-after-move): it returns the error it is called on
    std::move(error).Field(violation.field, violation.description);
  }
  return error;
}

void CheckHeader(const pb::EventHeader& header, absl::string_view hub, Violations* violations) {
  if (!record::Uuid::Parse(header.event_id()).ok()) {
    violations->Add("event_id", "a UUID of your own making, 36 characters, lower case");
  }
  if (!record::IsOrganisation(header.author())) {
    violations->Add("author", kOrganisation.description);
  } else if (header.author() == record::HubOrganisation(hub)) {
    violations->Add("author", "is the hub's own name, under which only it speaks");
  }
  CheckAudience(header, hub, violations);
  CheckNames(header.topics(), "topics", kTopic, record::kMaxTopics, violations);
  CheckNames(header.addressees(), "addressees", kOrganisation, record::kMaxAddressees, violations);
  CheckReferences(header, violations);
  if (!header.cycle().empty() && !record::IsCycle(header.cycle())) {
    violations->Add("cycle", kCycle.description);
  }
  if (!header.language().empty() && !record::IsLanguage(header.language())) {
    violations->Add("language", kLanguage.description);
  }
  if (header.has_recorded_for()) CheckRecordedFor(header.recorded_for(), violations);
  if (!header.recorded_by().empty() && !record::IsOrganisation(header.recorded_by())) {
    violations->Add("recorded_by", kOrganisation.description);
  }
  if (!pb::Channel_IsValid(header.channel())) {
    violations->AddUnknownEnum("channel", header.channel());
  }
  const google::protobuf::Timestamp& time = header.authored_time();
  // The range of google.protobuf.Timestamp: years 1 to 9999.
  if (time.seconds() < -62135596800 || time.seconds() > 253402300799 || time.nanos() < 0 ||
      time.nanos() > 999999999) {
    violations->Add("authored_time", "outside the years 1 to 9999");
  }
}

void CheckMessage(const Message& message, absl::string_view field, Violations* violations) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> present;
  reflection.ListFields(message, &present);
  for (const FieldDescriptor* descriptor : present) {
    if (violations->full()) return;
    const std::string path = Path(field, descriptor->name());
    if (!descriptor->is_repeated()) {
      CheckValue(message, descriptor, -1, path, violations);
      continue;
    }
    const int count = reflection.FieldSize(message, descriptor);
    if (count > record::kMaxListItems) {
      violations->Add(path, absl::StrCat("at most ", record::kMaxListItems));
      continue;
    }
    for (int i = 0; i < count; ++i) {
      CheckValue(message, descriptor, i, absl::StrCat(path, "[", i, "]"), violations);
    }
  }
}

void CheckTogether(const pb::EventHeader& header, const Message& body, absl::string_view field,
                   Violations* violations) {
  // What everybody's events refer to is for everybody, and so is the registry.
  if (StandsInDirectory(header.type()) && !absl::EndsWith(header.audience(), "/public")) {
    violations->Add("audience", "what stands in the directory is public");
  }
  switch (header.type()) {
    case pb::EVENT_TYPE_ORGANISATION:
      return CheckOrganisation(static_cast<const pb::Organisation&>(body), field, violations);
    case pb::EVENT_TYPE_KEY:
      return CheckKey(static_cast<const pb::Key&>(body), field, violations);
    case pb::EVENT_TYPE_TOPIC_SCHEME:
      return CheckScheme(static_cast<const pb::TopicScheme&>(body), field, violations);
    case pb::EVENT_TYPE_CYCLE:
      return CheckCycle(static_cast<const pb::Cycle&>(body), field, violations);
    case pb::EVENT_TYPE_TOPIC_SIGNAL:
      return CheckSignal(header, static_cast<const pb::TopicSignal&>(body), field, violations);
    case pb::EVENT_TYPE_LOCAL_REPORT:
      return CheckReport(header, static_cast<const pb::LocalReport&>(body), field, violations);
    case pb::EVENT_TYPE_RESPONSE:
      return CheckResponse(header, static_cast<const pb::Response&>(body), field, violations);
    case pb::EVENT_TYPE_DECISION:
      return CheckDecision(static_cast<const pb::Decision&>(body), field, violations);
    case pb::EVENT_TYPE_REDACTION:
      return CheckRedaction(static_cast<const pb::Redaction&>(body), field, violations);
    case pb::EVENT_TYPE_AUDIENCE:
      return CheckAudienceBody(header, static_cast<const pb::Audience&>(body), field, violations);
    case pb::EVENT_TYPE_LIAISON:
      return CheckLiaison(static_cast<const pb::Liaison&>(body), field, violations);
    case pb::EVENT_TYPE_CROSSWALK:
      return CheckCrosswalk(static_cast<const pb::Crosswalk&>(body), field, violations);
    case pb::EVENT_TYPE_POSITION:
      return CheckPosition(header, static_cast<const pb::StatedPosition&>(body), field, violations);
    case pb::EVENT_TYPE_DISPOSITION:
      return CheckDisposition(static_cast<const pb::Disposition&>(body), field, violations);
    case pb::EVENT_TYPE_EVALUATION:
      return CheckEvaluation(header, static_cast<const pb::Evaluation&>(body), field, violations);
    case pb::EVENT_TYPE_ATTENDANCE:
      return CheckAttendance(static_cast<const pb::Attendance&>(body), field, violations);
    case pb::EVENT_TYPE_PROGRESS:
      return CheckProgress(header, static_cast<const pb::Progress&>(body), field, violations);
    case pb::EVENT_TYPE_OUTCOME:
      return CheckOutcome(header, static_cast<const pb::Outcome&>(body), field, violations);
    case pb::EVENT_TYPE_SUPPORT_REQUEST:
      return CheckSupportRequest(header, static_cast<const pb::SupportRequest&>(body), field,
                                 violations);
    case pb::EVENT_TYPE_CARRY_OVER:
      return CheckCarryOver(header, static_cast<const pb::CarryOver&>(body), field, violations);
    case pb::EVENT_TYPE_AMENDMENT:
      return CheckAmendment(header, static_cast<const pb::Amendment&>(body), field, violations);
    case pb::EVENT_TYPE_RETRACTION:
      return CheckRetraction(header, static_cast<const pb::Retraction&>(body), field, violations);
    case pb::EVENT_TYPE_TRANSLATION:
      return CheckTranslation(header, static_cast<const pb::Translation&>(body), field, violations);
    case pb::EVENT_TYPE_GROUPING:
      return CheckGrouping(header, static_cast<const pb::Grouping&>(body), field, violations);
    default:
      return;
  }
}

}  // namespace liaison::admission
