#include "server/auth/authority.h"

#include <arpa/inet.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "proto/record/certificate.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/openssl.h"

namespace liaison::auth {
namespace {

using record::CertificatePtr;
using record::CertificateRequestPtr;
using record::KeyPtr;
using record::OpenSslDeleter;
using record::Require;
using CrlPtr = std::unique_ptr<X509_CRL, OpenSslDeleter<X509_CRL_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpenSslDeleter<X509_EXTENSION_free>>;
using RevokedPtr = std::unique_ptr<X509_REVOKED, OpenSslDeleter<X509_REVOKED_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, OpenSslDeleter<ASN1_TIME_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, OpenSslDeleter<ASN1_INTEGER_free>>;

constexpr char kCurve[] = "prime256v1";  // P-256

TimePtr ToAsn1(absl::Time time) {
  TimePtr asn1(ASN1_TIME_set(nullptr, absl::ToTimeT(time)));
  Require(asn1 != nullptr, "no such time in a certificate");
  return asn1;
}

// REQUIRES: hexadecimal, as our own ids are.
IntegerPtr ToInteger(absl::string_view hexadecimal) {
  BIGNUM* number = nullptr;
  Require(BN_hex2bn(&number, std::string(hexadecimal).c_str()) != 0, "a serial is hexadecimal");
  const record::BignumPtr owned(number);
  IntegerPtr integer(BN_to_ASN1_INTEGER(number, nullptr));
  Require(integer != nullptr, "no memory");
  return integer;
}

std::string RandomSerial() {
  std::array<unsigned char, 16> bytes = {};
  Require(RAND_bytes(bytes.data(), bytes.size()) == 1, "the random source failed");
  bytes[0] &= 0x7f;  // positive
  std::string hexadecimal;
  for (const unsigned char byte : bytes) absl::StrAppendFormat(&hexadecimal, "%02x", byte);
  return hexadecimal;
}

void SetName(X509_NAME* name, absl::string_view common_name) {
  Require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(common_name.data()),
                                     static_cast<int>(common_name.size()), -1, 0) == 1,
          "no such name in a certificate");
}

// A certificate with everything but its key, its extensions and its signature.
CertificatePtr Blank(absl::string_view common_name, absl::string_view serial, absl::Time now,
                     absl::Duration lifetime) {
  CertificatePtr certificate(X509_new());
  Require(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
              X509_set_serialNumber(certificate.get(), ToInteger(serial).get()) == 1 &&
              X509_set1_notBefore(certificate.get(), ToAsn1(now - kClockTolerance).get()) == 1 &&
              X509_set1_notAfter(certificate.get(), ToAsn1(now + lifetime).get()) == 1,
          "no memory");
  // RFC 5280 gives a common name 64 characters; the whole one stands in the alternative names.
  SetName(X509_get_subject_name(certificate.get()), common_name.substr(0, 64));
  return certificate;
}

// False where the text does not describe such an extension.
bool Extend(X509* certificate, X509* issuer, int what, const std::string& text) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, what, text.c_str()));
  const bool extended = extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
  ERR_clear_error();
  return extended;
}

std::string ToPem(X509* certificate) {
  return record::Written([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

bool IsP256(EVP_PKEY* key) {
  std::array<char, 64> curve = {};
  size_t size = 0;
  const bool known = EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve.data(),
                                                    curve.size(), &size) == 1;
  ERR_clear_error();
  return known && absl::string_view(curve.data(), size) == kCurve;
}

// True iff it can be nothing but an address, right or wrong.
bool IsAddress(absl::string_view host) {
  return host.find(':') != absl::string_view::npos ||
         host.find_first_not_of("0123456789.") == absl::string_view::npos;
}

bool IsHost(const std::string& host) {
  if (host.empty() || host.size() > 253) return false;
  for (const char c : host) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '-' && c != ':') return false;
  }
  // OpenSSL takes `:` for an address.
  std::array<unsigned char, sizeof(in6_addr)> bytes = {};
  const int family = host.find(':') == std::string::npos ? AF_INET : AF_INET6;
  return !IsAddress(host) || inet_pton(family, host.c_str(), bytes.data()) == 1;
}

