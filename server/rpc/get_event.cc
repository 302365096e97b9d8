#include <optional>
#include <string>

#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/fanout/event_wire.h"
#include "server/fanout/header_view.h"
#include "server/fanout/origin_of.h"
#include "server/rpc/event_key.h"
#include "server/rpc/read.h"

namespace liaison::rpc {
namespace {

// One and the same for what is not there and for what is not for the caller's eyes.
absl::Status NotFound() {
  return record::Error(record::Reason::kNotFound, "no such event, or none that you may read");
}

}  // namespace

absl::StatusOr<grpc::ByteBuffer> GetEvent(const Hub& hub, const auth::Principal& principal,
                                          const pb::GetEventRequest& request) {
  static_assert(int{pb::GetEventResponse::kEventFieldNumber} == int{pb::Events::kEventsFieldNumber},
                "an answer is a stretch of one event");
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> sequence, SequenceOf(*hub.log, request));
  if (!sequence) return NotFound();
  LIAISON_ASSIGN_OR_RETURN(storage::StoredEvent event, hub.log->Read(*sequence));
  if (!auth::MayRead(principal, fanout::ReadableOf(event.leaf, event.header))) return NotFound();

  LIAISON_ASSIGN_OR_RETURN(std::string evidence,
                           fanout::EvidenceOf(*hub.log, *sequence, event.leaf));
  LIAISON_ASSIGN_OR_RETURN(const std::string origin,
                           fanout::OriginOf(*hub.log, *sequence, event.leaf));
  std::string bytes;
  LIAISON_RETURN_IF_ERROR(
      fanout::AppendEventField(event.leaf, event.header, event.sections, &bytes, nullptr, origin));
  pb::GetEventResponse rest;
  rest.set_log_id(hub.log->log_id().ToString());
  rest.set_evidence(std::move(evidence));
  rest.AppendToString(&bytes);
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace liaison::rpc
