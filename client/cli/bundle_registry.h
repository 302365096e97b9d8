// Organisations and their keys, all of them, as of any size of the registry tree.
#ifndef LIAISON_CLIENT_CLI_BUNDLE_REGISTRY_H_
#define LIAISON_CLIENT_CLI_BUNDLE_REGISTRY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/compact_range.h"
#include "proto/record/hash.h"
#include "proto/record/leaf.h"

namespace liaison::cli {

// A BundleRegistry grows by Add, and answers for every size that it had. Not thread-safe.
class BundleRegistry {
 public:
  struct Key {
    std::string organisation;
    std::string public_key;
    uint64_t added = 0;
    std::optional<uint64_t> revoked;
  };

  // Takes in the next entry, whatever is wrong with it. Says what is.
  std::vector<std::string> Add(absl::string_view leaf, absl::string_view header);

  const record::CompactRange& tree() const { return tree_; }
  size_t organisations() const { return organisations_.size(); }
  const std::map<record::Hash, Key>& keys() const { return keys_; }

  // How many registry events the log has before that sequence.
  uint64_t SizeBefore(uint64_t sequence) const;
  // True iff the event of that sequence stands in the registry; `leaf` is then its leaf, null where
  // that cannot be read.
  bool HasEntryAt(uint64_t sequence, const record::RegistryLeaf** leaf) const;
  // Why the key may not sign for the author at this size; empty where it may.
  std::string WhyNotBy(absl::string_view author, const record::Hash& key_hash, uint64_t size) const;
  bool IsSecretariat(absl::string_view organisation, uint64_t size) const;

 private:
  struct Version {
    uint64_t index;
    igf::liaison::v1::OrganisationFacts facts;
  };

  std::string CheckAuthor(const record::RegistryLeaf& leaf,
                          const igf::liaison::v1::EventHeader& header, absl::string_view bytes,
                          uint64_t index) const;
  std::string TakeKey(const igf::liaison::v1::KeyFacts& facts, uint64_t index);
  // As of that size; null where it was not registered.
  const igf::liaison::v1::OrganisationFacts* Find(absl::string_view name, uint64_t size) const;

  record::CompactRange tree_;
  std::vector<uint64_t> sequences_;
  std::vector<std::optional<record::RegistryLeaf>> leaves_;
  std::map<record::Hash, Key> keys_;
  std::map<std::string, std::vector<Version>, std::less<>> organisations_;
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_BUNDLE_REGISTRY_H_
