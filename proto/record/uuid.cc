#include "proto/record/uuid.h"

#include <uuid/uuid.h>

#include <cstring>

#include "proto/record/openssl.h"

namespace liaison::record {
namespace {

constexpr size_t kTextSizeBytes = 36;

bool IsDashAt(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

// -1 for what is no lower case hexadecimal digit.
int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

Uuid Uuid::Random() {
  Uuid uuid;
  uuid_generate_random(uuid.bytes_.data());
  return uuid;
}

Uuid Uuid::FromName(const Uuid& name_space, absl::string_view name) {
  Uuid uuid;
  uuid_generate_sha1(uuid.bytes_.data(), name_space.bytes_.data(), name.data(), name.size());
  return uuid;
}

absl::StatusOr<Uuid> Uuid::Parse(absl::string_view text) {
  Uuid uuid;
  size_t digits = 0;
  bool well_formed = text.size() == kTextSizeBytes;
  for (size_t i = 0; well_formed && i < text.size(); ++i) {
    if (IsDashAt(i)) {
      well_formed = text[i] == '-';
      continue;
    }
    const int value = DigitValue(text[i]);
    well_formed = value >= 0;
    uint8_t& byte = uuid.bytes_[digits++ / 2];
    byte = static_cast<uint8_t>(byte << 4 | (value & 0x0f));
  }
  if (!well_formed) {
    return absl::InvalidArgumentError(
        "a UUID is written as 8-4-4-4-12 lower case hexadecimal digits, such as "
        "0f8fad5b-d9cb-469f-a165-70867728950e");
  }
  return uuid;
}

Uuid Uuid::FromBytes(absl::string_view bytes) {
  Uuid uuid;
  Require(bytes.size() == uuid.bytes_.size(), "Uuid::FromBytes needs 16 bytes");
  std::memcpy(uuid.bytes_.data(), bytes.data(), uuid.bytes_.size());
  return uuid;
}

std::string Uuid::ToString() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(kTextSizeBytes);
  for (uint8_t byte : bytes_) {
    if (IsDashAt(text.size())) text.push_back('-');
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 0x0f]);
  }
  return text;
}

}  // namespace liaison::record
