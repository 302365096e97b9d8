#include "proto/record/signature.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/openssl.h"
#include "proto/record/pae.h"

namespace liaison::record {
namespace {

constexpr size_t kSeedSizeBytes = 32;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* Bytes(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }

DigestContextPtr NewDigestContext() {
  DigestContextPtr context(EVP_MD_CTX_new());
  Require(context != nullptr, "no memory for a signature context");
  return context;
}

// Arithmetic modulo p = 2^255 - 19, for the few checks of a key that OpenSSL does not make. Not in
// constant time: public keys are no secret. Every number lives as long as the Field.
class Field {
 public:
  Field() : context_(BN_CTX_new()) {
    Require(context_ != nullptr, "no memory for BIGNUM");
    BN_CTX_start(context_.get());
    p_ = Decimal("57896044618658097711785492504343953926634992332820282019728792003956564819949");
    // -121665/121666, of the curve -x^2 + y^2 = 1 + d x^2 y^2.
    d_ = Decimal("37095705934669439343138083508754565189542113879843219016388785533085940283555");
    one_ = Decimal("1");
  }
  ~Field() { BN_CTX_end(context_.get()); }
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

  const BIGNUM* one() const { return one_; }
  const BIGNUM* d() const { return d_; }
  bool Contains(const BIGNUM* a) const { return BN_cmp(a, p_) < 0; }

  BIGNUM* FromLittleEndian(const unsigned char* bytes, int size) {
    BIGNUM* number = New();
    Require(BN_lebin2bn(bytes, size, number) != nullptr, "BN_lebin2bn");
    return number;
  }
  BIGNUM* Add(const BIGNUM* a, const BIGNUM* b) {
    BIGNUM* sum = New();
    Require(BN_mod_add(sum, a, b, p_, context_.get()) == 1, "BN_mod_add");
    return sum;
  }
  BIGNUM* Subtract(const BIGNUM* a, const BIGNUM* b) {
    BIGNUM* difference = New();
    Require(BN_mod_sub(difference, a, b, p_, context_.get()) == 1, "BN_mod_sub");
    return difference;
  }
  BIGNUM* Multiply(const BIGNUM* a, const BIGNUM* b) {
    BIGNUM* product = New();
    Require(BN_mod_mul(product, a, b, p_, context_.get()) == 1, "BN_mod_mul");
    return product;
  }
  // REQUIRES: b is not 0.
  BIGNUM* Divide(const BIGNUM* a, const BIGNUM* b) {
    BIGNUM* inverse = New();
    Require(BN_mod_inverse(inverse, b, p_, context_.get()) != nullptr, "BN_mod_inverse");
    return Multiply(a, inverse);
  }
  bool IsSquare(const BIGNUM* a) {
    const int symbol = BN_kronecker(a, p_, context_.get());
    Require(symbol >= -1, "BN_kronecker");
    return symbol != -1;
  }

 private:
  BIGNUM* New() {
    BIGNUM* number = BN_CTX_get(context_.get());
    Require(number != nullptr, "no memory for BIGNUM");
    return number;
  }
  BIGNUM* Decimal(const char* digits) {
    BIGNUM* number = New();
    Require(BN_dec2bn(&number, digits) != 0, "BN_dec2bn");
    return number;
  }

  BignumContextPtr context_;
  BIGNUM* p_;
  BIGNUM* d_;
  BIGNUM* one_;
};

// x^2 of a point of the curve with this y: (y^2 - 1) / (d y^2 + 1). The denominator is never 0,
// since -1/d is no square.
BIGNUM* SquareOfX(Field& field, const BIGNUM* y) {
  const BIGNUM* y2 = field.Multiply(y, y);
  return field.Divide(field.Subtract(y2, field.one()),
                      field.Add(field.Multiply(field.d(), y2), field.one()));
}

// y of twice the point: (y^2 + x^2) / (2 + x^2 - y^2). Both points with this y give the same.
BIGNUM* YOfDouble(Field& field, const BIGNUM* y) {
  const BIGNUM* x2 = SquareOfX(field, y);
  const BIGNUM* y2 = field.Multiply(y, y);
  const BIGNUM* two = field.Add(field.one(), field.one());
  return field.Divide(field.Add(y2, x2), field.Subtract(field.Add(two, x2), y2));
}

}  // namespace

struct SigningKey::Impl {
  KeyPtr key;
};

SigningKey::SigningKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::Generate() {
  auto impl = std::make_unique<Impl>();
  impl->key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  Require(impl->key != nullptr, "no Ed25519 key could be made");
  return SigningKey(std::move(impl));
}

absl::StatusOr<SigningKey> SigningKey::FromSeed(absl::string_view seed) {
  if (seed.size() != kSeedSizeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the seed of an Ed25519 key has 32 bytes, this has ", seed.size()));
  }
  auto impl = std::make_unique<Impl>();
  impl->key.reset(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed), seed.size()));
  Require(impl->key != nullptr, "OpenSSL took no Ed25519 seed");
  return SigningKey(std::move(impl));
}

