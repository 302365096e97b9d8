// Column families and the keys in them. The byte grammar is in FORMAT.md.
//
// DO NOT CHANGE NAMES, ORDER OF BYTES OR VALUES: they are on disk.
#ifndef LIAISON_STORAGE_FORMAT_KEYS_H_
#define LIAISON_STORAGE_FORMAT_KEYS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "storage/event_log.h"

namespace liaison::storage {

// What this binary writes. It reads this and every earlier one.
inline constexpr uint32_t kFormatVersion = 1;

enum class Family : size_t {
  kMeta,          // name -> value: what the log is
  kEvents,        // u64be sequence -> event row
  kSections,      // u64be sequence, u16be kind -> section row
  kTree,          // u64be leaf index -> tree row
  kRegistry,      // u64be registry index -> registry leaf
  kRegistryTree,  // u64be registry index -> tree row
  kIdentity,      // IdentityKey -> u64be sequence
  kDigest,        // digest[32] -> u64be sequence
  kIndex,         // u16be size, term, u64be block -> postings
  kTables,        // Table, key -> value
};

// In order of Family. `default` is RocksDB's own word and cannot be chosen.
inline constexpr std::array<absl::string_view, 10> kFamilyNames = {
    "default",       "events",   "sections", "tree",  "registry",
    "registry_tree", "identity", "digest",   "index", "tables"};

inline constexpr absl::string_view kMetaFormatVersion = "format_version";  // u32be
inline constexpr absl::string_view kMetaLogId = "log_id";                  // 16 bytes
inline constexpr absl::string_view kMetaTokenSecret = "token_secret";      // 32 bytes

// Thread-safe, all of them.

// u64be: sequences, leaf indexes and registry indexes. As value too.
std::string NumberKey(uint64_t number);
inline constexpr size_t kNumberSizeBytes = 8;

std::string SectionKey(uint64_t sequence, uint16_t kind);
inline constexpr size_t kSectionKeySizeBytes = 10;

std::string TableKey(Table table, absl::string_view key);

// The smallest key that is greater than every key that starts with `prefix`; empty where there is
// none (the prefix is all 0xff).
std::string PrefixEnd(absl::string_view prefix);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_FORMAT_KEYS_H_
