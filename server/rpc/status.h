// The one border between absl::Status and grpc::Status.
#ifndef LIAISON_SERVER_RPC_STATUS_H_
#define LIAISON_SERVER_RPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace liaison::rpc {

// Code and message, with the whole google.rpc.Status as details: exactly one ErrorInfo, at most
// 4 KiB. A failure that nobody named is INTERNAL to the outside. Thread-safe.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_STATUS_H_
