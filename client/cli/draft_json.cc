#include "client/cli/draft_json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/suggest.h"
#include "client/cli/table.h"
#include "proto/record/hash.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

absl::Status BadField(absl::string_view path, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("field `", path, "`: ", what));
}

// Walks JSON text for what protobuf's parser is silent about or reports without a place: fields
// named twice, depth, bytes that are not UTF-8, and where it stood when the syntax broke.
class SyntaxCheck : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return Enter(); }
  bool end_object() override { return Leave(); }
  bool start_array(std::size_t) override { return Enter(); }
  bool end_array() override { return Leave(); }
  bool key(string_t& name) override {
    Level& level = levels_.back();
    level.key = name;
    if (level.seen.insert(name).second) return true;
    problem = absl::StrCat("field `", Path(), "` is given twice; keep one of them");
    return false;
  }
  bool parse_error(std::size_t at, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    position = at;
    const std::string path = Path();
    const std::string where = path.empty() ? "" : absl::StrCat(", at or after field `", path, "`");
    const bool not_utf8 = absl::StrContains(error.what(), "ill-formed UTF-8");
    problem = not_utf8 ? absl::StrCat("a text is not UTF-8", where,
                                      "; save the file as UTF-8 (iconv -f windows-1252 -t utf-8)")
                       : absl::StrCat("not valid JSON", where, ": ", Detail(error.what()));
    return false;
  }

  std::string problem;
  // Where the syntax broke; the library gives no place for the rest.
  std::optional<std::size_t> position;

 private:
  struct Level {
    std::string key;
    std::set<std::string> seen;
  };
  bool Enter() {
    // Messages and lists both count; two for each level of a message is plenty.
    if (levels_.size() >= 2 * record::kMaxNestingDepth) {
      problem = absl::StrCat("nested deeper than ", 2 * record::kMaxNestingDepth, " levels");
      return false;
    }
    levels_.emplace_back();
    return true;
  }
  bool Leave() {
    levels_.pop_back();
    return true;
  }
  std::string Path() const {
    std::vector<absl::string_view> keys;
    for (const Level& level : levels_) {
      if (!level.key.empty()) keys.push_back(level.key);
    }
    return absl::StrJoin(keys, ".");
  }
  // The library's sentence without its own numbering and its count of lines.
  static absl::string_view Detail(absl::string_view what) {
    const size_t colon = what.find(": ");
    return colon == absl::string_view::npos ? what : what.substr(colon + 2);
  }

  std::vector<Level> levels_;
};

absl::Status CheckFields(const Json& json, const Descriptor& message, const std::string& path);

std::vector<std::string> FieldNames(const Descriptor& message) {
  std::vector<std::string> names;
  names.reserve(message.field_count());
  for (int i = 0; i < message.field_count(); ++i) names.push_back(message.field(i)->name());
  return names;
}

const FieldDescriptor* FindField(const Descriptor& message, const std::string& name) {
  const FieldDescriptor* field = message.FindFieldByName(name);
  return field != nullptr ? field : message.FindFieldByCamelcaseName(name);
}

absl::Status CheckEnum(const Json& json, const EnumDescriptor& type, const std::string& path) {
  if (json.is_number_integer()) return absl::OkStatus();
  if (!json.is_string()) return BadField(path, "expected one of the enum's names");
  const auto& name = json.get_ref<const std::string&>();
  if (type.FindValueByName(name) != nullptr) return absl::OkStatus();
  std::vector<std::string> names;
  for (int i = 1; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
  return BadField(path, absl::StrCat("there is no `", name, "`", DidYouMean(name, names),
                                     "; known are ", absl::StrJoin(names, ", ")));
}

absl::Status CheckValue(const Json& json, const FieldDescriptor& field, const std::string& path) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (!json.is_string()) return BadField(path, "expected a text in quotes");
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!json.is_boolean()) return BadField(path, "expected true or false");
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_ENUM:
      return CheckEnum(json, *field.enum_type(), path);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      // Timestamps and the like are texts in JSON; protobuf's parser knows their grammar.
      if (field.message_type()->file()->package() == "google.protobuf") return absl::OkStatus();
      if (!json.is_object()) return BadField(path, "expected an object, `{...}`");
      return CheckFields(json, *field.message_type(), path);
    default:
      return absl::OkStatus();
  }
}

