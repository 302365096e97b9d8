// UUIDs (RFC 4122) in their one text form: 36 characters, lower case.
#ifndef LIAISON_PROTO_RECORD_UUID_H_
#define LIAISON_PROTO_RECORD_UUID_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::record {

// A Uuid is 16 bytes. Value type.
class Uuid {
 public:
  Uuid() = default;
  // Version 4, from the system's random source. Thread-safe.
  static Uuid Random();
  // Version 5: the same namespace and name give the same id, so importing twice adds nothing.
  static Uuid FromName(const Uuid& name_space, absl::string_view name);
  // INVALID_ARGUMENT unless 8-4-4-4-12 lower case hexadecimal digits.
  static absl::StatusOr<Uuid> Parse(absl::string_view text);
  // REQUIRES: bytes.size() == 16.
  static Uuid FromBytes(absl::string_view bytes);

  std::string ToString() const;
  absl::string_view bytes() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  friend bool operator==(const Uuid& a, const Uuid& b) { return a.bytes_ == b.bytes_; }
  friend bool operator!=(const Uuid& a, const Uuid& b) { return a.bytes_ != b.bytes_; }

 private:
  std::array<uint8_t, 16> bytes_{};
};

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_UUID_H_
