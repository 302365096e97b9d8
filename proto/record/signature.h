// Ed25519 (RFC 8032, pure) over PAE.
#ifndef LIAISON_PROTO_RECORD_SIGNATURE_H_
#define LIAISON_PROTO_RECORD_SIGNATURE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/hash.h"

namespace liaison::record {

inline constexpr size_t kPublicKeySizeBytes = 32;
inline constexpr size_t kSignatureSizeBytes = 64;

// A SigningKey holds the private half. Thread-safe; never prints itself.
class SigningKey {
 public:
  static SigningKey Generate();
  // `seed` is the 32 byte RFC 8032 private key.
  static absl::StatusOr<SigningKey> FromSeed(absl::string_view seed);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  std::string public_key() const;
  std::string seed() const;
  // 64 bytes over PAE(type, body).
  std::string Sign(absl::string_view type, absl::string_view body) const;
  // The same over the bytes as they are: see VerifyMessage.
  std::string SignMessage(absl::string_view message) const;

 private:
  struct Impl;
  explicit SigningKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// SHA256 of the public key: how leaves and headers name it.
Hash KeyHash(absl::string_view public_key);

// INVALID_ARGUMENT for a length other than 32, a non-canonical encoding (y >= p), a point not on
// the curve or of low order. OpenSSL 3.0 alone accepts the second and the last. Thread-safe.
absl::Status CheckPublicKey(absl::string_view public_key);

// True iff `signature` is by `public_key` over PAE(type, body). Thread-safe.
// REQUIRES: CheckPublicKey(public_key) was OK when the key was registered.
bool VerifySignature(absl::string_view public_key, absl::string_view type, absl::string_view body,
                     absl::string_view signature);

// The same over the bytes as they are, for formats that keep their domains apart by themselves
// (RFC 8032 vectors, checkpoints). Thread-safe.
bool VerifyMessage(absl::string_view public_key, absl::string_view message,
                   absl::string_view signature);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_SIGNATURE_H_
