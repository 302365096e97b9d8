#include "server/rpc/counted_answer.h"

#include <grpc/grpc.h>

#include <memory>

namespace liaison::rpc {

void CountedAnswer::PaidBy(const auth::Principal& principal) {
  payer_ = PayerOfCall(hub_, principal, *context_);
}

absl::Status CountedAnswer::CheckRoom() const {
  if (hub_.untaken == nullptr || !hub_.untaken->IsScarce()) return absl::OkStatus();
  return hub_.untaken->CheckRoom(payer_);
}

void CountedAnswer::Set(grpc::ByteBuffer answer) {
  if (hub_.untaken != nullptr) hub_.untaken->Sent(this, payer_, answer.Length());
  response_->Swap(&answer);
}

void CountedAnswer::Done() {
  if (hub_.untaken != nullptr) hub_.untaken->Done(this);
}

// The call stays gRPC's until this has run. TryCancel would need the context, which may go before.
std::function<void()> CountedAnswer::Break() {
  grpc_call* const call = context_->c_call();
  grpc_call_ref(call);
  return [held = std::shared_ptr<grpc_call>(call, grpc_call_unref)] {
    grpc_call_cancel_with_status(held.get(), GRPC_STATUS_CANCELLED, "the answer was not taken",
                                 nullptr);
  };
}

}  // namespace liaison::rpc
