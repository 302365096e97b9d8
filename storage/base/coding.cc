#include "storage/base/coding.h"

namespace liaison::storage {
namespace {

template <typename T>
void AppendBigEndian(T value, std::string* out) {
  char bytes[sizeof(T)];
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes[i] = static_cast<char>(value >> (8 * (sizeof(T) - 1 - i)));
  }
  out->append(bytes, sizeof(T));
}

template <typename T>
T LoadBigEndian(absl::string_view bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>((uint64_t{value} << 8) | static_cast<uint8_t>(bytes[i]));
  }
  return value;
}

}  // namespace

void AppendU16(uint16_t value, std::string* out) { AppendBigEndian(value, out); }
void AppendU32(uint32_t value, std::string* out) { AppendBigEndian(value, out); }
void AppendU64(uint64_t value, std::string* out) { AppendBigEndian(value, out); }

uint16_t LoadU16(absl::string_view bytes) { return LoadBigEndian<uint16_t>(bytes); }
uint32_t LoadU32(absl::string_view bytes) { return LoadBigEndian<uint32_t>(bytes); }
uint64_t LoadU64(absl::string_view bytes) { return LoadBigEndian<uint64_t>(bytes); }

bool ByteReader::ReadBytes(size_t size, absl::string_view* bytes) {
  if (rest_.size() < size) return false;
  *bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

bool ByteReader::ReadU8(uint8_t* value) {
  absl::string_view bytes;
  if (!ReadBytes(sizeof(*value), &bytes)) return false;
  *value = static_cast<uint8_t>(bytes[0]);
  return true;
}

bool ByteReader::ReadU16(uint16_t* value) {
  absl::string_view bytes;
  if (!ReadBytes(sizeof(*value), &bytes)) return false;
  *value = LoadU16(bytes);
  return true;
}

bool ByteReader::ReadU32(uint32_t* value) {
  absl::string_view bytes;
  if (!ReadBytes(sizeof(*value), &bytes)) return false;
  *value = LoadU32(bytes);
  return true;
}

bool ByteReader::ReadU64(uint64_t* value) {
  absl::string_view bytes;
  if (!ReadBytes(sizeof(*value), &bytes)) return false;
  *value = LoadU64(bytes);
  return true;
}

}  // namespace liaison::storage
