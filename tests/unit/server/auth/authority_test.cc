#include "server/auth/authority.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/certificate.h"
#include "proto/record/errors.h"
#include "tests/support/foreign_keys.h"
#include "tests/unit/server/auth/openssl_verdict.h"

namespace liaison::auth {
namespace {

using record::KeyPtr;
using testing::Ed25519Key;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::KeyIn;
using testing::P384Key;
using testing::PemOf;
using testing::PemOfKey;
using testing::RequestFor;
using testing::RsaKey;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr char kOk[] = "ok";
const std::string kNotForThis = X509_verify_cert_error_string(X509_V_ERR_INVALID_PURPOSE);
constexpr char kRevoked[] = "certificate revoked";
constexpr char kField[] = "certificate_request";

std::string RequestOf(const std::string& key) { return record::NewCertificateRequest(key).value(); }

class AuthorityTest : public ::testing::Test {
 protected:
  std::string Partner(const std::string& serial = "0123456789abcdef",
                      const std::string& organisation = "org/eurodig",
                      const std::string& key = record::NewPrivateKey()) {
    return authority_.CertifyPartner(RequestOf(key), kField, organisation, serial, kNow).value();
  }
  std::string Hub(const std::vector<std::string>& hosts = {"hub.example.org"}) {
    return authority_.CertifyHub(record::NewPrivateKey(), hosts, kNow).value();
  }
  // Whoever knows the authority.
  OpenSslVerdict Verdict(absl::Time now = kNow) const { return {authority_.certificate(), now}; }
  // Where a request is wrong, and why.
  std::string Refusal(const std::string& request) {
    const auto made =
        authority_.CertifyPartner(request, kField, "org/eurodig", "0123456789abcdef", kNow);
    EXPECT_FALSE(made.ok());
    EXPECT_EQ(record::ReasonOf(made.status()), record::Reason::kFieldInvalid);
    const auto violations = record::FieldViolationsOf(made.status());
    if (violations.size() != 1) return "";
    return absl::StrCat(violations[0].field, ": ", violations[0].description);
  }

