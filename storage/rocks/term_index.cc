#include "storage/rocks/term_index.h"

#include <memory>

#include "proto/record/macros.h"
#include "storage/base/coding.h"
#include "storage/format/postings.h"
#include "storage/rocks/status.h"

namespace liaison::storage {

void OpenBlock::Add(uint64_t sequence, absl::Span<const std::string> terms) {
  const uint16_t offset = OffsetInBlock(sequence);
  for (const std::string& term : terms) {
    std::vector<uint16_t>& offsets = postings_[term];
    if (offsets.empty() || offsets.back() != offset) offsets.push_back(offset);
  }
}

void OpenBlock::Take(
    const std::function<void(absl::string_view, absl::Span<const uint16_t>)>& visit) {
  for (const auto& [term, offsets] : postings_) visit(term, offsets);
  postings_.clear();
}

absl::StatusOr<std::vector<uint64_t>> FindPostings(const Database& database, absl::string_view term,
                                                   uint64_t after, uint64_t through) {
  std::vector<uint64_t> sequences;
  if (after >= through) return sequences;
  const std::string prefix = TermPrefix(term);
  const std::string end = PostingsKey(term, BlockOf(through) + 1);
  const rocksdb::Slice upper_bound = end;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper_bound;
  const std::unique_ptr<rocksdb::Iterator> iterator(
      database.rocks()->NewIterator(options, database.family(Family::kIndex)));
  // At most two rows: the first may hold nothing greater than `after`.
  for (iterator->Seek(PostingsKey(term, BlockOf(after + 1))); iterator->Valid(); iterator->Next()) {
    const absl::string_view key = ToView(iterator->key());
    if (key.size() != prefix.size() + kNumberSizeBytes) {
      return absl::DataLossError("a key of the index has a wrong size");
    }
    const uint64_t block = LoadU64(key.substr(prefix.size()));
    LIAISON_ASSIGN_OR_RETURN(const std::vector<uint16_t> offsets,
                             DecodePostings(ToView(iterator->value())));
    for (uint16_t offset : offsets) {
      if (SequenceAt(block, offset) > after) sequences.push_back(SequenceAt(block, offset));
    }
    if (!sequences.empty()) return sequences;
  }
  if (!iterator->status().ok()) return FromRocks(iterator->status(), "cannot read the index");
  return sequences;
}

}  // namespace liaison::storage
