#include "storage/tree/compact_range.h"

#include <utility>

namespace liaison::storage {
namespace {

void AppendHash(const record::Hash& hash, std::string* out) {
  out->append(hash.bytes().data(), hash.bytes().size());
}

}  // namespace

CompactRange::CompactRange(uint64_t size, std::vector<record::Hash> roots)
    : size_(size), roots_(std::move(roots)) {}

void CompactRange::Append(const record::Hash& leaf_hash, std::string* row) {
  record::Hash hash = leaf_hash;
  AppendHash(hash, row);
  // Each low bit that is set is a subtree as large as what has grown so far: they become one.
  for (uint64_t rest = size_; rest & 1; rest >>= 1) {
    hash = record::NodeHash(roots_.back(), hash);
    roots_.pop_back();
    AppendHash(hash, row);
  }
  roots_.push_back(hash);
  ++size_;
}

record::Hash CompactRange::Root() const {
  if (roots_.empty()) return record::EmptyRoot();
  record::Hash root = roots_.back();
  for (size_t i = roots_.size() - 1; i-- > 0;) root = record::NodeHash(roots_[i], root);
  return root;
}

}  // namespace liaison::storage
