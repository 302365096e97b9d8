// Leaves of the two trees: fixed layouts, frozen. The byte grammar is in storage/format/FORMAT.md.
#ifndef LIAISON_PROTO_RECORD_LEAF_H_
#define LIAISON_PROTO_RECORD_LEAF_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/hash.h"
#include "proto/record/uuid.h"

namespace liaison::record {

// DO NOT CHANGE THESE VALUES: they stand in leaves.
enum class LeafKind : uint8_t {
  kSigned = 1,     // by its author's key
  kAttested = 2,   // by this hub: key hash and signature are zero
  kRelayed = 3,    // from another hub
  kRedaction = 4,  // erases a section of an earlier event
  kRules = 5,      // rules in force from here on
};

struct RelayedFrom {
  Hash origin_name_hash;  // SHA256(origin name)
  Uuid log_id;
  uint64_t sequence = 0;
  Hash leaf_hash;
};

struct RedactedSection {
  uint64_t target_sequence = 0;
  uint16_t section = 0;
  uint16_t reason = 0;
};

// A Leaf is what the log's tree covers for one event.
struct Leaf {
  LeafKind kind = LeafKind::kAttested;
  uint64_t sequence = 0;
  int64_t hub_time_us = 0;     // microseconds since the Unix epoch, UTC
  uint64_t registry_size = 0;  // in force when the event was accepted
  Hash digest;                 // SHA256(PAE)
  Hash key_hash;               // zero where attested
  std::array<uint8_t, 64> signature{};

  std::optional<RelayedFrom> relayed;        // iff kRelayed
  std::optional<RedactedSection> redaction;  // iff kRedaction
  std::optional<uint32_t> rules_version;     // iff kRules

  bool attested() const { return key_hash.is_zero(); }
};

// 154 bytes for kSigned and kAttested, 242 relayed, 166 redaction, 158 rules.
// REQUIRES: exactly the optional parts that the kind names.
std::string EncodeLeaf(const Leaf& leaf);
// DATA_LOSS for an unknown version or kind, or a length that is not exactly the kind's.
absl::StatusOr<Leaf> DecodeLeaf(absl::string_view bytes);

enum class RegistryLeafKind : uint8_t {
  kOrganisation = 1,
  kKey = 2,
};

// A RegistryLeaf is what the registry tree covers for one Organisation or Key event: enough to
// check it without the log. 146 bytes.
struct RegistryLeaf {
  RegistryLeafKind kind = RegistryLeafKind::kOrganisation;
  uint64_t index = 0;     // in the registry tree, from 0
  uint64_t sequence = 0;  // in the log
  Hash digest;
  Hash key_hash;
  std::array<uint8_t, 64> signature{};
};

std::string EncodeRegistryLeaf(const RegistryLeaf& leaf);
absl::StatusOr<RegistryLeaf> DecodeRegistryLeaf(absl::string_view bytes);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_LEAF_H_
