// Positions as callers give them.
#ifndef LIAISON_SERVER_RPC_POSITION_H_
#define LIAISON_SERVER_RPC_POSITION_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/types.pb.h"
#include "storage/event_log.h"

namespace liaison::rpc {

// The sequence to start after. FAILED_PRECONDITION, LOG_INCARNATION_CHANGED for a position in
// another log; OUT_OF_RANGE, POSITION_AHEAD_OF_LOG beyond `head` (then this hub has lost what the
// caller has seen); OUT_OF_RANGE, POSITION_EXPIRED where what follows can no longer be read.
absl::StatusOr<uint64_t> ResolvePosition(const storage::EventLog& log, uint64_t head,
                                         const igf::liaison::v1::Position& position,
                                         absl::string_view field);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_POSITION_H_
