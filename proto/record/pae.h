// The exact bytes that are signed and the digest that names an event.
#ifndef LIAISON_PROTO_RECORD_PAE_H_
#define LIAISON_PROTO_RECORD_PAE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "proto/record/hash.h"

namespace liaison::record {

inline constexpr absl::string_view kEventHeaderType =
    "application/vnd.igf.liaison.event-header.v1+protobuf";
inline constexpr absl::string_view kKeyPossessionType =
    "application/vnd.igf.liaison.key-possession.v1";

// Pre-authentication encoding of DSSE 1.0.2:
// "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body, lengths in decimal. Thread-safe.
std::string Pae(absl::string_view type, absl::string_view body);

// SHA256(PAE(kEventHeaderType, header)): the name of an event at every hub. Thread-safe.
Hash EventDigest(absl::string_view header);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_PAE_H_
