// How a call came over HTTP, and how its answer goes.
#ifndef LIAISON_SERVER_WEB_PROTOCOL_H_
#define LIAISON_SERVER_WEB_PROTOCOL_H_

#include <google/protobuf/descriptor.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/web/grpc_web.h"
#include "server/web/http.h"

namespace liaison::web {

// A Protocol belongs to one call.
class Protocol {
 public:
  virtual ~Protocol() = default;

  // The request's message, as protobuf.
  virtual absl::StatusOr<std::string> MessageOf(const HttpRequest& request) = 0;
  // How long the caller waits, if it says so.
  virtual std::optional<std::chrono::nanoseconds> TimeoutOf(const HttpRequest& request) = 0;

  // A whole answer; without a message where the call failed.
  virtual HttpResponse Whole(const std::optional<std::string>& message, const CallEnd& end) = 0;

  // A stream's answer, in pieces.
  virtual bool can_stream() const = 0;
  virtual HttpResponse Head() = 0;
  virtual std::string Piece(absl::string_view message) = 0;
  virtual std::string Last(const CallEnd& end) = 0;
};

// Null where the request's content type is none of those that are spoken here.
std::unique_ptr<Protocol> ProtocolOf(const HttpRequest& request);

// Whether a method, by its path, answers with several messages, as far as this process knows it.
// REQUIRES: IsCallPath
enum class Answers { kOne, kMany, kUnknown };
Answers AnswersOf(absl::string_view path);
// Null for what the contract does not have.
const google::protobuf::MethodDescriptor* MethodAt(absl::string_view path);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_PROTOCOL_H_
