#include "proto/record/event_types.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/names.h"
#include "proto/record/openssl.h"

namespace liaison::record {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

// APPEND ONLY: numbers and names stand in headers, filters and scripts.
constexpr EventTypeInfo kEventTypes[] = {
    {pb::EVENT_TYPE_RULES, "rules", "", "rules", false},
    {pb::EVENT_TYPE_ORGANISATION, "organisation", "organisation", "organisation", true},
    {pb::EVENT_TYPE_KEY, "key", "key", "key", true},
    {pb::EVENT_TYPE_TOPIC_SCHEME, "topic-scheme", "topic_scheme", "topic_scheme", false},
    {pb::EVENT_TYPE_CYCLE, "cycle", "cycle_body", "cycle_facts", false},
    {pb::EVENT_TYPE_TOPIC_SIGNAL, "topic-signal", "topic_signal", "topic_signal", false},
    {pb::EVENT_TYPE_LOCAL_REPORT, "local-report", "local_report", "local_report", false},
    {pb::EVENT_TYPE_RESPONSE, "response", "response", "response", false},
    {pb::EVENT_TYPE_DECISION, "decision", "decision", "decision", false},
    {pb::EVENT_TYPE_REDACTION, "redaction", "redaction", "redaction", false},
    {pb::EVENT_TYPE_AUDIENCE, "audience", "audience_body", "audience_facts", false},
    {pb::EVENT_TYPE_LIAISON, "liaison", "liaison", "liaison", false},
    {pb::EVENT_TYPE_CROSSWALK, "crosswalk", "crosswalk", "crosswalk", false},
    {pb::EVENT_TYPE_POSITION, "position", "position", "position", false},
    {pb::EVENT_TYPE_DISPOSITION, "disposition", "disposition", "disposition", false},
    {pb::EVENT_TYPE_EVALUATION, "evaluation", "evaluation", "evaluation", false},
    {pb::EVENT_TYPE_ATTENDANCE, "attendance", "attendance", "attendance", false},
    {pb::EVENT_TYPE_PROGRESS, "progress", "progress", "progress", false},
    {pb::EVENT_TYPE_OUTCOME, "outcome", "outcome", "outcome", false},
    {pb::EVENT_TYPE_SUPPORT_REQUEST, "support-request", "support_request", "support_request",
     false},
    {pb::EVENT_TYPE_CARRY_OVER, "carry-over", "carry_over", "carry_over", false},
    {pb::EVENT_TYPE_AMENDMENT, "amendment", "amendment", "amendment", false},
    {pb::EVENT_TYPE_RETRACTION, "retraction", "retraction", "retraction", false},
    {pb::EVENT_TYPE_TRANSLATION, "translation", "translation", "translation", false},
    {pb::EVENT_TYPE_GROUPING, "grouping", "grouping", "grouping", false},
};

// A body field and its twin among the facts.
struct Twins {
  const FieldDescriptor* body;
  const FieldDescriptor* facts;
};

// A part of the body, whose presence the fact `stated` says by the part's number.
struct Part {
  const FieldDescriptor* body;
  int number;
};

// What reflection says about a line of the table, looked up once for the process.
struct Binding {
  const EventTypeInfo* info;
  const Message* body;                 // the default instance
  const FieldDescriptor* draft_field;  // nullptr where nobody drafts it
  const FieldDescriptor* facts_field;
  std::vector<Twins> twins;
  // Derived facts; nullptr where the type has none.
  const FieldDescriptor* stated = nullptr;
  std::vector<Part> parts;  // ascending
  const FieldDescriptor* answered = nullptr;
  const FieldDescriptor* asked = nullptr;  // came later still
};

// The body message of a type that no draft has.
const Message* UndraftedBody(pb::EventType type) {
  Require(type == pb::EVENT_TYPE_RULES, "an event type has no body message");
  return &pb::Rules::default_instance();
}

// True iff the fact is one that is derived, and not a copy.
bool BindDerived(const FieldDescriptor* fact, Binding* binding) {
  if (fact->name() == "answered") {
    Require(binding->info->type == pb::EVENT_TYPE_DECISION, "only a decision answers objections");
    binding->answered = fact;
    return true;
  }
  if (fact->name() == "asked") {
    Require(binding->info->type == pb::EVENT_TYPE_LOCAL_REPORT, "only a report has requests");
    binding->asked = fact;
    return true;
  }
  if (fact->name() != "stated") return false;
  binding->stated = fact;
  for (int i = 0; i < fact->enum_type()->value_count(); ++i) {
    const int number = fact->enum_type()->value(i)->number();
    if (number == 0) continue;
    const FieldDescriptor* part = binding->body->GetDescriptor()->FindFieldByNumber(number);
    Require(part != nullptr &&
                (part->is_repeated() || part->cpp_type() == FieldDescriptor::CPPTYPE_STRING),
            "a part that the body does not have, or one without words");
    binding->parts.push_back({part, number});
  }
  return true;
}

Binding Bind(const EventTypeInfo& info) {
  Binding binding;
  binding.info = &info;
  binding.draft_field = pb::Draft::descriptor()->FindFieldByName(std::string(info.draft_field));
  binding.facts_field =
      pb::EventHeader::descriptor()->FindFieldByName(std::string(info.facts_field));
  Require(binding.facts_field != nullptr, "an event type without facts");
  if (binding.draft_field == nullptr) {
    binding.body = UndraftedBody(info.type);
  } else {
    binding.body = google::protobuf::MessageFactory::generated_factory()->GetPrototype(
        binding.draft_field->message_type());
  }
  const Descriptor* facts = binding.facts_field->message_type();
  for (int i = 0; i < facts->field_count(); ++i) {
    if (BindDerived(facts->field(i), &binding)) continue;
    const FieldDescriptor* twin =
        binding.body->GetDescriptor()->FindFieldByNumber(facts->field(i)->number());
    Require(twin != nullptr && twin->name() == facts->field(i)->name() &&
                twin->type() == facts->field(i)->type() &&
                twin->label() == facts->field(i)->label() &&
                twin->message_type() == facts->field(i)->message_type() &&
                twin->enum_type() == facts->field(i)->enum_type(),
            "a fact without its twin in the body");
    binding.twins.push_back({twin, facts->field(i)});
  }
  return binding;
}

// Never destroyed: events may still be built while the process ends.
const std::vector<Binding>& Bindings() {
  static const auto* const bindings = [] {
    auto* all = new std::vector<Binding>;
    for (const EventTypeInfo& info : kEventTypes) all->push_back(Bind(info));
    return all;
  }();
  return *bindings;
}

const Binding* FindBinding(pb::EventType type) {
  for (const Binding& binding : Bindings()) {
    if (binding.info->type == type) return &binding;
  }
  return nullptr;
}

const Binding* FindBinding(const pb::Draft& draft) {
  const int number = draft.body_case();
  for (const Binding& binding : Bindings()) {
    if (binding.draft_field != nullptr && binding.draft_field->number() == number) return &binding;
  }
  return nullptr;
}

void CopyRepeated(const Message& from, const Twins& twins, Message* to) {
  const Reflection* source = from.GetReflection();
  const Reflection* target = to->GetReflection();
  const int size = source->FieldSize(from, twins.body);
  for (int i = 0; i < size; ++i) {
    switch (twins.facts->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        target->AddString(to, twins.facts,
                          source->GetRepeatedStringReference(from, twins.body, i, &scratch));
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        target->AddMessage(to, twins.facts)
            ->CopyFrom(source->GetRepeatedMessage(from, twins.body, i));
        break;
      default:
        Require(false, "a repeated fact of a type that nobody copies yet");
    }
  }
}

// REQUIRES: the body's field is set, so that an absent message stays absent.
void CopySingular(const Message& from, const Twins& twins, Message* to) {
  const Reflection* source = from.GetReflection();
  const Reflection* target = to->GetReflection();
  switch (twins.facts->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      target->SetString(to, twins.facts, source->GetStringReference(from, twins.body, &scratch));
      break;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      target->MutableMessage(to, twins.facts)->CopyFrom(source->GetMessage(from, twins.body));
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      target->SetEnumValue(to, twins.facts, source->GetEnumValue(from, twins.body));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      target->SetUInt32(to, twins.facts, source->GetUInt32(from, twins.body));
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      target->SetBool(to, twins.facts, source->GetBool(from, twins.body));
      break;
    default:
      Require(false, "a fact of a type that nobody copies yet");
  }
}

// REQUIRES: `facts` has no derived ones yet.
void Derive(const Binding& binding, const Message& body, Message* facts) {
  if (binding.stated != nullptr) {
    const Reflection* reflection = body.GetReflection();
    for (const Part& part : binding.parts) {
      std::string scratch;
      const bool there = part.body->is_repeated()
                             ? reflection->FieldSize(body, part.body) > 0
                             : HasWords(reflection->GetStringReference(body, part.body, &scratch));
      if (there) facts->GetReflection()->AddEnumValue(facts, binding.stated, part.number);
    }
  }
  if (binding.answered != nullptr) {
    for (const pb::ObjectionAnswer& answer : static_cast<const pb::Decision&>(body).answers()) {
      if (!HasWords(answer.answer())) continue;
      facts->GetReflection()->AddString(facts, binding.answered, answer.objection());
    }
  }
}

void DeriveAsked(const Binding& binding, const Message& body, Message* facts) {
  if (binding.asked == nullptr) return;
  for (const pb::ReportRequest& request : static_cast<const pb::LocalReport&>(body).requests()) {
    auto* asked = static_cast<pb::LocalReportFacts*>(facts)->add_asked();
    asked->set_to(request.to());
    asked->set_by(request.by());
  }
}

bool SaysAsked(const Binding& binding, const Message& facts) {
  return binding.asked != nullptr && facts.GetReflection()->FieldSize(facts, binding.asked) > 0;
}

// True iff the facts say anything of what was derived from the start.
bool SaysDerived(const Binding& binding, const Message& facts) {
  const Reflection* reflection = facts.GetReflection();
  return (binding.stated != nullptr && reflection->FieldSize(facts, binding.stated) > 0) ||
         (binding.answered != nullptr && reflection->FieldSize(facts, binding.answered) > 0);
}

// REQUIRES: `facts` is empty.
void CopyFacts(const Binding& binding, const Message& body, Message* facts) {
  Require(body.GetDescriptor() == binding.body->GetDescriptor(), "a body of another event type");
  for (const Twins& twins : binding.twins) {
    if (twins.body->is_repeated()) {
      CopyRepeated(body, twins, facts);
    } else if (body.GetReflection()->HasField(body, twins.body)) {
      CopySingular(body, twins, facts);
    }
  }
}

}  // namespace

