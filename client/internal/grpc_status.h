// The one crossing from grpc::Status to absl::Status.
#ifndef LIAISON_CLIENT_INTERNAL_GRPC_STATUS_H_
#define LIAISON_CLIENT_INTERNAL_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace liaison::internal {

// With the hub's details (grpc-status-details-bin) as payloads; without any, it was not the hub who
// spoke, and `address` is named. Thread-safe.
absl::Status FromGrpc(const grpc::Status& status, absl::string_view address);

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_GRPC_STATUS_H_
