// token := base64url( generation:u32 sequence:u64 delivery:u32 epoch:u64 mac[16] ), big-endian.
// mac   := the first 16 bytes of HMAC-SHA256( secret, "ack" uid and what stands before it )

#include "server/subscriptions/ack_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace liaison::subscriptions {
namespace {

constexpr size_t kBodySizeBytes = 24;
constexpr size_t kMacSizeBytes = 16;

void Append(uint64_t value, int size_bytes, std::string* out) {
  for (int shift = 8 * (size_bytes - 1); shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(value >> shift & 0xff));
  }
}

uint64_t Take(int size_bytes, absl::string_view* in) {
  uint64_t value = 0;
  for (int i = 0; i < size_bytes; ++i) value = value << 8 | static_cast<uint8_t>((*in)[i]);
  in->remove_prefix(size_bytes);
  return value;
}

std::string Mac(absl::string_view secret, absl::string_view uid, absl::string_view body) {
  const std::string message = absl::StrCat("ack", uid, body);
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  mac.resize(kMacSizeBytes);
  return mac;
}

}  // namespace

std::string MakeAckToken(absl::string_view secret, absl::string_view uid, const AckToken& token) {
  std::string body;
  Append(token.generation, 4, &body);
  Append(token.sequence, 8, &body);
  Append(token.delivery, 4, &body);
  Append(token.epoch, 8, &body);
  return absl::WebSafeBase64Escape(absl::StrCat(body, Mac(secret, uid, body)));
}

std::optional<AckToken> ReadAckToken(absl::string_view secret, absl::string_view uid,
                                     absl::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(text, &bytes)) return std::nullopt;
  if (bytes.size() != kBodySizeBytes + kMacSizeBytes) return std::nullopt;
  absl::string_view body = absl::string_view(bytes).substr(0, kBodySizeBytes);
  const std::string mac = Mac(secret, uid, body);
  if (CRYPTO_memcmp(mac.data(), bytes.data() + kBodySizeBytes, kMacSizeBytes) != 0) {
    return std::nullopt;
  }
  AckToken token;
  token.generation = static_cast<uint32_t>(Take(4, &body));
  token.sequence = Take(8, &body);
  token.delivery = static_cast<uint32_t>(Take(4, &body));
  token.epoch = Take(8, &body);
  return token;
}

}  // namespace liaison::subscriptions
