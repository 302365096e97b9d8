// An event as it goes out, made once for all readers.
#ifndef LIAISON_SERVER_FANOUT_EVENT_WIRE_H_
#define LIAISON_SERVER_FANOUT_EVENT_WIRE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/record/leaf.h"
#include "storage/event_log.h"

namespace liaison::fanout {

// Appends the event as field 1 of a message: what follows each other is a stretch of `Events`, and
// of `ListEventsResponse`. The bytes are those of a serialised igf.liaison.v1.Event, written
// without building one; `header_offset` tells where in `out` the header begins. `origin` is that of
// OriginOf. DATA_LOSS where the leaf does not decode. Thread-safe.
absl::Status AppendEventField(absl::string_view leaf_bytes, absl::string_view header,
                              absl::Span<const storage::StoredSection> sections, std::string* out,
                              size_t* header_offset = nullptr, absl::string_view origin = "");

// Appends a varint, as protobuf does.
void AppendVarint(uint64_t value, std::string* out);

}  // namespace liaison::fanout

#endif  // LIAISON_SERVER_FANOUT_EVENT_WIRE_H_
