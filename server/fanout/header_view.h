// The few fields of a header that delivery needs, without parsing the whole of it.
#ifndef LIAISON_SERVER_FANOUT_HEADER_VIEW_H_
#define LIAISON_SERVER_FANOUT_HEADER_VIEW_H_

#include "absl/strings/string_view.h"
#include "server/auth/principal.h"
#include "server/fanout/chunk.h"

namespace liaison::fanout {

// Author and audience as a full parse of the header would give them; both empty where the bytes are
// no header, which nobody but the author may then read. A tenth of the cost of parsing. The leaf
// says whether it is relayed. Thread-safe.
auth::Readable ReadableOf(absl::string_view leaf, absl::string_view header_bytes);
// Of one that is in the chunk.
auth::Readable ReadableOf(const Chunk& chunk, const Chunk::Entry& entry);

}  // namespace liaison::fanout

#endif  // LIAISON_SERVER_FANOUT_HEADER_VIEW_H_
