// Why bytes are not the message they should be.
#ifndef LIAISON_SERVER_RPC_DIAGNOSIS_H_
#define LIAISON_SERVER_RPC_DIAGNOSIS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace liaison::rpc {

// The refusal for bytes that protobuf could not parse as `descriptor`: TEXT_NOT_UTF8 and
// NESTING_TOO_DEEP with the field's path, REQUEST_UNREADABLE otherwise. Walks the wire format,
// since the parser says no more than no. Thread-safe.
absl::Status Diagnose(absl::string_view bytes, const google::protobuf::Descriptor* descriptor);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_DIAGNOSIS_H_
