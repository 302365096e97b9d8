#include "server/federation/origin_registry.h"

#include "absl/strings/str_cat.h"
#include "proto/record/leaf.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "proto/record/partial_tree.h"
#include "proto/record/signature.h"

namespace liaison::federation {
namespace {

namespace pb = ::igf::liaison::v1;

// The header that belongs to the leaf at `index`.
absl::StatusOr<pb::EventHeader> ReadEntry(const RegistryEntry& entry, uint64_t index) {
  const auto wrong = [index](absl::string_view what) {
    return absl::DataLossError(absl::StrCat("registry entry ", index, ": ", what));
  };
  if (entry.header.size() > record::kMaxHeaderSizeBytes) return wrong("its header is too large");
  LIAISON_ASSIGN_OR_RETURN(const record::RegistryLeaf leaf, record::DecodeRegistryLeaf(entry.leaf));
  if (leaf.index != index) return wrong(absl::StrCat("its leaf says ", leaf.index));
  if (leaf.digest != record::EventDigest(entry.header)) return wrong("its header is another one");
  pb::EventHeader header;
  if (!header.ParseFromString(entry.header)) return wrong("its header does not parse");
  const bool is_key = leaf.kind == record::RegistryLeafKind::kKey;
  if (header.type() != (is_key ? pb::EVENT_TYPE_KEY : pb::EVENT_TYPE_ORGANISATION)) {
    return wrong("leaf and header are of different kinds");
  }
  if (is_key && header.key().action() == pb::KEY_ACTION_ADD &&
      !record::CheckPublicKey(header.key().public_key()).ok()) {
    return wrong("its key is none that anybody should believe");
  }
  return header;
}

}  // namespace

absl::Status OriginRegistry::Extend(absl::Span<const RegistryEntry> entries, const Head& head) {
  if (head.size < size()) {
    return absl::FailedPreconditionError(
        absl::StrCat("a registry of ", head.size, " entries, and ", size(), " are here"));
  }
  if (head.size - size() != entries.size()) {
    return absl::DataLossError(
        absl::StrCat(entries.size(), " registry entries instead of ", head.size - size()));
  }
  OriginRegistry grown = *this;
  for (const RegistryEntry& entry : entries) {
    LIAISON_ASSIGN_OR_RETURN(const pb::EventHeader header, ReadEntry(entry, grown.size()));
    grown.leaf_hashes_.push_back(record::LeafHash(entry.leaf));
    grown.registry_.Apply(header);
  }
  record::Hash root = record::EmptyRoot();
  if (grown.size() > 0) {
    LIAISON_ASSIGN_OR_RETURN(
        const record::PartialTree tree,
        record::PartialTree::Of({{0, grown.size(), true, grown.leaf_hashes_}}));
    root = tree.root();
  }
  if (root != head.root) {
    return absl::DataLossError(
        absl::StrCat("the registry does not lead to the root that was signed at ", head.size));
  }
  *this = std::move(grown);
  return absl::OkStatus();
}

const domain::RegisteredKey* OriginRegistry::KeyInForce(const record::Hash& key_hash,
                                                        absl::string_view author,
                                                        uint64_t at_size) const {
  if (at_size > size()) return nullptr;
  const domain::RegisteredKey* key = registry_.FindKey(key_hash);
  if (key == nullptr || !domain::Registry::KeyWasValid(*key, author, at_size)) return nullptr;
  return key;
}

}  // namespace liaison::federation
