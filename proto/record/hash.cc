#include "proto/record/hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "proto/record/openssl.h"

namespace liaison::record {
namespace {

// An implicit fetch on every hash costs three times the hash of a node. Never freed: a hash may
// still be asked for while the process ends.
const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const algorithm = [] {
    const EVP_MD* fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    Require(fetched != nullptr, "OpenSSL has no SHA-256");
    return fetched;
  }();
  return algorithm;
}

EVP_MD_CTX* NewContext() {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Require(context != nullptr, "no memory for a hash context");
  return context;
}

void Begin(EVP_MD_CTX* context) {
  Require(EVP_DigestInit_ex2(context, Sha256Algorithm(), nullptr) == 1, "SHA-256 did not begin");
}

void Add(EVP_MD_CTX* context, const void* data, size_t size) {
  Require(EVP_DigestUpdate(context, data, size) == 1, "SHA-256 did not take bytes");
}

Hash End(EVP_MD_CTX* context) {
  Hash hash;
  Require(EVP_DigestFinal_ex(context, hash.data(), nullptr) == 1, "SHA-256 did not end");
  return hash;
}

// This thread's own context, begun. The functions below end what they begin, so it is free again
// when they return.
EVP_MD_CTX* ThreadContext() {
  thread_local const DigestContextPtr context(NewContext());
  Begin(context.get());
  return context.get();
}

}  // namespace

Hash Hash::FromBytes(absl::string_view bytes) {
  Require(bytes.size() == kHashSizeBytes, "Hash::FromBytes needs 32 bytes");
  Hash hash;
  std::memcpy(hash.data(), bytes.data(), kHashSizeBytes);
  return hash;
}

absl::StatusOr<Hash> Hash::Parse(absl::string_view bytes) {
  if (bytes.size() != kHashSizeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a SHA-256 hash has 32 bytes, this has ", bytes.size()));
  }
  return FromBytes(bytes);
}

absl::StatusOr<Hash> Hash::FromHex(absl::string_view hex) {
  if (hex.size() != 2 * kHashSizeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a SHA-256 hash has 64 hexadecimal digits, this has ", hex.size()));
  }
  if (!std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit)) {
    return absl::InvalidArgumentError("a SHA-256 hash has hexadecimal digits only");
  }
  return FromBytes(absl::HexStringToBytes(hex));
}

std::string Hash::ToHex() const { return absl::BytesToHexString(bytes()); }

bool Hash::is_zero() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t byte) { return byte == 0; });
}

Sha256::Sha256() : context_(NewContext()) { Begin(static_cast<EVP_MD_CTX*>(context_)); }

Sha256::~Sha256() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

Sha256& Sha256::Update(absl::string_view piece) {
  Add(static_cast<EVP_MD_CTX*>(context_), piece.data(), piece.size());
  return *this;
}

Hash Sha256::Finish() {
  auto* context = static_cast<EVP_MD_CTX*>(context_);
  Hash hash = End(context);
  Begin(context);
  return hash;
}

Hash Sha256Of(absl::string_view bytes) {
  EVP_MD_CTX* context = ThreadContext();
  Add(context, bytes.data(), bytes.size());
  return End(context);
}

Hash LeafHash(absl::string_view leaf) {
  static constexpr uint8_t kLeafPrefix = 0x00;
  EVP_MD_CTX* context = ThreadContext();
  Add(context, &kLeafPrefix, 1);
  Add(context, leaf.data(), leaf.size());
  return End(context);
}

Hash NodeHash(const Hash& left, const Hash& right) {
  static constexpr uint8_t kNodePrefix = 0x01;
  uint8_t input[1 + 2 * kHashSizeBytes];
  input[0] = kNodePrefix;
  std::memcpy(input + 1, left.data(), kHashSizeBytes);
  std::memcpy(input + 1 + kHashSizeBytes, right.data(), kHashSizeBytes);
  EVP_MD_CTX* context = ThreadContext();
  Add(context, input, sizeof(input));
  return End(context);
}

Hash EmptyRoot() { return Sha256Of(""); }

}  // namespace liaison::record
