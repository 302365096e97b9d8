// Views as JSON for programs: every number is a number, and what is 0 is there.
#ifndef LIAISON_CLIENT_CLI_PLAIN_JSON_H_
#define LIAISON_CLIENT_CLI_PLAIN_JSON_H_

#include "client/cli/draft_json.h"
#include "google/protobuf/message.h"

namespace liaison::cli {

// The message with its fields in the order of the .proto. Scalars and lists are always there, empty
// or 0 as they may be; messages and `optional` fields only where they are set. Counts and sequences
// are numbers, bytes base64 as in drafts and receipts, times RFC 3339, enum values their names.
// Thread-safe.
Json ToPlainJson(const google::protobuf::Message& message);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_PLAIN_JSON_H_
