#include "server/rpc/page_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/hash.h"
#include "proto/record/limits.h"

namespace liaison::rpc {
namespace {

constexpr size_t kMacSizeBytes = 16;

// HMAC-SHA256 over log, request and key; the lengths keep them apart.
std::string Mac(const storage::EventLog& log, absl::string_view request, absl::string_view key) {
  const std::string message = absl::StrCat(log.log_id().bytes(), request.size(), ":", request, key);
  const std::string secret = log.token_secret();
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  mac.resize(kMacSizeBytes);
  return mac;
}

}  // namespace

std::string MakePageToken(const storage::EventLog& log, absl::string_view request,
                          absl::string_view key) {
  return absl::WebSafeBase64Escape(absl::StrCat(Mac(log, request, key), key));
}

absl::StatusOr<std::string> ReadPageToken(const storage::EventLog& log, absl::string_view request,
                                          absl::string_view token) {
  if (token.empty()) return std::string();
  std::string bytes;
  if (absl::WebSafeBase64Unescape(token, &bytes) && bytes.size() >= kMacSizeBytes) {
    const std::string key = bytes.substr(kMacSizeBytes);
    const std::string mac = Mac(log, request, key);
    if (CRYPTO_memcmp(mac.data(), bytes.data(), kMacSizeBytes) == 0) return key;
  }
  return absl::Status(
      record::Error(record::Reason::kPageTokenInvalid,
                    "the page token is not of this request; keep every argument but page_size "
                    "and page_token as it was, or begin again without a token")
          .Field("page_token", "not of this request"));
}

absl::StatusOr<size_t> PageSize(int requested) {
  if (requested < 0) return record::FieldInvalid("page_size", "0 for the default, or more");
  if (requested == 0) return static_cast<size_t>(record::kDefaultPageSize);
  return static_cast<size_t>(std::min(requested, record::kMaxPageSize));
}

}  // namespace liaison::rpc
