// One unary call: ask who it is, parse, act, answer. All on a thread that may wait.
#ifndef LIAISON_SERVER_RPC_UNARY_CALL_H_
#define LIAISON_SERVER_RPC_UNARY_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <utility>

#include "absl/status/statusor.h"
#include "server/auth/principal.h"
#include "server/rpc/counted_answer.h"
#include "server/rpc/hub.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/status.h"

namespace liaison::rpc {

// What a handler gives back: a message, or bytes that are one already.
inline const grpc::ByteBuffer& ToBuffer(const grpc::ByteBuffer& buffer) { return buffer; }
inline grpc::ByteBuffer ToBuffer(const google::protobuf::Message& message) {
  return SerializeMessage(message);
}

// A UnaryCall deletes itself when gRPC is done with it.
template <typename Request, typename Handler>
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(const Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
            grpc::ByteBuffer* response, Handler handler)
      : hub_(hub),
        context_(context),
        request_(request),
        answer_(hub, context, response),
        handler_(std::move(handler)) {
    CountMessage(hub, *context, request->Length());
    hub.pool->Post([this] { Run(); });
  }

  void OnDone() override {
    answer_.Done();
    delete this;
  }

 private:
  void Run() {
    const absl::Status status = Handle();
    EndCall(hub_, status, [this, status] { Finish(ToGrpcStatus(status)); });
  }

  absl::Status Handle() {
    absl::StatusOr<auth::Principal> principal = Enter<Request>(*context_, hub_, request_->Length());
    if (!principal.ok()) return principal.status();
    answer_.PaidBy(*principal);
    Request request;
    if (absl::Status parsed = ParseMessage(*request_, &request); !parsed.ok()) return parsed;
    auto answer = handler_(hub_, *principal, request);
    absl::Status audited = Audit(request, *principal, answer.status(), context_, hub_);
    if (!answer.ok()) return answer.status();
    if (!audited.ok()) return audited;
    answer_.Set(ToBuffer(*std::move(answer)));
    return absl::OkStatus();
  }

  const Hub& hub_;
  grpc::CallbackServerContext* const context_;
  const grpc::ByteBuffer* const request_;
  CountedAnswer answer_;
  Handler handler_;
};

// `handler(const Hub&, const auth::Principal&, const Request&)` gives a StatusOr of a message or of
// bytes.
template <typename Request, typename Handler>
grpc::ServerUnaryReactor* StartUnaryCall(const Hub& hub, grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response, Handler handler) {
  return new UnaryCall<Request, Handler>(hub, context, request, response, std::move(handler));
}

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_UNARY_CALL_H_