  Authority authority_ = Authority::Make("hub.example.org", kNow);
};

TEST_F(AuthorityTest, WhatItSignsIsGoodForItsOwnEndOfAConnectionAlone) {
  const std::string hub = Hub(), partner = Partner();
  EXPECT_EQ(Verdict().OnServer(hub), kOk);
  EXPECT_EQ(Verdict().OnClient(hub), kNotForThis);
  EXPECT_EQ(Verdict().OnClient(partner), kOk);
  EXPECT_EQ(Verdict().OnServer(partner), kNotForThis) << "a partner would be taken for the hub";
}

TEST_F(AuthorityTest, AnotherAuthorityOfTheSameNameIsAnother) {
  const Authority other = Authority::Make("hub.example.org", kNow);
  const OpenSslVerdict verdict(other.certificate(), kNow);
  EXPECT_NE(verdict.OnServer(Hub()), kOk);
  EXPECT_NE(verdict.OnClient(Partner()), kOk);
}

TEST_F(AuthorityTest, ACertificateIsGoodFromALittleEarlierUntilItsEnd) {
  const std::string partner = Partner(), hub = Hub();
  const auto at = [&](absl::Duration later) {
    const OpenSslVerdict verdict = Verdict(kNow + later);
    EXPECT_EQ(verdict.OnClient(partner), verdict.OnServer(hub));
    return verdict.OnClient(partner);
  };
  EXPECT_EQ(at(-kClockTolerance), kOk);
  EXPECT_EQ(at(-kClockTolerance - absl::Seconds(1)), "certificate is not yet valid");
  EXPECT_EQ(at(kCertificateLifetime - absl::Seconds(1)), kOk);
  EXPECT_EQ(at(kCertificateLifetime + absl::Seconds(1)), "certificate has expired");
}

TEST_F(AuthorityTest, SaysWhoseACertificateIsAndForWhichHosts) {
  const std::string organisation = absl::StrCat("org/", std::string(100, 'a'));
  EXPECT_EQ(record::ReadCertificate(Partner("17", organisation))->organisation, organisation)
      << "longer than a common name may be";
  const std::string host = absl::StrCat(std::string(63, 'a'), ".", std::string(63, 'b'), ".org");
  const std::string hub = Hub({host, "192.0.2.1", "2001:db8::17"});
  EXPECT_THAT(record::ReadCertificate(hub)->hosts, ElementsAre(host, "192.0.2.1", "2001:db8::17"));
  const record::CertificatePtr read = CertificateIn(hub);
  EXPECT_EQ(X509_check_host(read.get(), host.data(), host.size(), 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(read.get(), "192.0.2.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(read.get(), "2001:DB8:0::17", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(read.get(), "192.0.2.2", 0), 0);
  EXPECT_EQ(X509_check_host(read.get(), "evil.example.org", 0, 0, nullptr), 0);
}

// A certificate that somebody makes with a key of their own.
std::string MadeWith(const std::string& issuer, const std::string& issuers_key) {
  const KeyPtr key = KeyIn(issuers_key);
  const record::CertificatePtr by = CertificateIn(issuer), made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 7);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), absl::ToTimeT(kNow - absl::Hours(1)));
  ASN1_TIME_set(X509_getm_notAfter(made.get()), absl::ToTimeT(kNow + absl::Hours(1)));
  X509_set_issuer_name(made.get(), X509_get_subject_name(by.get()));
  X509_set_pubkey(made.get(), KeyIn(record::NewPrivateKey()).get());
  X509_sign(made.get(), key.get(), EVP_sha256());
  return PemOf([&](BIO* out) { return PEM_write_bio_X509(out, made.get()); });
}

TEST_F(AuthorityTest, APartnerSignsNobodyElse) {
  EXPECT_EQ(Verdict().OnClient(MadeWith(authority_.certificate(), authority_.key())), kOk)
      << "the test's own certificates are good where an authority signs them";
  const std::string key = record::NewPrivateKey();
  const std::string partner = Partner("17", "org/eurodig", key);
  EXPECT_EQ(Verdict().OnClientBy(partner, MadeWith(partner, key)), "invalid CA certificate");
  EXPECT_EQ(X509_get_pathlen(CertificateIn(authority_.certificate()).get()), 0)
      << "nor does anybody in between";
}

// What a request asks for besides is not what it gets.
TEST_F(AuthorityTest, ARequestDoesNotSayWhatStandsInTheCertificate) {
  const KeyPtr key = KeyIn(record::NewPrivateKey());
  const record::CertificateRequestPtr request(X509_REQ_new());
  STACK_OF(X509_EXTENSION)* const wishes = sk_X509_EXTENSION_new_null();
  const auto wish = [&](int what, const char* value) {
    sk_X509_EXTENSION_push(wishes, X509V3_EXT_conf_nid(nullptr, nullptr, what, value));
  };
  wish(NID_basic_constraints, "critical,CA:TRUE");
  wish(NID_key_usage, "keyCertSign");
  wish(NID_ext_key_usage, "serverAuth");
  wish(NID_subject_alt_name, "DNS:hub.example.org,URI:liaison:org/igf-secretariat");
  X509_REQ_add_extensions(request.get(), wishes);
  sk_X509_EXTENSION_pop_free(wishes, X509_EXTENSION_free);
  X509_REQ_set_pubkey(request.get(), key.get());
  X509_REQ_sign(request.get(), key.get(), EVP_sha256());
  const std::string made =
      authority_
          .CertifyPartner(
              PemOf([&](BIO* out) { return PEM_write_bio_X509_REQ(out, request.get()); }), kField,
              "org/eurodig", "17", kNow)
          .value();
  EXPECT_EQ(Verdict().OnServer(made), kNotForThis);
  EXPECT_EQ(X509_check_ca(CertificateIn(made).get()), 0);
  EXPECT_EQ(record::ReadCertificate(made)->organisation, "org/eurodig");
  EXPECT_THAT(record::ReadCertificate(made)->hosts, ::testing::IsEmpty());
}

TEST_F(AuthorityTest, WhoIsOnTheListIsRefusedAndNobodyElse) {
  const std::string in[] = {Partner("00000000000000ab"), Partner("f123456789abcdef"),
                            Partner("0123456789abcdef")};
  const std::string none = authority_.RevocationList({}, kNow);
  for (const std::string& partner : in) {
    EXPECT_EQ(Verdict().WithList(none).OnClient(partner), kOk);
  }
  const std::string some =
      authority_.RevocationList({"f123456789abcdef", "00000000000000ab", "feed"}, kNow);
  EXPECT_EQ(Verdict().WithList(some).OnClient(in[0]), kRevoked);
  EXPECT_EQ(Verdict().WithList(some).OnClient(in[1]), kRevoked);
  EXPECT_EQ(Verdict().WithList(some).OnClient(in[2]), kOk);
}

TEST_F(AuthorityTest, OfTwoListsTheLaterOneIsBelieved) {
  const std::string partner = Partner("17");
  const std::string before = authority_.RevocationList({}, kNow);
  const std::string after = authority_.RevocationList({"17"}, kNow + absl::Seconds(1));
  const absl::Time later = kNow + absl::Seconds(2);
  EXPECT_EQ(Verdict(later).WithList(before).WithList(after).OnClient(partner), kRevoked);
  EXPECT_EQ(Verdict(later).WithList(after).WithList(before).OnClient(partner), kRevoked);
}

TEST_F(AuthorityTest, AListIsOfItsAuthorityAndOfItsMonth) {
  const std::string partner = Partner("17");
  const Authority other = Authority::Make("hub.example.org", kNow);
  EXPECT_NE(Verdict().WithList(other.RevocationList({}, kNow)).OnClient(partner), kOk);
  const std::string list = authority_.RevocationList({}, kNow);
  const absl::Time end = kNow + kRevocationListLifetime;
  EXPECT_EQ(Verdict(end - absl::Seconds(1)).WithList(list).OnClient(partner), kOk);
  EXPECT_EQ(Verdict(end + absl::Seconds(1)).WithList(list).OnClient(partner), "CRL has expired");
}

TEST_F(AuthorityTest, WhoAsksWithAKeyOfAnotherKindIsToldWhichToTake) {
  for (const auto make : {P384Key, RsaKey, Ed25519Key}) {
    const KeyPtr key = make();
    EXPECT_THAT(Refusal(RequestFor(key, key)), HasSubstr("certificate_request: ask with"));
    EXPECT_THAT(Refusal(RequestFor(key, key)), HasSubstr("P-256"));
  }
}

// Or the certificate would go to a key that whoever asks does not hold.
TEST_F(AuthorityTest, WhoAsksForAnothersKeyIsRefused) {
  const KeyPtr own = KeyIn(record::NewPrivateKey()), anothers = KeyIn(record::NewPrivateKey());
  EXPECT_THAT(Refusal(RequestFor(anothers, own)), HasSubstr("its own key has signed"));
  EXPECT_THAT(Refusal(RequestFor(anothers, RsaKey())), HasSubstr("its own key has signed"));
}

TEST_F(AuthorityTest, WhatIsNoRequestIsRefusedAndNamed) {
  const std::string key = record::NewPrivateKey(), request = RequestOf(key);
  for (const std::string& none :
       {std::string(), std::string("nonsense"), key, Partner(), request.substr(0, 100),
        absl::StrCat(std::string(record::kMaxPemSizeBytes, '\n'), request)}) {
    EXPECT_THAT(Refusal(none), HasSubstr("certificate_request: no certificate request"));
  }
}

TEST_F(AuthorityTest, WhatIsNoHostIsRefusedAndNamed) {
  for (const std::string& none : std::vector<std::string>{"",
                                                          " ",
                                                          "a b",
                                                          "hub.example.org,DNS:evil.example.org",
                                                          "hub.example.org\nDNS:evil",
                                                          "DNS:evil.example.org",
                                                          "IP:192.0.2.1",
                                                          "URI:liaison:org/a",
                                                          "email:copy",
                                                          "@section",
                                                          "*.example.org",
                                                          "hub.example.org:7410",
                                                          "192.0.2.1:7410",
                                                          "1.2.3",
                                                          "1.2.3.4.5",
                                                          "999.0.2.1",
                                                          "2001:db8::g",
                                                          ":",
                                                          "...",
                                                          std::string("hub\0.org", 8),
                                                          "hüb.example.org",
                                                          "hub/../x",
                                                          std::string(254, 'a')}) {
    const auto made =
        authority_.CertifyHub(record::NewPrivateKey(), {"hub.example.org", none}, kNow);
    EXPECT_TRUE(absl::IsInvalidArgument(made.status())) << none;
    EXPECT_THAT(std::string(made.status().message()), HasSubstr(none));
  }
  EXPECT_TRUE(
      absl::IsInvalidArgument(authority_.CertifyHub(record::NewPrivateKey(), {}, kNow).status()));
}

TEST_F(AuthorityTest, AHubsKeyThatIsNoneIsRefused) {
  for (const std::string& none : {std::string(), std::string("nonsense"), Partner()}) {
    EXPECT_TRUE(
        absl::IsInvalidArgument(authority_.CertifyHub(none, {"hub.example.org"}, kNow).status()));
  }
}

TEST_F(AuthorityTest, OneThatIsReadIsTheOneThatWasMade) {
  const auto read = Authority::Load(authority_.certificate(), authority_.key());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->certificate(), authority_.certificate());
  EXPECT_EQ(read->fingerprint(), authority_.fingerprint());
  EXPECT_EQ(read->LookupName(), authority_.LookupName());
  const auto hub = read->CertifyHub(record::NewPrivateKey(), {"hub.example.org"}, kNow);
  EXPECT_EQ(Verdict().OnServer(hub.value()), kOk);
  EXPECT_EQ(Verdict().WithList(read->RevocationList({"17"}, kNow)).OnClient(Partner("17")),
            kRevoked);
}

TEST_F(AuthorityTest, WhatIsNoAuthorityIsNotRead) {
  const std::string key = record::NewPrivateKey();
  const std::string hub = authority_.CertifyHub(key, {"hub.example.org"}, kNow).value();
  const auto why = [](const std::string& certificate, const std::string& its_key) {
    const absl::Status status = Authority::Load(certificate, its_key).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    return std::string(status.message());
  };
  EXPECT_THAT(why(authority_.certificate(), key), HasSubstr("do not belong together"));
  EXPECT_THAT(why(authority_.certificate(), ""), HasSubstr("do not belong together"));
  EXPECT_THAT(why(hub, key), HasSubstr("not of an authority"));
  EXPECT_THAT(why(Partner("17", "org/eurodig", key), key), HasSubstr("not of an authority"));
  EXPECT_THAT(why(authority_.key(), authority_.key()), HasSubstr("no certificate"));
  EXPECT_THAT(why("", authority_.key()), HasSubstr("no certificate"));
}

}  // namespace
}  // namespace liaison::auth
