// The event that opens a log.
#ifndef LIAISON_SERVER_SEQUENCER_FIRST_EVENT_H_
#define LIAISON_SERVER_SEQUENCER_FIRST_EVENT_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "server/domain/statement.h"

namespace liaison::sequencer {

// "From here on these rules are in force", by the hub itself, public and attested.
domain::Statement RulesStatement(absl::string_view hub, uint32_t rules_version, int64_t now_us);

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_FIRST_EVENT_H_
