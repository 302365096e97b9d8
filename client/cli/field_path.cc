#include "client/cli/field_path.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/suggest.h"
#include "proto/record/event_types.h"
#include "proto/record/limits.h"
#include "proto/record/names.h"

namespace liaison::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Steps = std::vector<const FieldDescriptor*>;

constexpr int kMaxSteps = 5;

bool IsTimestamp(const FieldDescriptor& field) {
  return field.message_type() != nullptr &&
         field.message_type()->full_name() == "google.protobuf.Timestamp";
}

bool IsValue(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || IsTimestamp(field);
}

std::vector<std::string> ShortNames(const EnumDescriptor& type) {
  std::vector<std::string> names;
  names.reserve(type.value_count());
  for (int i = 0; i < type.value_count(); ++i) names.push_back(EnumShortName(*type.value(i)));
  return names;
}

const EnumValueDescriptor* FindShortName(const EnumDescriptor& type, absl::string_view name) {
  for (int i = 0; i < type.value_count(); ++i) {
    if (EnumShortName(*type.value(i)) == name) return type.value(i);
  }
  return nullptr;
}

Steps Walk(const Descriptor* message, absl::string_view path) {
  Steps steps;
  for (absl::string_view name : absl::StrSplit(path, '.')) {
    const FieldDescriptor* field =
        message == nullptr ? nullptr : message->FindFieldByName(std::string(name));
    if (field == nullptr) return {};
    steps.push_back(field);
    message = IsValue(*field) ? nullptr : field->message_type();
  }
  return IsValue(*steps.back()) ? steps : Steps{};
}

const FieldDescriptor* BodyField(v1::EventType type) {
  const record::EventTypeInfo* info = record::FindEventType(type);
  if (info == nullptr || info->draft_field.empty()) return nullptr;
  return v1::Draft::descriptor()->FindFieldByName(std::string(info->draft_field));
}

void CollectNames(const Descriptor& message, const std::string& prefix, int depth,
                  std::vector<std::string>* names) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string name = absl::StrCat(prefix, field.name());
    if (field.real_containing_oneof() != nullptr && field.containing_oneof()->name() == "body") {
      continue;
    }
    if (IsValue(field)) {
      names->push_back(name);
    } else if (depth < kMaxSteps) {
      CollectNames(*field.message_type(), absl::StrCat(name, "."), depth + 1, names);
    }
  }
}

std::vector<std::string> AllNames(const FieldDescriptor& body) {
  std::vector<std::string> names;
  CollectNames(*body.message_type(), "", 1, &names);
  CollectNames(*v1::Draft::descriptor(), "", 1, &names);
  return names;
}

// Set by the import itself, or not text.
bool IsForTable(const Steps& steps) {
  static const auto* const reserved =
      new std::set<std::string>{"event_id", "references", "attachments", "external_ids"};
  return std::none_of(steps.begin(), steps.end(), [](const FieldDescriptor* step) {
    return reserved->count(step->name()) > 0 || step->type() == FieldDescriptor::TYPE_BYTES;
  });
}

absl::Status Expected(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("expected ", what));
}

