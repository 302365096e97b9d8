// An event as one names it on the command line.
#ifndef LIAISON_CLIENT_CLI_EVENT_KEY_H_
#define LIAISON_CLIENT_CLI_EVENT_KEY_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "igf/liaison/v1/event_service.pb.h"
#include "proto/record/hash.h"

namespace liaison::cli {

namespace v1 = ::igf::liaison::v1;

using EventKeyWords = std::variant<uint64_t, record::Hash, v1::EventName>;

// One word, a sequence or a digest (64 hexadecimal digits, or base64), or two: AUTHOR EVENT_ID.
absl::StatusOr<EventKeyWords> ParseEventKeyWords(const std::vector<std::string>& words);

// Puts it into a request with `oneof key {sequence, digest, name}`.
template <typename Request>
void SetKey(const EventKeyWords& key, Request* request) {
  if (const auto* sequence = std::get_if<uint64_t>(&key)) {
    request->set_sequence(*sequence);
  } else if (const auto* digest = std::get_if<record::Hash>(&key)) {
    request->set_digest(std::string(digest->bytes()));
  } else {
    *request->mutable_name() = std::get<v1::EventName>(key);
  }
}

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_EVENT_KEY_H_
