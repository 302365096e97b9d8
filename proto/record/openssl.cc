#include "proto/record/openssl.h"

#include <openssl/pem.h>

#include "proto/record/certificate.h"

namespace liaison::record {
namespace {

// Null where it is too large.
BioPtr Reading(absl::string_view text) {
  if (text.size() > kMaxPemSizeBytes) return nullptr;
  BioPtr memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Require(memory != nullptr, "no memory");
  return memory;
}

}  // namespace

KeyPtr ReadKeyPem(absl::string_view text) {
  const BioPtr memory = Reading(text);
  if (memory == nullptr) return nullptr;
  // No prompt for a password: an encrypted key is none that a service could use.
  KeyPtr key(PEM_read_bio_PrivateKey(
      memory.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
  ERR_clear_error();
  return key;
}

CertificatePtr ReadCertificatePem(absl::string_view text) {
  const BioPtr memory = Reading(text);
  if (memory == nullptr) return nullptr;
  CertificatePtr certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

CertificateRequestPtr ReadRequestPem(absl::string_view text) {
  const BioPtr memory = Reading(text);
  if (memory == nullptr) return nullptr;
  CertificateRequestPtr request(PEM_read_bio_X509_REQ(memory.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return request;
}

BioPtr NewMemory() {
  BioPtr memory(BIO_new(BIO_s_mem()));
  Require(memory != nullptr, "no memory");
  return memory;
}

std::string TextIn(const BioPtr& memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);  // NOLINT(google-runtime-int): OpenSSL's
  return std::string(data, static_cast<size_t>(size));
}

}  // namespace liaison::record
