// Rows of the families `events` and `sections`.
//
// event row    := version:u8 sections:u8 kind:u16be[sections] leaf_size:u16be leaf header
// section row  := 0x01 salt[32] data  |  0x02 (erased)  |  0x03 (withheld)
//
// The event row names its sections, so that a section row that is not there is a fault that is
// seen, and never looks like an event that had none. DO NOT CHANGE THESE LAYOUTS: they are on disk.
#ifndef LIAISON_STORAGE_FORMAT_STORED_H_
#define LIAISON_STORAGE_FORMAT_STORED_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/event_log.h"

namespace liaison::storage {

inline constexpr uint8_t kEventRowVersion = 1;
inline constexpr size_t kMaxSections = 8;  // of one event; three kinds exist

// An event row taken apart; views into the row's bytes.
struct EventRow {
  absl::string_view leaf;
  absl::string_view header;
  std::array<uint16_t, kMaxSections> kinds;
  size_t section_count = 0;

  absl::Span<const uint16_t> section_kinds() const { return {kinds.data(), section_count}; }
};

// Thread-safe, all of them.

// Appends the row to `out`. REQUIRES: at most kMaxSections sections, ascending kinds; the leaf is
// shorter than 64 KiB.
void AppendEventRow(absl::string_view leaf, absl::string_view header,
                    absl::Span<const StoredSection> sections, std::string* out);
// DATA_LOSS where the bytes are no event row.
absl::Status ParseEventRow(absl::string_view bytes, EventRow* row);

// Appends the row to `out`. REQUIRES: erased or withheld, or the salt has 32 bytes.
void AppendSectionRow(const StoredSection& section, std::string* out);
// Sets everything but the kind. DATA_LOSS where the bytes are no section row.
absl::Status ParseSectionRow(absl::string_view bytes, StoredSection* section);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_FORMAT_STORED_H_
