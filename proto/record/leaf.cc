#include "proto/record/leaf.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "proto/record/openssl.h"

// Version 1, integers big-endian:
//   leaf     := version:u8 kind:u8 sequence:u64 hub_time_us:u64 registry_size:u64
//               digest[32] key_hash[32] signature[64] extra
//   extra    := signed, attested: nothing
//               relayed: origin_name_hash[32] log_id[16] sequence:u64 leaf_hash[32]
//               redaction: target_sequence:u64 section:u16 reason:u16
//               rules: rules_version:u32
//   registry := version:u8 kind:u8 index:u64 sequence:u64 digest[32] key_hash[32] signature[64]
namespace liaison::record {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kLogIdSizeBytes = 16;
constexpr size_t kLeafSizeBytes = 2 + 3 * 8 + 32 + 32 + 64;
constexpr size_t kRelayedSizeBytes = kLeafSizeBytes + 32 + kLogIdSizeBytes + 8 + 32;
constexpr size_t kRedactionSizeBytes = kLeafSizeBytes + 8 + 2 + 2;
constexpr size_t kRulesSizeBytes = kLeafSizeBytes + 4;
constexpr size_t kRegistryLeafSizeBytes = 2 + 2 * 8 + 32 + 32 + 64;
static_assert(kLeafSizeBytes == 154 && kRelayedSizeBytes == 242 && kRedactionSizeBytes == 166 &&
              kRulesSizeBytes == 158 && kRegistryLeafSizeBytes == 146);

// 0 for a kind that is not known.
size_t SizeOf(LeafKind kind) {
  switch (kind) {
    case LeafKind::kSigned:
    case LeafKind::kAttested:
      return kLeafSizeBytes;
    case LeafKind::kRelayed:
      return kRelayedSizeBytes;
    case LeafKind::kRedaction:
      return kRedactionSizeBytes;
    case LeafKind::kRules:
      return kRulesSizeBytes;
  }
  return 0;
}

class Writer {
 public:
  explicit Writer(size_t size_bytes) { bytes_.reserve(size_bytes); }

  template <typename Integer>
  void Put(Integer value) {
    for (size_t i = sizeof(Integer); i-- > 0;) {
      bytes_.push_back(static_cast<char>(value >> (8 * i) & 0xff));
    }
  }
  void Put(const Hash& hash) { PutBytes(hash.bytes()); }
  void Put(const Uuid& uuid) { PutBytes(uuid.bytes()); }
  void Put(const std::array<uint8_t, 64>& signature) {
    PutBytes({reinterpret_cast<const char*>(signature.data()), signature.size()});
  }
  std::string Take() && { return std::move(bytes_); }

 private:
  void PutBytes(absl::string_view bytes) { bytes_.append(bytes.data(), bytes.size()); }

  std::string bytes_;
};

// REQUIRES of every call: that many bytes are left. The decoders check the length beforehand.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : bytes_(bytes) {}

  template <typename Integer>
  Integer Get() {
    uint64_t value = 0;
    for (char c : Take(sizeof(Integer))) value = value << 8 | static_cast<uint8_t>(c);
    return static_cast<Integer>(value);
  }
  Hash GetHash() { return Hash::FromBytes(Take(kHashSizeBytes)); }
  Uuid GetUuid() { return Uuid::FromBytes(Take(kLogIdSizeBytes)); }
  std::array<uint8_t, 64> GetSignature() {
    std::array<uint8_t, 64> signature;
    std::memcpy(signature.data(), Take(signature.size()).data(), signature.size());
    return signature;
  }

 private:
  absl::string_view Take(size_t size) {
    absl::string_view head = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return head;
  }

  absl::string_view bytes_;
};

