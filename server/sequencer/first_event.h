// The event that opens a log, or puts later rules in force.
#ifndef LIAISON_SERVER_SEQUENCER_FIRST_EVENT_H_
#define LIAISON_SERVER_SEQUENCER_FIRST_EVENT_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "proto/record/uuid.h"
#include "server/domain/statement.h"

namespace liaison::sequencer {

// "From here on these rules are in force", by the hub itself, public and attested. The event is
// named after the log and the version: however often it has to be written, it is the same event.
domain::Statement RulesStatement(absl::string_view hub, const record::Uuid& log_id,
                                 uint32_t rules_version, bool opens_log, int64_t now_us);

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_FIRST_EVENT_H_
