// The index of terms: written a block at a time, searched by seeking.
#ifndef LIAISON_STORAGE_ROCKS_TERM_INDEX_H_
#define LIAISON_STORAGE_ROCKS_TERM_INDEX_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/rocks/database.h"

namespace liaison::storage {

// An OpenBlock gathers the postings of the block of sequences that is being filled. Not
// thread-safe. What it holds is bounded by kBlockSequences events of kMaxTermsPerEvent terms.
class OpenBlock {
 public:
  // REQUIRES: sequences come in order, and Take is called after the last of a block.
  void Add(uint64_t sequence, absl::Span<const std::string> terms);
  // Hands out each term with its offsets, and is empty for the next block.
  void Take(
      const std::function<void(absl::string_view term, absl::Span<const uint16_t> offsets)>& visit);

 private:
  absl::flat_hash_map<std::string, std::vector<uint16_t>> postings_;
};

// The sequences of the first block with any that carry `term`, are greater than `after` and at
// most `through`; empty where there are none. REQUIRES: `through` is the end of a block.
absl::StatusOr<std::vector<uint64_t>> FindPostings(const Database& database, absl::string_view term,
                                                   uint64_t after, uint64_t through);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_TERM_INDEX_H_