// By the names that the contract gives the grammars.
absl::Status CheckText(const FieldDescriptor& field, absl::string_view value) {
  const std::string& name = field.name();
  const auto is = [&](std::initializer_list<absl::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (!record::IsText(value)) return Expected("text in UTF-8 without NUL");
  if (is({"author", "recorded_by", "addressees", "organisation"}) &&
      field.containing_type()->name() != "Contact" && !record::IsOrganisation(value)) {
    return Expected("an organisation such as org/eurodig");
  }
  if (is({"audience"}) && !record::IsAudience(value))
    return Expected("an audience such as igf/public");
  if (is({"cycle"}) && !record::IsCycle(value)) return Expected("a cycle such as 2027");
  if (is({"topics", "topic"}) && !record::IsTopic(value)) {
    return Expected("a topic such as igf-call-2024/25:cyber");
  }
  if (is({"language", "working_languages"}) && !record::IsLanguage(value)) {
    return Expected("a language such as en, fr or zh-Hant");
  }
  const bool date = absl::EndsWith(name, "_date") || absl::EndsWith(name, "_on") || name == "by";
  if (date && !record::IsDate(value)) {
    return Expected("a date YYYY-MM-DD (a `date` format in the map reads others)");
  }
  const size_t limit = name == "title" ? record::kMaxTitleSizeBytes
                       : name == "uri" ? record::kMaxUriSizeBytes
                                       : record::kMaxTextSizeBytes;
  if (value.size() > limit) return Expected(absl::StrCat("at most ", limit, " bytes"));
  return absl::OkStatus();
}

// Sets the value in `message`, or appends it where the field itself is a list.
void SetValue(const FieldDescriptor* field, const std::string& value, Message* message) {
  const Reflection* reflection = message->GetReflection();
  const bool list = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      list ? reflection->AddString(message, field, value)
           : reflection->SetString(message, field, value);
      return;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* found = FindShortName(*field->enum_type(), value);
      list ? reflection->AddEnum(message, field, found)
           : reflection->SetEnum(message, field, found);
      return;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection->SetBool(message, field, value == "true");
      return;
    case FieldDescriptor::CPPTYPE_UINT32: {
      uint32_t number = 0;
      if (absl::SimpleAtoi(value, &number)) reflection->SetUInt32(message, field, number);
      return;
    }
    default:
      google::protobuf::util::TimeUtil::FromString(
          value,
          static_cast<google::protobuf::Timestamp*>(reflection->MutableMessage(message, field)));
  }
}

// The value of a field that is no list; empty where it is not set.
std::string GetValue(const FieldDescriptor* field, const Message& message) {
  const Reflection* reflection = message.GetReflection();
  if (IsTimestamp(*field)) {
    if (!reflection->HasField(message, field)) return "";
    return google::protobuf::util::TimeUtil::ToString(
        static_cast<const google::protobuf::Timestamp&>(reflection->GetMessage(message, field)));
  }
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* value = reflection->GetEnum(message, field);
      return value->number() == 0 ? "" : EnumShortName(*value);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, field) ? "true" : "";
    case FieldDescriptor::CPPTYPE_UINT32: {
      const uint32_t number = reflection->GetUInt32(message, field);
      return number == 0 ? "" : absl::StrCat(number);
    }
    default:
      return reflection->GetString(message, field);
  }
}

Message* Element(Message* message, const FieldDescriptor* list, size_t i) {
  const Reflection* reflection = message->GetReflection();
  while (static_cast<size_t>(reflection->FieldSize(*message, list)) <= i) {
    reflection->AddMessage(message, list);
  }
  return reflection->MutableRepeatedMessage(message, list, static_cast<int>(i));
}

void SetAlong(const Steps& steps, size_t step, const std::string& value, size_t element,
              Message* message) {
  const FieldDescriptor* field = steps[step];
  if (step + 1 == steps.size()) {
    SetValue(field, value, message);
  } else if (field->is_repeated()) {
    SetAlong(steps, step + 1, value, element, Element(message, field, element));
  } else {
    SetAlong(steps, step + 1, value, element,
             message->GetReflection()->MutableMessage(message, field));
  }
}

void GetAlong(const Steps& steps, size_t step, const Message& message,
              std::vector<std::string>* values) {
  const FieldDescriptor* field = steps[step];
  const Reflection* reflection = message.GetReflection();
  const bool last = step + 1 == steps.size();
  if (last && !field->is_repeated()) {
    values->push_back(GetValue(field, message));
  } else if (last) {
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      values->push_back(field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM
                            ? EnumShortName(*reflection->GetRepeatedEnum(message, field, i))
                            : reflection->GetRepeatedString(message, field, i));
    }
  } else if (field->is_repeated()) {
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      GetAlong(steps, step + 1, reflection->GetRepeatedMessage(message, field, i), values);
    }
  } else if (reflection->HasField(message, field)) {
    GetAlong(steps, step + 1, reflection->GetMessage(message, field), values);
  }
}

}  // namespace

