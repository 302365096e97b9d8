// Big-endian integers in byte strings: keys then sort as their numbers do.
#ifndef LIAISON_STORAGE_BASE_CODING_H_
#define LIAISON_STORAGE_BASE_CODING_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace liaison::storage {

// Thread-safe, all of them.

void AppendU16(uint16_t value, std::string* out);
void AppendU32(uint32_t value, std::string* out);
void AppendU64(uint64_t value, std::string* out);

// REQUIRES: bytes.size() is at least the integer's.
uint16_t LoadU16(absl::string_view bytes);
uint32_t LoadU32(absl::string_view bytes);
uint64_t LoadU64(absl::string_view bytes);

// A ByteReader takes a byte string apart from the front. Not thread-safe.
//
// Each Read returns false and takes nothing where too few bytes are left; what it yields points
// into the string.
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : rest_(bytes) {}

  bool ReadU8(uint8_t* value);
  bool ReadU16(uint16_t* value);
  bool ReadU32(uint32_t* value);
  bool ReadU64(uint64_t* value);
  bool ReadBytes(size_t size, absl::string_view* bytes);

  absl::string_view rest() const { return rest_; }

 private:
  absl::string_view rest_;
};

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_BASE_CODING_H_
