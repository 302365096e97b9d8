#include "proto/record/certificate.h"

#include <openssl/x509v3.h>

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/foreign_keys.h"

namespace liaison::record {
namespace {

using ::testing::ElementsAre;
using testing::EncryptedPemOfKey;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::KeyIn;
using testing::P384Key;
using testing::PemOf;
using testing::PemOfKey;
using testing::RequestFor;
using testing::RsaKey;

const absl::Time kBegin = absl::FromUnixSeconds(1'700'000'000);
const absl::Time kEnd = absl::FromUnixSeconds(4'000'000'000);

// A certificate that its own key signs, as any program may make one.
std::string CertificateOf(const std::string& key, const std::string& names = "",
                          const std::string& issuer = "Some Authority") {
  const CertificatePtr made(X509_new());
  const KeyPtr read = KeyIn(key);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 7);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), absl::ToTimeT(kBegin));
  ASN1_TIME_set(X509_getm_notAfter(made.get()), absl::ToTimeT(kEnd));
  X509_NAME_add_entry_by_txt(X509_get_issuer_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(issuer.data()),
                             static_cast<int>(issuer.size()), -1, 0);
  X509_set_pubkey(made.get(), read.get());
  if (!names.empty()) {
    X509_EXTENSION* extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    Require(extension != nullptr, "no such names");
    X509_add_ext(made.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(made.get(), read.get(), EVP_sha256());
  return PemOf([&](BIO* out) { return PEM_write_bio_X509(out, made.get()); });
}

std::string RequestOf(const std::string& key) { return NewCertificateRequest(key).value(); }

// What is no PEM of the kind that is asked for.
std::vector<std::string> NoneOf(const std::string& good) {
  return {"",
          "nonsense",
          "-----BEGIN CERTIFICATE-----\n",
          good.substr(0, good.size() / 2),
          absl::StrCat("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
          std::string("\0\0\0\0", 4),
          absl::StrCat(std::string(kMaxPemSizeBytes, '\n'), good)};
}

bool IsInvalid(const absl::Status& status) { return absl::IsInvalidArgument(status); }

TEST(CertificateTest, NoTwoKeysAreAlikeAndEachIsOnP256) {
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) {
    const std::string key = NewPrivateKey();
    EXPECT_THAT(key, HasSubstr("BEGIN PRIVATE KEY"));
    EXPECT_TRUE(seen.insert(key).second);
    const KeyPtr read = KeyIn(key);
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(EVP_PKEY_get_id(read.get()), EVP_PKEY_EC);
    EXPECT_EQ(EVP_PKEY_get_bits(read.get()), 256);
  }
}

TEST(CertificateTest, ARequestIsSignedByTheKeyThatItAsksFor) {
  const std::string request = RequestOf(NewPrivateKey());
  const CertificateRequestPtr read(
      PEM_read_bio_X509_REQ(testing::Reading(request).get(), nullptr, nullptr, nullptr));
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(X509_REQ_verify(read.get(), X509_REQ_get0_pubkey(read.get())), 1);
}

TEST(CertificateTest, TwoRequestsOfOneKeyAreOfOneKey) {
  const std::string key = NewPrivateKey();
  const std::string one = RequestOf(key), another = RequestOf(key);
  EXPECT_NE(one, another) << "a signature is not the same twice";
  EXPECT_EQ(KeyOfRequest(one).value(), KeyOfRequest(another).value());
  EXPECT_NE(KeyOfRequest(one).value(), KeyOfRequest(RequestOf(NewPrivateKey())).value());
}

TEST(CertificateTest, WhatIsNoKeyAsksForNothing) {
  const std::string key = NewPrivateKey();
  for (const std::string& none : NoneOf(key)) {
    EXPECT_TRUE(IsInvalid(NewCertificateRequest(none).status())) << none;
  }
  EXPECT_TRUE(IsInvalid(NewCertificateRequest(CertificateOf(key)).status()));
  EXPECT_TRUE(IsInvalid(NewCertificateRequest(RequestOf(key)).status()));
}

// A service has nobody whom it could ask for the password.
TEST(CertificateTest, AKeyWithAPasswordIsNoneAndNobodyIsAsked) {
  const std::string encrypted = EncryptedPemOfKey(KeyIn(NewPrivateKey()), "geheim");
  ASSERT_THAT(encrypted, HasSubstr("ENCRYPTED"));
  const absl::Status refused = NewCertificateRequest(encrypted).status();
  EXPECT_TRUE(IsInvalid(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("password"));
}

TEST(CertificateTest, WhatIsNoRequestIsOfNoKey) {
  const std::string key = NewPrivateKey();
  for (const std::string& none : NoneOf(RequestOf(key))) {
    EXPECT_TRUE(IsInvalid(KeyOfRequest(none).status())) << none;
  }
  EXPECT_TRUE(IsInvalid(KeyOfRequest(key).status()));
  EXPECT_TRUE(IsInvalid(KeyOfRequest(CertificateOf(key)).status()));
}

TEST(CertificateTest, WhatIsNoCertificateSaysNothing) {
  const std::string key = NewPrivateKey();
  for (const std::string& none : NoneOf(CertificateOf(key))) {
    EXPECT_TRUE(IsInvalid(ReadCertificate(none).status())) << none;
  }
  EXPECT_TRUE(IsInvalid(ReadCertificate(key).status()));
  EXPECT_TRUE(IsInvalid(ReadCertificate(RequestOf(key)).status()));
}

TEST(CertificateTest, SaysWhatItIsGoodForAndUntilWhen) {
  const auto facts = ReadCertificate(CertificateOf(
      NewPrivateKey(), "DNS:hub.example.org,IP:192.0.2.1,IP:2001:db8:0:0::17,email:a@example.org",
      "Authority, of a hub"));
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_THAT(facts->hosts, ElementsAre("hub.example.org", "192.0.2.1", "2001:db8::17"));
  EXPECT_EQ(facts->organisation, "");
  EXPECT_EQ(facts->not_before, kBegin);
  EXPECT_EQ(facts->not_after, kEnd);
  EXPECT_EQ(facts->issuer, "CN=Authority\\, of a hub");
}

TEST(CertificateTest, SaysWhoseItIs) {
  const auto whose = [](const std::string& names) {
    return ReadCertificate(CertificateOf(NewPrivateKey(), names))->organisation;
  };
  EXPECT_EQ(whose("URI:liaison:org/eurodig/desk"), "org/eurodig/desk");
  EXPECT_EQ(whose("URI:https://example.org,URI:liaison:org/eurodig"), "org/eurodig");
  for (const char* nobody : {"", "URI:liaison:eurodig", "URI:liaison:org/EuroDIG", "URI:liaison:",
                             "URI:other:org/eurodig", "DNS:liaison.org", "URI:org/eurodig"}) {
    EXPECT_EQ(whose(nobody), "") << nobody;
  }
}

TEST(CertificateTest, TheFingerprintIsOfItsBytesAndNotOfItsText) {
  const std::string one = CertificateOf(NewPrivateKey());
  const std::string another = CertificateOf(NewPrivateKey());
  const auto fingerprint = [](const std::string& pem) {
    return ReadCertificate(pem)->fingerprint.ToHex();
  };
  EXPECT_EQ(fingerprint(absl::StrCat("Subject: whoever\n\n", one)), fingerprint(one));
  EXPECT_EQ(fingerprint(one + another), fingerprint(one)) << "the first one of the text";
  EXPECT_NE(fingerprint(one), fingerprint(another));
  const CertificatePtr read(
      PEM_read_bio_X509(testing::Reading(one).get(), nullptr, nullptr, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_X509(read.get(), &der);
  EXPECT_EQ(Sha256Of({reinterpret_cast<const char*>(der), static_cast<size_t>(size)}).ToHex(),
            fingerprint(one));
  OPENSSL_free(der);
}

TEST(CertificateTest, ACertificateBelongsToItsOwnKeyAlone) {
  const std::string key = NewPrivateKey();
  const std::string certificate = CertificateOf(key);
  EXPECT_TRUE(BelongTogether(certificate, key));
  EXPECT_FALSE(BelongTogether(certificate, NewPrivateKey()));
  EXPECT_FALSE(BelongTogether(certificate, PemOfKey(P384Key())));
  EXPECT_FALSE(BelongTogether(certificate, EncryptedPemOfKey(KeyIn(key), "geheim")));
  EXPECT_FALSE(BelongTogether(key, certificate)) << "the other way round";
  for (const std::string& none : NoneOf(certificate)) EXPECT_FALSE(BelongTogether(none, key));
  for (const std::string& none : NoneOf(key)) EXPECT_FALSE(BelongTogether(certificate, none));
}

// OpenSSL keeps a list of errors for each thread, and whoever comes next may read it as their own.
TEST(CertificateTest, WhatWasRefusedLeavesNoErrorBehind) {
  const std::string key = NewPrivateKey();
  const std::string certificate = CertificateOf(key);
  const std::vector<std::pair<std::string, std::function<void(const std::string&)>>> calls = {
      {"a request", [](const std::string& none) { (void)NewCertificateRequest(none); }},
      {"its key", [](const std::string& none) { (void)KeyOfRequest(none); }},
      {"reading", [](const std::string& none) { (void)ReadCertificate(none); }},
      {"a pair", [&](const std::string& none) { (void)BelongTogether(none, key); }},
      {"another pair", [&](const std::string& none) { (void)BelongTogether(certificate, none); }}};
  for (const auto& [name, call] : calls) {
    for (const std::string& none : NoneOf(certificate)) {
      call(none);
      EXPECT_EQ(ERR_peek_error(), 0u) << name << " of " << none;
      ERR_clear_error();
    }
  }
}

TEST(CertificateTest, KeysOfOtherProgramsAskAsWell) {
  for (const auto make : {P384Key, RsaKey}) {
    const KeyPtr key = make();
    const auto request = NewCertificateRequest(PemOfKey(key));
    ASSERT_TRUE(request.ok()) << request.status();
    EXPECT_EQ(KeyOfRequest(*request).value(), KeyOfRequest(RequestFor(key, key)).value());
  }
}

}  // namespace
}  // namespace liaison::record
