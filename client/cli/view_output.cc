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

// protobuf writes bytes as base64; a digest is copied into filters and commands as hexadecimal.
void DigestsToHex(Json* json) {
  if (json->is_object()) {
    auto digest = json->find("digest");
    std::string bytes;
    if (digest != json->end() && digest->is_string() &&
        absl::Base64Unescape(digest->get<std::string>(), &bytes)) {
      *digest = absl::BytesToHexString(bytes);
    }
  }
  if (json->is_structured()) {
    for (Json& value : *json) DigestsToHex(&value);
  }
}

}  // namespace

absl::StatusOr<EventKey> ParseEventKey(const std::string& text) {
  uint64_t sequence = 0;
  if (absl::SimpleAtoi(text, &sequence)) return EventKey(sequence);
  if (const auto digest = record::Hash::FromHex(text); digest.ok()) return EventKey(*digest);
  return absl::InvalidArgumentError(
      absl::StrCat("`", text, "` is neither a sequence nor a digest of 64 hexadecimal digits"));
}

absl::Status PrintMessage(Session* session, const google::protobuf::Message& message) {
  LIAISON_ASSIGN_OR_RETURN(Json json, MessageToJson(message));
  DigestsToHex(&json);
  return session->console().Line(ToLine(json));
}

std::string ShortValue(const google::protobuf::EnumDescriptor* type, int value) {
  const auto* found = type->FindValueByNumber(value);
  return found == nullptr ? absl::StrCat(value) : EnumShortName(*found);
}

}  // namespace liaison::cli
