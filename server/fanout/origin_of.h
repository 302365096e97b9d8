// Where an event of another hub comes from.
#ifndef LIAISON_SERVER_FANOUT_ORIGIN_OF_H_
#define LIAISON_SERVER_FANOUT_ORIGIN_OF_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/event_log.h"

namespace liaison::fanout {

// What its first bytes say. Thread-safe.
bool IsRelayed(absl::string_view leaf);

// What proves where the event at `sequence` comes from, as record::EncodeForeign has it; empty
// where it is this hub's own. DATA_LOSS where it has gone. Thread-safe.
absl::StatusOr<std::string> EvidenceOf(const storage::EventLog& log, uint64_t sequence,
                                       absl::string_view leaf);

// The name of the origin, `HOST/HUB/LOG_ID`; empty where it is this hub's own. Thread-safe.
absl::StatusOr<std::string> OriginOf(const storage::EventLog& log, uint64_t sequence,
                                     absl::string_view leaf);

}  // namespace liaison::fanout

#endif  // LIAISON_SERVER_FANOUT_ORIGIN_OF_H_
