#include "proto/record/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "proto/record/pae.h"
#include "testdata.h"

namespace liaison::record {
namespace {

// RFC 8032, 7.1, TEST 1.
constexpr char kSeed[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr char kPublicKey[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
constexpr char kSignatureOfNothing[] =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

SigningKey RfcKey() { return *SigningKey::FromSeed(FromHex(kSeed)); }

TEST(Signature, SeedGivesTheKeyOfTheRfc) {
  const SigningKey key = RfcKey();
  EXPECT_EQ(ToHex(key.public_key()), kPublicKey);
  EXPECT_EQ(ToHex(key.seed()), kSeed);
  EXPECT_TRUE(CheckPublicKey(key.public_key()).ok());
  EXPECT_TRUE(VerifyMessage(key.public_key(), "", FromHex(kSignatureOfNothing)));
  EXPECT_EQ(KeyHash(key.public_key()), Sha256Of(key.public_key()));
}

TEST(Signature, SeedHasThirtyTwoBytes) {
  for (size_t size : {0, 31, 33, 64}) {
    EXPECT_EQ(SigningKey::FromSeed(std::string(size, 's')).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(Signature, SignsThePae) {
  const SigningKey key = RfcKey();
  const std::string signature = key.Sign(kEventHeaderType, "header");
  EXPECT_EQ(signature.size(), kSignatureSizeBytes);
  EXPECT_EQ(key.Sign(kEventHeaderType, "header"), signature) << "Ed25519 is deterministic";
  EXPECT_TRUE(VerifySignature(key.public_key(), kEventHeaderType, "header", signature));
  EXPECT_TRUE(VerifyMessage(key.public_key(), Pae(kEventHeaderType, "header"), signature));
}

TEST(Signature, AnyOtherTypeBodyKeyOrSignatureIsRefused) {
  const SigningKey key = RfcKey();
  const std::string signature = key.Sign(kEventHeaderType, "header");
  const std::string other = SigningKey::Generate().public_key();
  EXPECT_FALSE(VerifySignature(key.public_key(), kKeyPossessionType, "header", signature));
  EXPECT_FALSE(VerifySignature(key.public_key(), kEventHeaderType, "Header", signature));
  EXPECT_FALSE(VerifySignature(other, kEventHeaderType, "header", signature));
  for (size_t i = 0; i < signature.size(); ++i) {
    std::string changed = signature;
    changed[i] ^= 1;
    EXPECT_FALSE(VerifySignature(key.public_key(), kEventHeaderType, "header", changed)) << i;
  }
}

TEST(Signature, WrongLengthsAreRefused) {
  const SigningKey key = RfcKey();
  const std::string signature = key.Sign(kEventHeaderType, "header");
  EXPECT_FALSE(VerifySignature("", kEventHeaderType, "header", signature));
  EXPECT_FALSE(VerifySignature(key.public_key(), kEventHeaderType, "header", ""));
  EXPECT_FALSE(VerifySignature(key.public_key(), kEventHeaderType, "header", signature + '\0'));
  EXPECT_FALSE(VerifySignature(key.public_key(), kEventHeaderType, "header",
                               signature.substr(0, kSignatureSizeBytes - 1)));
}

TEST(Signature, GeneratedKeysAreFreshAndSound) {
  std::set<std::string> seeds;
  for (int i = 0; i < 50; ++i) {
    const SigningKey key = SigningKey::Generate();
    EXPECT_TRUE(seeds.insert(key.seed()).second);
    EXPECT_TRUE(CheckPublicKey(key.public_key()).ok());
    const SigningKey again = *SigningKey::FromSeed(key.seed());
    EXPECT_EQ(again.public_key(), key.public_key());
  }
}

TEST(Signature, OneKeySignsOnManyThreads) {
  const SigningKey key = RfcKey();
  const std::string expected = key.Sign(kEventHeaderType, "header");
  std::vector<int> right(4, 0);
  {
    std::vector<std::thread> threads;
    for (int& count : right) {
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) count += key.Sign(kEventHeaderType, "header") == expected;
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_THAT(right, testing::Each(200));
}

TEST(Signature, Wycheproof) {
  int agreed = 0;
  const Json vectors = ReadTestdata("ed25519/ed25519_test.json");
  for (const Json& group : vectors["testGroups"]) {
    const std::string public_key = FromHex(group["publicKey"]["pk"].get<std::string>());
    EXPECT_TRUE(CheckPublicKey(public_key).ok());
    for (const Json& test : group["tests"]) {
      const bool verified = VerifyMessage(public_key, FromHex(test["msg"].get<std::string>()),
                                          FromHex(test["sig"].get<std::string>()));
      EXPECT_EQ(verified, test["result"] == "valid") << test;
      agreed += verified == (test["result"] == "valid");
    }
  }
  EXPECT_EQ(agreed, 151);
}

bool Has(const Json& vector, const char* flag) {
  const Json& flags = vector["flags"];
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

TEST(Signature, CctvKeysOfLowOrderOrNonCanonicalAreRefused) {
  std::map<bool, int> refused;
  std::set<std::string> low_order;
  for (const Json& vector : ReadTestdata("ed25519/ed25519vectors.json")) {
    const bool bad = Has(vector, "low_order_A") || Has(vector, "non_canonical_A");
    const std::string key = vector["key"].get<std::string>();
    EXPECT_EQ(CheckPublicKey(FromHex(key)).code(),
              bad ? absl::StatusCode::kInvalidArgument : absl::StatusCode::kOk)
        << vector;
    if (bad) low_order.insert(key);
    ++refused[bad];
  }
  EXPECT_EQ(refused[true] + refused[false], 914);
  EXPECT_EQ(refused[true], 526);
  EXPECT_EQ(low_order.size(), 14u) << "eight points, six of them with another encoding";
}

TEST(Signature, CctvSignaturesOfSoundKeysVerifyWithoutTheCofactor) {
  int checked = 0;
  for (const Json& vector : ReadTestdata("ed25519/ed25519vectors.json")) {
    const std::string key = FromHex(vector["key"].get<std::string>());
    if (!CheckPublicKey(key).ok()) continue;
    const bool sound = !Has(vector, "low_order_residue") && !Has(vector, "non_canonical_R");
    EXPECT_EQ(VerifyMessage(key, vector["msg"].get<std::string>(),
                            FromHex(vector["sig"].get<std::string>())),
              sound)
        << vector;
    ++checked;
  }
  EXPECT_EQ(checked, 914 - 526);
}

// Little-endian 2^255 - 19 + offset: every y that has two encodings.
std::string NonCanonical(int offset, bool sign) {
  std::string key(kPublicKeySizeBytes, '\xff');
  key[0] = static_cast<char>(0xed + offset);
  key[31] = static_cast<char>(sign ? 0xff : 0x7f);
  return key;
}

TEST(CheckPublicKey, EveryNonCanonicalEncodingIsRefused) {
  for (int offset = 0; offset <= 18; ++offset) {
    for (bool sign : {false, true}) {
      EXPECT_THAT(CheckPublicKey(NonCanonical(offset, sign)).message(),
                  testing::HasSubstr("canonical"))
          << offset;
    }
  }
}

TEST(CheckPublicKey, HalfOfAllEncodingsAreNoPoint) {
  int points = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string key(Sha256Of(std::to_string(i)).bytes());
    const absl::Status status = CheckPublicKey(key);
    key[31] ^= '\x80';
    EXPECT_EQ(CheckPublicKey(key), status) << "x and -x are on the curve together";
    if (status.ok()) {
      ++points;
    } else {
      EXPECT_THAT(status.message(), testing::HasSubstr("curve"));
    }
  }
  // Binomial with p = 1/2: 1000 keys derived from fixed names, so this is no chance.
  EXPECT_GT(points, 400);
  EXPECT_LT(points, 600);
}

TEST(CheckPublicKey, LengthsOtherThanThirtyTwoAreRefused) {
  for (size_t size : {0, 31, 33, 44}) {
    EXPECT_EQ(CheckPublicKey(std::string(size, '\x58')).code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace liaison::record
