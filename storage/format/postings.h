// Rows of the family `index`: which events of a block of sequences carry a term.
//
// key       := term_size:u16be term block:u64be
// postings  := 0x01 offset:u16be+      ascending, fewer than 64
//            | 0x02 bitmap[128]        bit i%8 of byte i/8 is offset i
// sequence  =  block * 1024 + offset + 1
//
// The size before the term keeps terms apart whatever bytes they hold (a digest holds any): no key
// of one term starts with another's. A row is at most 129 bytes, and a term that every event
// carries costs one bit an event. DO NOT CHANGE THESE LAYOUTS OR VALUES: they are on disk.
#ifndef LIAISON_STORAGE_FORMAT_POSTINGS_H_
#define LIAISON_STORAGE_FORMAT_POSTINGS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace liaison::storage {

inline constexpr uint64_t kBlockSequences = 1024;
// Limits of one event's part in the index. A topic of full size below a scheme has 64 ancestors.
inline constexpr size_t kMaxTermSizeBytes = 1024;
inline constexpr size_t kMaxTermsPerEvent = 4096;

// Thread-safe, all of them. REQUIRES: sequence > 0.
inline uint64_t BlockOf(uint64_t sequence) { return (sequence - 1) / kBlockSequences; }
inline uint16_t OffsetInBlock(uint64_t sequence) {
  return static_cast<uint16_t>((sequence - 1) % kBlockSequences);
}
inline uint64_t SequenceAt(uint64_t block, uint16_t offset) {
  return block * kBlockSequences + offset + 1;
}
// The last sequence of the last block that `sequence` completes or has behind it; 0 where none.
inline uint64_t CompleteBlocksEnd(uint64_t sequence) {
  return sequence - sequence % kBlockSequences;
}

// What all keys of the term, and no others, start with.
std::string TermPrefix(absl::string_view term);
std::string PostingsKey(absl::string_view term, uint64_t block);

// REQUIRES: `offsets` are not empty, ascending, each below kBlockSequences.
std::string EncodePostings(absl::Span<const uint16_t> offsets);
// Ascending, never empty. DATA_LOSS where the bytes are no postings.
absl::StatusOr<std::vector<uint16_t>> DecodePostings(absl::string_view bytes);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_FORMAT_POSTINGS_H_