std::string EnumShortName(const EnumValueDescriptor& value) {
  const std::string& zero = value.type()->value(0)->name();  // STAKEHOLDER_GROUP_UNSPECIFIED
  const size_t prefix = zero.size() - sizeof("UNSPECIFIED") + 1;
  return absl::AsciiStrToLower(value.name().substr(prefix));
}

absl::StatusOr<FieldPath> FieldPath::Find(absl::string_view name, v1::EventType type) {
  const FieldDescriptor* body = BodyField(type);
  if (body == nullptr) return absl::InvalidArgumentError("this type of event is not drafted");
  FieldPath path;
  path.name_ = std::string(name);
  path.steps_ = Walk(v1::Draft::descriptor(), name);
  if (path.steps_.empty()) {
    path.steps_ = Walk(body->message_type(), name);
    if (!path.steps_.empty()) path.steps_.insert(path.steps_.begin(), body);
  }
  if (path.steps_.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no field `", name, "`", DidYouMean(name, AllNames(*body))));
  }
  if (!IsForTable(path.steps_)) {
    return absl::InvalidArgumentError(
        absl::StrCat("field `", name, "` cannot be set from a table"));
  }
  const auto lists = std::count_if(path.steps_.begin(), path.steps_.end(),
                                   [](const auto* step) { return step->is_repeated(); });
  if (lists > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("field `", name, "` is a list inside a list, which a cell cannot hold"));
  }
  return path;
}

bool FieldPath::is_list() const {
  return std::any_of(steps_.begin(), steps_.end(),
                     [](const auto* step) { return step->is_repeated(); });
}

bool FieldPath::is_time() const { return IsTimestamp(*steps_.back()); }

bool FieldPath::is_enum() const { return steps_.back()->enum_type() != nullptr; }

std::string FieldPath::unset_value() const {
  switch (steps_.back()->cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return "unspecified";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "false";
    case FieldDescriptor::CPPTYPE_UINT32:
      return "0";
    default:
      return "";
  }
}

absl::Status FieldPath::Check(absl::string_view value) const {
  const FieldDescriptor& field = *steps_.back();
  if (IsTimestamp(field)) {
    google::protobuf::Timestamp time;
    return google::protobuf::util::TimeUtil::FromString(std::string(value), &time)
               ? absl::OkStatus()
               : Expected(
                     "a time such as 2027-01-31T12:00:00Z (a `date` format in the map reads "
                     "others)");
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM: {
      if (FindShortName(*field.enum_type(), value) != nullptr) return absl::OkStatus();
      const std::vector<std::string> names = ShortNames(*field.enum_type());
      return Expected(
          absl::StrCat("one of ", absl::StrJoin(names, ", "), DidYouMean(value, names)));
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return value == "true" || value == "false" ? absl::OkStatus() : Expected("true or false");
    case FieldDescriptor::CPPTYPE_UINT32: {
      uint32_t number = 0;
      // No leading zeros, no sign: it must be written again as it was.
      return absl::SimpleAtoi(value, &number) && absl::StrCat(number) == value
                 ? absl::OkStatus()
                 : Expected("a whole number");
    }
    default:
      return CheckText(field, value);
  }
}

void FieldPath::Set(const std::vector<std::string>& values, v1::Draft* draft) const {
  for (size_t i = 0; i < values.size(); ++i) SetAlong(steps_, 0, values[i], i, draft);
}

std::vector<std::string> FieldPath::Get(const v1::Draft& draft) const {
  std::vector<std::string> values;
  GetAlong(steps_, 0, draft, &values);
  while (!values.empty() && values.back().empty()) values.pop_back();
  return values;
}

}  // namespace liaison::cli