absl::Status CheckFields(const Json& json, const Descriptor& message, const std::string& path) {
  for (const auto& [name, value] : json.items()) {
    const std::string here = path.empty() ? name : absl::StrCat(path, ".", name);
    const FieldDescriptor* field = FindField(message, name);
    if (field == nullptr) {
      return BadField(
          here, absl::StrCat("there is no such field", DidYouMean(name, FieldNames(message))));
    }
    if (value.is_null()) continue;
    if (!field->is_repeated()) {
      LIAISON_RETURN_IF_ERROR(CheckValue(value, *field, here));
      continue;
    }
    if (!value.is_array()) return BadField(here, "expected a list, `[...]`");
    for (size_t i = 0; i < value.size(); ++i) {
      LIAISON_RETURN_IF_ERROR(CheckValue(value[i], *field, absl::StrCat(here, "[", i, "]")));
    }
  }
  return absl::OkStatus();
}

// Keys and attachments are no digests.
bool IsDigest(const FieldDescriptor& field) {
  static const auto* const names = new std::set<std::string>{"digest", "target_digest", "input",
                                                             "into",   "objection",     "answered"};
  return field.type() == FieldDescriptor::TYPE_BYTES && names->count(field.name()) > 0;
}

// Where it is hexadecimal it cannot be a digest in base64: that would have 44 characters.
void DigestsToBase64(const Descriptor& message, Json* json);
void DigestToBase64(const FieldDescriptor& field, Json* value) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    if (value->is_object()) DigestsToBase64(*field.message_type(), value);
    return;
  }
  if (!value->is_string() || !IsDigest(field)) return;
  const auto digest = record::Hash::FromHex(value->get_ref<const std::string&>());
  if (digest.ok()) *value = absl::Base64Escape(digest->bytes());
}

void DigestsToBase64(const Descriptor& message, Json* json) {
  for (auto it = json->begin(); it != json->end(); ++it) {
    const FieldDescriptor* field = FindField(message, it.key());
    if (field == nullptr || field->is_map()) continue;
    if (!field->is_repeated()) {
      DigestToBase64(*field, &*it);
    } else if (it->is_array()) {
      for (Json& value : *it) DigestToBase64(*field, &value);
    }
  }
}

std::string Dump(const Json& json, int indent) {
  // `replace` cannot strike: protobuf strings are UTF-8. It only keeps the library from throwing.
  // It escapes what JSON says must be; DEL, the C1 controls and the marks that reorder text, which
  // terminals obey, are the rest.
  return PrintableJson(json.dump(indent, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

absl::StatusOr<Json> ParseJson(absl::string_view text, int first_line) {
  SyntaxCheck check;
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (!Json::sax_parse(begin, end, &check)) {
    if (!check.position.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("in the draft that begins on line ", first_line, ": ", check.problem));
    }
    const size_t at = std::min(*check.position, text.size());
    const auto line = first_line + std::count(begin, begin + at, '\n');
    return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", check.problem));
  }
  Json json = Json::parse(begin, end, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat("line ", first_line, ": not a JSON object"));
  }
  return json;
}

absl::StatusOr<v1::Draft> DraftFromJson(const Json& json) {
  LIAISON_RETURN_IF_ERROR(CheckFields(json, *v1::Draft::descriptor(), ""));
  Json in_base64 = json;
  DigestsToBase64(*v1::Draft::descriptor(), &in_base64);
  v1::Draft draft;
  const auto status = google::protobuf::util::JsonStringToMessage(
      in_base64.dump(-1, ' ', false, Json::error_handler_t::replace), &draft, {});
  if (!status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("not a draft: ", status.message().as_string()));
  }
  return draft;
}

absl::StatusOr<Json> MessageToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!status.ok()) {
    return absl::InternalError(absl::StrCat("cannot be shown: ", status.message().as_string()));
  }
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return absl::InternalError("cannot be shown: a text is not UTF-8");
  return json;
}

std::string ToLine(const Json& json) { return Dump(json, -1); }
std::string ToPretty(const Json& json) { return Dump(json, 2); }

}  // namespace liaison::cli
