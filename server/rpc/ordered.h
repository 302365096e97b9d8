// A proposal and its answer, for whoever may wait.
#ifndef LIAISON_SERVER_RPC_ORDERED_H_
#define LIAISON_SERVER_RPC_ORDERED_H_

#include "absl/status/statusor.h"
#include "server/rpc/hub.h"
#include "server/sequencer/proposal.h"

namespace liaison::rpc {

// Puts the proposal into the order and waits for its answers, which the sequencer gives itself and
// not by one of the threads that wait here. The order's refusal is the error.
absl::StatusOr<sequencer::Answers> PutInOrder(const Hub& hub, sequencer::Proposal proposal);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_ORDERED_H_
