// What OpenSSL says of a certificate: the other end of every connection asks it.
#ifndef LIAISON_TESTS_UNIT_SERVER_AUTH_OPENSSL_VERDICT_H_
#define LIAISON_TESTS_UNIT_SERVER_AUTH_OPENSSL_VERDICT_H_

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "proto/record/openssl.h"
#include "tests/support/foreign_keys.h"

namespace liaison::auth {

using StorePtr = std::unique_ptr<X509_STORE, record::OpenSslDeleter<X509_STORE_free>>;
using StoreContextPtr =
    std::unique_ptr<X509_STORE_CTX, record::OpenSslDeleter<X509_STORE_CTX_free>>;

inline record::CertificatePtr CertificateIn(const std::string& pem) {
  return record::CertificatePtr(
      PEM_read_bio_X509(testing::Reading(pem).get(), nullptr, nullptr, nullptr));
}

// Whoever is at the other end: what they believe, and on which day they look.
class OpenSslVerdict {
 public:
  OpenSslVerdict(const std::string& authority, absl::Time now)
      : store_(X509_STORE_new()), now_(now) {
    X509_STORE_add_cert(store_.get(), CertificateIn(authority).get());
  }
  // Whoever stands on the list is refused, and everybody where there is no list.
  OpenSslVerdict& WithList(const std::string& pem) {
    X509_CRL* const list =
        PEM_read_bio_X509_CRL(testing::Reading(pem).get(), nullptr, nullptr, nullptr);
    record::Require(list != nullptr && X509_STORE_add_crl(store_.get(), list) == 1, "no such list");
    X509_CRL_free(list);
    X509_STORE_set_flags(store_.get(), X509_V_FLAG_CRL_CHECK);
    return *this;
  }
  // The same with lists that are looked up in a folder, each time anew.
  OpenSslVerdict& WithListsIn(const std::string& folder) {
    X509_LOOKUP* const lookup = X509_STORE_add_lookup(store_.get(), X509_LOOKUP_hash_dir());
    record::Require(X509_LOOKUP_add_dir(lookup, folder.c_str(), X509_FILETYPE_PEM) == 1, "folder");
    X509_STORE_set_flags(store_.get(), X509_V_FLAG_CRL_CHECK);
    return *this;
  }

  // `ok`, or why not.
  std::string OnServer(const std::string& pem) const { return On(pem, X509_PURPOSE_SSL_SERVER); }
  std::string OnClient(const std::string& pem) const { return On(pem, X509_PURPOSE_SSL_CLIENT); }
  // With a certificate between it and the authority.
  std::string OnClientBy(const std::string& between, const std::string& pem) const {
    return On(pem, X509_PURPOSE_SSL_CLIENT, {between});
  }

 private:
  std::string On(const std::string& pem, int purpose,
                 const std::vector<std::string>& between = {}) const {
    const record::CertificatePtr certificate = CertificateIn(pem);
    STACK_OF(X509)* const others = sk_X509_new_null();
    for (const std::string& one : between) sk_X509_push(others, CertificateIn(one).release());
    const StoreContextPtr context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store_.get(), certificate.get(), others);
    X509_STORE_CTX_set_purpose(context.get(), purpose);
    X509_STORE_CTX_set_time(context.get(), 0, absl::ToTimeT(now_));
    X509_verify_cert(context.get());
    const std::string verdict =
        X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
    sk_X509_pop_free(others, X509_free);
    ERR_clear_error();
    return verdict;
  }

  const StorePtr store_;
  const absl::Time now_;
};

}  // namespace liaison::auth

#endif  // LIAISON_TESTS_UNIT_SERVER_AUTH_OPENSSL_VERDICT_H_