std::string SigningKey::public_key() const {
  std::string bytes(kPublicKeySizeBytes, '\0');
  size_t size = bytes.size();
  Require(EVP_PKEY_get_raw_public_key(impl_->key.get(), Bytes(&bytes), &size) == 1 &&
              size == bytes.size(),
          "no public key");
  return bytes;
}

std::string SigningKey::seed() const {
  std::string bytes(kSeedSizeBytes, '\0');
  size_t size = bytes.size();
  Require(EVP_PKEY_get_raw_private_key(impl_->key.get(), Bytes(&bytes), &size) == 1 &&
              size == bytes.size(),
          "no private key");
  return bytes;
}

std::string SigningKey::Sign(absl::string_view type, absl::string_view body) const {
  return SignMessage(Pae(type, body));
}

std::string SigningKey::SignMessage(absl::string_view message) const {
  std::string signature(kSignatureSizeBytes, '\0');
  size_t size = signature.size();
  const DigestContextPtr context = NewDigestContext();
  Require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, impl_->key.get()) == 1 &&
              EVP_DigestSign(context.get(), Bytes(&signature), &size, Bytes(message),
                             message.size()) == 1 &&
              size == signature.size(),
          "Ed25519 did not sign");
  return signature;
}

Hash KeyHash(absl::string_view public_key) { return Sha256Of(public_key); }

absl::Status CheckPublicKey(absl::string_view public_key) {
  if (public_key.size() != kPublicKeySizeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("an Ed25519 public key has 32 bytes, this has ", public_key.size()));
  }
  // RFC 8032, 5.1.3: y little-endian, the sign of x in the highest bit.
  std::array<unsigned char, kPublicKeySizeBytes> bytes;
  std::copy(public_key.begin(), public_key.end(), bytes.begin());
  bytes.back() &= 0x7f;
  Field field;
  const BIGNUM* y = field.FromLittleEndian(bytes.data(), bytes.size());
  if (!field.Contains(y)) {
    return absl::InvalidArgumentError("the public key is not in its canonical encoding");
  }
  if (!field.IsSquare(SquareOfX(field, y))) {
    return absl::InvalidArgumentError("the public key is no point of the curve");
  }
  // The curve has cofactor 8, so the points of low order are those that three doublings take to
  // the identity, the one point with y = 1. x = 0 is among them, so a sign of 0 needs no check.
  const BIGNUM* multiple = y;
  for (int doubling = 0; doubling < 3; ++doubling) multiple = YOfDouble(field, multiple);
  if (BN_is_one(multiple)) {
    return absl::InvalidArgumentError("the public key is a point of low order");
  }
  return absl::OkStatus();
}

bool VerifySignature(absl::string_view public_key, absl::string_view type, absl::string_view body,
                     absl::string_view signature) {
  return VerifyMessage(public_key, Pae(type, body), signature);
}

bool VerifyMessage(absl::string_view public_key, absl::string_view message,
                   absl::string_view signature) {
  if (public_key.size() != kPublicKeySizeBytes || signature.size() != kSignatureSizeBytes) {
    return false;
  }
  const KeyPtr key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_key), public_key.size()));
  const DigestContextPtr context = NewDigestContext();
  // 1 is the only yes: 0 is a wrong signature and less than 0 an error.
  const bool verified =
      key != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message),
                       message.size()) == 1;
  if (!verified) ERR_clear_error();
  return verified;
}

}  // namespace liaison::record
