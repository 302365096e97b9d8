// What a hub demands of its own events, it demands of what enters from another one.
#ifndef LIAISON_SERVER_FEDERATION_ITEM_SHAPE_H_
#define LIAISON_SERVER_FEDERATION_ITEM_SHAPE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"
#include "server/federation/verify_item.h"

namespace liaison::federation {

// Names, counts, sizes and sections as storage, views and every reader rely on them: one header
// that they cannot take would stop a hub again and again. Enum numbers and types of a later version
// pass. `hub` is the origin's, before the slash of its audiences. Thread-safe, both.
absl::Status CheckHeaderShape(const pb::EventHeader& header, absl::string_view hub);
// Sections that came and open their commitments: they parse, and the content says what the header
// says. REQUIRES: CheckHeaderShape is OK.
absl::Status CheckContentShape(const pb::EventHeader& header, const Item& item);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_ITEM_SHAPE_H_
