// The channel to a hub, and what every call on it says of its caller.
#ifndef LIAISON_CLIENT_INTERNAL_CHANNEL_H_
#define LIAISON_CLIENT_INTERNAL_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "liaison/options.h"

namespace liaison::internal {

// What is sent over a slow line is compressed; nothing that a stranger's hub sends is unpacked:
// gRPC asks for the size of a message before it does that.
enum class Line { kOrdinary, kSlow, kOfAStranger };
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const ConnectionOptions& options,
                                           Line line = Line::kOrdinary);

// Adds token and `liaison-as` to the call. INVALID_ARGUMENT where one of them cannot be sent.
absl::Status SayWhoCalls(const std::string& acting_as, const std::string& token,
                         grpc::ClientContext* context);

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_CHANNEL_H_
