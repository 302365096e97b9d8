// The bytes of gRPC-Web: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md
#ifndef LIAISON_SERVER_WEB_GRPC_WEB_H_
#define LIAISON_SERVER_WEB_GRPC_WEB_H_

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::web {

// How a call ended.
struct CallEnd {
  int code = 0;  // gRPC's
  std::string message;
  std::string details;                               // a serialised google.rpc.Status; may be empty
  std::multimap<std::string, std::string> trailers;  // besides
};

// `/igf.liaison.v1.EventService/GetEvent`
bool IsCallPath(absl::string_view path);

// True for application/grpc-web and -text, with or without +proto.
bool IsGrpcWeb(absl::string_view content_type);
bool IsGrpcWebText(absl::string_view content_type);

// The only message in a request's body. INVALID_ARGUMENT where it is none, or compressed.
absl::StatusOr<std::string> MessageIn(absl::string_view body);
// Base64 in one or several padded pieces, one behind the other.
std::optional<std::string> FromText(absl::string_view text);

std::string DataFrame(absl::string_view message);
std::string TrailersFrame(const CallEnd& end);

// `10S`, `250m`; nullopt where it is none.
std::optional<std::chrono::nanoseconds> TimeoutFrom(absl::string_view grpc_timeout);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_GRPC_WEB_H_
