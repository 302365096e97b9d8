// What the commands that ask for views have in common.
#ifndef LIAISON_CLIENT_CLI_VIEW_OUTPUT_H_
#define LIAISON_CLIENT_CLI_VIEW_OUTPUT_H_

#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/session.h"
#include "igf/liaison/v1/liaison_service.pb.h"
#include "proto/record/hash.h"

namespace liaison::cli {

namespace v1 = ::igf::liaison::v1;

// An event as one types it: a sequence, or a digest of 64 hexadecimal digits or in base64.
using EventKey = std::variant<uint64_t, record::Hash>;
// INVALID_ARGUMENT for anything else. Thread-safe.
absl::StatusOr<EventKey> ParseEventKey(const std::string& text);

// For CLI::Option::check: what is wrong with it, empty where nothing is. 0 is before the first.
std::string CheckSequence(const std::string& text);

// One line of JSON: digests in base64 and numbers as numbers, as `get` and receipts have them.
absl::Status PrintMessage(Session* session, const google::protobuf::Message& message);

// `taken_up` of DISPOSITION_KIND_TAKEN_UP. Thread-safe.
std::string ShortValue(const google::protobuf::EnumDescriptor* type, int value);
template <typename Enum>
std::string Short(const google::protobuf::EnumDescriptor* type, Enum value) {
  return ShortValue(type, static_cast<int>(value));
}

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_VIEW_OUTPUT_H_
