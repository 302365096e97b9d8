#include "client/cli/plain_json.h"

#include <google/protobuf/timestamp.pb.h>

#include <map>
#include <string>
#include <utility>

#include "client/cli/event_json.h"

namespace liaison::cli {
namespace {

using Field = google::protobuf::FieldDescriptor;
using google::protobuf::Message;

Json EnumToJson(const Field& field, int number) {
  const auto* value = field.enum_type()->FindValueByNumber(number);
  return value == nullptr ? Json(number) : Json(value->name());
}

Json TextToJson(const Field& field, const std::string& text) {
  return field.type() == Field::TYPE_BYTES ? Base64(text) : text;
}

// One value of a field that has one.
Json ValueToJson(const Message& message, const Field& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      return reflection.GetInt32(message, &field);
    case Field::CPPTYPE_INT64:
      return reflection.GetInt64(message, &field);
    case Field::CPPTYPE_UINT32:
      return reflection.GetUInt32(message, &field);
    case Field::CPPTYPE_UINT64:
      return reflection.GetUInt64(message, &field);
    case Field::CPPTYPE_DOUBLE:
      return reflection.GetDouble(message, &field);
    case Field::CPPTYPE_FLOAT:
      return reflection.GetFloat(message, &field);
    case Field::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field);
    case Field::CPPTYPE_ENUM:
      return EnumToJson(field, reflection.GetEnumValue(message, &field));
    case Field::CPPTYPE_STRING:
      return TextToJson(field, reflection.GetString(message, &field));
    case Field::CPPTYPE_MESSAGE:
      return ToPlainJson(reflection.GetMessage(message, &field));
  }
  return nullptr;
}

// The value at `i` of a repeated field.
Json ValueToJson(const Message& message, const Field& field, int i) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      return reflection.GetRepeatedInt32(message, &field, i);
    case Field::CPPTYPE_INT64:
      return reflection.GetRepeatedInt64(message, &field, i);
    case Field::CPPTYPE_UINT32:
      return reflection.GetRepeatedUInt32(message, &field, i);
    case Field::CPPTYPE_UINT64:
      return reflection.GetRepeatedUInt64(message, &field, i);
    case Field::CPPTYPE_DOUBLE:
      return reflection.GetRepeatedDouble(message, &field, i);
    case Field::CPPTYPE_FLOAT:
      return reflection.GetRepeatedFloat(message, &field, i);
    case Field::CPPTYPE_BOOL:
      return reflection.GetRepeatedBool(message, &field, i);
    case Field::CPPTYPE_ENUM:
      return EnumToJson(field, reflection.GetRepeatedEnumValue(message, &field, i));
    case Field::CPPTYPE_STRING:
      return TextToJson(field, reflection.GetRepeatedString(message, &field, i));
    case Field::CPPTYPE_MESSAGE:
      return ToPlainJson(reflection.GetRepeatedMessage(message, &field, i));
  }
  return nullptr;
}

// Maps of this contract have text for keys.
Json MapToJson(const Message& message, const Field& field) {
  std::map<std::string, Json> sorted;  // a map has no order of its own
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
    sorted[ValueToJson(entry, *field.message_type()->map_key()).get<std::string>()] =
        ValueToJson(entry, *field.message_type()->map_value());
  }
  Json json = Json::object();
  for (auto& [key, value] : sorted) json[key] = std::move(value);
  return json;
}

Json ListToJson(const Message& message, const Field& field) {
  Json json = Json::array();
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    json.push_back(ValueToJson(message, field, i));
  }
  return json;
}

}  // namespace

Json ToPlainJson(const Message& message) {
  if (const auto* time = dynamic_cast<const google::protobuf::Timestamp*>(&message)) {
    return TimeText(ToTime(*time));
  }
  Json json = Json::object();
  const auto* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const Field& field = *type->field(i);
    if (field.is_map()) {
      json[field.name()] = MapToJson(message, field);
    } else if (field.is_repeated()) {
      json[field.name()] = ListToJson(message, field);
    } else if (!field.has_presence() || message.GetReflection()->HasField(message, &field)) {
      json[field.name()] = ValueToJson(message, field);
    }
  }
  return json;
}

}  // namespace liaison::cli
