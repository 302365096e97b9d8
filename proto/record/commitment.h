// Salted commitments: a header binds a section without holding it, and an erased section cannot
// be guessed back from the header.
#ifndef LIAISON_PROTO_RECORD_COMMITMENT_H_
#define LIAISON_PROTO_RECORD_COMMITMENT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/record/hash.h"

namespace liaison::record {

inline constexpr size_t kSaltSizeBytes = 32;

// SHA256("igf.liaison/section/v1" 00 u16be(section) salt[32] bytes). `section` is the number of the
// SectionKind. REQUIRES: salt.size() == 32. Thread-safe.
Hash Commitment(uint16_t section, absl::string_view salt, absl::string_view bytes);

// 32 bytes from the system's cryptographic random source. Thread-safe.
std::string RandomSalt();

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_COMMITMENT_H_
