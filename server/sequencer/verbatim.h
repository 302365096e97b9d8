// Events that were in this very log, at the very place where they stood.
#ifndef LIAISON_SERVER_SEQUENCER_VERBATIM_H_
#define LIAISON_SERVER_SEQUENCER_VERBATIM_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/event_log.h"

namespace liaison::sequencer {

// Appends them with leaf, header and sections as they are, and everything that follows from them as
// it followed then: nothing is decided again. They continue the log. A section that is erased is
// erased by one of them, or by what is there. `evidence` is that of the relayed ones, by sequence,
// for table `f`.
//
// DATA_LOSS where the bytes are no event's, or the evidence is not there. After an error some may
// have been appended.
absl::Status AppendVerbatim(absl::Span<const storage::StoredEvent> events,
                            const std::map<uint64_t, std::string>& evidence,
                            storage::EventLog* log);

// Says in the log, public and by the hub itself, that it goes on from another incarnation: a Rules
// event, which changes no rule, with that log's last known checkpoint, a signed note, as its
// attachment. `hub` is the name before the slash of the audiences.
absl::Status AppendQuote(const std::string& hub, const std::string& checkpoint, int64_t now_us,
                         storage::EventLog* log);
// The checkpoint that stands in it; empty where the log goes on from no other one.
absl::StatusOr<std::string> FindQuote(const std::string& hub, const storage::EventLog& log);

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_VERBATIM_H_
