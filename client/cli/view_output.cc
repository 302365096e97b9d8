#include "client/cli/view_output.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/cli/draft_json.h"
#include "client/cli/field_path.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

using Field = google::protobuf::FieldDescriptor;

void NumbersAsNumbers(const google::protobuf::Descriptor& type, Json* json);

// protobuf writes 64 bits as text; no sequence is so great that a JSON number could not hold it.
void NumberAsNumber(const Field& field, Json* value) {
  if (field.cpp_type() == Field::CPPTYPE_MESSAGE) {
    NumbersAsNumbers(*field.message_type(), value);
    return;
  }
  if (!value->is_string()) return;
  const auto& text = value->get_ref<const std::string&>();
  uint64_t positive = 0;
  int64_t number = 0;
  if (field.cpp_type() == Field::CPPTYPE_UINT64 && absl::SimpleAtoi(text, &positive)) {
    *value = positive;
  } else if (field.cpp_type() == Field::CPPTYPE_INT64 && absl::SimpleAtoi(text, &number)) {
    *value = number;
  }
}

void NumbersAsNumbers(const google::protobuf::Descriptor& type, Json* json) {
  if (!json->is_object()) return;  // a time is a text
  for (auto it = json->begin(); it != json->end(); ++it) {
    const Field* field = type.FindFieldByName(it.key());
    if (field == nullptr) continue;
    const Field* one = field->is_map() ? field->message_type()->map_value() : field;
    if (field->is_repeated()) {
      for (Json& value : *it) NumberAsNumber(*one, &value);
    } else {
      NumberAsNumber(*one, &*it);
    }
  }
}

}  // namespace

absl::StatusOr<EventKey> ParseEventKey(const std::string& text) {
  uint64_t sequence = 0;
  if (absl::SimpleAtoi(text, &sequence)) return EventKey(sequence);
  if (const auto digest = record::Hash::FromHex(text); digest.ok()) return EventKey(*digest);
  std::string bytes;
  if (absl::Base64Unescape(text, &bytes) || absl::WebSafeBase64Unescape(text, &bytes)) {
    if (const auto digest = record::Hash::Parse(bytes); digest.ok()) return EventKey(*digest);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`", text, "` is neither a sequence nor a digest (64 hexadecimal digits, or base64)"));
}

std::string CheckSequence(const std::string& text) {
  uint64_t sequence = 0;
  if (absl::SimpleAtoi(text, &sequence)) return "";
  return absl::StrCat("`", text, "` is no sequence; write a whole number, such as 1042");
}

absl::Status PrintMessage(Session* session, const google::protobuf::Message& message) {
  LIAISON_ASSIGN_OR_RETURN(Json json, MessageToJson(message));
  NumbersAsNumbers(*message.GetDescriptor(), &json);
  return session->console().Line(ToLine(json));
}

std::string ShortValue(const google::protobuf::EnumDescriptor* type, int value) {
  const auto* found = type->FindValueByNumber(value);
  return found == nullptr ? absl::StrCat(value) : EnumShortName(*found);
}

}  // namespace liaison::cli
