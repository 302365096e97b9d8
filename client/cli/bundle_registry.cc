#include "client/cli/bundle_registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/bundle_bytes.h"
#include "proto/record/pae.h"
#include "proto/record/signature.h"

namespace liaison::cli {
namespace {

namespace v1 = ::igf::liaison::v1;

absl::string_view SignatureIn(const record::RegistryLeaf& leaf) {
  return {reinterpret_cast<const char*>(leaf.signature.data()), leaf.signature.size()};
}

v1::EventType TypeOf(record::RegistryLeafKind kind) {
  return kind == record::RegistryLeafKind::kOrganisation ? v1::EVENT_TYPE_ORGANISATION
                                                         : v1::EVENT_TYPE_KEY;
}

std::string Short(const record::Hash& hash) { return hash.ToHex().substr(0, 16); }

}  // namespace

std::vector<std::string> BundleRegistry::Add(absl::string_view leaf_bytes,
                                             absl::string_view header_bytes) {
  std::vector<std::string> wrong;
  const uint64_t index = tree_.size();
  const uint64_t last = sequences_.empty() ? 0 : sequences_.back();
  tree_.Append(record::LeafHash(leaf_bytes));
  const auto leaf = ReadRegistryLeaf(leaf_bytes);
  // Its place is kept, so that what is right behind it stays right.
  sequences_.push_back(leaf.ok() ? std::max(leaf->sequence, last + 1) : last + 1);
  leaves_.push_back(leaf.ok() ? std::make_optional(*leaf) : std::nullopt);
  if (!leaf.ok()) return {std::string(leaf.status().message())};
  if (leaf->index != index) wrong.push_back(absl::StrCat("it says that it is entry ", leaf->index));
  if (leaf->sequence <= last) {
    wrong.push_back(absl::StrCat("sequence ", leaf->sequence, " behind ", last));
  }
  if (record::EventDigest(header_bytes) != leaf->digest) {
    wrong.emplace_back("the header's digest is not the leaf's");
  }
  const auto header = ReadHeader(header_bytes);
  if (!header.ok()) {
    wrong.emplace_back(header.status().message());
    return wrong;
  }
  const bool is_key = header->type() == v1::EVENT_TYPE_KEY;
  if (header->type() != TypeOf(leaf->kind) ||
      !(is_key ? header->has_key() : header->has_organisation())) {
    wrong.emplace_back("its header is none of an organisation or key");
    return wrong;
  }
  for (std::string why : {CheckAuthor(*leaf, *header, header_bytes, index),
                          is_key ? TakeKey(header->key(), index) : std::string()}) {
    if (!why.empty()) wrong.push_back(std::move(why));
  }
  if (!is_key) {
    organisations_[header->organisation().organisation()].push_back(
        {index, header->organisation()});
  }
  return wrong;
}

std::string BundleRegistry::CheckAuthor(const record::RegistryLeaf& leaf,
                                        const v1::EventHeader& header, absl::string_view bytes,
                                        uint64_t index) const {
  const bool attested = leaf.key_hash.is_zero();
  if (header.key_hash() != (attested ? absl::string_view() : leaf.key_hash.bytes())) {
    return "the header names another key than the leaf";
  }
  if (attested) return "";
  if (std::string why = WhyNotBy(header.author(), leaf.key_hash, index); !why.empty()) return why;
  if (record::VerifySignature(keys_.at(leaf.key_hash).public_key, record::kEventHeaderType, bytes,
                              SignatureIn(leaf))) {
    return "";
  }
  return absl::StrCat("the signature is not by the key of ", header.author());
}

std::string BundleRegistry::TakeKey(const v1::KeyFacts& facts, uint64_t index) {
  const record::Hash key_hash = record::KeyHash(facts.public_key());
  const auto known = keys_.find(key_hash);
  if (facts.action() == v1::KEY_ACTION_ADD) {
    if (absl::Status status = record::CheckPublicKey(facts.public_key()); !status.ok()) {
      return std::string(status.message());
    }
    if (known != keys_.end()) return "the key was added before, and a key never comes back";
    keys_[key_hash] = {facts.organisation(), facts.public_key(), index, std::nullopt};
    if (record::VerifySignature(facts.public_key(), record::kKeyPossessionType,
                                facts.organisation(), facts.possession())) {
      return "";
    }
    return absl::StrCat("nothing shows that ", facts.organisation(), " holds the key");
  }
  if (facts.action() != v1::KEY_ACTION_REVOKE || known == keys_.end() ||
      known->second.organisation != facts.organisation()) {
    return absl::StrCat(facts.organisation(), " revokes a key that it does not have");
  }
  if (!known->second.revoked) known->second.revoked = index;
  return "";
}

uint64_t BundleRegistry::SizeBefore(uint64_t sequence) const {
  return static_cast<uint64_t>(std::lower_bound(sequences_.begin(), sequences_.end(), sequence) -
                               sequences_.begin());
}

bool BundleRegistry::HasEntryAt(uint64_t sequence, const record::RegistryLeaf** leaf) const {
  const uint64_t index = SizeBefore(sequence);
  if (index == sequences_.size() || sequences_[index] != sequence) return false;
  *leaf = leaves_[index] ? &*leaves_[index] : nullptr;
  return true;
}

std::string BundleRegistry::WhyNotBy(absl::string_view author, const record::Hash& key_hash,
                                     uint64_t size) const {
  const auto key = keys_.find(key_hash);
  if (key == keys_.end()) return absl::StrCat("the registry has no key ", Short(key_hash));
  if (key->second.organisation != author) {
    return absl::StrCat("key ", Short(key_hash), " is one of ", key->second.organisation,
                        ", not of ", author);
  }
  if (key->second.added >= size || (key->second.revoked && *key->second.revoked < size)) {
    return absl::StrCat("key ", Short(key_hash), " of ", author,
                        " was not in force at registry size ", size);
  }
  return "";
}

const v1::OrganisationFacts* BundleRegistry::Find(absl::string_view name, uint64_t size) const {
  const auto found = organisations_.find(name);
  if (found == organisations_.end()) return nullptr;
  const v1::OrganisationFacts* facts = nullptr;
  for (const Version& version : found->second) {
    if (version.index < size) facts = &version.facts;
  }
  return facts;
}

bool BundleRegistry::IsSecretariat(absl::string_view organisation, uint64_t size) const {
  const v1::OrganisationFacts* own = Find(organisation, size);
  if (own == nullptr || own->kind() != v1::ORGANISATION_KIND_SECRETARIAT) return false;
  // Nor is anything retired that it belongs to.
  for (absl::string_view name = organisation; !name.empty();) {
    const v1::OrganisationFacts* facts = Find(name, size);
    if (facts != nullptr && facts->retired()) return false;
    const size_t slash = name.rfind('/');
    name = slash == absl::string_view::npos ? "" : name.substr(0, slash);
  }
  return true;
}

}  // namespace liaison::cli
