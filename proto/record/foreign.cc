#include "proto/record/foreign.h"

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "proto/record/openssl.h"
#include "proto/record/proof.h"
#include "proto/record/signed_note.h"

namespace liaison::record {
namespace {

constexpr size_t kSizeSizeBytes = 2;

absl::StatusOr<Checkpoint> CheckpointIn(const TlogProof& proof) {
  LIAISON_ASSIGN_OR_RETURN(const SignedNote note, ParseNote(proof.checkpoint));
  return ParseCheckpoint(note.text);
}

}  // namespace

std::string EncodeForeign(const Evidence& evidence) {
  const size_t size = evidence.leaf.size();
  Require(size <= 0xffff, "EncodeForeign: a leaf of more than 64 KiB");
  std::string bytes = {static_cast<char>(size >> 8), static_cast<char>(size & 0xff)};
  absl::StrAppend(&bytes, evidence.leaf, FormatTlogProof(evidence.proof));
  return bytes;
}

absl::StatusOr<Evidence> DecodeForeign(absl::string_view bytes) {
  const size_t size = bytes.size() < kSizeSizeBytes
                          ? 0
                          : static_cast<size_t>(static_cast<uint8_t>(bytes[0]) << 8 |
                                                static_cast<uint8_t>(bytes[1]));
  if (bytes.size() < kSizeSizeBytes + size) {
    return absl::DataLossError("the evidence of a relayed event is cut short");
  }
  Evidence evidence;
  evidence.leaf = std::string(bytes.substr(kSizeSizeBytes, size));
  LIAISON_ASSIGN_OR_RETURN(evidence.proof, ParseTlogProof(bytes.substr(kSizeSizeBytes + size)));
  return evidence;
}

absl::StatusOr<std::string> OriginIn(absl::string_view evidence) {
  LIAISON_ASSIGN_OR_RETURN(const Evidence read, DecodeForeign(evidence));
  LIAISON_ASSIGN_OR_RETURN(Checkpoint checkpoint, CheckpointIn(read.proof));
  return std::move(checkpoint.origin);
}

absl::Status CheckForeign(const Leaf& relayed, const Evidence& evidence) {
  LIAISON_ASSIGN_OR_RETURN(const Leaf leaf, DecodeLeaf(evidence.leaf));
  LIAISON_ASSIGN_OR_RETURN(const Checkpoint checkpoint, CheckpointIn(evidence.proof));
  const RelayedFrom& from = *relayed.relayed;
  const Hash leaf_hash = LeafHash(evidence.leaf);
  if (leaf_hash != from.leaf_hash || leaf.sequence != from.sequence ||
      leaf.digest != relayed.digest || leaf.key_hash != relayed.key_hash ||
      leaf.signature != relayed.signature || evidence.proof.index + 1 != from.sequence ||
      Sha256Of(checkpoint.origin) != from.origin_name_hash) {
    return absl::InvalidArgumentError("it is not what the relayed leaf speaks of");
  }
  return VerifyInclusion(evidence.proof.index, checkpoint.size, leaf_hash, evidence.proof.hashes,
                         checkpoint.root);
}

bool IsOfOneOrigin(const Leaf& a, const Leaf& b) {
  return a.relayed && b.relayed && a.relayed->origin_name_hash == b.relayed->origin_name_hash;
}

bool IsOfOneKey(const Leaf& a, const Leaf& b) { return !a.attested() && a.key_hash == b.key_hash; }

bool MayErase(const Leaf& redaction, absl::string_view by, const Leaf& target,
              absl::string_view author) {
  return IsOfOneOrigin(redaction, target) || (by == author && IsOfOneKey(redaction, target));
}

}  // namespace liaison::record
