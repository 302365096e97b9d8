// Keys as other programs make them, and what is asked for with them. PEM.
#ifndef LIAISON_TESTS_SUPPORT_FOREIGN_KEYS_H_
#define LIAISON_TESTS_SUPPORT_FOREIGN_KEYS_H_

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <string>

#include "proto/record/openssl.h"

namespace liaison::testing {

// What `write` writes, as text.
template <typename Write>
std::string PemOf(Write write) {
  const record::BioPtr out(BIO_new(BIO_s_mem()));
  record::Require(out != nullptr && write(out.get()) == 1, "PEM could not be written");
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);  // NOLINT(google-runtime-int): OpenSSL's
  return std::string(data, static_cast<size_t>(size));
}

inline record::BioPtr Reading(const std::string& text) {
  return record::BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

inline record::KeyPtr P384Key() { return record::KeyPtr(EVP_EC_gen("P-384")); }
inline record::KeyPtr RsaKey() { return record::KeyPtr(EVP_RSA_gen(2048)); }
inline record::KeyPtr Ed25519Key() {
  return record::KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}
inline record::KeyPtr KeyIn(const std::string& pem) {
  return record::KeyPtr(PEM_read_bio_PrivateKey(Reading(pem).get(), nullptr, nullptr, nullptr));
}

inline std::string PemOfKey(const record::KeyPtr& key) {
  return PemOf([&](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}
inline std::string EncryptedPemOfKey(const record::KeyPtr& key, std::string password) {
  return PemOf([&](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, key.get(), EVP_aes_256_cbc(), password.data(),
                                         static_cast<int>(password.size()), nullptr, nullptr);
  });
}

// A request for a certificate for `key`, signed by `signer`: the same key, in good faith.
inline std::string RequestFor(const record::KeyPtr& key, const record::KeyPtr& signer) {
  const record::CertificateRequestPtr request(X509_REQ_new());
  const bool hashes_itself = EVP_PKEY_get_id(signer.get()) == EVP_PKEY_ED25519;
  record::Require(
      X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
          X509_REQ_set_pubkey(request.get(), key.get()) == 1 &&
          X509_REQ_sign(request.get(), signer.get(), hashes_itself ? nullptr : EVP_sha256()) != 0,
      "a request could not be signed");
  return PemOf([&](BIO* out) { return PEM_write_bio_X509_REQ(out, request.get()); });
}

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_SUPPORT_FOREIGN_KEYS_H_
