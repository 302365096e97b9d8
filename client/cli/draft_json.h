// Drafts and JSON: protobuf's own mapping with the field names of the .proto files.
#ifndef LIAISON_CLIENT_CLI_DRAFT_JSON_H_
#define LIAISON_CLIENT_CLI_DRAFT_JSON_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"

namespace liaison::cli {

namespace v1 = ::igf::liaison::v1;
using Json = nlohmann::ordered_json;

// The JSON object in `text`, whose first line is line `first_line` of its file. INVALID_ARGUMENT,
// with line and field, for what is no JSON, is not UTF-8, names a field twice or nests too deep.
// Thread-safe, like all of these.
absl::StatusOr<Json> ParseJson(absl::string_view text, int first_line);

// The draft that the object spells; digests may stand in base64 or as 64 hexadecimal digits.
// INVALID_ARGUMENT naming the field where one is unknown (with
// the nearest that exists) or has a value that is not of its type: nothing is left out in silence.
absl::StatusOr<v1::Draft> DraftFromJson(const Json& json);

// Message to JSON, proto field names, unset fields left out.
absl::StatusOr<Json> MessageToJson(const google::protobuf::Message& message);

// One line, or indented by two. Control characters that a terminal might obey are written as JSON
// escapes: the text they stand for is the same.
std::string ToLine(const Json& json);
std::string ToPretty(const Json& json);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_DRAFT_JSON_H_