// OK iff these are version 1 and `size_bytes` long, 0 standing for an unknown kind.
absl::Status CheckFrame(absl::string_view what, absl::string_view bytes, size_t size_bytes) {
  if (bytes.size() < 2) return absl::DataLossError(absl::StrCat(what, " of less than 2 bytes"));
  const auto version = static_cast<uint8_t>(bytes[0]);
  const auto kind = static_cast<uint8_t>(bytes[1]);
  if (version != kVersion) {
    return absl::DataLossError(absl::StrCat(what, " of unknown version ", version));
  }
  if (size_bytes == 0) return absl::DataLossError(absl::StrCat(what, " of unknown kind ", kind));
  if (bytes.size() != size_bytes) {
    return absl::DataLossError(absl::StrCat(what, " of kind ", kind, " has ", bytes.size(),
                                            " bytes instead of ", size_bytes));
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeLeaf(const Leaf& leaf) {
  Require(SizeOf(leaf.kind) != 0, "EncodeLeaf: unknown kind");
  Require(leaf.relayed.has_value() == (leaf.kind == LeafKind::kRelayed) &&
              leaf.redaction.has_value() == (leaf.kind == LeafKind::kRedaction) &&
              leaf.rules_version.has_value() == (leaf.kind == LeafKind::kRules),
          "EncodeLeaf: parts that its kind does not have");
  Writer out(SizeOf(leaf.kind));
  out.Put(kVersion);
  out.Put(static_cast<uint8_t>(leaf.kind));
  out.Put(leaf.sequence);
  out.Put(static_cast<uint64_t>(leaf.hub_time_us));
  out.Put(leaf.registry_size);
  out.Put(leaf.digest);
  out.Put(leaf.key_hash);
  out.Put(leaf.signature);
  if (leaf.relayed) {
    out.Put(leaf.relayed->origin_name_hash);
    out.Put(leaf.relayed->log_id);
    out.Put(leaf.relayed->sequence);
    out.Put(leaf.relayed->leaf_hash);
  }
  if (leaf.redaction) {
    out.Put(leaf.redaction->target_sequence);
    out.Put(leaf.redaction->section);
    out.Put(leaf.redaction->reason);
  }
  if (leaf.rules_version) out.Put(*leaf.rules_version);
  return std::move(out).Take();
}

absl::StatusOr<Leaf> DecodeLeaf(absl::string_view bytes) {
  const auto kind = static_cast<LeafKind>(bytes.size() < 2 ? 0 : bytes[1]);
  if (absl::Status status = CheckFrame("a leaf", bytes, SizeOf(kind)); !status.ok()) return status;
  Reader in(bytes.substr(2));
  Leaf leaf;
  leaf.kind = kind;
  leaf.sequence = in.Get<uint64_t>();
  leaf.hub_time_us = static_cast<int64_t>(in.Get<uint64_t>());
  leaf.registry_size = in.Get<uint64_t>();
  leaf.digest = in.GetHash();
  leaf.key_hash = in.GetHash();
  leaf.signature = in.GetSignature();
  if (kind == LeafKind::kRelayed) {
    leaf.relayed.emplace();
    leaf.relayed->origin_name_hash = in.GetHash();
    leaf.relayed->log_id = in.GetUuid();
    leaf.relayed->sequence = in.Get<uint64_t>();
    leaf.relayed->leaf_hash = in.GetHash();
  }
  if (kind == LeafKind::kRedaction) {
    leaf.redaction.emplace();
    leaf.redaction->target_sequence = in.Get<uint64_t>();
    leaf.redaction->section = in.Get<uint16_t>();
    leaf.redaction->reason = in.Get<uint16_t>();
  }
  if (kind == LeafKind::kRules) leaf.rules_version = in.Get<uint32_t>();
  return leaf;
}

std::string EncodeRegistryLeaf(const RegistryLeaf& leaf) {
  Writer out(kRegistryLeafSizeBytes);
  out.Put(kVersion);
  out.Put(static_cast<uint8_t>(leaf.kind));
  out.Put(leaf.index);
  out.Put(leaf.sequence);
  out.Put(leaf.digest);
  out.Put(leaf.key_hash);
  out.Put(leaf.signature);
  return std::move(out).Take();
}

absl::StatusOr<RegistryLeaf> DecodeRegistryLeaf(absl::string_view bytes) {
  const auto kind = static_cast<RegistryLeafKind>(bytes.size() < 2 ? 0 : bytes[1]);
  const bool known = kind == RegistryLeafKind::kOrganisation || kind == RegistryLeafKind::kKey;
  if (absl::Status status =
          CheckFrame("a registry leaf", bytes, known ? kRegistryLeafSizeBytes : 0);
      !status.ok()) {
    return status;
  }
  Reader in(bytes.substr(2));
  RegistryLeaf leaf;
  leaf.kind = kind;
  leaf.index = in.Get<uint64_t>();
  leaf.sequence = in.Get<uint64_t>();
  leaf.digest = in.GetHash();
  leaf.key_hash = in.GetHash();
  leaf.signature = in.GetSignature();
  return leaf;
}

}  // namespace liaison::record
