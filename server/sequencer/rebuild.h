// The state that decides, out of a log.
#ifndef LIAISON_SERVER_SEQUENCER_REBUILD_H_
#define LIAISON_SERVER_SEQUENCER_REBUILD_H_

#include "absl/status/statusor.h"
#include "server/domain/state.h"
#include "storage/event_log.h"

namespace liaison::sequencer {

// Applies again what the state is made of: registry, directory and rules events, in order.
absl::StatusOr<domain::State> RebuildState(const storage::EventLog& log);

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_REBUILD_H_
