#include "proto/record/token.h"

#include <openssl/rand.h>
#include <zlib.h>

#include <array>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "proto/record/openssl.h"

namespace liaison::record {
namespace {

constexpr char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr size_t kSecretSizeBytes = 32;
constexpr size_t kSecretDigits = 43;  // 62^43 > 2^256
constexpr size_t kChecksumDigits = 6;

struct Prefix {
  TokenKind kind;
  absl::string_view text;
};
constexpr Prefix kPrefixes[] = {{TokenKind::kAccess, "igfl_pat_"},
                                {TokenKind::kInvitation, "igfl_inv_"},
                                {TokenKind::kSession, "igfl_ses_"}};

// The number, most significant byte first, in so many digits of base 62.
std::string InDigits(std::string number, size_t digits) {
  std::string text(digits, '0');
  for (size_t place = digits; place-- > 0;) {
    uint32_t rest = 0;
    for (char& byte : number) {
      rest = rest << 8 | static_cast<uint8_t>(byte);
      byte = static_cast<char>(rest / 62);
      rest %= 62;
    }
    text[place] = kDigits[rest];
  }
  return text;
}

std::string ChecksumOf(absl::string_view text) {
  const uLong crc =
      crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  std::string number;
  for (int shift = 24; shift >= 0; shift -= 8) number.push_back(static_cast<char>(crc >> shift));
  return InDigits(std::move(number), kChecksumDigits);
}

}  // namespace

std::string NewToken(TokenKind kind) {
  std::string secret(kSecretSizeBytes, '\0');
  Require(RAND_priv_bytes(reinterpret_cast<unsigned char*>(secret.data()),
                          static_cast<int>(secret.size())) == 1,
          "the random source failed");
  std::string token;
  for (const Prefix& prefix : kPrefixes) {
    if (prefix.kind == kind) token = std::string(prefix.text);
  }
  absl::StrAppend(&token, InDigits(std::move(secret), kSecretDigits));
  return absl::StrCat(token, ChecksumOf(token));
}

std::optional<TokenKind> KindOfToken(absl::string_view token) {
  for (const Prefix& prefix : kPrefixes) {
    if (token.substr(0, prefix.text.size()) != prefix.text) continue;
    if (token.size() != prefix.text.size() + kSecretDigits + kChecksumDigits) return std::nullopt;
    const absl::string_view checked = token.substr(0, token.size() - kChecksumDigits);
    if (token.substr(checked.size()) != ChecksumOf(checked)) return std::nullopt;
    return prefix.kind;
  }
  return std::nullopt;
}

Hash TokenHash(absl::string_view token) { return Sha256Of(token); }

}  // namespace liaison::record
