// A stretch of the log, serialised once and shared by every stream that sends it.
#ifndef LIAISON_SERVER_FANOUT_CHUNK_H_
#define LIAISON_SERVER_FANOUT_CHUNK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/event_log.h"

namespace liaison::fanout {

// A Chunk covers every sequence from first to last. It holds those events that were worth reading:
// all of them, unless an index said that the others do not match. Immutable once built.
struct Chunk {
  struct Entry {
    uint64_t sequence = 0;
    uint32_t begin = 0;  // of the serialised field in `bytes`
    uint32_t end = 0;
    uint32_t header_begin = 0;  // of the header within it
    uint32_t header_end = 0;
    bool open_to_all = false;  // anybody may read it
    bool relayed = false;      // it comes from another hub
  };

  uint64_t first = 0;
  uint64_t last = 0;
  std::string bytes;  // events, each as field 1 of the message around them
  std::vector<Entry> entries;

  absl::string_view header(const Entry& entry) const {
    return absl::string_view(bytes).substr(entry.header_begin,
                                           entry.header_end - entry.header_begin);
  }
};

// Serialises one event behind those in the chunk and extends its range. `origin`: see OriginOf.
absl::Status AppendEvent(uint64_t sequence, absl::string_view leaf, absl::string_view header,
                         absl::Span<const storage::StoredSection> sections,
                         absl::string_view origin, Chunk* chunk);

}  // namespace liaison::fanout

#endif  // LIAISON_SERVER_FANOUT_CHUNK_H_
