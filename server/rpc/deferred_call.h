// One unary call whose answer comes later, from another thread.
#ifndef LIAISON_SERVER_RPC_DEFERRED_CALL_H_
#define LIAISON_SERVER_RPC_DEFERRED_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "server/auth/principal.h"
#include "server/rpc/counted_answer.h"
#include "server/rpc/hub.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/status.h"

namespace liaison::rpc {

using Answered = std::function<void(absl::StatusOr<grpc::ByteBuffer>)>;
// Who calls, by now; nullopt once the caller is gone, or may not come in any more. Not to be asked
// after the answer.
using WhoNow = std::function<std::optional<auth::Principal>()>;

// A DeferredCall deletes itself when gRPC is done with it, which is after it is answered.
template <typename Request, typename Handler>
class DeferredCall final : public grpc::ServerUnaryReactor {
 public:
  DeferredCall(const Hub& hub, grpc::CallbackServerContext* context,
               const grpc::ByteBuffer* request, grpc::ByteBuffer* response, Handler handler)
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
    const absl::StatusOr<auth::Principal> principal =
        Enter<Request>(*context_, hub_, request_->Length());
    if (!principal.ok()) {
      const absl::Status& status = principal.status();
      return EndCall(hub_, status, [this, status] { Finish(ToGrpcStatus(status)); });
    }
    answer_.PaidBy(*principal);
    Request request;
    const absl::Status parsed = ParseMessage(*request_, &request);
    if (!parsed.ok()) return Finish(ToGrpcStatus(parsed));
    const Answered answered = [this](absl::StatusOr<grpc::ByteBuffer> answer) {
      const absl::Status status = answer.ok() || has_room_.ok() ? answer.status() : has_room_;
      if (status.ok()) answer_.Set(*std::move(answer));
      EndCall(hub_, status, [this, status] { Finish(ToGrpcStatus(status)); });
    };
    if constexpr (std::is_invocable_v<Handler, const Hub&, const auth::Principal&, const Request&,
                                      const Answered&, const WhoNow&>) {
      handler_(hub_, *principal, request, answered, [this] { return Who(); });
    } else {
      handler_(hub_, *principal, request, answered);
    }
  }

  // Of many that wait each is there before the next one asks, so that they are no more than may be.
  std::optional<auth::Principal> Who() {
    if (context_->IsCancelled()) return std::nullopt;
    has_room_ = answer_.CheckRoom();
    if (!has_room_.ok()) return std::nullopt;
    auto principal = EnterAgain<Request>(*context_, hub_);
    return principal.ok() ? std::make_optional(*std::move(principal)) : std::nullopt;
  }

  const Hub& hub_;
  grpc::CallbackServerContext* const context_;
  const grpc::ByteBuffer* const request_;
  CountedAnswer answer_;
  Handler handler_;
  absl::Status has_room_;  // when it was last asked who calls
};

// `handler(const Hub&, const auth::Principal&, const Request&, Answered)` sees to it that it is
// answered, once. One that lets the caller wait takes a WhoNow as well.
template <typename Request, typename Handler>
grpc::ServerUnaryReactor* StartDeferredCall(const Hub& hub, grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response, Handler handler) {
  return new DeferredCall<Request, Handler>(hub, context, request, response, std::move(handler));
}

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_DEFERRED_CALL_H_
