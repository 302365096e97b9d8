// Events and receipts as lines of JSON, for programs; and in words, for a person.
#ifndef LIAISON_CLIENT_CLI_EVENT_JSON_H_
#define LIAISON_CLIENT_CLI_EVENT_JSON_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/draft_json.h"
#include "liaison/event.h"

namespace liaison::cli {

// Thread-safe, all of them.

// The event as a draft, body under its draft field name, and beside it what the log adds: sequence,
// type, log_id, hub_time, digest, leaf_hash, attested, key_hash where signed, `erased` where
// sections are. Without those (see LogFields) it is the draft again. `log_id` may be empty.
absl::StatusOr<Json> EventToJson(const Event& event, absl::string_view log_id);

// The names that EventToJson adds to the draft.
const std::vector<std::string>& LogFields();

// {"event_id":...,"sequence":N,"duplicate":bool,...}; a dry run's receipt has no sequence.
Json ReceiptToJson(const v1::Receipt& receipt);

// Title or name, whatever the type calls it; empty where the content is erased.
std::string TitleOf(const Event& event);

// RFC 3339 in UTC, as precise as the time is.
std::string TimeText(absl::Time time);
// `2027-01-31`, UTC.
std::string DayText(absl::Time time);
absl::Time ToTime(const google::protobuf::Timestamp& time);
std::string Base64(absl::string_view bytes);

// `name: value` lines, nested by two spaces, of any JSON; values made harmless to a terminal.
std::string ToIndentedText(const Json& json);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_EVENT_JSON_H_
