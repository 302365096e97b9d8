// How a proposal comes to its answer.
#ifndef LIAISON_SERVER_SEQUENCER_SUBMIT_H_
#define LIAISON_SERVER_SEQUENCER_SUBMIT_H_

#include "absl/status/status.h"
#include "server/sequencer/proposal.h"
#include "server/sequencer/proposal_log.h"
#include "storage/event_log.h"

namespace liaison::sequencer {

// Puts the proposal into the order. A retry is answered however full that is: where the order takes
// nothing and the log holds every statement already, as it is said here, `done` is called with the
// original receipts before this returns. Otherwise the order's refusal, and `done` is not called.
//
// Thread-safe. May read from the log.
absl::Status Submit(const storage::EventLog& log, ProposalLog* proposals, Proposal&& proposal);

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_SUBMIT_H_
