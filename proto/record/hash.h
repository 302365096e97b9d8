// SHA-256 and the hashing of RFC 6962, section 2.1.
#ifndef LIAISON_PROTO_RECORD_HASH_H_
#define LIAISON_PROTO_RECORD_HASH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::record {

inline constexpr size_t kHashSizeBytes = 32;

// A Hash is 32 bytes of SHA-256. Value type; compares and hashes as its bytes.
class Hash {
 public:
  Hash() = default;
  // REQUIRES: bytes.size() == 32.
  static Hash FromBytes(absl::string_view bytes);
  // INVALID_ARGUMENT unless there are exactly 32 bytes.
  static absl::StatusOr<Hash> Parse(absl::string_view bytes);
  // Lower or upper case hexadecimal, 64 digits.
  static absl::StatusOr<Hash> FromHex(absl::string_view hex);

  absl::string_view bytes() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  uint8_t* data() { return bytes_.data(); }
  const uint8_t* data() const { return bytes_.data(); }
  std::string ToHex() const;
  bool is_zero() const;

  friend bool operator==(const Hash& a, const Hash& b) { return a.bytes_ == b.bytes_; }
  friend bool operator!=(const Hash& a, const Hash& b) { return a.bytes_ != b.bytes_; }
  friend bool operator<(const Hash& a, const Hash& b) { return a.bytes_ < b.bytes_; }
  template <typename H>
  friend H AbslHashValue(H h, const Hash& x) {
    return H::combine(std::move(h), x.bytes_);
  }

 private:
  std::array<uint8_t, kHashSizeBytes> bytes_{};
};

// A Sha256 hashes a sequence of pieces. Not thread-safe; reusable after Finish. The algorithm is
// fetched from OpenSSL once for the process (three times faster on OpenSSL 3.0).
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Sha256& Update(absl::string_view piece);
  // Returns the hash of all pieces since construction or the last Finish.
  Hash Finish();

 private:
  void* context_;  // EVP_MD_CTX
};

// All of these are thread-safe.
Hash Sha256Of(absl::string_view bytes);
// SHA256(0x00 || leaf).
Hash LeafHash(absl::string_view leaf);
// SHA256(0x01 || left || right).
Hash NodeHash(const Hash& left, const Hash& right);
// SHA256(""): the root of a tree of size 0.
Hash EmptyRoot();

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_HASH_H_
