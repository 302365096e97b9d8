#include "proto/record/compact_range.h"

#include <utility>

namespace liaison::record {
namespace {

void AppendHash(const Hash& hash, std::string* out) {
  if (out != nullptr) out->append(hash.bytes().data(), hash.bytes().size());
}

}  // namespace

CompactRange::CompactRange(uint64_t size, std::vector<Hash> roots)
    : size_(size), roots_(std::move(roots)) {}

void CompactRange::Append(const Hash& leaf_hash, std::string* row) {
  Hash hash = leaf_hash;
  AppendHash(hash, row);
  // Each low bit that is set is a subtree as large as what has grown so far: they become one.
  for (uint64_t rest = size_; rest & 1; rest >>= 1) {
    hash = NodeHash(roots_.back(), hash);
    roots_.pop_back();
    AppendHash(hash, row);
  }
  roots_.push_back(hash);
  ++size_;
}

Hash CompactRange::Root() const {
  if (roots_.empty()) return EmptyRoot();
  Hash root = roots_.back();
  for (size_t i = roots_.size() - 1; i-- > 0;) root = NodeHash(roots_[i], root);
  return root;
}

}  // namespace liaison::record
