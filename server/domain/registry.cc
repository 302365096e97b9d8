#include "server/domain/registry.h"

#include "proto/record/names.h"
#include "proto/record/signature.h"

namespace liaison::domain {

const pb::OrganisationFacts* Registry::FindOrganisation(absl::string_view organisation) const {
  auto it = organisations_.find(std::string(organisation));
  return it == organisations_.end() ? nullptr : &it->second;
}

const pb::OrganisationFacts* Registry::FindNearest(absl::string_view organisation) const {
  while (true) {
    const pb::OrganisationFacts* facts = FindOrganisation(organisation);
    const size_t slash = organisation.rfind('/');
    if (facts != nullptr || slash == absl::string_view::npos) return facts;
    organisation = organisation.substr(0, slash);
  }
}

const RegisteredKey* Registry::FindKey(const record::Hash& key_hash) const {
  auto it = keys_.find(key_hash);
  return it == keys_.end() ? nullptr : &it->second;
}

bool Registry::KeyWasValid(const RegisteredKey& key, absl::string_view author, uint64_t size) {
  return key.organisation == author && key.added < size && !(key.revoked && *key.revoked < size);
}

bool Registry::IsOfKind(absl::string_view organisation, pb::OrganisationKind kind) const {
  const pb::OrganisationFacts* facts = FindOrganisation(organisation);
  return facts != nullptr && facts->kind() == kind && !facts->retired();
}

void Registry::Apply(const pb::EventHeader& header) {
  const uint64_t index = size_++;
  if (header.type() == pb::EVENT_TYPE_ORGANISATION) {
    organisations_[header.organisation().organisation()] = header.organisation();
    return;
  }
  const pb::KeyFacts& facts = header.key();
  const record::Hash key_hash = record::KeyHash(facts.public_key());
  if (facts.action() == pb::KEY_ACTION_ADD) {
    // A key never changes hands and never comes back: whoever revoked it meant it.
    keys_.try_emplace(key_hash, RegisteredKey{facts.organisation(), facts.public_key(), index, {}});
  } else if (auto it = keys_.find(key_hash); it != keys_.end() &&
                                             it->second.organisation == facts.organisation() &&
                                             !it->second.revoked) {
    it->second.revoked = index;
  }
}

}  // namespace liaison::domain
