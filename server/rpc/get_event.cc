#include <optional>
#include <string>

#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/fanout/event_wire.h"
#include "server/fanout/header_view.h"
#include "server/rpc/read.h"

namespace liaison::rpc {
namespace {

// One and the same for what is not there and for what is not for the caller's eyes.
absl::Status NotFound() {
  return record::Error(record::Reason::kNotFound, "no such event, or none that you may read");
}

absl::StatusOr<std::optional<uint64_t>> Resolve(const storage::EventLog& log,
                                                const pb::GetEventRequest& request) {
  switch (request.key_case()) {
    case pb::GetEventRequest::kSequence:
      return std::optional<uint64_t>(request.sequence());
    case pb::GetEventRequest::kDigest: {
      absl::StatusOr<record::Hash> digest = record::Hash::Parse(request.digest());
      if (!digest.ok()) return record::FieldInvalid("digest", "a digest has 32 bytes");
      return log.FindByDigest(*digest);
    }
    case pb::GetEventRequest::kName:
      if (request.name().author().empty() || request.name().event_id().empty()) {
        return record::FieldInvalid("name", "give both author and event_id");
      }
      return log.FindByIdentity(
          storage::IdentityKey(request.name().author(), request.name().event_id()));
    case pb::GetEventRequest::KEY_NOT_SET:
      break;
  }
  return record::FieldInvalid("key", "one of sequence, digest, name");
}

}  // namespace

absl::StatusOr<grpc::ByteBuffer> GetEvent(const Hub& hub, const auth::Principal& principal,
                                          const pb::GetEventRequest& request) {
  static_assert(int{pb::GetEventResponse::kEventFieldNumber} == int{pb::Events::kEventsFieldNumber},
                "an answer is a stretch of one event");
  LIAISON_ASSIGN_OR_RETURN(std::optional<uint64_t> sequence, Resolve(*hub.log, request));
  if (!sequence || *sequence == 0 || *sequence > hub.log->head().sequence) return NotFound();
  LIAISON_ASSIGN_OR_RETURN(storage::StoredEvent event, hub.log->Read(*sequence));
  if (!auth::MayRead(principal, fanout::ReadableOf(event.header))) return NotFound();

  std::string bytes;
  LIAISON_RETURN_IF_ERROR(
      fanout::AppendEventField(event.leaf, event.header, event.sections, &bytes));
  pb::GetEventResponse rest;
  rest.set_log_id(hub.log->log_id().ToString());
  rest.AppendToString(&bytes);
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace liaison::rpc
