// The bytes of the record as they were when the format was frozen, in golden/record.json.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "proto/record/commitment.h"
#include "proto/record/event_builder.h"
#include "proto/record/event_types.h"
#include "proto/record/leaf.h"
#include "proto/record/pae.h"
#include "proto/record/proof.h"
#include "testdata.h"

namespace liaison::record {
namespace {

constexpr char kFormatChanged[] =
    "THE FORMAT OF THE RECORD HAS CHANGED: what was signed, stored and proven before does not "
    "verify any more. The golden file is right; a new format is a new version "
    "beside this one.";

std::string Text(const Json& json) { return json.get<std::string>(); }
std::string Bytes(const Json& json) { return FromHex(json.get<std::string>()); }
Hash HashOf(const Json& json) { return *Hash::FromHex(json.get<std::string>()); }

std::array<uint8_t, 64> SignatureOf(const Json& json) {
  const std::string bytes = Bytes(json);
  EXPECT_EQ(bytes.size(), kSignatureSizeBytes);
  std::array<uint8_t, 64> signature{};
  std::copy(bytes.begin(), bytes.end(), signature.begin());
  return signature;
}

class GoldenTest : public testing::Test {
 protected:
  GoldenTest() : golden_(ReadTestdata("golden/record.json")) {}

  SigningKey Key() const { return *SigningKey::FromSeed(Bytes(golden_["seed"])); }

  // Roots of all prefixes of `leaves`.
  static void ExpectRoots(const Json& leaves, const Json& roots) {
    std::vector<Hash> hashes;
    for (const Json& leaf : leaves) hashes.push_back(HashOf(leaf["hash"]));
    ASSERT_EQ(roots.size(), hashes.size() + 1);
    for (size_t size = 0; size < roots.size(); ++size) {
      EXPECT_EQ(RootOf(absl::MakeConstSpan(hashes).first(size)), HashOf(roots[size]))
          << kFormatChanged;
    }
  }

