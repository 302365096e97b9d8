#include "server/fanout/chunk.h"

#include "proto/record/macros.h"
#include "server/fanout/event_wire.h"
#include "server/fanout/header_view.h"

namespace liaison::fanout {

absl::Status AppendEvent(uint64_t sequence, absl::string_view leaf, absl::string_view header,
                         absl::Span<const storage::StoredSection> sections,
                         absl::string_view origin, Chunk* chunk) {
  Chunk::Entry entry;
  entry.sequence = sequence;
  entry.begin = static_cast<uint32_t>(chunk->bytes.size());
  size_t header_offset = 0;
  LIAISON_RETURN_IF_ERROR(
      AppendEventField(leaf, header, sections, &chunk->bytes, &header_offset, origin));
  entry.end = static_cast<uint32_t>(chunk->bytes.size());
  entry.header_begin = static_cast<uint32_t>(header_offset);
  entry.header_end = static_cast<uint32_t>(header_offset + header.size());
  const auth::Readable readable = ReadableOf(leaf, header);
  entry.open_to_all = auth::MayRead(auth::Principal{}, readable);
  entry.relayed = readable.relayed;
  chunk->entries.push_back(entry);
  chunk->last = sequence;
  return absl::OkStatus();
}

}  // namespace liaison::fanout
