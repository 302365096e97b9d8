#include "proto/record/commitment.h"

#include <openssl/rand.h>

#include "proto/record/openssl.h"

namespace liaison::record {

Hash Commitment(uint16_t section, absl::string_view salt, absl::string_view bytes) {
  static constexpr absl::string_view kDomain("igf.liaison/section/v1\0", 23);
  Require(salt.size() == kSaltSizeBytes, "a commitment needs a salt of 32 bytes");
  const char number[2] = {static_cast<char>(section >> 8), static_cast<char>(section & 0xff)};
  thread_local Sha256 hasher;
  return hasher.Update(kDomain)
      .Update(absl::string_view(number, sizeof(number)))
      .Update(salt)
      .Update(bytes)
      .Finish();
}

std::string RandomSalt() {
  std::string salt(kSaltSizeBytes, '\0');
  Require(RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), kSaltSizeBytes) == 1,
          "the random source failed");
  return salt;
}

}  // namespace liaison::record
