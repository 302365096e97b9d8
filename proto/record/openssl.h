// What sources that use OpenSSL need around it: owners, and the end of the process where OpenSSL
// fails at what cannot fail. Not for headers.
#ifndef LIAISON_PROTO_RECORD_OPENSSL_H_
#define LIAISON_PROTO_RECORD_OPENSSL_H_

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace liaison::record {

// Ends the process unless `condition`: a broken REQUIRES, an allocation or the random source that
// failed. Going on would sign or hash the wrong bytes.
inline void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "fatal: %s\n", what);
  ERR_print_errors_fp(stderr);
  std::abort();
}

template <auto kFree>
struct OpenSslDeleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using BignumPtr = std::unique_ptr<BIGNUM, OpenSslDeleter<BN_free>>;
using BignumContextPtr = std::unique_ptr<BN_CTX, OpenSslDeleter<BN_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpenSslDeleter<EVP_PKEY_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, OpenSslDeleter<EVP_MD_CTX_free>>;
using BioPtr = std::unique_ptr<BIO, OpenSslDeleter<BIO_free>>;
using CertificatePtr = std::unique_ptr<X509, OpenSslDeleter<X509_free>>;
using CertificateRequestPtr = std::unique_ptr<X509_REQ, OpenSslDeleter<X509_REQ_free>>;

// PEM. Null where the text is none, or larger than kMaxPemSizeBytes.
KeyPtr ReadKeyPem(absl::string_view text);  // without a password
CertificatePtr ReadCertificatePem(absl::string_view text);
CertificateRequestPtr ReadRequestPem(absl::string_view text);
// A place in memory to write to, and what was written there.
BioPtr NewMemory();
std::string TextIn(const BioPtr& memory);
// What `write`, which gives 1 where it could, writes into memory.
template <typename Write>
std::string Written(const Write& write) {
  const BioPtr memory = NewMemory();
  Require(write(memory.get()) == 1, "OpenSSL could not write to memory");
  return TextIn(memory);
}

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_OPENSSL_H_
