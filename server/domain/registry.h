// Organisations and their keys, as of one size of the registry tree.
#ifndef LIAISON_SERVER_DOMAIN_REGISTRY_H_
#define LIAISON_SERVER_DOMAIN_REGISTRY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/hash.h"

namespace liaison::domain {

namespace pb = ::igf::liaison::v1;

struct RegisteredKey {
  std::string organisation;
  std::string public_key;
  // Registry sizes: valid for leaves whose registry size s has added < s, and not revoked < s.
  uint64_t added = 0;
  std::optional<uint64_t> revoked;
};

// A Registry is what the Organisation and Key events so far say. Value type; a copy handed to other
// threads is immutable.
class Registry {
 public:
  uint64_t size() const { return size_; }

  // By name, retired ones among them.
  const std::map<std::string, pb::OrganisationFacts, std::less<>>& organisations() const {
    return organisations_;
  }
  // nullptr where there is none.
  const pb::OrganisationFacts* FindOrganisation(absl::string_view organisation) const;
  // Itself or, where it is not registered, the nearest that it belongs to and that is.
  const pb::OrganisationFacts* FindNearest(absl::string_view organisation) const;
  const RegisteredKey* FindKey(const record::Hash& key_hash) const;
  // True iff the key may sign for `author` at this registry size.
  bool KeyIsValid(const RegisteredKey& key, absl::string_view author) const {
    return KeyWasValid(key, author, size_);
  }
  // The same at an earlier size.
  static bool KeyWasValid(const RegisteredKey& key, absl::string_view author, uint64_t size);
  // True iff the organisation is registered with that kind.
  bool IsOfKind(absl::string_view organisation, pb::OrganisationKind kind) const;

  // Takes in the facts of a registry event. REQUIRES: the header's type is ORGANISATION or KEY.
  void Apply(const pb::EventHeader& header);

 private:
  uint64_t size_ = 0;
  std::map<std::string, pb::OrganisationFacts, std::less<>> organisations_;
  std::map<record::Hash, RegisteredKey> keys_;
};

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_REGISTRY_H_
