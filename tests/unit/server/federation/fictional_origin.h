// Another hub's log, built leaf by leaf, with the keys to sign whatever a test wants signed.
// Everybody in it is fictional.
#ifndef LIAISON_TESTS_UNIT_SERVER_FEDERATION_FICTIONAL_ORIGIN_H_
#define LIAISON_TESTS_UNIT_SERVER_FEDERATION_FICTIONAL_ORIGIN_H_

#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/checkpoint.h"
#include "proto/record/event_builder.h"
#include "proto/record/pae.h"
#include "proto/record/partial_tree.h"
#include "proto/record/proof.h"
#include "proto/record/signature.h"
#include "server/federation/lane.h"
#include "server/federation/origin.h"
#include "server/federation/origin_registry.h"
#include "server/federation/verify_item.h"

namespace liaison::testing {

namespace pb = ::igf::liaison::v1;

inline constexpr char kRegional[] = "hub.example/regional/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01";
inline constexpr char kAuthor[] = "org/fictional-igf";
inline constexpr char kOtherAuthor[] = "org/fictional-other";

inline std::string SaltOf(pb::SectionKind kind) { return std::string(32, 'a' + kind); }

class FictionalOrigin {
 public:
  explicit FictionalOrigin(const std::string& name = kRegional)
      : FictionalOrigin(
            name, record::NoteSigner::Generate(name, record::NoteKeyType::kEd25519).ToSecret()) {}
  // With another one's key: a second history.
  FictionalOrigin(const std::string& name, const std::string& secret)
      : origin(*federation::ParseOrigin(name)),
        log_key(*record::NoteSigner::Parse(secret)),
        registry_key(*record::NoteSigner::Parse(RegistrySecret())) {}

  // A statement for the public, whole by itself.
  static pb::Draft Signal(const std::string& author = kAuthor) {
    static uint64_t count = 0;
    pb::Draft draft;
    draft.set_event_id(
        record::Uuid::FromName(record::Uuid(), absl::StrCat("signal ", ++count)).ToString());
    draft.set_author(author);
    draft.set_audience("regional/public");
    draft.add_topics("igf-call-2024/25:cyber.child");
    draft.set_language("en");
    draft.mutable_topic_signal()->set_title("A fictional concern");
    draft.mutable_topic_signal()->set_text("In a few words.");
    draft.mutable_personal()->add_contacts()->set_name("A fictional person");
    return draft;
  }

  // Into the registry: the organisation's key, made here.
  void AddKey(const std::string& author) { Register(author, pb::KEY_ACTION_ADD); }
  void RevokeKey(const std::string& author) { Register(author, pb::KEY_ACTION_REVOKE); }

  // Takes the event in, signed by the author's key; or by another one, or by nobody.
  federation::Item Signed(const pb::Draft& draft) { return Signed(draft, key(draft.author())); }
  federation::Item Signed(const pb::Draft& draft, const record::SigningKey& by) {
    return Enter(record::BuildEvent(draft, &by, absl::UnixEpoch(), SaltOf));
  }
  federation::Item Attested(const pb::Draft& draft) {
    return Enter(record::BuildEvent(draft, nullptr, absl::UnixEpoch(), SaltOf));
  }
  // Whatever leaf this is.
  federation::Item Enter(pb::SignedEvent event,
                         record::LeafKind kind = record::LeafKind::kAttested) {
    record::Leaf leaf;
    leaf.kind = kind;
    pb::EventHeader header;
    header.ParseFromString(event.header());
    if (!event.signature().empty()) {
      leaf.kind = record::LeafKind::kSigned;
      leaf.key_hash = record::Hash::FromBytes(header.key_hash());
      std::memcpy(leaf.signature.data(), event.signature().data(), leaf.signature.size());
    }
    if (header.type() == pb::EVENT_TYPE_REDACTION && kind == record::LeafKind::kAttested) {
      leaf.kind = record::LeafKind::kRedaction;
      leaf.redaction.emplace();
    }
    if (kind == record::LeafKind::kRelayed) leaf.relayed.emplace();
    if (kind == record::LeafKind::kRules) leaf.rules_version = 2;
    leaf.sequence = leaves.size() + 1;
    leaf.hub_time_us = static_cast<int64_t>(leaf.sequence);
    leaf.registry_size = registry.size();
    leaf.digest = record::EventDigest(event.header());
    return EnterLeaf(record::EncodeLeaf(leaf), std::move(event));
  }
  federation::Item EnterLeaf(std::string leaf, pb::SignedEvent event) {
    federation::Item item;
    item.sequence = leaves.size() + 1;
    item.leaf = std::move(leaf);
    item.header = event.header();
    for (const pb::Section& section : event.sections()) {
      item.sections.push_back(
          {section.kind(), federation::Presence::kHere, section.salt(), section.data()});
    }
    leaves.push_back(record::LeafHash(item.leaf));
    items.push_back(item);
    return item;
  }

