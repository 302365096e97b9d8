#include "server/federation/origin.h"

#include <gtest/gtest.h>

#include "fictional_origin.h"
#include "server/federation/origin_registry.h"

namespace liaison::federation {
namespace {

using testing::FictionalOrigin;
using testing::kAuthor;
using testing::kOtherAuthor;
using testing::kRegional;

TEST(Origin, IsHostHubAndLog) {
  const auto origin = ParseOrigin(kRegional);
  ASSERT_TRUE(origin.ok()) << origin.status();
  EXPECT_EQ(origin->hub, "regional");
  EXPECT_EQ(origin->log_id.ToString(), "6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01");
  EXPECT_EQ(origin->name_hash, record::Sha256Of(kRegional));
  const std::string id = "6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01";
  for (const std::string& wrong :
       {std::string(), id, "regional/" + id, "/regional/" + id, "h//" + id, "h/Regional/" + id,
        "h/a/b/" + id, "h/regional/" + id + "/registry", std::string("h/regional/"),
        "a host/regional/" + id, "h+/regional/" + id}) {
    EXPECT_FALSE(ParseOrigin(wrong).ok()) << wrong;
  }
}

TEST(Origin, AHeadIsWhatThePinnedKeySigned) {
  FictionalOrigin hub;
  hub.Attested(FictionalOrigin::Signal());
  const record::NoteVerifier key = hub.log_key.verifier();
  const Head head = hub.head();
  EXPECT_EQ(head.size, 1u);
  EXPECT_EQ(OpenHead(key, head.note)->root, hub.leaves[0]);
  FictionalOrigin other;  // of that name, and with a key of its own
  EXPECT_FALSE(OpenHead(key, other.head().note).ok());
  std::string changed = head.note;
  changed[changed.find("\n1\n") + 1] = '2';
  EXPECT_FALSE(OpenHead(key, changed).ok());
  EXPECT_FALSE(OpenHead(key, hub.registry_head().note).ok()) << "the registry's for the log's";
}

// The same key signs both trees, each under its own name and with its own first line.
TEST(Origin, AHeadIsOfItsOwnTree) {
  FictionalOrigin hub;
  const std::string text =
      record::FormatCheckpoint({std::string(kRegional) + "/registry", 0, record::EmptyRoot(), {}});
  const std::string note = text + "\n" + hub.log_key.Sign(text);
  EXPECT_FALSE(OpenHead(hub.log_key.verifier(), note).ok());
}

class OriginRegistryTest : public ::testing::Test {
 protected:
  OriginRegistryTest() {
    hub_.AddKey(kAuthor);
    hub_.AddKey(kOtherAuthor);
    hub_.RevokeKey(kAuthor);
  }
  absl::Status Extend(std::vector<RegistryEntry> entries) {
    OriginRegistry registry;
    const absl::Status status = registry.Extend(entries, hub_.registry_head());
    EXPECT_EQ(registry.size(), status.ok() ? entries.size() : 0u) << "half of it was believed";
    return status;
  }
  record::Hash KeyOf(const std::string& author) {
    return record::KeyHash(hub_.key(author).public_key());
  }

  FictionalOrigin hub_;
};

TEST_F(OriginRegistryTest, AKeyIsInForceFromItsEntryToItsRevocation) {
  const OriginRegistry registry = hub_.Replicated();
  ASSERT_EQ(registry.size(), 3u);
  const std::pair<uint64_t, bool> sizes[] = {{0, false}, {1, true}, {2, true}, {3, false}};
  for (const auto& [size, in_force] : sizes) {
    EXPECT_EQ(registry.KeyInForce(KeyOf(kAuthor), kAuthor, size) != nullptr, in_force) << size;
  }
  EXPECT_EQ(registry.KeyInForce(KeyOf(kOtherAuthor), kOtherAuthor, 4), nullptr) << "not here yet";
  EXPECT_EQ(registry.KeyInForce(KeyOf(kOtherAuthor), kAuthor, 2), nullptr) << "of another";
}

TEST_F(OriginRegistryTest, GrowsFromWhereItWas) {
  OriginRegistry registry = hub_.Replicated();
  hub_.AddKey("org/fictional-third");
  EXPECT_FALSE(registry.Extend({}, hub_.registry_head()).ok());
  ASSERT_TRUE(registry.Extend({hub_.registry.back()}, hub_.registry_head()).ok());
  EXPECT_EQ(registry.size(), 4u);
  EXPECT_TRUE(registry.Extend({}, hub_.registry_head()).ok()) << "nothing is new";
}

TEST_F(OriginRegistryTest, BelievesNothingButWhatWasSigned) {
  ASSERT_TRUE(Extend(hub_.registry).ok());
  std::vector<RegistryEntry> entries = hub_.registry;
  entries.pop_back();
  EXPECT_FALSE(Extend(entries).ok()) << "the revocation is left out";
  entries = hub_.registry;
  std::swap(entries[0], entries[1]);
  EXPECT_FALSE(Extend(entries).ok()) << "out of order";
  entries = hub_.registry;
  std::swap(entries[0].header, entries[1].header);
  EXPECT_FALSE(Extend(entries).ok()) << "another header";
  for (size_t i = 0; i < entries.size(); ++i) {
    for (size_t at = 0; at < hub_.registry[i].leaf.size(); ++at) {
      entries = hub_.registry;
      entries[i].leaf[at] ^= 1;
      EXPECT_FALSE(Extend(entries).ok()) << "entry " << i << ", byte " << at;
    }
  }
}

TEST_F(OriginRegistryTest, AKeyOfItsOwnMakingIsNotBelieved) {
  FictionalOrigin other;  // whoever swaps a key has to sign another tree
  other.AddKey(kAuthor);
  other.AddKey(kOtherAuthor);
  other.RevokeKey(kAuthor);
  EXPECT_FALSE(Extend(other.registry).ok());
}

TEST_F(OriginRegistryTest, OlderHeadsTakeNothingBack) {
  OriginRegistry registry = hub_.Replicated();
  const Head before = [] {
    FictionalOrigin hub;
    return hub.registry_head();
  }();
  EXPECT_EQ(registry.Extend({}, before).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(registry.size(), 3u);
}

}  // namespace
}  // namespace liaison::federation
