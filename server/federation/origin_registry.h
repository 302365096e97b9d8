// The registry of another hub, as it was replicated and proven.
#ifndef LIAISON_SERVER_FEDERATION_ORIGIN_REGISTRY_H_
#define LIAISON_SERVER_FEDERATION_ORIGIN_REGISTRY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/record/hash.h"
#include "server/domain/registry.h"
#include "server/federation/origin.h"

namespace liaison::federation {

// One entry as the origin's registry tree has it.
struct RegistryEntry {
  std::string leaf;    // 146 bytes
  std::string header;  // of the Organisation or Key event, verbatim
};

// An OriginRegistry says which key of that hub's was in force at which size. It believes whole
// trees only: what does not lead to the root of a signed head changes nothing. Value type.
class OriginRegistry {
 public:
  uint64_t size() const { return leaf_hashes_.size(); }
  const domain::Registry& registry() const { return registry_; }

  // Goes on from size() to the head's. DATA_LOSS where the entries are out of order, do not say
  // what their leaves say, or do not lead to the head; FAILED_PRECONDITION for a head that is
  // smaller than what is there.
  absl::Status Extend(absl::Span<const RegistryEntry> entries, const Head& head);

  // nullptr unless that key of the author's was in force at that size of the registry, which must
  // not be beyond size().
  const domain::RegisteredKey* KeyInForce(const record::Hash& key_hash, absl::string_view author,
                                          uint64_t at_size) const;

 private:
  std::vector<record::Hash> leaf_hashes_;
  domain::Registry registry_;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_ORIGIN_REGISTRY_H_