absl::Span<const EventTypeInfo> EventTypes() { return kEventTypes; }

const EventTypeInfo* FindEventType(pb::EventType type) {
  const Binding* binding = FindBinding(type);
  return binding == nullptr ? nullptr : binding->info;
}

const EventTypeInfo* FindEventTypeByName(absl::string_view name) {
  for (const EventTypeInfo& info : kEventTypes) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

const Message* DraftBody(const pb::Draft& draft) {
  const Binding* binding = FindBinding(draft);
  if (binding == nullptr) return nullptr;
  return &draft.GetReflection()->GetMessage(draft, binding->draft_field);
}

pb::EventType DraftType(const pb::Draft& draft) {
  const Binding* binding = FindBinding(draft);
  return binding == nullptr ? pb::EVENT_TYPE_UNSPECIFIED : binding->info->type;
}

std::unique_ptr<Message> NewBody(pb::EventType type) {
  const Binding* binding = FindBinding(type);
  if (binding == nullptr) return nullptr;
  return std::unique_ptr<Message>(binding->body->New());
}

void SetDraftBody(pb::EventType type, const Message& body, pb::Draft* draft) {
  const Binding* binding = FindBinding(type);
  Require(binding != nullptr && binding->draft_field != nullptr, "a type that cannot be drafted");
  Require(body.GetDescriptor() == binding->body->GetDescriptor(), "a body of another event type");
  draft->GetReflection()->MutableMessage(draft, binding->draft_field)->CopyFrom(body);
}

void SetFacts(pb::EventType type, const Message& body, pb::EventHeader* header) {
  const Binding* binding = FindBinding(type);
  Require(binding != nullptr, "an unknown event type has no facts");
  header->clear_facts();
  Message* facts = header->GetReflection()->MutableMessage(header, binding->facts_field);
  CopyFacts(*binding, body, facts);
  Derive(*binding, body, facts);
  DeriveAsked(*binding, body, facts);
}

void ClearLaterFacts(const pb::EventHeader& stored, pb::EventHeader* header) {
  if (!HasDerivedFacts(stored)) return ClearDerivedFacts(header);
  if (stored.has_local_report() && stored.local_report().asked().empty()) {
    header->mutable_local_report()->clear_asked();
  }
}

void ClearDerivedFacts(pb::EventHeader* header) {
  const Binding* binding = FindBinding(header->type());
  if (binding == nullptr) return;
  const Reflection* reflection = header->GetReflection();
  if (!reflection->HasField(*header, binding->facts_field)) return;
  Message* facts = reflection->MutableMessage(header, binding->facts_field);
  if (binding->stated != nullptr) facts->GetReflection()->ClearField(facts, binding->stated);
  if (binding->answered != nullptr) facts->GetReflection()->ClearField(facts, binding->answered);
  if (binding->asked != nullptr) facts->GetReflection()->ClearField(facts, binding->asked);
}

bool HasDerivedFacts(const pb::EventHeader& header) {
  const Binding* binding = FindBinding(header.type());
  if (binding == nullptr) return false;
  const Reflection* reflection = header.GetReflection();
  return reflection->HasField(header, binding->facts_field) &&
         SaysDerived(*binding, reflection->GetMessage(header, binding->facts_field));
}

std::vector<absl::string_view> DigestsInFacts(const pb::EventHeader& header) {
  std::vector<absl::string_view> digests;
  if (header.has_disposition()) {
    for (const pb::DisposedInput& input : header.disposition().inputs()) {
      digests.emplace_back(input.input());
    }
    if (!header.disposition().into().empty()) digests.emplace_back(header.disposition().into());
  }
  for (const std::string& objection : header.decision().answered()) digests.emplace_back(objection);
  return digests;
}

bool FactsAgree(pb::EventType type, const Message& body, const pb::EventHeader& header) {
  const Binding* binding = FindBinding(type);
  if (binding == nullptr) return false;
  const Reflection* reflection = header.GetReflection();
  if (!reflection->HasField(header, binding->facts_field)) return false;
  const Message& stored = reflection->GetMessage(header, binding->facts_field);
  const std::unique_ptr<Message> derived(stored.New());
  CopyFacts(*binding, body, derived.get());
  // Who signs without them says that nothing of it is there, as everybody did before there were
  // any.
  if (SaysDerived(*binding, stored)) Derive(*binding, body, derived.get());
  if (SaysAsked(*binding, stored)) DeriveAsked(*binding, body, derived.get());
  if (stored.SerializeAsString() == derived->SerializeAsString()) return true;
  // What a newer version added to the facts cannot be judged here and must not refuse its events.
  const std::unique_ptr<Message> known(stored.New());
  known->CopyFrom(stored);
  known->DiscardUnknownFields();
  derived->DiscardUnknownFields();
  return known->SerializeAsString() == derived->SerializeAsString();
}

std::string Term(TermKind kind, absl::string_view value) {
  std::string term;
  term.reserve(1 + value.size());
  term.push_back(static_cast<char>(kind));
  term.append(value.data(), value.size());
  return term;
}

std::vector<std::string> TermsOf(const pb::EventHeader& header) {
  std::vector<std::string> terms;
  const auto add = [&terms](TermKind kind, absl::string_view value) {
    if (!value.empty()) terms.push_back(Term(kind, value));
  };
  if (const EventTypeInfo* info = FindEventType(header.type()); info != nullptr) {
    add(TermKind::kType, info->name);
  }
  for (const std::string& topic : header.topics()) {
    for (const std::string& name : TopicAndAncestors(topic)) add(TermKind::kTopic, name);
  }
  add(TermKind::kAuthor, header.author());
  add(TermKind::kAudience, header.audience());
  add(TermKind::kCycle, header.cycle());
  add(TermKind::kLanguage, header.language());
  for (const pb::Reference& reference : header.references()) {
    add(TermKind::kReference, reference.digest());
  }
  for (absl::string_view digest : DigestsInFacts(header)) add(TermKind::kReference, digest);
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

}  // namespace liaison::record
