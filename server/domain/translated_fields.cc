#include "server/domain/translated_fields.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "proto/record/errors.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"

namespace liaison::domain {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// One step of a path, `reasons[2]`.
struct Step {
  const FieldDescriptor* field = nullptr;  // null: there is no such step
  int index = -1;                          // of a repeated field
};

Step StepOf(const Message& message, absl::string_view part) {
  Step step;
  const size_t bracket = part.find('[');
  if (bracket != absl::string_view::npos) {
    absl::string_view index = part.substr(bracket + 1);
    if (!absl::ConsumeSuffix(&index, "]") || !absl::SimpleAtoi(index, &step.index)) return {};
    part = part.substr(0, bracket);
  }
  step.field = message.GetDescriptor()->FindFieldByName(std::string(part));
  if (step.field == nullptr || step.field->is_repeated() != (step.index >= 0)) return {};
  const bool there = !step.field->is_repeated() ||
                     step.index < message.GetReflection()->FieldSize(message, step.field);
  return there ? step : Step();
}

// The content; null where it has been erased or did not come.
std::unique_ptr<Message> BodyOf(pb::EventType type, const std::vector<pb::Section>& sections) {
  for (const pb::Section& section : sections) {
    if (section.kind() != pb::SECTION_KIND_CONTENT ||
        section.status() == pb::SECTION_STATUS_ERASED ||
        section.status() == pb::SECTION_STATUS_WITHHELD) {
      continue;
    }
    std::unique_ptr<Message> body = record::NewBody(type);
    if (body != nullptr && body->ParseFromString(section.data())) return body;
  }
  return nullptr;
}

}  // namespace

bool LeadsToWords(const Message& body, absl::string_view path) {
  const Message* message = &body;
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '.');
  for (size_t i = 0; i < parts.size(); ++i) {
    const Step step = StepOf(*message, parts[i]);
    if (step.field == nullptr) return false;
    const auto& reflection = *message->GetReflection();
    const bool repeated = step.field->is_repeated();
    if (step.field->type() == FieldDescriptor::TYPE_STRING) {
      return i + 1 == parts.size() &&
             record::HasWords(repeated
                                  ? reflection.GetRepeatedString(*message, step.field, step.index)
                                  : reflection.GetString(*message, step.field));
    }
    if (step.field->type() != FieldDescriptor::TYPE_MESSAGE) return false;
    message = repeated ? &reflection.GetRepeatedMessage(*message, step.field, step.index)
                       : &reflection.GetMessage(*message, step.field);
  }
  return false;
}

absl::Status CheckTranslatedFields(const Trial& trial, const Target& original) {
  const std::unique_ptr<Message> own = BodyOf(pb::EVENT_TYPE_TRANSLATION, trial.statement.sections);
  const auto* translation = dynamic_cast<const pb::Translation*>(own.get());
  if (translation == nullptr || translation->fields().empty()) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const std::optional<KnownEvent> known,
                           trial.lookup.ByDigest(original.digest));
  const pb::EventType type = original.header().type();
  const std::unique_ptr<Message> body = known ? BodyOf(type, known->sections) : nullptr;
  if (body == nullptr) return absl::OkStatus();
  const auto* info = record::FindEventType(type);
  const std::string prefix =
      info == nullptr ? "" : absl::StrCat(info->draft_field, info->draft_field.empty() ? "" : ".");
  std::vector<record::FieldViolation> unknown;
  for (int i = 0; i < translation->fields_size(); ++i) {
    if (LeadsToWords(*body, absl::StripPrefix(translation->fields(i).field(), prefix))) continue;
    unknown.push_back({absl::StrCat("translation.fields[", i, "].field"),
                       "the original has no words there; name a path in its body, as "
                       "`disposition.reasons[2].reason`"});
  }
  if (unknown.empty()) return absl::OkStatus();
  return Refuse(record::Reason::kFieldInvalid, "it translates what the original does not say",
                unknown);
}

}  // namespace liaison::domain