// `DNS:hub.example.org,IP:192.0.2.1`.
std::string NamesOf(const std::vector<std::string>& hosts) {
  return absl::StrJoin(hosts, ",", [](std::string* out, const std::string& host) {
    absl::StrAppend(out, IsAddress(host) ? "IP:" : "DNS:", host);
  });
}

}  // namespace

struct Authority::Impl {
  CertificatePtr certificate;
  KeyPtr key;
  std::string pem;
  record::Hash fingerprint;

  // Names the issuer and signs.
  void Sign(X509* blank) const {
    Require(X509_set_issuer_name(blank, X509_get_subject_name(certificate.get())) == 1 &&
                X509_sign(blank, key.get(), EVP_sha256()) != 0,
            "a certificate could not be signed");
  }
};

Authority::Authority(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Authority::Authority(Authority&&) noexcept = default;
Authority& Authority::operator=(Authority&&) noexcept = default;
Authority::~Authority() = default;
const std::string& Authority::certificate() const { return impl_->pem; }
const record::Hash& Authority::fingerprint() const { return impl_->fingerprint; }

std::string Authority::key() const {
  return record::Written([&](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, impl_->key.get(), nullptr, nullptr, 0, nullptr,
                                         nullptr);
  });
}

Authority Authority::Make(absl::string_view hub, absl::Time now) {
  const std::string key = record::NewPrivateKey();
  const KeyPtr read = record::ReadKeyPem(key);
  const CertificatePtr own =
      Blank(absl::StrCat("IGF Liaison hub ", hub), RandomSerial(), now, kAuthorityLifetime);
  X509* const certificate = own.get();
  Require(
      X509_set_pubkey(certificate, read.get()) == 1 &&
          X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1 &&
          Extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
          Extend(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
          Extend(certificate, certificate, NID_subject_key_identifier, "hash") &&
          X509_sign(certificate, read.get(), EVP_sha256()) != 0,
      "an authority could not be made");
  absl::StatusOr<Authority> made = Load(ToPem(certificate), key);
  Require(made.ok(), "an authority could not be made");
  return *std::move(made);
}

absl::StatusOr<Authority> Authority::Load(absl::string_view certificate, absl::string_view key) {
  LIAISON_ASSIGN_OR_RETURN(const record::CertificateFacts facts,
                           record::ReadCertificate(certificate));
  auto impl = std::make_unique<Impl>();
  impl->certificate = record::ReadCertificatePem(certificate);
  impl->key = record::ReadKeyPem(key);
  if (impl->key == nullptr || !record::BelongTogether(certificate, key)) {
    return absl::InvalidArgumentError("the certificate and the key do not belong together");
  }
  if (X509_check_ca(impl->certificate.get()) != 1) {
    return absl::InvalidArgumentError("that certificate is not of an authority");
  }
  impl->pem = ToPem(impl->certificate.get());
  impl->fingerprint = facts.fingerprint;
  return Authority(std::move(impl));
}

absl::StatusOr<std::string> Authority::CertifyHub(absl::string_view key,
                                                  const std::vector<std::string>& hosts,
                                                  absl::Time now) const {
  const KeyPtr read = record::ReadKeyPem(key);
  if (read == nullptr) return absl::InvalidArgumentError("the hub's key is no private key");
  if (hosts.empty()) return absl::InvalidArgumentError("a hub's certificate names a host");
  for (const std::string& host : hosts) {
    if (!IsHost(host)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "`", host, "` is no name of a host, such as hub.example.org, nor an address"));
    }
  }
  const CertificatePtr made = Blank(hosts.front(), RandomSerial(), now, kCertificateLifetime);
  X509* const issuer = impl_->certificate.get();
  if (X509_set_pubkey(made.get(), read.get()) != 1 ||
      !Extend(made.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !Extend(made.get(), issuer, NID_key_usage, "critical,digitalSignature") ||
      !Extend(made.get(), issuer, NID_ext_key_usage, "serverAuth") ||
      !Extend(made.get(), issuer, NID_authority_key_identifier, "keyid") ||
      !Extend(made.get(), issuer, NID_subject_alt_name, NamesOf(hosts))) {
    return absl::InvalidArgumentError(
        absl::StrCat("no certificate can be made for ", absl::StrJoin(hosts, ", ")));
  }
  impl_->Sign(made.get());
  return ToPem(made.get());
}

