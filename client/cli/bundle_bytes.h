// Leaves and headers as whoever checks them takes them: what no hub may have taken is refused,
// whatever signs it.
#ifndef LIAISON_CLIENT_CLI_BUNDLE_BYTES_H_
#define LIAISON_CLIENT_CLI_BUNDLE_BYTES_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/leaf.h"

namespace liaison::cli {

// All of these are DATA_LOSS where it is none.

// A leaf with a key and a signature, or with neither, as its kind says.
absl::StatusOr<record::Leaf> ReadLeaf(absl::string_view bytes);
absl::StatusOr<record::RegistryLeaf> ReadRegistryLeaf(absl::string_view bytes);
// A header with facts of its own type or none, and commitments in order.
absl::StatusOr<igf::liaison::v1::EventHeader> ReadHeader(absl::string_view bytes);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_BUNDLE_BYTES_H_
