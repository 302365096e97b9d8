// Between gRPC's slices and our messages. Methods are raw, so that what cannot be parsed gets a
// refusal of ours, and what is already serialised is sent as it is.
#ifndef LIAISON_SERVER_RPC_RAW_MESSAGE_H_
#define LIAISON_SERVER_RPC_RAW_MESSAGE_H_

#include <grpcpp/support/byte_buffer.h>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace liaison::rpc {

// Parses the bytes. INVALID_ARGUMENT with the reason that Diagnose finds. Thread-safe.
absl::Status ParseMessage(const grpc::ByteBuffer& buffer, google::protobuf::Message* message);

grpc::ByteBuffer SerializeMessage(const google::protobuf::Message& message);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_RAW_MESSAGE_H_