absl::StatusOr<std::string> Authority::CertifyPartner(absl::string_view request,
                                                      absl::string_view field,
                                                      absl::string_view organisation,
                                                      absl::string_view serial,
                                                      absl::Time now) const {
  const CertificateRequestPtr read = record::ReadRequestPem(request);
  EVP_PKEY* const key = read == nullptr ? nullptr : X509_REQ_get0_pubkey(read.get());
  const bool is_held = key != nullptr && X509_REQ_verify(read.get(), key) == 1;
  ERR_clear_error();
  if (!is_held) {
    return record::FieldInvalid(
        field, "no certificate request (PKCS #10 in PEM) that its own key has signed");
  }
  if (!IsP256(key)) return record::FieldInvalid(field, "ask with an ECDSA key on P-256");
  const CertificatePtr made = Blank(organisation, serial, now, kCertificateLifetime);
  X509* const issuer = impl_->certificate.get();
  Require(X509_set_pubkey(made.get(), key) == 1 &&
              Extend(made.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") &&
              Extend(made.get(), issuer, NID_key_usage, "critical,digitalSignature") &&
              Extend(made.get(), issuer, NID_ext_key_usage, "clientAuth") &&
              Extend(made.get(), issuer, NID_authority_key_identifier, "keyid") &&
              Extend(made.get(), issuer, NID_subject_alt_name,
                     absl::StrCat("URI:", record::kOrganisationUriScheme, organisation)),
          "a certificate could not be made");
  impl_->Sign(made.get());
  return ToPem(made.get());
}

std::string Authority::RevocationList(const std::vector<std::string>& serials,
                                      absl::Time now) const {
  const CrlPtr list(X509_CRL_new());
  // Of two lists OpenSSL believes the later one, so two are never of one second: see
  // HubCertificates.
  Require(
      list != nullptr && X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1 &&
          X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(impl_->certificate.get())) ==
              1 &&
          X509_CRL_set1_lastUpdate(list.get(), ToAsn1(now).get()) == 1 &&
          X509_CRL_set1_nextUpdate(list.get(), ToAsn1(now + kRevocationListLifetime).get()) == 1,
      "no memory");
  for (const std::string& serial : serials) {
    RevokedPtr revoked(X509_REVOKED_new());
    Require(revoked != nullptr &&
                X509_REVOKED_set_serialNumber(revoked.get(), ToInteger(serial).get()) == 1 &&
                X509_REVOKED_set_revocationDate(revoked.get(), ToAsn1(now).get()) == 1 &&
                X509_CRL_add0_revoked(list.get(), revoked.release()) == 1,
            "no memory");
  }
  Require(X509_CRL_sort(list.get()) == 1 &&
              X509_CRL_sign(list.get(), impl_->key.get(), EVP_sha256()) != 0,
          "a revocation list could not be signed");
  return record::Written([&](BIO* out) { return PEM_write_bio_X509_CRL(out, list.get()); });
}

std::string Authority::LookupName() const {
  return absl::StrFormat("%08lx", X509_subject_name_hash(impl_->certificate.get()));
}

}  // namespace liaison::auth