  const Json golden_;
};

TEST_F(GoldenTest, Keys) {
  EXPECT_EQ(Key().public_key(), Bytes(golden_["public_key"])) << kFormatChanged;
  EXPECT_EQ(KeyHash(Key().public_key()), HashOf(golden_["key_hash"])) << kFormatChanged;
}

TEST_F(GoldenTest, DraftsBecomeTheseEvents) {
  const SigningKey key = Key();
  for (const Json& event : golden_["events"]) {
    if (event["draft"].is_null()) continue;
    SCOPED_TRACE(Text(event["type"]));
    pb::Draft draft;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(event["draft"].dump(), &draft).ok());
    const auto salt = [&event](pb::SectionKind kind) {
      for (const Json& section : event["sections"]) {
        if (section["kind"] == static_cast<int>(kind)) return Bytes(section["salt"]);
      }
      return std::string(kSaltSizeBytes, '\0');
    };
    const pb::SignedEvent built =
        BuildEvent(draft, event["signed"].get<bool>() ? &key : nullptr,
                   absl::FromUnixMicros(golden_["now_us"].get<int64_t>()), salt);
    pb::EventHeader header, stored;
    ASSERT_TRUE(header.ParseFromString(built.header()));
    ASSERT_TRUE(stored.ParseFromString(Bytes(event["header"])));
    // Facts that are derived came later: what was written before stays the same event without them.
    pb::EventHeader as_then = header;
    ClearLaterFacts(stored, &as_then);
    if (as_then.SerializeAsString() != header.SerializeAsString()) {
      EXPECT_TRUE(SameAsStored(draft, Bytes(event["header"]),
                               {built.sections().begin(), built.sections().end()}))
          << kFormatChanged;
      continue;
    }
    EXPECT_EQ(ToHex(built.header()), Text(event["header"])) << kFormatChanged;
    EXPECT_EQ(ToHex(built.signature()), Text(event["signature"])) << kFormatChanged;
    ASSERT_EQ(built.sections_size(), static_cast<int>(event["sections"].size()));
    for (int i = 0; i < built.sections_size(); ++i) {
      EXPECT_EQ(ToHex(built.sections(i).data()), Text(event["sections"][i]["data"]))
          << kFormatChanged;
    }
  }
}

TEST_F(GoldenTest, HeadersAreReadAsTheyWereWritten) {
  for (const Json& event : golden_["events"]) {
    SCOPED_TRACE(Text(event["type"]));
    const std::string bytes = Bytes(event["header"]);
    EXPECT_EQ(EventDigest(bytes), HashOf(event["digest"])) << kFormatChanged;
    EXPECT_EQ(VerifySignature(Bytes(golden_["public_key"]), kEventHeaderType, bytes,
                              Bytes(event["signature"])),
              event["signed"].get<bool>())
        << kFormatChanged;
    pb::EventHeader header;
    ASSERT_TRUE(header.ParseFromString(bytes)) << kFormatChanged;
    EXPECT_EQ(header.type(), event["type_number"].get<int>()) << kFormatChanged;
    EXPECT_EQ(header.SerializeAsString(), bytes) << kFormatChanged;
    const auto body = ParseBody(header.type(), Bytes(event["sections"][0]["data"]));
    ASSERT_TRUE(body.ok()) << body.status() << kFormatChanged;
    EXPECT_TRUE(FactsAgree(header.type(), **body, header)) << kFormatChanged;
  }
}

TEST_F(GoldenTest, SectionsOpenTheirCommitments) {
  for (const Json& event : golden_["events"]) {
    SCOPED_TRACE(Text(event["type"]));
    pb::EventHeader header;
    ASSERT_TRUE(header.ParseFromString(Bytes(event["header"])));
    ASSERT_EQ(header.commitments_size(), static_cast<int>(event["sections"].size()));
    for (int i = 0; i < header.commitments_size(); ++i) {
      const Json& section = event["sections"][i];
      const auto kind = section["kind"].get<uint16_t>();
      const Hash commitment = Commitment(kind, Bytes(section["salt"]), Bytes(section["data"]));
      EXPECT_EQ(commitment, HashOf(section["commitment"])) << kFormatChanged;
      EXPECT_EQ(header.commitments(i).commitment(), commitment.bytes()) << kFormatChanged;
      EXPECT_EQ(header.commitments(i).kind(), kind) << kFormatChanged;
    }
  }
}

TEST_F(GoldenTest, KeyPossessionIsShown) {
  for (const Json& event : golden_["events"]) {
    if (Text(event["type"]) != "key") continue;
    pb::Key key;
    ASSERT_TRUE(key.ParseFromString(Bytes(event["sections"][0]["data"])));
    EXPECT_TRUE(
        VerifySignature(key.public_key(), kKeyPossessionType, key.organisation(), key.possession()))
        << kFormatChanged;
    return;
  }
  FAIL() << "no key event";
}

TEST_F(GoldenTest, Leaves) {
  for (const Json& json : golden_["leaves"]) {
    SCOPED_TRACE(Text(json["type"]));
    Leaf leaf;
    leaf.kind = static_cast<LeafKind>(json["kind"].get<int>());
    leaf.sequence = json["sequence"].get<uint64_t>();
    leaf.hub_time_us = json["hub_time_us"].get<int64_t>();
    leaf.registry_size = json["registry_size"].get<uint64_t>();
    leaf.digest = HashOf(json["digest"]);
    leaf.key_hash = HashOf(json["key_hash"]);
    leaf.signature = SignatureOf(json["signature"]);
    if (json.contains("relayed")) {
      const Json& part = json["relayed"];
      leaf.relayed =
          RelayedFrom{HashOf(part["origin_name_hash"]), Uuid::Parse(Text(part["log_id"])).value(),
                      part["sequence"].get<uint64_t>(), HashOf(part["leaf_hash"])};
    }
    if (json.contains("redaction")) {
      const Json& part = json["redaction"];
      leaf.redaction =
          RedactedSection{part["target_sequence"].get<uint64_t>(), part["section"].get<uint16_t>(),
                          part["reason"].get<uint16_t>()};
    }
    if (json.contains("rules_version")) leaf.rules_version = json["rules_version"].get<uint32_t>();
    EXPECT_EQ(ToHex(EncodeLeaf(leaf)), Text(json["bytes"])) << kFormatChanged;
    const auto decoded = DecodeLeaf(Bytes(json["bytes"]));
    ASSERT_TRUE(decoded.ok()) << decoded.status() << kFormatChanged;
    EXPECT_EQ(ToHex(EncodeLeaf(*decoded)), Text(json["bytes"])) << kFormatChanged;
    EXPECT_EQ(LeafHash(Bytes(json["bytes"])), HashOf(json["hash"])) << kFormatChanged;
  }
  ExpectRoots(golden_["leaves"], golden_["roots"]);
}

TEST_F(GoldenTest, RegistryLeaves) {
  for (const Json& json : golden_["registry_leaves"]) {
    SCOPED_TRACE(Text(json["type"]));
    RegistryLeaf leaf;
    leaf.kind = static_cast<RegistryLeafKind>(json["kind"].get<int>());
    leaf.index = json["index"].get<uint64_t>();
    leaf.sequence = json["sequence"].get<uint64_t>();
    leaf.digest = HashOf(json["digest"]);
    leaf.key_hash = HashOf(json["key_hash"]);
    leaf.signature = SignatureOf(json["signature"]);
    EXPECT_EQ(ToHex(EncodeRegistryLeaf(leaf)), Text(json["bytes"])) << kFormatChanged;
    EXPECT_TRUE(DecodeRegistryLeaf(Bytes(json["bytes"])).ok()) << kFormatChanged;
    EXPECT_EQ(LeafHash(Bytes(json["bytes"])), HashOf(json["hash"])) << kFormatChanged;
  }
  ExpectRoots(golden_["registry_leaves"], golden_["registry_roots"]);
}

TEST_F(GoldenTest, EveryTypeAndEveryKindOfLeafIsThere) {
  std::set<std::string> types;
  for (const Json& event : golden_["events"]) types.insert(Text(event["type"]));
  for (const EventTypeInfo& info : EventTypes()) {
    EXPECT_THAT(types, testing::Contains(std::string(info.name)))
        << "append an event of the new type to record.json";
  }
  std::set<int> kinds, registry_kinds;
  for (const Json& leaf : golden_["leaves"]) kinds.insert(leaf["kind"].get<int>());
  EXPECT_THAT(kinds, testing::ElementsAre(1, 2, 3, 4, 5));
  for (const Json& leaf : golden_["registry_leaves"]) {
    registry_kinds.insert(leaf["kind"].get<int>());
  }
  EXPECT_THAT(registry_kinds, testing::ElementsAre(1, 2));
}

}  // namespace
}  // namespace liaison::record