  const record::SigningKey& key(const std::string& author) {
    return keys.try_emplace(author, record::SigningKey::Generate()).first->second;
  }

  // What the hub signs of itself now, opened.
  federation::Head head() const {
    return Opened(log_key, {origin.name, leaves.size(), record::RootOf(leaves), {}});
  }
  federation::Head registry_head() const {
    return Opened(registry_key, {absl::StrCat(origin.name, "/registry"),
                                 registry.size(),
                                 record::RootOf(RegistryLeaves()),
                                 {}});
  }
  static federation::Head Opened(const record::NoteSigner& key,
                                 const record::Checkpoint& checkpoint) {
    const std::string text = record::FormatCheckpoint(checkpoint);
    return *federation::OpenHead(key.verifier(), absl::StrCat(text, "\n", key.Sign(text)));
  }
  federation::Item Proven(federation::Item item) const {
    item.proof =
        *record::PartialTree::Of({{0, leaves.size(), true, leaves}})->ProofOf(item.sequence - 1);
    return item;
  }
  // Sequences first to last, and what covers the rest.
  federation::Piece Shown(uint64_t first, uint64_t last) const {
    return {first, last, {items.begin() + first - 1, items.begin() + last}, {}};
  }
  federation::Piece Hidden(uint64_t first, uint64_t last) const {
    return {first, last, {}, Cover(first - 1, last)};
  }
  federation::Batch BatchOf(std::vector<federation::Piece> pieces) const {
    federation::Batch batch;
    batch.head = head();
    batch.rest = Cover(pieces.back().last, leaves.size());
    batch.pieces = std::move(pieces);
    return batch;
  }
  std::vector<record::Hash> Cover(uint64_t begin, uint64_t end) const {
    return *record::PartialTree::Of({{0, leaves.size(), true, leaves}})->HashesOf(begin, end);
  }
  std::vector<record::Hash> RegistryLeaves() const {
    std::vector<record::Hash> hashes;
    for (const auto& entry : registry) hashes.push_back(record::LeafHash(entry.leaf));
    return hashes;
  }
  // As a peer that knows nothing yet has it.
  federation::OriginRegistry Replicated() const {
    federation::OriginRegistry replica;
    (void)replica.Extend(registry, registry_head());
    return replica;
  }

  const federation::Origin origin;
  const record::NoteSigner log_key;
  const record::NoteSigner registry_key;
  std::vector<record::Hash> leaves;
  std::vector<federation::Item> items;
  std::vector<federation::RegistryEntry> registry;
  std::map<std::string, record::SigningKey> keys;

 private:
  // The same key under the registry's name.
  std::string RegistrySecret() const {
    const std::string secret = log_key.ToSecret();
    const record::NoteVerifier named = federation::RegistryKeyOf(log_key.verifier());
    const std::string vkey = named.ToString();
    const std::string key_id = vkey.substr(named.name().size() + 1, 8);
    const size_t seed =
        absl::StrCat("PRIVATE+KEY+", log_key.verifier().name(), "+", key_id, "+").size();
    return absl::StrCat("PRIVATE+KEY+", named.name(), "+", key_id, "+", secret.substr(seed));
  }

  void Register(const std::string& author, pb::KeyAction action) {
    pb::Draft draft;
    draft.set_event_id(
        record::Uuid::FromName(record::Uuid(), absl::StrCat("key ", registry.size())).ToString());
    draft.set_author(author);
    draft.set_audience("regional/public");
    draft.mutable_key()->set_organisation(author);
    draft.mutable_key()->set_action(action);
    draft.mutable_key()->set_public_key(key(author).public_key());
    const federation::Item item = Attested(draft);
    record::RegistryLeaf leaf;
    leaf.kind = record::RegistryLeafKind::kKey;
    leaf.index = registry.size();
    leaf.sequence = item.sequence;
    leaf.digest = record::EventDigest(item.header);
    registry.push_back({record::EncodeRegistryLeaf(leaf), item.header});
  }
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_UNIT_SERVER_FEDERATION_FICTIONAL_ORIGIN_H_
