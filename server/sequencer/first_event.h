// The events that a hub writes of itself: what opens a log, puts later rules in force, or says from
// where a log goes on.
#ifndef LIAISON_SERVER_SEQUENCER_FIRST_EVENT_H_
#define LIAISON_SERVER_SEQUENCER_FIRST_EVENT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/record/uuid.h"
#include "server/domain/statement.h"

namespace liaison::sequencer {

// "From here on these rules are in force", by the hub itself, public and attested. The event is
// named after the log and the version: however often it has to be written, it is the same event.
domain::Statement RulesStatement(absl::string_view hub, const record::Uuid& log_id,
                                 uint32_t rules_version, bool opens_log, int64_t now_us);

// The attachment of QuoteStatement.
inline constexpr absl::string_view kQuoteName = "goes-on-from.checkpoint";
// "The rules stay, and this incarnation of the log goes on from another one, of which this was the
// last checkpoint that anybody had": a signed note, verbatim.
domain::Statement QuoteStatement(absl::string_view hub, const record::Uuid& log_id,
                                 uint32_t rules_version, const std::string& checkpoint,
                                 int64_t now_us);
// By which it is found in the log of that id: see storage::EventLog::FindByIdentity.
std::string QuoteIdentity(absl::string_view hub, const record::Uuid& log_id);

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_FIRST_EVENT_H_
