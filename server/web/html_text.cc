#include "server/web/html_text.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"
#include "server/web/contract_words.h"
#include "server/web/public_words.h"

namespace liaison::web {
namespace {

namespace protobuf = google::protobuf;
using protobuf::FieldDescriptor;

constexpr int kMaxDepth = 8;
constexpr size_t kMaxLanguageSizeBytes = 35;

bool IsLanguage(absl::string_view language) {
  return !language.empty() && language.size() <= kMaxLanguageSizeBytes &&
         std::all_of(language.begin(), language.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c) || c == '-'; });
}

bool IsWebAddress(absl::string_view text) {
  return (absl::StartsWith(text, "https://") || absl::StartsWith(text, "http://")) &&
         std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

std::string Described(const protobuf::Message& message, absl::string_view language,
                      PageLanguage reader, int depth);

// One value of a field; `index` is below 0 for a field that is not repeated.
std::string ValueOf(const protobuf::Message& message, const FieldDescriptor* field, int index,
                    absl::string_view language, PageLanguage reader, int depth) {
  const auto* reflection = message.GetReflection();
  const bool many = index >= 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = many ? reflection->GetRepeatedString(message, field, index)
                                    : reflection->GetString(message, field);
      if (field->type() == FieldDescriptor::TYPE_BYTES) {
        return absl::StrCat("<code>", absl::BytesToHexString(text), "</code>");
      }
      if (IsWebAddress(text)) {
        return absl::StrCat("<a rel=\"nofollow noopener noreferrer\" href=\"", Escaped(text), "\">",
                            Words(text), "</a>");
      }
      return Words(text, language);
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return Escaped(ValueWord(reader, field->enum_type(),
                               many ? reflection->GetRepeatedEnumValue(message, field, index)
                                    : reflection->GetEnumValue(message, field)));
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const auto& inner = many ? reflection->GetRepeatedMessage(message, field, index)
                               : reflection->GetMessage(message, field);
      if (inner.GetDescriptor() == protobuf::Timestamp::descriptor()) {
        protobuf::Timestamp time;
        time.CopyFrom(inner);
        return Escaped(protobuf::util::TimeUtil::ToString(time));
      }
      return Described(inner, language, reader, depth + 1);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return (many ? reflection->GetRepeatedBool(message, field, index)
                   : reflection->GetBool(message, field))
                 ? PublicWordsOf(reader).yes
                 : PublicWordsOf(reader).no;
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(many ? reflection->GetRepeatedUInt32(message, field, index)
                               : reflection->GetUInt32(message, field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(many ? reflection->GetRepeatedUInt64(message, field, index)
                               : reflection->GetUInt64(message, field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(many ? reflection->GetRepeatedInt32(message, field, index)
                               : reflection->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(many ? reflection->GetRepeatedInt64(message, field, index)
                               : reflection->GetInt64(message, field));
    default:
      return "";
  }
}

std::string Described(const protobuf::Message& message, absl::string_view language,
                      PageLanguage reader, int depth) {
  if (depth > kMaxDepth) return "";
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  // A text of another language says which.
  std::string own(language);
  for (const FieldDescriptor* field : fields) {
    if (field->name() == "language" && !field->is_repeated()) {
      own = message.GetReflection()->GetString(message, field);
    }
  }
  std::string html = "<dl>\n";
  for (const FieldDescriptor* field : fields) {
    absl::StrAppend(&html, "<dt>", Escaped(FieldWord(reader, field->name())), "</dt>\n");
    const int count = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 0;
    for (int i = 0; i < count; ++i) {
      absl::StrAppend(&html, "<dd>", ValueOf(message, field, i, own, reader, depth), "</dd>\n");
    }
    if (!field->is_repeated()) {
      absl::StrAppend(&html, "<dd>", ValueOf(message, field, -1, own, reader, depth), "</dd>\n");
    }
  }
  html.append("</dl>\n");
  return html;
}

}  // namespace

std::string Escaped(absl::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped.append("&amp;");
        break;
      case '<':
        escaped.append("&lt;");
        break;
      case '>':
        escaped.append("&gt;");
        break;
      case '"':
        escaped.append("&quot;");
        break;
      case '\'':
        escaped.append("&#39;");
        break;
      default:
        escaped.push_back(absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '\n' ? ' '
                                                                                          : c);
    }
  }
  return escaped;
}

std::string Words(absl::string_view text, absl::string_view language) {
  const std::string tag = IsLanguage(language) ? absl::StrCat(" lang=\"", language, "\"") : "";
  return absl::StrCat("<bdi", tag, ">", Escaped(text), "</bdi>");
}

std::string LinkTo(absl::string_view path, absl::string_view text, absl::string_view language) {
  return absl::StrCat("<a href=\"", Escaped(path), "\">", Words(text, language), "</a>");
}

std::string NameOf(const protobuf::EnumDescriptor* type, int number) {
  const auto* value = type->FindValueByNumber(number);
  if (value == nullptr || number == 0) return "";
  // DECISION_STATE_ADOPTED of DecisionState.
  std::string prefix;
  for (const char c : type->name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty())
      prefix.push_back('_');
    prefix.push_back(absl::ascii_toupper(static_cast<unsigned char>(c)));
  }
  prefix.push_back('_');
  absl::string_view name = value->name();
  if (absl::StartsWith(name, prefix)) name.remove_prefix(prefix.size());
  return absl::AsciiStrToLower(absl::StrReplaceAll(name, {{"_", " "}}));
}

std::string Described(const protobuf::Message& message, absl::string_view language,
                      PageLanguage reader) {
  return Described(message, language, reader, 0);
}

}  // namespace liaison::web
