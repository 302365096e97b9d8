#include "server/admission/fresh_salt.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "proto/record/commitment.h"

namespace liaison::admission {
namespace {

constexpr size_t kSaltsADraw = 64;

struct Drawn {
  std::array<char, kSaltsADraw * record::kSaltSizeBytes> bytes;
  size_t left_size_bytes = 0;
};

// Going on without randomness would open what is to stay closed.
void Draw(Drawn* drawn) {
  unsigned char* bytes = reinterpret_cast<unsigned char*>(drawn->bytes.data());
  if (RAND_bytes(bytes, static_cast<int>(drawn->bytes.size())) != 1) {
    std::fputs("fatal: the random source failed\n", stderr);
    std::abort();
  }
}

}  // namespace

std::string FreshSalt(igf::liaison::v1::SectionKind) {
  thread_local Drawn drawn;
  if (drawn.left_size_bytes == 0) {
    Draw(&drawn);
    drawn.left_size_bytes = drawn.bytes.size();
  }
  drawn.left_size_bytes -= record::kSaltSizeBytes;
  char* salt = drawn.bytes.data() + drawn.left_size_bytes;
  std::string given(salt, record::kSaltSizeBytes);
  OPENSSL_cleanse(salt, record::kSaltSizeBytes);
  return given;
}

}  // namespace liaison::admission
