// Positions as callers give them.
#ifndef LIAISON_SERVER_RPC_POSITION_H_
#define LIAISON_SERVER_RPC_POSITION_H_

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/types.pb.h"
#include "proto/record/uuid.h"
#include "storage/event_log.h"

namespace liaison::rpc {

// What of a log can be read.
struct Extent {
  record::Uuid log_id;
  uint64_t earliest = 1;
  uint64_t head = 0;
};

// The sequence to start after. FAILED_PRECONDITION, LOG_INCARNATION_CHANGED for a position in
// another log; OUT_OF_RANGE, POSITION_AHEAD_OF_LOG beyond the head (then this hub has lost what the
// caller has seen); OUT_OF_RANGE, POSITION_EXPIRED where what follows can no longer be read.
absl::StatusOr<uint64_t> ResolvePosition(const Extent& log,
                                         const igf::liaison::v1::Position& position,
                                         absl::string_view field);

// The same for what came at that time or later. FIELD_INVALID for a time outside the years 1 to
// 9999.
absl::StatusOr<uint64_t> ResolveTime(const storage::EventLog& log,
                                     const google::protobuf::Timestamp& since,
                                     absl::string_view field);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_POSITION_H_
