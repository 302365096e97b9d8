#include "client/cli/event_json.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/cli/body_title.h"
#include "client/cli/table.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

std::string SectionName(v1::SectionKind kind) {
  switch (kind) {
    case v1::SECTION_KIND_CONTENT:
      return "content";
    case v1::SECTION_KIND_PERSONAL:
      return "personal";
    case v1::SECTION_KIND_ATTACHMENTS:
      return "attachments";
    default:
      return absl::StrCat("section-", static_cast<int>(kind));
  }
}

// Everything of the draft that stands in the header: there even when content is erased.
v1::Draft DraftOfHeader(const v1::EventHeader& header) {
  v1::Draft draft;
  draft.set_event_id(header.event_id());
  draft.set_author(header.author());
  draft.set_audience(header.audience());
  draft.set_cycle(header.cycle());
  *draft.mutable_topics() = header.topics();
  draft.set_language(header.language());
  *draft.mutable_addressees() = header.addressees();
  *draft.mutable_references() = header.references();
  if (header.has_authored_time()) *draft.mutable_authored_time() = header.authored_time();
  if (header.has_recorded_for()) *draft.mutable_recorded_for() = header.recorded_for();
  draft.set_recorded_by(header.recorded_by());
  draft.set_channel(header.channel());
  return draft;
}

// The fields of the draft around its body.
absl::StatusOr<Json> AroundBody(const Event& event) {
  v1::Draft draft = DraftOfHeader(event.header());
  if (absl::StatusOr<v1::Personal> personal = event.personal(); personal.ok()) {
    *draft.mutable_personal() = *std::move(personal);
  }
  for (const v1::Section& section : event.proto().sections()) {
    if (section.kind() != v1::SECTION_KIND_ATTACHMENTS) continue;
    v1::Attachments attachments;
    if (!attachments.ParseFromString(section.data())) {
      return absl::DataLossError(
          absl::StrCat("event ", event.sequence(), ": the attachments cannot be read"));
    }
    draft.mutable_attachments()->Swap(attachments.mutable_attachments());
  }
  return MessageToJson(draft);
}

absl::Status AddBody(const Event& event, Json* json) {
  const record::EventTypeInfo* info = record::FindEventType(event.type());
  if (info == nullptr) {
    // A newer hub's type: its header is shown, and that more is there.
    (*json)["unknown_type"] = static_cast<int>(event.type());
    return absl::OkStatus();
  }
  const absl::string_view name = info->draft_field.empty() ? info->facts_field : info->draft_field;
  if (event.content_erased() || event.content_withheld()) {
    // The facts in the header outlive the content, and come without it.
    LIAISON_ASSIGN_OR_RETURN(const Json header, MessageToJson(event.header()));
    const auto facts = header.find(std::string(info->facts_field));
    if (facts != header.end()) (*json)["facts"] = *facts;
    return absl::OkStatus();
  }
  LIAISON_ASSIGN_OR_RETURN(const auto body, event.AnyBody());
  LIAISON_ASSIGN_OR_RETURN((*json)[std::string(name)], MessageToJson(*body));
  return absl::OkStatus();
}

Json SectionsOf(const Event& event, v1::SectionStatus status) {
  Json names = Json::array();
  for (const v1::Section& section : event.proto().sections()) {
    if (section.status() == status) names.push_back(SectionName(section.kind()));
  }
  return names;
}

void AppendIndented(const Json& json, size_t depth, std::string* out) {
  const std::string indent(2 * depth, ' ');
  const auto append = [&](absl::string_view label, const Json& value) {
    if (value.is_structured()) {
      absl::StrAppend(out, indent, label, "\n");
      AppendIndented(value, depth + 1, out);
    } else {
      const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
      absl::StrAppend(out, indent, label, " ", Printable(text), "\n");
    }
  };
  if (json.is_object()) {
    for (const auto& [name, value] : json.items()) append(absl::StrCat(name, ":"), value);
  } else {
    for (const Json& value : json) append("-", value);
  }
}

}  // namespace

const std::vector<std::string>& LogFields() {
  static const auto* const fields = new std::vector<std::string>{
      "sequence", "type",   "log_id", "hub_time",     "digest",   "leaf_hash", "attested",
      "key_hash", "erased", "facts",  "unknown_type", "withheld", "relayed"};
  return *fields;
}

absl::StatusOr<Json> EventToJson(const Event& event, absl::string_view log_id) {
  LIAISON_ASSIGN_OR_RETURN(const Json draft, AroundBody(event));
  Json json;
  json["sequence"] = event.sequence();
  json["event_id"] = event.event_id();
  json["type"] = std::string(event.type_name());
  json["author"] = event.author();
  json.update(draft);
  LIAISON_RETURN_IF_ERROR(AddBody(event, &json));
  json["hub_time"] = TimeText(event.hub_time());
  json["digest"] = Base64(event.digest().bytes());
  json["leaf_hash"] = Base64(record::LeafHash(event.proto().leaf()).bytes());
  json["attested"] = event.attested();
  if (!event.attested()) json["key_hash"] = Base64(event.leaf().key_hash.bytes());
  for (const auto& [name, status] : {std::pair("erased", v1::SECTION_STATUS_ERASED),
                                     std::pair("withheld", v1::SECTION_STATUS_WITHHELD)}) {
    if (Json names = SectionsOf(event, status); !names.empty()) json[name] = std::move(names);
  }
  if (const auto& relayed = event.leaf().relayed) {
    json["relayed"] = {{"origin", event.origin()},
                       {"sequence", relayed->sequence},
                       {"leaf_hash", Base64(relayed->leaf_hash.bytes())}};
  }
  if (!log_id.empty()) json["log_id"] = std::string(log_id);
  return json;
}

Json ReceiptToJson(const v1::Receipt& receipt) {
  Json json;
  json["event_id"] = receipt.event_id();
  if (receipt.position().sequence() != 0) json["sequence"] = receipt.position().sequence();
  json["duplicate"] = receipt.duplicate();
  json["digest"] = Base64(receipt.digest());
  if (!receipt.leaf_hash().empty()) json["leaf_hash"] = Base64(receipt.leaf_hash());
  if (!receipt.position().log_id().empty()) json["log_id"] = receipt.position().log_id();
  if (receipt.has_hub_time()) json["hub_time"] = TimeText(ToTime(receipt.hub_time()));
  if (receipt.durability() != v1::DURABILITY_UNSPECIFIED) {
    json["durability"] = v1::Durability_Name(receipt.durability());
  }
  json["attested"] = receipt.attested();
  return json;
}

std::string TitleOf(const Event& event) {
  const auto body = event.AnyBody();
  if (event.content_withheld()) return "(withheld)";
  if (!body.ok()) return event.content_erased() ? "(erased)" : "";
  return TitleOf(**body);
}

std::string TitleOf(const google::protobuf::Message& body) {
  for (const char* name : {"title", "name", "scheme", "organisation"}) {
    const auto* field = body.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->cpp_type() != field->CPPTYPE_STRING) continue;
    std::string text = body.GetReflection()->GetString(body, field);
    if (!text.empty()) return text;
  }
  return "";
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

std::string DayText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone());
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

std::string Base64(absl::string_view bytes) { return absl::Base64Escape(bytes); }

std::string ToIndentedText(const Json& json) {
  std::string text;
  AppendIndented(json, 0, &text);
  return text;
}

}  // namespace liaison::cli
