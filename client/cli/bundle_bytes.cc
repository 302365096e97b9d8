#include "client/cli/bundle_bytes.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "proto/record/hash.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

namespace v1 = ::igf::liaison::v1;

// The facts of type n are field n + 100 (event.proto).
constexpr int64_t kFactsBehindType = 100;

template <typename AnyLeaf>
bool HasOneOfKeyAndSignature(const AnyLeaf& leaf) {
  const bool unsigned_leaf = std::all_of(leaf.signature.begin(), leaf.signature.end(),
                                         [](uint8_t byte) { return byte == 0; });
  return leaf.key_hash.is_zero() != unsigned_leaf;
}

}  // namespace

absl::StatusOr<record::Leaf> ReadLeaf(absl::string_view bytes) {
  LIAISON_ASSIGN_OR_RETURN(record::Leaf leaf, record::DecodeLeaf(bytes));
  if (HasOneOfKeyAndSignature(leaf)) {
    return absl::DataLossError("a leaf with a signature and no key, or with a key alone");
  }
  if ((leaf.kind == record::LeafKind::kSigned && leaf.attested()) ||
      (leaf.kind == record::LeafKind::kAttested && !leaf.attested())) {
    return absl::DataLossError("the leaf is signed and says attested, or the other way round");
  }
  return leaf;
}

absl::StatusOr<record::RegistryLeaf> ReadRegistryLeaf(absl::string_view bytes) {
  LIAISON_ASSIGN_OR_RETURN(record::RegistryLeaf leaf, record::DecodeRegistryLeaf(bytes));
  if (HasOneOfKeyAndSignature(leaf)) {
    return absl::DataLossError("a leaf with a signature and no key, or with a key alone");
  }
  return leaf;
}

absl::StatusOr<v1::EventHeader> ReadHeader(absl::string_view bytes) {
  v1::EventHeader header;
  if (!header.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("the header does not parse");
  }
  int last_kind = -1;
  for (const v1::SectionCommitment& commitment : header.commitments()) {
    if (commitment.kind() <= last_kind ||
        commitment.commitment().size() != record::kHashSizeBytes) {
      return absl::DataLossError("the header's commitments are out of order or of another size");
    }
    last_kind = commitment.kind();
  }
  const int64_t type_of_facts = header.facts_case() - kFactsBehindType;
  if (header.facts_case() != v1::EventHeader::FACTS_NOT_SET && type_of_facts != header.type()) {
    return absl::DataLossError(
        absl::StrCat("an event of type ", header.type(), " with facts of ", type_of_facts));
  }
  return header;
}

}  // namespace liaison::cli
