#include "proto/record/certificate.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>

#include "absl/strings/match.h"
#include "proto/record/names.h"
#include "proto/record/openssl.h"

namespace liaison::record {
namespace {

using NamesPtr = std::unique_ptr<GENERAL_NAMES, OpenSslDeleter<GENERAL_NAMES_free>>;

absl::Status No(absl::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(what);
}

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm broken = {};
  if (ASN1_TIME_to_tm(time, &broken) != 1) return absl::InfinitePast();
  return absl::FromTimeT(timegm(&broken));
}

std::string TextOf(const ASN1_STRING* string) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                     static_cast<size_t>(ASN1_STRING_length(string)));
}

// `192.0.2.1` of its four bytes, or of the sixteen of the other family.
std::string AddressOf(const ASN1_STRING* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(bytes) != 16) return "";
  inet_ntop(family, ASN1_STRING_get0_data(bytes), text.data(), text.size());
  return text.data();
}

void ReadNames(const X509* certificate, CertificateFacts* facts) {
  const NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) facts->hosts.push_back(TextOf(name->d.dNSName));
    if (name->type == GEN_IPADD) facts->hosts.push_back(AddressOf(name->d.iPAddress));
    if (name->type != GEN_URI) continue;
    const std::string uri = TextOf(name->d.uniformResourceIdentifier);
    if (!absl::StartsWith(uri, kOrganisationUriScheme)) continue;
    const std::string organisation = uri.substr(kOrganisationUriScheme.size());
    if (IsOrganisation(organisation)) facts->organisation = organisation;
  }
}

}  // namespace

std::string NewPrivateKey() {
  const KeyPtr key(EVP_EC_gen("P-256"));
  Require(key != nullptr, "no key could be made");
  return Written([&](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

absl::StatusOr<std::string> NewCertificateRequest(absl::string_view private_key) {
  const KeyPtr key = ReadKeyPem(private_key);
  if (key == nullptr) return No("no private key, or one with a password");
  const CertificateRequestPtr request(X509_REQ_new());
  const BioPtr out = NewMemory();
  Require(request != nullptr && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1,
          "no memory");
  if (X509_REQ_set_pubkey(request.get(), key.get()) != 1 ||
      X509_REQ_sign(request.get(), key.get(), EVP_sha256()) == 0 ||
      PEM_write_bio_X509_REQ(out.get(), request.get()) != 1) {
    return No("that private key signs no certificate request");
  }
  return TextIn(out);
}

absl::StatusOr<Hash> KeyOfRequest(absl::string_view request) {
  const CertificateRequestPtr read = ReadRequestPem(request);
  if (read == nullptr) return No("no certificate request in PEM");
  unsigned char* key = nullptr;
  const int size = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(read.get()), &key);
  if (size <= 0) return No("a certificate request without a key");
  const Hash hash = Sha256Of({reinterpret_cast<const char*>(key), static_cast<size_t>(size)});
  OPENSSL_free(key);
  return hash;
}

absl::StatusOr<CertificateFacts> ReadCertificate(absl::string_view pem) {
  const CertificatePtr certificate = ReadCertificatePem(pem);
  if (certificate == nullptr) return No("no certificate in PEM");
  CertificateFacts facts;
  unsigned size = kHashSizeBytes;
  Require(X509_digest(certificate.get(), EVP_sha256(), facts.fingerprint.data(), &size) == 1,
          "no digest of a certificate");
  facts.not_before = ToTime(X509_get0_notBefore(certificate.get()));
  facts.not_after = ToTime(X509_get0_notAfter(certificate.get()));
  ReadNames(certificate.get(), &facts);
  const BioPtr issuer = NewMemory();
  X509_NAME_print_ex(issuer.get(), X509_get_issuer_name(certificate.get()), 0, XN_FLAG_RFC2253);
  facts.issuer = TextIn(issuer);
  return facts;
}

bool BelongTogether(absl::string_view certificate, absl::string_view private_key) {
  const CertificatePtr read = ReadCertificatePem(certificate);
  const KeyPtr key = ReadKeyPem(private_key);
  const bool together =
      read != nullptr && key != nullptr && X509_check_private_key(read.get(), key.get()) == 1;
  ERR_clear_error();
  return together;
}

}  // namespace liaison::record
