// Which event a request names.
#ifndef LIAISON_SERVER_RPC_EVENT_KEY_H_
#define LIAISON_SERVER_RPC_EVENT_KEY_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "storage/event_log.h"

namespace liaison::rpc {

// The sequence that a request with `oneof key {sequence, digest, name}` names; nullopt where the
// log has no such event.
template <typename Request>
absl::StatusOr<std::optional<uint64_t>> SequenceOf(const storage::EventLog& log,
                                                   const Request& request) {
  std::optional<uint64_t> sequence;
  if (request.key_case() == Request::kSequence) {
    sequence = request.sequence();
  } else if (request.key_case() == Request::kDigest) {
    const absl::StatusOr<record::Hash> digest = record::Hash::Parse(request.digest());
    if (!digest.ok()) return record::FieldInvalid("digest", "a digest has 32 bytes");
    LIAISON_ASSIGN_OR_RETURN(sequence, log.FindByDigest(*digest));
  } else if (request.key_case() == Request::kName) {
    if (request.name().author().empty() || request.name().event_id().empty()) {
      return record::FieldInvalid("name", "give both author and event_id");
    }
    LIAISON_ASSIGN_OR_RETURN(sequence, log.FindByIdentity(storage::IdentityKey(
                                           request.name().author(), request.name().event_id())));
  } else {
    return record::FieldInvalid("key", "one of sequence, digest, name");
  }
  if (sequence && (*sequence == 0 || *sequence > log.head().sequence)) return {std::nullopt};
  return sequence;
}

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_EVENT_KEY_H_
